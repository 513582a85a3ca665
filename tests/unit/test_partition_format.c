/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mkfs command lines, and the programs themselves on sparse files. */
#include <blkid/blkid.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"
#include "partition/disk.h"

#define MIB  (UINT64_C(1) << 20)
#define UUID "0f1e2d3c-4b5a-4697-8877-665544332211"

static const struct part ext4 = {.number = 3,
				 .role = PART_ROOT,
				 .fs = FS_EXT4,
				 .size = 64 * MIB,
				 .fs_uuid = UUID,
				 .fs_label = "archibald"};
static const struct part vfat = {.number = 1,
				 .role = PART_ESP,
				 .fs = FS_VFAT,
				 .size = 1024 * MIB,
				 .fs_uuid = "0F1E-2D3C",
				 .fs_label = "ESP"};
static const struct part swap = {.number = 2,
				 .role = PART_SWAP,
				 .fs = FS_SWAP,
				 .size = 16 * MIB,
				 .fs_uuid = UUID,
				 .fs_label = "swap"};
static const struct part bios = {
	.number = 1, .role = PART_BIOS_BOOT, .fs = FS_NONE, .size = 2 * MIB};

static const struct part btrfs = {.number = 2,
				  .role = PART_ROOT,
				  .fs = FS_BTRFS,
				  .size = 256 * MIB,
				  .fs_uuid = UUID,
				  .fs_label = "archibald"};
static const struct part xfs = {.number = 2,
				.role = PART_ROOT,
				.fs = FS_XFS,
				.size = 512 * MIB,
				.fs_uuid = UUID,
				.fs_label = "archibald"};
static const struct part f2fs = {.number = 2,
				 .role = PART_ROOT,
				 .fs = FS_F2FS,
				 .size = 256 * MIB,
				 .fs_uuid = UUID,
				 .fs_label = "archibald"};

static void test_commands(void **state)
{
	static const struct {
		const struct part *p;
		const char *node;
		const char *argv[12];
	} rows[] = {
		{&ext4,
		 "/dev/nvme0n1p3",
		 {"mkfs.ext4", "-q", "-F", "-U", UUID, "-L", "archibald", "/dev/nvme0n1p3"}},
		{&vfat,
		 "/dev/sda1",
		 {"mkfs.vfat", "-F", "32", "-i", "0F1E2D3C", "-n", "ESP", "/dev/sda1"}},
		{&swap, "/dev/sda2", {"mkswap", "-U", UUID, "-L", "swap", "/dev/sda2"}},
		{&btrfs,
		 "/dev/sda2",
		 {"mkfs.btrfs", "-q", "-f", "-U", UUID, "-L", "archibald", "/dev/sda2"}},
		{&xfs,
		 "/dev/sda2",
		 {"mkfs.xfs", "-q", "-f", "-m", "uuid=" UUID, "-L", "archibald", "/dev/sda2"}},
		{&f2fs,
		 "/dev/mapper/cryptroot",
		 {"mkfs.f2fs", "-q", "-f", "-U", UUID, "-l", "archibald", "/dev/mapper/cryptroot"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct format_command c;
		struct err e = {0};
		size_t n = 0;

		memset(&c, 0xee, sizeof(c));
		assert_int_equal(format_command(rows[i].p, rows[i].node, &c, &e), 0);
		for (; rows[i].argv[n]; n++) {
			assert_non_null(c.argv[n]);
			assert_string_equal(c.argv[n], rows[i].argv[n]);
		}
		assert_null(c.argv[n]);
	}
}

static void test_no_command(void **state)
{
	char node[200];
	struct format_command c;
	struct err e = {0};

	(void)state;
	assert_int_equal(format_command(&bios, "/dev/sda1", &c, &e), -ERR_INVALID);
	memset(node, 'x', sizeof(node) - 1);
	node[sizeof(node) - 1] = '\0';
	assert_int_equal(format_command(&ext4, node, &c, &e), -ERR_INVALID);
}

static int sparse_file(char *path, uint64_t bytes)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	return fd;
}

static void assert_blkid(int fd, const char *key, const char *wanted)
{
	blkid_probe pr = blkid_new_probe();
	const char *value = NULL;

	assert_int_equal(blkid_probe_set_device(pr, fd, 0, 0), 0);
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_DEFAULT);
	assert_int_equal(blkid_do_safeprobe(pr), 0);
	assert_int_equal(blkid_probe_lookup_value(pr, key, &value, NULL), 0);
	assert_string_equal(value, wanted);
	blkid_free_probe(pr);
}

/* Formats a sparse file over an old signature. False: the program is not here. */
static bool format_file(const struct part *p)
{
	char path[] = "/tmp/archibald-format-XXXXXX";
	_cleanup_close_ int fd = sparse_file(path, p->size);
	struct part other = *p;
	struct err e = {0};
	int r;

	assert_int_equal(pwrite(fd, "_BHRfS_M", 8, 65536 + 64), 8);
	assert_false(part_is_formatted(p, path));
	r = part_format(p, path, NULL, NULL, &e);
	if (r == -ERR_NOT_FOUND) {
		unlink(path);
		return false;
	}
	if (r < 0)
		fail_msg("%s: %s", e.what, e.why);
	assert_true(part_is_formatted(p, path));
	if (p->fs != FS_NONE) {
		assert_blkid(fd, "TYPE", fs_kind_name(p->fs));
		assert_blkid(fd, "UUID", p->fs_uuid);
		assert_blkid(fd, "LABEL", p->fs_label);
		other.fs_uuid[0] = other.fs_uuid[0] == '0' ? '1' : '0';
		assert_false(part_is_formatted(&other, path));
		other.fs = p->fs == FS_EXT4 ? FS_SWAP : FS_EXT4;
		assert_false(part_is_formatted(&other, path));
	}
	unlink(path);
	return true;
}

/* Whatever came onto an empty disk after it was chosen is seen; a table of nothing is nothing. */
static void test_blank(void **state)
{
	/* Its second entry: type Linux, from sector 2048, 4096 long. */
	static const unsigned char entry[16] = {[4] = 0x83, [9] = 8, [13] = 16};
	char path[] = "/tmp/archibald-format-XXXXXX";
	_cleanup_close_ int fd = sparse_file(path, 64 << 20);
	struct err e = {0};

	(void)state;
	assert_int_equal(disk_check_blank(path, &e), 0);
	assert_int_equal(pwrite(fd, "\x55\xaa", 2, 510), 2);
	assert_int_equal(disk_check_blank(path, &e), 0);
	assert_int_equal(pwrite(fd, entry, sizeof(entry), 446 + 16), sizeof(entry));
	assert_int_equal(disk_check_blank(path, &e), -ERR_MISMATCH);
	assert_non_null(strstr(e.what, "not empty any more"));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	assert_int_equal(disk_check_blank(path, &e), 0);
	assert_int_equal(pwrite(fd, "_BHRfS_M", 8, 65536 + 64), 8);
	assert_int_equal(disk_check_blank(path, &e), -ERR_MISMATCH);
	assert_int_equal(disk_check_blank("/nonexistent", &e), -ERR_IO);
	unlink(path);
}

static void format_or_skip(const struct part *p, const char *package)
{
	if (format_file(p))
		return;
	print_message("skipped: needs %s\n", package);
	skip();
}

static void test_ext4(void **state)
{
	(void)state;
	format_or_skip(&ext4, "mkfs.ext4 (package e2fsprogs)");
}

static void test_vfat(void **state)
{
	(void)state;
	format_or_skip(&vfat, "mkfs.vfat (package dosfstools)");
}

static void test_btrfs(void **state)
{
	(void)state;
	format_or_skip(&btrfs, "mkfs.btrfs (package btrfs-progs)");
}

static void test_xfs(void **state)
{
	(void)state;
	format_or_skip(&xfs, "mkfs.xfs (package xfsprogs)");
}

static void test_f2fs(void **state)
{
	(void)state;
	format_or_skip(&f2fs, "mkfs.f2fs (package f2fs-tools)");
}

static void test_swap(void **state)
{
	(void)state;
	format_or_skip(&swap, "mkswap (package util-linux)");
}

/* Without a file system the first MiB is zeroed, and no more. */
static void test_raw(void **state)
{
	char path[] = "/tmp/archibald-format-XXXXXX";
	_cleanup_close_ int fd = sparse_file(path, bios.size);
	_cleanup_free_ char *now = xmalloc(2 * MIB);
	_cleanup_free_ char *noise = xmalloc(2 * MIB);
	struct err e = {0};

	(void)state;
	memset(noise, 'x', 2 * MIB);
	assert_int_equal(pwrite(fd, noise, 2 * MIB, 0), 2 * MIB);
	assert_int_equal(part_format(&bios, path, NULL, NULL, &e), 0);
	assert_int_equal(pread(fd, now, 2 * MIB, 0), 2 * MIB);
	assert_memory_equal(now + MIB, noise, MIB);
	memset(noise, 0, MIB);
	assert_memory_equal(now, noise, MIB);
	assert_true(part_is_formatted(&bios, path));
	unlink(path);
}

/* The last look before a format: a node of another size is another partition. */
static void test_other_size_is_refused(void **state)
{
	char path[] = "/tmp/archibald-format-XXXXXX";
	_cleanup_close_ int fd = sparse_file(path, ext4.size + 4096);
	char magic[8];
	struct err e = {0};

	(void)state;
	assert_int_equal(pwrite(fd, "_BHRfS_M", 8, 65536 + 64), 8);
	assert_int_equal(part_format(&ext4, path, NULL, NULL, &e), -ERR_MISMATCH);
	assert_int_equal(pread(fd, magic, 8, 65536 + 64), 8);
	assert_memory_equal(magic, "_BHRfS_M", 8);
	unlink(path);
}

static void last_line(void *ctx, const char *line)
{
	str_add(ctx, line);
}

/* What the program says reaches the log and the error. */
static void test_failure_says_why(void **state)
{
	char path[] = "/tmp/archibald-format-XXXXXX";
	struct part small = ext4;
	_cleanup_str_ struct str log = {0};
	struct err e = {0};
	_cleanup_close_ int fd = -1;
	int r;

	(void)state;
	small.size = 4096;
	fd = sparse_file(path, small.size);
	r = part_format(&small, path, last_line, &log, &e);
	unlink(path);
	if (r == -ERR_NOT_FOUND) {
		print_message("skipped: needs mkfs.ext4 (package e2fsprogs)\n");
		skip();
	}
	assert_int_equal(r, -ERR_TOOL);
	assert_non_null(strstr(e.what, "cannot format"));
	assert_non_null(strstr(e.what, path));
	assert_true(e.why[0]);
	assert_true(log.len > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_blank),
		cmocka_unit_test(test_no_command),
		cmocka_unit_test(test_ext4),
		cmocka_unit_test(test_vfat),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_btrfs),
		cmocka_unit_test(test_xfs),
		cmocka_unit_test(test_f2fs),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_other_size_is_refused),
		cmocka_unit_test(test_failure_says_why),
	};

	/* The programs are not in an ordinary user's PATH on Debian. */
	if (setenv("PATH", "/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		return 1;
	return cmocka_run_group_tests_name("partition: format", tests, NULL, NULL);
}
