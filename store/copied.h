/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * copied: which paths an earlier copy finished. A file of names, whose first line says for which
 * target and since which start of the machine: after a power cut nobody knows what reached the
 * disk, and nothing is believed. A name is added once the file system has said that all of its path
 * is on the disk: what is only in memory may be lost by a disk that fails in the same start.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"

struct copied {
	int fd; /* -1: none is kept */
	struct arena *arena;
	struct strings names; /* from earlier, sorted */
};

/* `file` NULL: none is kept. A journal of something else is begun anew. */
int copied_open(struct copied *ret, const char *file, const char *target, struct err *e) nodiscard;
bool copied_has(const struct copied *c, const char *name);
int copied_add(const struct copied *c, const char *name, struct err *e) nodiscard;
void copied_close(struct copied *c);
#define _cleanup_copied_ _cleanup_(copied_close)
