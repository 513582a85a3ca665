/* SPDX-License-Identifier: GPL-3.0-or-later */
/* archibald install: answers, plan, agreement, run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/consoles.h"
#include "cli/finish.h"
#include "cli/goodbye.h"
#include "cli/inputs.h"
#include "cli/keep.h"
#include "cli/obtain.h"
#include "cli/options.h"
#include "cli/recover.h"
#include "cli/reporting.h"
#include "cli/status.h"
#include "cli/talk.h"
#include "run/diagnose.h"
#include "run/hooks.h"
#include "run/preparing.h"
#include "run/run.h"
#include "sources/sources.h"
#include "tui/ui.h"

#define STATE "/run/archibald"

struct options {
	const char *ui, *root, *events, *distribution, *state, *wait, *sha256, *cache, *cache_key;
	const char *consoles;
	bool verbose, no_answers;
};

static const struct option_row rows[] = {
	{"--ui", UI_NAMES, "how to ask; none: never ask", offsetof(struct options, ui)},
	{"--root", "DIR", "where the target is mounted meanwhile (/mnt)",
	 offsetof(struct options, root)},
	{"--events", "FILE", "what happens, as JSON lines", offsetof(struct options, events)},
	{"--distribution", "DIR", "the flake to install (default: the one beside the program)",
	 offsetof(struct options, distribution)},
	{"--state", "DIR", "journal and log (" STATE ")", offsetof(struct options, state)},
	{"--wait", "SECONDS", "how long a network is waited for (60)",
	 offsetof(struct options, wait)},
	{"--sha256", "HASH", "the answers must have it", offsetof(struct options, sha256)},
	{"--binary-cache", "DIR",
	 "a binary cache to install from, too (default: one on a file system labelled ARCHIBALD)",
	 offsetof(struct options, cache)},
	{"--binary-cache-key", "NAME:KEY", "a public key whose signatures count, too",
	 offsetof(struct options, cache_key)},
	{"--consoles", CONSOLES_NAMES,
	 "ask on these terminals, the first Enter has it; active: all of the kernel's",
	 offsetof(struct options, consoles)},
	{"--no-answers", NULL,
	 "take no answers from the kernel's command line, a label or the "
	 "medium",
	 offsetof(struct options, no_answers)},
	{"--verbose", NULL, "show what the programs say, too", offsetof(struct options, verbose)},
};
static const struct command command = {
	"install",
	"[ANSWERS]",
	"Installs ArchibaldOS on a disk of this machine. Asks what the answers leave open.",
	rows,
	ARRAY_SIZE(rows),
	0,
	1};

struct installing {
	struct options o;
	const char *argument; /* the answers */
	struct inputs in;
	struct ui ui;
	struct plan *plan;
	struct keep keep;
	struct diagnosis diagnosis; /* of the run so far */
	struct secret record;	    /* the answers as they are kept */
	struct reporting reporting;
	char *distribution;
	char *again;		    /* the command that goes on where a run stopped */
	struct preparing preparing; /* while the person answers what is asked after it */
	struct cache cache;
};

static void installing_clear(struct installing *x)
{
	preparing_end(&x->preparing);
	inputs_clear(&x->in);
	plan_free(x->plan);
	secret_wipe(&x->record);
	keep_clear(&x->keep);
	mem_free_ptr(&x->distribution);
	mem_free_ptr(&x->again);
	cache_clear(&x->cache);
}

static struct machine machine_of(struct installing *x)
{
	return (struct machine){linux_machine.ops, &x->preparing};
}

/* What an interrupted or failed run holds. */
static int let_go(struct installing *x, struct err *e)
{
	const struct machine machine = machine_of(x);

	return run_release(&machine, &x->keep.journal, e);
}

/* The state directory, the log, and what an interrupted run left mounted. */
static int open_state(struct installing *x, struct err *e)
{
	int n = keep_open(&x->keep, x->o.state, command.name, x->o.events, e);

	return n < 0 ? n : let_go(x, e);
}

static bool may_ask(const struct installing *x)
{
	return x->ui.kind != UI_NONE;
}

/* Of a container on it; 0: nobody can say yet. */
static uint32_t sectors_of(const struct disk *d)
{
	uint32_t bytes;
	struct err ignored;

	return d && luks_sector_bytes(d->path, &bytes, &ignored) == 0 ? bytes : 0;
}

/* What encryption costs, and the containers, can be made while the rest is asked. */
static void on_answer(void *ctx, const struct question *q, const char *text)
{
	struct installing *x = ctx;
	const struct interview v = inputs_interview(&x->in);
	const struct answers *a = x->in.answers;
	uint32_t system = sectors_of(interview_disk(&v)),
		 data = sectors_of(interview_data_disk(&v));
	struct preparing_wish w = {
		.limits.time_ms = LUKS_TRY_MS,
		.passphrase = secret_given(&a->passphrase) ? &a->passphrase : NULL,
		.sector_bytes = {[PREPARED_ROOT] = system,
				 [PREPARED_SWAP] = str_eq(a->swap_kind, "partition") ? system : 0,
				 [PREPARED_DATA] = data},
	};

	(void)q;
	(void)text;
	if (!a->encrypt) {
		preparing_end(&x->preparing);
		return;
	}
	plan_luks_limits(x->in.facts, &w.limits.memory_kib, &w.limits.threads);
	preparing_start(&x->preparing, &w);
}

/* Which disk is installed to is not known yet, and nobody's stick with a cache is one. */
static bool has_cache(const struct installing *x)
{
	struct cache cache = {.volume = -1};
	struct strings none = {0};
	struct err e;
	bool found;

	if (x->o.cache)
		return true;
	found = cache_find(x->in.facts, &none, &cache, &e) == 0 && cache.url;
	cache_clear(&cache);
	return found;
}

/* Questions, review, agreement; the plan that was agreed on is x->plan. `failed`: the run before,
 * NULL for the first time; *left: the person went back to what else can be done, and x->plan is
 * what was looked at last, NULL when there was none. */
static int converse(struct installing *x, const struct run *failed, bool *left, struct err *e)
{
	struct talk t = {.in = &x->in,
			 .ui = &x->ui,
			 .erases = true,
			 .again = failed,
			 .begun = failed ? failed->begun : run_has_begun(&x->keep.journal),
			 .begin = "Begin"};
	int n;

	x->plan = plan_free(x->plan);
	reach_network(&x->in.reach);
	x->in.reach.outside.has_cache = has_cache(x);
	n = talk(&t, e);
	x->plan = t.plan;
	*left = t.left;
	return n;
}

static const char *live_medium(const struct facts *f)
{
	for (size_t i = 0; i < f->disks.count; i++)
		if (f->disks.items[i].live_medium)
			return f->disks.items[i].path;
	return NULL;
}

/* What the answers say is to be done at the end; without an answer, who is there is asked. */
static const char *say_goodbye(struct installing *x)
{
	const struct question *q = question_find("finish");
	const struct answers *a = x->in.answers;
	_cleanup_free_ char *text = goodbye_text(x->plan, a, live_medium(x->in.facts));
	_cleanup_free_ char *title = NULL;

	if (may_ask(x) && !talk_stop &&
	    (!a->given[question_index(q)] || a->proposed[question_index(q)])) {
		const char *how;

		talk_asks(true);
		how = goodbye(&x->ui, x->plan, text);
		talk_asks(false);
		return how;
	}
	title = xasprintf("ArchibaldOS is installed on %s as host %s.",
			  plan_system_disk(x->plan)->path, x->plan->host_name);
	ui_leave(&x->ui, title, text);
	return x->plan->finish;
}

/* What is wanted of the machine now. It is all that is left to do. */
static void end_machine(const char *how)
{
	struct err e;

	/* Who stops the program now, stops that as well. */
	if (str_eq(how, "stay") || talk_stop)
		return;
	fprintf(stderr, "archibald: the machine is %s now\n",
		str_eq(how, "reboot") ? "restarted" : "turned off");
	if (finish(how, &finish_linux, NULL, &e) < 0)
		print_error(&e);
}

static int refuse(const struct err *e)
{
	print_error(e);
	return (int)status_of_refusal(e);
}

static bool machine_is_unattended(void)
{
	struct sys sys;
	struct err e;
	bool unattended;

	if (sys_open(&sys, NULL, &e) < 0)
		return false;
	unattended = kernel_unattended(&sys);
	sys_close(&sys);
	return unattended;
}

static int run_shown(struct installing *x, struct run *r, struct err *e)
{
	size_t count = x->plan->steps.count;
	_cleanup_free_ char *stopping = xasprintf(
		"Stop the installation? The disk is not usable then;\n%s goes on.", x->again);
	_cleanup_free_ const char **titles = xcalloc(count, sizeof(*titles));
	const struct progress_words words = {
		.title = "Installing ArchibaldOS",
		.stopping = stopping,
		.steps = titles,
		.count = count,
		.stop = talk_stop_run,
	};
	int n;

	for (size_t i = 0; i < count; i++)
		titles[i] = x->plan->steps.items[i].title;
	/* What made an earlier try fail is not why this one does. */
	x->diagnosis = (struct diagnosis){0};
	ui_run_begin(&x->ui, &words);
	n = run_plan(r, e);
	ui_run_end(&x->ui);
	return n;
}

/* The answers as they are kept on the target, and beside the log. */
static int keep_answers(struct installing *x, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/answers.json", x->o.state);
	int n = talk_answers_text(x->in.answers, &x->record, e);

	if (n == 0)
		n = write_file_atomic(path, x->record.bytes, x->record.len, 0600, e);
	return n < 0 ? n
		     : hooks_keep(x->in.answers, x->o.state, linux_machine.ops->write_file,
				  linux_machine.ctx, e);
}

/* Looks at the machine anew: its disk is another one now. */
static int change_answers(struct installing *x, struct run *r, bool *left, struct err *e)
{
	struct sys sys;
	int n = sys_open(&sys, NULL, e);

	if (n < 0)
		return n;
	x->in.facts = facts_free(x->in.facts);
	x->in.facts = facts_detect(&sys);
	sys_close(&sys);
	facts_mark_remains(x->in.facts, &x->keep.journal.parts);
	n = converse(x, r, left, e);
	r->plan = x->plan;
	/* It may be another one now; one out of a descriptor can be read only once. */
	if (secret_given(&x->in.answers->passphrase))
		secret_wipe(&r->passphrase);
	return n;
}

/* The run that failed, as the menu shows it, whatever is answered meanwhile. */
struct failed {
	char *text, *disk, *plan; /* plan: its hash */
};

static void failed_clear(struct failed *f)
{
	free(f->text);
	free(f->disk);
	free(f->plan);
}

/* Until it can run again, or is over. Another plan than the one that failed was not agreed on. */
static int try_again(struct installing *x, struct run *r, const struct failed *f, struct err *e)
{
	const struct failure shown = {f->text, x->keep.log_path, f->disk, x->again, r->begun};
	bool left = true;

	while (left) {
		enum recovery next;
		struct err why;
		int n = 0;

		talk_asks(true);
		next = recover(&x->ui, &shown);
		talk_asks(false);
		if (next == RECOVER_END || let_go(x, e) < 0)
			return -(int)e->code;
		left = false;
		if (next == RECOVER_CHANGE || !x->plan || !str_eq(x->plan->hash, f->plan))
			n = change_answers(x, r, &left, &why);
		/* Who only went back ends with what failed. */
		if (n < 0 && !left) {
			*e = why;
			return n;
		}
	}
	return keep_answers(x, e);
}

/* 0: again. Otherwise it is over, with this error. */
static int after_failure(struct installing *x, struct run *r, struct err *e)
{
	_cleanup_(failed_clear) struct failed f = {
		.text = failure_text(&x->diagnosis, e, r->begun, x->keep.log_path),
		.disk = xstrdup(plan_system_disk(x->plan)->path),
		.plan = xstrdup(x->plan->hash)};

	/* Who stopped it wants no questions, and a program that was stopped starts no other. */
	if (may_ask(x) && !talk_stop)
		return try_again(x, r, &f, e);
	if (may_ask(x))
		ui_say(&x->ui, "The installation is not finished", f.text);
	return -(int)e->code;
}

static int run_until_done(struct installing *x, struct run *r, struct err *e)
{
	int n;

	while ((n = run_shown(x, r, e)) < 0) {
		n = after_failure(x, r, e);
		if (n < 0)
			break;
		reporting_plan(&x->reporting, x->plan);
	}
	run_forget(r);
	return n;
}

static int give_up(struct installing *x, const struct run *r, const struct err *e)
{
	ui_close(&x->ui);
	fprintf(stderr, "archibald: %sthe log is %s\n", r->begun ? "" : "nothing was touched; ",
		x->keep.log_path);
	if (r->begun)
		fprintf(stderr, "archibald: %s goes on\n", x->again);
	if (x->diagnosis.cause && e->code != ERR_CANCELLED)
		fprintf(stderr, "archibald: the cause: %s: %s\nhint: %s\n",
			cause_texts[x->diagnosis.cause].name, x->diagnosis.line,
			cause_texts[x->diagnosis.cause].advice);
	return r->begun ? (int)STATUS_FAILED : (int)status_of_refusal(e);
}

/* One that is named must be there; one on a stick that is no use is no reason to stop. */
static int open_cache(struct installing *x, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct strings erased = {0};

	if (x->o.cache)
		return cache_open(x->o.cache, x->in.facts->arch, &x->cache, e);
	for (size_t i = 0; i < x->plan->disks.count; i++)
		strings_add(a, &erased, x->plan->disks.items[i].path);
	if (cache_find(x->in.facts, &erased, &x->cache, e) < 0) {
		_cleanup_free_ char *text = err_text(e);

		events_say(&x->keep.events, EVENT_WARNING, text);
	} else if (x->cache.url) {
		events_say(&x->keep.events, EVENT_LOG,
			   "packages are taken from the binary cache on label:ARCHIBALD, too");
	}
	return 0;
}

/* For nixos-install, which is told of a proxy by the environment. What holds a password is kept out
 * of it. */
static void use_proxy(struct installing *x)
{
	static const char *const names[] = {"http_proxy", "https_proxy"};
	_cleanup_arena_ struct arena *a = arena_new();
	const char *proxy = x->in.answers->proxy;
	struct sys sys;
	struct err e;

	if (!proxy && sys_open(&sys, NULL, &e) == 0) {
		proxy = kernel_word(&sys, a, "archibald.proxy");
		sys_close(&sys);
	}
	if (!proxy || !proxy[0])
		return;
	if (strchr(proxy, '@')) {
		events_say(&x->keep.events, EVENT_WARNING,
			   "The proxy of the kernel's command line holds a password: nixos-install "
			   "is not told of it.");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		setenv(names[i], proxy, 1);
}

static int end_unfinished(struct installing *x, const struct run *r, const struct err *e)
{
	int status = give_up(x, r, e);

	reporting_end(&x->reporting, status);
	return status;
}

static int carry_out(struct installing *x)
{
	const struct machine machine = machine_of(x);
	struct run r = {
		.plan = x->plan,
		.answers = x->in.answers,
		.machine = &machine,
		.events = &x->keep.events,
		.journal = &x->keep.journal,
		.root = x->o.root,
		.distribution = x->o.distribution,
		.log_path = x->keep.log_path,
		.record = &x->record,
		.cancelled = &talk_stop,
		.again = may_ask(x),
		.begun = run_has_begun(&x->keep.journal),
	};
	const char *how;
	struct err e;

	events_add(&x->keep.events, diagnose_event, &x->diagnosis);
	x->ui.plain.verbose = x->o.verbose;
	/* Before the first event: their numbers have no gap for who is reported to. */
	reporting_begin(&x->reporting);
	reporting_plan(&x->reporting, x->plan);
	events_add(&x->keep.events, ui_event, &x->ui);
	use_proxy(x);
	if (keep_answers(x, &e) < 0 || open_cache(x, &e) < 0) {
		ui_close(&x->ui); /* on its screen nobody would see it */
		events_error(&x->keep.events, &e);
		return end_unfinished(x, &r, &e);
	}
	r.cache = x->cache.url;
	r.cache_key = x->o.cache_key;
	if (run_until_done(x, &r, &e) < 0)
		return end_unfinished(x, &r, &e);
	reporting_end(&x->reporting, STATUS_DONE);
	how = say_goodbye(x);
	ui_close(&x->ui);
	end_machine(how);
	return STATUS_DONE;
}

/* Who was asked has given no file: the answers are beside the log. */
static char *command_again(const struct installing *x)
{
	const char *state = x->o.state;

	if (x->argument)
		return xstrdup("the same command again");
	if (!state)
		return xstrdup("archibald install " STATE "/answers.json");
	return xasprintf("archibald install %s/answers.json --state %s", state, state);
}

static void set_defaults(struct installing *x)
{
	x->again = command_again(x);
	/* Whoever wrote it on the kernel's command line has agreed for this machine. */
	if (!x->o.ui && machine_is_unattended())
		x->o.ui = "none";
	x->o.root = x->o.root ? x->o.root : "/mnt";
	x->o.state = x->o.state ? x->o.state : STATE;
	if (!x->o.distribution) {
		x->distribution = find_distribution();
		x->o.distribution = x->distribution;
	}
}

static int check_usage(struct installing *x)
{
	if (!ui_choose(&x->ui, x->o.ui, &talk_stop)) {
		fprintf(stderr, "archibald install: --ui is " UI_NAMES ", not %s\n", x->o.ui);
		return STATUS_USAGE;
	}
	/* nixos-install takes no other, and would say so only when the disk is erased. */
	if (x->o.root[0] != '/') {
		fprintf(stderr, "archibald install: --root is an absolute path, not \"%s\"\n",
			x->o.root);
		return STATUS_USAGE;
	}
	if (x->o.cache_key && !cache_key_valid(x->o.cache_key)) {
		fputs("archibald install: --binary-cache-key is NAME:KEY, the key 32 bytes in base "
		      "64\n",
		      stderr);
		return STATUS_USAGE;
	}
	if (geteuid() != 0) {
		fputs("archibald install: only root may write to disks; "
		      "archibald plan shows what would be done\n",
		      stderr);
		return STATUS_MACHINE;
	}
	return -1;
}

/* An error is printed only once the terminal is given back. */
static int open_and_converse(struct installing *x, struct err *e)
{
	int n = ui_open(&x->ui, e);
	bool left;

	if (n == 0)
		n = converse(x, NULL, &left, e);
	if (n < 0)
		ui_close(&x->ui);
	return n;
}

/* Without a person; who is reported to hears of a refusal as well. */
static int plan_or_refuse(struct installing *x)
{
	int status = inputs_plan(&x->in, &x->plan);

	if (status >= 0)
		reporting_refusal(&x->reporting, status);
	return status;
}

/* From the answers to the end, with this process's terminal. */
static int install(struct installing *x)
{
	struct err e;
	int status;

	x->ui.heard = on_answer;
	x->ui.heard_ctx = x;
	if (open_state(x, &e) < 0)
		return refuse(&e);
	status = obtain_answers(&(struct obtain){.argument = x->argument,
						 .sha256 = x->o.sha256,
						 .wait = x->o.wait,
						 .none = x->o.no_answers,
						 .console = may_ask(x) && isatty(STDIN_FILENO)},
				&x->in);
	if (status >= 0)
		return status;
	x->reporting = (struct reporting){
		.in = &x->in, .ui = &x->ui, .keep = &x->keep, .state = x->o.state};
	if (!x->keep.journal.finished)
		facts_mark_remains(x->in.facts, &x->keep.journal.parts);
	/* A file that is wrong is refused before the first question. */
	if (!may_ask(x) || x->in.problems.list.count)
		status = plan_or_refuse(x);
	else if (open_and_converse(x, &e) < 0)
		return refuse(&e);
	if (status < 0)
		status = carry_out(x);
	ui_close(&x->ui);
	reporting_last_words(&x->reporting);
	return status;
}

/* In a process of its own, with the terminal that was chosen. */
static int install_on_console(void *ctx)
{
	struct installing *x = ctx;
	int status;

	ui_choose(&x->ui, x->o.ui, &talk_stop);
	/* The terminal's type was a guess. Where none answers there may be no screen. */
	if (!x->ui.by_name && x->ui.terminal.silent)
		x->ui.kind = UI_PLAIN;
	status = install(x);
	installing_clear(x);
	return status;
}

static int offer_on_consoles(struct installing *x)
{
	static const struct consoles_words words = {"", "ArchibaldOS can be installed.",
						    "ArchibaldOS is being installed"};
	_cleanup_arena_ struct arena *a = arena_new();
	const struct strings list = consoles_named(x->o.consoles, a);
	struct err e;
	int n = consoles_run(&list, &words, install_on_console, x, &talk_stop, &e);

	return n < 0 ? refuse(&e) : n;
}

int command_install(int argc, char **argv)
{
	_cleanup_(installing_clear) struct installing x = {
		.keep = KEEP_CLOSED, .preparing = PREPARING_NONE, .cache = {.volume = -1}};
	struct arguments arguments = {0};
	int status = options_parse(&command, argc, argv, &x.o, &arguments);

	if (status >= 0)
		return status;
	x.argument = arguments.list[0];
	set_defaults(&x);
	status = check_usage(&x);
	if (status >= 0)
		return status;
	/* What programs make in the target (cp, hooks) is for its users; what is secret is made
	 * with its own mode. */
	umask(022);
	talk_catch_signals();
	/* Who asks nobody needs no terminal. */
	return x.o.consoles && may_ask(&x) ? offer_on_consoles(&x) : install(&x);
}
