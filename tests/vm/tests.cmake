# SPDX-License-Identifier: GPL-3.0-or-later
# Whole installations in virtual machines. One at a time: each takes both cores.
function(vm_test name)
	add_test(NAME vm-${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
	set_tests_properties(vm-${name} PROPERTIES LABELS vm TIMEOUT 1500 SKIP_RETURN_CODE 77
		RESOURCE_LOCK vm RUN_SERIAL TRUE FIXTURES_REQUIRED vm-images)
endfunction()

function(vm_install name answers firmware)
	vm_test(${name} tests/vm/install-test ${name} --archibald $<TARGET_FILE:archibald>
		--distribution ${CMAKE_BINARY_DIR}/distribution --answers ${answers}
		--firmware ${firmware} ${ARGN})
endfunction()

add_test(NAME vm-images COMMAND tests/vm/images WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(vm-images PROPERTIES LABELS vm TIMEOUT 1500 FIXTURES_SETUP vm-images
	RESOURCE_LOCK vm)

vm_test(stand-in tests/vm/standin-test)
vm_install(uefi-workstation examples/workstation.json uefi --host studio
	--login audio-user:archibald --refuse audio-user:wrong
	--check "cat /proc/cmdline =~ threadirqs"
	--check "ls /var/lib/archibald/passwords 2>&1 || true =~ Permission denied"
	--check "cat /proc/swaps =~ swapfile")
vm_install(bios-server examples/server.json bios --host rack1
	--refuse admin:archibald --refuse root:)
# What must be refused, with nothing written; and going on after a failure.
vm_test(refusals tests/vm/refusals --archibald $<TARGET_FILE:archibald>
	--distribution ${CMAKE_BINARY_DIR}/distribution)
# Disks that go away or fail, before the first write and in the midst of it.
vm_test(faults tests/vm/faults --archibald $<TARGET_FILE:archibald>
	--distribution ${CMAKE_BINARY_DIR}/distribution)
# From the network: iPXE, answers by MAC, hooks, reports, a restart, the login.
vm_test(netboot tests/vm/netboot --archibald $<TARGET_FILE:archibald>
	--distribution ${CMAKE_BINARY_DIR}/distribution)
set_tests_properties(vm-netboot PROPERTIES LABELS vm-all)
# Layouts of disks: those that have most in one; ./check all runs the others, too.
vm_test(layouts tests/vm/matrix --archibald $<TARGET_FILE:archibald>
	--distribution ${CMAKE_BINARY_DIR}/distribution quick)
vm_test(kills tests/vm/kills --archibald $<TARGET_FILE:archibald>
	--distribution ${CMAKE_BINARY_DIR}/distribution)
# A medium that carries a system, and a stick with a binary cache.
vm_test(medium tests/vm/medium --archibald $<TARGET_FILE:archibald>
	--distribution ${CMAKE_BINARY_DIR}/distribution)
set_tests_properties(vm-medium PROPERTIES TIMEOUT 3600)
# By a person's keys, over the serial port.
foreach(ui dialog plain)
	vm_test(ui-${ui} tests/vm/ui-test ${ui} --archibald $<TARGET_FILE:archibald>
		--distribution ${CMAKE_BINARY_DIR}/distribution)
endforeach()

# The first boot of a flashed image; the long cases one by one, so that each can be run alone.
function(vm_first_boot name)
	vm_test(first-boot${name} tests/vm/first-boot --build ${CMAKE_BINARY_DIR} ${ARGN})
endfunction()
vm_first_boot("" answers)
foreach(case dialog plain cuts hostile failure readonly)
	vm_first_boot(-${case} ${case})
endforeach()
vm_test(first-boot-arm64 tests/vm/first-boot --arch arm64 boards answers dialog plain)
set_tests_properties(vm-kills PROPERTIES TIMEOUT 3000)
set_tests_properties(vm-first-boot-arm64 vm-first-boot-cuts PROPERTIES TIMEOUT 3600)

# Long ones, and those that have not passed on enough machines yet: only ./check all runs them.
foreach(name layouts kills medium ui-plain first-boot-cuts first-boot-arm64)
	set_tests_properties(vm-${name} PROPERTIES LABELS vm-all)
endforeach()
