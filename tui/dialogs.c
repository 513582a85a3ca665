/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/dialogs.h"

#include <dialog.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "tui/screen.h"
#include "tui/wrap.h"

enum {
	WIDTH = 76,
	ITEM_MARGIN = 10,    /* of a menu's width */
	NAME_MAX_WIDTH = 24, /* of an answer's name, beside which its value stands */
	MENU_FRAME = 8,	     /* lines of a menu that are neither text nor items */
	TEXT_FRAME = 5,
	INPUT_FRAME = 8,
	BUSY_HEIGHT = 5,
	MARGIN_COLUMNS = 4, /* of a window's width that text cannot use */
	EDIT_HEIGHT = 12,
	ITEMS_SEEN = 5, /* a menu shows at least these below its text */
	ITEM_HELP = 1,	/* the last line of the screen, which tells the whole of a long item */
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
	dialog_vars.backtitle = label(SCREEN_TITLE);
	dialog_vars.nocollapse = dialog_vars.cr_wrap = dialog_vars.no_nl_expand = true;
	dialog_vars.ascii_lines = !d->terminal->utf8;
	dialog_vars.ok_label = label(p->kind == PROMPT_TEXT ? "Close" : "Next");
	dialog_vars.cancel_label = label("Back");
	dialog_vars.help_label = dialog_vars.exit_label = label("Help");
	dialog_vars.nocancel = p->first || !question;
	dialog_vars.help_button = question;
	dialog_vars.help_line = label(
		question ? "Arrows: choose   Tab: buttons   F1: help   Esc: stop"
			 : "Arrows: choose   Enter: take it   Esc: go on");
	/* With --insecure, libdialog shows a star for each character. */
	dialog_vars.insecure = true;
}

static void add_paragraph(struct str *s, const char *before, const char *text)
{
	if (s->len)
		str_addc(s, '\n');
	str_addf(s, "%s%s%s", before, text, str_ends(text, "\n") ? "" : "\n");
}

/* What the field is for, where neither the window's title nor the help above it says so. */
static void add_field(struct str *s, const struct prompt *p, bool explained)
{
	if (p->kind == PROMPT_TEXT || (explained && p->type != Q_BOOL && !p->repeat))
		return;
	if (s->len)
		str_addc(s, '\n');
	str_addf(s, "%s%s%s", p->title, p->repeat ? ", again" : "", p->type == Q_BOOL ? "?" : ":");
}

/* What was wrong, what to look at, and what is asked. */
static char *compose(const struct dialogs *d, const struct prompt *p, bool help, int width)
{
	_cleanup_str_ struct str text = {0};
	char *wrapped;

	if (p->problem)
		add_paragraph(&text, "! ", p->problem);
	if (p->text)
		add_paragraph(&text, "", p->text);
	if (help)
		add_paragraph(&text, "", p->help);
	add_field(&text, p, help);
	while (text.len && text.s[text.len - 1] == '\n')
		text.s[--text.len] = '\0';
	wrapped = wrap_text(str_get(&text), (size_t)width);
	if (!d->terminal->utf8)
		terminal_to_ascii(wrapped);
	return wrapped;
}

/* Everything that stands above the field, at most `lines` of it: the help where there is room; the
 * whole is in the help. */
static char *text_above(const struct dialogs *d, const struct prompt *p, int width, int lines)
{
	bool explains = p->kind == PROMPT_QUESTION && !p->problem && !p->repeat;
	char *text = compose(d, p, explains, width), *cut;

	if (explains && wrap_lines(text) > lines) {
		free(text);
		text = compose(d, p, false, width);
	}
	if (wrap_lines(text) <= lines)
		return text;
	cut = xasprintf("%.*s... F1 shows all of it\n\n%s:",
			(int)(wrap_after(text, lines - 3) - text), text, p->title);
	free(text);
	return cut;
}

static char *title_of(const struct prompt *p)
{
	if (p->kind == PROMPT_QUESTION && p->number && p->count >= p->number)
		return xasprintf(" %s (%zu of %zu) ", p->title, p->number, p->count);
	return xasprintf(" %s ", p->title);
}

/* The art is shown as it is. */
static void show_below(const struct dialogs *d, const char *title, const char *art,
		       const char *text)
{
	int width = screen_width(WIDTH);
	_cleanup_free_ char *wrapped = wrap_text(text, (size_t)(width - MARGIN_COLUMNS));
	_cleanup_free_ char *shown = xasprintf("%s%s%s", art, art[0] ? "\n" : "", wrapped);
	_cleanup_free_ char *name = xasprintf(" %s ", title);

	if (!d->terminal->utf8)
		terminal_to_ascii(shown);
	dialog_vars.help_button = false;
	dialog_vars.nocancel = true;
	(void)dialogs_view(name, shown, wrap_lines(art), width);
}

static void show_text(const struct dialogs *d, const char *title, const char *text)
{
	show_below(d, title, "", text);
}

static void show_help(const struct dialogs *d, const struct prompt *p)
{
	_cleanup_str_ struct str text = {0};

	str_addf(&text, "%s\n", p->help);
	if (p->kind != PROMPT_LEAVE && p->type != Q_BOOL)
		str_addf(&text, "\nAllowed: %s.\n", p->allowed);
	if (p->search)
		str_add(&text, "\nType a part of the name to find it.\n");
	if (p->type == Q_TEXTS)
		str_add(&text, "\nOne a line; Tab leads to the buttons. A line that is emptied is "
			       "taken away.\n");
	if (p->problem)
		str_addf(&text, "\nWhat was wrong: %s\n", p->problem);
	if (p->text)
		str_addf(&text, "\n%s%s", p->text, str_ends(p->text, "\n") ? "" : "\n");
	str_add(&text, "\nTab leads to the buttons. Esc and Ctrl-C ask whether to stop; no answer "
		       "is lost by that.\n");
	set_buttons(d, p);
	dialog_vars.ok_label = label("Close");
	screen_clear();
	show_text(d, "Help", str_get(&text));
}

/* The index behind the last one is "none". */
static size_t proposed(const struct prompt *p)
{
	for (size_t i = 0; i < p->choices.list.count; i++)
		if (str_eq(p->choices.list.items[i].value, p->proposal))
			return i;
	return p->optional && !p->proposal && !p->search ? p->choices.list.count : 0;
}

/* libdialog lets what is too long run into the next line. */
static char *cut_to(const char *text, int columns)
{
	if (dlg_count_columns(text) <= columns)
		return xstrdup(text);
	return xasprintf("%.*s...", dlg_limit_columns(text, columns - 3, 0), text);
}

/* How long the longest name is, of "name: value"; 0 where there are no such pairs. */
static int name_width(const struct prompt *p)
{
	size_t widest = 0;

	for (size_t i = 0; p->pairs && i < p->choices.list.count; i++) {
		const char *text = p->choices.list.items[i].label, *colon = strstr(text, ": ");
		size_t n = colon ? (size_t)(colon - text) : 0;

		widest = n > widest ? n : widest;
	}
	return widest < NAME_MAX_WIDTH ? (int)widest : NAME_MAX_WIDTH;
}

/* Names and values in two columns. */
static char *item_text(const char *text, int name)
{
	const char *colon = name ? strstr(text, ": ") : NULL;

	return colon ? xasprintf("%-*.*s  %s", name, (int)(colon - text), text, colon + 2)
		     : xstrdup(text);
}

/* libdialog puts the longest item into the middle, and shows what is selected as long as its text:
 * so one fills its line, or all where that costs a serial line nothing. */
static void fill(char **text, int columns)
{
	int n = dlg_count_columns(*text);
	char *filled = xasprintf("%s%*s", *text, n < columns ? columns - n : 0, "");

	free(*text);
	*text = filled;
}

/* What may be left open is a menu with one item more, the last. */
static bool can_be_none(const struct prompt *p)
{
	return p->kind == PROMPT_QUESTION && p->optional;
}

/* Of each choice as much as fits; all of one that does not is told while it is selected. */
static DIALOG_LISTITEM *menu_items(const struct dialogs *d, const struct prompt *p, size_t count,
				   int columns)
{
	static const struct choice none = {"", "none"};
	DIALOG_LISTITEM *items = xcalloc(count, sizeof(*items));
	size_t filled = proposed(p) + 1 == count ? 0 : count - 1;
	int name = name_width(p);

	for (size_t i = 0; i < count; i++) {
		const struct choice *c = i < p->choices.list.count ? &p->choices.list.items[i]
								   : &none;
		_cleanup_free_ char *text = item_text(c->label, name);

		if (!d->terminal->utf8)
			terminal_to_ascii(text);
		items[i].name = label(c->value);
		items[i].text = cut_to(text, columns);
		items[i].help = xstrdup(str_eq(items[i].text, text) ? "" : text);
		if (has_colors() || i == filled)
			fill(&items[i].text, columns);
	}
	return items;
}

static void menu_free(DIALOG_LISTITEM *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(items[i].text);
		free(items[i].help);
	}
	free(items);
}

static int ask_menu(const struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	size_t count = p->choices.list.count + can_be_none(p);
	_cleanup_free_ char *title = title_of(p), *text = NULL;
	int width = screen_width(WIDTH), current = (int)proposed(p), lines, rows, code;
	int seen = count < ITEMS_SEEN ? (int)count : ITEMS_SEEN;
	int room = screen_height(LINES) - ITEM_HELP - (MENU_FRAME - 2);
	DIALOG_LISTITEM *items = menu_items(d, p, count, width - ITEM_MARGIN);

	text = text_above(d, p, width - MARGIN_COLUMNS, room - seen);
	lines = wrap_lines(text);
	rows = room - lines < (int)count ? room - lines : (int)count;
	dialog_vars.no_tags = dialog_vars.item_help = true;
	dialog_vars.default_item = items[current].name;
	screen_place(lines + rows + MENU_FRAME - 2, width);
	code = dlg_menu(title, text, lines + rows + MENU_FRAME - 2, width, rows, (int)count, items,
			&current, dlg_dummy_menutext);
	menu_free(items, count);
	if (code == DLG_EXIT_OK && (size_t)current < p->choices.list.count)
		secret_set(reply, p->choices.list.items[current].value,
			   strlen(p->choices.list.items[current].value));
	return code;
}

void dialogs_forget(struct dialogs *d)
{
	secret_wipe(&d->half);
	d->half_of = (struct half_of){0};
}

/* What was typed is kept while the prompt is left for something else. */
static void keep_half(struct dialogs *d, const struct prompt *p, const char *text, size_t len)
{
	dialogs_forget(d);
	secret_set(&d->half, text, len);
	d->half_of = (struct half_of){
		.question = p->question, .type = p->type, .repeat = p->repeat};
	snprintf(d->half_of.title, sizeof(d->half_of.title), "%s", p->title);
}

static bool is_half(const struct dialogs *d, const struct prompt *p)
{
	const struct half_of *h = &d->half_of;

	return d->half.bytes && h->question == p->question && h->type == p->type &&
	       h->repeat == p->repeat && strncmp(h->title, p->title, sizeof(h->title) - 1) == 0;
}

static const char *half_typed(const struct dialogs *d, const struct prompt *p)
{
	return is_half(d, p) ? d->half.bytes : NULL;
}

static int ask_find(struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	_cleanup_free_ char *title = title_of(p);
	_cleanup_free_ char *text = text_above(d, p, screen_width(WIDTH) - MARGIN_COLUMNS,
					       LINES / 3);
	struct find_state state = {.current = proposed(p)};
	int code;

	snprintf(state.part, sizeof(state.part), "%s", half_typed(d, p) ? half_typed(d, p) : "");
	code = dialogs_find(title, text, &p->choices, &state);
	if (code == DLG_EXIT_OK)
		secret_set(reply, p->choices.list.items[state.current].value,
			   strlen(p->choices.list.items[state.current].value));
	else
		keep_half(d, p, state.part, strlen(state.part));
	return code;
}

/* libdialog edits in a buffer of its own, which is wiped here. */
static void take_result(struct dialogs *d, const struct prompt *p, struct secret *reply,
			bool wanted)
{
	char *bytes = dialog_vars.input_result;

	if (bytes && wanted)
		secret_set(reply, bytes, strlen(bytes));
	else if (bytes)
		keep_half(d, p, bytes, strlen(bytes));
	if (bytes)
		secret_zero(bytes, strlen(bytes));
	dlg_clr_result();
}

static int ask_input(struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	_cleanup_free_ char *title = title_of(p), *text = NULL;
	bool secret = p->type == Q_SECRET;
	const char *initial = half_typed(d, p) ? half_typed(d, p)
			      : secret	       ? NULL
			      : p->typed       ? p->typed
					       : p->proposal;
	int width = screen_width(WIDTH), height, code;

	text = text_above(d, p, width - MARGIN_COLUMNS, screen_height(LINES) - INPUT_FRAME);
	height = wrap_lines(text) + INPUT_FRAME;
	dialog_vars.help_line = label(p->keeps ? "Enter alone: as before   F1: help   Esc: stop"
				      : p->optional ? "Enter alone: none   F1: help   Esc: stop"
						    : "Tab: buttons   F1: help   Esc: stop");
	screen_place(height, width);
	code = dialog_inputbox(title, text, height, width, initial ? initial : "", secret);
	take_result(d, p, reply, code == DLG_EXIT_OK);
	return code;
}

/* Yes, No, Back: in this order "Back" is libdialog's "No", and "No" its extra button. Who leaves
 * goes back by No. */
static int ask_yes_no(const struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	_cleanup_free_ char *title = title_of(p), *text = NULL;
	int width = screen_width(WIDTH), height, code;
	bool yes = str_eq(p->proposal, "yes"), can_go_back = p->kind != PROMPT_LEAVE;
	int no = can_go_back ? DLG_EXIT_EXTRA : DLG_EXIT_CANCEL;

	text = text_above(d, p, width - MARGIN_COLUMNS, screen_height(LINES) - TEXT_FRAME);
	height = wrap_lines(text) + TEXT_FRAME;
	dialog_vars.yes_label = label("Yes");
	dialog_vars.extra_button = can_go_back;
	dialog_vars.extra_label = label("No");
	dialog_vars.no_label = label(can_go_back ? "Back" : "No");
	dialog_vars.nocancel = false; /* or libdialog does not find this default */
	dialog_vars.default_button = yes ? DLG_EXIT_OK : no;
	screen_place(height, width);
	code = dialog_yesno(title, text, height, width);
	if (code != DLG_EXIT_OK && code != no)
		return code;
	secret_set(reply, code == DLG_EXIT_OK ? "yes" : "no", code == DLG_EXIT_OK ? 3 : 2);
	return DLG_EXIT_OK;
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

static int ask_lines(struct dialogs *d, const struct prompt *p, struct secret *reply)
{
	_cleanup_free_ char *title = title_of(p);
	const char *initial = half_typed(d, p) ? half_typed(d, p)
			      : p->typed       ? p->typed
			      : p->proposal    ? p->proposal
					       : "";
	_cleanup_str_ struct str text = {0};
	_cleanup_free_ char *above = NULL;
	int rows, code, width = screen_width(WIDTH);
	char **lines = split_lines(initial, &rows);

	/* libdialog's editor has no room for a text: it stands in a box of its own above it. */
	above = text_above(d, p, width - MARGIN_COLUMNS, screen_height(LINES) - EDIT_HEIGHT - 2);
	screen_box(title, above, width, EDIT_HEIGHT);
	dialog_vars.help_line = label("One a line   Tab: buttons   F1: help   Esc: stop");
	code = dlg_editbox(NULL, &lines, &rows, EDIT_HEIGHT, width);
	for (int i = 0; i < rows; i++)
		if (lines[i] && lines[i][0])
			str_addf(&text, "%s\n", lines[i]);
	for (int i = 0; i < rows; i++)
		free(lines[i]);
	free(lines);
	if (code == DLG_EXIT_OK)
		secret_set(reply, str_get(&text), text.len);
	else
		keep_half(d, p, str_get(&text), text.len);
	return code;
}

static int ask_once(struct dialogs *d, const struct prompt *p, struct secret *reply)
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

static bool ended(const struct dialogs *d)
{
	return (d->stop && *d->stop) || hung_up();
}

/* Not for REPLY_CANCEL: whoever does not stop after all goes on typing. */
static enum reply_kind settled(struct dialogs *d, const struct prompt *p, enum reply_kind kind)
{
	if (kind == REPLY_END || is_half(d, p))
		dialogs_forget(d);
	return kind;
}

/* A field that was emptied, or "none" in place of what was chosen before. A password's field is
 * always empty at first. */
static enum reply_kind answer_or_clear(const struct prompt *p, const struct secret *reply)
{
	bool empty = !reply->bytes || !reply->bytes[0];

	return empty && p->clears && p->proposal && p->type != Q_SECRET ? REPLY_CLEAR
									: REPLY_ANSWER;
}

static bool is_help(int code)
{
	return code == DLG_EXIT_HELP || code == DLG_EXIT_ITEM_HELP;
}

enum reply_kind dialogs_ask(void *ctx, const struct prompt *p, struct secret *reply)
{
	struct dialogs *d = ctx;

	d->resized = false;
	if (p->kind != PROMPT_LEAVE && !is_half(d, p))
		dialogs_forget(d);
	/* Also what came before anything was asked. */
	while (!ended(d)) {
		int lines = LINES, columns = COLS, code = ask_once(d, p, reply);

		if (is_help(code) && lines == LINES && columns == COLS && !ended(d))
			show_help(d, p);
		if (ended(d))
			break;
		d->resized = lines != LINES || columns != COLS;
		if (d->resized)
			return REPLY_CANCEL;
		switch (code) {
		case DLG_EXIT_OK: return settled(d, p, answer_or_clear(p, reply));
		case DLG_EXIT_CANCEL: return settled(d, p, REPLY_BACK);
		case DLG_EXIT_ESC: return REPLY_CANCEL;
		case DLG_EXIT_HELP:
		case DLG_EXIT_ITEM_HELP: break; /* it was shown */
		default:
			/* The terminal is gone, or a signal came in between. */
			if (!screen_is_open() || feof(stdin))
				return settled(d, p, REPLY_END);
			break;
		}
	}
	return settled(d, p, REPLY_END);
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
	screen_place(BUSY_HEIGHT, screen_width(WIDTH));
	dialog_msgbox("", shown, BUSY_HEIGHT, screen_width(WIDTH), 0);
}

static enum reply_kind show_alone(struct dialogs *d, const char *button, const char *title,
				  const char *art, const char *text)
{
	static const struct prompt p = {.kind = PROMPT_TEXT, .first = true};

	while (!ended(d)) {
		int lines = LINES, columns = COLS;

		set_buttons(d, &p);
		dialog_vars.ok_label = label(button);
		screen_clear();
		show_below(d, title, art, text);
		if (lines == LINES && columns == COLS)
			return ended(d) ? REPLY_END : REPLY_ANSWER;
		if (LINES < TERMINAL_ROWS || COLS < TERMINAL_COLUMNS)
			return REPLY_ANSWER;
	}
	return REPLY_END;
}

enum reply_kind dialogs_show(struct dialogs *d, const char *title, const char *text)
{
	return show_alone(d, "Close", title, "", text);
}

enum reply_kind dialogs_welcome(struct dialogs *d, const char *title, const char *art,
				const char *text)
{
	return show_alone(d, "Next", title, art, text);
}
