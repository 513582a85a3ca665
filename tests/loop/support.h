/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support: loop devices with a layout, for the tests that need root. */
#pragma once

#include "support/check.h"

#include <linux/fs.h>
#include <linux/loop.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/mountinfo.h"
#include "base/sys.h"
#include "partition/disk.h"
#include "partition/gpt.h"
#include "support/mounts.h"

#define SEED  "5a3c1f0e-1111-4222-8333-944455556666"
#define OTHER "5a3c1f0e-1111-4222-8333-944455556667"
#define UUID  "0f1e2d3c-4b5a-4697-8877-665544332211"
#define MIB   (UINT64_C(1) << 20)
#define GIB   (UINT64_C(1) << 30)

enum { SKIPPED = 77, NODE_MS = 5000, LOOP_TRIES = 16 };

/* A loop device over a sparse file, and a place to mount. */
struct loop {
	char dir[64], file[96], root[96], path[32];
	int fd; /* of the loop device; it goes away with it (LO_FLAGS_AUTOCLEAR) */
	struct layout l;
};

static inline void check(int r, const struct err *e)
{
	if (r < 0)
		fail_msg("%s: %s", e->what, e->why);
}

static inline struct layout layout(uint64_t bytes, uint32_t sector, enum boot_method boot,
				   uint64_t swap, const char *seed)
{
	struct layout_request r = {
		.disk_bytes = bytes,
		.sector_bytes = sector,
		.boot = boot,
		.arch = PART_ARCH_X86_64,
		.root_fs = FS_EXT4,
		.swap_bytes = swap,
		.seed = seed,
	};
	struct layout l = {0};
	struct err e = {0};

	check(layout_make(&r, &l, &e), &e);
	return l;
}

/* Between asking for a free loop device and taking it another program may have taken it. */
static inline int loop_attach(const char *file, uint32_t sector, uint32_t flags, char *ret_path,
			      size_t size)
{
	_cleanup_close_ int backing = open(file, O_RDWR | O_CLOEXEC);
	_cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	struct loop_config config = {
		.fd = (uint32_t)backing,
		.block_size = sector,
		.info.lo_flags = LO_FLAGS_PARTSCAN | LO_FLAGS_AUTOCLEAR | flags,
	};

	assert_true(backing >= 0 && control >= 0);
	for (int i = 0; i < LOOP_TRIES; i++) {
		int fd, number = ioctl(control, LOOP_CTL_GET_FREE);

		assert_true(number >= 0);
		snprintf(ret_path, size, "/dev/loop%d", number);
		fd = open(ret_path, O_RDWR | O_CLOEXEC);
		if (fd >= 0 && ioctl(fd, LOOP_CONFIGURE, &config) == 0)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	fail_msg("no loop device to be had: %s", strerror(errno));
	return -1;
}

static inline struct loop disk_make(uint64_t bytes, uint32_t sector, enum boot_method boot,
				    uint64_t swap)
{
	struct loop d = {.dir = "/tmp/archibald-loop-XXXXXX"};
	int fd;

	assert_non_null(mkdtemp(d.dir));
	snprintf(d.file, sizeof(d.file), "%s/disk", d.dir);
	snprintf(d.root, sizeof(d.root), "%s/root", d.dir);
	fd = open(d.file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	close(fd);
	d.fd = loop_attach(d.file, sector, 0, d.path, sizeof(d.path));
	d.l = layout(bytes, sector, boot, swap, SEED);
	return d;
}

static inline void disk_free(struct loop *d)
{
	close(d->fd);
	(void)rmdir(d->root);
	assert_int_equal(unlink(d->file), 0);
	assert_int_equal(rmdir(d->dir), 0);
}

static inline void write_table(const struct loop *d)
{
	struct err e = {0};

	check(disk_write_table(d->path, &d->l, NODE_MS, &e), &e);
}

/* The node of a role's partition. */
struct node {
	char s[64];
};

/* The name of a partition that is there now. */
static inline int part_node(const char *path, uint32_t number, char *ret, size_t size,
			    struct err *e)
{
	int fd = disk_part_open(path, number, 0, ret, size, e);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static inline struct node node_of(const struct loop *d, enum part_role role)
{
	struct node n;
	struct err e = {0};

	check(part_node(d->path, layout_part(&d->l, role)->number, n.s, sizeof(n.s), &e), &e);
	return n;
}

static inline uint64_t sysfs_number(const struct loop *d, uint32_t number, const char *file)
{
	struct sys s;
	struct err e;
	uint64_t n;

	check(sys_open(&s, NULL, &e), &e);
	n = sys_number(&s, 0, "sys/block/%s/%sp%u/%s", d->path + 5, d->path + 5, number, file);
	sys_close(&s);
	return n;
}

static inline void assert_kernel_knows(const struct loop *d)
{
	for (size_t i = 0; i < d->l.count; i++) {
		const struct part *p = &d->l.parts[i];
		struct node n;
		struct err e = {0};
		struct stat st;

		check(part_node(d->path, p->number, n.s, sizeof(n.s), &e), &e);
		assert_int_equal(stat(n.s, &st), 0);
		assert_true(S_ISBLK(st.st_mode));
		assert_int_equal(sysfs_number(d, p->number, "start") * 512, p->start);
		assert_int_equal(sysfs_number(d, p->number, "size") * 512, p->size);
	}
}

static inline const char *reason_to_skip(void)
{
	if (geteuid() != 0)
		return "root";
	if (access("/dev/loop-control", R_OK | W_OK) < 0)
		return "/dev/loop-control (the loop module)";
	return mounts_own() ? NULL : "a mount table of their own";
}

/* Runs them, or says what is missing and returns what ctest counts as skipped. */
static inline int loop_tests(const char *name, const struct CMUnitTest *tests, size_t count)
{
	const char *missing = reason_to_skip();

	if (missing) {
		printf("skipped: the loop device tests need %s\n", missing);
		return SKIPPED;
	}
	if (setenv("PATH", "/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		return 1;
	return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}
