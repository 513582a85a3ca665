/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel: the partitions of a disk as the running kernel knows them (BLKPG), for table.c only. */
#pragma once

#include "base/err.h"
#include "partition/layout.h"

/* Makes the kernel forget the disk's partitions but for those that the layout keeps. ERR_BUSY, and
 * it knows all of them as before, when one is in use. fd: the open disk. */
int kernel_forget_parts(int fd, const char *path, const struct layout *l, struct err *e) nodiscard;
/* Tells the kernel of the layout's new partitions and waits until each has its device node. */
int kernel_learn_parts(int fd, const char *path, const struct layout *l, unsigned node_timeout_ms,
		       struct err *e) nodiscard;
/* Tells the kernel of a partition's new size, in use or not. A regular file has no kernel to tell.
 */
int kernel_resize_part(int fd, const char *path, uint32_t number, uint64_t start, uint64_t size,
		       struct err *e) nodiscard;
