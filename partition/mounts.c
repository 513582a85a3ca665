/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/mountinfo.h"
#include "base/str.h"
#include "partition/busy.h"
#include "partition/device.h"
#include "partition/dirs.h"
#include "partition/disk.h"

/* A process that lets go of a file system makes no event. */
enum { UNMOUNT_RETRY_MS = 50 };

/* Options that mount(2) takes as flags; the others are the file system's own words. */
static const struct flag {
	const char *name;
	unsigned long flag;
} flags[] = {
	{"noatime", MS_NOATIME},
	{"nodev", MS_NODEV},
	{"noexec", MS_NOEXEC},
	{"nosuid", MS_NOSUID},
};

static unsigned long flag_of(const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (str_eq(flags[i].name, option))
			return flags[i].flag;
	return 0;
}

static void split_options(const struct mount_point *m, unsigned long *ret_flags, struct str *data)
{
	struct mount_options options;

	mount_point_options(m, &options);
	*ret_flags = 0;
	for (const char *const *o = options.words; *o; o++) {
		unsigned long flag = flag_of(*o);

		*ret_flags |= flag;
		if (!flag)
			str_addf(data, "%s%s", data->len ? "," : "", *o);
	}
}

static struct mounts current_mounts(struct arena *a)
{
	_cleanup_(sys_close) struct sys s = {.rootfd = -1};
	struct mounts none = {0};
	struct err ignored;

	return sys_open(&s, NULL, &ignored) < 0 ? none : mountinfo_read(&s, a);
}

/* The device of a mounted file system; btrfs has numbers of its own, and names the device. */
static bool is_of_device(const struct mount *m, dev_t device)
{
	struct stat st;

	if (m->major)
		return m->major == major(device) && m->minor == minor(device);
	return m->source[0] == '/' && stat(m->source, &st) == 0 && st.st_rdev == device;
}

/* Is that device, or that subvolume of it, what one sees at the path already (a resumed
 * installation)? */
static bool is_mounted_at(int node_fd, const struct mount_point *m, const char *path)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct mounts mounts = current_mounts(a);
	const struct mount *top = NULL;
	struct stat st;

	for (size_t i = 0; i < mounts.count; i++)
		if (str_eq(mounts.items[i].point, path))
			top = &mounts.items[i];
	return top && fstat(node_fd, &st) == 0 && S_ISBLK(st.st_mode) &&
	       is_of_device(top, st.st_rdev) &&
	       str_eq(top->root + strspn(top->root, "/"), m->subvolume ? m->subvolume : "");
}

int part_mount(const struct mount_point *m, const char *node, const char *root, struct err *e)
{
	const struct part *p = m->part;
	_cleanup_close_ int held = node_open(node, NODE_WAIT_MS, e);
	_cleanup_free_ char *wanted = xasprintf("%s%s", root, m->where), *path = NULL;
	_cleanup_str_ struct str data = {0};
	unsigned long mount_flags;
	int r;

	if (held < 0)
		return held;
	r = dirs_make(wanted, e);
	if (r < 0)
		return r;
	path = realpath(wanted, NULL);
	if (!path)
		return err_errno(e, errno, NULL, "cannot find %s", wanted);
	if (is_mounted_at(held, m, path))
		return 0;
	split_options(m, &mount_flags, &data);
	if (mount(node, path, fs_kind_name(p->fs), mount_flags, str_get(&data)) < 0)
		return err_errno(e, errno, "the kernel's log may say more (dmesg)",
				 "cannot mount %s (%s) at %s", node, fs_kind_name(p->fs), path);
	return 0;
}

static bool has_child(const struct mounts *mounts, const struct mount *m)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->items[i].parent == m->id && &mounts->items[i] != m)
			return true;
	return false;
}

/* The mount to take away next: at or below root, and nothing mounted on it. NULL: all gone. */
static const struct mount *next_unmount(const struct mounts *mounts, const char *root)
{
	for (size_t i = mounts->count; i-- > 0;) {
		const struct mount *m = &mounts->items[i];

		if (path_is_below(m->point, root) && !has_child(mounts, m))
			return m;
	}
	return NULL;
}

static int still_busy(struct arena *a, const struct mount *m, struct err *e)
{
	err_set(e, ERR_BUSY, "end that program and try again", "cannot unmount %s", m->point);
	return err_why(e, "%s", mount_user(a, m));
}

int tree_unmount(const char *root, unsigned timeout_ms, struct err *e)
{
	_cleanup_free_ char *path = realpath(root, NULL);
	uint64_t end = clock_ms() + timeout_ms;

	if (!path)
		return errno == ENOENT ? 0 : err_errno(e, errno, NULL, "cannot find %s", root);
	if (str_eq(path, "/"))
		return err_set(e, ERR_INVALID, NULL, "the running system cannot be unmounted");
	for (;;) {
		_cleanup_arena_ struct arena *a = arena_new();
		struct mounts mounts = current_mounts(a);
		const struct mount *m = next_unmount(&mounts, path);

		if (!m)
			return 0;
		if (umount2(m->point, UMOUNT_NOFOLLOW) == 0)
			continue;
		if (errno != EBUSY)
			return err_errno(e, errno, NULL, "cannot unmount %s", m->point);
		if (clock_ms() >= end)
			return still_busy(a, m, e);
		(void)poll(NULL, 0, UNMOUNT_RETRY_MS);
	}
}

int tree_sync(const char *path, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot open %s", path);
	if (syncfs(fd) < 0)
		return err_errno(e, errno, "the disk may be failing or full",
				 "cannot bring %s to the disk", path);
	return 0;
}
