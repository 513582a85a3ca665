/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/ui.h"

#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "art/art.h"
#include "base/str.h"
#include "tui/progress.h"
#include "tui/screen.h"

enum { LARGE_ROWS = 40 /* room for the large art */ };

static bool is_dumb(void)
{
	return str_eq(getenv("TERM"), "dumb");
}

bool ui_choose(struct ui *u, const char *name, volatile int *stop)
{
	static const struct {
		const char *name;
		enum ui_kind kind;
	} kinds[] = {{"none", UI_NONE}, {"plain", UI_PLAIN}, {"dialog", UI_DIALOG}};

	*u = (struct ui){.kind = UI_NONE, .stop = stop};
	plain_open(&u->plain);
	u->plain.stop = stop;
	terminal_look(&u->terminal, STDIN_FILENO, STDOUT_FILENO);
	u->dialogs = (struct dialogs){.terminal = &u->terminal, .stop = stop};
	for (size_t i = 0; name && i < ARRAY_SIZE(kinds); i++)
		if (str_eq(kinds[i].name, name)) {
			u->kind = kinds[i].kind;
			u->by_name = true;
			return true;
		}
	u->kind = u->terminal.is_terminal && !is_dumb() ? UI_DIALOG : UI_PLAIN;
	return name == NULL;
}

/* A terminal whose type nobody has said: dialogs need one, plain lines do not. */
static void ask_type(struct ui *u)
{
	struct prompt p = {
		.type = Q_TEXT,
		.title = "Terminal type (TERM)",
		.help = "The dialogs must know how this terminal is spoken to. vt100 and vt220 fit "
			"nearly every serial terminal; linux is the screen of a PC, "
			"xterm-256color a window; dumb means plain lines, which need no type.",
		.allowed = "a name of the terminfo database, or dumb",
		.proposal = terminal_proposal(&u->terminal),
		.first = true,
	};

	while (u->terminal.is_terminal && !u->terminal.known && !is_dumb()) {
		_cleanup_secret_ struct secret reply = {0};

		if (plain_ask(&u->plain, &p, &reply) != REPLY_ANSWER)
			break;
		setenv("TERM", reply.bytes[0] ? reply.bytes : p.proposal, 1);
		terminal_look(&u->terminal, u->terminal.in, u->terminal.out);
		p.problem = "this machine knows no such terminal";
	}
	if (!u->terminal.known && !u->by_name)
		u->kind = UI_PLAIN;
}

int ui_open(struct ui *u, struct err *e)
{
	int n = 0;

	if (u->kind == UI_DIALOG)
		ask_type(u);
	if (u->kind != UI_NONE)
		terminal_quiet(&u->terminal);
	if (u->kind == UI_DIALOG && (screen_fits(&u->terminal) || !u->terminal.known))
		n = screen_open(&u->terminal, e);
	return n;
}

void ui_close(struct ui *u)
{
	ui_run_end(u);
	dialogs_forget(&u->dialogs);
	screen_close();
	terminal_loud(&u->terminal);
	fflush(u->plain.out);
}

static const char *art(const struct ui *u, bool large)
{
	const char *name = u->terminal.utf8 ? (large ? "large-utf8" : "small-utf8")
					    : (large ? "large-ascii" : "small-ascii");

	for (const struct embedded *f = art_files; f->name; f++)
		if (str_eq(f->name, name))
			return f->bytes;
	return "";
}

/* Dialogs when there is room for them; else says so, once, and goes on with lines. */
static bool dialogs_now(struct ui *u)
{
	struct err e;

	if (u->kind != UI_DIALOG)
		return false;
	if (screen_fits(&u->terminal)) {
		bool open = screen_is_open() || screen_open(&u->terminal, &e) == 0;

		if (u->small && open)
			screen_know_size();
		u->small = false;
		return open;
	}
	screen_close();
	if (!u->small && !u->terminal.is_terminal)
		fputs("\nInput or output is no terminal, which the dialogs need.\n"
		      "Plain lines: ? explains, < goes back.\n\n",
		      u->plain.out);
	else if (!u->small)
		fprintf(u->plain.out,
			"\nThis terminal has %d columns and %d lines; the dialogs need %d x %d.\n"
			"Until it is larger, plain lines: ? explains, < goes back.\n\n",
			u->terminal.columns, u->terminal.rows, TERMINAL_COLUMNS, TERMINAL_ROWS);
	u->small = true;
	return false;
}

void ui_welcome(struct ui *u, const char *machine)
{
	if (!dialogs_now(u)) {
		plain_banner(&u->plain, art(u, false));
		return;
	}
	_cleanup_free_ char *text = xasprintf(
		"Nothing is written before you have agreed to it. This machine:\n\n%s", machine);

	dialogs_welcome(&u->dialogs, "ArchibaldOS", art(u, u->terminal.rows >= LARGE_ROWS), text);
}

/* Lines while there is no room for dialogs. A change of size interrupts them as Ctrl-C does. */
static enum reply_kind ask_in_lines(struct ui *u, const struct prompt *p, struct secret *reply,
				    bool *again)
{
	int rows = u->terminal.rows, columns = u->terminal.columns;
	enum reply_kind kind = plain_ask(&u->plain, p, reply);

	if (kind == REPLY_CANCEL && u->kind == UI_DIALOG) {
		terminal_size(&u->terminal);
		*again = rows != u->terminal.rows || columns != u->terminal.columns;
	}
	return kind;
}

static enum reply_kind ask(void *ctx, const struct prompt *p, struct secret *reply)
{
	struct ui *u = ctx;
	enum reply_kind kind;
	bool again;

	do {
		again = false;
		if (dialogs_now(u)) {
			kind = dialogs_ask(&u->dialogs, p, reply);
			again = u->dialogs.resized;
		} else {
			kind = ask_in_lines(u, p, reply, &again);
			if (kind != REPLY_CANCEL)
				dialogs_forget(&u->dialogs);
		}
	} while (again);
	return kind;
}

static void answered(void *ctx, const struct question *q, const char *text)
{
	const struct ui *u = ctx;

	if (str_eq(q->key, "keyMap"))
		terminal_use_key_map(&u->terminal, text);
	if (u->heard)
		u->heard(u->heard_ctx, q, text);
}

struct front_end ui_front_end(struct ui *u)
{
	return (struct front_end){
		.ctx = u, .ask = ask, .whole_lists = u->kind == UI_DIALOG, .answered = answered};
}

void ui_run_begin(struct ui *u, const struct progress_words *words)
{
	if (dialogs_now(u))
		u->progress = progress_open(&u->terminal, words);
}

void ui_run_end(struct ui *u)
{
	u->progress = progress_close(u->progress);
}

void ui_event(void *ctx, const struct event *e)
{
	struct ui *u = ctx;

	if (u->progress)
		progress_event(u->progress, e);
	else
		plain_event(&u->plain, e);
}

void ui_drop_typed(struct ui *u)
{
	if (u->plain.terminal)
		tcflush(fileno(u->plain.in), TCIFLUSH);
	screen_drop_typed();
}

void ui_busy(struct ui *u, const char *text)
{
	if (dialogs_now(u)) {
		dialogs_busy(&u->dialogs, text);
		return;
	}
	fprintf(u->plain.out, "%s\n", text);
	fflush(u->plain.out);
}

void ui_leave(struct ui *u, const char *title, const char *text)
{
	_cleanup_free_ char *lines = xasprintf("\n%s\n%s\n", title, text);

	ui_run_end(u);
	screen_close();
	plain_text(&u->plain, lines);
	fflush(u->plain.out);
}

void ui_say(struct ui *u, const char *title, const char *text)
{
	ui_run_end(u);
	if (dialogs_now(u))
		dialogs_show(&u->dialogs, title, text);
	ui_leave(u, title, text);
}
