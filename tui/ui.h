/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ui: the front ends behind one face. Whoever talks to a person opens one, hands its front_end to
 * the wizard and its sink to the run, and closes it; which of them it is, is decided here: by
 * name, or by what the terminal can do.
 */
#pragma once

#include "answers/wizard.h"
#include "run/events.h"
#include "tui/dialogs.h"
#include "tui/plain.h"
#include "tui/progress.h"
#include "tui/terminal.h"

#define UI_NAMES_ASKING "dialog|plain" /* of those, who asks */
#define UI_NAMES	UI_NAMES_ASKING "|none"
enum ui_kind { UI_NONE, UI_PLAIN, UI_DIALOG };

struct ui {
	enum ui_kind kind;
	struct terminal terminal;
	struct plain plain;
	struct dialogs dialogs;
	struct progress *progress; /* while a run is shown by dialogs */
	volatile int *stop;
	bool small;   /* it was said that the terminal is too small */
	bool by_name; /* the front end was asked for by its name */
	/* Told of each answer that was accepted, as front_end.answered is. NULL: nobody. */
	void (*heard)(void *ctx, const struct question *q, const char *text);
	void *heard_ctx;
};

/* By name ("dialog", "plain", "none"); NULL: dialogs on a terminal that does not call itself dumb,
 * else lines. false: there is no such front end. `stop` is set by a signal, and by whoever wants to
 * stop a run. */
bool ui_choose(struct ui *u, const char *name, volatile int *stop);
/* Takes the terminal. Nothing is to be printed by others until ui_close(). */
int ui_open(struct ui *u, struct err *e) nodiscard;
void ui_close(struct ui *u); /* gives it back as it was; once more does no harm */
/* Says hello: the art, and what this machine is. */
void ui_welcome(struct ui *u, const char *machine);
struct front_end ui_front_end(struct ui *u);
/* Around a run; the words are borrowed meanwhile. */
void ui_run_begin(struct ui *u, const struct progress_words *words);
void ui_run_end(struct ui *u);
/* An event_sink. ctx: struct ui *. */
void ui_event(void *ctx, const struct event *e);
/* Forgets what was typed before anything was asked: Enter during a long run is no answer to what
 * comes after it. */
void ui_drop_typed(struct ui *u);
/* Something that takes a moment; the next prompt takes its place. */
void ui_busy(struct ui *u, const char *text);
/* Something to be read: the last words, or what has gone wrong. */
void ui_say(struct ui *u, const char *title, const char *text);
/* Leaves the screen; what was said stays as lines on the terminal. */
void ui_leave(struct ui *u, const char *title, const char *text);
