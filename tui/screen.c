/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/screen.h"

#include <dialog.h>
#include <dlg_keys.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/colours.h"

enum {
	ESCAPE_MS = 100, /* between Esc and what follows it on a slow line */
	TITLE_LINES = 2, /* the background's title and the rule below it */
};

/* libdialog ends the program when a window does not fit a smaller screen. So it is not told of a
 * change of size (the linker puts this in front of its dlg_getc): the dialog is left as by Esc, and
 * whoever asked sees the new size and lays it out anew. */
int __real_dlg_getc(WINDOW *window, int *fkey);
int __wrap_dlg_getc(WINDOW *window, int *fkey);

int __wrap_dlg_getc(WINDOW *window, int *fkey)
{
	int key = __real_dlg_getc(window, fkey);

	if (!*fkey || key != KEY_RESIZE)
		return key;
	*fkey = 0;
	return '\x1b';
}

/* Keys that libdialog does not know: Ctrl-C asks as Esc does, F1 is the Help button, and so is ?
 * where nothing is typed. */
static void bind_keys(void)
{
	static const char *const rows[] = {"* ^C ESC", "* F1 HELP", "menubox ? HELP",
					   "yesno ? HELP", "msgbox ? HELP"};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *row = xstrdup(rows[i]);

		dlg_parse_bindkey(row);
	}
}

/* After an allocation has failed nothing but this is done any more. */
static void give_back(void)
{
	if (dialog_state.screen_initialized)
		endwin();
}

int screen_open(const struct terminal *t, struct err *e)
{
	if (!t->is_terminal || !t->known)
		return err_set(e, ERR_UNSUPPORTED, "use --ui plain",
			       "this terminal cannot show dialogs: %s",
			       t->is_terminal ? "its type (TERM) is not known"
					      : "input or output is no terminal");
	if (dialog_state.screen_initialized)
		return 0;
	bind_keys();
	memset(&dialog_vars, 0, sizeof(dialog_vars));
	dialog_state.no_mouse = true;
	colours_set();
	init_dialog(stdin, stdout);
	/* Ctrl-C is a key here, not a signal: it asks and loses nothing. */
	raw();
	set_escdelay(ESCAPE_MS);
	dialog_state.use_shadow = false;
	mem_set_abort_hook(give_back);
	return 0;
}

void screen_close(void)
{
	if (!dialog_state.screen_initialized)
		return;
	mem_set_abort_hook(NULL);
	end_dialog();
}

bool screen_is_open(void)
{
	return dialog_state.screen_initialized;
}

void screen_know_size(void)
{
	int key;

	/* The first look redraws the screen, by which curses notices; the second one takes it. */
	timeout(0);
	do {
		key = getch();
	} while (key == KEY_RESIZE || (key == ERR && getch() == KEY_RESIZE));
	timeout(-1);
	if (key != ERR)
		ungetch(key);
}

void screen_drop_typed(void)
{
	if (screen_is_open())
		flushinp();
}

void screen_clear(void)
{
	dlg_clear();
	dlg_put_backtitle();
}

void screen_box(const char *title, const char *lines, int width, int height_below)
{
	int height = 2, x = (COLS - width) / 2, y;

	for (const char *c = lines; *c; c++)
		height += *c == '\n' || !c[1];
	y = screen_line(height + height_below);
	dlg_draw_box2(stdscr, y, x, height, width, dialog_attr, border_attr, border2_attr);
	(void)attrset((int)title_attr);
	mvprintw(y, x + (width - (int)strlen(title)) / 2, "%s", title);
	(void)attrset((int)dialog_attr);
	for (int row = y + 1; *lines; row++) {
		int n = (int)strcspn(lines, "\n");

		mvprintw(row, x + 2, "%.*s", n, lines);
		lines += n + (lines[n] == '\n');
	}
	wnoutrefresh(stdscr);
	screen_place(height_below, width);
	dialog_vars.begin_y = y + height;
}

bool screen_fits(struct terminal *t)
{
	if (screen_is_open()) {
		t->rows = LINES;
		t->columns = COLS;
	} else {
		terminal_size(t);
	}
	return t->rows >= TERMINAL_ROWS && t->columns >= TERMINAL_COLUMNS;
}

int screen_width(int wanted)
{
	return wanted < COLS - 4 ? wanted : COLS - 4;
}

int screen_height(int wanted)
{
	return wanted < LINES - TITLE_LINES ? wanted : LINES - TITLE_LINES;
}

int screen_line(int height)
{
	return TITLE_LINES + (LINES - TITLE_LINES - height) / 2;
}

void screen_place(int height, int width)
{
	dialog_vars.begin_set = true;
	dialog_vars.begin_y = screen_line(height);
	dialog_vars.begin_x = (COLS - width) / 2;
}
