/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Something to be read, in a window that scrolls. libdialog's own keeps a pad of as many lines as
 * the text has bytes: megabytes for a page. */
#include <dialog.h>
#include <dlg_keys.h>
#include <stdint.h>
#include <string.h>

#include "tui/dialogs.h"
#include "tui/screen.h"
#include "tui/wrap.h"

enum { FRAME = 5 /* lines that are no text */ };

struct view {
	const char *title, *text;
	int lines, art; /* of the text; its first ones are art */
	WINDOW *window;
	int height, width, rows, top;
};

static void open_window(struct view *v)
{
	v->height = screen_height(v->lines + FRAME);
	v->rows = v->height - FRAME;
	v->window = dlg_new_window(v->height, v->width, screen_line(v->height),
				   (COLS - v->width) / 2);
	keypad(v->window, TRUE);
	dlg_draw_box2(v->window, 0, 0, v->height, v->width, dialog_attr, border_attr, border2_attr);
	dlg_draw_bottom_box2(v->window, border_attr, border2_attr, dialog_attr);
	dlg_draw_title(v->window, v->title);
	(void)wattrset(v->window, (int)dialog_attr);
	dlg_draw_helpline(v->window, FALSE);
}

/* How far it is read, where the box ends. */
static void draw_position(const struct view *v)
{
	(void)wattrset(v->window, (int)position_indicator_attr);
	mvwprintw(v->window, v->height - 3, v->width - 9, " %3d%% ",
		  100 * (v->top + v->rows) / v->lines);
}

static void draw(const struct view *v)
{
	const char *line = wrap_after(v->text, v->top);

	for (int row = 0; row < v->rows; row++) {
		int n = (int)strcspn(line, "\n");

		(void)wattrset(v->window, (int)(v->top + row < v->art ? title_attr : dialog_attr));
		mvwprintw(v->window, row + 1, 2, "%.*s", n, line);
		for (int x = getcurx(v->window); x < v->width - 2; x++)
			waddch(v->window, ' ');
		line += n + (line[n] == '\n');
	}
	if (v->lines > v->rows)
		draw_position(v);
	dlg_draw_buttons(v->window, v->height - 2, 0, dlg_ok_labels(), 0, FALSE, v->width);
	wrefresh(v->window);
}

static void scroll_by(struct view *v, int by)
{
	int last = v->lines > v->rows ? v->lines - v->rows : 0;

	v->top += by;
	v->top = v->top < 0 ? 0 : v->top > last ? last : v->top;
}

/* A libdialog exit code when it is left, else DLG_EXIT_UNKNOWN. */
static int handle(struct view *v, int key)
{
	switch (key) {
	case KEY_UP: scroll_by(v, -1); break;
	case KEY_DOWN: scroll_by(v, 1); break;
	case KEY_PPAGE: scroll_by(v, -v->rows); break;
	case ' ':
	case KEY_NPAGE: scroll_by(v, v->rows); break;
	case KEY_HOME: scroll_by(v, -v->lines); break;
	case KEY_END: scroll_by(v, v->lines); break;
	case KEY_RESIZE:
	case '\x03':
	case '\x1b': return DLG_EXIT_ESC;
	case KEY_ENTER:
	case '\n':
	case '\r': return DLG_EXIT_OK;
	case ERR: return DLG_EXIT_ERROR;
	default: break;
	}
	return DLG_EXIT_UNKNOWN;
}

int dialogs_view(const char *title, const char *text, int art, int width)
{
	struct view v = {.title = title,
			 .text = text,
			 .lines = wrap_lines(text),
			 .art = art,
			 .width = width};
	int code = DLG_EXIT_UNKNOWN;

	dialog_vars.help_line =
		(char *)(uintptr_t)(v.lines + FRAME > screen_height(LINES)
					    ? "Arrows and Page keys: scroll   Enter: go on"
					    : "Enter: go on");
	open_window(&v);
	while (code == DLG_EXIT_UNKNOWN) {
		draw(&v);
		code = handle(&v, wgetch(v.window));
	}
	dlg_del_window(v.window);
	return code;
}
