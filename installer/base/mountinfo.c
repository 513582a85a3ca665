/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mountinfo.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { PROC_FILE_MAX = 4 * 1024 * 1024 };

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void octal_unescape(char *s)
{
	char *to = s;

	for (const char *from = s; *from; to++) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
		    is_octal(from[3])) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

bool device_numbers_parse(const char *text, unsigned *ret_major, unsigned *ret_minor)
{
	unsigned major, minor;
	char rest;

	if (!text || sscanf(text, "%u:%u%c", &major, &minor, &rest) != 2)
		return false;
	*ret_major = major;
	*ret_minor = minor;
	return true;
}

/* The next word of *at, ended by a NUL; NULL at the end. */
static char *next_word(char **at)
{
	char *word;

	while ((word = strsep(at, " \t")))
		if (*word)
			return word;
	return NULL;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool mount_parse(struct arena *a, char *line, struct mount *ret)
{
	struct mount m = {0};
	const char *id = next_word(&line), *parent = next_word(&line), *dev = next_word(&line);
	char *root = next_word(&line), *point = next_word(&line), *word;
	char *fstype, *source;

	do
		word = next_word(&line);
	while (word && !str_eq(word, "-"));
	fstype = next_word(&line);
	source = next_word(&line);
	if (!root || !source || sscanf(id, "%u", &m.id) != 1 ||
	    sscanf(parent, "%u", &m.parent) != 1 || !device_numbers_parse(dev, &m.major, &m.minor))
		return false;
	octal_unescape(point);
	octal_unescape(source);
	octal_unescape(root);
	m.root = arena_strdup(a, root);
	m.point = arena_strdup(a, point);
	m.fstype = arena_strdup(a, fstype);
	m.source = arena_strdup(a, source);
	*ret = m;
	return true;
}

struct mounts mountinfo_parse(struct arena *a, const char *text)
{
	char *rest = arena_strdup(a, text), *line;
	struct mounts mounts = {0};

	while ((line = strsep(&rest, "\n"))) {
		struct mount m;

		if (mount_parse(a, line, &m))
			*list_push(a, &mounts) = m;
	}
	return mounts;
}

struct mounts mountinfo_read(const struct sys *s, struct arena *a)
{
	const char *text = sys_slurp(s, a, "proc/self/mountinfo", PROC_FILE_MAX, NULL);

	return mountinfo_parse(a, text ? text : "");
}

bool path_is_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	if (str_eq(root, "/"))
		return path[0] == '/';
	return strncmp(path, root, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

struct strings swaps_parse(struct arena *a, const char *text)
{
	char *rest = arena_strdup(a, text), *line;
	struct strings swaps = {0};

	(void)strsep(&rest, "\n"); /* the head line */
	while ((line = strsep(&rest, "\n"))) {
		char *name = next_word(&line);

		if (!name)
			continue;
		octal_unescape(name);
		strings_add(a, &swaps, name);
	}
	return swaps;
}

struct strings swaps_read(const struct sys *s, struct arena *a)
{
	const char *text = sys_slurp(s, a, "proc/swaps", PROC_FILE_MAX, NULL);

	return swaps_parse(a, text ? text : "");
}
