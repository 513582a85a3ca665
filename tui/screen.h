/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * screen: the terminal as libdialog has it: taken, given back (also when memory runs out), asked
 * for its size. One screen at a time: libdialog keeps its state in globals.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "tui/terminal.h"

/* Takes the terminal. ERR_UNSUPPORTED: it cannot show dialogs (no terminal, unknown type). */
int screen_open(const struct terminal *t, struct err *e) nodiscard;
void screen_close(void); /* once more does no harm */
bool screen_is_open(void);
void screen_clear(void); /* only the background and its title */
/* The size now, at least 80 x 24? */
bool screen_fits(struct terminal *t);
/* Width and height of a window that is as large as wanted and still fits. */
int screen_width(int wanted);
int screen_height(int wanted);
/* How many lines the text takes at that width, and the place behind at most `lines` of them. */
int screen_lines(const char *text, int width);
const char *screen_after(const char *text, int width, int lines);
