/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run: carries a plan out. All checks of all steps come before the first step that destroys
 * anything; then the steps in order, each written to the journal when it is done, so that a run of
 * the same plan skips what is on the disk already. Nothing here decides: the plan has.
 */
#pragma once

#include "answers/answers.h"
#include "plan/plan.h"
#include "run/events.h"
#include "run/journal.h"
#include "run/machine.h"

struct run {
	const struct plan *plan;
	struct answers *answers; /* only for its secrets and key material */
	const struct machine *machine;
	struct events *events;
	struct journal *journal;
	const char *root;	       /* where the target is mounted: "/mnt" */
	const char *distribution;      /* the flake that is put on the target */
	const char *cache, *cache_key; /* a binary cache's address, a key to trust; NULL: none */
	const char *log_path;	       /* copied onto the target; NULL: none */
	const struct secret *record;   /* the answers as a file, kept beside it; NULL: none */
	const volatile int *cancelled; /* set by a signal; NULL: never */
	/* Of the encryption. A run loads it, and wipes it, and that of the answers, when everything
	 * is open; what may be tried `again` keeps both until it is done. Whoever may, wipes them.
	 */
	struct secret passphrase;
	bool again; /* somebody is there who may have it tried again after a failure */
	/* Set by run_plan: the first step that destroys has started, in this try or an earlier one.
	 * Of one in a process before: the caller. */
	bool begun;
};

/* The journal is of an unfinished run that had begun to change a disk. */
bool run_has_begun(const struct journal *j);

int run_plan(struct run *r, struct err *e) nodiscard;

/* Nobody needs the passphrase any more: the run's and the answers' copy are wiped. */
void run_forget(struct run *r);

/* Lets go of what the journal says an interrupted run held: swap, mounts below its root, open
 * containers. */
int run_release(const struct machine *m, const struct journal *j, struct err *e) nodiscard;
