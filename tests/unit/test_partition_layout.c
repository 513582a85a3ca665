/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/uuid.h"
#include "partition/layout.h"

#define SEED  "5a3c1f0e-1111-4222-8333-944455556666"
#define OTHER "5a3c1f0e-1111-4222-8333-944455556667"
#define KIB   (UINT64_C(1) << 10)
#define MIB   (UINT64_C(1) << 20)
#define GIB   (UINT64_C(1) << 30)

static struct layout_request request(uint64_t disk, uint32_t sector, enum boot_method boot,
				     uint64_t swap)
{
	return (struct layout_request){
		.disk_bytes = disk,
		.sector_bytes = sector,
		.boot = boot,
		.arch = boot == BOOT_UBOOT ? PART_ARCH_AARCH64 : PART_ARCH_X86_64,
		.root_fs = FS_EXT4,
		.swap_bytes = swap,
		.root_min_bytes = 8 * GIB,
		.seed = SEED,
	};
}

static struct layout make(const struct layout_request *r)
{
	struct layout l;
	struct err e = {0};

	memset(&l, 0xee, sizeof(l));
	if (layout_make(r, &l, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	return l;
}

/* What holds for every layout, whatever was asked. */
static void assert_sound(const struct layout *l)
{
	uint64_t last_usable_end = l->disk_bytes - 16 * KIB - l->sector_bytes;
	uint64_t end = l->keep_bytes > MIB ? l->keep_bytes : MIB;

	assert_true(uuid_valid(l->disk_guid));
	for (size_t i = 0; i < l->count; i++) {
		const struct part *p = &l->parts[i];

		assert_int_equal(p->number, i + 1);
		assert_int_equal(p->start % MIB, 0);
		assert_int_equal(p->size % MIB, 0);
		assert_true(p->size >= MIB);
		assert_true(p->start >= end);
		end = p->start + p->size;
		assert_true(end <= last_usable_end);
		assert_true(uuid_valid(p->guid) && uuid_valid(p->type_guid));
		assert_true(str_starts(p->name, "archibald-"));
		assert_int_equal(p->legacy_boot, p->role == PART_ROOT && l->keep_bytes > 0);
	}
	/* Nothing of 1 MiB or more is left over. */
	assert_true(last_usable_end - end < MIB);
}

struct wanted {
	enum part_role role;
	uint64_t start, size;
};

static void test_rows(void **state)
{
	static const struct {
		uint64_t disk, swap;
		uint32_t sector;
		enum boot_method boot;
		struct wanted parts[4];
		size_t count;
	} rows[] = {
		{64 * GIB,
		 0,
		 512,
		 BOOT_UEFI,
		 {{PART_ESP, MIB, GIB}, {PART_ROOT, GIB + MIB, 63 * GIB - 2 * MIB}},
		 2},
		{64 * GIB,
		 4 * GIB,
		 512,
		 BOOT_UEFI,
		 {{PART_ESP, MIB, GIB},
		  {PART_SWAP, GIB + MIB, 4 * GIB},
		  {PART_ROOT, 5 * GIB + MIB, 59 * GIB - 2 * MIB}},
		 3},
		{64 * GIB,
		 4 * GIB,
		 4096,
		 BOOT_UEFI,
		 {{PART_ESP, MIB, GIB},
		  {PART_SWAP, GIB + MIB, 4 * GIB},
		  {PART_ROOT, 5 * GIB + MIB, 59 * GIB - 2 * MIB}},
		 3},
		/* A disk that ends within a MiB, and swap that is rounded up. */
		{64 * GIB + 300 * KIB,
		 GIB + 1,
		 512,
		 BOOT_BIOS,
		 {{PART_BIOS_BOOT, MIB, MIB},
		  {PART_SWAP, 2 * MIB, GIB + MIB},
		  {PART_ROOT, GIB + 3 * MIB, 63 * GIB - 3 * MIB}},
		 3},
		{64 * GIB,
		 0,
		 512,
		 BOOT_BIOS,
		 {{PART_BIOS_BOOT, MIB, MIB}, {PART_ROOT, 2 * MIB, 64 * GIB - 3 * MIB}},
		 2},
		{32 * GIB, 0, 512, BOOT_UBOOT, {{PART_ROOT, 16 * MIB, 32 * GIB - 17 * MIB}}, 1},
		{32 * GIB,
		 2 * GIB,
		 512,
		 BOOT_UBOOT,
		 {{PART_ROOT, 16 * MIB, 30 * GIB - 17 * MIB}, {PART_SWAP, 30 * GIB - MIB, 2 * GIB}},
		 2},
		{UINT64_C(20000) * GIB,
		 0,
		 4096,
		 BOOT_UEFI,
		 {{PART_ESP, MIB, GIB}, {PART_ROOT, GIB + MIB, 19999 * GIB - 2 * MIB}},
		 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct layout_request r = request(rows[i].disk, rows[i].sector, rows[i].boot,
						  rows[i].swap);
		struct layout l = make(&r);

		assert_sound(&l);
		assert_int_equal(l.count, rows[i].count);
		assert_int_equal(l.disk_bytes, rows[i].disk);
		assert_int_equal(l.sector_bytes, rows[i].sector);
		assert_int_equal(l.keep_bytes, rows[i].boot == BOOT_UBOOT ? 16 * MIB : 0);
		for (size_t j = 0; j < l.count; j++) {
			assert_int_equal(l.parts[j].role, rows[i].parts[j].role);
			assert_int_equal(l.parts[j].start, rows[i].parts[j].start);
			assert_int_equal(l.parts[j].size, rows[i].parts[j].size);
		}
	}
}

/* Disk sizes that are no whole number of MiB, down to the sector, with every method. */
static void test_sizes_sweep(void **state)
{
	(void)state;
	for (uint32_t sector = 512; sector <= 4096; sector *= 8)
		for (int boot = BOOT_UEFI; boot <= BOOT_UBOOT; boot++)
			for (uint64_t odd = 0; odd <= 2 * MIB; odd += 12 * KIB) {
				struct layout_request r = request(20 * GIB + odd, sector,
								  (enum boot_method)boot, 3 * GIB);
				struct layout l = make(&r);

				assert_sound(&l);
			}
}

/* layout_needed is the very border. */
static void test_too_small(void **state)
{
	static const uint64_t swaps[] = {0, GIB, GIB + 1};

	(void)state;
	for (uint32_t sector = 512; sector <= 4096; sector *= 8)
		for (int boot = BOOT_UEFI; boot <= BOOT_UBOOT; boot++)
			for (size_t i = 0; i < ARRAY_SIZE(swaps); i++) {
				struct layout_request r = request(0, sector, (enum boot_method)boot,
								  swaps[i]);
				struct layout l = {.count = 77};
				struct err e = {0};

				r.disk_bytes = layout_needed(&r) - sector;
				assert_int_equal(layout_make(&r, &l, &e), -ERR_TOO_SMALL);
				assert_int_equal(e.code, ERR_TOO_SMALL);
				assert_int_equal(l.count, 77);
				assert_non_null(strstr(e.why, "8.0 GiB"));
				assert_true(e.hint[0]);
				r.disk_bytes = layout_needed(&r);
				l = make(&r);
				assert_sound(&l);
				assert_int_equal(layout_part(&l, PART_ROOT)->size, 8 * GIB);
			}
}

static void test_refusal_has_numbers(void **state)
{
	struct layout_request r = request(8 * GIB, 512, BOOT_UEFI, 2 * GIB);
	struct layout l;
	struct err e = {0};

	(void)state;
	assert_int_equal(layout_make(&r, &l, &e), -ERR_TOO_SMALL);
	assert_string_equal(e.what, "the disk is too small: it has 8.0 GiB and needs 11.0 GiB");
	assert_string_equal(e.why, "the system needs 8.0 GiB and swap 2.0 GiB; "
				   "3222290944 bytes are missing");
	assert_string_equal(e.hint, "choose a larger disk or less swap");
}

static void test_huge_requests_do_not_overflow(void **state)
{
	struct layout_request r = request(64 * GIB, 512, BOOT_UEFI, UINT64_MAX);
	struct layout l;
	struct err e;

	(void)state;
	assert_int_equal(layout_make(&r, &l, &e), -ERR_TOO_SMALL);
	r.swap_bytes = 0;
	r.root_min_bytes = UINT64_MAX;
	assert_int_equal(layout_make(&r, &l, &e), -ERR_TOO_SMALL);
	r.root_min_bytes = 0;
	r.disk_bytes = 0;
	assert_int_equal(layout_make(&r, &l, &e), -ERR_TOO_SMALL);
}

static void test_refused_requests(void **state)
{
	struct layout_request r = request(64 * GIB, 512, BOOT_UEFI, 0);
	struct layout l;
	struct err e;

	(void)state;
	r.sector_bytes = 520;
	assert_int_equal(layout_make(&r, &l, &e), -ERR_UNSUPPORTED);
	assert_non_null(strstr(e.what, "520"));
	r.sector_bytes = 512;
	r.root_fs = FS_VFAT;
	assert_int_equal(layout_make(&r, &l, &e), -ERR_UNSUPPORTED);
	r.root_fs = FS_EXT4;
	r.seed = "no uuid";
	assert_int_equal(layout_make(&r, &l, &e), -ERR_INTERNAL);
	r.seed = NULL;
	assert_int_equal(layout_make(&r, &l, &e), -ERR_INTERNAL);
}

static void test_types(void **state)
{
	struct layout_request r = request(64 * GIB, 512, BOOT_UEFI, GIB);
	struct layout l = make(&r);

	(void)state;
	assert_string_equal(layout_part(&l, PART_ESP)->type_guid,
			    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	assert_string_equal(layout_part(&l, PART_SWAP)->type_guid,
			    "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f");
	assert_string_equal(layout_part(&l, PART_ROOT)->type_guid,
			    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709");
	assert_null(layout_part(&l, PART_BIOS_BOOT));
	r.arch = PART_ARCH_AARCH64;
	l = make(&r);
	assert_string_equal(layout_part(&l, PART_ROOT)->type_guid,
			    "b921b045-1df0-41c3-af44-4c6f280d3fae");
	r.boot = BOOT_BIOS;
	l = make(&r);
	assert_string_equal(layout_part(&l, PART_BIOS_BOOT)->type_guid,
			    "21686148-6449-6e6f-744e-656564454649");
	assert_string_equal(layout_part(&l, PART_BIOS_BOOT)->fs_uuid, "");
	assert_int_equal(layout_part(&l, PART_BIOS_BOOT)->fs, FS_NONE);
}

static void test_what_the_system_sees(void **state)
{
	struct layout_request r = request(64 * GIB, 512, BOOT_UEFI, GIB);
	struct layout l = make(&r);
	const struct part *esp = layout_part(&l, PART_ESP), *root = layout_part(&l, PART_ROOT);
	const struct part *swap = layout_part(&l, PART_SWAP);

	(void)state;
	assert_string_equal(esp->name, "archibald-esp");
	assert_string_equal(esp->fs_label, "ESP");
	assert_string_equal(esp->mountpoint, "/boot");
	assert_int_equal(strlen(esp->fs_uuid), 9);
	assert_int_equal(esp->fs_uuid[4], '-');
	assert_int_equal(strspn(esp->fs_uuid, "0123456789ABCDEF-"), 9);
	assert_string_equal(root->name, "archibald-root");
	assert_string_equal(root->fs_label, "archibald");
	assert_string_equal(root->mountpoint, "/");
	assert_true(uuid_valid(root->fs_uuid));
	assert_string_equal(root->fs_uuid, uuid_derive(SEED, "fs-root").s);
	assert_string_equal(root->guid, uuid_derive(SEED, "part-root").s);
	assert_string_equal(swap->fs_label, "swap");
	assert_string_equal(swap->mountpoint, "");
}

/* The bytes of the value, padding included, are the same each time. */
static void test_deterministic(void **state)
{
	struct layout_request r = request(64 * GIB, 512, BOOT_UEFI, GIB);
	struct layout a = make(&r), b = make(&r), c;

	(void)state;
	assert_memory_equal(&a, &b, sizeof(a));
	r.seed = OTHER;
	c = make(&r);
	assert_string_not_equal(a.disk_guid, c.disk_guid);
	for (size_t i = 0; i < a.count; i++) {
		assert_string_not_equal(a.parts[i].guid, c.parts[i].guid);
		assert_string_not_equal(a.parts[i].fs_uuid, c.parts[i].fs_uuid);
		assert_string_equal(a.parts[i].type_guid, c.parts[i].type_guid);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(a.parts[i].guid, a.parts[j].guid);
	}
}

static void assert_options(enum fs_kind fs, const char *const *wanted)
{
	struct part p = {.fs = fs};
	const char *const *options = part_mount_options(&p);

	for (; *wanted; wanted++, options++) {
		assert_non_null(*options);
		assert_string_equal(*options, *wanted);
	}
	assert_null(*options);
}

static void test_options_and_names(void **state)
{
	(void)state;
	assert_options(FS_EXT4, (const char *const[]){"noatime", NULL});
	assert_options(FS_VFAT, (const char *const[]){"fmask=0077", "dmask=0077", "nosuid", "nodev",
						      "noexec", NULL});
	assert_options(FS_SWAP, (const char *const[]){NULL});
	assert_options(FS_NONE, (const char *const[]){NULL});
	assert_string_equal(fs_kind_name(FS_EXT4), "ext4");
	assert_string_equal(fs_kind_name(FS_VFAT), "vfat");
	assert_string_equal(fs_kind_name(FS_SWAP), "swap");
	assert_string_equal(part_role_name(PART_ESP), "EFI system");
	assert_string_equal(part_role_name(PART_SWAP), "swap");
	assert_string_equal(boot_method_name(BOOT_UEFI), "uefi");
	assert_string_equal(boot_method_name(BOOT_UBOOT), "u-boot");
}

/* The ROM finds the boot loader on an SD card or eMMC whatever that is used for. */
static void test_data_disk(void **state)
{
	struct layout_request r = request(32 * GIB, 512, BOOT_UBOOT, 0);
	struct layout l;

	(void)state;
	r.kind = LAYOUT_DATA;
	r.mountpoint = "/srv/samples";
	l = make(&r);
	assert_int_equal(l.keep_bytes, 16 * MIB);
	assert_int_equal(l.count, 1);
	assert_int_equal(l.parts[0].start, 16 * MIB);
	assert_false(l.parts[0].legacy_boot);
	r.boot = BOOT_UEFI;
	l = make(&r);
	assert_true(l.keep_bytes == 0 && l.parts[0].start == MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sizes_sweep),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_refusal_has_numbers),
		cmocka_unit_test(test_huge_requests_do_not_overflow),
		cmocka_unit_test(test_refused_requests),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_what_the_system_sees),
		cmocka_unit_test(test_data_disk),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_options_and_names),
	};

	return cmocka_run_group_tests_name("partition: layout", tests, NULL, NULL);
}
