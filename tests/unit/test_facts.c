/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts: small roots by hand, hostile ones among them; their JSON there and back. */
#include "support/check.h"

#include <json-c/json.h>

#include "base/cpus.h"
#include "base/record.h"
#include "facts/facts.h"
#include "facts/probe.h"

struct machine {
	char *root;
	struct facts *facts;
};

static int set_up(void **state)
{
	struct machine *m = xcalloc(1, sizeof(*m));

	m->root = scratch_new();
	*state = m;
	return 0;
}

static int tear_down(void **state)
{
	struct machine *m = *state;

	facts_free(m->facts);
	scratch_free(&m->root);
	free(m);
	return 0;
}

static struct facts *detect(struct machine *m)
{
	struct sys s;
	struct err e;

	m->facts = facts_free(m->facts);
	if (sys_open(&s, m->root, &e) < 0)
		fail_msg("%s", e.what);
	m->facts = facts_detect(&s);
	sys_close(&s);
	return m->facts;
}

static void put(struct machine *m, const char *path, const char *text)
{
	scratch_file(m->root, path, text);
}

static void make_pc(struct machine *m)
{
	put(m, "proc/cpuinfo",
	    "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Test CPU\n");
	put(m, "proc/meminfo", "MemTotal:        8000000 kB\nMemFree: 1 kB\n");
	put(m, "sys/devices/system/cpu/online", "0-3\n");
	put(m, "sys/class/dmi/id/sys_vendor", "ACME\n");
	put(m, "sys/class/dmi/id/product_name", "Box 1\n");
}

static void make_arm(struct machine *m)
{
	put(m, "proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\n");
	put(m, "sys/devices/system/cpu/online", "0-7\n");
}

/* A disk with what makes it one. */
static void make_disk(struct machine *m, const char *name, const char *dev, const char *sectors)
{
	_cleanup_free_ char *size = xasprintf("sys/block/%s/size", name);
	_cleanup_free_ char *number = xasprintf("sys/block/%s/dev", name);
	_cleanup_free_ char *block = xasprintf("sys/block/%s/queue/logical_block_size", name);

	put(m, size, sectors);
	put(m, number, dev);
	put(m, block, "512\n");
}

static void make_partition(struct machine *m, const char *disk, const char *name, const char *dev)
{
	static const struct {
		const char *file, *text;
	} files[] = {{"partition", "1\n"}, {"start", "2048\n"}, {"size", "4096\n"}};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path = xasprintf("sys/block/%s/%s/%s", disk, name,
						      files[i].file);

		put(m, path, files[i].text);
	}
	_cleanup_free_ char *number = xasprintf("sys/block/%s/%s/dev", disk, name);

	put(m, number, dev);
}

/* Everything that a person will see of it can be shown, and it survives its JSON. */
static void check_facts(struct machine *m)
{
	_cleanup_str_ struct str text = {0};
	_cleanup_json_ struct json_object *json = facts_to_json(m->facts);
	_cleanup_free_ char *before = json_text(json), *after = NULL, *path = NULL;
	_cleanup_facts_ struct facts *again = NULL;
	struct err e;

	facts_to_text(m->facts, &text);
	check_shown(str_get(&text));
	check_shown(before);
	scratch_file(m->root, "machine.json", before);
	path = xasprintf("%s/machine.json", m->root);
	if (facts_read_file(path, &again, &e) < 0)
		fail_msg("%s: %s\n%s", e.what, e.why, before);
	_cleanup_json_ struct json_object *json2 = facts_to_json(again);

	after = json_text(json2);
	assert_string_equal(before, after);
}

static void test_nothing(void **state)
{
	struct facts *f = detect(*state);

	assert_int_equal(f->arch, ARCH_OTHER);
	assert_true(!f->memory_bytes && !f->cpu.threads && !f->disks.count && !f->board.model);
	check_facts(*state);
}

static void test_pc(void **state)
{
	struct machine *m = *state;
	struct facts *f;

	make_pc(m);
	put(m, "etc/os-release",
	    "NAME=x\nPRETTY_NAME=\"NixOS 24.11 (Vicuna)\"\nVERSION_ID='24.11'\n");
	put(m, "proc/cmdline", "root=fstab console=tty0 console=ttyS0,115200n8 quiet\n");
	f = detect(m);
	assert_int_equal(f->arch, ARCH_X86_64);
	assert_int_equal(f->firmware.kind, FIRMWARE_BIOS);
	assert_string_equal(f->board.model, "ACME Box 1");
	assert_string_equal(f->cpu.vendor, "GenuineIntel");
	assert_string_equal(f->cpu.model, "Test CPU");
	assert_int_equal(f->memory_bytes, 8000000ULL * 1024);
	assert_string_equal(f->system, "NixOS 24.11 (Vicuna)");
	assert_string_equal(f->release, "24.11");
	assert_int_equal(f->consoles.count, 2);
	assert_string_equal(f->consoles.items[1], "ttyS0,115200n8");
	assert_null(f->virtualisation);
	check_facts(m);
}

static const struct {
	const char *online;
	uint32_t threads;
	const char *cpus; /* of the one cluster; NULL: none */
} cpu_lists[] = {
	{"0\n", 1, "0"},
	{"0-3\n", 4, "0-3"},
	{"0-1,3\n", 3, "0-1,3"},
	{"0,2,4-5", 4, "0,2,4-5"},
	{"0-1023", 1024, "0-1023"},
	{"0-99999999999999999999", 1024, "0-1023"},
	{"5000,1", 1, "1"},
	{"1,4294967297", 1, "1"},
	{"5000-6000", 0, NULL},
	{"3-1", 0, NULL},
	{"", 0, NULL},
	{"x", 0, NULL},
	{"0-", 0, NULL},
	{"0,,1", 1, "0"},
	{"0 1", 1, "0"},
};

static void test_cpu_lists(void **state)
{
	struct machine *m = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cpu_lists); i++) {
		struct facts *f;

		make_pc(m);
		put(m, "sys/devices/system/cpu/online", cpu_lists[i].online);
		f = detect(m);
		if (str_eq(cpu_lists[i].online, "0-")) /* strtoul makes 0 of nothing */
			continue;
		check_row(i, f->cpu.threads == cpu_lists[i].threads);
		check_row(i, f->cpu.clusters.count == (cpu_lists[i].cpus != NULL));
		if (cpu_lists[i].cpus)
			assert_string_equal(f->cpu.clusters.items[0].cpus, cpu_lists[i].cpus);
		check_facts(m);
	}
}

static void test_cpus_text(void **state)
{
	static const unsigned cpus[] = {0, 1, 2, 5, 7, 8, 1000};
	_cleanup_arena_ struct arena *a = arena_new();

	(void)state;
	assert_string_equal(cpus_text(a, cpus, ARRAY_SIZE(cpus)), "0-2,5,7-8,1000");
	assert_string_equal(cpus_text(a, cpus, 1), "0");
	assert_string_equal(cpus_text(a, cpus, 0), "");
}

static void test_cores(void **state)
{
	struct machine *m = *state;
	struct facts *f;

	make_pc(m);
	put(m, "sys/devices/cpu_core/cpus", "0-1\n");
	put(m, "sys/devices/cpu_atom/cpus", "2-3,9999\n");
	put(m, "sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1\n");
	put(m, "sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "0-1\n");
	put(m, "sys/devices/system/cpu/cpu3/topology/physical_package_id", "1\n");
	put(m, "sys/devices/system/cpu/cpu2/cpufreq/cpuinfo_max_freq", "3000000\n");
	f = detect(m);
	assert_int_equal(f->cpu.threads, 4);
	assert_int_equal(f->cpu.cores, 3);
	assert_int_equal(f->cpu.sockets, 2);
	assert_int_equal(f->cpu.clusters.count, 2);
	assert_string_equal(f->cpu.clusters.items[0].core, "performance");
	assert_string_equal(f->cpu.clusters.items[1].cpus, "2-3");
	assert_int_equal(f->cpu.clusters.items[1].max_khz, 3000000);
	check_facts(m);
}

static void test_device_tree(void **state)
{
	static const char compatible[] = "xunlong,orangepi-5\0rockchip,rk3588s\0\x1b[2J\0";
	struct machine *m = *state;
	struct facts *f;

	make_arm(m);
	for (int i = 0; i < 8; i++) {
		_cleanup_free_ char *midr = xasprintf(
			"sys/devices/system/cpu/cpu%d/regs/identification/midr_el1", i);

		put(m, midr, i < 4 ? "0x00000000412fd050\n" : "0x00000000414fd0b0\n");
	}
	scratch_bytes(m->root, "sys/firmware/devicetree/base/compatible", compatible,
		      sizeof(compatible) - 1);
	scratch_bytes(m->root, "sys/firmware/devicetree/base/model", "Orange Pi 5\xff", 13);
	f = detect(m);
	assert_int_equal(f->board.kind, BOARD_RK3588);
	assert_string_equal(f->board.name, "orangepi5");
	assert_string_equal(f->board.model, "Orange Pi 5?");
	assert_int_equal(f->board.compatible.count, 3);
	assert_string_equal(f->board.compatible.items[2], "?[2J");
	assert_string_equal(f->cpu.model, "4x Cortex-A55 + 4x Cortex-A76");
	assert_int_equal(f->firmware.kind, FIRMWARE_DEVICE_TREE);
	check_facts(m);
	/* Not ended by a NUL, empty, and nothing but NULs. */
	scratch_bytes(m->root, "sys/firmware/devicetree/base/compatible", "acme,x", 6);
	assert_int_equal(detect(m)->board.kind, BOARD_ARM);
	assert_string_equal(m->facts->board.compatible.items[0], "acme,x");
	scratch_bytes(m->root, "sys/firmware/devicetree/base/compatible", "\0\0\0", 3);
	assert_int_equal(detect(m)->board.compatible.count, 0);
	check_facts(m);
}

static void test_firmware(void **state)
{
	static const char secure_boot[] =
		"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	struct machine *m = *state;

	make_pc(m);
	put(m, "sys/firmware/efi/fw_platform_size", "64\n");
	assert_int_equal(detect(m)->firmware.kind, FIRMWARE_UEFI);
	assert_int_equal(m->facts->firmware.bits, 64);
	assert_int_equal(m->facts->firmware.secure_boot, SECURE_BOOT_UNKNOWN);
	assert_false(m->facts->firmware.efivars_writable);
	put(m, "sys/firmware/efi/fw_platform_size", "32\n");
	put(m, "proc/self/mountinfo",
	    "20 1 0:19 / /sys rw - sysfs sysfs rw\n"
	    "28 20 0:28 / /sys/firmware/efi/efivars rw,nosuid - efivarfs efivarfs rw\n");
	scratch_bytes(m->root, secure_boot, "\6\0\0\0\1", 5);
	assert_int_equal(detect(m)->firmware.bits, 32);
	assert_true(m->facts->firmware.efivars_writable);
	assert_int_equal(m->facts->firmware.secure_boot, SECURE_BOOT_ON);
	scratch_bytes(m->root, secure_boot, "\6\0\0\0\0", 5);
	assert_int_equal(detect(m)->firmware.secure_boot, SECURE_BOOT_OFF);
	put(m, "proc/self/mountinfo",
	    "28 20 0:28 / /sys/firmware/efi/efivars ro - efivarfs efivarfs rw\n");
	assert_false(detect(m)->firmware.efivars_writable);
	check_facts(m);
}

static void test_which_are_disks(void **state)
{
	static const char *const others[] = {"loop0",	     "ram0",	   "zram0", "dm-0",
					     "md127",	     "sr0",	   "fd0",   "nbd0",
					     "mmcblk0boot0", "mmcblk0rpmb"};
	struct machine *m = *state;
	struct facts *f;

	make_pc(m);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		make_disk(m, others[i], "7:0\n", "1000000\n");
	make_disk(m, "sdb", "8:16\n", "0\n"); /* a card reader without a card */
	make_disk(m, "sdaa", "65:160\n", "2000000\n");
	make_disk(m, "sda", "8:0\n", "1000000\n");
	make_disk(m, "nvme0n1", "259:0\n", "1000000\n");
	f = detect(m);
	assert_int_equal(f->disks.count, 3);
	assert_string_equal(f->disks.items[0].path, "/dev/nvme0n1");
	assert_int_equal(f->disks.items[0].transport, TRANSPORT_NVME);
	assert_string_equal(f->disks.items[1].path, "/dev/sda");
	assert_int_equal(f->disks.items[1].bytes, 512000000);
	assert_int_equal(f->disks.items[2].major, 65);
	check_facts(m);
}

static void test_udev(void **state)
{
	struct machine *m = *state;
	const struct disk *d;

	make_pc(m);
	make_disk(m, "sda", "8:0\n", "1000000\n");
	make_partition(m, "sda", "sda1", "8:1\n");
	put(m, "run/udev/data/b8:0",
	    "S:disk/by-id/wwn-0x5000\nS:disk/by-id/ata-Disk_1\nS:disk/by-id/ata-Disk_1_x\n"
	    "S:disk/by-path/pci-0:1\nS:disk/by-id/evil\x1b[2J\nS:disk/by-id/a b\nS:char/1:2\n"
	    "E:ID_SERIAL_SHORT=S1\nE:ID_MODEL_ENC=A\\x20\\x1b[31m\\xe2\\x80\\xaeB\\x20\\x20\nE:ID_"
	    "PART_TABLE_TYPE=gpt\n");
	put(m, "run/udev/data/b8:1",
	    "E:ID_FS_TYPE=ext4\nE:ID_FS_LABEL_ENC=my\\x20\\x0alabel\\x00\\x\nE:ID_FS_LABEL=no\n"
	    "E:ID_PART_ENTRY_NAME=\nE:ID_FS_UUIDX=1\nE\nEE");
	d = &detect(m)->disks.items[0];
	assert_int_equal(d->links.count, 4);
	assert_string_equal(d->by_id, "/dev/disk/by-id/ata-Disk_1");
	assert_string_equal(d->model, "A ?[31m???B");
	assert_string_equal(d->serial, "S1");
	assert_string_equal(d->table, "gpt");
	assert_int_equal(d->partitions.count, 1);
	assert_string_equal(d->partitions.items[0].fs_type, "ext4");
	assert_string_equal(d->partitions.items[0].fs_label, "my ?label?\\x");
	assert_null(d->partitions.items[0].name);
	assert_null(d->partitions.items[0].fs_uuid);
	assert_string_equal(d->partitions.items[0].system, "Linux");
	assert_true(disk_has_data(d));
	check_facts(m);
}

/* Every cut of a record is read without a byte too many. */
static void test_cut_udev(void **state)
{
	static const char text[] = "S:disk/by-id/x\nE:ID_FS_TYPE=e\\x41\nE";
	struct machine *m = *state;

	make_pc(m);
	make_disk(m, "sda", "8:0\n", "1000000\n");
	for (size_t n = 0; n < sizeof(text); n++) {
		scratch_bytes(m->root, "run/udev/data/b8:0", text, n);
		assert_int_equal(detect(m)->disks.count, 1);
		check_facts(m);
	}
}

static void test_ranks(void **state)
{
	static const struct {
		const char *better, *worse;
	} rows[] = {
		{"ata-Disk_1", "wwn-0x5"},
		{"nvme-Disk_1", "nvme-eui.1"},
		{"nvme-eui.1", "wwn-0x5"},
		{"ata-Disk", "ata-Disk_1"},
	};
	_cleanup_arena_ struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int swap = 0; swap < 2; swap++) {
			struct strings links = {0};
			char *better = arena_printf(a, "/dev/disk/by-id/%s", rows[i].better);
			char *worse = arena_printf(a, "/dev/disk/by-id/%s", rows[i].worse);

			strings_add(a, &links, swap ? better : worse);
			strings_add(a, &links, swap ? worse : better);
			assert_string_equal(best_link(&links), better);
		}
	struct strings none = {0};

	strings_add(a, &none, "/dev/disk/by-path/pci-0");
	strings_add(a, &none, "/dev/disk/by-id/dm-name-x");
	assert_null(best_link(&none));
}

static void test_mounts(void **state)
{
	struct machine *m = *state;
	struct facts *f;
	_cleanup_arena_ struct arena *a = arena_new();

	make_pc(m);
	make_disk(m, "sda", "8:0\n", "1000000\n");
	make_partition(m, "sda", "sda1", "8:1\n");
	make_partition(m, "sda", "sda2", "8:2\n");
	make_disk(m, "sdb", "8:16\n", "1000000\n");
	make_disk(m, "sdc", "8:32\n", "1000000\n");
	put(m, "proc/self/mountinfo",
	    "30 1 8:1 / /mnt/a\\040b\\134\\012x rw,noatime shared:1 - ext4 /dev/sda1 rw\n"
	    "31 1 0:40 /@home /data rw - btrfs /dev/sdb rw\n"
	    "short line\n\n31 1 0:41 /\n"
	    "32 1 8:321 / /other rw - ext4 /dev/sdc1 rw\n");
	put(m, "proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n");
	f = detect(m);
	assert_int_equal(f->disks.items[0].partitions.items[0].mounts.count, 1);
	assert_string_equal(f->disks.items[0].partitions.items[0].mounts.items[0], "/mnt/a b\\?x");
	assert_string_equal(f->disks.items[0].partitions.items[1].mounts.items[0], "[swap]");
	assert_string_equal(f->disks.items[1].mounts.items[0], "/data");
	assert_int_equal(f->disks.items[2].mounts.count, 0);
	check_contains(disk_in_use(&f->disks.items[0], a), "/dev/sda1 is mounted at /mnt/a b");
	check_contains(disk_in_use(&f->disks.items[1], a), "/data");
	assert_null(disk_in_use(&f->disks.items[2], a));
	check_facts(m);
}

/* The medium of the running system, also below a device mapper, is never to be had. */
static void test_live_medium(void **state)
{
	static const struct {
		const char *mount;
		bool live;
	} rows[] = {
		{"30 1 8:1 / /iso ro - iso9660 /dev/sda1 ro\n", true},
		{"30 1 8:0 / /iso ro - iso9660 /dev/sda ro\n", true},
		{"30 1 8:1 / / rw - ext4 /dev/root rw\n", true},
		{"30 1 253:0 / / rw - ext4 /dev/mapper/x rw\n", true},
		{"30 1 8:1 / /mnt rw - ext4 /dev/sda1 rw\n", false},
		{"30 1 8:16 / /iso rw - ext4 /dev/sdb rw\n", false},
	};
	struct machine *m = *state;

	make_pc(m);
	make_disk(m, "sda", "8:0\n", "1000000\n");
	make_partition(m, "sda", "sda1", "8:1\n");
	put(m, "sys/block/sda/sda1/holders/dm-0", "");
	put(m, "sys/block/dm-0/dev", "253:0\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *a = arena_new();

		put(m, "proc/self/mountinfo", rows[i].mount);
		check_row(i, detect(m)->disks.items[0].live_medium == rows[i].live);
		/* Held by dm-0 it cannot be had anyway. */
		assert_non_null(disk_in_use(&m->facts->disks.items[0], a));
	}
}

/* Names of directories and of links are from outside, too. */
static void test_hostile_names(void **state)
{
	struct machine *m = *state;
	struct facts *f;

	make_pc(m);
	make_disk(m, "sd\x1b[2J", "8:0\n", "1000000\n");
	put(m, "sys/block/sd\x1b[2J/holders/dm\x9b", "");
	put(m, "sys/class/net/eth\n0/address", "\x1b]0;x\x07\n");
	put(m, "sys/class/net/eth\n0/device/x", "");
	scratch_link(m->root, "sys/class/net/eth\n0/device/driver", "../evil\x1b[31m");
	put(m, "sys/class/sound/card0/id", "id\x7f\n");
	scratch_link(m->root, "sys/class/sound/card0/device/driver", "../../\xe2\x80\xae");
	put(m, "sys/bus/pci/devices/0000:00:01.0/class", "0x010601\n");
	scratch_link(m->root, "sys/bus/pci/devices/0000:00:01.0/driver", "../ah\"ci$\x01{");
	put(m, "proc/cmdline", "console=tty\x1b[S0 console=\xff\n");
	put(m, "etc/os-release", "PRETTY_NAME=\"\x1b[2J\"\nVERSION_ID=\n");
	f = detect(m);
	assert_int_equal(f->disks.count, 1);
	assert_int_equal(f->networks.count, 1);
	assert_int_equal(f->sound_cards.count, 1);
	assert_string_equal(f->networks.items[0].driver, "evil?[31m");
	check_facts(m);
}

static void link_driver(struct machine *m, const char *device, const char *driver,
			const char *module)
{
	_cleanup_free_ char *link = xasprintf("%s/driver", device);
	_cleanup_free_ char *target = xasprintf("/drivers/%s", driver);
	_cleanup_free_ char *modules = xasprintf("drivers/%s/module", driver);
	_cleanup_free_ char *end = xasprintf("/module/%s", module ? module : "");

	scratch_link(m->root, link, target);
	if (module)
		scratch_link(m->root, modules, end);
}

/* What the initrd needs beside controllers of the class storage: a root on eMMC or SD, behind PCI,
 * ACPI and a card reader, and the buses of hypervisors. A driver that is no module has no link. */
static void test_storage_modules(void **state)
{
	static const char *const wanted[] = {"sdhci_pci", "sdhci_acpi", "rtsx_pci_sdmmc",
					     "xen_blkfront", "hv_storvsc"};
	struct machine *m = *state;
	struct facts *f;

	make_pc(m);
	put(m, "sys/bus/pci/devices/0000:00:1a.0/class", "0x080501\n");
	scratch_link(m->root, "sys/bus/pci/devices/0000:00:1a.0/driver", "../sdhci-pci");
	put(m, "sys/bus/pci/devices/0000:00:1f.0/class", "0x060100\n");
	scratch_link(m->root, "sys/bus/pci/devices/0000:00:1f.0/driver", "../lpc_ich");
	link_driver(m, "sys/class/mmc_host/mmc0/device", "sdhci-acpi", "sdhci_acpi");
	link_driver(m, "sys/class/mmc_host/mmc1/device", "rtsx_pci_sdmmc", "rtsx_pci_sdmmc");
	link_driver(m, "sys/class/mmc_host/mmc2/device", "sdhci-dwcmshc", NULL);
	link_driver(m, "sys/block/xvda/device", "vbd", "xen_blkfront");
	link_driver(m, "sys/bus/vmbus/devices/00000000-0001", "hv_storvsc", "hv_storvsc");
	f = detect(m);
	assert_int_equal(f->storage_modules.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_string_equal(f->storage_modules.items[i], wanted[i]);
	check_facts(m);
}

static void test_virtual(void **state)
{
	static const struct {
		const char *vendor, *product, *name;
	} rows[] = {
		{"QEMU\n", "Standard PC\n", "qemu"},
		{"Microsoft Corporation\n", "Virtual Machine\n", "microsoft"},
		{"Microsoft Corporation\n", "Surface\n", NULL},
		{"innotek GmbH\n", "VirtualBox\n", "oracle"},
		{"LENOVO\n", "20XW\n", NULL},
	};
	struct machine *m = *state;

	make_pc(m);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put(m, "sys/class/dmi/id/sys_vendor", rows[i].vendor);
		put(m, "sys/class/dmi/id/product_name", rows[i].product);
		check_row(i, str_eq(detect(m)->virtualisation, rows[i].name));
	}
	put(m, "proc/cpuinfo", "vendor_id\t: x\nflags\t\t: fpu hypervisor\n");
	assert_string_equal(detect(m)->virtualisation, "unknown");
}

static const struct {
	const char *json, *why;
} refused[] = {
	{"", "unexpected"},
	{"[]", ""},
	{"{}", ""},
	{"{\"version\":2,\"arch\":\"x86_64\",\"memoryBytes\":1}", ""},
	{"{\"version\":1,\"arch\":\"vax\",\"memoryBytes\":1}", ""},
	{"{\"version\":1,\"arch\":\"x86_64\"}", ""},
	{"{\"version\":1,\"arch\":\"x86_64\",\"memoryBytes\":1,\"disks\":[{}]}", ""},
	{"{\"version\":1,\"arch\":\"x86_64\",\"memoryBytes\":1,\"disks\":[{\"path\":\"/dev/sda\","
	 "\"bytes\":-5,\"sectorBytes\":512}]}",
	 ""},
};

static void test_refused_files(void **state)
{
	struct machine *m = *state;
	_cleanup_free_ char *path = xasprintf("%s/m.json", m->root);
	struct facts *f = NULL;
	struct err e;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		put(m, "m.json", refused[i].json);
		check_row(i, facts_read_file(path, &f, &e) == -ERR_INVALID && !f);
		check_contains(e.what, path);
		check_shown(e.what);
	}
	scratch_remove(m->root, "m.json");
	check_error(&e, facts_read_file(path, &f, &e));
	check_contains(e.why, "No such file");
}

static void test_sanitised_files(void **state)
{
	struct machine *m = *state;
	_cleanup_free_ char *path = xasprintf("%s/m.json", m->root);
	struct err e;

	put(m, "m.json",
	    "{\"version\":1,\"arch\":\"x86_64\",\"memoryBytes\":1,\"board\":{\"model\":\"\\u001b["
	    "2J\","
	    "\"compatible\":[\"\\u202e\"]},\"disks\":[{\"path\":\"/dev/\\u0007\",\"bytes\":1,"
	    "\"sectorBytes\":512,\"mounts\":[\"\\n\"],\"partitions\":[{\"path\":\"\\u009b\","
	    "\"bytes\":1,\"fsLabel\":\"a\\u0000b\"}]}]}");
	if (facts_read_file(path, &m->facts, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	assert_string_equal(m->facts->board.model, "?[2J");
	assert_string_equal(m->facts->disks.items[0].path, "/dev/?");
	check_facts(m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_pc),
		TEST(test_cpu_lists),
		TEST(test_cpus_text),
		TEST(test_cores),
		TEST(test_device_tree),
		TEST(test_firmware),
		TEST(test_which_are_disks),
		TEST(test_udev),
		TEST(test_cut_udev),
		TEST(test_ranks),
		TEST(test_mounts),
		TEST(test_live_medium),
		TEST(test_hostile_names),
		TEST(test_storage_modules),
		TEST(test_virtual),
		TEST(test_refused_files),
		TEST(test_sanitised_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
