/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wizard: the interview. It decides what is asked next, checks each reply, goes back, and knows
 * nothing of terminals: a front end (plain lines, dialogs, a script in tests) shows one question
 * at a time and returns what the person said.
 */
#pragma once

#include "answers/answers.h"
#include "base/secret.h"

enum reply_kind { REPLY_ANSWER, REPLY_BACK, REPLY_CANCEL };

/* What a front end shows. Everything is borrowed for the time of the call. */
struct prompt {
	const struct question *question;
	struct choices choices; /* none: free text */
	const char *proposal;	/* what an empty reply means; NULL: nothing */
	const char *problem;	/* what was wrong with the reply before; NULL: nothing */
	bool repeat;		/* a secret for the second time, to be sure */
	bool more;		/* one more item of a list; an empty reply ends it */
	bool optional;		/* an empty reply leaves it open */
	size_t number;		/* of this question in the interview so far, from 1 */
};

struct front_end {
	void *ctx;
	/* Fills `reply` (also with secrets: it is wiped by the wizard). Empty text: the proposal.
	 */
	enum reply_kind (*ask)(void *ctx, const struct prompt *p, struct secret *reply);
};

/* Asks what is open. 0, or ERR_CANCELLED. */
int wizard_run(const struct interview *v, const struct front_end *f, struct err *e) nodiscard;
