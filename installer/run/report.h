/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report: what a run says, told to a web server while it works. The events are appended to a file
 * in the state directory, which never blocks; archibald-net, a process of its own, sends what is
 * there (base/deliver.h). That it cannot do so stops nothing; it is said, and the file stays, for
 * the next run with the same address.
 *
 * Lines of JSON, as sink_json_lines writes them, each batch behind its head: {"v":1,"kind":
 * "report","run":UUID,"program":...,"hostName":...,"variant":...,"plan":HASH,"machine":{"macs",
 * "serial","uuid","board","model"}}. The last two of a run are {"kind":"installLog","text":...}
 * and {"kind":"result","status":0,"events":N,"dropped":N}. An event is known by run and seq.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/proc.h"
#include "base/secret.h"
#include "facts/facts.h"
#include "plan/plan.h"
#include "run/events.h"

enum {
	REPORT_WAIT = 30,	     /* seconds at the end for what is left */
	REPORT_SPOOL_MAX = 16 << 20, /* bytes; then what programs say and progress is dropped */
	REPORT_LOG_MAX = 1 << 20,    /* of the log, its end */
};

/* Something to be said to whoever watches, and kept in the log; no event of the run. */
typedef void (*report_say)(void *ctx, const char *text);

struct report {
	struct proc_beside net;
	int spool;	/* -1: nothing is reported */
	size_t written; /* bytes of the spool */
	uint64_t events, dropped;
	char *path, *run;
	char *said; /* of archibald-net so far, what is no whole line yet */
	bool failing, closing;
	report_say say;
	void *ctx;
};

struct report_to {
	const struct secret *url;
	const char *proxy;     /* NULL: what the environment says */
	const char *net;       /* the path of archibald-net */
	const char *directory; /* of the spool */
	report_say say;
	void *ctx;
};

/* Starts to report. An error is one to be said: nothing else follows from it. */
int report_open(struct report *r, const struct report_to *to, struct err *e) nodiscard;
/* Which machine and plan the events from here on are of; p: NULL while there is no plan. */
void report_head(struct report *r, const struct facts *f, const struct plan *p,
		 const char *program);
/* An event_sink. ctx: struct report *. */
void report_event(void *ctx, const struct event *e);
/* The log and the result, then waits until all is sent, but no longer than REPORT_WAIT; says what
 * is not. Does nothing when nothing is open. log_path may be NULL. */
void report_close(struct report *r, const char *log_path, int status);
