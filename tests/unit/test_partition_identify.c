/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_identify's reading, shown machines that are made here file by file. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"
#include "partition/identify.h"

#define BYTES (UINT64_C(20) << 30)

struct machine {
	char root[64];
};

static void mkdirs(char *path)
{
	for (char *c = path + 1; *c; c++)
		if (*c == '/') {
			*c = '\0';
			if (mkdir(path, 0755) < 0)
				assert_int_equal(errno, EEXIST);
			*c = '/';
		}
}

/* A file of that root with its content; a path that ends with a slash is a directory. */
static void put(const struct machine *m, const char *path, const char *content)
{
	_cleanup_free_ char *full = xasprintf("%s/%s", m->root, path);
	FILE *f;

	mkdirs(full);
	if (str_ends(path, "/"))
		return;
	f = fopen(full, "we");
	assert_non_null(f);
	assert_true(fputs(content, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void drop(const struct machine *m, const char *path)
{
	_cleanup_free_ char *full = xasprintf("%s/%s", m->root, path);

	assert_int_equal(remove(full), 0);
}

/* As in the kernel: both directories lead to the same device. */
static void device(const struct machine *m, const char *numbers, const char *name, const char *real)
{
	_cleanup_free_ char *by_number = xasprintf("%s/sys/dev/block/%s", m->root, numbers);
	_cleanup_free_ char *by_name = xasprintf("%s/sys/class/block/%s", m->root, name);
	_cleanup_free_ char *up = xasprintf("../../%s", real);
	_cleanup_free_ char *dev = xasprintf("sys/%s/dev", real);
	_cleanup_free_ char *uevent = xasprintf("sys/%s/uevent", real);
	_cleanup_free_ char *event = xasprintf("MAJOR=1\nDEVNAME=%s\nDEVTYPE=x\n", name);
	_cleanup_free_ char *line = xasprintf("%s\n", numbers);

	put(m, dev, line);
	put(m, uevent, event);
	put(m, "sys/dev/block/", NULL);
	put(m, "sys/class/block/", NULL);
	assert_int_equal(symlink(up, by_number), 0);
	assert_int_equal(symlink(up, by_name), 0);
}

#define DISK "sys/devices/ata/sda"

/* A SATA disk of 20 GiB with two partitions; the machine runs from /dev/sdb. */
static struct machine machine_make(void)
{
	struct machine m = {"/tmp/archibald-identify-XXXXXX"};

	assert_non_null(mkdtemp(m.root));
	device(&m, "8:0", "sda", "devices/ata/sda");
	device(&m, "8:1", "sda1", "devices/ata/sda/sda1");
	device(&m, "8:2", "sda2", "devices/ata/sda/sda2");
	device(&m, "8:16", "sdb", "devices/usb/sdb");
	device(&m, "8:17", "sdb1", "devices/usb/sdb/sdb1");
	put(&m, DISK "/size", "41943040\n");
	put(&m, DISK "/ro", "0\n");
	put(&m, DISK "/holders/", NULL);
	put(&m, DISK "/slaves/", NULL);
	put(&m, DISK "/device/model", "Samsung SSD 870 \n");
	put(&m, DISK "/device/wwid", "naa.5002538f12345678\n");
	put(&m, DISK "/sda1/partition", "1\n");
	put(&m, DISK "/sda1/holders/", NULL);
	put(&m, DISK "/sda2/partition", "2\n");
	put(&m, DISK "/sda2/holders/", NULL);
	put(&m, "sys/devices/usb/sdb/size", "100\n");
	put(&m, "sys/devices/usb/sdb/sdb1/partition", "1\n");
	put(&m, "run/udev/data/b8:0",
	    "S:disk/by-id/x\nE:ID_SERIAL=Samsung_S5\n"
	    "E:ID_SERIAL_SHORT=S5Y1\n");
	put(&m, "proc/self/mountinfo",
	    "21 1 8:17 / /iso ro - iso9660 /dev/sdb1 ro\n"
	    "22 1 0:21 / / rw - tmpfs tmpfs rw\n");
	put(&m, "proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 9 0 9\n");
	return m;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void machine_free(const struct machine *m)
{
	assert_int_equal(nftw(m->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static const struct disk_identity wanted = {
	.path = "/dev/sda",
	.serial = "S5Y1",
	.wwid = "naa.5002538f12345678",
	.model = "Samsung SSD 870",
	.bytes = BYTES,
	.major = 8,
	.minor = 0,
};

static int identify(const struct machine *m, const struct disk_identity *id, struct err *e)
{
	struct sys s;
	int r;

	*e = (struct err){0};
	assert_int_equal(sys_open(&s, m->root, e), 0);
	r = identify_recorded(&s, id, e);
	sys_close(&s);
	return r;
}

static void assert_good(const struct machine *m, const struct disk_identity *id)
{
	struct err e;

	if (identify(m, id, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
}

/* Refused with that code and these words, and with a hint. */
static void assert_refused(const struct machine *m, const struct disk_identity *id, int code,
			   const char *words)
{
	struct err e;

	assert_int_equal(identify(m, id, &e), -code);
	assert_int_equal(e.code, code);
	if (!strstr(e.what, words) && !strstr(e.why, words))
		fail_msg("no \"%s\" in \"%s: %s\"", words, e.what, e.why);
	assert_non_null(strstr(e.what, id->path));
	assert_true(e.hint[0]);
}

static void test_same(void **state)
{
	struct machine m = machine_make();
	struct disk_identity id = wanted;

	(void)state;
	assert_good(&m, &id);
	/* What was not known then is not compared now. */
	id.serial = id.wwid = NULL;
	id.model = "";
	assert_good(&m, &id);
	/* The names other kinds of disk have for the same things. */
	put(&m, DISK "/serial", "virtio-1\n");
	id.serial = "virtio-1";
	assert_good(&m, &id);
	put(&m, DISK "/wwid", "eui.0025\n");
	id.wwid = "eui.0025";
	assert_good(&m, &id);
	put(&m, DISK "/device/name", "SD128\n");
	id.model = " SD128 ";
	assert_good(&m, &id);
	machine_free(&m);
}

/* SCSI cuts an ATA disk's model to 16 characters; udev has the whole, escaped. */
static void test_model_of_udev(void **state)
{
	struct machine m = machine_make();
	struct disk_identity id = wanted;

	(void)state;
	put(&m, "run/udev/data/b8:0",
	    "E:ID_MODEL=Samsung_SSD_870_EVO_1TB\n"
	    "E:ID_MODEL_ENC=Samsung\\x20SSD\\x20870\\x20EVO\\x201TB\\x20\\x20\\x\n"
	    "E:ID_SERIAL_SHORT=S5Y1\n");
	id.model = "Samsung SSD 870 EVO 1TB  \\x";
	assert_good(&m, &id);
	id.model = "Samsung_SSD_870_EVO_1TB";
	assert_good(&m, &id);
	id.model = "Samsung SSD 870 EVO 2TB";
	assert_refused(&m, &id, ERR_MISMATCH, "EVO 2TB");
	machine_free(&m);
}

static void test_other_disk(void **state)
{
	struct machine m = machine_make();
	struct disk_identity id = wanted;

	(void)state;
	id.serial = "S5Y2";
	assert_refused(&m, &id, ERR_MISMATCH, "\"S5Y1\", not \"S5Y2\"");
	id = wanted;
	id.wwid = "naa.1";
	assert_refused(&m, &id, ERR_MISMATCH, "world-wide name");
	id = wanted;
	id.model = "Samsung SSD 980";
	assert_refused(&m, &id, ERR_MISMATCH, "\"Samsung SSD 870\", not");
	id = wanted;
	id.bytes = BYTES - 512;
	assert_refused(&m, &id, ERR_MISMATCH, "21474836480 bytes (20.0 GiB), not 21474835968");
	id = wanted;
	id.minor = 32;
	assert_refused(&m, &id, ERR_NOT_FOUND, "gone");
	id.minor = 1;
	assert_refused(&m, &id, ERR_MISMATCH, "a partition");
	/* An expected one that is missing now. */
	drop(&m, "run/udev/data/b8:0");
	assert_refused(&m, &wanted, ERR_MISMATCH, "now it has none");
	machine_free(&m);
}

static void test_write_protected(void **state)
{
	struct machine m = machine_make();

	(void)state;
	put(&m, DISK "/ro", "1\n");
	assert_refused(&m, &wanted, ERR_UNSUPPORTED, "write-protected");
	machine_free(&m);
}

static void test_mounted(void **state)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
		{"30 1 8:0 / /mnt rw - ext4 /dev/sda rw\n", "/dev/sda is mounted at /mnt"},
		{"30 1 8:2 / /mnt/a\\040b rw - ext4 /dev/sda2 rw\n", "mounted at /mnt/a b"},
		/* btrfs has a device number of its own. */
		{"30 1 0:44 / /mnt rw - btrfs /dev/sda2 rw\n", "/dev/sda2 is mounted at /mnt"},
		/* The live medium comes first, wherever it stands. */
		{"30 1 8:1 / /mnt rw - ext4 /dev/sda1 rw\n"
		 "31 1 8:2 / /iso ro - iso9660 /dev/sda2 ro\n",
		 "holds the system that is running"},
		{"31 1 8:0 / /run/live/medium ro - iso9660 /dev/sda ro\n",
		 "holds the system that is running"},
	};
	struct machine m = machine_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put(&m, "proc/self/mountinfo", rows[i].line);
		assert_refused(&m, &wanted, ERR_BUSY, rows[i].words);
	}
	put(&m, "proc/self/mountinfo",
	    "30 1 8:17 / /mnt rw - ext4 /dev/sdb1 rw\n"
	    "31 1 0:9 / /x rw - tmpfs /dev/nothing rw\n"
	    "32 1 0:9 / /y rw - tmpfs sda1 rw\n");
	assert_good(&m, &wanted);
	machine_free(&m);
}

/* Mounted through device-mapper, on a RAID's partition, and through a loop on a partition. */
static void test_mounted_through_layers(void **state)
{
	struct machine m = machine_make();

	(void)state;
	device(&m, "254:0", "dm-0", "devices/virtual/dm-0");
	device(&m, "254:1", "dm-1", "devices/virtual/dm-1");
	put(&m, "sys/devices/virtual/dm-0/slaves/sda2", "");
	put(&m, "sys/devices/virtual/dm-1/slaves/dm-0", "");
	put(&m, "proc/self/mountinfo", "30 1 254:1 / /data rw - xfs /dev/mapper/vg-data rw\n");
	assert_refused(&m, &wanted, ERR_BUSY, "/dev/mapper/vg-data is mounted at /data");

	device(&m, "9:0", "md0", "devices/virtual/md0");
	device(&m, "259:0", "md0p1", "devices/virtual/md0/md0p1");
	put(&m, "sys/devices/virtual/md0/slaves/sda1", "");
	put(&m, "sys/devices/virtual/md0/md0p1/partition", "1\n");
	put(&m, "proc/self/mountinfo", "30 1 259:0 / /raid rw - ext4 /dev/md0p1 rw\n");
	assert_refused(&m, &wanted, ERR_BUSY, "/dev/md0p1 is mounted at /raid");

	device(&m, "7:0", "loop0", "devices/virtual/loop0");
	put(&m, "sys/devices/virtual/loop0/loop/backing_file", "/dev/sda1\n");
	put(&m, "proc/self/mountinfo", "30 1 7:0 / /iso ro - iso9660 /dev/loop0 ro\n");
	assert_refused(&m, &wanted, ERR_BUSY, "holds the system that is running");
	machine_free(&m);
}

static void test_swapped_on(void **state)
{
	struct machine m = machine_make();

	(void)state;
	put(&m, "proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 9 0 -2\n");
	assert_refused(&m, &wanted, ERR_BUSY, "/dev/sda2 is swapped on");
	device(&m, "254:3", "dm-3", "devices/virtual/dm-3");
	put(&m, "sys/devices/virtual/dm-3/slaves/sda1", "");
	put(&m, "proc/swaps", "Filename Type Size Used Priority\n/dev/dm-3 partition 9 0 -2\n");
	assert_refused(&m, &wanted, ERR_BUSY, "/dev/dm-3 is swapped on");
	put(&m, "proc/swaps",
	    "Filename Type Size Used Priority\n/dev/sdb1 partition 9 0 -2\n"
	    "/dev/sda2x partition 9 0 -2\n/swapfile file 9 0 -2\n");
	assert_good(&m, &wanted);
	machine_free(&m);
}

static void test_held(void **state)
{
	struct machine m = machine_make();

	(void)state;
	put(&m, DISK "/sda2/holders/dm-0", "");
	assert_refused(&m, &wanted, ERR_BUSY, "/dev/sda2 is held by dm-0");
	device(&m, "254:0", "dm-0", "devices/virtual/dm-0");
	put(&m, "sys/devices/virtual/dm-0/dm/name", "vg-root\n");
	assert_refused(&m, &wanted, ERR_BUSY, "/dev/sda2 is held by dm-0 (vg-root)");
	drop(&m, DISK "/sda2/holders/dm-0");
	put(&m, DISK "/holders/md127", "");
	assert_refused(&m, &wanted, ERR_BUSY, "/dev/sda is held by md127");
	drop(&m, DISK "/holders/md127");
	assert_good(&m, &wanted);
	device(&m, "7:3", "loop3", "devices/virtual/loop3");
	put(&m, "sys/devices/virtual/loop3/loop/backing_file", "/dev/sda1\n");
	assert_refused(&m, &wanted, ERR_BUSY, "/dev/sda1 is held by loop3");
	put(&m, "sys/devices/virtual/loop3/loop/backing_file", "/iso/nix-store.squashfs\n");
	assert_good(&m, &wanted);
	machine_free(&m);
}

/* Devices that name each other as slaves end the search, not the stack. */
static void test_circles_end(void **state)
{
	struct machine m = machine_make();

	(void)state;
	device(&m, "254:0", "dm-0", "devices/virtual/dm-0");
	device(&m, "254:1", "dm-1", "devices/virtual/dm-1");
	put(&m, "sys/devices/virtual/dm-0/slaves/dm-1", "");
	put(&m, "sys/devices/virtual/dm-1/slaves/dm-0", "");
	put(&m, "proc/self/mountinfo", "30 1 254:1 / /data rw - xfs /dev/dm-1 rw\n");
	assert_good(&m, &wanted);
	machine_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),	    cmocka_unit_test(test_model_of_udev),
		cmocka_unit_test(test_other_disk),  cmocka_unit_test(test_write_protected),
		cmocka_unit_test(test_mounted),	    cmocka_unit_test(test_mounted_through_layers),
		cmocka_unit_test(test_swapped_on),  cmocka_unit_test(test_held),
		cmocka_unit_test(test_circles_end),
	};

	return cmocka_run_group_tests_name("partition: identify", tests, NULL, NULL);
}
