/* SPDX-License-Identifier: GPL-3.0-or-later */
/* archibald ask: the interview alone; its answers become a file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answers/checks.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/status.h"
#include "cli/talk.h"
#include "run/journal.h"

struct options {
	const char *ui, *out, *machine, *root;
};

static const struct option_row rows[] = {
	{"--out", "FILE", "where the answers are written; it must not be there yet",
	 offsetof(struct options, out)},
	{"--ui", UI_NAMES_ASKING, "how to ask", offsetof(struct options, ui)},
	{"--machine", "FILE", "a recorded machine (detect --json)",
	 offsetof(struct options, machine)},
	{"--root", "DIR", "a recorded root instead of this machine",
	 offsetof(struct options, root)},
};
static const struct command command = {
	"ask",
	"[ANSWERS]",
	"Asks the questions and writes an answer file; nothing else is touched.",
	rows,
	ARRAY_SIZE(rows),
	0,
	1};

static int usage(const char *text)
{
	fprintf(stderr, "archibald ask: %s\n", text);
	return STATUS_USAGE;
}

static int refuse(const struct err *e)
{
	print_error(e);
	return (int)status_of_refusal(e);
}

/* A file with a password hash is for its owner alone. */
static int write_answers(const struct answers *a, const char *path, struct err *e)
{
	_cleanup_secret_ struct secret text = {0};
	int n = talk_answers_text(a, &text, e);

	return n < 0 ? n : write_file_atomic(path, text.bytes, text.len, 0600, e);
}

/* It is never asked for, so "ask" cannot stand in its place. */
static void warn_of_report(const struct answers *a, const char *path)
{
	if (secret_given(&a->report) && !check_address_is_public(a->report.bytes))
		fprintf(stderr,
			"warning: the address of \"report\" may hold a password or a token; it was "
			"left out of %s\n",
			path);
}

/* Where nothing can be written nobody answers for nothing. */
static int check_writable(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *directory = slash ? xasprintf("%.*s",
							   (int)(slash - path) + (slash == path),
							   path)
					       : xstrdup(".");
	struct stat st;

	if (access(directory, W_OK | X_OK) < 0)
		return err_errno(e, errno, NULL, "cannot write %s", path);
	if (stat(directory, &st) == 0 && !S_ISDIR(st.st_mode))
		return err_errno(e, ENOTDIR, NULL, "cannot write %s", path);
	return slash && !slash[1] ? err_errno(e, EISDIR, NULL, "cannot write %s", path) : 0;
}

static int converse(struct inputs *in, struct ui *ui, struct err *e)
{
	struct talk t = {.in = in, .ui = ui, .begin = "Write the answer file"};
	int n = ui_open(ui, e);

	if (n == 0)
		n = talk(&t, e);
	ui_close(ui);
	plan_free(t.plan);
	return n;
}

int command_ask(int argc, char **argv)
{
	_cleanup_inputs_ struct inputs in = {0};
	struct options o = {0};
	struct arguments arguments = {0};
	struct ui ui;
	struct err e;
	int status = options_parse(&command, argc, argv, &o, &arguments);

	if (status >= 0)
		return status;
	if (!ui_choose(&ui, o.ui, &talk_stop) || ui.kind == UI_NONE)
		return usage("--ui is " UI_NAMES_ASKING);
	if (!o.out)
		return usage("--out FILE is needed");
	if (access(o.out, F_OK) == 0)
		return usage("the file named by --out is there already");
	if (check_writable(o.out, &e) < 0)
		return refuse(&e);
	talk_catch_signals();
	if (inputs_load(&in, arguments.list[0], o.machine, o.root, &e) < 0)
		return refuse(&e);
	if (talk_stop)
		return STATUS_CANCELLED;
	if (in.problems.list.count)
		return inputs_plan(&in, &(struct plan *){NULL});
	if (converse(&in, &ui, &e) < 0 || write_answers(in.answers, o.out, &e) < 0)
		return refuse(&e);
	warn_of_report(in.answers, o.out);
	return STATUS_DONE;
}
