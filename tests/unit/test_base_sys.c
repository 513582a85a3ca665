/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sys: reading below a root that nothing leads out of. */
#include "support/check.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"

struct fixture {
	char *outside, *root;
	struct sys sys;
	struct arena *arena;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err e;

	f->outside = scratch_new();
	f->root = xasprintf("%s/root", f->outside);
	f->arena = arena_new();
	scratch_file(f->outside, "secret", "outside");
	scratch_file(f->outside, "root/secret2", "inside");
	scratch_file(f->outside, "root/a/b/file", "text\nmore\n");
	if (sys_open(&f->sys, f->root, &e) < 0)
		return -1;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sys_close(&f->sys);
	scratch_free(&f->outside);
	free(f->root);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void test_open(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *missing = xasprintf("%s/none", f->root);
	_cleanup_free_ char *file = xasprintf("%s/secret2", f->root);
	struct sys s;
	struct err e;

	assert_false(f->sys.live);
	assert_int_equal(sys_open(&s, missing, &e), -ERR_IO);
	check_error(&e, -ERR_IO);
	assert_int_equal(sys_open(&s, file, &e), -ERR_IO);
	assert_int_equal(sys_open(&s, NULL, &e), 0);
	assert_true(s.live);
	sys_close(&s);
	assert_int_equal(s.rootfd, -1);
	sys_close(&s);
}

static void test_reading(void **state)
{
	struct fixture *f = *state;
	char buf[8] = "zzzzzzz";
	size_t len = 0;

	assert_int_equal(sys_read(&f->sys, "a/b/file", buf, sizeof(buf)), 7);
	assert_string_equal(buf, "text\nmo");
	assert_int_equal(sys_read(&f->sys, "a/b/none", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(sys_read(&f->sys, "", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(sys_read(&f->sys, "a", buf, sizeof(buf)), -EISDIR);
	assert_string_equal(sys_slurp(&f->sys, f->arena, "a/b/file", 100, &len), "text\nmore\n");
	assert_int_equal(len, 10);
	assert_null(sys_slurp(&f->sys, f->arena, "none", 100, &len));
	assert_string_equal(sys_line(&f->sys, f->arena, "a/%s/file", "b"), "text");
	assert_null(sys_line(&f->sys, f->arena, "none"));
}

static void test_large_files(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *big = xmalloc(300000);
	size_t len = 0;
	char *got;

	for (size_t i = 0; i < 300000; i++)
		big[i] = (char)('a' + i % 23);
	scratch_bytes(f->root, "big", big, 300000);
	got = sys_slurp(&f->sys, f->arena, "big", 1 << 20, &len);
	assert_int_equal(len, 300000);
	assert_memory_equal(got, big, len);
	/* A limit is one, within what reading in steps means. */
	got = sys_slurp(&f->sys, f->arena, "big", 4096, &len);
	assert_true(len <= 4096 && got[len] == '\0');
	scratch_bytes(f->root, "exact", big, 4096);
	assert_non_null(sys_slurp(&f->sys, f->arena, "exact", 1 << 20, &len));
	assert_int_equal(len, 4096);
}

/* Where a link or path points outside, what is read is inside or nothing. */
static void test_nothing_leads_outside(void **state)
{
	static const char *const targets[] = {
		"../secret",	   "../../../../../../../secret",
		"/secret",	   "/../secret",
		"a/../../secret",  "up/secret",
		"/a/../../secret",
	};
	struct fixture *f = *state;
	_cleanup_free_ char *absolute = xasprintf("%s/secret", f->outside);
	char buf[64];

	scratch_link(f->root, "up", "..");
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		_cleanup_free_ char *name = xasprintf("link%zu", i);

		scratch_link(f->root, name, targets[i]);
		check_row(i, sys_read(&f->sys, name, buf, sizeof(buf)) == -ENOENT);
		check_row(i, sys_read(&f->sys, targets[i], buf, sizeof(buf)) == -ENOENT);
		check_row(i, !sys_exists(&f->sys, "%s", name));
		check_row(i, !sys_line(&f->sys, f->arena, "%s", name));
		check_row(i, !sys_slurp(&f->sys, f->arena, name, 100, NULL));
	}
	scratch_link(f->root, "absolute", absolute);
	assert_int_equal(sys_read(&f->sys, "absolute", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(sys_read(&f->sys, absolute, buf, sizeof(buf)), -ENOENT);
	assert_int_equal(sys_list(&f->sys, f->arena, "up").count,
			 sys_list(&f->sys, f->arena, ".").count);
}

static void test_links_inside(void **state)
{
	struct fixture *f = *state;
	char buf[64];

	scratch_link(f->root, "x/dots", "../../../secret2");
	scratch_link(f->root, "x/absolute", "/secret2");
	scratch_link(f->root, "x/chain", "/x/dots");
	scratch_link(f->root, "dir", "/a/b");
	assert_int_equal(sys_read(&f->sys, "x/dots", buf, sizeof(buf)), 6);
	assert_int_equal(sys_read(&f->sys, "x/absolute", buf, sizeof(buf)), 6);
	assert_int_equal(sys_read(&f->sys, "x/chain", buf, sizeof(buf)), 6);
	assert_int_equal(sys_read(&f->sys, "dir/file", buf, sizeof(buf)), 10);
	assert_true(sys_exists(&f->sys, "dir/%s", "file"));
	scratch_link(f->root, "loop", "loop");
	assert_int_equal(sys_read(&f->sys, "loop", buf, sizeof(buf)), -ELOOP);
}

static void test_link_text(void **state)
{
	struct fixture *f = *state;

	scratch_link(f->root, "driver", "../../bus/pci/drivers/nvme");
	scratch_link(f->root, "plain", "word");
	assert_string_equal(sys_link(&f->sys, f->arena, "driver"), "../../bus/pci/drivers/nvme");
	assert_string_equal(sys_link_name(&f->sys, f->arena, "driver"), "nvme");
	assert_string_equal(sys_link_name(&f->sys, f->arena, "plain"), "word");
	assert_null(sys_link(&f->sys, f->arena, "secret2"));
	assert_null(sys_link(&f->sys, f->arena, "none"));
	assert_null(sys_link_name(&f->sys, f->arena, "a"));
}

static const struct {
	const char *text;
	uint64_t n;
} numbers[] = {
	{"0", 0},
	{"42\n", 42},
	{"  7\n", 7},
	{"0x10de\n", 0x10de},
	{"0X1f", 0}, /* the kernel writes 0x */
	{"017\n", 17},
	{"18446744073709551615", UINT64_MAX},
	{"18446744073709551616", 99},
	{"-1", 99},
	{"", 99},
	{"\n", 99},
	{"x", 99},
	{"0x", 0},
	{"12 34", 12},
};

static void test_numbers(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		scratch_file(f->root, "number", numbers[i].text);
		check_row(i, sys_number(&f->sys, 99, "number") == numbers[i].n);
	}
	assert_int_equal(sys_number(&f->sys, 99, "none"), 99);
}

static void test_lines(void **state)
{
	struct fixture *f = *state;

	scratch_file(f->root, "l", " \x1b[31mred  \nsecond");
	assert_string_equal(sys_line(&f->sys, f->arena, "l"), "?[31mred");
	scratch_file(f->root, "l", "\nsecond");
	assert_null(sys_line(&f->sys, f->arena, "l"));
	scratch_file(f->root, "l", "   ");
	assert_null(sys_line(&f->sys, f->arena, "l"));
	scratch_bytes(f->root, "l", "a\0b", 3);
	assert_string_equal(sys_line(&f->sys, f->arena, "l"), "a");
}

static void test_listing(void **state)
{
	struct fixture *f = *state;
	struct strings names;

	scratch_file(f->root, "d/cpu10", "");
	scratch_file(f->root, "d/cpu9", "");
	scratch_file(f->root, "d/cpu1", "");
	names = sys_list(&f->sys, f->arena, "%s", "d");
	assert_int_equal(names.count, 3);
	assert_string_equal(names.items[0], "cpu1");
	assert_string_equal(names.items[1], "cpu9");
	assert_string_equal(names.items[2], "cpu10");
	assert_int_equal(sys_list(&f->sys, f->arena, "none").count, 0);
	assert_int_equal(sys_list(&f->sys, f->arena, "secret2").count, 0);
}

/* A path that does not fit is no path, and never a shorter one. */
static void test_long_paths(void **state)
{
	struct fixture *f = *state;
	char name[1000];

	memset(name, '/', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(sys_exists(&f->sys, "a%s", name));
	assert_null(sys_line(&f->sys, f->arena, "a/b/file%s", name));
	assert_int_equal(sys_number(&f->sys, 5, "%s", name), 5);
	assert_int_equal(sys_list(&f->sys, f->arena, "%s", name).count, 0);
}

/* A fifo with nobody at its other end must not stop detection. */
static void test_fifo(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = xasprintf("%s/fifo", f->root);
	char buf[8];

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(sys_read(&f->sys, "fifo", buf, sizeof(buf)), 0);
}

/* Renames a file to and fro until it is killed. */
static _Noreturn void rename_forever(const char *outside, int ready)
{
	char *from = xasprintf("%s/moving", outside), *to = xasprintf("%s/moved", outside);

	scratch_file(outside, "moving", "x");
	for (bool told = false;; told = true)
		if (rename(from, to) < 0 || rename(to, from) < 0 ||
		    (!told && write(ready, "r", 1) != 1))
			_exit(1);
}

/* The kernel gives up on a ".." when something is renamed meanwhile, anywhere: no file may seem to
 * be missing because of that. */
static void test_while_others_rename(void **state)
{
	struct fixture *f = *state;
	int ready[2], status;
	pid_t pid;
	char c;

	scratch_file(f->outside, "root/a/c/other", "y");
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0)
		rename_forever(f->outside, ready[1]);
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &c, 1), 1);
	for (int i = 0; i < 200000; i++)
		assert_true(sys_exists(&f->sys, "a/c/../b/../c/../b/file"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	close(ready[0]);
	close(ready[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_while_others_rename),
		TEST(test_open),
		TEST(test_reading),
		TEST(test_large_files),
		TEST(test_nothing_leads_outside),
		TEST(test_links_inside),
		TEST(test_link_text),
		TEST(test_numbers),
		TEST(test_lines),
		TEST(test_listing),
		TEST(test_long_paths),
		TEST(test_fifo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
