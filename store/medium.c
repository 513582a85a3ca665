/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/medium.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/str.h"
#include "base/sys.h"

enum { ROOTS_BYTES_MAX = 1 << 20 };

static int wrong_line(const char *file, size_t number, struct err *e)
{
	err_set(e, ERR_INVALID, "each line is: VARIANT /nix/store/HASH-NAME",
		"the medium's list of roots cannot be read");
	return err_why(e, "%s, line %zu", file, number);
}

/* One line: 1 when it was a root for this variant. */
static int want_line(char *line, const char *variant, struct registration *r,
		     struct strings *missing, bool *ret_understood, struct err *e)
{
	char *save = NULL, *who, *path;

	line[strcspn(line, "#")] = '\0';
	who = strtok_r(line, " \t\r", &save);
	path = who ? strtok_r(NULL, " \t\r", &save) : NULL;
	*ret_understood = !who || (path && !strtok_r(NULL, " \t\r", &save));
	if (!who || !*ret_understood || (!str_eq(who, "*") && !str_eq(who, variant)))
		return 0;
	int n = registration_want(r, path, missing, e);

	return n < 0 ? n : 1;
}

int medium_want(const char *roots_file, const char *variant, struct registration *r,
		struct strings *missing, struct err *e)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_arena_ struct arena *a = arena_new();
	char *text = sys_slurp(&here, a, roots_file, ROOTS_BYTES_MAX, NULL), *next;
	size_t number = 0, found = 0;

	if (!text)
		return err_errno(e, errno ? errno : EIO, NULL, "cannot read %s", roots_file);
	for (char *line = text; line; line = next) {
		bool understood = false;
		int n;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		n = want_line(line, variant, r, missing, &understood, e);
		if (n < 0)
			return n;
		if (!understood)
			return wrong_line(roots_file, number, e);
		found += (size_t)n;
	}
	return found ? 0
		     : err_set(e, ERR_NOT_FOUND, NULL,
			       "this medium carries no store for variant %s", variant);
}
