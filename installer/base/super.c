/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "super.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "str.h"

/* Offsets in the superblocks; all numbers are little-endian. */
enum {
	EXT4_AT = 1024,
	EXT4_BLOCKS_LO = 0x4,
	EXT4_FREE_LO = 0xc,
	EXT4_LOG_BLOCK = 0x18,
	EXT4_MAGIC = 0x38,
	EXT4_COMPAT = 0x5c,
	EXT4_INCOMPAT = 0x60,
	EXT4_RO_COMPAT = 0x64,
	EXT4_JOURNAL_INODE = 0xe0,
	EXT4_BLOCKS_HI = 0x150,
	EXT4_FREE_HI = 0x158,
	EXT4_HAS_JOURNAL = 0x4,
	EXT4_64BIT = 0x80,
	EXT4_BIGALLOC = 0x200,
	EXT4_LOG_BLOCK_MAX = 6,
	BTRFS_AT = 65536,
	BTRFS_MAGIC_AT = 0x40,
	BTRFS_TOTAL_BYTES = 0x70,
	BTRFS_BYTES_USED = 0x78,
	BTRFS_NUM_DEVICES = 0x88,
	BTRFS_SECTOR = 0x90,
	SUPER_SIZE = 1024,
};

static uint64_t get(const unsigned char *at, size_t bytes)
{
	uint64_t n = 0;

	memcpy(&n, at, bytes);
	return le64toh(n);
}

/* resize2fs does not touch the one, and the other cannot be checked by itself. */
static const char *ext4_oddity(const unsigned char *s)
{
	if (get(s + EXT4_RO_COMPAT, 4) & EXT4_BIGALLOC)
		return "it has clusters of blocks (bigalloc)";
	if ((get(s + EXT4_COMPAT, 4) & EXT4_HAS_JOURNAL) && !get(s + EXT4_JOURNAL_INODE, 4))
		return "its journal is on another device";
	return NULL;
}

static bool ext4_take(const unsigned char *s, struct super *ret)
{
	uint64_t blocks = get(s + EXT4_BLOCKS_LO, 4), log = get(s + EXT4_LOG_BLOCK, 4);
	uint64_t unused = get(s + EXT4_FREE_LO, 4);

	if (get(s + EXT4_MAGIC, 2) != 0xef53 || log > EXT4_LOG_BLOCK_MAX)
		return false;
	if (get(s + EXT4_INCOMPAT, 4) & EXT4_64BIT) {
		blocks |= get(s + EXT4_BLOCKS_HI, 4) << 32;
		unused |= get(s + EXT4_FREE_HI, 4) << 32;
	}
	ret->block_bytes = UINT64_C(1024) << log;
	ret->devices = 1;
	ret->oddity = ext4_oddity(s);
	return unused <= blocks && !__builtin_mul_overflow(blocks, ret->block_bytes, &ret->bytes) &&
	       !__builtin_mul_overflow(blocks - unused, ret->block_bytes, &ret->used_bytes);
}

static bool btrfs_take(const unsigned char *s, struct super *ret)
{
	if (memcmp(s + BTRFS_MAGIC_AT, "_BHRfS_M", 8) != 0)
		return false;
	ret->bytes = get(s + BTRFS_TOTAL_BYTES, 8);
	ret->used_bytes = get(s + BTRFS_BYTES_USED, 8);
	ret->devices = get(s + BTRFS_NUM_DEVICES, 8);
	ret->block_bytes = get(s + BTRFS_SECTOR, 4);
	return ret->used_bytes <= ret->bytes;
}

int super_read(int fd, uint64_t offset, const char *type, const char *name, struct super *ret,
	       struct err *e)
{
	bool ext4 = str_eq(type, "ext4"), btrfs = str_eq(type, "btrfs");
	unsigned char bytes[SUPER_SIZE] = {0};
	struct super s = {0};

	if (!ext4 && !btrfs)
		return err_set(e, ERR_UNSUPPORTED, NULL, "%s is no ext4 and no btrfs", name);
	/* What is too short has no magic number. */
	if (pread(fd, bytes, sizeof(bytes), (off_t)(offset + (ext4 ? EXT4_AT : BTRFS_AT))) < 0)
		return err_errno(e, errno, "is the disk still connected?", "cannot read %s", name);
	if (!(ext4 ? ext4_take(bytes, &s) : btrfs_take(bytes, &s)))
		return err_set(e, ERR_MISMATCH, "look at the disks again and start anew",
			       "there is no %s on %s", type, name);
	*ret = s;
	return 0;
}
