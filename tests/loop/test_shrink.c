/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File systems with something in them are made smaller, on real loop devices. Needs root; without
 * it it says so and exits with 77. */
#include <inttypes.h>

#include "support/check.h"

#include "partition/shrink.h"
#include "support/mounts.h"
#include "support/say.h"

enum { SKIPPED = 77, MIB = 1 << 20, DISK_MIB = 1024, FILE_MIB = 90 };

struct card {
	char *dir, *file, *root, *loop;
};

/* Nothing that compresses or repeats, and the same each time. */
static void fill(const char *path)
{
	_cleanup_free_ uint32_t *block = xmalloc(MIB);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	uint32_t x = 2463534242;

	assert_true(fd >= 0);
	for (int i = 0; i < FILE_MIB; i++) {
		for (size_t j = 0; j < MIB / sizeof(x); j++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			block[j] = x;
		}
		assert_int_equal(write(fd, block, MIB), MIB);
	}
}

static struct card card_new(const char *fs)
{
	struct card c = {.dir = scratch_new()};
	_cleanup_free_ char *mkfs = xasprintf("mkfs.%s", fs), *kept = NULL;

	c.file = xasprintf("%s/disk", c.dir);
	c.root = xasprintf("%s/root", c.dir);
	scratch_file(c.dir, "disk", "");
	assert_int_equal(truncate(c.file, (off_t)DISK_MIB * MIB), 0);
	c.loop = loop_over(c.file);
	RUN(mkfs, "-q", c.loop);
	assert_int_equal(mkdir(c.root, 0700), 0);
	assert_int_equal(mount(c.loop, c.root, fs, 0, NULL), 0);
	check_mounted_for_us(c.root);
	kept = xasprintf("%s/kept", c.root);
	fill(kept);
	assert_int_equal(umount(c.root), 0);
	return c;
}

static char *sum(const struct card *c, const char *fs)
{
	_cleanup_free_ char *kept = xasprintf("%s/kept", c->root);
	char *text;

	assert_int_equal(mount(c->loop, c->root, fs, MS_RDONLY, NULL), 0);
	text = SAY("sha256sum", kept);
	assert_int_equal(umount(c->root), 0);
	return text;
}

static void card_free(struct card *c)
{
	RUN("losetup", "--detach", c->loop);
	scratch_free(&c->dir);
	free(c->file);
	free(c->root);
	free(c->loop);
}

static void check_refusal(const struct card *c, enum fs_kind fs, uint64_t bytes, enum err_code code)
{
	struct err e = {0};
	int n = fs_shrink(c->loop, fs, bytes, NULL, NULL, &e);

	assert_int_equal(n, -(int)code);
	check_error(&e, n);
}

static const struct {
	const char *name;
	enum fs_kind fs;
} rows[] = {{"ext4", FS_EXT4}, {"btrfs", FS_BTRFS}};

static void test_shrink(void **state)
{
	const uint64_t wanted = 512ULL * MIB;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct card c = card_new(rows[i].name);
		_cleanup_free_ char *before = sum(&c, rows[i].name), *after = NULL;
		uint64_t limit = 0, length = 0;
		struct err e = {0};

		if (fs_shrink_limit(c.loop, rows[i].fs, &limit, &e) < 0)
			fail_msg("%s: %s: %s", rows[i].name, e.what, e.why);
		check_row(i, limit > (uint64_t)FILE_MIB * MIB && limit < wanted);
		/* The second time is after a power cut in between. */
		for (int again = 0; again < 2; again++)
			if (fs_shrink(c.loop, rows[i].fs, wanted, NULL, NULL, &e) < 0)
				fail_msg("%s: %s: %s", rows[i].name, e.what, e.why);
		check_row(i, fs_length(c.loop, rows[i].fs, &length, &e) == 0 && length == wanted);
		/* What lies behind it is nobody's now. */
		assert_int_equal(truncate(c.file, (off_t)wanted), 0);
		RUN("losetup", "--set-capacity", c.loop);
		after = sum(&c, rows[i].name);
		assert_string_equal(before, after);
		card_free(&c);
	}
}

/* As it was when the power failed: its journal is not done with. */
static void cut_off(struct card *c)
{
	_cleanup_free_ char *copy = xasprintf("%s/copy", c->dir);
	_cleanup_free_ char *late = xasprintf("%s/late", c->root);

	assert_int_equal(mount(c->loop, c->root, "ext4", 0, NULL), 0);
	fill(late);
	RUN("sync", "-f", late);
	RUN("cp", "--sparse=always", c->file, copy);
	assert_int_equal(umount(c->root), 0);
	RUN("losetup", "--detach", c->loop);
	free(c->loop);
	assert_int_equal(rename(copy, c->file), 0);
	c->loop = loop_over(c->file);
}

static void test_after_a_power_cut(void **state)
{
	const uint64_t wanted = 512ULL * MIB;
	struct card c = card_new("ext4");
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct err e = {0};

	(void)state;
	before = sum(&c, "ext4");
	cut_off(&c);
	if (fs_shrink_check(c.loop, FS_EXT4, wanted, &e) < 0 ||
	    fs_shrink(c.loop, FS_EXT4, wanted, NULL, NULL, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	after = sum(&c, "ext4");
	assert_string_equal(before, after);
	card_free(&c);
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct card c = card_new(rows[i].name);
		_cleanup_free_ char *before = SAY("sha256sum", c.file), *after = NULL;
		enum fs_kind other = rows[i].fs == FS_EXT4 ? FS_BTRFS : FS_EXT4;

		check_refusal(&c, other, 512ULL * MIB, ERR_MISMATCH);
		check_refusal(&c, FS_XFS, 512ULL * MIB, ERR_UNSUPPORTED);
		check_refusal(&c, rows[i].fs, 512ULL * MIB + 1, ERR_INTERNAL);
		check_refusal(&c, rows[i].fs, 64ULL * MIB, ERR_TOO_SMALL);
		after = SAY("sha256sum", c.file);
		assert_string_equal(before, after);
		assert_int_equal(mount(c.loop, c.root, rows[i].name, 0, NULL), 0);
		check_refusal(&c, rows[i].fs, 512ULL * MIB, ERR_BUSY);
		assert_int_equal(umount(c.root), 0);
		card_free(&c);
	}
}

/* What the tools would say only once they have written, or somebody has to mend first. */
static void test_odd(void **state)
{
	struct card c = card_new("ext4"), journal = card_new("ext4");
	_cleanup_free_ char *device = xasprintf("device=%s", journal.loop);
	_cleanup_free_ char *before = NULL, *after = NULL;

	(void)state;
	RUN("mkfs.ext4", "-q", "-F", "-O", "bigalloc", c.loop);
	check_refusal(&c, FS_EXT4, 900ULL * MIB, ERR_UNSUPPORTED);
	RUN("mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "journal_dev", journal.loop);
	RUN("mkfs.ext4", "-q", "-F", "-b", "4096", "-J", device, c.loop);
	check_refusal(&c, FS_EXT4, 512ULL * MIB, ERR_UNSUPPORTED);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *mkfs = xasprintf("mkfs.%s", rows[i].name);

		RUN(mkfs, "-q", rows[i].fs == FS_EXT4 ? "-F" : "-f", c.loop);
		assert_int_equal(truncate(c.file, 700LL * MIB), 0);
		RUN("losetup", "--set-capacity", c.loop);
		before = SAY("sha256sum", c.file);
		check_refusal(&c, rows[i].fs, 512ULL * MIB, ERR_UNSUPPORTED);
		after = SAY("sha256sum", c.file);
		assert_string_equal(before, after);
		free(take(before));
		free(take(after));
		assert_int_equal(truncate(c.file, (off_t)DISK_MIB * MIB), 0);
		RUN("losetup", "--set-capacity", c.loop);
	}
	card_free(&c);
	card_free(&journal);
}

/* Half of a btrfs is not a file system that could be made smaller. */
static void test_two_devices(void **state)
{
	struct card a = card_new("ext4"), b = card_new("ext4");

	(void)state;
	RUN("mkfs.btrfs", "-q", "-f", a.loop, b.loop);
	check_refusal(&a, FS_BTRFS, 512ULL * MIB, ERR_UNSUPPORTED);
	card_free(&a);
	card_free(&b);
}

static void check_sum(size_t row, const struct card *c, const char *fs, const char *before)
{
	_cleanup_free_ char *after = sum(c, fs);

	if (strcmp(before, after))
		fail_msg("row %zu: %s became %s", row, before, after);
}

/* Down to what the tool itself calls the least: it may find that too little, but loses nothing. */
static void test_to_the_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct card c = card_new(rows[i].name);
		_cleanup_free_ char *before = sum(&c, rows[i].name);
		uint64_t limit = 0, length = 0;
		struct err e = {0};
		int n;

		assert_int_equal(fs_shrink_limit(c.loop, rows[i].fs, &limit, &e), 0);
		limit = (limit + MIB - 1) / MIB * MIB;
		n = fs_shrink(c.loop, rows[i].fs, limit, NULL, NULL, &e);
		check_row(i, n == 0 || n == -ERR_TOOL);
		assert_int_equal(fs_length(c.loop, rows[i].fs, &length, &(struct err){0}), 0);
		check_row(i, n == 0 ? length == limit : length > limit && e.why[0]);
		check_sum(i, &c, rows[i].name, before);
		card_free(&c);
	}
}

/* A btrfs as people have it: each block twice, a snapshot of what was deleted since, and a swap
 * file that nobody swaps to. */
static void test_btrfs_in_use_for_long(void **state)
{
	struct card c = card_new("btrfs");
	_cleanup_free_ char *kept = xasprintf("%s/kept", c.root);
	_cleanup_free_ char *album = xasprintf("%s/album", c.root);
	_cleanup_free_ char *inside = xasprintf("%s/album/kept", c.root);
	_cleanup_free_ char *snapshot = xasprintf("%s/snapshot", c.root);
	_cleanup_free_ char *old = xasprintf("%s/snapshot/kept", c.root);
	_cleanup_free_ char *swap = xasprintf("%s/swap", c.root);
	_cleanup_free_ char *wanted = NULL, *before = NULL;
	struct err e = {0};

	(void)state;
	RUN("mkfs.btrfs", "-q", "-f", "-m", "dup", "-d", "dup", c.loop);
	assert_int_equal(mount(c.loop, c.root, "btrfs", 0, NULL), 0);
	check_mounted_for_us(c.root);
	RUN("btrfs", "subvolume", "create", album);
	fill(inside);
	RUN("btrfs", "subvolume", "snapshot", "-r", album, snapshot);
	assert_int_equal(unlink(inside), 0);
	RUN("truncate", "-s", "0", swap);
	RUN("chattr", "+C", swap);
	RUN("fallocate", "-l", "64M", swap);
	RUN("mkswap", swap);
	fill(kept);
	wanted = SAY("sha256sum", old);
	assert_int_equal(umount(c.root), 0);
	before = sum(&c, "btrfs");
	if (fs_shrink(c.loop, FS_BTRFS, 900ULL * MIB, NULL, NULL, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	check_sum(0, &c, "btrfs", before);
	RUN("btrfs", "check", "--readonly", c.loop);
	assert_int_equal(mount(c.loop, c.root, "btrfs", MS_RDONLY, NULL), 0);
	free(take(before));
	before = SAY("sha256sum", old);
	assert_string_equal(before, wanted);
	assert_int_equal(umount(c.root), 0);
	card_free(&c);
}

/* What e2fsck would have to ask somebody about is left to them. */
static void test_broken(void **state)
{
	struct card c = card_new("ext4");
	uint64_t length = 0;
	struct err e = {0};

	(void)state;
	RUN("debugfs", "-w", "-R", "clri /lost+found", c.loop);
	RUN("debugfs", "-w", "-R", "clri /", c.loop);
	check_refusal(&c, FS_EXT4, 512ULL * MIB, ERR_TOOL);
	if (fs_length(c.loop, FS_EXT4, &length, &e) < 0 || length != (uint64_t)DISK_MIB * MIB)
		fail_msg("%s: %s, %" PRIu64, e.what, e.why, length);
	card_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_shrink),
					   cmocka_unit_test(test_after_a_power_cut),
					   cmocka_unit_test(test_refusals),
					   cmocka_unit_test(test_two_devices),
					   cmocka_unit_test(test_odd),
					   cmocka_unit_test(test_to_the_limit),
					   cmocka_unit_test(test_btrfs_in_use_for_long),
					   cmocka_unit_test(test_broken)};

	if (geteuid() != 0 || access("/dev/loop-control", R_OK | W_OK) < 0 || !mounts_own()) {
		puts("skipped: shrinking needs root and /dev/loop-control (the loop module)");
		return SKIPPED;
	}
	if (setenv("PATH", "/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0 ||
	    setenv("TMPDIR", "/tmp", 1) < 0)
		return 1;
	return cmocka_run_group_tests_name("partition: shrinking", tests, NULL, NULL);
}
