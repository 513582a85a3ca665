/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fat: what mkfs.vfat and mtools made, of each width, and the same with bytes changed. */
#include "support/check.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fat.h"
#include "base/proc.h"
#include "base/sys.h"

#define MIB (UINT64_C(1) << 20)

static void run(const char *const *argv)
{
	struct err e;
	const struct proc p = {.argv = argv};

	if (proc_run(&p, &e) < 0)
		fail_msg("%s: %s", argv[0], e.why);
}

/* A file with a FAT of that width at 1 MiB, as a partition lies in a disk. */
static int image_new(const char *dir, const char *bits, const char *cluster_sectors, uint64_t bytes)
{
	_cleanup_free_ char *path = xasprintf("%s/fat-%s", dir, bits);
	_cleanup_free_ char *at = xasprintf("%s@@1M", path);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	_cleanup_free_ char *blocks = xasprintf("%llu", (unsigned long long)(bytes / 1024));

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(MIB + bytes)), 0);
	run((const char *const[]){"mkfs.vfat", "--offset=2048", "-F", bits, "-s", cluster_sectors,
				  path, blocks, NULL});
	assert_int_equal(setenv("MTOOLS_SKIP_CHECK", "1", 1), 0);
	run((const char *const[]){"mmd", "-i", at, "::/EFI", "::/EFI/BOOT", NULL});
	return fd;
}

static struct fat_info info_of(int fd)
{
	struct fat_info info;
	struct err e;

	if (fat_read(fd, MIB, &info, &e) < 0)
		fail_msg("%s: %s", e.what, e.why);
	return info;
}

static const struct {
	const char *bits, *cluster;
	uint64_t bytes, cluster_bytes;
} widths[] = {
	{"12", "4", 6 * MIB, 2048},
	{"16", "8", 100 * MIB, 4096},
	{"32", "1", 100 * MIB, 512},
};

static void test_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_close_ int fd = image_new(dir, widths[i].bits, widths[i].cluster,
						   widths[i].bytes);
		_cleanup_free_ char *at = xasprintf("%s/fat-%s@@1M", dir, widths[i].bits);
		_cleanup_free_ char *file = xasprintf("%s/file", dir);
		struct fat_info before = info_of(fd), after;

		/* The two directories, and the root of FAT32. */
		check_row(i, before.total_bytes - before.free_bytes ==
				     (i == 2 ? 3 : 2) * widths[i].cluster_bytes);
		check_row(i, before.total_bytes <= widths[i].bytes &&
				     before.total_bytes > widths[i].bytes / 100 * 95);
		check_row(i, !before.has_nixos && !before.has_windows);
		scratch_file(dir, "file", "x");
		assert_int_equal(truncate(file, (off_t)(3 * MIB)), 0);
		run((const char *const[]){"mcopy", "-i", at, file, "::/EFI/BOOT/kernel", NULL});
		run((const char *const[]){"mmd", "-i", at, "::/EFI/nixos", "::/EFI/Microsoft",
					  NULL});
		after = info_of(fd);
		check_row(i, before.free_bytes - after.free_bytes ==
				     3 * MIB + 2 * widths[i].cluster_bytes);
		check_row(i, after.has_nixos && after.has_windows);
	}
}

/* A directory longer than a cluster: the name is found in its last one. */
static void test_long_directory(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_close_ int fd = image_new(dir, "32", "1", 100 * MIB);
	_cleanup_free_ char *at = xasprintf("%s/fat-32@@1M", dir);

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		_cleanup_free_ char *name = xasprintf("::/EFI/SYSTEM%u", i);

		run((const char *const[]){"mmd", "-i", at, name, NULL});
	}
	assert_false(info_of(fd).has_nixos);
	run((const char *const[]){"mmd", "-i", at, "::/EFI/nixos", NULL});
	assert_true(info_of(fd).has_nixos);
}

/* Whatever the bytes are, it ends, and reads nothing that is not there (the sanitizers look). */
static void test_changed_bytes(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_close_ int fd = image_new(dir, "16", "8", 20 * MIB);
	unsigned refused = 0;

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		for (unsigned value = 0; value < 256; value += 51) {
			struct fat_info info;
			struct err e;
			uint8_t old, byte = (uint8_t)value;

			assert_int_equal(pread(fd, &old, 1, (off_t)(MIB + i)), 1);
			assert_int_equal(pwrite(fd, &byte, 1, (off_t)(MIB + i)), 1);
			refused += fat_read(fd, MIB, &info, &e) < 0;
			assert_int_equal(pwrite(fd, &old, 1, (off_t)(MIB + i)), 1);
		}
	assert_true(refused > 10);
}

static void test_refusals(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/zeros", dir);
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct fat_info info;
	struct err e;

	(void)state;
	assert_int_equal(fat_read(fd, 0, &info, &e), -ERR_IO);
	assert_int_equal(ftruncate(fd, (off_t)MIB), 0);
	assert_int_equal(fat_read(fd, 0, &info, &e), -ERR_INVALID);
	assert_int_equal(fat_read(fd, MIB, &info, &e), -ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_long_directory),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
