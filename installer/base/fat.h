/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fat: how full a FAT file system is, and whose boot loaders lie on it, read from the device as it
 * is, without mounting it. For EFI system partitions that somebody else made. Microsoft's
 * "FAT: General Overview of On-Disk Format" (fatgen103).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct fat_info {
	uint64_t total_bytes, free_bytes; /* of its clusters, counted in the FAT itself */
	bool has_nixos, has_windows;	  /* \EFI\nixos, \EFI\Microsoft */
};

/* The file system that begins at byte `offset` of the open file. ERR_INVALID when there is none or
 * it is damaged, ERR_UNSUPPORTED when it is far too large for what is asked here, ERR_IO. */
int fat_read(int fd, uint64_t offset, struct fat_info *ret, struct err *e) nodiscard;
