/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk_write_table with the real libparted on sparse files, and what libblkid, sfdisk and sgdisk
 * find there: readers that share no code with ours. */
#include <blkid/blkid.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "partition/disk.h"
#include "partition/gpt.h"

#define SEED  "5a3c1f0e-1111-4222-8333-944455556666"
#define OTHER "5a3c1f0e-1111-4222-8333-944455556667"
#define MIB   (UINT64_C(1) << 20)
#define GIB   (UINT64_C(1) << 30)

struct disk {
	char path[64];
	int fd;
	struct layout l;
};

static struct layout layout(uint64_t bytes, uint32_t sector, enum boot_method boot, uint64_t swap,
			    const char *seed)
{
	struct layout_request r = {
		.disk_bytes = bytes,
		.sector_bytes = sector,
		.boot = boot,
		.arch = boot == BOOT_UBOOT ? PART_ARCH_AARCH64 : PART_ARCH_X86_64,
		.root_fs = FS_EXT4,
		.swap_bytes = swap,
		.seed = seed,
	};
	struct layout l;
	struct err e = {0};

	if (layout_make(&r, &l, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	return l;
}

static struct disk disk_make(uint64_t bytes, uint32_t sector, enum boot_method boot, uint64_t swap)
{
	struct disk d = {.path = "/tmp/archibald-table-XXXXXX"};

	d.l = layout(bytes, sector, boot, swap, SEED);
	d.fd = mkstemp(d.path);
	assert_true(d.fd >= 0);
	assert_int_equal(ftruncate(d.fd, (off_t)bytes), 0);
	assert_int_equal(setenv("PARTED_SECTOR_SIZE", sector == 512 ? "512" : "4096", 1), 0);
	return d;
}

static void disk_free(struct disk *d)
{
	close(d->fd);
	unlink(d->path);
}

static void write_table(const struct disk *d)
{
	struct err e = {0};

	if (disk_write_table(d->path, &d->l, 1000, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
}

static void assert_value(blkid_probe pr, const char *key, const char *wanted)
{
	const char *value = NULL;

	assert_int_equal(blkid_probe_lookup_value(pr, key, &value, NULL), 0);
	assert_string_equal(value, wanted);
}

static void assert_part(blkid_partlist list, const struct part *p)
{
	blkid_partition b = blkid_partlist_get_partition_by_partno(list, (int)p->number);

	assert_non_null(b);
	/* libblkid counts in sectors of 512 whatever the disk's are. */
	assert_int_equal(blkid_partition_get_start(b) * 512, p->start);
	assert_int_equal(blkid_partition_get_size(b) * 512, p->size);
	assert_string_equal(blkid_partition_get_uuid(b), p->guid);
	assert_string_equal(blkid_partition_get_type_string(b), p->type_guid);
	assert_string_equal(blkid_partition_get_name(b), p->name);
	assert_int_equal(blkid_partition_get_flags(b), p->legacy_boot ? 4 : 0);
}

/* libblkid checks both headers' and the table's checksums by itself. */
static void assert_blkid_agrees(const struct disk *d)
{
	blkid_probe pr = blkid_new_probe();
	blkid_partlist list;

	assert_int_equal(blkid_probe_set_device(pr, d->fd, 0, 0), 0);
	assert_int_equal(blkid_probe_set_sectorsize(pr, d->l.sector_bytes), 0);
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_set_partitions_flags(pr, BLKID_PARTS_ENTRY_DETAILS);
	assert_int_equal(blkid_do_safeprobe(pr), 0);
	assert_value(pr, "PTTYPE", "gpt");
	assert_value(pr, "PTUUID", d->l.disk_guid);
	list = blkid_probe_get_partitions(pr);
	assert_non_null(list);
	assert_int_equal(blkid_partlist_numof_partitions(list), d->l.count);
	for (size_t i = 0; i < d->l.count; i++)
		assert_part(list, &d->l.parts[i]);
	blkid_free_probe(pr);
}

static void test_rows(void **state)
{
	static const struct {
		uint64_t bytes, swap;
		uint32_t sector;
		enum boot_method boot;
	} rows[] = {
		{20 * GIB, 0, 512, BOOT_UEFI},	      {20 * GIB, GIB, 512, BOOT_UEFI},
		{20 * GIB, GIB, 4096, BOOT_UEFI},     {20 * GIB + 512, GIB, 512, BOOT_UEFI},
		{20 * GIB - 4096, 0, 512, BOOT_BIOS}, {20 * GIB, GIB, 512, BOOT_BIOS},
		{20 * GIB, GIB, 4096, BOOT_BIOS},     {20 * GIB, 0, 512, BOOT_UBOOT},
		{20 * GIB, GIB, 512, BOOT_UBOOT},     {20 * GIB, GIB, 4096, BOOT_UBOOT},
		{5000 * GIB, GIB, 512, BOOT_UEFI},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct disk d = disk_make(rows[i].bytes, rows[i].sector, rows[i].boot,
					  rows[i].swap);

		assert_false(disk_has_table(d.path, &d.l));
		write_table(&d);
		assert_blkid_agrees(&d);
		assert_true(disk_has_table(d.path, &d.l));
		disk_free(&d);
	}
}

/* The smallest disk that layout_make accepts, and a table over another one. */
static void test_smallest_and_again(void **state)
{
	struct disk d = disk_make(18 * MIB + 16896, 512, BOOT_UBOOT, 0);

	(void)state;
	write_table(&d);
	assert_blkid_agrees(&d);
	d.l = layout(d.l.disk_bytes, 512, BOOT_UBOOT, 0, OTHER);
	assert_false(disk_has_table(d.path, &d.l));
	write_table(&d);
	assert_blkid_agrees(&d);
	assert_true(disk_has_table(d.path, &d.l));
	disk_free(&d);
}

/* What libblkid finds in a partition's place. */
static bool has_file_system(const struct disk *d, const struct part *p)
{
	blkid_probe pr = blkid_new_probe();
	int found;

	assert_int_equal(
		blkid_probe_set_device(pr, d->fd, (blkid_loff_t)p->start, (blkid_loff_t)p->size),
		0);
	blkid_probe_enable_superblocks(pr, 1);
	found = blkid_do_safeprobe(pr);
	blkid_free_probe(pr);
	return found == 0;
}

/* A pool that was in the place of a new partition: its labels at both ends. */
static void test_zfs(void **state)
{
	static const uint64_t magic = 0x00bab10c, label = 256 << 10;
	struct disk d = disk_make(20 * GIB, 512, BOOT_UEFI, GIB);
	const struct part *root = layout_part(&d.l, PART_ROOT);
	const uint64_t count = root->size / label;
	const uint64_t labels[] = {0, 1, count - 2, count - 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		for (uint64_t at = label / 2; at < label; at += 1024)
			assert_int_equal(pwrite(d.fd, &magic, sizeof(magic),
						(off_t)(root->start + labels[i] * label + at)),
					 sizeof(magic));
	assert_true(has_file_system(&d, root));
	write_table(&d);
	assert_false(has_file_system(&d, root));
	assert_blkid_agrees(&d);
	disk_free(&d);
}

static void flip(const struct disk *d, uint64_t at)
{
	char byte;

	assert_int_equal(pread(d->fd, &byte, 1, (off_t)at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(d->fd, &byte, 1, (off_t)at), 1);
}

static void test_has_table_sees_damage(void **state)
{
	struct disk d = disk_make(20 * GIB, 512, BOOT_UEFI, GIB);
	const uint64_t at[] = {512, 1024, 1024 + 130, 20 * GIB - 512, 20 * GIB - 512 * 33};

	(void)state;
	write_table(&d);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		flip(&d, at[i]);
		assert_false(disk_has_table(d.path, &d.l));
		flip(&d, at[i]);
		assert_true(disk_has_table(d.path, &d.l));
	}
	assert_false(disk_has_table("/nonexistent", &d.l));
	disk_free(&d);
}

static void put(const struct disk *d, uint64_t at, const char *bytes, size_t n)
{
	assert_int_equal(pwrite(d->fd, bytes, n, (off_t)at), n);
}

static void assert_no_superblock(const struct disk *d, uint64_t start, uint64_t size)
{
	blkid_probe pr = blkid_new_probe();

	assert_int_equal(blkid_probe_set_device(pr, d->fd, (blkid_loff_t)start, (blkid_loff_t)size),
			 0);
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM);
	assert_int_equal(blkid_do_probe(pr), 1);
	blkid_free_probe(pr);
}

/* Former lives of the disk: on the whole of it and where the new partitions come to lie. */
static void test_old_signatures_go(void **state)
{
	struct disk d = disk_make(20 * GIB, 512, BOOT_UEFI, GIB);
	const struct part *root = layout_part(&d.l, PART_ROOT),
			  *swap = layout_part(&d.l, PART_SWAP);
	const uint64_t luks_backup = 16384;

	(void)state;
	put(&d, 32769, "CD001", 5);	    /* ISO 9660: a stick with an image */
	put(&d, 65536 + 64, "_BHRfS_M", 8); /* btrfs */
	put(&d, 512, "LABELONE", 8);	    /* LVM */
	put(&d, 510, "\x55\xaa", 2);	    /* DOS */
	put(&d, swap->start + 4086, "SWAPSPACE2", 10);
	put(&d, root->start, "LUKS\xba\xbe\x00\x02", 8);
	put(&d, root->start + luks_backup, "SKUL\xba\xbe\x00\x02", 8);
	put(&d, root->start + 65536 + 64, "_BHRfS_M", 8);
	write_table(&d);
	assert_blkid_agrees(&d);
	assert_no_superblock(&d, 0, d.l.disk_bytes);
	for (size_t i = 0; i < d.l.count; i++)
		assert_no_superblock(&d, d.l.parts[i].start, d.l.parts[i].size);
	disk_free(&d);
}

static char *slurp_range(const struct disk *d, uint64_t from, uint64_t to)
{
	char *bytes = xmalloc(to - from);

	assert_int_equal(pread(d->fd, bytes, to - from, (off_t)from), to - from);
	return bytes;
}

/* What a U-Boot board keeps before its first partition is bit-identical afterwards, even where
 * it looks like old signatures. */
static void gap_stays(uint32_t sector)
{
	struct disk d = disk_make(20 * GIB, sector, BOOT_UBOOT, GIB);
	uint64_t gap = gpt_primary_end(sector);
	char *before, *after, *noise = xmalloc(16 * MIB);
	uint32_t x = 12345;

	for (size_t i = 0; i < 16 * MIB; i++) {
		x = x * 1664525 + 1013904223;
		noise[i] = (char)(x >> 24);
	}
	put(&d, 0, noise, 16 * MIB);
	put(&d, 32769, "CD001", 5);
	put(&d, 65536 + 64, "_BHRfS_M", 8);
	put(&d, 510, "\x55\xaa", 2);
	before = slurp_range(&d, gap, d.l.keep_bytes);
	write_table(&d);
	after = slurp_range(&d, gap, d.l.keep_bytes);
	assert_memory_equal(before, after, d.l.keep_bytes - gap);
	assert_true(disk_has_table(d.path, &d.l));
	free(before);
	free(after);
	free(noise);
	disk_free(&d);
}

static void test_gap_stays(void **state)
{
	(void)state;
	gap_stays(512);
	gap_stays(4096);
}

/* Other layouts have nothing to keep: old boot code goes. */
static void test_boot_code_goes(void **state)
{
	struct disk d = disk_make(20 * GIB, 512, BOOT_BIOS, 0);
	char zeros[440] = {0}, *now;

	(void)state;
	put(&d, 0, "GRUB", 4);
	put(&d, 34 * 512, "core", 4);
	write_table(&d);
	now = slurp_range(&d, 0, 440);
	assert_memory_equal(now, zeros, 440);
	free(now);
	now = slurp_range(&d, 34 * 512, 34 * 512 + 4);
	assert_memory_equal(now, zeros, 4);
	free(now);
	disk_free(&d);
}

static void test_other_disk_is_refused(void **state)
{
	struct disk d = disk_make(20 * GIB, 512, BOOT_UEFI, 0);
	struct layout other = layout(21 * GIB, 512, BOOT_UEFI, 0, SEED);
	struct err e = {0};

	(void)state;
	assert_int_equal(disk_write_table(d.path, &other, 1000, &e), -ERR_MISMATCH);
	assert_non_null(strstr(e.what, "21474836480"));
	assert_non_null(strstr(e.what, "22548578304"));
	/* A file has the sectors that libparted is told it has. */
	other = layout(20 * GIB, 4096, BOOT_UEFI, 0, SEED);
	assert_int_equal(disk_write_table(d.path, &other, 1000, &e), -ERR_MISMATCH);
	assert_int_equal(disk_write_table("/nonexistent", &d.l, 1000, &e), -ERR_IO);
	assert_int_equal(disk_write_table("/dev/null", &d.l, 1000, &e), -ERR_INVALID);
	disk_free(&d);
}

static void collect(void *ctx, const char *line)
{
	str_add(ctx, line);
	str_addc(ctx, '\n');
}

/* False: no such program. */
static bool run(const char *const *argv, struct str *out)
{
	struct proc p = {.argv = argv, .line = collect, .ctx = out};
	struct err e = {0};
	int r;

	assert_int_equal(
		setenv("PATH", "/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1), 0);
	r = proc_run(&p, &e);
	if (r < 0 && r != -ERR_NOT_FOUND)
		fail_msg("%s: %s\n%s", e.what, e.why, str_get(out));
	return r == 0;
}

static void assert_has(const struct str *text, const char *wanted)
{
	if (!strcasestr(str_get(text), wanted))
		fail_msg("no \"%s\" in:\n%s", wanted, str_get(text));
}

static void test_sfdisk_agrees(void **state)
{
	struct disk d = disk_make(20 * GIB, 512, BOOT_UBOOT, GIB);
	struct str out = {0}, dump = {0};
	bool there;

	(void)state;
	write_table(&d);
	there = run((const char *const[]){"sfdisk", "-J", d.path, NULL}, &out) &&
		run((const char *const[]){"sfdisk", "--dump", d.path, NULL}, &dump);
	for (size_t i = 0; there && i < d.l.count; i++) {
		const struct part *p = &d.l.parts[i];
		char words[256];

		snprintf(words, sizeof(words),
			 "start= %11llu, size= %11llu, type=%s, uuid=%s, name=\"%s\"",
			 (unsigned long long)p->start / 512, (unsigned long long)p->size / 512,
			 p->type_guid, p->guid, p->name);
		assert_has(&dump, words);
		assert_has(&out, p->guid);
	}
	if (there) {
		assert_has(&dump, "attrs=\"LegacyBIOSBootable\"");
		assert_has(&dump, d.l.disk_guid);
		assert_has(&dump, "last-lba: 41943006");
	}
	str_clear(&out);
	str_clear(&dump);
	disk_free(&d);
	if (!there) {
		print_message("skipped: needs sfdisk (package fdisk)\n");
		skip();
	}
}

static void test_sgdisk_agrees(void **state)
{
	struct disk d = disk_make(20 * GIB, 512, BOOT_UEFI, GIB);
	struct str out = {0};
	bool there;

	(void)state;
	write_table(&d);
	there = run((const char *const[]){"sgdisk", "--verify", d.path, NULL}, &out);
	if (there)
		assert_has(&out, "No problems found");
	str_clear(&out);
	disk_free(&d);
	if (!there) {
		print_message("skipped: needs sgdisk (package gdisk)\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_zfs),
		cmocka_unit_test(test_smallest_and_again),
		cmocka_unit_test(test_has_table_sees_damage),
		cmocka_unit_test(test_old_signatures_go),
		cmocka_unit_test(test_gap_stays),
		cmocka_unit_test(test_boot_code_goes),
		cmocka_unit_test(test_other_disk_is_refused),
		cmocka_unit_test(test_sfdisk_agrees),
		cmocka_unit_test(test_sgdisk_agrees),
	};

	return cmocka_run_group_tests_name("partition: table", tests, NULL, NULL);
}
