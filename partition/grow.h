/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grow: the last partition of a disk in use is extended: in both copies of a GPT, one after the
 * other, or in the one sector of a DOS table. */
#pragma once

#include <stdint.h>

#include "base/err.h"

/*
 * Extends partition `number`, which begins at byte `start`, to end before byte `end`; its identity,
 * type and everything else in the table stay. A GPT whose backup is not at the disk's end, as on a
 * medium that an image was written to, is put right on the way. Mounted partitions may be extended;
 * the kernel learns the new size at once. One that ends there already is fine, so it can be done
 * again. ERR_MISMATCH when the partition is not where it was said to be, ERR_INVALID when it would
 * shrink; nothing was written then.
 */
int disk_grow_part(const char *path, uint32_t number, uint64_t start, uint64_t end,
		   struct err *e) nodiscard;
