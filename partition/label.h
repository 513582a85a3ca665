/* SPDX-License-Identifier: GPL-3.0-or-later */
/* label: a fresh GPT written by libparted. The one file that talks to libparted is label.c. */
#pragma once

#include "base/err.h"
#include "partition/layout.h"

/*
 * Writes the protective MBR and both copies of the GPT, with the layout's partitions at exactly
 * their places and under their names; types, GUIDs and attributes are libparted's choice.
 * libparted takes the sector size of a regular file from PARTED_SECTOR_SIZE in the environment.
 */
int label_write(const char *path, const struct layout *l, struct err *e) nodiscard;
