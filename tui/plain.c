/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "tui/choices.h"
#include "tui/wrap.h"

enum {
	LINE_SIZE = 32 * 1024, /* an SSH key of RSA 16384 fits */
	FOUND_MAX = 20,	       /* of a search, to be read at once */
	PACE_SECONDS = 20,     /* how often it is said how far a long step is */
};

/* Columns to wrap at; 0: not a terminal, lines stay whole for whoever reads them. */
static size_t width_of(const struct plain *p)
{
	struct winsize size;

	if (!isatty(fileno(p->out)))
		return 0;
	return ioctl(fileno(p->out), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20 ? size.ws_col
										  : 80;
}

void plain_text(struct plain *p, const char *text)
{
	size_t width = width_of(p);
	_cleanup_free_ char *wrapped = width ? wrap_text(text, width - 1) : NULL;

	fputs(wrapped ? wrapped : text, p->out);
}

void plain_open(struct plain *p)
{
	*p = (struct plain){.in = stdin, .out = stdout};
	p->terminal = isatty(STDIN_FILENO) == 1;
	/* The buffer would keep a typed password in memory that nobody wipes. */
	setvbuf(stdin, NULL, _IONBF, 0);
}

void plain_banner(struct plain *p, const char *art)
{
	fputs(art, p->out);
	plain_text(p, "\nEnter takes what is in brackets, ? explains, < goes back; of a name in a "
		      "long list "
		      "a part is enough.\n"
		      "Nothing is written before you have agreed to it.\n\n");
}

/* Switches the echo off for a secret. A descriptor for echo_on(), or -1: it was not on. */
static int echo_off(struct plain *p, struct termios *before)
{
	struct termios now;
	int terminal;

	if (!p->terminal || tcgetattr(fileno(p->in), before) != 0)
		return -1;
	now = *before;
	now.c_lflag &= ~(tcflag_t)ECHO;
	now.c_lflag |= ECHONL;
	/* Whoever goes on after a stop has the echo on again: a shell sees to that. */
	now.c_cc[VSUSP] = _POSIX_VDISABLE;
	terminal = fcntl(fileno(p->in), F_DUPFD_CLOEXEC, 0);
	if (terminal >= 0 && tcsetattr(terminal, TCSADRAIN, &now) == 0)
		return terminal;
	if (terminal >= 0)
		close(terminal);
	return -1;
}

/* A signal may have put something else in the place of standard input meanwhile. */
static void echo_on(int terminal, const struct termios *before)
{
	if (terminal < 0)
		return;
	tcsetattr(terminal, TCSANOW, before);
	close(terminal);
}

/* Ctrl-D reads as the end as well, which it is once the terminal is gone, or when it is said twice.
 */
static bool is_end(struct plain *p)
{
	struct termios t;
	bool twice = p->ended;

	p->ended = true;
	return twice || !p->terminal || tcgetattr(fileno(p->in), &t) != 0;
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

/* What it means that no line came. */
static enum reply_kind kind_of_end(struct plain *p, int error)
{
	clearerr(p->in);
	if (p->stop && *p->stop)
		return REPLY_END;
	return error == EINTR || (!error && !is_end(p)) ? REPLY_CANCEL : REPLY_END;
}

/* One line without its end. */
static enum reply_kind read_line(struct plain *p, bool secret, struct secret *ret)
{
	enum reply_kind kind = REPLY_ANSWER;
	char *buf = xmalloc(LINE_SIZE);
	struct termios before;
	/* Before the question is seen: what is typed at once is neither shown nor lost. */
	int terminal = secret ? echo_off(p, &before) : -1;

	fflush(p->out);
	errno = 0;
	if (p->stop && *p->stop) {
		kind = REPLY_END;
	} else if (read_bytes(p->in, buf)) {
		size_t n = strcspn(buf, "\r\n");

		secret_set(ret, buf, n);
		ret->bytes[n] = '\0';
		p->ended = false;
	} else {
		kind = kind_of_end(p, errno);
	}
	echo_on(terminal, &before);
	secret_zero(buf, LINE_SIZE);
	free(buf);
	return kind;
}

static void show_choices(struct plain *p, const struct choices *choices)
{
	for (size_t i = 0; i < choices->list.count; i++)
		fprintf(p->out, "%zu %s\n", i + 1, choices->list.items[i].label);
}

static void show_line(struct plain *p, const char *before, const char *text)
{
	_cleanup_free_ char *line = xasprintf("%s%s%s", before, text,
					      str_ends(text, "\n") ? "" : "\n");

	plain_text(p, line);
}

static void show_help(struct plain *p, const struct prompt *prompt)
{
	_cleanup_free_ char *text = xasprintf("%s\nAllowed: %s.\n", prompt->help, prompt->allowed);

	plain_text(p, text);
	if (!prompt->search)
		show_choices(p, &prompt->choices);
	if (prompt->clears)
		plain_text(p, "- alone takes the answer away.\n");
}

/* The question itself, one line. */
static void show_title(struct plain *p, const struct prompt *prompt)
{
	fputs(prompt->title, p->out);
	if (prompt->repeat)
		fputs(" again", p->out);
	if (prompt->type == Q_BOOL)
		fputs(" (yes/no)", p->out);
	if (prompt->more)
		fputs(", one more (Enter: no more)", p->out);
	else if (prompt->keeps)
		fputs(" [as before]", p->out);
	else if (prompt->proposal)
		fprintf(p->out, " [%s]", prompt->proposal);
	else if (prompt->optional)
		fputs(" [none]", p->out);
	fputs(": ", p->out);
}

/* What stands above the question: all of it the first time, later only what was wrong. */
static void show_prompt(struct plain *p, const struct prompt *prompt)
{
	bool anew = !prompt->problem || prompt->kind == PROMPT_REVIEW;

	if (prompt->text && anew)
		show_line(p, "", prompt->text);
	if (prompt->problem)
		show_line(p, "! ", prompt->problem);
	if (anew && !prompt->search && !prompt->more)
		show_choices(p, &prompt->choices);
}

/* What a reply can be resolved against: the choices, or what was found among them. */
struct found {
	struct choice items[FOUND_MAX];
	size_t count;
};

/* "2" is the second choice, unless "2" is a value itself. */
static void resolve_number(const struct choice *items, size_t count, struct secret *reply)
{
	char *end;
	unsigned long n = strtoul(reply->bytes, &end, 10);

	if (end != reply->bytes && !*end && n >= 1 && n <= count) {
		const char *value = items[n - 1].value;

		secret_set(reply, value, strlen(value));
	}
}

/* How many match; the first of them in `found`. Those that begin with it are better than those
 * that have it somewhere. */
static size_t find(const struct prompt *prompt, struct found *found, const char *part)
{
	size_t matches = 0;

	for (int somewhere = 0; somewhere < 2 && matches == 0; somewhere++) {
		found->count = 0;
		for (size_t i = 0; i < prompt->choices.list.count; i++) {
			const struct choice *c = &prompt->choices.list.items[i];
			bool begins = strncasecmp(c->label, part, strlen(part)) == 0;

			if (!(somewhere ? choice_matches(c, part) : begins))
				continue;
			if (matches++ < FOUND_MAX)
				found->items[found->count++] = *c;
		}
	}
	return matches;
}

/* A part of a name: true when the reply is settled, false to ask again. */
static bool search(struct plain *p, const struct prompt *prompt, struct found *found,
		   struct secret *reply)
{
	size_t matches = 0;

	resolve_number(found->items, found->count, reply);
	if (!reply->bytes[0] || prompt_offers(prompt, reply->bytes))
		return true;
	matches = find(prompt, found, reply->bytes);
	if (matches == 0)
		return true; /* the wizard says what is near */
	if (matches == 1) {
		secret_set(reply, found->items[0].value, strlen(found->items[0].value));
		fprintf(p->out, "= %s\n", reply->bytes);
		return true;
	}
	if (matches > FOUND_MAX) {
		fprintf(p->out, "%zu match; type more of the name\n", matches);
		found->count = 0;
		return false;
	}
	for (size_t i = 0; i < found->count; i++)
		fprintf(p->out, "%zu %s\n", i + 1, found->items[i].label);
	return false;
}

enum reply_kind plain_ask(void *ctx, const struct prompt *prompt, struct secret *reply)
{
	struct plain *p = ctx;
	struct found found = {.count = 0};

	show_prompt(p, prompt);
	if (prompt->kind == PROMPT_TEXT)
		return REPLY_ANSWER;
	for (;;) {
		enum reply_kind kind;

		show_title(p, prompt);
		kind = read_line(p, prompt->type == Q_SECRET, reply);
		if (kind != REPLY_ANSWER) {
			fputs("\n", p->out);
			return kind;
		}
		if (str_eq(reply->bytes, "<"))
			return REPLY_BACK;
		if (str_eq(reply->bytes, "-") && prompt->clears)
			return REPLY_CLEAR;
		if (str_eq(reply->bytes, "?"))
			show_help(p, prompt);
		else if (!prompt->search || search(p, prompt, &found, reply))
			break;
	}
	if (!prompt_offers(prompt, reply->bytes))
		resolve_number(prompt->choices.list.items,
			       prompt->search ? 0 : prompt->choices.list.count, reply);
	return REPLY_ANSWER;
}

static unsigned percent(const struct event *e)
{
	return e->total ? (unsigned)((uint64_t)e->done * 100 / e->total) : 0;
}

/* Now and then: a slow line and an ear have better things to do. */
static void show_pace(struct plain *p, const struct event *e)
{
	_cleanup_str_ struct str pace = {0};
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0 || now.tv_sec - p->said < PACE_SECONDS)
		return;
	p->said = now.tv_sec;
	amount_pace(&e->amount, &pace);
	fprintf(p->out, "[%3u%%]   %s%s%s%s%s\n", percent(e), e->text, pace.len ? ", " : "",
		str_get(&pace), e->item && e->item[0] ? "; " : "", e->item ? e->item : "");
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
	case EVENT_PROGRESS: show_pace(p, e); break;
	case EVENT_DONE: fprintf(p->out, "[%3u%%] %s\n", percent(e), e->text); break;
	default: break;
	}
	fflush(p->out);
}

bool plain_line(struct plain *p, const char *text, struct secret *ret)
{
	plain_text(p, text);
	return read_line(p, false, ret) == REPLY_ANSWER;
}
