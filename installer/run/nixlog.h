/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nixlog: what Nix does, from the lines of its --log-format internal-json ("@nix {...}", one JSON
 * object each): how many paths, bytes and builds of how many, and what it is at now. Pure: a line
 * goes in, what is to be said comes out. A line of anything else, and a message that is not known,
 * goes to the log as it is.
 * (Nix's src/libutil/logging.hh has the numbers of activities and results.)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct nixlog;
struct nixlog *nixlog_new(void);
struct nixlog *nixlog_free(struct nixlog *n); /* NULL is fine; returns NULL */

struct nixlog_says {
	const char *log;	     /* for the log, safe to show; NULL: nothing */
	bool moved;		     /* the numbers or what it does now have changed */
	const char *text;	     /* "12 of 40 paths, 3 MiB of 1.2 GiB, 1 of 3 builds" */
	const char *item;	     /* "building x"; "": nothing that has a name */
	uint64_t done, total;	     /* paths and builds; total 0: not known yet */
	uint64_t bytes, bytes_total; /* of paths, unpacked, so far; total 0: not known */
};
/* Valid until the next call. */
struct nixlog_says nixlog_line(struct nixlog *n, const char *line);
