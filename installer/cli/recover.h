/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recover: what a person can do about a failed run. */
#pragma once

#include "run/diagnose.h"
#include "tui/ui.h"

enum recovery { RECOVER_END, RECOVER_RETRY, RECOVER_CHANGE };

/* What has happened, why at the root, and what to do; owned by the caller. `begun`: the disk has
 * been changed. */
char *failure_text(const struct diagnosis *d, const struct err *e, bool begun,
		   const char *log_path);

struct failure {
	const char *text;     /* what has happened and what to do */
	const char *log_path; /* to be saved */
	const char *target;   /* the disk that is installed to: no place for the log */
	const char *again;    /* the command that goes on where it stopped */
	bool begun;	      /* the disk has been changed */
};

/* Shows it and offers to try again, to change answers, a shell, to save the log on a stick, until
 * one of them ends it. */
enum recovery recover(struct ui *u, const struct failure *f);
