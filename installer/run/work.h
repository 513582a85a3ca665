/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * work: steps that are carried out one after another, whatever they do: all checks before the first
 * step, each finished step in the journal, events for whoever watches. An installation (run.c) and
 * the first boot of an image (firstboot/) are work; what their steps are is theirs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/events.h"
#include "run/journal.h"

struct work_step {
	const char *id;	   /* unique in the work, stable */
	const char *title; /* for people */
	uint32_t weight;   /* share of the progress bar */
	bool destructive;
	bool harmless; /* done each time; what rests on it is done all the same */
};

/* By the step's place in the list. */
struct work_ops {
	/* Before anything is done. */
	int (*check)(void *ctx, size_t step, struct err *e);
	/* The journal says done: is it still true, so that it need not be done again? */
	bool (*still_done)(void *ctx, size_t step);
	int (*run)(void *ctx, size_t step, struct err *e);
};

struct work {
	LIST_OF(struct work_step) steps;
	const struct work_ops *ops;
	void *ctx;
	const char *hash;	/* the journal knows the work by it */
	const char *root;	/* for the journal: where the target is mounted */
	const char *conclusion; /* said when everything is done */
	struct strings warnings;
	uint32_t weight; /* of all steps */
	struct events *events;
	struct journal *journal;
	const volatile int *cancelled; /* set by a signal; NULL: never */
	bool begun;		       /* set by work_run: the first destructive step has started */
};

int work_run(struct work *w, struct err *e) nodiscard;
