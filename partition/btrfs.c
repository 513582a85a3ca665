/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/btrfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Nothing is written then, not even what the log has for it. */
static bool look_only(int fs)
{
	return fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) == 0 &&
	       fsconfig(fs, FSCONFIG_SET_STRING, "rescue", "nologreplay", 0) == 0;
}

int btrfs_open_top(const char *node, bool look)
{
	_cleanup_close_ int fs = fsopen("btrfs", FSOPEN_CLOEXEC);
	_cleanup_close_ int mnt = -1;
	int top;

	/* The top, whatever somebody has made the default of it. */
	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "source", node, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "subvolid", "5", 0) < 0 || (look && !look_only(fs)) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mnt = fsmount(fs, FSMOUNT_CLOEXEC, look ? MOUNT_ATTR_RDONLY : 0);
	if (mnt < 0)
		return -errno;
	/* What fsmount gives is a path only (O_PATH); the call below wants an open directory. */
	top = openat(mnt, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return top < 0 ? -errno : top;
}

int btrfs_make_subvolumes(const struct part *p, const char *node, struct err *e)
{
	_cleanup_close_ int top = -1;

	if (!p->subvolume_count)
		return 0;
	top = btrfs_open_top(node, false);
	if (top < 0)
		return err_errno(e, -top, "the kernel's log may say more (dmesg)",
				 "cannot look into the new btrfs on %s", node);
	for (size_t i = 0; i < p->subvolume_count; i++) {
		struct btrfs_ioctl_vol_args args = {0};

		snprintf(args.name, sizeof(args.name), "%s", p->subvolumes[i].name);
		/* The kernel applies the umask to its mode, and a root that is closed to others is
		 * refused by nixos-install. */
		if (ioctl(top, BTRFS_IOC_SUBVOL_CREATE, &args) < 0 ||
		    fchmodat(top, p->subvolumes[i].name, 0755, 0) < 0)
			return err_errno(e, errno, NULL, "cannot make the subvolume %s on %s",
					 p->subvolumes[i].name, node);
	}
	if (syncfs(top) < 0)
		return err_errno(e, errno, "the disk may be failing",
				 "cannot bring the subvolumes to %s", node);
	return 0;
}

int btrfs_check_subvolume(const char *node, const char *name, struct err *e)
{
	/* linux/include/uapi/linux/btrfs_tree.h: BTRFS_FIRST_FREE_OBJECTID, which no other
	 * directory of a btrfs has. */
	enum { SUBVOLUME_INODE = 256 };
	_cleanup_close_ int top = btrfs_open_top(node, true);
	struct stat st;

	if (top < 0)
		return err_errno(e, -top, "the kernel's log may say more (dmesg)",
				 "cannot look into the btrfs on %s", node);
	name += strspn(name, "/");
	if (fstatat(top, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_ino == SUBVOLUME_INODE)
		return 0;
	return err_set(e, ERR_NOT_FOUND,
		       "mount it and list them (btrfs subvolume list); without \"subvolume\" it is "
		       "the top that is used",
		       "the btrfs on %s has no subvolume %s", node, name);
}
