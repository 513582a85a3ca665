/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/dialogs.h"

#include <dialog.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "tui/screen.h"

enum {
	WIDTH = 76,
	ITEM_MARGIN = 10, /* of a menu's width */
	MENU_FRAME = 8,	  /* lines of a menu that are neither text nor items */
	TEXT_FRAME = 5,
	INPUT_FRAME = 8,
	BUSY_HEIGHT = 5,
	MARGIN_COLUMNS = 4, /* of a window's width that text cannot use */
	EDIT_HEIGHT = 14,
	ITEMS_SEEN = 5, /* a menu shows at least these below its text */
};

static char *label(const char *text)
{
	return (char *)(uintptr_t)text; /* libdialog does not write to its labels */
}

/* Buttons: Next, Back, Help; Esc asks whether to stop. */
static void set_buttons(const struct dialogs *d, const struct prompt *p)
{
	bool question = p->kind == PROMPT_QUESTION || p->kind == PROMPT_REVIEW ||
			p->kind == PROMPT_CONFIRM;

	memset(&dialog_vars, 0, sizeof(dialog_vars));
	dialog_vars.default_button = -1;
	dialog_vars.backtitle = label("ArchibaldOS - DeMoD LLC");
	dialog_vars.nocollapse = dialog_vars.cr_wrap = dialog_vars.no_nl_expand = true;
	dialog_vars.ascii_lines = !d->terminal->utf8;
	dialog_vars.ok_label = label("Next");
	dialog_vars.cancel_label = label("Back");
	dialog_vars.help_label = dialog_vars.exit_label = label("Help");
	dialog_vars.nocancel = p->first || !question;
	dialog_vars.help_button = question;
	dialog_vars.help_line = label("Arrows: choose   Tab: buttons   F1: help   Esc: stop");
	/* With --insecure, libdialog shows a star for each character. */
	dialog_vars.insecure = true;
}

/* Everything that stands above the field: what was wrong, what to look at, what is asked. At most
 * `lines` of it; the whole is in the help. */
static char *text_above(const struct dialogs *d, const struct prompt *p, int width, int lines)
{
	_cleanup_str_ struct str text = {0};
	const char *end;
	char *result;

	if (p->problem)
		str_addf(&text, "! %s\n\n", p->problem);
	if (p->text)
		str_addf(&text, "%s%s", p->text, str_ends(p->text, "\n") ? "\n" : "\n\n");
	if (p->kind != PROMPT_TEXT && p->kind != PROMPT_LEAVE)
		str_addf(&text, "%s%s%s", p->title, p->repeat ? ", again" : "",
			 p->type == Q_BOOL ? "?" : ":");
	while (text.len && text.s[text.len - 1] == '\n')
		text.s[--text.len] = '\0';
	end = screen_after(str_get(&text), width, lines);
	if (*end) {
		end = screen_after(str_get(&text), width, lines - 2);
		result = xasprintf("%.*s... F1 shows all of it\n%s:", (int)(end - text.s), text.s,
				   p->title);
	} else {
		result = str_take(&text);
	}
	if (!d->terminal->utf8)
		terminal_to_ascii(result);
	return result;
}

static char *title_of(const struct prompt *p)
{
	if (p->kind == PROMPT_QUESTION && p->count >= p->number)
		return xasprintf("%s (%zu of %zu)", p->title, p->number, p->count);
	return xstrdup(p->title);
}

static void show_text(const struct dialogs *d, const char *title, const char *text)
{
	int width = screen_width(WIDTH);
	_cleanup_free_ char *shown = xstrdup(text);

	if (!d->terminal->utf8)
		terminal_to_ascii(shown);
	dialog_vars.help_button = false;
	dialog_vars.nocancel = true;
	dialog_vars.help_line = label("Arrows and Page keys: scroll   Enter: go on");
	dialog_msgbox(title, shown,
		      screen_height(screen_lines(shown, width - MARGIN_COLUMNS) + TEXT_FRAME),
		      width, 1);
}

static void show_help(const struct dialogs *d, const struct prompt *p)
{
	_cleanup_str_ struct str text = {0};

	str_addf(&text, "%s\n\nAllowed: %s.\n", p->help, p->allowed);
	if (p->search)
		str_add(&text, "\nType a part of the name to find it.\n");
	if (p->type == Q_TEXTS)
		str_add(&text, "\nOne a line; Tab leads to the buttons. A line that is emptied is "
			       "taken away.\n");
	if (p->problem)
		str_addf(&text, "\nWhat was wrong: %s\n", p->problem);
	if (p->text)
		str_addf(&text, "\n%s\n", p->text);
	str_add(&text, "\nTab leads to the buttons. Esc and Ctrl-C ask whether to stop; no answer "
		       "is lost by that.\n");
	set_buttons(d, p);
	screen_clear();
	show_text(d, "Help", str_get(&text));
}

static size_t proposed(const struct prompt *p)
{
	for (size_t i = 0; i < p->choices.list.count; i++)
		if (str_eq(p->choices.list.items[i].value, p->proposal))
			return i;
	return 0;
}

/* libdialog lets what is too long run into the next line. */
static char *item_text(const char *label_text, int columns)
{
	if (dlg_count_columns(label_text) <= columns)
		return xstrdup(label_text);
	return xasprintf("%.*s...", dlg_limit_columns(label_text, columns - 3, 0), label_text);
}

static int ask_menu(const struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	size_t count = p->choices.list.count;
	_cleanup_free_ DIALOG_LISTITEM *items = xcalloc(count, sizeof(*items));
	_cleanup_free_ char *title = title_of(p), *text = NULL;
	int width = screen_width(WIDTH), current = (int)proposed(p), lines, rows, code;
	int seen = count < ITEMS_SEEN ? (int)count : ITEMS_SEEN;

	text = text_above(d, p, width - MARGIN_COLUMNS, LINES - MENU_FRAME - seen);
	lines = screen_lines(text, width - MARGIN_COLUMNS);
	rows = LINES - MENU_FRAME - lines;
	rows = rows > (int)count ? (int)count : rows;
	for (size_t i = 0; i < count; i++) {
		const struct choice *c = &p->choices.list.items[i];

		items[i].name = label(c->value);
		items[i].text = item_text(c->label, width - ITEM_MARGIN);
		items[i].help = label("");
		if (!d->terminal->utf8)
			terminal_to_ascii(items[i].text);
	}
	dialog_vars.no_tags = true;
	dialog_vars.default_item = items[current].name;
	code = dlg_menu(title, text, lines + rows + MENU_FRAME - 2, width, rows, (int)count, items,
			&current, dlg_dummy_menutext);
	for (size_t i = 0; i < count; i++)
		free(items[i].text);
	if (code == DLG_EXIT_OK)
		secret_set(reply, p->choices.list.items[current].value,
			   strlen(p->choices.list.items[current].value));
	return code;
}

static int ask_find(const struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	_cleanup_free_ char *title = title_of(p);
	_cleanup_free_ char *text = text_above(d, p, screen_width(WIDTH) - MARGIN_COLUMNS,
					       LINES / 3);
	size_t current = proposed(p);
	int code = dialogs_find(title, text, &p->choices, &current);

	if (code == DLG_EXIT_OK)
		secret_set(reply, p->choices.list.items[current].value,
			   strlen(p->choices.list.items[current].value));
	return code;
}

/* libdialog edits in a buffer of its own, which is wiped here. */
static void take_result(struct secret *reply, bool wanted)
{
	char *bytes = dialog_vars.input_result;

	if (bytes && wanted)
		secret_set(reply, bytes, strlen(bytes));
	if (bytes)
		secret_zero(bytes, strlen(bytes));
	dlg_clr_result();
}

static int ask_input(const struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	_cleanup_free_ char *title = title_of(p), *text = NULL;
	const char *initial = p->typed ? p->typed : p->proposal;
	int width = screen_width(WIDTH), code;
	bool secret = p->type == Q_SECRET;

	text = text_above(d, p, width - MARGIN_COLUMNS, LINES - INPUT_FRAME - 2);
	dialog_vars.help_line = label(p->keeps ? "Enter alone: as before   F1: help   Esc: stop"
				      : p->optional ? "Enter alone: none   F1: help   Esc: stop"
						    : "Tab: buttons   F1: help   Esc: stop");
	code = dialog_inputbox(title, text,
			       screen_lines(text, width - MARGIN_COLUMNS) + INPUT_FRAME, width,
			       secret || !initial ? "" : initial, secret);
	take_result(reply, code == DLG_EXIT_OK);
	return code;
}

static int ask_yes_no(const struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	_cleanup_free_ char *title = title_of(p), *text = NULL;
	int width = screen_width(WIDTH), code;

	text = text_above(d, p, width - MARGIN_COLUMNS, LINES - TEXT_FRAME - 2);
	dialog_vars.extra_button = !p->first;
	dialog_vars.extra_label = label("Back");
	dialog_vars.nocancel = false;
	dialog_vars.default_button = str_eq(p->proposal, "yes") ? DLG_EXIT_OK : DLG_EXIT_CANCEL;
	code = dialog_yesno(title, text, screen_lines(text, width - MARGIN_COLUMNS) + TEXT_FRAME,
			    width);
	if (code == DLG_EXIT_OK || code == DLG_EXIT_CANCEL) {
		const char *word = code == DLG_EXIT_OK ? "yes" : "no";

		secret_set(reply, word, strlen(word));
		return DLG_EXIT_OK;
	}
	return code == DLG_EXIT_EXTRA ? DLG_EXIT_CANCEL : code;
}

/* The lines as libdialog's editor wants them: malloc'ed, ended by NULL. */
static char **split_lines(const char *text, int *ret_rows)
{
	size_t rows = 1, n = 0;
	char **lines;

	for (const char *c = text; *c; c++)
		rows += *c == '\n';
	lines = xcalloc(rows + 1, sizeof(*lines));
	while (n < rows) {
		size_t len = strcspn(text, "\n");

		lines[n++] = xasprintf("%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
	*ret_rows = (int)rows;
	return lines;
}

static int ask_lines(const struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	_cleanup_free_ char *title = title_of(p);
	const char *initial = p->typed ? p->typed : p->proposal ? p->proposal : "";
	_cleanup_str_ struct str text = {0};
	int rows, code;
	char **lines = split_lines(initial, &rows);

	/* The editor has no room for a text above it. */
	if (p->problem) {
		show_text(d, "This cannot be used", p->problem);
		set_buttons(d, p);
		screen_clear();
	}
	dialog_vars.help_line = label("One a line   Tab: buttons   F1: help   Esc: stop");
	code = dlg_editbox(title, &lines, &rows, screen_height(EDIT_HEIGHT), screen_width(WIDTH));
	for (int i = 0; i < rows; i++)
		if (lines[i] && lines[i][0])
			str_addf(&text, "%s\n", lines[i]);
	for (int i = 0; i < rows; i++)
		free(lines[i]);
	free(lines);
	if (code == DLG_EXIT_OK)
		secret_set(reply, str_get(&text), text.len);
	return code;
}

static int ask_once(const struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	set_buttons(d, p);
	screen_clear();
	if (p->kind == PROMPT_TEXT) {
		show_text(d, p->title, p->text);
		return DLG_EXIT_OK;
	}
	if (p->search)
		return ask_find(d, p, reply);
	if (p->choices.list.count)
		return ask_menu(d, p, reply);
	switch (p->type) {
	case Q_BOOL: return ask_yes_no(d, p, reply);
	case Q_TEXTS: return ask_lines(d, p, reply);
	default: return ask_input(d, p, reply);
	}
}

/* Of a terminal that is gone, curses says that nothing was typed, and dialog that it was Esc: asked
 * for ever, as nobody is there to say anything else. */
static bool hung_up(void)
{
	struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&terminal, 1, 0) > 0 && (terminal.revents & (POLLHUP | POLLERR | POLLNVAL));
}

enum reply_kind dialogs_ask(void *ctx, const struct prompt *p, struct secret *reply)
{
	struct dialogs *d = ctx;

	d->resized = false;
	for (;;) {
		int lines = LINES, columns = COLS, code = ask_once(d, p, reply);

		if ((d->stop && *d->stop) || hung_up())
			return REPLY_END;
		d->resized = lines != LINES || columns != COLS;
		if (d->resized)
			return REPLY_CANCEL;
		switch (code) {
		case DLG_EXIT_OK: return REPLY_ANSWER;
		case DLG_EXIT_CANCEL: return REPLY_BACK;
		case DLG_EXIT_ESC: return REPLY_CANCEL;
		case DLG_EXIT_HELP: show_help(d, p); break;
		default:
			/* The terminal is gone, or a signal came in between. */
			if (!screen_is_open() || feof(stdin))
				return REPLY_END;
			break;
		}
	}
}

void dialogs_busy(struct dialogs *d, const char *text)
{
	static const struct prompt p = {.kind = PROMPT_TEXT, .first = true};
	_cleanup_free_ char *shown = xstrdup(text);

	set_buttons(d, &p);
	screen_clear();
	if (!d->terminal->utf8)
		terminal_to_ascii(shown);
	dialog_vars.help_line = label("One moment");
	dialog_msgbox("", shown, BUSY_HEIGHT, screen_width(WIDTH), 0);
}

enum reply_kind dialogs_show(struct dialogs *d, const char *title, const char *text)
{
	static const struct prompt p = {.kind = PROMPT_TEXT, .first = true};

	set_buttons(d, &p);
	screen_clear();
	show_text(d, title, text);
	return (d->stop && *d->stop) || hung_up() ? REPLY_END : REPLY_ANSWER;
}
