/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "partition/btrfs.h"
#include "partition/device.h"
#include "partition/disk.h"
#include "partition/wipe.h"

static const uint64_t MIB = UINT64_C(1) << 20;

/* The words after the program for each file system; "U", "L" and "N" alone stand for the UUID as
 * the program takes it, the label and the node. XFS takes the UUID as one of several words in one.
 */
static const char *const command_rows[][12] = {
	[FS_NONE] = {NULL},
	[FS_EXT4] = {"-q", "-F", "-U", "U", "-L", "L", "N", NULL},
	[FS_VFAT] = {"-F", "32", "-i", "U", "-n", "L", "N", NULL},
	[FS_SWAP] = {"-U", "U", "-L", "L", "N", NULL},
	[FS_BTRFS] = {"-q", "-f", "-U", "U", "-L", "L", "N", NULL},
	[FS_XFS] = {"-q", "-f", "-m", "U", "-L", "L", "N", NULL},
	[FS_F2FS] = {"-q", "-f", "-U", "U", "-l", "L", "N", NULL},
};

/* mkfs.vfat takes the number without the dash. */
static void uuid_word(const struct part *p, char *ret, size_t size)
{
	if (p->fs == FS_VFAT)
		snprintf(ret, size, "%.4s%.4s", p->fs_uuid, p->fs_uuid + 5);
	else
		snprintf(ret, size, "%s%s", p->fs == FS_XFS ? "uuid=" : "", p->fs_uuid);
}

int format_command(const struct part *p, const char *node, struct format_command *ret,
		   struct err *e)
{
	const char *const *row = command_rows[p->fs], *program = fs_kind_program(p->fs);

	if (!program)
		return err_set(e, ERR_INVALID, NULL, "the %s partition has no file system",
			       part_role_name(p->role));
	if (strlen(node) >= sizeof(ret->node))
		return err_set(e, ERR_INVALID, NULL, "the name %s is too long", node);
	*ret = (struct format_command){0};
	snprintf(ret->node, sizeof(ret->node), "%s", node);
	uuid_word(p, ret->text[0], sizeof(ret->text[0]));
	snprintf(ret->text[1], sizeof(ret->text[1]), "%s", p->fs_label);
	ret->argv[0] = program;
	for (size_t n = 0; row[n]; n++)
		ret->argv[n + 1] = str_eq(row[n], "U")	 ? ret->text[0]
				   : str_eq(row[n], "L") ? ret->text[1]
				   : str_eq(row[n], "N") ? ret->node
							 : row[n];
	return 0;
}

static int check_part_size(int fd, uint64_t wanted, const char *node, struct err *e)
{
	uint64_t bytes = 0;
	int r = node_size(fd, node, &bytes, e);

	if (r < 0 || bytes == wanted)
		return r;
	return err_set(e, ERR_MISMATCH, "look at the disks again and start anew",
		       "%s has %" PRIu64 " bytes and not the %" PRIu64 " of the planned partition",
		       node, bytes, wanted);
}

static int wipe_part(uint64_t size, bool raw, const char *node, struct err *e)
{
	_cleanup_close_ int fd = open(node, O_RDWR | O_EXCL | O_CLOEXEC);
	const struct wipe_keep none = {0};
	int r;

	if (fd < 0 && errno == EBUSY)
		return err_set(e, ERR_BUSY, "unmount it first", "%s is in use", node);
	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot write to %s", node);
	r = wipe_signatures(fd, 0, size, &none, node, e);
	if (r < 0 || !raw)
		return r;
	r = write_zeros(fd, 0, size < MIB ? size : MIB, node, e);
	if (r == 0 && fdatasync(fd) < 0)
		return err_errno(e, errno, "the disk may be failing", "cannot clear %s", node);
	return r;
}

int part_clear(const struct part *p, const char *node, int fd, struct err *e)
{
	int r = check_part_size(fd, p->size, node, e);

	return r < 0 ? r : wipe_part(p->size, false, node, e);
}

int part_format(const struct part *p, const char *node, proc_line_fn line, void *ctx, struct err *e)
{
	/* Held open so that the kernel does not drop the partition under the program. */
	_cleanup_close_ int held = node_open(node, NODE_WAIT_MS, e);
	struct format_command command;
	/* What mkfs.vfat prints first comes last through a pipe. */
	struct proc proc = {.line = line, .ctx = ctx, .banner = "mkfs.fat "};
	int r;

	if (held < 0)
		return held;
	r = check_part_size(held, part_payload(p), node, e);
	if (r == 0)
		r = wipe_part(part_payload(p), p->fs == FS_NONE, node, e);
	if (r < 0 || p->fs == FS_NONE)
		return r;
	r = format_command(p, node, &command, e);
	if (r < 0)
		return r;
	proc.argv = command.argv;
	r = proc_run(&proc, e);
	if (r < 0)
		return err_context(e, "cannot format %s as %s", node, fs_kind_name(p->fs));
	return btrfs_make_subvolumes(p, node, e);
}

static void free_probe(blkid_probe *pr)
{
	if (*pr)
		blkid_free_probe(*pr);
}

static bool value_is(blkid_probe pr, const char *key, const char *wanted)
{
	const char *value = NULL;

	return blkid_probe_lookup_value(pr, key, &value, NULL) == 0 && str_eq(value, wanted);
}

/* size 0: to the end. */
static bool holds(int fd, uint64_t start, uint64_t size, enum fs_kind fs, const char *type,
		  const char *uuid)
{
	_cleanup_(free_probe) blkid_probe pr = fd < 0 ? NULL : blkid_new_probe();
	int found;

	if (!pr || blkid_probe_set_device(pr, fd, (blkid_loff_t)start, (blkid_loff_t)size) != 0)
		return false;
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID);
	found = blkid_do_safeprobe(pr);
	if (fs == FS_NONE)
		return found == 1;
	return found == 0 && value_is(pr, "TYPE", type) && value_is(pr, "UUID", uuid);
}

/* A disk of one file system, or one with partitions; a table without any holds nothing. */
static bool holds_anything(int fd)
{
	_cleanup_(free_probe) blkid_probe pr = blkid_new_probe();
	blkid_partlist list;

	if (!pr || blkid_probe_set_device(pr, fd, 0, 0) != 0)
		return false;
	list = blkid_probe_get_partitions(pr);
	return (list && blkid_partlist_numof_partitions(list) > 0) ||
	       !holds(fd, 0, 0, FS_NONE, NULL, NULL);
}

int disk_check_blank(const char *path, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(e, errno, "is the disk still connected?", "cannot look at %s",
				 path);
	if (!holds_anything(fd))
		return 0;
	err_set(e, ERR_MISMATCH, "look at the disks again (archibald detect) and choose anew",
		"%s is not empty any more", path);
	return err_why(e, "something was written to it after it was chosen");
}

bool part_is_formatted(const struct part *p, const char *node)
{
	_cleanup_close_ int fd = open(node, O_RDONLY | O_CLOEXEC);

	return holds(fd, 0, 0, p->fs, fs_kind_name(p->fs), p->fs_uuid);
}

bool fs_is_there(int fd, const struct part *p, uint64_t start)
{
	return p->encrypted ? holds(fd, start, p->size, p->fs, "crypto_LUKS", p->luks_uuid)
			    : holds(fd, start, p->size, p->fs, fs_kind_name(p->fs), p->fs_uuid);
}
