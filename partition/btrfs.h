/* SPDX-License-Identifier: GPL-3.0-or-later */
/* btrfs: the subvolumes of a fresh file system, for format.c only. */
#pragma once

#include "base/err.h"
#include "partition/layout.h"

/* Makes the partition's subvolumes. The file system is mounted nowhere that anyone could see it
 * (fsmount(2)): it is gone with this process, whatever becomes of it. */
int btrfs_make_subvolumes(const struct part *p, const char *node, struct err *e) nodiscard;
