/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * disk_rules: choosing a disk by what it is ("disk.match" of an answer file), for machines whose
 * device nodes nobody knows beforehand. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "facts/facts.h"

struct json_object;
struct str;

/* What a disk must be; NULL, 0 and -1: anything. Patterns are fnmatch(3)'s: "Samsung*". */
struct disk_rule {
	char *path, *by_id, *model, *serial;
	uint64_t min_bytes, max_bytes;
	int transport; /* enum transport */
	int removable;
};

struct disk_rules {
	LIST_OF(struct disk_rule) list;
};

/* A rule, or a list of them. Problems go to `why` ("[1].transport: ..."): false then. */
bool disk_rules_parse(struct json_object *json, struct arena *a, struct disk_rules *ret,
		      struct str *why);
/* As it was parsed from; the caller puts it. */
struct json_object *disk_rules_to_json(const struct disk_rules *r);
/* The schema of it; the caller puts it. */
struct json_object *disk_rules_schema(void);
/* "2 rules", for people. */
const char *disk_rules_text(const struct disk_rules *r, struct arena *a);

/* The rules in their order: the first that fits any free disk decides, and must fit exactly one.
 * Disks in use (the live medium first of all) fit none. NULL otherwise. */
const struct disk *disk_rules_find(const struct disk_rules *r, const struct facts *f);
/* Why there is none: each disk and what kept it from fitting. From the arena. */
const char *disk_rules_explain(const struct disk_rules *r, const struct facts *f, struct arena *a);
