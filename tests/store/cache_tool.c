/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is a directory a binary cache for such a machine? For tests/store/run.
 *
 *   cache_tool DIRECTORY ARCHITECTURE
 *
 * Exit status: 0 it is, and here is its address; 1 it is not, and why.
 */
#include <stdio.h>

#include "base/str.h"
#include "sources/sources.h"

int main(int argc, char **argv)
{
	_cleanup_(cache_clear) struct cache c = {.volume = -1};
	enum arch arch = ARCH_X86_64;
	struct err e;

	if (argc != 3) {
		fputs("cache_tool DIRECTORY ARCHITECTURE\n", stderr);
		return 2;
	}
	while (arch < ARCH_OTHER && !str_eq(arch_names[arch], argv[2]))
		arch++;
	if (cache_open(argv[1], arch, &c, &e) < 0) {
		_cleanup_free_ char *text = err_text(&e);

		printf("error %s (%s)\n", text, e.hint);
		return 1;
	}
	printf("%s\n", c.url);
	return 0;
}
