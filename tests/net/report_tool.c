/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_tool NET DIRECTORY URL EVENTS PAUSE_MS BYTES: a run that does nothing but say so: so many
 * lines of so many bytes in one step, reported as an installation's are. Prints what a person would
 * be told, how long the longest event took, and how long the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "run/report.h"

static void say(void *ctx, const char *text)
{
	(void)ctx;
	printf("said: %s\n", text);
	fflush(stdout);
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

/* The longest that one of them took, in milliseconds. */
static long emit(struct events *ev, long count, long pause, int bytes)
{
	long slowest = 0;

	for (long i = 0; i < count; i++) {
		_cleanup_free_ char *line = xasprintf("line %ld %0*d", i, bytes, 0);
		long begin = milliseconds();

		events_line(ev, line);
		if (milliseconds() - begin > slowest)
			slowest = milliseconds() - begin;
		nanosleep(&(struct timespec){pause / 1000, pause % 1000 * 1000000L}, NULL);
	}
	return slowest;
}

int main(int argc, char **argv)
{
	struct net cards[] = {{.name = (char[]){"eth0"}, .mac = (char[]){"52:54:00:12:34:56"}}};
	const struct facts machine = {.board = {.serial = (char[]){"SN 1"}},
				      .networks = {cards, ARRAY_SIZE(cards)}};
	const struct plan plan = {.host_name = (char[]){"rack1"}, .hash = (char[]){"the-plan"}};
	_cleanup_secret_ struct secret url = {0};
	struct report r;
	struct err e;

	if (argc != 7)
		return 2;
	secret_set(&url, argv[3], strlen(argv[3]));
	if (report_open(&r,
			&(struct report_to){
				.url = &url, .net = argv[1], .directory = argv[2], .say = say},
			&e) < 0) {
		printf("refused: %s: %s\n", e.what, e.why);
		return 1;
	}
	struct events ev = {.total = 10};

	events_add(&ev, report_event, &r);
	report_head(&r, &machine, &plan, "archibald test");
	events_begin(&ev, "install", "a step");
	printf("slowest: %ld ms\n", emit(&ev, strtol(argv[4], NULL, 10), strtol(argv[5], NULL, 10),
					 (int)strtol(argv[6], NULL, 10)));
	fflush(stdout);
	events_end(&ev, 10, EVENT_END);
	events_say(&ev, EVENT_DONE, "all is done");
	long begin = milliseconds();

	report_close(&r, argv[0], 0);
	printf("closed: %ld ms\n", milliseconds() - begin);
	return 0;
}
