/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/nixrun.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rate.h"
#include "base/str.h"
#include "run/nixlog.h"

enum {
	PROGRESS_MS = 1000, /* Nix says a hundred things a second */
	SILENCE_MS = 5000,  /* without progress; each is a line of the log */
};

struct nixrun {
	struct nixlog *log;
	struct events *events;
	uint32_t weight;
	bool any;      /* was anything said yet */
	bool unsaid;   /* there is news since */
	int64_t said;  /* when progress was said last */
	int64_t since; /* when Nix said something last */
	uint64_t done, total;
	char text[128], item[256]; /* what it said then */
	struct rate rate;
	char error[512];
};

struct nixrun *nixrun_new(struct events *ev, uint32_t weight, int64_t now_ms)
{
	struct nixrun *x = xcalloc(1, sizeof(*x));

	*x = (struct nixrun){.log = nixlog_new(),
			     .events = ev,
			     .weight = weight,
			     .said = now_ms,
			     .since = now_ms};
	return x;
}

struct nixrun *nixrun_free(struct nixrun *x)
{
	if (x)
		nixlog_free(x->log);
	free(x);
	return NULL;
}

const char *nixrun_error(const struct nixrun *x)
{
	return x->error;
}

static void say_progress(struct nixrun *x, const struct nixlog_says *says, int64_t now_ms)
{
	uint64_t left;

	x->any = true;
	x->unsaid = false;
	x->said = now_ms;
	rate_add(&x->rate, now_ms, says->bytes);
	left = rate_seconds_left(&x->rate, says->bytes_total);
	events_progress(x->events, x->weight,
			&(struct moved){.part = says->done,
					.whole = says->total,
					.text = says->text,
					.item = says->item,
					.amount = {says->bytes, says->bytes_total,
						   rate_per_second(&x->rate),
						   left == RATE_UNKNOWN ? 0 : left}});
}

void nixrun_line(struct nixrun *x, const char *line, int64_t now_ms)
{
	const struct nixlog_says says = nixlog_line(x->log, line);

	if (says.log)
		events_say(x->events, EVENT_LOG, says.log);
	if (says.log && str_starts(says.log, "error:")) {
		snprintf(x->error, sizeof(x->error), "%s", says.log);
		str_cut(x->error);
	}
	x->since = now_ms;
	if (says.moved) {
		x->unsaid = true;
		x->done = says.done;
		x->total = says.total;
		snprintf(x->text, sizeof(x->text), "%s", says.text);
		snprintf(x->item, sizeof(x->item), "%s", says.item);
		str_cut(x->item);
	}
	if (x->unsaid && (!x->any || now_ms - x->said >= PROGRESS_MS))
		say_progress(x, &says, now_ms);
	else
		nixrun_idle(x, now_ms);
}

/* Nix evaluates, or waits for one long build, without a word, or with nothing but the build's: that
 * it still does is worth one. */
void nixrun_idle(struct nixrun *x, int64_t now_ms)
{
	long long seconds = (now_ms - x->since) / 1000;

	if (now_ms - x->said < SILENCE_MS)
		return;
	x->said = now_ms;
	_cleanup_free_ char *since = seconds ? xasprintf(" (%lld:%02lld)", seconds / 60,
							 seconds % 60)
					     : xstrdup("");
	_cleanup_free_ char *text = xasprintf(
		"%s%s", x->text[0] || x->item[0] ? x->text : "Nix reads the configuration",
		x->item[0] ? "" : since);
	_cleanup_free_ char *item = xasprintf("%s%s", x->item, x->item[0] ? since : "");

	events_progress(
		x->events, x->weight,
		&(struct moved){.part = x->done, .whole = x->total, .text = text, .item = item});
}
