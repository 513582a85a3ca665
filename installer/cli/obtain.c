/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/obtain.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/status.h"
#include "cli/talk.h"
#include "tui/plain.h"

static void announce(const struct inputs *in)
{
	if (in->source.kind > SOURCE_ARGUMENT)
		fprintf(stderr, "archibald: the answers are %s, named by %s\n", in->file,
			source_kind_names[in->source.kind]);
}

/* Another name; NULL with *ret_end when there is no more input, else: without a file. */
static char *ask_for_name(bool *ret_end)
{
	_cleanup_secret_ struct secret reply = {0};
	struct plain ui;

	plain_open(&ui);
	ui.stop = &talk_stop;
	*ret_end = !plain_line(&ui,
			       "File or address of the answers (Enter: none, everything is asked "
			       "here): ",
			       &reply);
	return *ret_end || !reply.len ? NULL : xstrdup(reply.bytes);
}

static int cancelled(const char *before)
{
	fprintf(stderr, "%sarchibald: cancelled; nothing was touched\n", before);
	return STATUS_CANCELLED;
}

/* What was wrong, and another try. -1: what there is now is to be used. */
static int ask_again(struct inputs *in)
{
	_cleanup_free_ char *name = NULL;
	struct err e;
	bool end;
	int n;

	for (;;) {
		mem_free_ptr(&name);
		name = ask_for_name(&end);
		if (end)
			return cancelled("\n");
		inputs_forget_answers(in);
		if (!name)
			return -1;
		n = inputs_take_answers(
			in, &(struct sources){.argument = name, .wait = SOURCE_WAIT}, &e);
		if (talk_stop)
			return cancelled("");
		if (n < 0)
			print_error(&e);
		else if (in->problems.list.count)
			inputs_print_problems(in);
		else
			return -1;
	}
}

int obtain_answers(const struct obtain *o, struct inputs *in)
{
	struct sources s = {.argument = o->argument, .sha256 = o->sha256};
	struct err e;
	int n;

	if (!inputs_wait(o->wait, &s.wait)) {
		fputs("archibald: --wait is a number of seconds\n", stderr);
		return STATUS_USAGE;
	}
	n = inputs_load_machine(in, NULL, NULL, &e);
	if (n < 0) {
		print_error(&e);
		return (int)status_of_refusal(&e);
	}
	if (o->none && !o->argument)
		return -1;
	n = inputs_take_answers(in, &s, &e);
	/* A program that fetches is ended then, and its end is no fault of the answers. */
	if (talk_stop)
		return cancelled("");
	if (n == 0)
		announce(in);
	else
		print_error(&e);
	if (!o->console || (n == 0 && in->problems.list.count == 0))
		return n == 0 ? -1 : STATUS_ANSWERS;
	if (n == 0)
		inputs_print_problems(in);
	return ask_again(in);
}
