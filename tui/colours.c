/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/colours.h"

#include <dialog.h>
#include <stddef.h>

#include "base/mem.h"

/* By libdialog's indices (dialog.h, DIALOG_ATR). On black, as a studio is dark; each pair is
 * readable with eight colours and on a screen that shows bold as bright. */
static const struct {
	int from, to; /* indices, both included */
	int foreground, background, bold;
} rows[] = {
	{0, 1, COLOR_CYAN, COLOR_BLACK, 1},    /* screen, shadow */
	{2, 2, COLOR_WHITE, COLOR_BLACK, 0},   /* dialog */
	{3, 3, COLOR_CYAN, COLOR_BLACK, 1},    /* title */
	{4, 4, COLOR_CYAN, COLOR_BLACK, 0},    /* border */
	{5, 5, COLOR_BLACK, COLOR_CYAN, 0},    /* button, active */
	{6, 6, COLOR_WHITE, COLOR_BLACK, 0},   /* button, inactive */
	{7, 7, COLOR_BLACK, COLOR_CYAN, 0},    /* its key */
	{8, 8, COLOR_WHITE, COLOR_BLACK, 0},   /* .. inactive */
	{9, 9, COLOR_BLACK, COLOR_CYAN, 0},    /* its label */
	{10, 10, COLOR_WHITE, COLOR_BLACK, 0}, /* .. inactive */
	{11, 11, COLOR_WHITE, COLOR_BLUE, 1},  /* what is typed */
	{12, 12, COLOR_CYAN, COLOR_BLACK, 0},  /* .. its border */
	{13, 13, COLOR_WHITE, COLOR_BLUE, 1},  /* search */
	{14, 14, COLOR_CYAN, COLOR_BLACK, 1},  /* .. title */
	{15, 15, COLOR_CYAN, COLOR_BLACK, 0},  /* .. border */
	{16, 16, COLOR_CYAN, COLOR_BLACK, 1},  /* position */
	{17, 17, COLOR_WHITE, COLOR_BLACK, 0}, /* menu */
	{18, 18, COLOR_CYAN, COLOR_BLACK, 0},  /* .. border */
	{19, 19, COLOR_WHITE, COLOR_BLACK, 0}, /* item */
	{20, 20, COLOR_BLACK, COLOR_CYAN, 0},  /* .. selected */
	{21, 21, COLOR_WHITE, COLOR_BLACK, 0}, /* tag */
	{22, 22, COLOR_BLACK, COLOR_CYAN, 0},  /* .. selected */
	{23, 23, COLOR_WHITE, COLOR_BLACK, 0}, /* .. its key */
	{24, 24, COLOR_BLACK, COLOR_CYAN, 0},  /* .. selected */
	{25, 25, COLOR_WHITE, COLOR_BLACK, 0}, /* check */
	{26, 26, COLOR_BLACK, COLOR_CYAN, 0},  /* .. selected */
	{27, 28, COLOR_CYAN, COLOR_BLACK, 1},  /* arrows up and down */
	{29, 29, COLOR_CYAN, COLOR_BLACK, 1},  /* the help of an item */
	{30, 30, COLOR_BLACK, COLOR_CYAN, 0},  /* form */
	{31, 31, COLOR_WHITE, COLOR_BLUE, 1},  /* .. text */
	{32, 32, COLOR_CYAN, COLOR_BLACK, 0},  /* .. read only */
	{33, 33, COLOR_CYAN, COLOR_BLACK, 1},  /* gauge */
	{34, 37, COLOR_CYAN, COLOR_BLACK, 0},  /* borders, right and below */
};

/* libdialog would show windows in reverse, every blank of which is a byte on a serial line. */
static chtype without_colours(int background, int bold)
{
	return background == COLOR_CYAN ? A_REVERSE : bold ? A_BOLD : A_NORMAL;
}

void colours_set(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int at = rows[i].from; at <= rows[i].to; at++) {
			dlg_color_table[at].fg = rows[i].foreground;
			dlg_color_table[at].bg = rows[i].background;
			dlg_color_table[at].hilite = rows[i].bold;
			dlg_color_table[at].atr = without_colours(rows[i].background, rows[i].bold);
		}
}
