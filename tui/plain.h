/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plain: the interview and the progress as lines, for serial lines, dumb terminals, screen
 * readers and scripts. One question a line, numbered choices, the proposal in brackets; `?` shows
 * help, `<` goes back, `-` takes an answer away, Ctrl-C and Ctrl-D ask whether to stop, the
 * end of input stops. A list too long to print is searched by a part of the name.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "answers/wizard.h"
#include "run/events.h"

struct plain {
	FILE *in, *out;
	bool terminal;		  /* `in` is one: secrets are not echoed */
	bool ended;		  /* the reply before was the end of input */
	const volatile int *stop; /* set by a signal: ask nothing more; NULL: never */
	const char *step;	  /* progress: the step that was announced last */
	time_t said;		  /* progress: when the pace was said last, monotonic */
	bool verbose;		  /* progress: show what programs say, too */
};

void plain_open(struct plain *p);		     /* on standard input and output */
void plain_banner(struct plain *p, const char *art); /* the art, and how to answer */
/* Writes text, on a terminal broken at spaces to its width. */
void plain_text(struct plain *p, const char *text);
/* For struct front_end. ctx: struct plain *. */
enum reply_kind plain_ask(void *ctx, const struct prompt *prompt, struct secret *reply);
/* An event_sink. ctx: struct plain *. */
void plain_event(void *ctx, const struct event *e);
/* Shows the text and reads a line. false when it was stopped instead. */
bool plain_line(struct plain *p, const char *text, struct secret *ret);
