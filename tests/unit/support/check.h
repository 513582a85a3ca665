/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check: what several tests share: cmocka with its headers, directories that go away, text that
 * must be safe to show. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

/* Says which row of a table it was, as cmocka does not. */
#define check_row(i, ok)                                           \
	do {                                                       \
		if (!(ok))                                         \
			fail_msg("row %zu: %s", (size_t)(i), #ok); \
	} while (0)

static inline void check_contains(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text ? text : "(nothing)", part);
}

static inline void check_lacks(const char *text, const char *part)
{
	if (text && strstr(text, part))
		fail_msg("\"%s\" says \"%s\"", text, part);
}

/* Lines of valid UTF-8 without anything a terminal would act on. */
static inline void check_shown(const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\n')
			*c = ' ';
	if (!str_is_safe(copy))
		fail_msg("not safe to show: \"%s\"", text);
}

/* An error says what, and why or what to do; all of it can be shown. */
static inline void check_error(const struct err *e, int returned)
{
	assert_int_equal(returned, -(int)e->code);
	assert_true(e->code != ERR_NONE && e->what[0]);
	assert_true(e->why[0] || e->hint[0]);
	check_shown(e->what);
	check_shown(e->why);
	check_shown(e->hint);
}

static inline int scratch_unlink(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* A directory of this test alone, and its end. In memory, where that can be: the journal is synced
 * after each step. */
static inline char *scratch_new(void)
{
	const char *tmp = getenv("TMPDIR"),
		   *memory = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	char *path = xasprintf("%s/archibald-test-XXXXXX", tmp ? tmp : memory);

	if (!mkdtemp(path))
		fail_msg("mkdtemp %s: %s", path, strerror(errno));
	return path;
}

static inline void scratch_free(char **path)
{
	if (*path)
		nftw(*path, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(*path);
}
#define _cleanup_scratch_ _cleanup_(scratch_free)

static inline void scratch_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			fail_msg("mkdir %s: %s", path, strerror(errno));
		*slash = '/';
	}
}

/* A file below dir with the directories on its way. */
static inline void scratch_bytes(const char *dir, const char *name, const void *bytes, size_t len)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	FILE *f;

	scratch_parents(path);
	f = fopen(path, "w");
	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f) != 0)
		fail_msg("write %s: %s", path, strerror(errno));
}

static inline void scratch_file(const char *dir, const char *name, const char *text)
{
	scratch_bytes(dir, name, text, strlen(text));
}

static inline void scratch_link(const char *dir, const char *name, const char *target)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);

	scratch_parents(path);
	if (symlink(target, path) < 0)
		fail_msg("symlink %s: %s", path, strerror(errno));
}

static inline void scratch_remove(const char *dir, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);

	if (unlink(path) < 0)
		fail_msg("unlink %s: %s", path, strerror(errno));
}

/* The whole of a file, NUL-terminated; owned by the caller. NULL when there is none. */
static inline char *read_whole(const char *path)
{
	_cleanup_str_ struct str s = {0};
	char buf[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return NULL;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_addn(&s, buf, n);
	fclose(f);
	return str_take(&s);
}
