/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several layouts are together: the order of operations and of mounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/uuid.h"
#include "partition/storage.h"

#define SEED "5a3c1f0e-1111-4222-8333-944455556666"
#define GIB  (UINT64_C(1) << 30)
#define MIB  (UINT64_C(1) << 20)

static struct layout make(const struct layout_request *r)
{
	struct layout l;
	struct err e = {0};

	if (layout_make(r, &l, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	return l;
}

static struct layout_request system_request(enum boot_method boot, enum fs_kind fs, bool encrypt,
					    uint64_t swap)
{
	return (struct layout_request){
		.disk_bytes = 64 * GIB,
		.sector_bytes = 512,
		.boot = boot,
		.arch = boot == BOOT_UBOOT ? PART_ARCH_AARCH64 : PART_ARCH_X86_64,
		.root_fs = fs,
		.compression = COMPRESS_ZSTD,
		.encrypt = encrypt,
		.swap_bytes = swap,
		.root_min_bytes = 8 * GIB,
		.seed = SEED,
	};
}

static struct layout system_layout(enum boot_method boot, enum fs_kind fs, bool encrypt,
				   uint64_t swap)
{
	const struct layout_request r = system_request(boot, fs, encrypt, swap);

	return make(&r);
}

static struct layout data_layout(bool encrypt)
{
	const struct layout_request r = {
		.kind = LAYOUT_DATA,
		.disk_bytes = 16 * GIB,
		.sector_bytes = 4096,
		.root_fs = FS_XFS,
		.encrypt = encrypt,
		.mountpoint = "/srv/samples",
		.seed = SEED,
	};

	return make(&r);
}

static const char *op_text(struct arena *a, const struct storage_op *op)
{
	static const char *const words[] = {"shrink", "table", "encrypt", "open", "format"};

	return arena_printf(a, "%s %zu%s%s", words[op->kind], op->disk, op->part ? " " : "",
			    op->part ? part_role_name(op->part->role) : "");
}

static void test_order_of_operations(void **state)
{
	static const char *const wanted[] = {
		"table 0",	 "table 1",	   "format 0 EFI system", "encrypt 0 swap",
		"open 0 swap",	 "format 0 swap",  "encrypt 0 root",	  "open 0 root",
		"format 0 root", "encrypt 1 data", "open 1 data",	  "format 1 data",
	};
	struct layout system = system_layout(BOOT_UEFI, FS_BTRFS, true, GIB);
	struct layout data = data_layout(true);
	const struct storage all = {{&system, &data}, 2};
	_cleanup_arena_ struct arena *a = arena_new();
	struct storage_op ops[STORAGE_OPS_MAX];
	size_t n = storage_ops(&all, ops);

	(void)state;
	assert_int_equal(n, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(op_text(a, &ops[i]), wanted[i]);
}

static void assert_mount(const struct mount_point *m, const char *where, const char *wanted)
{
	_cleanup_str_ struct str text = {0};
	struct mount_options options;

	mount_point_options(m, &options);
	for (const char *const *o = options.words; *o; o++)
		str_addf(&text, "%s%s", text.len ? "," : "", *o);
	assert_string_equal(m->where, where);
	assert_string_equal(str_get(&text), wanted);
}

static void test_mounts(void **state)
{
	struct layout system = system_layout(BOOT_UEFI, FS_BTRFS, true, GIB);
	struct layout data = data_layout(false);
	const struct storage all = {{&system, &data}, 2};
	struct mount_point m[MOUNT_POINTS_MAX];

	(void)state;
	assert_int_equal(storage_mounts(&all, m), 6);
	assert_mount(&m[0], "/", "subvol=@,compress=zstd:1,noatime");
	assert_mount(&m[1], "/boot", "fmask=0077,dmask=0077,nosuid,nodev,noexec");
	assert_mount(&m[2], "/home", "subvol=@home,compress=zstd:1,noatime");
	assert_mount(&m[3], "/nix", "subvol=@nix,compress=zstd:1,noatime");
	assert_mount(&m[4], "/srv/samples", "noatime");
	assert_mount(&m[5], "/var/log", "subvol=@log,compress=zstd:1,noatime");
	assert_int_equal(m[4].disk, 1);
}

/* A swap file has a subvolume of its own: @ can have snapshots then. */
static void test_swap_file(void **state)
{
	struct layout_request r = system_request(BOOT_UEFI, FS_BTRFS, false, 0);
	struct layout l;

	(void)state;
	r.swap_file = true;
	l = make(&r);
	assert_int_equal(layout_part(&l, PART_ROOT)->subvolume_count, 5);
	assert_string_equal(layout_part(&l, PART_ROOT)->subvolumes[4].mountpoint, "/swap");
	r.root_fs = FS_XFS;
	l = make(&r);
	assert_int_equal(layout_part(&l, PART_ROOT)->subvolume_count, 0);
}

/* What the boot loader reads is never encrypted, and not on a file system that it may not know. */
static void test_boot_is_readable(void **state)
{
	(void)state;
	for (int boot = BOOT_UEFI; boot <= BOOT_UBOOT; boot++)
		for (int fs = FS_EXT4; fs < FS_KINDS; fs++)
			for (int encrypt = 0; encrypt <= 1; encrypt++) {
				struct layout l;
				const struct part *loader;

				if (fs == FS_VFAT || fs == FS_SWAP)
					continue;
				l = system_layout((enum boot_method)boot, (enum fs_kind)fs, encrypt,
						  GIB);
				loader = layout_part(&l, boot == BOOT_UEFI ? PART_ESP : PART_BOOT);
				if (!loader)
					loader = layout_part(&l, PART_ROOT);
				assert_false(loader->encrypted);
				assert_true(loader->fs == FS_VFAT || loader->fs == FS_EXT4);
				assert_int_equal(loader->legacy_boot, boot == BOOT_UBOOT);
				for (size_t i = 0; i < l.count; i++)
					if (&l.parts[i] != loader)
						assert_false(l.parts[i].legacy_boot);
			}
}

/* All that is encrypted has a name and an identifier of its own, and room for its header. */
static void test_encrypted(void **state)
{
	struct layout plain = system_layout(BOOT_UEFI, FS_EXT4, false, GIB);
	struct layout l = system_layout(BOOT_UEFI, FS_EXT4, true, GIB);
	const struct part *root = layout_part(&l, PART_ROOT), *swap = layout_part(&l, PART_SWAP);

	(void)state;
	assert_true(root->encrypted && swap->encrypted);
	assert_false(layout_part(&l, PART_ESP)->encrypted);
	assert_string_equal(root->mapper, "cryptroot");
	assert_string_equal(swap->mapper, "cryptswap");
	assert_true(uuid_valid(root->luks_uuid));
	assert_string_not_equal(root->luks_uuid, swap->luks_uuid);
	assert_string_not_equal(root->luks_uuid, root->fs_uuid);
	/* A swap of the size that was asked for, whatever is around it. */
	assert_int_equal(part_payload(swap), GIB);
	assert_int_equal(part_payload(layout_part(&plain, PART_SWAP)), GIB);
	assert_int_equal(part_payload(root), root->size - 16 * MIB);
}

static void test_data_disk(void **state)
{
	struct layout l = data_layout(false);
	struct layout_request r = {.kind = LAYOUT_DATA,
				   .disk_bytes = 100 * MIB,
				   .sector_bytes = 512,
				   .root_fs = FS_EXT4,
				   .root_min_bytes = GIB,
				   .seed = SEED};
	struct err e;

	(void)state;
	assert_int_equal(l.count, 1);
	assert_int_equal(l.kind, LAYOUT_DATA);
	assert_int_equal(l.parts[0].start, MIB);
	assert_string_equal(l.parts[0].mountpoint, "/srv/samples");
	assert_string_equal(l.parts[0].name, "archibald-data");
	assert_int_equal(l.parts[0].fs, FS_XFS);
	assert_int_equal(layout_make(&r, &l, &e), -ERR_TOO_SMALL);
	assert_non_null(strstr(e.why, "the file system needs"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_operations), cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_swap_file),	    cmocka_unit_test(test_boot_is_readable),
		cmocka_unit_test(test_encrypted),	    cmocka_unit_test(test_data_disk),
	};

	return cmocka_run_group_tests_name("partition: storage", tests, NULL, NULL);
}
