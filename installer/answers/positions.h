/* SPDX-License-Identifier: GPL-3.0-or-later */
/* positions: where each value of a JSON text stands, as json-c does not keep it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct position {
	char *path; /* "users.admin.sshKeys[0]" */
	unsigned line, column;
	bool duplicate; /* the same key stood in the same object before */
};
struct positions {
	struct arena *arena;
	LIST_OF(struct position) list;	/* in the file's order */
	const struct position **sorted; /* by path */
};

/* Replaces // and block comments outside of strings by spaces, so that offsets stay. In place. */
void blank_comments(char *text, size_t len);
/* For text that json-c has accepted. */
void positions_scan(const char *text, size_t len, struct positions *ret);
const struct position *positions_find(const struct positions *p, const char *path); /* or NULL */
void position_of_offset(const char *text, size_t offset, unsigned *line, unsigned *column);
