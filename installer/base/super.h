/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * super: how long a file system is and how much of it is used, as its superblock says: read from
 * the device as it is, without mounting it. Of those that can be made smaller: ext4 and btrfs.
 * Documentation/filesystems/ext4/super.rst and fs/btrfs/accessors.h of the kernel.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

struct super {
	uint64_t bytes;	      /* that the file system has */
	uint64_t used_bytes;  /* of them, as counted when it was last written */
	uint64_t block_bytes; /* ext4: what its tools count in; btrfs: its sector */
	uint64_t devices;     /* btrfs: over which it spreads; ext4: 1 */
	const char *oddity;   /* why its tools do not make it smaller; NULL: nothing known */
};

/* The file system of that type ("ext4" or "btrfs", as blkid names it) that begins at byte `offset`
 * of the open file. ERR_MISMATCH: it is not there; ERR_UNSUPPORTED: another type; ERR_IO. `name` is
 * for the messages. */
int super_read(int fd, uint64_t offset, const char *type, const char *name, struct super *ret,
	       struct err *e) nodiscard;
