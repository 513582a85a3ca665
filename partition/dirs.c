/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/dirs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { DIR_MODE = 0755 };

static int make_one(const char *path, struct err *e)
{
	if (mkdir(path, DIR_MODE) == 0)
		return chmod(path, DIR_MODE) == 0
			       ? 0
			       : err_errno(e, errno, NULL, "cannot set the mode of %s", path);
	if (errno == EEXIST)
		return 0;
	return err_errno(e, errno, NULL, "cannot make the directory %s", path);
}

int dirs_make(const char *path, struct err *e)
{
	_cleanup_free_ char *copy = xstrdup(path);
	int r = 0;

	for (char *c = copy + 1; copy[0] && *c && r == 0; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		r = make_one(copy, e);
		*c = '/';
	}
	return r < 0 ? r : make_one(copy, e);
}

int dirs_make_above(const char *path, struct err *e)
{
	_cleanup_free_ char *copy = xstrdup(path);
	char *slash = strrchr(copy, '/');

	if (!slash || slash == copy)
		return 0;
	*slash = '\0';
	return dirs_make(copy, e);
}
