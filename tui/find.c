/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list too long to read: what is typed is looked for in it, and what matches is shown. */
#include <dialog.h>
#include <dlg_keys.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "tui/choices.h"
#include "tui/dialogs.h"
#include "tui/screen.h"
#include "tui/wrap.h"

enum {
	WIDTH = 76,
	FRAME = 8, /* lines that are neither text nor items */
	ITEMS_MAX = 16,
	BESIDE_BUTTONS = -1, /* the focus is on the list */
};

struct find {
	const char *title, *text;
	const struct choices *all;
	size_t *shown; /* indices into all */
	size_t count, at, top;
	char *part; /* FIND_PART_MAX and its end */
	int button;
	WINDOW *window;
	int height, width, rows, list_y;
};

static void use(WINDOW *window, chtype attributes)
{
	(void)wattrset(window, (int)attributes);
}

/* What begins with the part comes before what holds it. */
static void look(struct find *f)
{
	size_t before = f->count ? f->shown[f->at] : 0, n = strlen(f->part);

	f->count = f->at = f->top = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < f->all->list.count; i++) {
			const struct choice *c = &f->all->list.items[i];
			bool begins = strncasecmp(c->label, f->part, n) == 0;

			if (pass == 0 ? begins : !begins && choice_matches(c, f->part))
				f->shown[f->count++] = i;
		}
	for (size_t i = 0; n == 0 && i < f->count; i++)
		if (f->shown[i] == before)
			f->at = i;
}

static void open_window(struct find *f)
{
	int lines;

	f->width = screen_width(WIDTH);
	lines = wrap_lines(f->text);
	f->height = screen_height(lines + FRAME + ITEMS_MAX);
	f->rows = f->height - lines - FRAME;
	f->list_y = lines + 4;
	f->window = dlg_new_window(f->height, f->width, screen_line(f->height),
				   (COLS - f->width) / 2);
	keypad(f->window, TRUE);
	dlg_draw_box2(f->window, 0, 0, f->height, f->width, dialog_attr, border_attr, border2_attr);
	dlg_draw_bottom_box2(f->window, border_attr, border2_attr, dialog_attr);
	dlg_draw_title(f->window, f->title);
	use(f->window, dialog_attr);
	dlg_draw_helpline(f->window, FALSE);
	dlg_print_autowrap(f->window, f->text, f->height, f->width);
}

static void draw_item(struct find *f, int row)
{
	size_t i = f->top + (size_t)row;
	bool selected = i < f->count && i == f->at;

	wmove(f->window, f->list_y + row, 2);
	use(f->window, selected ? item_selected_attr : item_attr);
	/* The mark says it without colours, too. */
	wprintw(f->window, "%s%-*.*s", selected ? "> " : "  ", f->width - 6, f->width - 6,
		i < f->count ? f->all->list.items[f->shown[i]].label : "");
}

/* One line further the list moves by a line; further away what is selected comes to its middle. */
static void scroll_to(struct find *f)
{
	size_t rows = (size_t)f->rows, last = f->count > rows ? f->count - rows : 0;

	if (f->at + 1 == f->top)
		f->top = f->at;
	else if (f->at == f->top + rows)
		f->top++;
	else if (f->at < f->top || f->at > f->top + rows)
		f->top = f->at > rows / 2 ? f->at - rows / 2 : 0;
	f->top = f->top > last ? last : f->top;
}

static void draw(struct find *f)
{
	const char **labels = dlg_ok_labels();
	bool above, below;

	scroll_to(f);
	above = f->top > 0;
	below = f->top + (size_t)f->rows < f->count;
	for (int row = 0; row < f->rows; row++)
		draw_item(f, row);
	use(f->window, dialog_attr);
	mvwprintw(f->window, f->list_y + f->rows, 2, "%zu of %zu match%-24s", f->count,
		  f->all->list.count,
		  above && below ? ", more above and below"
		  : above	 ? ", more above"
		  : below	 ? ", more below"
				 : "");
	dlg_draw_buttons(f->window, f->height - 2, 0, labels, f->button, FALSE, f->width);
	use(f->window, dialog_attr);
	mvwprintw(f->window, f->list_y - 2, 2, "Find [");
	use(f->window, inputbox_attr);
	wprintw(f->window, "%-*s", FIND_PART_MAX, f->part);
	use(f->window, dialog_attr);
	wprintw(f->window, "]");
	wmove(f->window, f->list_y - 2, 8 + (int)strlen(f->part));
	wrefresh(f->window);
}

static void step(struct find *f, long by)
{
	long to = (long)f->at + by;

	if (to >= (long)f->count)
		to = (long)f->count - 1;
	f->at = to < 0 ? 0 : (size_t)to;
}

static void type(struct find *f, int key)
{
	size_t n = strlen(f->part);

	if (n < FIND_PART_MAX && key >= ' ' && key < 127) {
		f->part[n] = (char)key;
		f->part[n + 1] = '\0';
		look(f);
	} else {
		beep();
	}
}

static void erase_last(struct find *f)
{
	size_t n = strlen(f->part);

	if (n)
		f->part[n - 1] = '\0';
	look(f);
}

/* A libdialog exit code when the list is left, else DLG_EXIT_UNKNOWN. */
static int handle(struct find *f, int key)
{
	switch (key) {
	case KEY_UP: step(f, -1); break;
	case KEY_DOWN: step(f, 1); break;
	case KEY_PPAGE: step(f, -(long)f->rows); break;
	case KEY_NPAGE: step(f, f->rows); break;
	case KEY_HOME: step(f, -(long)f->count); break;
	case KEY_END: step(f, (long)f->count); break;
	case KEY_RIGHT:
	case '\t': f->button = dlg_next_ok_buttonindex(f->button, BESIDE_BUTTONS); break;
	case KEY_LEFT:
	case KEY_BTAB: f->button = dlg_prev_ok_buttonindex(f->button, BESIDE_BUTTONS); break;
	case KEY_BACKSPACE:
	case 127:
	case '\b': erase_last(f); break;
	case KEY_F(1): return DLG_EXIT_HELP;
	case '\x03':
	case '\x1b': return DLG_EXIT_ESC;
	case KEY_ENTER:
	case '\n':
	case '\r':
		if (f->button != BESIDE_BUTTONS && dlg_ok_buttoncode(f->button) != DLG_EXIT_OK)
			return dlg_ok_buttoncode(f->button);
		if (f->count)
			return DLG_EXIT_OK;
		beep();
		break;
	case ERR: return DLG_EXIT_ERROR;
	default: type(f, key);
	}
	return DLG_EXIT_UNKNOWN;
}

int dialogs_find(const char *title, const char *text, const struct choices *choices,
		 struct find_state *state)
{
	_cleanup_free_ size_t *shown = xcalloc(choices->list.count, sizeof(*shown));
	struct find f = {.title = title,
			 .text = text,
			 .all = choices,
			 .shown = shown,
			 .part = state->part,
			 .button = BESIDE_BUTTONS};
	int code = DLG_EXIT_UNKNOWN;

	dialog_vars.help_line = (char *)(uintptr_t) "Type a part of the name   Arrows: choose   "
						    "F1: help   Esc: stop";
	look(&f);
	if (!state->part[0])
		f.at = state->current;
	open_window(&f);
	while (code == DLG_EXIT_UNKNOWN) {
		int key;

		draw(&f);
		key = wgetch(f.window);
		code = key == KEY_RESIZE ? DLG_EXIT_ESC : handle(&f, key);
	}
	dlg_del_window(f.window);
	if (code == DLG_EXIT_OK)
		state->current = f.shown[f.at];
	return code;
}
