/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dialogs: the interview as libdialog shows it. Each prompt by its type: menus, searched lists,
 * input, passwords, yes or no, lists of lines, something to read. */
#pragma once

#include "answers/wizard.h"
#include "tui/terminal.h"

struct dialogs {
	const struct terminal *terminal;
	const volatile int *stop; /* set by a signal */
	bool resized;		  /* the prompt was left for that reason: ask it again */
	/* What was typed so far into a prompt that was left for a question, help or another size.
	 */
	struct secret half;
	struct half_of {
		const struct question *question;
		enum question_type type;
		bool repeat;
		char title[80];
	} half_of; /* a prompt itself lives no longer than its call */
};

/* For struct front_end (whole_lists is true). ctx: struct dialogs *. The screen must be open. */
enum reply_kind dialogs_ask(void *ctx, const struct prompt *prompt, struct secret *reply);
/* Wipes what was half typed: it was answered elsewhere, or nobody asks for it any more. */
void dialogs_forget(struct dialogs *d);
/* A moment's text, without a button. */
void dialogs_busy(struct dialogs *d, const char *text);
/* Text to be read and left by a button. */
enum reply_kind dialogs_show(struct dialogs *d, const char *title, const char *text);
/* The same below art, which is shown as it is. */
enum reply_kind dialogs_welcome(struct dialogs *d, const char *title, const char *art,
				const char *text);

/* One of many, by typing a part of its name (tui/find.c). A libdialog exit code. `text` is
 * wrapped already. */
enum { FIND_PART_MAX = 40 };
struct find_state {
	size_t current;		      /* the choice, on entry the one proposed */
	char part[FIND_PART_MAX + 1]; /* what is typed, on entry as well */
};
int dialogs_find(const char *title, const char *text, const struct choices *choices,
		 struct find_state *state);

/* Wrapped text to be read, its first `art` lines in the title's colour (tui/view.c). A libdialog
 * exit code. */
int dialogs_view(const char *title, const char *text, int art, int width);
