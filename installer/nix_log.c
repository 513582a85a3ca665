/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stands before Nix's programs in nixos-install's PATH, under their names, and starts the real one
 * with --log-format internal-json: nixos-install does not hand that option on, it is no setting
 * that --option could give, and its own PATH does not name Nix.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

/* The first program of that name in PATH that is not this one. */
static char *real_program(const char *name)
{
	_cleanup_free_ char *self = realpath("/proc/self/exe", NULL);
	_cleanup_free_ char *path = xstrdup(getenv("PATH") ? getenv("PATH") : "");
	char *save = NULL;

	for (char *d = strtok_r(path, ":", &save); d; d = strtok_r(NULL, ":", &save)) {
		_cleanup_free_ char *file = xasprintf("%s/%s", d, name);
		_cleanup_free_ char *real = realpath(file, NULL);

		/* By its own name: Nix, too, is one program under many. */
		if (real && self && !str_eq(real, self) && access(file, X_OK) == 0)
			return take(file);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "nix";
	_cleanup_free_ char *program = real_program(name);
	char **args = xcalloc((size_t)argc + 4, sizeof(*args));
	int n = 0;

	if (!program) {
		fprintf(stderr, "%s: not in PATH\n", name);
		return 127;
	}
	args[n++] = xstrdup(name);
	args[n++] = xstrdup("--log-format");
	args[n++] = xstrdup("internal-json");
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	execv(program, args);
	fprintf(stderr, "%s: %s\n", program, strerror(errno));
	return 126;
}
