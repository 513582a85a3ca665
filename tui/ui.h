/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ui: the front ends behind one face. Whoever talks to a person opens one, hands its front_end to
 * the wizard and its sink to the run, and closes it; which of them it is, is decided here: by
 * name, or by what the terminal can do.
 */
#pragma once

#include "answers/wizard.h"
#include "run/events.h"
#include "tui/plain.h"

#define UI_NAMES "plain|none"
enum ui_kind { UI_NONE, UI_PLAIN };

struct ui {
	enum ui_kind kind;
	struct plain plain;
};

/* By name ("plain", "none"); NULL: what fits the terminal. false: there is no such front end.
 * `stop` is set by a signal. */
bool ui_choose(struct ui *u, const char *name, const volatile int *stop);
/* Takes the terminal. Nothing is to be printed by others until ui_close(). */
int ui_open(struct ui *u, struct err *e) nodiscard;
void ui_close(struct ui *u); /* gives it back as it was; once more does no harm */
/* Says hello: the art, and what this machine is. */
void ui_welcome(struct ui *u, const char *machine);
struct front_end ui_front_end(struct ui *u);
/* An event_sink. ctx: struct ui *. */
void ui_event(void *ctx, const struct event *e);
/* The last words. */
void ui_goodbye(struct ui *u, const char *title, const char *text);
