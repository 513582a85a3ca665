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
/* What is shown of a run; it and all in it stay the caller's and must live until
 * progress_close(). */
struct progress_words {
	const char *title;	  /* "Installing ArchibaldOS" */
	const char *stopping;	  /* what stopping means: lines */
	const char *const *steps; /* their titles, in order */
	size_t count;
	void (*stop)(void); /* called, from the thread, when the person has said twice to stop */
};
struct progress *progress_open(const struct terminal *t, const struct progress_words *words);
struct progress *progress_close(struct progress *p); /* NULL is fine; returns NULL */
/* An event_sink. ctx: struct progress *. */
void progress_event(void *ctx, const struct event *e);
