/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * diagnose: why nixos-install failed, from what it said. Pure. The first line that names a cause is
 * the root; what follows it only follows from it. Lines that only warn (a download that is tried
 * again) count when nothing else does.
 */
#pragma once

#include <stdbool.h>

#include "run/events.h"

enum cause {
	CAUSE_NONE,
	CAUSE_DISK_FULL,
	CAUSE_CLOCK,
	CAUSE_NETWORK,
	CAUSE_MEMORY,
	CAUSE_EVALUATION,
	CAUSE_BOOT_LOADER,
	CAUSE_BUILD,
	CAUSE_DISK_BROKEN,
	CAUSES,
};

/* For people: what it is, and what to do about it. NULL for CAUSE_NONE. */
extern const struct cause_text {
	const char *name, *advice;
} cause_texts[];

struct diagnosis {
	enum cause cause;
	bool tentative; /* so far only a warning says so */
	char line[512]; /* the line that says it */
};

void diagnose_line(struct diagnosis *d, const char *line);
/* An event_sink: follows what is said in the step that runs now. ctx: struct diagnosis *. */
void diagnose_event(void *ctx, const struct event *e);
