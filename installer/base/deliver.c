/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/net.h"
#include "base/str.h"

enum {
	BATCH_BYTES = 256 << 10, /* at about so many a batch is closed */
	LINE_BYTES = 4 << 20,	 /* the longest line: a log */
	BATCH_PAUSE_MS = 1000,	 /* between batches: many events in one */
	PAUSE_MS = 1000,	 /* after a failure, doubled each time */
	PAUSE_MAX_MS = 60000,
	LAST_PAUSE_MAX_MS = 3000, /* once no more comes */
	SAID_MAX = 200,
};

struct sending {
	const struct delivery *d;
	char *buf; /* LINE_BYTES */
	int spool, mark;
	uint64_t sent; /* bytes of the spool that need not be sent any more */
	char *head;    /* the last one before `sent`, with its end of line; NULL: none yet */
	bool over;     /* no more comes */
	long long end; /* of milliseconds(), once it is over */
	char *failing; /* why; NULL: all is well */
	unsigned said;
};

static long long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits so long for the end of the events; an end ends the waiting. */
static void wait_for_end(struct sending *s, int ms)
{
	struct pollfd p = {.fd = s->d->end, .events = POLLIN};
	char ignored[64];

	if (s->over) {
		poll(NULL, 0, ms);
		return;
	}
	if (poll(&p, 1, ms) <= 0 || read(s->d->end, ignored, sizeof(ignored)) > 0)
		return;
	s->over = true;
	s->end = milliseconds() + s->d->wait * 1000LL;
}

static bool out_of_time(void *ctx)
{
	struct sending *s = ctx;

	wait_for_end(s, 0);
	return s->over && milliseconds() > s->end;
}

/* "after 12 ms" and "after 13 ms" are the same reason. */
static bool same_but_for_numbers(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, "0123456789");
		b += strspn(b, "0123456789");
		if (*a != *b || !*a)
			return *a == *b;
		a++;
		b++;
	}
}

/* Each change, and each other reason. why: NULL when it works. */
static void say(struct sending *s, const char *why)
{
	bool same = why && s->failing ? same_but_for_numbers(why, s->failing) : !why == !s->failing;
	_cleanup_free_ char *line = why ? xasprintf("failing: %s", why) : xstrdup("working");

	if (!same && s->said++ < SAID_MAX)
		s->d->say(line);
	free(s->failing);
	s->failing = why ? xstrdup(why) : NULL;
}

static void set_head(struct sending *s, const char *line, size_t n)
{
	free(s->head);
	s->head = xmalloc(n + 1);
	memcpy(s->head, line, n);
	s->head[n] = '\0';
}

static bool is_head(const char *line, size_t n)
{
	return n > strlen(DELIVER_HEAD) && memcmp(line, DELIVER_HEAD, strlen(DELIVER_HEAD)) == 0;
}

/* Whole lines at `from`, as many as fit into `size`; their bytes. */
static size_t read_lines(struct sending *s, uint64_t from, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = pread(s->spool, s->buf + n, size - n, (off_t)(from + n));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	while (n && s->buf[n - 1] != '\n')
		n--;
	return n;
}

/* The next batch in s->buf: bytes of lines that have one head; heads in front of it are taken. 0:
 * there is nothing to send now. */
static size_t next_batch(struct sending *s)
{
	for (;;) {
		size_t n = read_lines(s, s->sent, BATCH_BYTES), at = 0;

		if (!n)
			n = read_lines(s, s->sent, LINE_BYTES);
		for (; at < n;) {
			size_t line = (size_t)((char *)memchr(s->buf + at, '\n', n - at) - s->buf) +
				      1 - at;

			if (is_head(s->buf + at, line)) {
				if (at)
					return at;
				set_head(s, s->buf, line);
				break;
			}
			at += line;
		}
		if (at == n)
			return n;
		s->sent += strlen(s->head);
	}
}

static void keep_mark(const struct sending *s)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%020" PRIu64 "\n", s->sent);

	if (s->mark >= 0 && pwrite(s->mark, text, (size_t)n, 0) != n)
		return; /* then more is sent twice after an interruption */
}

/* Where an earlier run has got to, and the head that was in force there. */
static void go_to_mark(struct sending *s)
{
	char text[32] = "";
	struct stat st;
	uint64_t mark;

	if (s->mark < 0 || pread(s->mark, text, sizeof(text) - 1, 0) <= 0 ||
	    fstat(s->spool, &st) < 0)
		return;
	mark = strtoull(text, NULL, 10);
	if (mark > (uint64_t)st.st_size)
		return; /* of another file */
	while (s->sent < mark) {
		size_t n = next_batch(s);

		if (!n)
			break;
		s->sent += n;
	}
	/* Batches may have been cut elsewhere, but never behind another head. */
	s->sent = mark;
}

static int post(struct sending *s, size_t n, struct err *e)
{
	size_t head = s->head ? strlen(s->head) : 0;
	_cleanup_free_ char *body = xmalloc(head + n + 1);

	memcpy(body, s->head ? s->head : "", head);
	memcpy(body + head, s->buf, n);
	return net_post(&(struct net_message){.url = s->d->url,
					      .proxy = s->d->proxy,
					      .type = "application/x-ndjson",
					      .body = body,
					      .len = head + n,
					      .stop = out_of_time,
					      .ctx = s},
			e);
}

/* How long to wait before the next try. */
static int next_pause(const struct sending *s, int pause)
{
	int most = s->over ? LAST_PAUSE_MAX_MS : PAUSE_MAX_MS;

	return pause * 2 < most ? pause * 2 : most;
}

static uint64_t left(const struct sending *s)
{
	struct stat st;

	return fstat(s->spool, &st) == 0 && (uint64_t)st.st_size > s->sent
		       ? (uint64_t)st.st_size - s->sent
		       : 0;
}

/* Until nothing is left, or the time is over. */
static void send_all(struct sending *s)
{
	int pause = PAUSE_MS;
	struct err e;

	for (;;) {
		bool was_over = s->over;
		size_t n = next_batch(s);

		if (!n && was_over)
			return;
		if (n && post(s, n, &e) == 0) {
			s->sent += n;
			keep_mark(s);
			say(s, NULL);
			pause = PAUSE_MS;
			wait_for_end(s, s->over ? 0 : BATCH_PAUSE_MS);
			continue;
		}
		/* That the time is over is no news where something else was the matter. */
		if (n && !(e.code == ERR_CANCELLED && s->failing))
			say(s, e.why[0] ? e.why : e.what);
		if (out_of_time(s))
			return;
		wait_for_end(s, n ? pause : BATCH_PAUSE_MS);
		if (n)
			/* At the end once more at once. */
			pause = s->over && !was_over ? PAUSE_MS : next_pause(s, pause);
	}
}

int deliver(const struct delivery *d)
{
	_cleanup_free_ char *mark = xasprintf("%s" DELIVER_MARK, d->spool);
	_cleanup_close_ int spool = open(d->spool, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int mark_fd = open(mark, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	_cleanup_free_ char *buf = xmalloc(LINE_BYTES);
	struct sending s = {.d = d, .buf = buf, .spool = spool, .mark = mark_fd};
	uint64_t rest;

	if (spool < 0) {
		_cleanup_free_ char *line = xasprintf("failing: %s", strerror(errno));

		d->say(line);
		return 1;
	}
	go_to_mark(&s);
	send_all(&s);
	rest = left(&s);
	free(s.head);
	free(s.failing);
	_cleanup_free_ char *line = xasprintf("left %" PRIu64, rest);

	d->say(line);
	return rest ? 1 : 0;
}
