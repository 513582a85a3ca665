/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the step `copy` does, alone: for tests/store/run and bench/store.
 *
 *   store_tool (image FILE | tree DIR) REGISTRATION ROOTS VARIANT TARGET
 *              [threads=N] [journal=FILE] [load] [stop=PATHS] [quiet]
 *
 * Exit status: 0 everything copied, 1 an error, 3 some paths were left out, 5 stopped.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/str.h"
#include "base/sys.h"
#include "store/copy.h"
#include "store/load.h"
#include "store/medium.h"

struct tool {
	volatile int cancelled;
	uint64_t stop; /* after so many paths; 0: never */
	bool load, quiet;
};

static void progress(void *ctx, const struct store_progress *p)
{
	struct tool *t = ctx;

	if (t->stop && p->paths >= t->stop)
		t->cancelled = 1;
	if (!t->quiet)
		printf("progress %llu/%llu paths %llu/%llu bytes %llu B/s %lld s left %s\n",
		       (unsigned long long)p->paths, (unsigned long long)p->paths_total,
		       (unsigned long long)p->bytes, (unsigned long long)p->bytes_total,
		       (unsigned long long)p->rate, (long long)p->seconds_left,
		       p->path ? p->path->name : "");
}

static void failed(void *ctx, const struct store_path *p, const struct err *why)
{
	_cleanup_free_ char *text = err_text(why);

	(void)ctx;
	printf("failed %s: %s\n", p->name, text);
}

static void said(void *ctx, const char *line)
{
	(void)ctx;
	printf("nix %s\n", line);
}

static int copy(struct tool *t, struct store_copy *c, char **argv, struct err *e)
{
	_cleanup_registration_ struct registration r = {0};
	_cleanup_source_ struct source *s = NULL;
	_cleanup_free_ char *store = xasprintf("%s" STORE_DIRECTORY, argv[6]);
	struct strings missing = {0};
	struct store_result result = {0};
	size_t loaded = 0;
	int n = registration_read(argv[3], &r, e);

	if (n == 0)
		n = medium_want(argv[4], argv[5], &r, &missing, e);
	if (n == 0)
		n = str_eq(argv[1], "image") ? image_open(argv[2], &s, e)
					     : tree_open(argv[2], &s, e);
	c->store = store;
	if (n == 0)
		n = store_copy(c, s, &r, &result, e);
	if (n == 0 && t->load)
		n = store_load(&r, argv[6], said, NULL, &loaded, e);
	if (n == 0 && t->load)
		n = store_hand_over(c, &r, e);
	if (n < 0)
		return n;
	printf("copied %llu kept %llu failed %llu missing %zu loaded %zu\n",
	       (unsigned long long)result.copied, (unsigned long long)result.kept,
	       (unsigned long long)result.failed, missing.count, loaded);
	return result.failed ? 3 : 0;
}

static void option(struct tool *t, struct store_copy *c, const char *o)
{
	if (str_starts(o, "threads="))
		c->threads = (unsigned)strtoul(o + 8, NULL, 10);
	else if (str_starts(o, "journal="))
		c->journal = o + 8;
	else if (str_starts(o, "stop="))
		t->stop = strtoul(o + 5, NULL, 10);
	else if (str_eq(o, "load"))
		t->load = true;
	else if (str_eq(o, "quiet"))
		t->quiet = true;
}

/* The most memory, in KiB. Not getrusage's: that begins with what the starting program had. */
static unsigned long memory(void)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_arena_ struct arena *a = arena_new();
	const char *text = sys_slurp(&here, a, "/proc/self/status", 1 << 16, NULL);
	const char *line = text ? strstr(text, "VmHWM:") : NULL;

	return line ? strtoul(line + strlen("VmHWM:"), NULL, 10) : 0;
}

int main(int argc, char **argv)
{
	struct tool t = {0};
	struct store_copy c = {.target = "test",
			       .cancelled = &t.cancelled,
			       .progress = progress,
			       .failed = failed,
			       .ctx = &t};
	struct rusage usage;
	struct err e;
	int n;

	if (argc < 7) {
		fputs("store_tool (image FILE|tree DIR) REGISTRATION ROOTS VARIANT TARGET ...\n",
		      stderr);
		return 2;
	}
	for (int i = 7; i < argc; i++)
		option(&t, &c, argv[i]);
	n = copy(&t, &c, argv, &e);
	if (n < 0) {
		_cleanup_free_ char *text = err_text(&e);

		printf("error %s (%s)\n", text, e.hint);
		n = e.code == ERR_CANCELLED ? 5 : 1;
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("rss %lu KiB, user %ld.%03ld s, system %ld.%03ld s\n", memory(),
	       usage.ru_utime.tv_sec, usage.ru_utime.tv_usec / 1000, usage.ru_stime.tv_sec,
	       usage.ru_stime.tv_usec / 1000);
	return n;
}
