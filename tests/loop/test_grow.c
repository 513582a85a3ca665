/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The root of an image that was written to a larger medium grows while it is mounted: on real loop
 * devices. Needs root; without it it says so and exits with 77. */
#include "support/check.h"

#include <sys/statvfs.h>
#include <sys/wait.h>

#include "partition/device.h"
#include "partition/grow.h"
#include "support/mounts.h"
#include "support/say.h"

enum { SKIPPED = 77, MIB = 1 << 20, IMAGE_MIB = 700, MEDIUM_MIB = 1500 };

/* The power goes in the midst of this write (from 1; 0: of none). */
static size_t writes, cut_at;
int __real_write_at(int fd, const void *bytes, size_t n, uint64_t at, const char *name,
		    struct err *e);
int __wrap_write_at(int fd, const void *bytes, size_t n, uint64_t at, const char *name,
		    struct err *e);

int __wrap_write_at(int fd, const void *bytes, size_t n, uint64_t at, const char *name,
		    struct err *e)
{
	if (++writes != cut_at)
		return __real_write_at(fd, bytes, n, at, name, e);
	/* The part of a header that is in use is shorter than a sector. */
	_exit(__real_write_at(fd, bytes, n > 512 ? n / 2 : 64, at, name, e) < 0 ? 1 : 9);
}

struct card {
	char *dir, *file, *root, *loop, *node;
};

/* An image with its partitions, on a medium that is larger. */
static struct card card_new(const char *table, const char *fs)
{
	struct card c = {.dir = scratch_new()};
	_cleanup_free_ char *mkfs = xasprintf("mkfs.%s", fs);

	c.file = xasprintf("%s/card", c.dir);
	c.root = xasprintf("%s/root", c.dir);
	scratch_file(c.dir, "card", "");
	assert_int_equal(truncate(c.file, (off_t)IMAGE_MIB * MIB), 0);
	RUN_WITH(table, "sfdisk", "-q", c.file);
	assert_int_equal(truncate(c.file, (off_t)MEDIUM_MIB * MIB), 0);
	c.loop = loop_over(c.file);
	c.node = xasprintf("%sp2", c.loop);
	/* Not by --partscan: not every kernel that tests run on reads tables by itself. */
	RUN("addpart", c.loop, "2", "81920", "1331200");
	for (int i = 0; i < 100 && access(c.node, F_OK) < 0; i++)
		usleep(50000);
	RUN(mkfs, "-q", c.node);
	assert_int_equal(mkdir(c.root, 0700), 0);
	assert_int_equal(mount(c.node, c.root, fs, 0, NULL), 0);
	check_mounted_for_us(c.root);
	scratch_file(c.root, "kept", "everything that was there");
	return c;
}

static void card_free(struct card *c)
{
	assert_int_equal(umount(c->root), 0);
	RUN("delpart", c->loop, "2");
	RUN("losetup", "--detach", c->loop);
	scratch_free(&c->dir);
	free(c->file);
	free(c->root);
	free(c->loop);
	free(c->node);
}

static uint64_t room_of(const struct card *c)
{
	struct statvfs st;

	assert_int_equal(statvfs(c->root, &st), 0);
	return st.f_blocks * st.f_frsize;
}

/* sfdisk's dump without the second partition's size, and without the last usable sector. */
static char *dump(const struct card *c, uint64_t *ret_size)
{
	_cleanup_free_ char *all = SAY("sfdisk", "--dump", c->loop);
	struct str out = {0};
	char *save = NULL;

	*ret_size = 0;
	for (char *line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *size = str_starts(line, c->node) ? strstr(line, "size=") : NULL, *end;

		if (str_starts(line, "last-lba:") || str_starts(line, "GPT PMBR") ||
		    str_starts(line, "The backup GPT"))
			continue;
		if (size) {
			*ret_size = strtoull(size + 5, &end, 10);
			str_addf(&out, "%.*s%s\n", (int)(size - line), line, end);
		} else {
			str_addf(&out, "%s\n", line);
		}
	}
	return str_take(&out);
}

static const char gpt[] = "label: gpt\n"
			  "start=1MiB, size=32MiB, type=U, name=FIRMWARE\n"
			  "start=40MiB, size=650MiB, type=L, name=NIXOS_SD, "
			  "attrs=LegacyBIOSBootable\n";
static const char dos[] = "label: dos\nlabel-id: 0x2178694e\n"
			  "start=1MiB, size=32MiB, type=b\n"
			  "start=40MiB, size=650MiB, type=83, bootable\n";

static const struct {
	const char *table, *fs;
	const char *grow[5]; /* "@" is the node, "%" where it is mounted */
} rows[] = {
	{gpt, "ext4", {"resize2fs", "@"}},
	{dos, "ext4", {"resize2fs", "@"}},
	{gpt, "btrfs", {"btrfs", "filesystem", "resize", "max", "%"}},
	{gpt, "xfs", {"xfs_growfs", "%"}},
};

/* ext4 asks for it when it grows; not every machine that tests run on has it. */
static bool may_grow(const char *fs)
{
	_cleanup_free_ char *status = read_whole("/proc/self/status");
	const char *line = strstr(status, "CapEff:");

	if (!str_eq(fs, "ext4") || (strtoull(line + 7, NULL, 16) >> 24 & 1))
		return true;
	puts("not shown here: ext4 itself growing, for want of CAP_SYS_RESOURCE (a virtual machine "
	     "would show it)");
	return false;
}

static void grow_file_system(const struct card *c, const char *const *words)
{
	const char *argv[6] = {0};

	for (size_t i = 0; i < 5 && words[i]; i++)
		argv[i] = words[i][0] == '@' ? c->node : words[i][0] == '%' ? c->root : words[i];
	free(say(argv, NULL));
}

static void test_grow(void **state)
{
	const uint64_t start = 40ULL * MIB, end = (MEDIUM_MIB - 1ULL) * MIB;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct card c = card_new(rows[i].table, rows[i].fs);
		_cleanup_free_ char *path = xasprintf("%s/kept", c.root), *kept = NULL;
		_cleanup_free_ char *before = NULL, *after = NULL, *good = NULL;
		uint64_t size, room = room_of(&c);
		bool grows = may_grow(rows[i].fs);
		struct err e = {0};

		before = dump(&c, &size);
		check_row(i, size == 650ULL * MIB / 512);
		/* The second time is after a power cut in between. */
		for (int again = 0; again < 2; again++) {
			if (disk_grow_part(c.loop, 2, start, end, &e) < 0)
				fail_msg("row %zu: %s: %s", i, e.what, e.why);
			if (grows)
				grow_file_system(&c, rows[i].grow);
		}
		after = dump(&c, &size);
		assert_string_equal(before, after);
		check_row(i, size == (end - start) / 512);
		check_row(i, !grows || room_of(&c) > room + 700ULL * MIB);
		kept = read_whole(path);
		assert_string_equal(kept, "everything that was there");
		good = SAY("sfdisk", "--verify", c.loop);
		check_contains(good, "No errors");
		card_free(&c);
	}
}

/* The power goes in the midst of any write of a GPT: one of its copies is whole, and the next start
 * makes both so. */
static void test_cuts_of_gpt(void **state)
{
	const uint64_t start = 40ULL * MIB, end = (MEDIUM_MIB - 1ULL) * MIB;

	(void)state;
	/* Two copies of two parts, and the sector before them. */
	for (size_t at = 1; at <= 5; at++) {
		struct card c = card_new(gpt, "ext4");
		_cleanup_free_ char *before = NULL, *after = NULL, *good = NULL;
		uint64_t size;
		struct err e = {0};
		int status;
		pid_t pid;

		before = dump(&c, &size);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			writes = 0;
			cut_at = at;
			_exit(disk_grow_part(c.loop, 2, start, end, &e) < 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		check_row(at, WIFEXITED(status) && WEXITSTATUS(status) == 9);
		if (disk_grow_part(c.loop, 2, start, end, &e) < 0)
			fail_msg("cut %zu: %s: %s", at, e.what, e.why);
		after = dump(&c, &size);
		assert_string_equal(before, after);
		check_row(at, size == (end - start) / 512);
		good = SAY("sfdisk", "--verify", c.loop);
		check_contains(good, "No errors");
		check_lacks(good, "mismatch");
		card_free(&c);
	}
}

/* It reaches past the last whole MiB already, and only its file system is smaller. */
static void test_up_to_the_last_sector(void **state)
{
	static const char *const tables[] = {gpt, dos};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		struct card c = card_new(tables[i], "ext4");
		_cleanup_free_ char *before = NULL, *after = NULL;
		uint64_t size, again;
		struct err e = {0};

		RUN_WITH(",+\n", "sfdisk", "-q", "--no-reread", "--no-tell-kernel", "--force", "-N",
			 "2", c.loop);
		before = dump(&c, &size);
		check_row(i, 40ULL * MIB + size * 512 > (MEDIUM_MIB - 1ULL) * MIB);
		if (disk_grow_part(c.loop, 2, 40ULL * MIB, 40ULL * MIB + size * 512, &e) < 0)
			fail_msg("row %zu: %s: %s", i, e.what, e.why);
		after = dump(&c, &again);
		assert_string_equal(before, after);
		check_row(i, size == again);
		if (may_grow("ext4"))
			grow_file_system(&c, rows[0].grow);
		card_free(&c);
	}
}

/* What is not as it was said to be is left alone. */
static void test_refusals(void **state)
{
	static const struct {
		uint32_t number;
		uint64_t start, end;
		enum err_code code;
	} wrong[] = {
		{2, 41ULL * MIB, 1400ULL * MIB, ERR_MISMATCH},
		{3, 40ULL * MIB, 1400ULL * MIB, ERR_NOT_FOUND},
		{2, 40ULL * MIB, 600ULL * MIB, ERR_INVALID},
		{1, 1ULL * MIB, 1400ULL * MIB, ERR_IO},	 /* over the second one */
		{2, 40ULL * MIB, 9000ULL * MIB, ERR_IO}, /* behind the medium's end */
	};
	struct card c = card_new(gpt, "ext4");
	uint64_t size;
	_cleanup_free_ char *before = dump(&c, &size);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_free_ char *after = NULL;
		struct err e = {0};
		int n = disk_grow_part(c.loop, wrong[i].number, wrong[i].start, wrong[i].end, &e);

		if (e.code != wrong[i].code)
			fail_msg("row %zu: %d %s: %s", i, n, e.what, e.why);
		check_error(&e, n);
		after = dump(&c, &size);
		assert_string_equal(before, after);
		check_row(i, size == 650ULL * MIB / 512);
	}
	card_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grow), cmocka_unit_test(test_cuts_of_gpt),
		cmocka_unit_test(test_up_to_the_last_sector), cmocka_unit_test(test_refusals)};

	if (geteuid() != 0 || access("/dev/loop-control", R_OK | W_OK) < 0 || !mounts_own()) {
		puts("skipped: growing needs root and /dev/loop-control (the loop module)");
		return SKIPPED;
	}
	if (setenv("PATH", "/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0 ||
	    setenv("TMPDIR", "/tmp", 1) < 0)
		return 1;
	return cmocka_run_group_tests_name("partition: growing", tests, NULL, NULL);
}
