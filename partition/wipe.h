/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wipe: old signatures (file systems, RAID, LVM, partition tables), found and cleared by libblkid
 * so that nothing of the disk's former life is recognised later.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

/* Bytes [from, to) of the whole device that must not change; from == to: none. */
struct wipe_keep {
	uint64_t from, to;
};

/* Clears the signatures libblkid finds when it looks at [start, start + size) of the open device,
 * and where a pool of ZFS would have its labels, if one fitted: nothing in the range is wanted but
 * what is kept. `name` is for errors. */
int wipe_signatures(int fd, uint64_t start, uint64_t size, const struct wipe_keep *keep,
		    const char *name, struct err *e) nodiscard;
