/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wizard_parts: what the parts of the wizard share (wizard.c, wizard_items.c,
 * wizard_uses.c). Private to them. */
#pragma once

#include "answers/wizard.h"
#include "base/str.h"

struct wizard {
	const struct interview *v;
	const struct front_end *f;
	const struct review *review;
	struct arena *arena;
	bool again[QUESTIONS_MAX];	 /* went back to it */
	const char *said[QUESTIONS_MAX]; /* in the person's own words; never a secret */
	size_t history[QUESTIONS_MAX];
	size_t depth;
	bool changing; /* one answer, from the review or a screen, to which Back leads */
	struct str problem;
	const char *typed; /* what the problem is about; never a secret */
	struct err *e;
};

/* Shows a prompt until it is answered; never returns REPLY_CANCEL. */
enum reply_kind wizard_show(struct wizard *w, const struct prompt *p, struct secret *reply);
/* What was said, "" for nothing. */
const char *wizard_said(const struct secret *reply);
struct strings *wizard_list(struct wizard *w, const struct question *q);

/* A question until it is settled, or the person goes back or away. */
enum reply_kind wizard_ask(struct wizard *w, size_t index);

/* A Q_SCREEN, until the person goes on. */
enum reply_kind screen_ask(struct wizard *w, const struct question *q);
const char *screen_summary(const struct wizard *w); /* for the review */

/* A reply to a list whose items are looked at before they are taken (question.expand): one item,
 * or a place with several; or, for front ends that ask for whole lists, all lines of it. *settled
 * when nothing more is to be asked. */
enum reply_kind items_reply(struct wizard *w, const struct question *q, const char *text,
			    bool *settled);
size_t wizard_count(const struct wizard *w); /* of the questions that apply now */

/* A Q_USES: one partition after the other. *settled when the answer is given. */
enum reply_kind wizard_ask_uses(struct wizard *w, const struct question *q, bool *settled);
