/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/talk.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/record.h"
#include "base/str.h"
#include "run/password.h"

volatile int talk_stop;
/* While questions are asked, Ctrl-C is one more thing to say: the front end asks what is meant. */
static volatile sig_atomic_t asking;

void talk_stop_run(void)
{
	talk_stop = 1;
	proc_cancel_all();
}

void talk_asks(bool now)
{
	asking = now;
}

/* Curses reads again when a signal interrupts it, and libdialog takes the end of input for a change
 * of size once there was one: so the last thing that is typed is Esc. Only calls that a signal
 * handler may make. */
static void end_input(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	if (write(fds[1], "\x1b", 1) == 1)
		dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	close(fds[1]);
}

static void on_signal(int number)
{
	if (asking && number == SIGINT)
		return;
	talk_stop_run();
	if (asking)
		end_input();
}

void talk_catch_signals(void)
{
	/* No SA_RESTART: a question that waits for input ends, too. */
	const struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	/* It would leave a terminal without echo as it is. */
	sigaction(SIGQUIT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* What the answers come to, for the review. */
static void look(void *ctx, struct arena *arena, struct outlook *ret)
{
	struct talk *t = ctx;
	const struct interview v = inputs_interview(t->in);
	_cleanup_str_ struct str text = {0};

	t->plan = plan_free(t->plan);
	ret->begin = t->begin;
	t->plan = inputs_try(t->in, arena, &ret->problems, &ret->key);
	if (!t->plan)
		return;
	plan_to_text(t->plan, &text);
	ret->plan = arena_strdup(arena, str_get(&text));
	str_clear(&text);
	plan_summary(t->plan, v.facts, &text);
	ret->summary = arena_strdup(arena, str_get(&text));
	str_clear(&text);
	plan_losses(t->plan, &text);
	ret->warning = arena_strdup(arena, str_get(&text));
	if (t->erases)
		ret->word = plan_disk_names(t->plan);
}

/* What this machine is, in a few lines: what is on its disks is shown where one is chosen. */
static void welcome(const struct inputs *in, struct ui *ui)
{
	_cleanup_str_ struct str all = {0}, text = {0};

	facts_to_text(in->facts, &all);
	for (const char *line = str_get(&all); *line;) {
		size_t n = strcspn(line, "\n");

		if (line[0] != ' ')
			str_addf(&text, "%.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	ui_welcome(ui, str_get(&text));
}

static void show_busy(void *ctx, const char *text)
{
	ui_busy(ctx, text);
}

int talk_over(struct inputs *in, struct ui *ui, const struct review *review, struct err *e)
{
	const struct interview v = inputs_interview(in);
	const struct front_end f = ui_front_end(ui);
	int n;

	in->reach.busy = show_busy;
	in->reach.busy_ctx = ui;
	asking = 1;
	if (interview_next(&v, 0) != question_count)
		welcome(in, ui);
	n = wizard_run(&v, &f, review, e);
	asking = 0;
	return n;
}

int talk(struct talk *t, struct err *e)
{
	const struct review review = {t, look, t->begun, t->again ? &t->left : NULL};

	t->left = false;

	return talk_over(t->in, t->ui, &review, e);
}

int talk_answers_text(const struct answers *a, struct secret *ret, struct err *e)
{
	_cleanup_secret_ struct secret hash = {0};
	struct json_object *json;

	if (secret_given(&a->audio_user.password)) {
		int n = password_hash(&a->audio_user.password, &hash, e);

		if (n < 0)
			return n;
	}
	json = answers_to_json(a, hash.bytes);
	_cleanup_free_ char *text = json_text(json);
	secret_set(ret, text, strlen(text));
	secret_zero(text, strlen(text));
	json_object_put(json);
	return 0;
}
