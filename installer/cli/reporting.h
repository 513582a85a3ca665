/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reporting: an installation's reports (run/report.h), as the answers want them. */
#pragma once

#include "base/str.h"
#include "cli/inputs.h"
#include "cli/keep.h"
#include "run/report.h"
#include "tui/ui.h"

struct reporting {
	struct inputs *in;
	struct ui *ui;
	struct keep *keep;
	const char *state; /* the directory of the spool */
	struct report report;
	bool open;
	struct str unsaid; /* lines that could not be shown while dialogs had the screen */
};

/* Where the answers name a receiver; otherwise, and when it is open, nothing is done. */
void reporting_begin(struct reporting *x);
/* From here on it is this plan. */
void reporting_plan(struct reporting *x, const struct plan *p);
/* The end of it: waits a bounded time until everything is sent. */
void reporting_end(struct reporting *x, int status);
/* The answers, or this machine, were refused before anything began: all of it in one. */
void reporting_refusal(struct reporting *x, int status);
/* Once the terminal is given back: what is still to be said. */
void reporting_last_words(struct reporting *x);
