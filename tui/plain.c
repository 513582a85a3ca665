/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/plain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "art/art.h"
#include "base/embedded.h"
#include "base/str.h"

enum { LINE_SIZE = 32 * 1024 }; /* an SSH key of RSA 16384 fits */

/* Columns to wrap at; 0: not a terminal, lines stay whole for whoever reads them. */
static size_t width_of(const struct plain *p)
{
	struct winsize size;

	if (!isatty(fileno(p->out)))
		return 0;
	return ioctl(fileno(p->out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 ? size.ws_col
										  : 80;
}

/* Where a line that is too long is broken: behind the last space that fits. */
static size_t break_at(const char *line, size_t len, size_t width)
{
	size_t at = len;

	if (len <= width)
		return len;
	for (at = width; at > width / 2; at--)
		if (line[at] == ' ')
			return at;
	/* A word longer than that: anywhere, but not within a character. */
	for (at = width; at > 1 && ((unsigned char)line[at] & 0xc0) == 0x80;)
		at--;
	return at;
}

void plain_text(struct plain *p, const char *text)
{
	size_t width = width_of(p);

	while (*text) {
		size_t len = strcspn(text, "\n"), n = width ? break_at(text, len, width - 1) : len;

		fprintf(p->out, "%.*s", (int)n, text);
		text += n;
		if (*text == '\n')
			text++;
		else if (!*text)
			return;
		while (n < len && *text == ' ')
			text++;
		fputc('\n', p->out);
	}
}

void plain_open(struct plain *p)
{
	*p = (struct plain){.in = stdin, .out = stdout};
	p->terminal = isatty(STDIN_FILENO) == 1;
	/* The buffer would keep a typed password in memory that nobody wipes. */
	setvbuf(stdin, NULL, _IONBF, 0);
}

void plain_banner(struct plain *p)
{
	for (const struct embedded *f = art_files; f->name; f++)
		if (str_eq(f->name, "banner"))
			fputs(f->bytes, p->out);
	plain_text(
		p,
		"\nEnter takes what is in brackets, ? explains, < goes back.\n"
		"Nothing is written before you have seen the plan and typed the disk's name.\n\n");
}

/* Switches the echo off for a secret; returns whether it was on. */
static bool echo_off(struct plain *p, struct termios *before)
{
	struct termios now;

	if (!p->terminal || tcgetattr(fileno(p->in), before) != 0)
		return false;
	now = *before;
	now.c_lflag &= ~(tcflag_t)ECHO;
	now.c_lflag |= ECHONL;
	return tcsetattr(fileno(p->in), TCSAFLUSH, &now) == 0;
}

/* The bytes of a line without its end, NUL-terminated; a NUL in it becomes a control character,
 * which no check lets pass. false when input ends before the line does: whatever stood there,
 * nobody has pressed Enter. What does not fit is dropped; no answer is that long. */
static bool read_bytes(FILE *in, char *buf)
{
	size_t n = 0;
	int c;

	while ((c = fgetc(in)) != EOF && c != '\n')
		if (n + 1 < LINE_SIZE)
			buf[n++] = c ? (char)c : '\x01';
	buf[n] = '\0';
	return c == '\n';
}

/* One line without its end. false at end of input. */
static bool read_line(struct plain *p, bool secret, struct secret *ret)
{
	char *buf = xmalloc(LINE_SIZE);
	struct termios before;
	bool off, ok;

	fflush(p->out);
	off = secret && echo_off(p, &before);
	ok = read_bytes(p->in, buf);
	if (off)
		tcsetattr(fileno(p->in), TCSANOW, &before);
	if (ok) {
		size_t n = strcspn(buf, "\r\n");

		secret_set(ret, buf, n);
		ret->bytes[n] = '\0';
	}
	secret_zero(buf, LINE_SIZE);
	free(buf);
	return ok;
}

static void show_help(struct plain *p, const struct question *q)
{
	_cleanup_free_ char *text = xasprintf("%s\nAllowed: %s.\n", q->help, q->allowed);

	plain_text(p, text);
}

static void show_prompt(struct plain *p, const struct prompt *prompt, const char *problem)
{
	const struct question *q = prompt->question;

	if (problem) {
		_cleanup_free_ char *text = xasprintf("! %s\n", problem);

		plain_text(p, text);
	}
	for (size_t i = 0; i < prompt->choices.list.count; i++) {
		const struct choice *c = &prompt->choices.list.items[i];

		fprintf(p->out, " %zu %s", i + 1, c->value);
		if (!str_eq(c->label, c->value))
			fprintf(p->out, "  %s", c->label);
		fputs("\n", p->out);
	}
	fprintf(p->out, "%s", q->prompt);
	if (prompt->repeat)
		fputs(" again", p->out);
	if (q->type == Q_BOOL)
		fputs(" (yes/no)", p->out);
	if (prompt->more)
		fputs(", one more (Enter: no more)", p->out);
	else if (prompt->proposal)
		fprintf(p->out, " [%s]", prompt->proposal);
	else if (prompt->optional)
		fputs(" [none]", p->out);
	fputs(": ", p->out);
}

/* "2" is the second choice, unless "2" is a value itself. */
static void resolve_number(const struct prompt *prompt, struct secret *reply)
{
	char *end;
	unsigned long n;

	for (size_t i = 0; i < prompt->choices.list.count; i++)
		if (str_eq(prompt->choices.list.items[i].value, reply->bytes))
			return;
	n = strtoul(reply->bytes, &end, 10);
	if (end != reply->bytes && !*end && n >= 1 && n <= prompt->choices.list.count) {
		const char *value = prompt->choices.list.items[n - 1].value;

		secret_set(reply, value, strlen(value));
	}
}

enum reply_kind plain_ask(void *ctx, const struct prompt *prompt, struct secret *reply)
{
	struct plain *p = ctx;
	const char *problem = prompt->problem;

	for (;; problem = NULL) {
		show_prompt(p, prompt, problem);
		if (!read_line(p, prompt->question->type == Q_SECRET, reply)) {
			fputs("\n", p->out);
			return REPLY_CANCEL;
		}
		if (str_eq(reply->bytes, "<"))
			return REPLY_BACK;
		if (!str_eq(reply->bytes, "?"))
			break;
		show_help(p, prompt->question);
	}
	resolve_number(prompt, reply);
	return REPLY_ANSWER;
}

static unsigned percent(const struct event *e)
{
	return e->total ? (unsigned)((uint64_t)e->done * 100 / e->total) : 0;
}

void plain_event(void *ctx, const struct event *e)
{
	struct plain *p = ctx;

	switch (e->kind) {
	case EVENT_BEGIN: fprintf(p->out, "[%3u%%] %s\n", percent(e), e->text); break;
	case EVENT_SKIP: fprintf(p->out, "[%3u%%]   done by an earlier run\n", percent(e)); break;
	case EVENT_WARNING: fprintf(p->out, "WARNING: %s\n", e->text); break;
	case EVENT_LOG:
		if (p->verbose)
			fprintf(p->out, "        %s\n", e->text);
		break;
	case EVENT_ERROR:
		fprintf(p->out, "FAILED: %s%s%s\n", e->text, e->why && e->why[0] ? ": " : "",
			e->why ? e->why : "");
		if (e->hint && e->hint[0])
			fprintf(p->out, "hint: %s\n", e->hint);
		break;
	case EVENT_DONE: fprintf(p->out, "[%3u%%] %s\n", percent(e), e->text); break;
	default: break;
	}
	fflush(p->out);
}

bool plain_confirm(struct plain *p, const char *text, const char *word)
{
	_cleanup_secret_ struct secret reply = {0};

	plain_text(p, text);
	return read_line(p, false, &reply) && str_eq(reply.bytes, word);
}
