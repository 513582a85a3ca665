/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress: a run on the screen: the steps, how far it is, what it does right now, how long ago
 * something last happened; the log one key away. A thread of its own draws and reads keys, so that
 * the screen lives while the run waits for a disk; nothing else touches the screen meanwhile.
 */
#pragma once

#include <stddef.h>

#include "run/events.h"
#include "tui/terminal.h"

struct progress;
/* The titles stay the caller's and must live until progress_close(). `stop` is called, from the
 * thread, when the person has said twice that the run is to stop. */
struct progress *progress_open(const struct terminal *t, const char *const *titles, size_t count,
			       void (*stop)(void));
struct progress *progress_close(struct progress *p); /* NULL is fine; returns NULL */
/* An event_sink. ctx: struct progress *. */
void progress_event(void *ctx, const struct event *e);
