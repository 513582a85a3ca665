/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * screen: the terminal as libdialog has it: taken, given back (also when memory runs out), asked
 * for its size. One screen at a time: libdialog keeps its state in globals.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "tui/terminal.h"

#define SCREEN_TITLE "ArchibaldOS - DeMoD LLC" /* of the background */

/* Takes the terminal. ERR_UNSUPPORTED: it cannot show dialogs (no terminal, unknown type). */
int screen_open(const struct terminal *t, struct err *e) nodiscard;
void screen_close(void); /* once more does no harm */
bool screen_is_open(void);
/* Wrapped lines in a box, with room for a window of that height below it; libdialog is told where
 * that is. */
void screen_box(const char *title, const char *lines, int width, int height_below);
/* After the size has changed while the screen was closed: that is no news any more. */
void screen_know_size(void);
void screen_drop_typed(void); /* what was typed and not read yet */
void screen_clear(void);      /* only the background and its title */
/* The size now, at least 80 x 24? */
bool screen_fits(struct terminal *t);
/* Width and height of a window that is as large as wanted and still fits below the title. */
int screen_width(int wanted);
int screen_height(int wanted);
/* Where a window of that height begins; the second one tells libdialog. */
int screen_line(int height);
void screen_place(int height, int width);
