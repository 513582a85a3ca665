/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * medium: the answer file of a board without a console. Whoever flashes an image can write to its
 * FAT boot partition from any computer; there the file is looked for.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "facts/image.h"

#define MEDIUM_ANSWERS "archibald-answers.json"

struct boot_medium {
	char *answers; /* the file's path; NULL: there is none */
	char *odd;     /* what has its name and is no plain file; else NULL */
	char *mounted; /* what had to be mounted for it; NULL: nothing */
	bool seen;     /* wherever it may lie was looked at; false: who knows */
};

/* Where a boot partition is mounted, whichever disk it is on; then on the FAT partitions of the
 * disks that the root is on, mounted at `scratch` where they are not mounted yet. */
struct boot_medium medium_find(const struct facts *f, const struct image *i, const char *scratch);
void medium_close(struct boot_medium *m); /* unmounts what medium_find has mounted */
