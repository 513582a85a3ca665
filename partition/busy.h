/* SPDX-License-Identifier: GPL-3.0-or-later */
/* busy: who keeps a file system from being unmounted, for the error that says so. */
#pragma once

#include "base/mem.h"
#include "base/mountinfo.h"

/* "process 812 (bash) with /mnt/etc", or what else it is; from the arena, never NULL. */
const char *mount_user(struct arena *a, const struct mount *m);
