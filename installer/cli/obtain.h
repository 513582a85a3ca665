/* SPDX-License-Identifier: GPL-3.0-or-later */
/* obtain: the answers of an installation from wherever they come, and on a console another name
 * for them as long as they cannot be used. */
#pragma once

#include <stdbool.h>

#include "cli/inputs.h"

struct obtain {
	const char *argument;	   /* of the command line; NULL: none */
	const char *sha256, *wait; /* its options; NULL: not given */
	bool none;		   /* look for none */
	bool console;		   /* a person is there to be asked */
};

/* -1: go on with `in`, which may hold problems when nobody could be asked. Otherwise it is said
 * why, and the exit status returned. Facts and variants are loaded in any case. */
int obtain_answers(const struct obtain *o, struct inputs *in);
