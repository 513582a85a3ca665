/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/shrink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/super.h"
#include "partition/btrfs.h"
#include "partition/device.h"

static const uint64_t MIB = UINT64_C(1) << 20;

/* --- what the superblock says ---------------------------------------------------------------- */

/* Of one device, of a kind that its tools make smaller, and no longer than where it is. */
static int check_super(int fd, const char *node, enum fs_kind fs, const struct super *s,
		       struct err *e)
{
	uint64_t size = 0;
	int n = node_size(fd, node, &size, e);

	if (n < 0 || (s->devices == 1 && !s->oddity && s->bytes <= size))
		return n;
	err_set(e, ERR_UNSUPPORTED,
		s->bytes > size ? "have it repaired by its own tools, then start again"
				: "make room with its own tools, then start again",
		"the %s on %s cannot be made smaller here", fs_kind_name(fs), node);
	if (s->devices != 1)
		return err_why(e, "it spreads over %" PRIu64 " devices", s->devices);
	return s->oddity ? err_why(e, "%s", s->oddity)
			 : err_why(e, "it is %s long, and its partition %s", size_text(s->bytes).s,
				   size_text(size).s);
}

static int cannot_shrink(const char *node, enum fs_kind fs, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "copy its files elsewhere, or give the installation another partition",
		       "the %s on %s cannot be made smaller: that file system only grows",
		       fs_kind_name(fs), node);
}

/* What could be made smaller. */
static int read_super(const char *node, enum fs_kind fs, struct super *ret, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int n;

	if (fs != FS_EXT4 && fs != FS_BTRFS)
		return cannot_shrink(node, fs, e);
	fd = open(node, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "is the disk still connected?", "cannot read %s", node);
	n = super_read(fd, 0, fs_kind_name(fs), node, ret, e);
	return n < 0 ? n : check_super(fd, node, fs, ret, e);
}

int fs_length(const char *node, enum fs_kind fs, uint64_t *ret_bytes, struct err *e)
{
	struct super super;
	int n = read_super(node, fs, &super, e);

	if (n == 0)
		*ret_bytes = super.bytes;
	return n;
}

/* --- what its tool says ---------------------------------------------------------------------- */

/* Nobody else has it mounted or open for themselves. */
static int check_unused(const char *node, struct err *e)
{
	_cleanup_close_ int fd = open(node, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd >= 0)
		return 0;
	return errno == EBUSY
		       ? err_set(e, ERR_BUSY, "unmount it, then start again", "%s is in use", node)
		       : err_errno(e, errno, "is the disk still connected?", "cannot open %s",
				   node);
}

static void keep_line(void *ctx, const char *line)
{
	str_addf(ctx, "%s\n", line);
}

/* The first number behind `mark` (NULL: the first of all) in what the program says. */
static int ask_number(const char *const *argv, const char *mark, uint64_t *ret, struct err *e)
{
	_cleanup_str_ struct str out = {0};
	const struct proc p = {.argv = argv, .line = keep_line, .ctx = &out};
	const char *at;
	char *end = NULL;
	uint64_t number;
	int n = proc_run(&p, e);

	if (n < 0)
		return n;
	at = out.s && mark ? strstr(out.s, mark) : out.s;
	at = at && mark ? at + strlen(mark) : at;
	errno = 0;
	number = at ? strtoull(at, &end, 10) : 0;
	if (!at || end == at || errno || !number) {
		err_set(e, ERR_TOOL, "this version of the tool is not known",
			"%s does not say how small the file system could be", argv[0]);
		return err_why(e, "it said: %.400s", out.s ? out.s : "nothing");
	}
	*ret = number;
	return 0;
}

/* resize2fs counts in blocks of the file system. */
static int ext4_limit(const char *node, uint64_t *ret_bytes, struct err *e)
{
	/* With -f also of one that was not unmounted: it is checked before anything is done. */
	const char *const argv[] = {"resize2fs", "-f", "-P", node, NULL};
	struct super super;
	uint64_t blocks;
	int n = read_super(node, FS_EXT4, &super, e);

	if (n == 0)
		n = ask_number(argv, "size of the filesystem: ", &blocks, e);
	if (n == 0 && __builtin_mul_overflow(blocks, super.block_bytes, ret_bytes))
		n = err_set(e, ERR_TOOL, NULL, "resize2fs wants %" PRIu64 " blocks", blocks);
	return n;
}

/* A btrfs that is mounted for us alone, as a path that a child can open: gone with the descriptor,
 * whatever becomes of this process. */
struct btrfs_place {
	int fd;
	char path[64];
	char device[24]; /* its number among the file system's devices */
};

static int btrfs_place_open(const char *node, bool look, struct btrfs_place *ret, struct err *e)
{
	struct btrfs_ioctl_fs_info_args info = {0};
	struct super super;
	int n = read_super(node, FS_BTRFS, &super, e);

	if (n < 0)
		return n;
	ret->fd = btrfs_open_top(node, look);
	if (ret->fd < 0)
		return err_errno(e, -ret->fd, "the kernel's log may say more (dmesg)",
				 "cannot look into the btrfs on %s", node);
	snprintf(ret->path, sizeof(ret->path), "/proc/%d/fd/%d", (int)getpid(), ret->fd);
	if (ioctl(ret->fd, BTRFS_IOC_FS_INFO, &info) < 0) {
		n = err_errno(e, errno, NULL, "cannot ask the btrfs on %s", node);
		close(ret->fd);
		return n;
	}
	snprintf(ret->device, sizeof(ret->device), "%" PRIu64, (uint64_t)info.max_id);
	return 0;
}

static int btrfs_limit_at(const struct btrfs_place *p, uint64_t *ret_bytes, struct err *e)
{
	const char *const argv[] = {
		"btrfs", "inspect-internal", "min-dev-size", "--id", p->device, p->path, NULL};

	return ask_number(argv, NULL, ret_bytes, e);
}

static int btrfs_limit(const char *node, uint64_t *ret_bytes, struct err *e)
{
	struct btrfs_place place;
	int n = btrfs_place_open(node, true, &place, e);

	if (n < 0)
		return n;
	n = btrfs_limit_at(&place, ret_bytes, e);
	close(place.fd);
	return n;
}

int fs_shrink_limit(const char *node, enum fs_kind fs, uint64_t *ret_bytes, struct err *e)
{
	int n = check_unused(node, e);

	if (n < 0)
		return n;
	return fs == FS_EXT4	? ext4_limit(node, ret_bytes, e)
	       : fs == FS_BTRFS ? btrfs_limit(node, ret_bytes, e)
				: cannot_shrink(node, fs, e);
}

/* --- doing it -------------------------------------------------------------------------------- */

static int run_tool(const char *const *argv, proc_line_fn line, void *ctx, struct err *e)
{
	/* Cut off in the midst of it, the file system would have to be mended by hand. */
	const struct proc p = {.argv = argv, .line = line, .ctx = ctx, .whole = true};

	return proc_run(&p, e);
}

/* e2fsck ends with 1 when it mended something; what it left whole is clean the second time. */
static int ext4_check(const char *node, proc_line_fn line, void *ctx, struct err *e)
{
	const char *const argv[] = {"e2fsck", "-f", "-p", node, NULL};
	int n = run_tool(argv, line, ctx, e);

	if (n == -ERR_TOOL)
		n = run_tool(argv, line, ctx, e);
	return n < 0 ? err_context(e, "the file system on %s has to be in order first", node) : 0;
}

static int ext4_shrink(const char *node, uint64_t bytes, proc_line_fn line, void *ctx,
		       struct err *e)
{
	char size[24];
	const char *const argv[] = {"resize2fs", node, size, NULL};

	/* "K" are units of 1024 bytes. */
	snprintf(size, sizeof(size), "%" PRIu64 "K", bytes / 1024);
	return run_tool(argv, line, ctx, e);
}

static int btrfs_shrink(const char *node, uint64_t bytes, proc_line_fn line, void *ctx,
			struct err *e)
{
	struct btrfs_place place;
	char size[64];
	const char *const argv[] = {"btrfs", "filesystem", "resize", size, place.path, NULL};
	int n = btrfs_place_open(node, false, &place, e);

	if (n < 0)
		return n;
	snprintf(size, sizeof(size), "%s:%" PRIu64, place.device, bytes);
	n = run_tool(argv, line, ctx, e);
	if (n == 0 && syncfs(place.fd) < 0)
		n = err_errno(e, errno, "the disk may be failing", "cannot write to %s", node);
	close(place.fd);
	return n;
}

int fs_shrink_check(const char *node, enum fs_kind fs, uint64_t bytes, struct err *e)
{
	uint64_t limit, length = 0;
	int n = bytes % MIB ? err_set(e, ERR_INTERNAL, "give a multiple of 1 MiB",
				      "a file system cannot be made %" PRIu64 " bytes long", bytes)
			    : fs_length(node, fs, &length, e);

	if (n < 0 || length <= bytes)
		return n;
	n = fs_shrink_limit(node, fs, &limit, e);
	if (n < 0 || bytes >= limit)
		return n;
	err_set(e, ERR_TOO_SMALL, "take less from it, or move files away first",
		"the %s on %s cannot be made %s long", fs_kind_name(fs), node, size_text(bytes).s);
	return err_why(e, "what is in it needs %s", size_text(limit).s);
}

int fs_shrink(const char *node, enum fs_kind fs, uint64_t bytes, proc_line_fn line, void *ctx,
	      struct err *e)
{
	uint64_t length = 0;
	int n = fs_shrink_check(node, fs, bytes, e);

	if (n == 0)
		n = fs_length(node, fs, &length, e);
	if (n < 0 || length <= bytes)
		return n;
	if (fs == FS_EXT4)
		n = ext4_check(node, line, ctx, e);
	if (n == 0)
		n = fs == FS_EXT4 ? ext4_shrink(node, bytes, line, ctx, e)
				  : btrfs_shrink(node, bytes, line, ctx, e);
	if (n == 0)
		n = fs_length(node, fs, &length, e);
	if (n == 0 && length > bytes)
		n = err_set(e, ERR_TOOL, "the log has what was said",
			    "the %s on %s is %s long still, not %s", fs_kind_name(fs), node,
			    size_text(length).s, size_text(bytes).s);
	return n;
}
