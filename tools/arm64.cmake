# SPDX-License-Identifier: GPL-3.0-or-later
# For ARM64 from another machine: clang, lld and a tree of Debian's libraries, which
# tests/vm/first-boot-image --sysroot makes. ARCHIBALD_SYSROOT says where it is.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(ARCHIBALD_SYSROOT "$ENV{ARCHIBALD_SYSROOT}" CACHE PATH "Debian's libraries and headers for arm64")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ARCHIBALD_SYSROOT)
set(CMAKE_SYSROOT ${ARCHIBALD_SYSROOT})
set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_EXE_LINKER_FLAGS_INIT -fuse-ld=lld)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
foreach(what LIBRARY INCLUDE PACKAGE)
	set(CMAKE_FIND_ROOT_PATH_MODE_${what} ONLY)
endforeach()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${ARCHIBALD_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${ARCHIBALD_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${ARCHIBALD_SYSROOT}/usr/share/pkgconfig)
