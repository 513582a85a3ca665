/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/events.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

const char *const event_kind_names[] = {"begin", "progress", "log",  "warning", "skip",
					"end",	 "error",    "done", NULL};

void events_add(struct events *ev, event_sink sink, void *ctx)
{
	if (ev->count < SINKS_MAX) {
		ev->sinks[ev->count].sink = sink;
		ev->sinks[ev->count++].ctx = ctx;
	}
}

static void emit(struct events *ev, struct event *e)
{
	e->seq = ++ev->seq;
	e->step = ev->step;
	e->done = ev->done;
	e->total = ev->total;
	for (size_t i = 0; i < ev->count; i++)
		ev->sinks[i].sink(ev->sinks[i].ctx, e);
}

void events_say(struct events *ev, enum event_kind kind, const char *text)
{
	emit(ev, &(struct event){.kind = kind, .text = text});
}

void events_begin(struct events *ev, const char *step, const char *title)
{
	ev->step = step;
	ev->step_done = ev->done;
	events_say(ev, EVENT_BEGIN, title);
}

void events_progress(struct events *ev, uint32_t weight, const struct moved *m)
{
	uint64_t part = m->part < m->whole ? m->part : m->whole;
	double share = m->whole ? (double)part / (double)m->whole : 0;
	uint32_t done = ev->step_done + (uint32_t)(share * weight);

	if (done > ev->done)
		ev->done = done < ev->total ? done : ev->total;
	emit(ev, &(struct event){.kind = EVENT_PROGRESS,
				 .text = m->text,
				 .item = m->item,
				 .amount = m->amount});
}

void amount_pace(const struct amount *a, struct str *out)
{
	if (a->rate)
		str_addf(out, "%s/s", size_text(a->rate).s);
	if (a->seconds_left)
		str_addf(out, "%s%llu:%02llu left", a->rate ? ", " : "",
			 (unsigned long long)a->seconds_left / 60,
			 (unsigned long long)a->seconds_left % 60);
}

void events_end(struct events *ev, uint32_t weight, enum event_kind kind)
{
	ev->done = ev->step_done + weight;
	if (ev->done > ev->total)
		ev->done = ev->total;
	events_say(ev, kind, "");
	ev->step = NULL;
}

void events_error(struct events *ev, const struct err *e)
{
	emit(ev,
	     &(struct event){.kind = EVENT_ERROR, .text = e->what, .why = e->why, .hint = e->hint});
}

void events_line(void *ctx, const char *line)
{
	events_say(ctx, EVENT_LOG, line);
}

static void write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* A sink that cannot write (a full stick) must not stop the installation. */
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

/* Now, in UTC (RFC 3339). */
static void when(char *text, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void add_text(struct json_object *o, const char *key, const char *text)
{
	if (text && text[0])
		json_object_object_add(o, key, json_object_new_string(text));
}

static void add_number(struct json_object *o, const char *key, uint64_t number)
{
	if (number)
		json_object_object_add(o, key, json_object_new_uint64(number));
}

static void add_time(struct json_object *o)
{
	char text[32] = "";

	when(text, sizeof(text));
	add_text(o, "time", text);
}

struct json_object *event_json(const struct event *e)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "v", json_object_new_int(1));
	json_object_object_add(o, "seq", json_object_new_uint64(e->seq));
	json_object_object_add(o, "kind", json_object_new_string(event_kind_names[e->kind]));
	add_time(o);
	add_text(o, "step", e->step);
	json_object_object_add(o, "done", json_object_new_int64(e->done));
	json_object_object_add(o, "total", json_object_new_int64(e->total));
	add_text(o, "text", e->text);
	add_text(o, "why", e->why);
	add_text(o, "hint", e->hint);
	add_text(o, "item", e->item);
	add_number(o, "bytes", e->amount.bytes);
	add_number(o, "bytesTotal", e->amount.bytes_total);
	add_number(o, "rate", e->amount.rate);
	add_number(o, "secondsLeft", e->amount.seconds_left);
	return o;
}

void sink_json_lines(void *ctx, const struct event *e)
{
	struct json_object *o = event_json(e);
	const char *line;

	line = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							 JSON_C_TO_STRING_NOSLASHESCAPE);
	_cleanup_free_ char *text = xasprintf("%s\n", line);
	write_all(*(const int *)ctx, text, strlen(text));
	json_object_put(o);
}

void sink_log(void *ctx, const struct event *e)
{
	_cleanup_str_ struct str line = {0};
	char text[32] = "";

	when(text, sizeof(text));
	str_addf(&line, "%s %-8s %s%s%s", text, event_kind_names[e->kind], e->step ? e->step : "",
		 e->step ? ": " : "", e->text);
	if (e->item && e->item[0])
		str_addf(&line, "; %s", e->item);
	if (e->why && e->why[0])
		str_addf(&line, ": %s", e->why);
	if (e->hint && e->hint[0])
		str_addf(&line, " (%s)", e->hint);
	str_addc(&line, '\n');
	write_all(*(const int *)ctx, line.s, line.len);
}
