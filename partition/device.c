/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/device.h"

#include "base/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "partition/disk.h"

/* sysfs counts in sectors of 512 bytes whatever the disk's are. */
enum { SYSFS_SECTOR = 512, PART_RETRY_MS = 10 };

struct device_dir device_dir(unsigned major, unsigned minor)
{
	struct device_dir d;

	snprintf(d.s, sizeof(d.s), "sys/dev/block/%u:%u", major, minor);
	return d;
}

void device_node_name(const struct sys *s, const char *dir, char *ret, size_t size)
{
	char path[256], text[1024], *line;

	ret[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/uevent", dir) >= (int)sizeof(path) ||
	    sys_read(s, path, text, sizeof(text)) <= 0)
		return;
	line = str_starts(text, "DEVNAME=") ? text : strstr(text, "\nDEVNAME=");
	if (!line)
		return;
	line = strchr(line, '=') + 1;
	line[strcspn(line, "\n")] = '\0';
	if (snprintf(ret, size, "/dev/%s", line) >= (int)size)
		ret[0] = '\0';
}

struct kernel_parts kernel_parts_list(const struct sys *s, struct arena *a, unsigned major,
				      unsigned minor)
{
	struct device_dir dir = device_dir(major, minor);
	struct strings names = sys_list(s, a, "%s", dir.s);
	struct kernel_parts parts = {0};

	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];
		uint64_t number = sys_number(s, 0, "%s/%s/partition", dir.s, name);
		struct kernel_part *p;

		if (!number)
			continue;
		p = list_push(a, &parts);
		p->number = (uint32_t)number;
		p->start = SYSFS_SECTOR * sys_number(s, 0, "%s/%s/start", dir.s, name);
		p->size = SYSFS_SECTOR * sys_number(s, 0, "%s/%s/size", dir.s, name);
		(void)device_numbers_parse(sys_line(s, a, "%s/%s/dev", dir.s, name), &p->major,
					   &p->minor);
		device_node_name(s, arena_printf(a, "%s/%s", dir.s, name), p->node,
				 sizeof(p->node));
	}
	return parts;
}

uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Not there yet, or there without a device behind it yet. */
static bool is_still_coming(int errno_value)
{
	return errno_value == ENOENT || errno_value == ENXIO || errno_value == ENODEV;
}

static int watch_directory_of(const char *node)
{
	_cleanup_free_ char *dir = xstrdup(node);
	char *slash = strrchr(dir, '/');
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0 || !slash)
		return fd;
	*slash = '\0';
	if (inotify_add_watch(fd, slash == dir ? "/" : dir, IN_CREATE | IN_MOVED_TO | IN_ATTRIB) <
	    0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Waits for something to happen in the directory, at most until `end`. */
static void await_event(int watch, uint64_t end)
{
	struct pollfd p = {.fd = watch, .events = POLLIN};
	uint64_t now = clock_ms();
	char events[4096];

	if (now < end)
		(void)poll(&p, 1, (int)(end - now));
	while (read(watch, events, sizeof(events)) > 0)
		;
}

int node_open(const char *node, unsigned timeout_ms, struct err *e)
{
	_cleanup_close_ int watch = -1;
	uint64_t end = clock_ms() + timeout_ms;

	for (;;) {
		int fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (fd >= 0)
			return fd;
		if (!is_still_coming(errno))
			return err_errno(e, errno, NULL, "cannot open %s", node);
		if (clock_ms() >= end)
			break;
		/* Not before it is needed: the kernel takes some 10 ms to end a watch. With the
		 * watch in place, look once more, as the node may have come in between. */
		if (watch >= 0) {
			await_event(watch, end);
			continue;
		}
		watch = watch_directory_of(node);
		if (watch < 0)
			break;
	}
	return err_set(e, ERR_NOT_FOUND, "try again; if it stays away, restart the machine",
		       "%s did not appear within %u ms", node, timeout_ms);
}

int node_size(int fd, const char *name, uint64_t *ret, struct err *e)
{
	struct stat st;
	uint64_t bytes;

	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, NULL, "cannot look at %s", name);
	if (S_ISBLK(st.st_mode)) {
		if (ioctl(fd, BLKGETSIZE64, &bytes) < 0)
			return err_errno(e, errno, NULL, "cannot read the size of %s", name);
	} else if (S_ISREG(st.st_mode)) {
		bytes = (uint64_t)st.st_size;
	} else {
		return err_set(e, ERR_INVALID, NULL, "%s is no block device", name);
	}
	*ret = bytes;
	return 0;
}

int write_at(int fd, const void *bytes, size_t n, uint64_t at, const char *name, struct err *e)
{
	const char *b = bytes;

	while (n) {
		ssize_t done = pwrite(fd, b, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_errno(e, done ? errno : EIO, "the disk may be failing",
					 "cannot write to %s at byte %" PRIu64, name, at);
		b += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return 0;
}

int write_zeros(int fd, uint64_t from, uint64_t to, const char *name, struct err *e)
{
	static const char zeros[65536];

	while (from < to) {
		size_t n = to - from < sizeof(zeros) ? (size_t)(to - from) : sizeof(zeros);
		int r = write_at(fd, zeros, n, from, name, e);

		if (r < 0)
			return r;
		from += n;
	}
	return 0;
}

static int part_find(const char *path, uint32_t number, struct kernel_part *ret, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_(sys_close) struct sys s = {.rootfd = -1};
	struct kernel_parts parts;
	struct stat st;
	int r = sys_open(&s, NULL, e);

	if (r < 0)
		return r;
	if (stat(path, &st) < 0)
		return err_errno(e, errno, NULL, "cannot look at %s", path);
	if (!S_ISBLK(st.st_mode))
		return err_set(e, ERR_INVALID, NULL, "%s is not a disk", path);
	parts = kernel_parts_list(&s, a, major(st.st_rdev), minor(st.st_rdev));
	for (size_t i = 0; i < parts.count; i++)
		if (parts.items[i].number == number && parts.items[i].node[0]) {
			*ret = parts.items[i];
			return 0;
		}
	return err_set(e, ERR_NOT_FOUND, "the disk's table may not be what the kernel has read",
		       "%s has no partition %" PRIu32, path, number);
}

/* The node may have become another device's while it was being opened. */
static bool is_device(int fd, const struct kernel_part *p)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISBLK(st.st_mode) && major(st.st_rdev) == p->major &&
	       minor(st.st_rdev) == p->minor;
}

int disk_part_open(const char *path, uint32_t number, unsigned timeout_ms, char *node, size_t size,
		   struct err *e)
{
	uint64_t end = clock_ms() + timeout_ms;

	for (;;) {
		struct kernel_part part;
		int r = part_find(path, number, &part, e);
		int fd = r == 0 ? node_open(part.node, PART_RETRY_MS, e) : r;

		if (fd >= 0 && is_device(fd, &part) && strlen(part.node) < size) {
			snprintf(node, size, "%s", part.node);
			return fd;
		}
		if (fd >= 0) {
			close(fd);
			fd = err_set(e, ERR_NOT_FOUND, "look at the disks again",
				     "%s is not partition %" PRIu32 " of %s any more", part.node,
				     number, path);
		}
		if (fd != -ERR_NOT_FOUND || clock_ms() >= end)
			return fd;
		/* sysfs has no event for it. */
		(void)poll(NULL, 0, PART_RETRY_MS);
	}
}
