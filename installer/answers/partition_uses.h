/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * partition_uses: what the partitions that are there are used for ("disk.partitions" of an answer
 * file): which becomes the root, which keeps its files. Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/mem.h"
#include "facts/facts.h"

struct json_object;
struct str;

struct partition_use {
	char *match;	   /* its node, its PARTUUID, or its number */
	char *mountpoint;  /* absolute, or PARTITION_SWAP */
	bool format;	   /* a new file system; else it keeps what is in it */
	char *file_system; /* of one that is formatted; NULL: as the answers say of all */
	char *subvolume;   /* of a kept btrfs; NULL: its top */
};
#define PARTITION_SWAP "swap"

struct partition_uses {
	LIST_OF(struct partition_use) list;
};

/* A list of objects. Problems go to `why`: false then. */
bool partition_uses_parse(struct json_object *json, struct arena *a, struct partition_uses *ret,
			  struct str *why);
/* As it was parsed from; the caller puts it. */
struct json_object *partition_uses_to_json(const struct partition_uses *u);
/* The schema of one of the list; the caller puts it. */
struct json_object *partition_uses_schema(void);
/* "2 formatted at /, 3 kept at /home", for people; "" for none. */
const char *partition_uses_text(const struct partition_uses *u, struct arena *a);

/* What is wrong with them as a whole, without a look at the disk: no root, a root that is not
 * formatted, two at one place. False: `why` says it. */
bool partition_uses_check(const struct partition_uses *u, struct str *why);
/* The first of the disk's partitions that is formatted, and may hold something: what is not
 * recognised may be anything, but for what an interrupted installation left. NULL: none. */
const struct partition *partition_uses_loss(const struct partition_uses *u, const struct disk *d);
/* The partition of that name: its node, its PARTUUID, or its number. NULL: there is none. */
const struct partition *partition_find(const struct disk *d, const char *name);
bool check_partition_name(const char *text);
/* The partition that is meant; NULL: there is none. */
const struct partition *partition_use_find(const struct partition_use *use, const struct disk *d);
const struct partition_use *partition_use_at(const struct partition_uses *u,
					     const char *mountpoint);
/* Where a partition may be mounted: an absolute path, or PARTITION_SWAP. */
bool check_use_point(const char *text);
/* Can this content be kept and used: a file system that is mounted, or swap? */
bool partition_can_stay(const struct partition *p);
