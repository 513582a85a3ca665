/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options: the command line by table; the help is made from the same rows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct option_row {
	const char *name;  /* "--json" */
	const char *value; /* "FILE"; NULL: a flag */
	const char *help;
	size_t offset; /* in the command's options: bool for a flag, const char * for a value */
};

struct command {
	const char *name;
	const char *arguments; /* "ANSWERS", "[ANSWERS]" or "" */
	const char *summary;
	const struct option_row *rows;
	size_t count;
	int minimum, maximum; /* of arguments */
};

enum { ARGUMENTS_MAX = 4 };
struct arguments {
	const char *list[ARGUMENTS_MAX];
	int count;
};

/* Returns -1 to go on, or an exit status (help was printed, or the usage is wrong). */
int options_parse(const struct command *c, int argc, char **argv, void *options,
		  struct arguments *ret);
