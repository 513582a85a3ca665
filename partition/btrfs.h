/* SPDX-License-Identifier: GPL-3.0-or-later */
/* btrfs: what is done inside of one, for format.c, shrink.c and table.c only. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "partition/layout.h"

/* The top level's directory on a mount of nobody else's, gone with the descriptor. Or -errno.
 * `look`: nothing is written. */
int btrfs_open_top(const char *node, bool look) nodiscard;

/* Makes the partition's subvolumes. The file system is mounted nowhere that anyone could see it
 * (fsmount(2)): it is gone with this process, whatever becomes of it. */
int btrfs_make_subvolumes(const struct part *p, const char *node, struct err *e) nodiscard;

/* Has it a subvolume of that name, seen from its top? Reads only. ERR_NOT_FOUND: it has none. */
int btrfs_check_subvolume(const char *node, const char *name, struct err *e) nodiscard;
