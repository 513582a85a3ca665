/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shrink: a file system made smaller, with everything in it, to make room behind it. ext4 and btrfs
 * can; xfs and F2FS cannot, and NTFS is left to Windows. Only the file system: its partition's
 * entry is the table's business, afterwards. The node is mounted nowhere that anyone could see it.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/proc.h"
#include "partition/layout.h"

/*
 * The least number of bytes that the file system on the node could have, as its own tool says
 * (resize2fs -P, btrfs inspect-internal min-dev-size); an estimate of what is in it now, so a plan
 * leaves room above it. Both are only read; a btrfs is mounted for the moment of looking.
 * ERR_UNSUPPORTED: cannot be made smaller (the hint says how else; why: it spreads over several
 * disks, is longer than the node, or of a kind that the tools refuse later, once they have
 * written); ERR_MISMATCH: another file system; ERR_BUSY: in use.
 */
int fs_shrink_limit(const char *node, enum fs_kind fs, uint64_t *ret_bytes,
		    struct err *e) nodiscard;

/* Can it be made `bytes` long, or is it no longer than that? Writes nothing. Errors as
 * fs_shrink. */
int fs_shrink_check(const char *node, enum fs_kind fs, uint64_t bytes, struct err *e) nodiscard;

/*
 * Checks the file system (ext4: e2fsck, which mends what needs no decision) and makes it `bytes`
 * long, a multiple of 1 MiB. One that is no longer than that is left as it is, so it can be done
 * again. ERR_TOO_SMALL: less than the limit, with both numbers, and nothing was written; otherwise
 * the errors of fs_shrink_limit, and ERR_TOOL: a tool refused (why: its last line). A failure in
 * the midst of it leaves what the tool leaves: ext4 says so and wants e2fsck, btrfs is whole. The
 * tools go on to their end when this process is cancelled or dies; until then the node is in use.
 */
int fs_shrink(const char *node, enum fs_kind fs, uint64_t bytes, proc_line_fn line, void *ctx,
	      struct err *e) nodiscard;

/* The bytes that the file system has itself, at most the node's. ERR_MISMATCH: not that one. */
int fs_length(const char *node, enum fs_kind fs, uint64_t *ret_bytes, struct err *e) nodiscard;
