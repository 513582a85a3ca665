/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nixrun: what Nix says while it runs, as progress and lines of the log; and that it still runs
 * when it says nothing. The caller says what time it is, in milliseconds of a clock that only goes
 * on.
 */
#pragma once

#include <stdint.h>

#include "run/events.h"

struct nixrun;

struct nixrun *nixrun_new(struct events *ev, uint32_t weight, int64_t now_ms);
struct nixrun *nixrun_free(struct nixrun *x); /* NULL is fine; returns NULL */

/* A line that it said. */
void nixrun_line(struct nixrun *x, const char *line, int64_t now_ms);
/* It said nothing for a while; may be called as often as one likes. */
void nixrun_idle(struct nixrun *x, int64_t now_ms);
/* The last error that it told of, "" for none: not its last line of JSON. Goes with x. */
const char *nixrun_error(const struct nixrun *x);
