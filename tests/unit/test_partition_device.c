/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting for nodes, on ordinary files that come late, and the kernel's partitions as sysfs of a
 * directory made here shows them. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/mountinfo.h"
#include "base/str.h"
#include "partition/device.h"

struct place {
	char dir[64], file[96];
};

static struct place place_make(void)
{
	struct place p = {.dir = "/tmp/archibald-device-XXXXXX"};

	assert_non_null(mkdtemp(p.dir));
	snprintf(p.file, sizeof(p.file), "%s/node", p.dir);
	return p;
}

static void place_free(const struct place *p)
{
	(void)unlink(p->file);
	assert_int_equal(rmdir(p->dir), 0);
}

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static void test_node_is_there(void **state)
{
	struct place p = place_make();
	struct err e = {0};
	int fd;

	(void)state;
	touch(p.file);
	fd = node_open(p.file, 0, &e);
	assert_true(fd >= 0);
	close(fd);
	place_free(&p);
}

/* Long before the timeout, and not before it is there. */
static void test_node_comes_late(void **state)
{
	struct place p = place_make();
	uint64_t start = clock_ms();
	struct err e = {0};
	pid_t pid;
	int fd, status;

	(void)state;
	pid = fork();
	if (pid == 0) {
		_cleanup_free_ char *other = xasprintf("%s.other", p.file);

		usleep(100 * 1000);
		touch(other); /* another node first: it must go on waiting */
		usleep(100 * 1000);
		_exit(rename(other, p.file) == 0 ? 0 : 1);
	}
	fd = node_open(p.file, 60000, &e);
	assert_true(fd >= 0);
	assert_true(clock_ms() - start >= 190);
	assert_true(clock_ms() - start < 30000);
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	place_free(&p);
}

static void test_node_stays_away(void **state)
{
	struct place p = place_make();
	uint64_t start = clock_ms();
	struct err e = {0};

	(void)state;
	assert_int_equal(node_open(p.file, 100, &e), -ERR_NOT_FOUND);
	assert_true(clock_ms() - start >= 99);
	assert_non_null(strstr(e.what, p.file));
	assert_non_null(strstr(e.what, "100 ms"));
	/* No directory to watch either. */
	assert_int_equal(node_open("/nonexistent/node", 100, &e), -ERR_NOT_FOUND);
	place_free(&p);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {{"8:1", true}, {"259:1048575", true}, {"8", false},	 {"8:", false},
		    {"", false},   {"8:1x", false},	  {NULL, false}, {"a:b", false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned major = 77, minor = 77;

		assert_int_equal(device_numbers_parse(rows[i].text, &major, &minor), rows[i].good);
		assert_int_equal(major == 77, !rows[i].good);
	}
}

/* A file of the fake sysfs; `path` is relative to the root. */
static void put(const struct place *p, const char *path, const char *text)
{
	_cleanup_free_ char *full = xasprintf("%s/%s", p->dir, path);
	FILE *f;

	for (char *c = full + 1; *c; c++)
		if (*c == '/') {
			*c = '\0';
			if (mkdir(full, 0755) < 0)
				assert_int_equal(errno, EEXIST);
			*c = '/';
		}
	f = fopen(full, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void put_part(const struct place *p, const char *name, const char *number, const char *start,
		     const char *dev)
{
	static const char *const files[] = {"partition", "start", "size", "dev", "uevent"};
	_cleanup_free_ char *event = xasprintf("MAJOR=1\nDEVNAME=%s\nPARTN=1\n", name);
	const char *const values[] = {number, start, "2048\n", dev, event};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path = xasprintf("sys/dev/block/259:0/%s/%s", name, files[i]);

		put(p, path, values[i]);
	}
}

static void remove_tree(const struct place *p)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", p->dir, NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_kernel_parts(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct place p = place_make();
	struct kernel_parts parts;
	struct sys s;
	struct err e;

	(void)state;
	put(&p, "sys/dev/block/259:0/size", "1000\n");
	put(&p, "sys/dev/block/259:0/queue/partition_size", "1\n");
	put_part(&p, "nvme0n1p10", "10\n", "4096\n", "259:10\n");
	put_part(&p, "nvme0n1p2", "2\n", "2048\n", "259:2\n");
	assert_int_equal(sys_open(&s, p.dir, &e), 0);
	parts = kernel_parts_list(&s, a, 259, 0);
	assert_int_equal(parts.count, 2);
	assert_int_equal(parts.items[0].number, 2);
	assert_int_equal(parts.items[0].start, 2048 * 512);
	assert_int_equal(parts.items[0].size, 2048 * 512);
	assert_int_equal(parts.items[0].major, 259);
	assert_int_equal(parts.items[0].minor, 2);
	assert_string_equal(parts.items[0].node, "/dev/nvme0n1p2");
	assert_int_equal(parts.items[1].number, 10);
	assert_int_equal(kernel_parts_list(&s, a, 8, 0).count, 0);
	sys_close(&s);
	remove_tree(&p);
}

static void test_write_zeros(void **state)
{
	struct place p = place_make();
	int fd = open(p.file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	_cleanup_free_ char *bytes = xmalloc(200000);
	struct err e = {0};

	(void)state;
	assert_true(fd >= 0);
	memset(bytes, 'x', 200000);
	assert_int_equal(pwrite(fd, bytes, 200000, 0), 200000);
	assert_int_equal(write_zeros(fd, 1, 199999, p.file, &e), 0);
	assert_int_equal(write_zeros(fd, 7, 7, p.file, &e), 0);
	assert_int_equal(pread(fd, bytes, 200000, 0), 200000);
	assert_int_equal(bytes[0], 'x');
	assert_int_equal(bytes[199999], 'x');
	for (size_t i = 1; i < 199999; i++)
		assert_int_equal(bytes[i], 0);
	close(fd);
	fd = open(p.file, O_RDONLY | O_CLOEXEC);
	assert_int_equal(write_zeros(fd, 0, 10, p.file, &e), -ERR_IO);
	assert_non_null(strstr(e.what, p.file));
	close(fd);
	place_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node_is_there),	cmocka_unit_test(test_node_comes_late),
		cmocka_unit_test(test_node_stays_away), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_kernel_parts),	cmocka_unit_test(test_write_zeros),
	};

	return cmocka_run_group_tests_name("partition: devices", tests, NULL, NULL);
}
