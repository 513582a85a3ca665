/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fat.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/super.h"
#include "partition/btrfs.h"
#include "partition/device.h"
#include "partition/disk.h"
#include "partition/gpt.h"
#include "partition/kernel.h"
#include "partition/label.h"
#include "partition/wipe.h"

static const uint64_t MIB = UINT64_C(1) << 20;
/* udev holds its lock for the moment of a probe; there is no event for a lock's release. */
enum { LOCK_WAIT_MS = 10000, LOCK_RETRY_MS = 20 };

/* Both copies, read into memory. */
struct tables {
	struct gpt_copy primary, backup;
};

static void tables_free(struct tables *t)
{
	free(t->primary.header);
	free(t->primary.table);
	free(t->backup.header);
	free(t->backup.table);
}

static bool read_at(int fd, void *bytes, size_t n, uint64_t at)
{
	char *b = bytes;

	while (n) {
		ssize_t done = pread(fd, b, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		b += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return true;
}

static bool copy_read(int fd, struct gpt_copy *c)
{
	c->header = xcalloc(1, c->sector_bytes);
	c->table = xcalloc(1, GPT_TABLE_BYTES);
	return read_at(fd, c->header, c->sector_bytes, c->header_lba * c->sector_bytes) &&
	       read_at(fd, c->table, GPT_TABLE_BYTES, c->table_lba * c->sector_bytes);
}

static bool tables_read(int fd, const struct layout *l, struct tables *t)
{
	t->primary = gpt_primary(l->disk_bytes, l->sector_bytes);
	t->backup = gpt_backup(l->disk_bytes, l->sector_bytes);
	return copy_read(fd, &t->primary) && copy_read(fd, &t->backup);
}

static int copy_write(int fd, const struct gpt_copy *c, const char *path, struct err *e)
{
	int r = write_at(fd, c->table, GPT_TABLE_BYTES, c->table_lba * c->sector_bytes, path, e);

	if (r < 0)
		return r;
	return write_at(fd, c->header, c->sector_bytes, c->header_lba * c->sector_bytes, path, e);
}

static int retouch(int fd, const char *path, const struct layout *l, struct err *e)
{
	_cleanup_(tables_free) struct tables t = {0};
	int r;

	if (!tables_read(fd, l, &t))
		return err_errno(e, errno ? errno : EIO, "the disk may be failing",
				 "cannot read back the partition table of %s", path);
	r = gpt_retouch(&t.primary, &t.backup, l, e);
	if (r < 0)
		return err_context(e, "%s", path);
	r = copy_write(fd, &t.backup, path, e);
	return r < 0 ? r : copy_write(fd, &t.primary, path, e);
}

/* The exclusive claim of the disk, which keeps others from mounting it, and udev's lock. */
static int guard_open(const char *path, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	uint64_t end = clock_ms() + LOCK_WAIT_MS;
	int ret;

	if (fd < 0 && errno == EBUSY)
		return err_set(e, ERR_BUSY, "unmount it, or choose another disk", "%s is in use",
			       path);
	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot open %s", path);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_errno(e, errno, NULL, "cannot lock %s", path);
		if (clock_ms() >= end)
			return err_set(e, ERR_BUSY, "close other partitioning programs",
				       "another program holds the lock on %s", path);
		(void)poll(NULL, 0, LOCK_RETRY_MS);
	}
	ret = fd;
	fd = -1;
	return ret;
}

/* The disk must be the one that the layout was made for. */
static int check_size(int fd, const char *path, const struct layout *l, bool *ret_block,
		      struct err *e)
{
	uint64_t bytes = 0;
	int sector = (int)l->sector_bytes, r = node_size(fd, path, &bytes, e);
	struct stat st;

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, NULL, "cannot look at %s", path);
	if (S_ISBLK(st.st_mode) && ioctl(fd, BLKSSZGET, &sector) < 0)
		return err_errno(e, errno, NULL, "cannot read the sector size of %s", path);
	if (bytes != l->disk_bytes || sector != (int)l->sector_bytes)
		return err_set(e, ERR_MISMATCH, "look at the disks again and start anew",
			       "%s has %" PRIu64 " bytes in sectors of %d, not %" PRIu64
			       " in sectors of %" PRIu32,
			       path, bytes, sector, l->disk_bytes, l->sector_bytes);
	*ret_block = S_ISBLK(st.st_mode);
	return 0;
}

/* Whatever was in the places of new partitions before. */
static int wipe_parts(int fd, const char *path, const struct layout *l, struct err *e)
{
	const struct wipe_keep none = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->count; i++)
		if (l->parts[i].fate == FATE_CREATE)
			r = wipe_signatures(fd, l->parts[i].start, l->parts[i].size, &none, path,
					    e);
	return r;
}

static int sync_disk(int fd, const char *path, struct err *e)
{
	if (fdatasync(fd) < 0)
		return err_errno(e, errno, "the disk may be failing",
				 "cannot bring the partition table to %s", path);
	return 0;
}

static int read_sound(int fd, const char *path, const struct layout *l, struct tables *t,
		      struct err *e)
{
	int r;

	if (!tables_read(fd, l, t))
		return err_errno(e, errno ? errno : EIO, "the disk may be failing",
				 "cannot read the partition table of %s", path);
	r = gpt_verify(&t->primary, e);
	if (r == 0)
		r = gpt_verify(&t->backup, e);
	if (r == 0)
		return 0;
	snprintf(e->hint, sizeof(e->hint),
		 "have it repaired first, for example with gdisk (v, then w), or choose another "
		 "disk");
	return err_context(e, "%s", path);
}

/* The copies one after the other, each on the disk before the next: one of them is always sound.
 * Nothing is written where the table is as planned already. */
static int add_entries(int fd, const char *path, const struct layout *l, struct err *e)
{
	_cleanup_(tables_free) struct tables t = {0};
	int r = read_sound(fd, path, l, &t, e);

	if (r < 0)
		return r;
	if (gpt_matches(&t.primary, l) && gpt_matches(&t.backup, l))
		return 0;
	r = gpt_add(&t.primary, &t.backup, l, e);
	if (r < 0)
		return err_context(e, "%s", path);
	r = wipe_parts(fd, path, l, e);
	if (r == 0)
		r = copy_write(fd, &t.backup, path, e);
	if (r == 0)
		r = sync_disk(fd, path, e);
	if (r == 0)
		r = copy_write(fd, &t.primary, path, e);
	return r < 0 ? r : sync_disk(fd, path, e);
}

/* Old boot code, what lies behind the last partition, and old signatures. In this order, as
 * libblkid waits for the disk after each signature that it clears. */
static int wipe(int fd, const char *path, const struct layout *l, struct err *e)
{
	uint64_t gpt_end = gpt_primary_end(l->sector_bytes), used_end = MIB;
	struct wipe_keep keep = {0};
	int r;

	if (l->keep_bytes > gpt_end)
		keep = (struct wipe_keep){gpt_end, l->keep_bytes};
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].start + l->parts[i].size > used_end)
			used_end = l->parts[i].start + l->parts[i].size;
	r = write_zeros(fd, 0, l->keep_bytes ? gpt_end : MIB, path, e);
	if (r == 0)
		r = write_zeros(fd, used_end, l->disk_bytes, path, e);
	if (r == 0)
		r = wipe_signatures(fd, 0, l->disk_bytes, &keep, path, e);
	return r < 0 ? r : wipe_parts(fd, path, l, e);
}

/* Everything that is written, done and on the disk when this returns. udev looks at a disk when
 * a writable descriptor closes: this one's closes under the caller's lock. */
static int write_all(const char *path, const struct layout *l, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_errno(e, errno, "is it write-protected?", "cannot write to %s", path);
	if (l->keep_table)
		return add_entries(fd, path, l, e);
	r = wipe(fd, path, l, e);
	if (r == 0)
		r = label_write(path, l, e);
	if (r == 0)
		r = retouch(fd, path, l, e);
	return r < 0 ? r : sync_disk(fd, path, e);
}

static bool is_made(const struct layout *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].fate == FATE_CREATE)
			return true;
	return false;
}

/* Has a run that was cut off begun already? Then the room that it took is its own. */
static bool is_begun(int fd, const struct layout *l, const struct tables *t)
{
	if (is_made(l))
		return gpt_matches(&t->primary, l);
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].fate == FATE_FORMAT &&
		    fs_is_there(fd, &l->parts[i], l->parts[i].start))
			return true;
	return false;
}

static int check_fs_room(int fd, const char *path, const struct part *p, struct err *e)
{
	struct fat_info fat;
	int r = fat_read(fd, p->start, &fat, e);

	if (r < 0)
		return err_context(e, "partition %" PRIu32 " of %s", p->number, path);
	if (fat.free_bytes >= p->room_bytes)
		return 0;
	return err_set(e, ERR_TOO_SMALL, "make room in it, or look at the disks again",
		       "partition %" PRIu32 " of %s (%s) has %s free and needs %s", p->number, path,
		       part_role_name(p->role), size_text(fat.free_bytes).s,
		       size_text(p->room_bytes).s);
}

static int check_kept_part(int fd, const char *path, const struct part *p, bool begun,
			   struct err *e)
{
	if ((p->fate != FATE_KEEP && p->fate != FATE_SHRINK) || p->fs == FS_NONE)
		return 0;
	if (!fs_is_there(fd, p, p->start))
		return err_set(e, ERR_MISMATCH, "look at the disks again and choose anew",
			       "partition %" PRIu32 " of %s does not hold the %s %s any more",
			       p->number, path, fs_kind_name(p->fs), p->fs_uuid);
	return p->room_bytes && !begun ? check_fs_room(fd, path, p, e) : 0;
}

/* What was written by a partition's node is not seen through the disk's own: each has its pages in
 * the kernel's cache. Without the right to it, or on a file, there is nothing to be dropped. */
static void look_anew(int fd)
{
	(void)ioctl(fd, BLKFLSBUF, 0);
}

static int check_copies(const struct tables *t, const struct layout *l, struct err *e)
{
	int r = gpt_check_kept(&t->primary, l, e);

	if (r < 0)
		return r;
	r = gpt_check_kept(&t->backup, l, e);
	/* The kernel shows the primary: to look at the disks again would be of no use. */
	if (r == -ERR_MISMATCH)
		snprintf(e->hint, sizeof(e->hint),
			 "only the table's backup is another one: go on with the answers of the "
			 "run that was cut off, or have it repaired with gdisk (w)");
	return r;
}

static int check_kept(int fd, const char *path, const struct layout *l, struct err *e)
{
	_cleanup_(tables_free) struct tables t = {0};
	bool begun;
	int r;

	look_anew(fd);
	r = read_sound(fd, path, l, &t, e);
	if (r < 0)
		return r;
	r = check_copies(&t, l, e);
	if (r < 0)
		return err_context(e, "%s", path);
	begun = is_begun(fd, l, &t);
	for (size_t i = 0; i < l->count && r == 0; i++)
		r = check_kept_part(fd, path, &l->parts[i], begun, e);
	return r;
}

/* No entry is ever made smaller than what lies in it. */
static int check_fits(int fd, const char *path, const struct layout *l, struct err *e)
{
	const struct part *p = layout_shrunk(l);
	struct super super;
	int r;

	if (!p)
		return 0;
	r = super_read(fd, p->start, fs_kind_name(p->fs), path, &super, e);
	if (r < 0 || super.bytes <= p->size)
		return r < 0 ? r : 0;
	return err_set(e, ERR_TOO_SMALL, "the file system has to be made smaller first",
		       "partition %" PRIu32 " of %s cannot be made %s long: its %s has %s",
		       p->number, path, size_text(p->size).s, fs_kind_name(p->fs),
		       size_text(super.bytes).s);
}

/* The one of a kept btrfs that is to be mounted. */
static int check_subvolume(const char *path, const struct part *p, struct err *e)
{
	_cleanup_close_ int held = -1;
	char node[128];

	if (p->fate != FATE_KEEP || p->fs != FS_BTRFS || !p->subvolume_count)
		return 0;
	held = disk_part_open(path, p->number, NODE_WAIT_MS, node, sizeof(node), e);
	return held < 0 ? held : btrfs_check_subvolume(node, p->subvolumes[0].name, e);
}

int disk_check_kept(const char *path, const struct layout *l, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_block;
	int r;

	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot open %s", path);
	r = check_size(fd, path, l, &is_block, e);
	if (r == 0)
		r = check_kept(fd, path, l, e);
	for (size_t i = 0; i < l->count && r == 0 && is_block; i++)
		r = check_subvolume(path, &l->parts[i], e);
	return r;
}

int disk_write_table(const char *path, const struct layout *l, unsigned node_timeout_ms,
		     struct err *e)
{
	_cleanup_close_ int guard = guard_open(path, e);
	bool is_block = false;
	int r;

	if (guard < 0)
		return guard;
	r = check_size(guard, path, l, &is_block, e);
	if (r == 0 && l->keep_table)
		r = check_kept(guard, path, l, e);
	if (r == 0)
		r = check_fits(guard, path, l, e);
	if (r < 0 || !layout_changes_table(l))
		return r;
	if (is_block) {
		r = kernel_forget_parts(guard, path, l, e);
		if (r < 0)
			return r;
	}
	r = write_all(path, l, e);
	if (r < 0 || !is_block)
		return r;
	return kernel_learn_parts(guard, path, l, node_timeout_ms, e);
}

bool disk_has_table(const char *path, const struct layout *l)
{
	_cleanup_(tables_free) struct tables t = {0};
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct err ignored;
	bool is_block;

	if (fd < 0 || check_size(fd, path, l, &is_block, &ignored) < 0)
		return false;
	return tables_read(fd, l, &t) && gpt_verify(&t.primary, &ignored) == 0 &&
	       gpt_verify(&t.backup, &ignored) == 0 && gpt_matches(&t.primary, l) &&
	       gpt_matches(&t.backup, l);
}
