/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mountinfo: what is mounted and swapped on, from the kernel's own lists (proc(5)). Pure
 * parsing, and one reader through `sys`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/sys.h"

/* "8:1", as sysfs and mountinfo write the numbers of a device. */
bool device_numbers_parse(const char *text, unsigned *ret_major, unsigned *ret_minor);

struct mount {
	unsigned id, parent;
	unsigned major, minor; /* major 0: the file system has no device of its own (btrfs) */
	char *point;	       /* unescaped */
	char *root;	       /* what of the file system: "/", "/@home"; unescaped */
	char *fstype;
	char *source; /* unescaped; "/dev/sda1", "overlay" */
};

struct mounts {
	struct mount *items;
	size_t count;
};

/* In the file's order; a line that is none is left out. */
struct mounts mountinfo_parse(struct arena *a, const char *text);
struct mounts mountinfo_read(const struct sys *s, struct arena *a); /* of this process */
/* Is path `root` or below it? Both absolute, without a slash at the end (but "/"). */
bool path_is_below(const char *path, const char *root);

/* The devices and files that are swapped on, unescaped (/proc/swaps). */
struct strings swaps_parse(struct arena *a, const char *text);
struct strings swaps_read(const struct sys *s, struct arena *a);

/* The kernel writes blanks and backslashes in paths as "\040". In place. */
void octal_unescape(char *s);
