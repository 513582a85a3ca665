/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * events: what a run says while it works. One stream, any number of sinks (plain lines, dialogs,
 * JSON lines, the log); no sink is special, none may block for long or fail the run. Weights are
 * fixed by the plan before the first event, so progress never goes back and ends at the total.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct json_object;

enum event_kind {
	EVENT_BEGIN,	/* a step starts: text is its title */
	EVENT_PROGRESS, /* inside a step: done moves on */
	EVENT_LOG,	/* a line that a program said */
	EVENT_WARNING,
	EVENT_SKIP,  /* a step that an earlier run has done already */
	EVENT_END,   /* a step is done */
	EVENT_ERROR, /* a step failed: text what, why, hint */
	EVENT_DONE,  /* the run is over and everything is done */
	EVENT_KINDS,
};
extern const char *const event_kind_names[];

/* Bytes, of how many, how many a second, and how long the rest takes; 0: unknown. */
struct amount {
	uint64_t bytes, bytes_total, rate, seconds_left;
};

/* Where a step is: `part` of `whole`, in words, and in bytes where there are any. */
struct moved {
	uint64_t part, whole;
	const char *text;
	const char *item; /* the path or file that it is at; NULL: none */
	struct amount amount;
};

struct event {
	uint64_t seq; /* from 1, no gaps */
	enum event_kind kind;
	const char *step;	/* the step's id; NULL outside of steps */
	uint32_t done, total;	/* in the plan's weights */
	const char *text;	/* never NULL */
	const char *why, *hint; /* EVENT_ERROR; else NULL */
	const char *item;	/* EVENT_PROGRESS: the path or file that it is at; else NULL */
	struct amount amount;	/* EVENT_PROGRESS: what is copied; else all of it 0 */
};

typedef void (*event_sink)(void *ctx, const struct event *e);

enum { SINKS_MAX = 6 };
struct events {
	struct {
		event_sink sink;
		void *ctx;
	} sinks[SINKS_MAX];
	size_t count;
	uint64_t seq;
	uint32_t done, total;
	const char *step;
	uint32_t step_done; /* `done` when the step began */
};

void events_add(struct events *ev, event_sink sink, void *ctx);
void events_say(struct events *ev, enum event_kind kind, const char *text);
void events_begin(struct events *ev, const char *step, const char *title);
/* Inside a step of that weight. Never goes back. */
void events_progress(struct events *ev, uint32_t weight, const struct moved *m);
/* "20 MiB/s, 1:20 left"; nothing where nothing is known. */
void amount_pace(const struct amount *a, struct str *out);
/* The step's whole weight is done. */
void events_end(struct events *ev, uint32_t weight, enum event_kind kind);
void events_error(struct events *ev, const struct err *e);
/* proc_line_fn for a child's output; ctx is the struct events. */
void events_line(void *ctx, const char *line);

/* {"v":1,"seq":..,"time":..,"kind":..}: an event as it is told elsewhere; the caller puts it. */
struct json_object *event_json(const struct event *e);
/* JSON lines (v: 1; readers ignore keys they do not know). ctx: int * of a file descriptor. */
void sink_json_lines(void *ctx, const struct event *e);
/* The log: every event with its time. ctx: int * of a file descriptor. */
void sink_log(void *ctx, const struct event *e);
