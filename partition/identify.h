/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identify: the part of disk_identify that only reads sysfs, /proc and udev's database, so that
 * it can be shown a recorded root. */
#pragma once

#include "base/err.h"
#include "base/sys.h"
#include "partition/disk.h"

/* As disk_identify, but for the device node itself, which is neither looked at nor opened. */
int identify_recorded(const struct sys *s, const struct disk_identity *id, struct err *e) nodiscard;
