/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * storage: the layouts of all disks of an installation together. Pure: from layouts to what is done
 * in which order and to what is mounted where, the same for the installation and for the installed
 * system.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "partition/layout.h"

enum { STORAGE_DISKS_MAX = 2 };

/* The system disk first. */
struct storage {
	const struct layout *disks[STORAGE_DISKS_MAX];
	size_t count;
};

enum storage_op_kind {
	STORAGE_SHRINK,	 /* make a file system that stays smaller, before its partition */
	STORAGE_TABLE,	 /* write the disk's partition table */
	STORAGE_ENCRYPT, /* make the LUKS2 container */
	STORAGE_OPEN,	 /* open it */
	STORAGE_FORMAT,	 /* make the file system, inside of the container where there is one */
};

struct storage_op {
	enum storage_op_kind kind;
	size_t disk;
	const struct part *part; /* NULL for STORAGE_TABLE */
};
enum { STORAGE_OPS_MAX = STORAGE_DISKS_MAX * (1 + 3 * LAYOUT_PARTS_MAX) };

/* What becomes smaller, then all tables (one that stays as it is is looked at), then each partition
 * in the order of disks and numbers but for those that are kept. Returns how many. */
size_t storage_ops(const struct storage *s, struct storage_op ret[STORAGE_OPS_MAX]);

/* A partition or one of its subvolumes, and where it is mounted. */
struct mount_point {
	size_t disk;
	const struct part *part;
	const char *subvolume; /* NULL: none */
	const char *where;
};
enum { MOUNT_POINTS_MAX = STORAGE_DISKS_MAX * LAYOUT_PARTS_MAX * SUBVOLUMES_MAX };

/* What lies above comes before what lies below. Returns how many. */
size_t storage_mounts(const struct storage *s, struct mount_point ret[MOUNT_POINTS_MAX]);

/* Its mount options, NULL-terminated; words[] points into static text and into `subvolume`. */
struct mount_options {
	const char *words[10];
	char subvolume[SUBVOLUME_SIZE + 8];
};
void mount_point_options(const struct mount_point *m, struct mount_options *ret);
