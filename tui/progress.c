/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/progress.h"

#include <dialog.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/screen.h"
#include "tui/wrap.h"

enum {
	TICK_MS = 200,
	LOG_LINES = 500,
	LOG_BYTES = 400,
	WIDTH = 100,
	TITLE_BYTES = 160,
	QUIET_SECONDS = 5, /* from here on it is said how long nothing has happened */
	LOG_SEEN = 3,	   /* lines of the log below the steps */
	FRAME_LINES = 11,  /* of the overview that are no steps */
	STOP_HEIGHT = 8,
	DOTS = 3,
};

struct progress {
	pthread_t thread;
	pthread_mutex_t lock; /* guards everything up to `over` */
	const struct progress_words *words;
	size_t at; /* how many steps have begun */
	uint32_t done, total;
	char now[LOG_BYTES];  /* how much of how many */
	char item[LOG_BYTES]; /* the path or file that it is at */
	struct amount amount;
	uint64_t events;		/* how many there were */
	char log[LOG_LINES][LOG_BYTES]; /* a ring */
	size_t logged;
	time_t began, last;
	bool over;
	/* The thread's own. */
	const struct terminal *terminal;
	bool log_shown, asked, stopping;
	size_t back; /* lines that the log is scrolled back by */
	bool stale;  /* what the screen shows is not what is so */
	uint64_t drawn_events;
	time_t drawn_at;
};

static void use(chtype attributes)
{
	(void)attrset((int)attributes);
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void set_text(const struct progress *p, char *to, const char *text)
{
	snprintf(to, LOG_BYTES, "%s", text);
	str_cut(to);
	if (!p->terminal->utf8)
		terminal_to_ascii(to);
}

static void add_line(struct progress *p, const char *before, const char *text)
{
	_cleanup_free_ char *line = xasprintf("%s%s", before, text);

	set_text(p, p->log[p->logged++ % LOG_LINES], line);
}

void progress_event(void *ctx, const struct event *e)
{
	struct progress *p = ctx;

	pthread_mutex_lock(&p->lock);
	p->done = e->done;
	p->total = e->total;
	p->last = now();
	p->events++;
	if (e->kind == EVENT_BEGIN && p->at < p->words->count)
		p->at++;
	if (e->kind == EVENT_PROGRESS) {
		set_text(p, p->now, e->text);
		set_text(p, p->item, e->item ? e->item : "");
		p->amount = e->amount;
	} else if (e->kind == EVENT_BEGIN || e->kind == EVENT_END) {
		p->now[0] = p->item[0] = '\0';
		p->amount = (struct amount){0};
	}
	if (e->text[0] && e->kind != EVENT_PROGRESS)
		add_line(p,
			 e->kind == EVENT_ERROR	    ? "FAILED: "
			 : e->kind == EVENT_WARNING ? "WARNING: "
						    : "",
			 e->text);
	if (e->why && e->why[0])
		add_line(p, "", e->why);
	pthread_mutex_unlock(&p->lock);
}

static const char *last_line(const struct progress *p, size_t back)
{
	return back < p->logged && back < LOG_LINES ? p->log[(p->logged - 1 - back) % LOG_LINES]
						    : "";
}

/* What does not fit ends in dots. */
static void put(int y, int x, int width, const char *text)
{
	bool whole = dlg_count_columns(text) <= width;
	int room = width > DOTS ? width - DOTS : 0;

	if (whole)
		mvprintw(y, x, "%s", text);
	else
		mvprintw(y, x, "%.*s...", room ? dlg_limit_columns(text, room, 0) : 0, text);
}

static void frame(int height, int width, int y, int x, const char *title)
{
	use(dialog_attr);
	dlg_draw_box2(stdscr, y, x, height, width, dialog_attr, border_attr, border2_attr);
	use(title_attr);
	mvprintw(y, x + (width - (int)strlen(title) - 2) / 2, " %s ", title);
	use(dialog_attr);
}

/* "[x]" done, "[>]" now, "[ ]" to come: words for the eye that sees no colour. */
static void draw_steps(const struct progress *p, int y, int x, int width, int rows)
{
	size_t first = 0;

	if ((size_t)rows < p->words->count && p->at > (size_t)rows / 2)
		first = p->at - (size_t)rows / 2;
	if ((size_t)rows < p->words->count && first > p->words->count - (size_t)rows)
		first = p->words->count - (size_t)rows;
	for (int row = 0; row < rows && first + (size_t)row < p->words->count; row++) {
		size_t i = first + (size_t)row;
		char text[TITLE_BYTES];

		snprintf(text, sizeof(text), "%s %s",
			 i + 1 < p->at	  ? "[x]"
			 : i + 1 == p->at ? "[>]"
					  : "[ ]",
			 p->words->steps[i]);
		str_cut(text);
		put(y + row, x, width, text);
	}
}

static void draw_bar(const struct progress *p, int y, int x, int width)
{
	unsigned percent = p->total ? (unsigned)((uint64_t)p->done * 100 / p->total) : 0;
	int full = (width - 8) * (int)percent / 100;

	mvaddch(y, x, '[');
	for (int i = 0; i < width - 8; i++)
		addch(i < full ? '#' : '.');
	printw("] %3u%%", percent);
}

/* How long it has taken, how quick it is, and whether it still lives. */
static void draw_times(const struct progress *p, int y, int x, int width)
{
	_cleanup_str_ struct str s = {0};
	long total = (long)(now() - p->began), idle = (long)(now() - p->last);

	str_addf(&s, "%ld:%02ld since the beginning", total / 60, total % 60);
	if (idle >= QUIET_SECONDS)
		str_addf(&s, ", %ld s since the last sign of life", idle);
	else if (p->amount.rate || p->amount.seconds_left)
		str_add(&s, ", ");
	if (idle < QUIET_SECONDS)
		amount_pace(&p->amount, &s);
	put(y, x, width, str_get(&s));
}

static void draw_overview(const struct progress *p, int height, int width, int y, int x)
{
	int inner = width - 6, left = x + 3;
	int rows = (int)p->words->count < height - FRAME_LINES ? (int)p->words->count
							       : height - FRAME_LINES;

	height = rows + FRAME_LINES;
	frame(height, width, y, x, p->stopping ? "Stopping" : p->words->title);
	draw_steps(p, y + 1, left, inner, rows);
	draw_bar(p, y + rows + 2, left, inner);
	draw_times(p, y + rows + 3, left, inner);
	put(y + rows + 4, left, inner, p->now);
	put(y + rows + 5, left, inner, p->item);
	use(border_attr);
	mvhline(y + rows + 6, x + 1, dlg_boxchar(ACS_HLINE), width - 2);
	use(dialog_attr);
	for (int i = 0; i < LOG_SEEN; i++)
		put(y + rows + 9 - i, left, inner, last_line(p, (size_t)i));
}

/* In a window that is too small for more. */
static void draw_little(const struct progress *p)
{
	use(dialog_attr);
	put(0, 0, COLS, p->at ? p->words->steps[p->at - 1] : "");
	draw_bar(p, 1, 0, COLS);
	draw_times(p, 2, 0, COLS);
	put(3, 0, COLS, p->now);
	put(4, 0, COLS, p->item);
	put(5, 0, COLS, p->asked ? "Stop? s: stop, any other key: go on" : "Esc: stop");
}

static void draw_log(const struct progress *p, int height, int width, int y, int x)
{
	int rows = height - 2, kept = p->logged < (size_t)rows ? (int)p->logged : rows;

	frame(height, width, y, x, "What the programs say");
	for (int i = 0; i < kept; i++)
		put(y + kept - i, x + 3, width - 6, last_line(p, p->back + (size_t)i));
}

static void draw_question(const struct progress *p, int height, int width, int y, int x)
{
	const char *line = p->words->stopping;
	int row = y + 2;

	frame(height, width, y, x, "Stop");
	for (; *line && row < y + height - 3; line = wrap_after(line, 1)) {
		_cleanup_free_ char *text = xasprintf("%.*s", (int)strcspn(line, "\n"), line);

		put(row++, x + 3, width - 6, text);
	}
	put(y + height - 3, x + 3, width - 6, "Press s to stop, any other key to go on.");
}

static void draw_all(const struct progress *p)
{
	int width = screen_width(WIDTH), height = screen_height(LINES) - 1;
	int y = screen_line(LINES), x = (COLS - width) / 2;

	y = y < 2 ? 2 : y;
	if (p->log_shown)
		draw_log(p, height, width, y, x);
	else
		draw_overview(p, height, width, y, x);
	use(screen_attr);
	put(LINES - 1, 1, COLS - 2,
	    p->log_shown ? "l: back to the steps   Arrows and Page keys: scroll   Esc: stop"
			 : "l: what the programs say   Esc: stop");
	if (p->asked)
		draw_question(p, STOP_HEIGHT, width, (LINES - STOP_HEIGHT) / 2, x);
}

static void draw(const struct progress *p)
{
	bool fits = LINES >= TERMINAL_ROWS && COLS >= TERMINAL_COLUMNS;

	use(screen_attr);
	erase();
	if (fits)
		dlg_put_backtitle();
	use(screen_attr);
	for (int row = fits ? 2 : 0; row < LINES; row++)
		mvhline(row, 0, ' ', COLS);
	if (fits)
		draw_all(p);
	else
		draw_little(p);
	move(LINES - 1, COLS - 1);
	refresh();
}

static void draw_when_changed(struct progress *p)
{
	if (!p->stale && p->events == p->drawn_events && now() == p->drawn_at)
		return;
	draw(p);
	p->stale = false;
	p->drawn_events = p->events;
	p->drawn_at = now();
}

static void scroll_log(struct progress *p, int key)
{
	size_t page = LINES > TERMINAL_ROWS / 2 ? (size_t)LINES / 2 : 1;
	size_t kept = p->logged < LOG_LINES ? p->logged : LOG_LINES;
	size_t by = key == KEY_UP || key == KEY_DOWN ? 1 : page;

	if (key == KEY_UP || key == KEY_PPAGE)
		p->back = p->back + by < kept ? p->back + by : kept ? kept - 1 : 0;
	else if (key == KEY_DOWN || key == KEY_NPAGE)
		p->back = p->back > by ? p->back - by : 0;
}

static void take_key(struct progress *p, int key)
{
	if (key == ERR)
		return;
	p->stale = true;
	if (key == KEY_RESIZE)
		return;
	if (p->asked) {
		p->asked = false;
		if (key == 's' || key == 'S') {
			p->stopping = true;
			p->words->stop();
		}
	} else if (key == '\x1b' || key == '\x03') {
		p->asked = true;
	} else if (key == 'l' || key == 'L') {
		p->log_shown = !p->log_shown;
		p->back = 0;
	} else if (p->log_shown) {
		scroll_log(p, key);
	}
}

/* A terminal that is gone has something to say at once, always: nothing. */
static int next_key(void)
{
	struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	int key = getch();

	if (key == ERR && poll(&keys, 1, 0) > 0 && (keys.revents & (POLLHUP | POLLERR | POLLNVAL)))
		nanosleep(&tick, NULL);
	return key;
}

static void *live(void *ctx)
{
	struct progress *p = ctx;
	bool over = false;

	/* There is nothing to type. */
	(void)curs_set(0);
	timeout(TICK_MS);
	keypad(stdscr, TRUE);
	while (!over) {
		pthread_mutex_lock(&p->lock);
		over = p->over;
		draw_when_changed(p);
		pthread_mutex_unlock(&p->lock);
		if (!over)
			take_key(p, next_key());
	}
	timeout(-1);
	(void)curs_set(1);
	return NULL;
}

/* Signals are the main thread's: there is the run that they interrupt. All but the one that tells
 * of another size: this thread wants to know, and the run's system calls must not be cut off. */
static int start(struct progress *p)
{
	sigset_t all, before, size;
	int n;

	sigemptyset(&size);
	sigaddset(&size, SIGWINCH);
	sigfillset(&all);
	sigdelset(&all, SIGWINCH);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	n = pthread_create(&p->thread, NULL, live, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (n == 0)
		pthread_sigmask(SIG_BLOCK, &size, NULL);
	return n;
}

static void let_go_of_size(void)
{
	sigset_t size;

	sigemptyset(&size);
	sigaddset(&size, SIGWINCH);
	pthread_sigmask(SIG_UNBLOCK, &size, NULL);
}

struct progress *progress_open(const struct terminal *t, const struct progress_words *words)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->terminal = t;
	p->words = words;
	p->began = p->last = now();
	p->stale = true;
	dialog_vars.ascii_lines = !t->utf8;
	dialog_vars.backtitle = (char *)(uintptr_t)SCREEN_TITLE;
	pthread_mutex_init(&p->lock, NULL);
	if (start(p) != 0) {
		free(p);
		return NULL;
	}
	return p;
}

struct progress *progress_close(struct progress *p)
{
	if (!p)
		return NULL;
	pthread_mutex_lock(&p->lock);
	p->over = true;
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	let_go_of_size();
	pthread_mutex_destroy(&p->lock);
	free(p);
	dlg_clear();
	return NULL;
}
