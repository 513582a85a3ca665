/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/reporting.h"

#include <stdio.h>

/* To whoever watches, and into the log. It is no event of the run, so it has no number of its own.
 */
static void say(void *ctx, const char *text)
{
	struct reporting *x = ctx;
	struct events *ev = &x->keep->events;
	const struct event e = {.seq = ev->seq,
				.kind = EVENT_WARNING,
				.done = ev->done,
				.total = ev->total,
				.text = text};

	sink_log(&x->keep->log_fd, &e);
	if (x->ui->kind == UI_DIALOG && !x->ui->progress)
		str_addf(&x->unsaid, "archibald: %s\n", text);
	else
		ui_event(x->ui, &e);
}

/* Of the answers, or of the kernel's command line; NULL: what the environment says. */
static char *proxy_of(const struct answers *w)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const char *value;
	struct sys sys;
	struct err e;
	char *copy;

	if (w->proxy)
		return xstrdup(w->proxy);
	if (sys_open(&sys, NULL, &e) < 0)
		return NULL;
	value = kernel_word(&sys, a, "archibald.proxy");
	copy = value && value[0] ? xstrdup(value) : NULL;
	sys_close(&sys);
	return copy;
}

void reporting_begin(struct reporting *x)
{
	_cleanup_free_ char *net = sibling_program("archibald-net"),
			    *proxy = proxy_of(x->in->answers);
	const struct report_to to = {.url = &x->in->answers->report,
				     .proxy = proxy,
				     .net = net,
				     .directory = x->state,
				     .say = say,
				     .ctx = x};
	struct err e;

	if (x->open || !secret_given(&x->in->answers->report))
		return;
	if (report_open(&x->report, &to, &e) < 0) {
		_cleanup_free_ char *why = err_text(&e);
		_cleanup_free_ char *text = xasprintf("nothing is reported: %s", why);

		say(x, text);
		return;
	}
	x->open = true;
	events_add(&x->keep->events, report_event, &x->report);
}

void reporting_plan(struct reporting *x, const struct plan *p)
{
	if (x->open)
		report_head(&x->report, x->in->facts, p, INPUTS_PROGRAM);
}

void reporting_end(struct reporting *x, int status)
{
	if (x->open)
		report_close(&x->report, x->keep->log_path, status);
	x->open = false;
}

void reporting_refusal(struct reporting *x, int status)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_str_ struct str text = {0};
	const char *problems = "", *key;
	struct plan *plan = NULL;
	struct err e = {.what = "this machine is not installed"};

	reporting_begin(x);
	if (!x->open)
		return;
	if (x->in->problems.list.count)
		problems_text(&x->in->problems, x->in->file, &text);
	else
		plan = inputs_try(x->in, a, &problems, &key);
	plan_free(plan);
	str_add(&text, problems);
	snprintf(e.why, sizeof(e.why), "%s", str_get(&text));
	str_cut(e.why);
	str_sanitise(e.why);
	reporting_plan(x, NULL);
	events_error(&x->keep->events, &e);
	reporting_end(x, status);
}

void reporting_last_words(struct reporting *x)
{
	fputs(str_get(&x->unsaid), stderr);
	str_clear(&x->unsaid);
}
