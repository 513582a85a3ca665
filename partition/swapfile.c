/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/swap.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/mountinfo.h"
#include "base/str.h"
#include "partition/dirs.h"
#include "partition/disk.h"

enum { EXTENTS = 128 };

/* An extent the kernel cannot swap to: without a place on the disk of its own. Unwritten ones
 * (fallocate) are fine: the kernel writes to their blocks and never reads what it did not. */
static const uint32_t UNUSABLE = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC |
				 FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_DATA_INLINE |
				 FIEMAP_EXTENT_SHARED;

/* Asks for the extents from `at` on; the end of the last that follows without a gap. */
static int extents_follow(int fd, struct fiemap *map, uint64_t *at, const char *path, struct err *e)
{
	map->fm_start = *at;
	map->fm_length = UINT64_MAX - *at;
	map->fm_flags = FIEMAP_FLAG_SYNC;
	map->fm_extent_count = EXTENTS;
	map->fm_mapped_extents = 0;
	if (ioctl(fd, FS_IOC_FIEMAP, map) < 0) {
		err_set(e, ERR_UNSUPPORTED, "use a swap partition instead",
			"the file system of %s cannot hold a swap file", path);
		return err_why(e, "it does not say where its files lie");
	}
	for (uint32_t i = 0; i < map->fm_mapped_extents; i++) {
		const struct fiemap_extent *x = &map->fm_extents[i];

		if (x->fe_logical > *at || (x->fe_flags & UNUSABLE))
			return 0;
		*at = x->fe_logical + x->fe_length;
	}
	return 0;
}

static int check_no_holes(int fd, uint64_t bytes, const char *path, struct err *e)
{
	_cleanup_free_ struct fiemap *map = xcalloc(
		1, sizeof(*map) + EXTENTS * sizeof(map->fm_extents[0]));
	uint64_t at = 0, before;

	do {
		int r;

		before = at;
		r = extents_follow(fd, map, &at, path, e);
		if (r < 0)
			return r;
	} while (at > before && at < bytes);
	if (at >= bytes)
		return 0;
	err_set(e, ERR_UNSUPPORTED, "use a swap partition instead",
		"the file system of %s cannot hold a swap file", path);
	return err_why(e, "the file has a hole or shared blocks at byte %" PRIu64, at);
}

static int no_room(int fd, uint64_t bytes, const char *path, struct err *e)
{
	struct statvfs fs;

	err_set(e, ERR_TOO_SMALL, "choose less swap or a larger disk",
		"there is no room for the swap file %s", path);
	if (fstatvfs(fd, &fs) < 0)
		return -ERR_TOO_SMALL;
	return err_why(e, "it needs %s, and %s are free", size_text(bytes).s,
		       size_text((uint64_t)fs.f_bavail * fs.f_frsize).s);
}

/* btrfs swaps only to files that it neither copies on write nor compresses, and takes the flag
 * while the file is empty. Other file systems know no such flag. */
static void no_copy_on_write(int fd)
{
	int attributes = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &attributes) < 0)
		return;
	attributes |= FS_NOCOW_FL;
	(void)ioctl(fd, FS_IOC_SETFLAGS, &attributes);
}

/* The file's blocks, on the disk and nobody else's to read. */
static int fill(int fd, uint64_t bytes, const char *path, struct err *e)
{
	if (fchmod(fd, 0600) < 0)
		return err_errno(e, errno, NULL, "cannot set the mode of %s", path);
	if (ftruncate(fd, 0) < 0)
		return err_errno(e, errno, "is it swapped on?", "cannot empty %s", path);
	no_copy_on_write(fd);
	if (fallocate(fd, 0, 0, (off_t)bytes) < 0) {
		if (errno == ENOSPC || errno == EFBIG)
			return no_room(fd, bytes, path, e);
		return err_errno(e, errno, "use a swap partition instead",
				 "cannot reserve room for %s", path);
	}
	return check_no_holes(fd, bytes, path, e);
}

static int make(const char *path, uint64_t bytes, const char *uuid, proc_line_fn line, void *ctx,
		struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	const char *const argv[] = {"mkswap", "-U", uuid, path, NULL};
	const struct proc mkswap = {.argv = argv, .line = line, .ctx = ctx};
	struct stat st;
	int r;

	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot make the swap file %s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, NULL, "%s is no regular file", path);
	r = fill(fd, bytes, path, e);
	if (r == 0)
		r = proc_run(&mkswap, e);
	if (r == 0 && fdatasync(fd) < 0)
		r = err_errno(e, errno, NULL, "cannot bring %s to the disk", path);
	if (r < 0)
		(void)unlink(path);
	return r;
}

/* Does the kernel list it? It writes paths as they are without symlinks. */
static bool is_on(const char *path)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_free_ char *real = realpath(path, NULL);
	_cleanup_(sys_close) struct sys s = {.rootfd = -1};
	struct strings swaps;
	struct err ignored;

	if (!real || sys_open(&s, NULL, &ignored) < 0)
		return false;
	swaps = swaps_read(&s, a);
	for (size_t i = 0; i < swaps.count; i++)
		if (str_eq(swaps.items[i], real))
			return true;
	return false;
}

int swapfile_make(const char *path, uint64_t bytes, const char *uuid, proc_line_fn line, void *ctx,
		  struct err *e)
{
	int r;

	if (is_on(path))
		return err_set(e, ERR_BUSY, "turn it off first (swapoff)", "%s is swapped on",
			       path);
	r = dirs_make_above(path, e);
	return r < 0 ? r : make(path, bytes, uuid, line, ctx, e);
}

int swap_on(const char *node_or_file, struct err *e)
{
	if (is_on(node_or_file) || swapon(node_or_file, 0) == 0)
		return 0;
	return err_errno(e, errno, "the kernel's log may say more (dmesg)", "cannot swap to %s",
			 node_or_file);
}

int swap_off(const char *node_or_file, struct err *e)
{
	if (!is_on(node_or_file) || swapoff(node_or_file) == 0)
		return 0;
	return err_errno(e, errno, errno == ENOMEM ? "there is too little memory without it" : NULL,
			 "cannot stop swapping to %s", node_or_file);
}
