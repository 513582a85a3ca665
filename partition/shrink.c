/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/shrink.h"

#include <endian.h>
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
#include "partition/btrfs.h"

static const uint64_t MIB = UINT64_C(1) << 20;

/* --- what the superblock says ---------------------------------------------------------------- */

/*
 * Documentation/filesystems/ext4/super.rst and fs/btrfs/accessors.h of the kernel: offsets in the
 * superblock, little-endian.
 */
enum {
	EXT4_AT = 1024,
	EXT4_BLOCKS_LO = 0x4,
	EXT4_LOG_BLOCK = 0x18,
	EXT4_MAGIC = 0x38,
	EXT4_INCOMPAT = 0x60,
	EXT4_BLOCKS_HI = 0x150,
	EXT4_64BIT = 0x80,
	EXT4_LOG_BLOCK_MAX = 6,
	BTRFS_AT = 65536,
	BTRFS_MAGIC_AT = 0x40,
	BTRFS_TOTAL_BYTES = 0x70,
	BTRFS_NUM_DEVICES = 0x88,
	SUPER_SIZE = 1024,
};

static uint64_t get(const unsigned char *at, size_t bytes)
{
	uint64_t n = 0;

	memcpy(&n, at, bytes);
	return le64toh(n);
}

static int read_super(const char *node, off_t at, unsigned char *ret, struct err *e)
{
	_cleanup_close_ int fd = open(node, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, ret, SUPER_SIZE, at);

	if (n < 0)
		return err_errno(e, errno, "is the disk still connected?", "cannot read %s", node);
	if (n < SUPER_SIZE)
		memset(ret + n, 0, (size_t)(SUPER_SIZE - n));
	return 0;
}

static int other_file_system(const char *node, enum fs_kind fs, struct err *e)
{
	return err_set(e, ERR_MISMATCH, "look at the disks again and start anew",
		       "there is no %s on %s", fs_kind_name(fs), node);
}

static int ext4_length(const char *node, uint64_t *ret_bytes, uint64_t *ret_block, struct err *e)
{
	unsigned char super[SUPER_SIZE];
	uint64_t blocks, log;
	int n = read_super(node, EXT4_AT, super, e);

	if (n < 0)
		return n;
	log = get(super + EXT4_LOG_BLOCK, 4);
	if (get(super + EXT4_MAGIC, 2) != 0xef53 || log > EXT4_LOG_BLOCK_MAX)
		return other_file_system(node, FS_EXT4, e);
	blocks = get(super + EXT4_BLOCKS_LO, 4);
	if (get(super + EXT4_INCOMPAT, 4) & EXT4_64BIT)
		blocks |= get(super + EXT4_BLOCKS_HI, 4) << 32;
	*ret_block = UINT64_C(1024) << log;
	*ret_bytes = blocks * *ret_block;
	return 0;
}

static int btrfs_length(const char *node, uint64_t *ret_bytes, struct err *e)
{
	unsigned char super[SUPER_SIZE];
	int n = read_super(node, BTRFS_AT, super, e);

	if (n < 0)
		return n;
	if (memcmp(super + BTRFS_MAGIC_AT, "_BHRfS_M", 8) != 0)
		return other_file_system(node, FS_BTRFS, e);
	if (get(super + BTRFS_NUM_DEVICES, 8) != 1) {
		err_set(e, ERR_UNSUPPORTED, "make room with btrfs's own tools, then start again",
			"the btrfs on %s cannot be made smaller here", node);
		return err_why(e, "it spreads over %" PRIu64 " devices",
			       get(super + BTRFS_NUM_DEVICES, 8));
	}
	*ret_bytes = get(super + BTRFS_TOTAL_BYTES, 8);
	return 0;
}

static int cannot_shrink(const char *node, enum fs_kind fs, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "copy its files elsewhere, or give the installation another partition",
		       "the %s on %s cannot be made smaller: that file system only grows",
		       fs_kind_name(fs), node);
}

int fs_length(const char *node, enum fs_kind fs, uint64_t *ret_bytes, struct err *e)
{
	uint64_t block;

	return fs == FS_EXT4	? ext4_length(node, ret_bytes, &block, e)
	       : fs == FS_BTRFS ? btrfs_length(node, ret_bytes, e)
				: cannot_shrink(node, fs, e);
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
	const char *const argv[] = {"resize2fs", "-P", node, NULL};
	uint64_t length, block, blocks;
	int n = ext4_length(node, &length, &block, e);

	if (n == 0)
		n = ask_number(argv, "size of the filesystem: ", &blocks, e);
	if (n == 0 && __builtin_mul_overflow(blocks, block, ret_bytes))
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

static int btrfs_place_open(const char *node, struct btrfs_place *ret, struct err *e)
{
	struct btrfs_ioctl_fs_info_args info = {0};
	uint64_t length;
	int n = btrfs_length(node, &length, e);

	if (n < 0)
		return n;
	ret->fd = btrfs_open_top(node);
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
	int n = btrfs_place_open(node, &place, e);

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
	const struct proc p = {.argv = argv, .line = line, .ctx = ctx};

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
	int n = btrfs_place_open(node, &place, e);

	if (n < 0)
		return n;
	snprintf(size, sizeof(size), "%s:%" PRIu64, place.device, bytes);
	n = run_tool(argv, line, ctx, e);
	if (n == 0 && syncfs(place.fd) < 0)
		n = err_errno(e, errno, "the disk may be failing", "cannot write to %s", node);
	close(place.fd);
	return n;
}

static int check_limit(const char *node, enum fs_kind fs, uint64_t bytes, struct err *e)
{
	uint64_t limit;
	int n = fs_shrink_limit(node, fs, &limit, e);

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
	int n = bytes % MIB ? err_set(e, ERR_INTERNAL, "give a multiple of 1 MiB",
				      "a file system cannot be made %" PRIu64 " bytes long", bytes)
			    : fs_length(node, fs, &length, e);

	if (n < 0 || length <= bytes)
		return n;
	n = check_limit(node, fs, bytes, e);
	if (n == 0 && fs == FS_EXT4)
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
