/* SPDX-License-Identifier: GPL-3.0-or-later */
/* talk: the conversation that ask and install have: welcome, questions, review, agreement. */
#pragma once

#include "cli/inputs.h"
#include "tui/ui.h"

struct talk {
	struct inputs *in;
	struct ui *ui;
	struct plan *plan; /* the one that was reviewed last; the caller frees it */
	bool erases;	   /* the disk's name is to be typed before it ends */
	bool again;	   /* after a run that failed: going back leads out of it */
	bool begun;	   /* that run has changed the disk */
	bool left;	   /* the person went back out of it */
	const char *begin; /* what the review calls going on */
};

/* ERR_CANCELLED, ERR_NOT_FOUND (nothing to choose from on this machine). */
int talk(struct talk *t, struct err *e) nodiscard;

/* The same with a review of the caller's own. */
int talk_over(struct inputs *in, struct ui *ui, const struct review *review,
	      struct err *e) nodiscard;

/* Around what else is asked of a person, as SIGINT then says something to the front end. */
void talk_asks(bool now);

/* SIGINT only interrupts while questions are asked, SIGTERM and SIGHUP end them. `stop` is what
 * the handler sets. */
void talk_catch_signals(void);
extern volatile int talk_stop;
/* The same from a front end, while the run goes on. */
void talk_stop_run(void);

/* What was answered as an answer file: with a typed password as its hash. */
int talk_answers_text(const struct answers *a, struct secret *ret, struct err *e) nodiscard;
