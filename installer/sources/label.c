/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * label: a file of a file system known by its label. The file system is mounted without a place in
 * the tree (fsmount(2)), read-only, and is gone with its file descriptor: nobody else sees it, and
 * nothing is left behind when this process ends early.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/str.h"
#include "sources/sources.h"

/* What answers are kept on. The options keep "read-only" from writing: a journal is not replayed.
 */
static const struct {
	const char *probed, *driver, *option;
} drivers[] = {
	{"vfat", "vfat", NULL},	      {"exfat", "exfat", NULL},	  {"iso9660", "iso9660", NULL},
	{"ext4", "ext4", "noload"},   {"ext3", "ext4", "noload"}, {"ext2", "ext4", NULL},
	{"xfs", "xfs", "norecovery"},
};

struct volume {
	const char *device, *type, *mounted; /* mounted: where it is already, or NULL */
};

static void consider(struct volume *found, size_t *count, const char *label, const char *wanted,
		     struct volume v)
{
	/* FAT knows capitals only. Elsewhere they count: the root of an installed system is
	 * labelled "archibald", and is no medium with answers. */
	bool same = label && v.type &&
		    (str_eq(v.type, "vfat") ? strcasecmp(label, wanted) == 0
					    : str_eq(label, wanted));

	if (!same)
		return;
	*found = v;
	(*count)++;
}

static const char *first_mount(const struct strings *mounts)
{
	return mounts->count ? mounts->items[0] : NULL;
}

static bool is_among(const struct strings *list, const char *s)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (str_eq(list->items[i], s))
			return true;
	return false;
}

static size_t find(const struct facts *f, const char *label, const struct strings *without,
		   struct volume *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < f->disks.count; i++) {
		const struct disk *d = &f->disks.items[i];

		if (is_among(without, d->path))
			continue;
		consider(ret, &count, d->fs_label, label,
			 (struct volume){d->path, d->fs_type, first_mount(&d->mounts)});
		for (size_t j = 0; j < d->partitions.count; j++) {
			const struct partition *p = &d->partitions.items[j];

			consider(ret, &count, p->fs_label, label,
				 (struct volume){p->path, p->fs_type, first_mount(&p->mounts)});
		}
	}
	return count;
}

/* A mount without a place; -errno. */
static int mount_detached(const char *device, const char *driver, const char *option)
{
	_cleanup_close_ int context = fsopen(driver, FSOPEN_CLOEXEC);
	int n = 0, fd;

	if (context < 0)
		return -errno;
	if (fsconfig(context, FSCONFIG_SET_STRING, "source", device, 0) < 0 ||
	    fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		n = -errno;
	if (n == 0 && option && fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0) < 0)
		n = -errno;
	if (n == 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		n = -errno;
	if (n < 0)
		return n;
	fd = fsmount(context, FSMOUNT_CLOEXEC,
		     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_volume(const struct volume *v, const char *label, int *ret, struct err *e)
{
	int fd = -EOPNOTSUPP;

	if (v->mounted) {
		fd = open(v->mounted, O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	for (size_t i = 0; i < ARRAY_SIZE(drivers) && !v->mounted; i++)
		if (str_eq(v->type, drivers[i].probed))
			fd = mount_detached(v->device, drivers[i].driver, drivers[i].option);
	if (fd < 0)
		return err_errno(e, -fd,
				 fd == -EPERM ? "only root may read a file system by its label"
					      : "vfat, exfat, iso9660, ext4 and xfs can be read",
				 "cannot read %s (%s, labelled %s)", v->device, v->type, label);
	*ret = fd;
	return 0;
}

int label_open(const struct facts *f, const char *label, const struct strings *without, int *ret,
	       struct err *e)
{
	struct volume v = {0};
	size_t count = find(f, label, without, &v);

	if (count == 0)
		return err_set(e, ERR_NOT_FOUND, "archibald detect shows the labels",
			       "there is no file system labelled %s", label);
	if (count > 1)
		return err_set(e, ERR_MISMATCH, "take all but one out of the machine",
			       "%zu file systems are labelled %s", count, label);
	return open_volume(&v, label, ret, e);
}

int label_read(const struct facts *f, const char *label, const char *path, struct secret *ret,
	       struct err *e)
{
	_cleanup_free_ char *shown = xasprintf("label:%s/%s", label, path);
	_cleanup_close_ int fd = -1;
	int n = label_open(f, label, NULL, &fd, e);

	return n < 0 ? n : file_read(fd, path, shown, 0, ret, e);
}
