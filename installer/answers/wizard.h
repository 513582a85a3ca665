/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wizard: the interview and the review. It decides what is asked next, checks each reply, goes
 * back without forgetting what was said, lets each answer be changed at the end, and has the
 * disk's name typed before anything is written. It knows nothing of terminals: a front end (plain
 * lines, dialogs, a script in tests) shows one prompt at a time and returns what the person said.
 */
#pragma once

#include "answers/answers.h"
#include "base/secret.h"

enum reply_kind {
	REPLY_ANSWER,
	REPLY_BACK,
	REPLY_CLEAR,  /* take the answer away that is there; only where `clears` is set */
	REPLY_CANCEL, /* wants to stop: the wizard asks whether really */
	REPLY_END,    /* nobody is there any more: stop without asking */
};

enum prompt_kind {
	PROMPT_QUESTION, /* a row of the question table */
	PROMPT_REVIEW,	 /* all answers: the choices are REVIEW_BEGIN, REVIEW_PLAN and keys */
	PROMPT_TEXT,	 /* something to read; every reply goes on */
	PROMPT_CONFIRM,	 /* a word to be typed */
	PROMPT_LEAVE,	 /* really stop? */
};
#define REVIEW_BEGIN "begin"
#define REVIEW_PLAN  "plan"

/* What a front end shows. Everything is borrowed for the time of the call. */
struct prompt {
	enum prompt_kind kind;
	const struct question *question; /* PROMPT_QUESTION, else NULL */
	enum question_type type;	 /* what kind of reply is wanted */
	const char *title;		 /* a short noun phrase */
	const char *help, *allowed;	 /* full sentences; in words what can be said */
	const char *text;		 /* to be read first, lines; NULL: nothing */
	struct choices choices;		 /* none: free text */
	bool pairs;	      /* the choices' labels are "name: value", where they have a colon */
	bool search;	      /* the choices are too many to read: found by a part of the name */
	const char *proposal; /* what an empty reply means; NULL: nothing. Of a whole list: its
				 items, one a line */
	const char *typed;    /* the reply that `problem` is about, to be mended; NULL: none */
	const char *problem;  /* what was wrong with the reply before; NULL: nothing */
	bool repeat;	      /* a secret for the second time, to be sure */
	bool more;	      /* one more item of a list; an empty reply ends it */
	bool keeps;	      /* an empty reply keeps the secret that was given before */
	bool clears;	      /* REPLY_CLEAR is understood */
	bool optional;	      /* an empty reply without a proposal is fine */
	bool first;	      /* there is nothing to go back to */
	size_t number, count; /* of this question, from 1, and of all that apply now; 0: of none */
};

/* One of its choices is that word. */
bool prompt_offers(const struct prompt *p, const char *value);
/* What is said when it is not. */
#define NOT_IN_LIST "that is not in the list"

struct front_end {
	void *ctx;
	/* Fills `reply` (also with secrets: it is wiped by the wizard). Empty text: the proposal.
	 */
	enum reply_kind (*ask)(void *ctx, const struct prompt *p, struct secret *reply);
	/* Shows what was answered in a field to be edited: a list with all its items, one a line;
	 * a field that was emptied is an answer by itself. */
	bool whole_lists;
	/* An answer was accepted: a keymap can be used at once. NULL: nobody wants to know. Of a
	 * secret the text is "(hidden)". */
	void (*answered)(void *ctx, const struct question *q, const char *text);
};

/* What the answers come to. Strings from the arena that look() got. */
struct outlook {
	const char *summary;  /* a few lines: the disk before and after, what to look out for */
	const char *plan;     /* all of it */
	const char *problems; /* NULL: none, it can begin */
	const char *key;      /* the question that the first problem is about, or NULL */
	const char *warning;  /* what agreeing means */
	const char *word;     /* to be typed by whoever agrees; NULL: nothing */
	const char *begin;    /* what going on is called */
};
struct review {
	void *ctx;
	void (*look)(void *ctx, struct arena *arena, struct outlook *ret);
	bool begun; /* a run has changed the disk already */
	/* Going back leads out of the review, to where it was opened from, and says so here; NULL:
	 * it leads to the question before. */
	bool *ret_left;
};

/* Asks what is open, then reviews; without a review (NULL) it ends with the last question.
 * 0 when it may begin, ERR_CANCELLED (also when the person left the review), or ERR_NOT_FOUND when
 * this machine leaves nothing to choose from for a question. */
int wizard_run(const struct interview *v, const struct front_end *f, const struct review *review,
	       struct err *e) nodiscard;
