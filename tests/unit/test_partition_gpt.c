/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gpt_retouch on tables that libparted has written to a sparse file. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "partition/gpt.h"
#include "partition/label.h"

#define GIB (UINT64_C(1) << 30)

/* A sparse file with libparted's table on it, both copies in memory. */
struct fixture {
	char path[64];
	int fd;
	struct layout l;
	struct gpt_copy primary, backup;
};

static void read_copy(const struct fixture *f, struct gpt_copy *c)
{
	c->header = xcalloc(1, c->sector_bytes);
	c->table = xcalloc(1, GPT_TABLE_BYTES);
	assert_int_equal(
		pread(f->fd, c->header, c->sector_bytes, (off_t)(c->header_lba * c->sector_bytes)),
		c->sector_bytes);
	assert_int_equal(
		pread(f->fd, c->table, GPT_TABLE_BYTES, (off_t)(c->table_lba * c->sector_bytes)),
		GPT_TABLE_BYTES);
}

static void fixture_open(struct fixture *f, uint32_t sector)
{
	struct layout_request r = {
		.disk_bytes = 20 * GIB,
		.sector_bytes = sector,
		.boot = BOOT_UBOOT,
		.arch = PART_ARCH_AARCH64,
		.root_fs = FS_EXT4,
		.swap_bytes = GIB,
		.seed = "5a3c1f0e-1111-4222-8333-944455556666",
	};
	struct err e = {0};

	snprintf(f->path, sizeof(f->path), "/tmp/archibald-gpt-XXXXXX");
	f->fd = mkstemp(f->path);
	assert_true(f->fd >= 0);
	assert_int_equal(ftruncate(f->fd, (off_t)r.disk_bytes), 0);
	assert_int_equal(setenv("PARTED_SECTOR_SIZE", sector == 512 ? "512" : "4096", 1), 0);
	assert_int_equal(layout_make(&r, &f->l, &e), 0);
	if (label_write(f->path, &f->l, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	f->primary = gpt_primary(r.disk_bytes, sector);
	f->backup = gpt_backup(r.disk_bytes, sector);
	read_copy(f, &f->primary);
	read_copy(f, &f->backup);
}

static void fixture_close(struct fixture *f)
{
	free(f->primary.header);
	free(f->primary.table);
	free(f->backup.header);
	free(f->backup.table);
	close(f->fd);
	unlink(f->path);
}

static void test_crc(void **state)
{
	(void)state;
	/* The check value of CRC-32/ISO-HDLC. */
	assert_int_equal(gpt_crc32("123456789", 9), 0xcbf43926);
	assert_int_equal(gpt_crc32("", 0), 0);
}

static void test_places(void **state)
{
	struct gpt_copy p = gpt_primary(GIB, 512), b = gpt_backup(GIB, 512);

	(void)state;
	assert_int_equal(p.header_lba, 1);
	assert_int_equal(p.table_lba, 2);
	assert_int_equal(p.first_usable_lba, 34);
	assert_int_equal(p.other_header_lba, 2097151);
	assert_int_equal(b.header_lba, 2097151);
	assert_int_equal(b.table_lba, 2097151 - 32);
	assert_int_equal(b.last_usable_lba, 2097151 - 33);
	assert_int_equal(gpt_primary_end(512), 34 * 512);
	assert_int_equal(gpt_primary_end(4096), 6 * 4096);
	b = gpt_backup(GIB, 4096);
	assert_int_equal(b.header_lba, 262143);
	assert_int_equal(b.table_lba, 262143 - 4);
}

static void retouch_and_look(uint32_t sector)
{
	/* The GUIDs' bytes as they must lie on the disk: the first three fields reversed. */
	static const uint8_t root_arm64[16] = {0x45, 0xb0, 0x21, 0xb9, 0xf0, 0x1d, 0xc3, 0x41,
					       0xaf, 0x44, 0x4c, 0x6f, 0x28, 0x0d, 0x3f, 0xae};
	struct fixture f;
	struct err e = {0};

	fixture_open(&f, sector);
	assert_int_equal(gpt_verify(&f.primary, &e), 0);
	assert_int_equal(gpt_verify(&f.backup, &e), 0);
	assert_false(gpt_matches(&f.primary, &f.l));
	assert_int_equal(gpt_retouch(&f.primary, &f.backup, &f.l, &e), 0);
	assert_int_equal(gpt_verify(&f.primary, &e), 0);
	assert_int_equal(gpt_verify(&f.backup, &e), 0);
	assert_true(gpt_matches(&f.primary, &f.l));
	assert_true(gpt_matches(&f.backup, &f.l));
	assert_memory_equal(f.primary.table, root_arm64, 16);
	assert_int_equal(f.primary.table[48], 4); /* legacy BIOS bootable */
	assert_int_equal(f.primary.table[128 + 48], 0);
	assert_memory_equal(f.primary.table, f.backup.table, GPT_TABLE_BYTES);
	/* The name that libparted wrote is still there, in UTF-16. */
	assert_memory_equal(f.primary.table + 56, "a\0r\0c\0h\0", 8);
	fixture_close(&f);
}

static void test_retouch(void **state)
{
	(void)state;
	retouch_and_look(512);
	retouch_and_look(4096);
}

/* Any one byte changed in what the checksums cover, in either copy, stops it before a byte is
 * written. */
static void test_damage_is_refused(void **state)
{
	static const struct {
		bool in_backup, in_table;
		size_t at;
		const char *why;
	} rows[] = {
		{false, false, 0, "signature"},	    {true, false, 7, "signature"},
		{false, false, 8, "revision"},	    {false, false, 12, "checksum"},
		{true, false, 14, "size"},	    {false, false, 16, "checksum"},
		{true, false, 24, "checksum"},	    {false, false, 40, "checksum"},
		{false, false, 60, "checksum"},	    {true, false, 91, "checksum"},
		{false, true, 0, "table's"},	    {true, true, 16383, "table's"},
		{false, true, 128 + 33, "table's"},
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, 512);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct gpt_copy *c = rows[i].in_backup ? &f.backup : &f.primary;
		uint8_t *byte = (rows[i].in_table ? c->table : c->header) + rows[i].at;
		uint8_t before[4][GPT_TABLE_BYTES] = {{0}};
		struct err e = {0};

		*byte ^= 1;
		memcpy(before[0], f.primary.header, 512);
		memcpy(before[1], f.primary.table, GPT_TABLE_BYTES);
		memcpy(before[2], f.backup.header, 512);
		memcpy(before[3], f.backup.table, GPT_TABLE_BYTES);
		assert_int_equal(gpt_retouch(&f.primary, &f.backup, &f.l, &e), -ERR_INVALID);
		if (!strstr(e.why, rows[i].why))
			fail_msg("row %zu: \"%s\" has no \"%s\"", i, e.why, rows[i].why);
		assert_non_null(strstr(e.what, rows[i].in_backup ? "backup" : "primary"));
		assert_memory_equal(before[0], f.primary.header, 512);
		assert_memory_equal(before[1], f.primary.table, GPT_TABLE_BYTES);
		assert_memory_equal(before[2], f.backup.header, 512);
		assert_memory_equal(before[3], f.backup.table, GPT_TABLE_BYTES);
		*byte ^= 1;
	}
	fixture_close(&f);
}

/* A header that is right in itself but was written for another place. */
static void test_misplaced_is_refused(void **state)
{
	struct fixture f;
	struct err e = {0};

	(void)state;
	fixture_open(&f, 512);
	memcpy(f.primary.header, f.backup.header, 512);
	assert_int_equal(gpt_verify(&f.primary, &e), -ERR_INVALID);
	assert_non_null(strstr(e.why, "elsewhere"));
	fixture_close(&f);
}

/* The table is sound, but is not the one that was planned. */
static void test_other_table_is_refused(void **state)
{
	struct fixture f;
	struct err e = {0};

	(void)state;
	fixture_open(&f, 512);
	f.l.parts[1].start += 1 << 20;
	assert_int_equal(gpt_retouch(&f.primary, &f.backup, &f.l, &e), -ERR_INTERNAL);
	assert_non_null(strstr(e.what, "entry 2"));
	f.l.parts[1].start -= 1 << 20;
	f.l.count = 1;
	assert_int_equal(gpt_retouch(&f.primary, &f.backup, &f.l, &e), -ERR_INTERNAL);
	f.l.count = 2;
	assert_int_equal(gpt_retouch(&f.primary, &f.backup, &f.l, &e), 0);
	fixture_close(&f);
}

static void test_matches_sees_changes(void **state)
{
	struct fixture f;
	struct err e = {0};
	struct layout l;

	(void)state;
	fixture_open(&f, 512);
	assert_int_equal(gpt_retouch(&f.primary, &f.backup, &f.l, &e), 0);
	l = f.l;
	l.disk_guid[0] = l.disk_guid[0] == '0' ? '1' : '0';
	assert_false(gpt_matches(&f.primary, &l));
	l = f.l;
	l.parts[1].guid[35] = l.parts[1].guid[35] == '0' ? '1' : '0';
	assert_false(gpt_matches(&f.primary, &l));
	l = f.l;
	l.parts[0].legacy_boot = false;
	assert_false(gpt_matches(&f.primary, &l));
	l = f.l;
	l.parts[0].size -= 4096;
	assert_false(gpt_matches(&f.primary, &l));
	l = f.l;
	l.count = 1;
	assert_false(gpt_matches(&f.primary, &l));
	assert_true(gpt_matches(&f.primary, &f.l));
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_retouch),
		cmocka_unit_test(test_damage_is_refused),
		cmocka_unit_test(test_misplaced_is_refused),
		cmocka_unit_test(test_other_table_is_refused),
		cmocka_unit_test(test_matches_sees_changes),
	};

	return cmocka_run_group_tests_name("partition: gpt", tests, NULL, NULL);
}
