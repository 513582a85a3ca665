/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/screen.h"

#include <dialog.h>
#include <dlg_keys.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { ESCAPE_MS = 100 /* between Esc and what follows it on a slow line */ };

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

void screen_clear(void)
{
	dlg_clear();
	dlg_put_backtitle();
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
	return wanted < LINES - 2 ? wanted : LINES - 2;
}

/* Bytes of the next line of at most `width` columns, broken at a space where there is one. */
static size_t line_bytes(const char *text, int width)
{
	size_t n = 0, space = 0;

	for (int columns = 0; text[n] && text[n] != '\n'; columns++) {
		size_t length = utf8_length(text + n);

		if (columns == width)
			return space ? space : n;
		if (text[n] == ' ')
			space = n;
		n += length ? length : 1;
	}
	return n;
}

const char *screen_after(const char *text, int width, int lines)
{
	while (*text && lines-- > 0) {
		text += line_bytes(text, width);
		while (*text == ' ')
			text++;
		if (*text == '\n')
			text++;
	}
	return text;
}

int screen_lines(const char *text, int width)
{
	int n = 0;

	for (; *text; n++)
		text = screen_after(text, width, 1);
	return n;
}
