/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/progress.h"

#include <dialog.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/screen.h"

enum {
	TICK_MS = 200,
	LOG_LINES = 500,
	LOG_BYTES = 400,
	WIDTH = 100,
	TITLE_BYTES = 160,
	QUIET_SECONDS = 5, /* from here on it is said how long nothing has happened */
};

struct progress {
	pthread_t thread;
	pthread_mutex_t lock; /* guards everything up to `over` */
	const char *const *titles;
	size_t count, at; /* steps; how many have begun */
	uint32_t done, total;
	char log[LOG_LINES][LOG_BYTES]; /* a ring */
	size_t logged;
	time_t began, last;
	bool over;
	/* The thread's own. */
	const struct terminal *terminal;
	void (*stop)(void);
	bool log_shown, asked, stopping;
	uint64_t drawn; /* what the screen shows, to be drawn only when something has changed */
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

static void add_line(struct progress *p, const char *text)
{
	char *line = p->log[p->logged++ % LOG_LINES];

	snprintf(line, LOG_BYTES, "%s", text);
	str_cut(line);
	if (!p->terminal->utf8)
		terminal_to_ascii(line);
}

void progress_event(void *ctx, const struct event *e)
{
	struct progress *p = ctx;

	pthread_mutex_lock(&p->lock);
	p->done = e->done;
	p->total = e->total;
	p->last = now();
	if (e->kind == EVENT_BEGIN && p->at < p->count)
		p->at++;
	if (e->text[0])
		add_line(p, e->text);
	if (e->why && e->why[0])
		add_line(p, e->why);
	pthread_mutex_unlock(&p->lock);
}

static const char *last_line(const struct progress *p, size_t back)
{
	return back < p->logged && back < LOG_LINES ? p->log[(p->logged - 1 - back) % LOG_LINES]
						    : "";
}

static void put(int y, int x, int width, const char *text)
{
	int n = dlg_count_columns(text) > width ? dlg_limit_columns(text, width, 0)
						: (int)strlen(text);

	mvprintw(y, x, "%.*s", n, text);
}

static void frame(int height, int width, int y, int x, const char *title)
{
	use(dialog_attr);
	dlg_draw_box2(stdscr, y, x, height, width, dialog_attr, border_attr, border2_attr);
	use(title_attr);
	mvprintw(y, x + (width - (int)strlen(title)) / 2 - 1, " %s ", title);
	use(dialog_attr);
}

/* "[x]" done, "[>]" now, "[ ]" to come: words for the eye that sees no colour. */
static void draw_steps(const struct progress *p, int y, int x, int width, int rows)
{
	size_t first = 0;

	if ((size_t)rows < p->count && p->at > (size_t)rows / 2)
		first = p->at - (size_t)rows / 2;
	if ((size_t)rows < p->count && first > p->count - (size_t)rows)
		first = p->count - (size_t)rows;
	for (int row = 0; row < rows && first + (size_t)row < p->count; row++) {
		size_t i = first + (size_t)row;
		char text[TITLE_BYTES];

		snprintf(text, sizeof(text), "%s %s",
			 i + 1 < p->at	  ? "[x]"
			 : i + 1 == p->at ? "[>]"
					  : "[ ]",
			 p->titles[i]);
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

static void draw_times(const struct progress *p, int y, int x)
{
	long total = (long)(now() - p->began), idle = (long)(now() - p->last);

	mvprintw(y, x, "%ld:%02ld since the beginning", total / 60, total % 60);
	if (idle >= QUIET_SECONDS)
		printw(", %ld s since the last sign of life", idle);
}

static void draw_overview(const struct progress *p, int height, int width, int y, int x)
{
	int inner = width - 6, left = x + 3;
	int rows = (int)p->count < height - 11 ? (int)p->count : height - 11;

	frame(height, width, y, x, p->stopping ? "Stopping" : "Installing ArchibaldOS");
	draw_steps(p, y + 2, left, inner, rows);
	draw_bar(p, y + rows + 3, left, inner);
	draw_times(p, y + rows + 4, left);
	for (int i = 0; i < 3; i++)
		put(y + rows + 8 - i, left, inner, last_line(p, (size_t)i));
}

static void draw_log(const struct progress *p, int height, int width, int y, int x)
{
	frame(height, width, y, x, "What the programs say");
	for (int i = 0; i < height - 3; i++)
		put(y + height - 3 - i, x + 2, width - 4, last_line(p, (size_t)i));
}

static void draw_question(int height, int width, int y, int x)
{
	static const char *const lines[] = {
		"Stop the installation? The disk is not usable then;",
		"the same command again goes on where it stopped.",
		"",
		"Press s to stop, any other key to go on.",
	};

	frame(height, width, y, x, "Stop");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		put(y + 2 + (int)i, x + 3, width - 6, lines[i]);
}

static void draw(struct progress *p)
{
	int width = screen_width(WIDTH), height = LINES - 3;
	int y = 1, x = (COLS - width) / 2;

	erase();
	dlg_put_backtitle();
	use(screen_attr);
	for (int row = 1; row < LINES; row++)
		mvhline(row, 0, ' ', COLS);
	if (p->log_shown)
		draw_log(p, height, width, y, x);
	else
		draw_overview(p, height, width, y, x);
	use(screen_attr);
	put(LINES - 1, 1, COLS - 2,
	    p->log_shown ? "l: back to the steps   Esc: stop"
			 : "l: what the programs say   Esc: stop");
	if (p->asked)
		draw_question(8, 60, LINES / 2 - 4, (COLS - 60) / 2);
	move(LINES - 1, COLS - 1);
	refresh();
}

/* A number that is another one when the screen would look different. */
static uint64_t state_of(const struct progress *p)
{
	return (uint64_t)p->logged * 1000003 + (uint64_t)p->done * 97 + (uint64_t)now() +
	       (uint64_t)p->log_shown * 7919 + (uint64_t)p->asked * 104729 + p->at +
	       (uint64_t)p->stopping * 15485863;
}

static void take_key(struct progress *p, int key)
{
	if (key == ERR || key == KEY_RESIZE) {
		p->drawn = key == KEY_RESIZE ? 0 : p->drawn;
		return;
	}
	if (p->asked) {
		p->asked = false;
		if (key == 's' || key == 'S') {
			p->stopping = true;
			p->stop();
		}
	} else if (key == '\x1b' || key == '\x03') {
		p->asked = true;
	} else if (key == 'l' || key == 'L') {
		p->log_shown = !p->log_shown;
	}
}

static void *live(void *ctx)
{
	struct progress *p = ctx;
	bool over = false;

	timeout(TICK_MS);
	keypad(stdscr, TRUE);
	while (!over) {
		pthread_mutex_lock(&p->lock);
		over = p->over;
		if (state_of(p) != p->drawn) {
			draw(p);
			p->drawn = state_of(p);
		}
		pthread_mutex_unlock(&p->lock);
		if (!over)
			take_key(p, getch());
	}
	timeout(-1);
	return NULL;
}

/* Signals are the main thread's: there is the run that they interrupt. */
static int start(struct progress *p)
{
	sigset_t all, before;
	int n;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	n = pthread_create(&p->thread, NULL, live, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

struct progress *progress_open(const struct terminal *t, const char *const *titles, size_t count,
			       void (*stop)(void))
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->terminal = t;
	p->titles = titles;
	p->count = count;
	p->stop = stop;
	p->began = p->last = now();
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
	pthread_mutex_destroy(&p->lock);
	free(p);
	dlg_clear();
	return NULL;
}
