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
};

/* For struct front_end (whole_lists is true). ctx: struct dialogs *. The screen must be open. */
enum reply_kind dialogs_ask(void *ctx, const struct prompt *prompt, struct secret *reply);
/* A moment's text, without a button. */
void dialogs_busy(struct dialogs *d, const char *text);
/* Text to be read and left by a button. */
enum reply_kind dialogs_show(struct dialogs *d, const char *title, const char *text);

/* One of many, by typing a part of its name (tui/find.c). A libdialog exit code; *current is the
 * index of the choice, on entry of the one proposed. */
int dialogs_find(const char *title, const char *text, const struct choices *choices,
		 size_t *current);
