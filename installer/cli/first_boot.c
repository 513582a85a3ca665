/* SPDX-License-Identifier: GPL-3.0-or-later */
/* archibald first-boot: what a flashed image leaves open, asked and set; see firstboot/. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/consoles.h"
#include "cli/inputs.h"
#include "cli/keep.h"
#include "cli/options.h"
#include "cli/status.h"
#include "cli/talk.h"
#include "firstboot/medium.h"
#include "firstboot/run.h"
#include "run/journal.h"
#include "tui/ui.h"

struct options {
	const char *ui, *events, *distribution, *consoles;
	bool verbose, dry_run;
};

static const struct option_row rows[] = {
	{"--ui", UI_NAMES, "how to ask; none: never ask", offsetof(struct options, ui)},
	{"--consoles", CONSOLES_NAMES,
	 "ask on these terminals, the first Enter has it; active: all of the kernel's",
	 offsetof(struct options, consoles)},
	{"--dry-run", NULL, "show what would be done, and do nothing",
	 offsetof(struct options, dry_run)},
	{"--events", "FILE", "what happens, as JSON lines", offsetof(struct options, events)},
	{"--distribution", "DIR",
	 "the flake for an image without one (default: the one beside the program)",
	 offsetof(struct options, distribution)},
	{"--verbose", NULL, "show what the programs say, too", offsetof(struct options, verbose)},
};
static const struct command command = {"first-boot",
				       "[ANSWERS]",
				       "Makes a flashed image this machine's own: identity, "
				       "accounts, names, size. Without ANSWERS "
				       "it takes " MEDIUM_ANSWERS
				       " of the boot partition; what is open then is asked.",
				       rows,
				       ARRAY_SIZE(rows),
				       0,
				       1};

static const char state[] = "/" FIRST_BOOT_STATE;
static char live_root[] = "";
static const struct live live = {&live_linux_ops, live_root};

struct booting {
	struct options o;
	struct inputs in;
	struct ui ui;
	struct boot_medium medium;
	struct first_plan *plan;
	struct keep keep;
	char *distribution;
	char *words; /* why it went no further, for whoever is asked instead */
	char *left;  /* why the answer file still has its secrets; NULL: it has none */
	bool shown;  /* the front end has the events */
};

static void booting_clear(struct booting *x)
{
	first_plan_free(x->plan);
	inputs_clear(&x->in);
	keep_clear(&x->keep);
	medium_close(&x->medium);
	mem_free_ptr(&x->distribution);
	mem_free_ptr(&x->words);
	mem_free_ptr(&x->left);
}

/* Begins anew, whatever was loaded before. */
static int load(struct booting *x, const char *answers, struct err *e)
{
	struct sys sys;
	int n;

	inputs_clear(&x->in);
	x->in = (struct inputs){0};
	n = inputs_load(&x->in, answers, NULL, NULL, e);

	if (n == 0)
		n = sys_open(&sys, NULL, e);
	if (n < 0)
		return n;
	x->in.image = image_detect(&sys, x->in.facts);
	sys_close(&sys);
	const struct interview v = inputs_interview(&x->in);
	first_answers(&v);
	return 0;
}

/* --- the conversation --------------------------------------------------------------------------
 */

static void look(void *ctx, struct arena *arena, struct outlook *ret)
{
	struct booting *x = ctx;
	const struct interview v = inputs_interview(&x->in);
	_cleanup_str_ struct str text = {0};
	struct err e;

	x->plan = first_plan_free(x->plan);
	ret->begin = "Set this machine up";
	if (!inputs_complete(&x->in, arena, &ret->problems, &ret->key))
		return;
	if (first_plan_make(&v, INPUTS_PROGRAM, &x->plan, &e) < 0) {
		ret->problems = inputs_refusal(&e, arena);
		return;
	}
	first_plan_to_text(x->plan, &text);
	ret->summary = arena_strdup(arena, str_get(&text));
	ret->plan = ret->summary;
}

static int refuse(struct booting *x, const struct err *e)
{
	_cleanup_free_ char *what = err_text(e);

	print_error(e);
	mem_free_ptr(&x->words);
	x->words = xasprintf("%s%s%s", what, e->hint[0] ? "\nhint: " : "", e->hint);
	return (int)status_of_refusal(e);
}

static int plan_without_asking(struct booting *x)
{
	const struct interview v = inputs_interview(&x->in);
	int status = inputs_check(&x->in);
	_cleanup_str_ struct str text = {0};
	struct err e;

	if (status >= 0) {
		problems_text(&x->in.problems, x->in.file, &text);
		mem_free_ptr(&x->words);
		x->words = str_take(&text);
		return status;
	}
	if (first_plan_make(&v, INPUTS_PROGRAM, &x->plan, &e) < 0)
		return refuse(x, &e);
	return -1;
}

/* --- the run -----------------------------------------------------------------------------------
 */

/* After everything else, and after the marker: a rebuild that fails is no reason to ask again. It
 * is for the next start: what is built has no first boot any more, and to switch to it now would
 * end the very service that this may be. */
static int rebuild(struct booting *x)
{
	static const char *const online[] = {"nm-online", "-q", "-t", "60", NULL};
	_cleanup_free_ char *flake = xasprintf("/" FLAKE_DIRECTORY "#%s", x->plan->host->host_name);
	const char *const argv[] = {"nixos-rebuild", "boot", "--flake", flake, NULL};
	struct err e;

	if (!x->in.answers->rebuild)
		return STATUS_DONE;
	plain_text(&x->ui.plain, "Rebuilding the system. It takes minutes to hours.\n");
	/* All that there is to see of it. */
	x->ui.plain.verbose = true;
	fflush(x->ui.plain.out);
	/* What cannot be had without it, nixos-rebuild says better. */
	if (live.ops->has_program(live.ctx, online[0]) &&
	    live.ops->run(live.ctx, online, NULL, &x->keep.events, &e) < 0)
		events_say(&x->keep.events, EVENT_LOG, "there is no network yet");
	if (live.ops->run(live.ctx, argv, NULL, &x->keep.events, &e) == 0) {
		ui_say(&x->ui, "The system is rebuilt.", "It is used from the next start on.");
		return STATUS_DONE;
	}
	print_error(&e);
	fprintf(stderr, "archibald: this machine is set up; only nixos-rebuild failed\n");
	return STATUS_FAILED;
}

static void say_goodbye(struct booting *x)
{
	const char *name = x->plan->host->host_name;
	_cleanup_free_ char *title = xasprintf("This machine is %s now.", name);
	_cleanup_str_ struct str text = {0};

	if (x->plan->host->files.count == 0)
		str_add(&text, "Its configuration is still to be written.");
	else
		str_addf(&text,
			 "Its configuration is in /etc/nixos/hosts/%s. What can only be set by it "
			 "(quantum, accounts that the image lacks) comes with ",
			 name);
	if (x->plan->host->files.count && x->in.answers->rebuild)
		str_add(&text, "the rebuild that begins now, at the next start.");
	else if (x->plan->host->files.count)
		str_addf(&text,
			 "this, at the next start:\n  nixos-rebuild boot --flake /etc/nixos#%s",
			 name);
	if (x->left)
		str_addf(&text, "\n\n%s", x->left);
	ui_say(&x->ui, title, str_get(&text));
}

static int close_up(struct booting *x)
{
	struct err e;

	if (first_close(&live, &x->medium, x->keep.journal_path, &x->left, &e) == 0) {
		if (x->left)
			events_say(&x->keep.events, EVENT_LOG, x->left);
		return STATUS_DONE;
	}
	refuse(x, &e);
	return STATUS_FAILED;
}

static void find_medium(struct booting *x)
{
	static const char scratch[] = "/" FIRST_BOOT_STATE "/boot";

	x->medium = medium_find(x->in.facts, x->in.image, scratch);
}

/* Everything was done, and the power went before that was said. */
static int close_up_late(struct booting *x)
{
	int status = close_up(x);

	if (x->left)
		fprintf(stderr, "archibald: %s", x->left);
	return status;
}

static int run_shown(struct booting *x, struct first_run *r, struct err *e)
{
	const char *titles[FIRST_KINDS];
	size_t count = x->plan->steps.count;
	const struct progress_words words = {
		.title = "Setting this machine up",
		.stopping = "Stop setting this machine up? It goes on where it\n"
			    "stopped at the next start, or when it is begun again.",
		.steps = titles,
		.count = count,
		.stop = talk_stop_run,
	};
	int n;

	for (size_t i = 0; i < count; i++)
		titles[i] = x->plan->steps.items[i].title;
	ui_run_begin(&x->ui, &words);
	n = first_run(r, e);
	ui_run_end(&x->ui);
	return n;
}

static int carry_out(struct booting *x)
{
	struct first_run r = {
		.plan = x->plan,
		.answers = x->in.answers,
		.live = &live,
		.answers_file = x->medium.answers,
		.events = &x->keep.events,
		.journal = &x->keep.journal,
		.distribution = x->o.distribution,
		.cancelled = &talk_stop,
	};
	struct err e;
	int status;

	x->ui.plain.verbose = x->o.verbose;
	if (!x->shown)
		events_add(&x->keep.events, ui_event, &x->ui);
	x->shown = true;
	if (run_shown(x, &r, &e) < 0) {
		refuse(x, &e);
		fprintf(stderr, "archibald: the log is %s\n", x->keep.log_path);
		return STATUS_FAILED;
	}
	status = close_up(x);
	if (status == STATUS_DONE) {
		say_goodbye(x);
		status = rebuild(x);
	}
	return status;
}

static int show_plan(const struct booting *x)
{
	_cleanup_str_ struct str text = {0};

	first_plan_to_text(x->plan, &text);
	return print_out(str_get(&text));
}

/* From loaded answers to the end. */
static int go(struct booting *x, bool ask)
{
	const struct review review = {x, look, false, NULL};
	struct err e;
	int status = -1;

	/* Where there is nothing to join a network with, its name is only written down. */
	if (x->in.image->network_manager && live.ops->has_program(live.ctx, "nmcli"))
		reach_network(&x->in.reach);
	if (!ask || x->in.problems.list.count)
		status = plan_without_asking(x);
	else if (ui_open(&x->ui, &e) < 0 || talk_over(&x->in, &x->ui, &review, &e) < 0) {
		ui_close(&x->ui);
		return refuse(x, &e);
	}
	if (status < 0)
		status = x->o.dry_run ? show_plan(x) : carry_out(x);
	ui_close(&x->ui);
	return status;
}

static bool is_done(void)
{
	return access("/" FIRST_BOOT_DONE, F_OK) == 0;
}

/* On the console that was chosen: asks everything, whatever a file said that was refused. */
static int go_on_console(void *ctx)
{
	struct booting *x = ctx;
	struct err e;
	int status;

	ui_choose(&x->ui, x->o.ui, &talk_stop);
	/* The terminal's type was a guess. Where none answers there may be no screen. */
	if (!x->ui.by_name && x->ui.terminal.silent)
		x->ui.kind = UI_PLAIN;
	if (load(x, NULL, &e) < 0)
		return refuse(x, &e);
	status = go(x, true);
	return is_done() ? (int)STATUS_DONE : status;
}

static int offer_on_consoles(struct booting *x)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const struct strings list = consoles_named(x->o.consoles, a);
	_cleanup_free_ char *notice = xasprintf(
		"%s%s%s", x->words ? MEDIUM_ANSWERS " of the boot partition was not used:\n" : "",
		x->words ? x->words : "", x->words && !str_ends(x->words, "\n") ? "\n" : "");
	const struct consoles_words words = {notice, "This machine is not set up yet.",
					     "This machine is being set up"};
	struct err e;
	int n = consoles_run(&list, &words, go_on_console, x, &talk_stop, &e);

	return n < 0 ? refuse(x, &e) : n;
}

/* true, and said, when these cannot be all the answers that a person gave. */
static bool refuse_scrubbed(struct booting *x, const char *answers)
{
	struct err e;

	if (!answers_were_scrubbed(answers))
		return false;
	err_set(&e, ERR_INVALID, "put them in again and take that line out, or write a new file",
		"%s says that its secrets were taken out: an earlier first boot has used it",
		answers);
	refuse(x, &e);
	return true;
}

/* The file of the boot partition, without a question. */
static int take_medium(struct booting *x)
{
	struct err e;
	int status;

	if (refuse_scrubbed(x, x->medium.answers))
		return STATUS_ANSWERS;
	if (load(x, x->medium.answers, &e) < 0) {
		refuse(x, &e);
		return STATUS_ANSWERS;
	}
	status = go(x, false);
	/* A rebuild that failed is no reason to ask what is set. */
	return is_done() && x->o.consoles ? (int)STATUS_DONE : status;
}

static bool asks_after(const struct booting *x, int status)
{
	if (x->o.consoles)
		return status != STATUS_DONE && !talk_stop;
	return status == STATUS_ANSWERS && x->ui.kind != UI_NONE;
}

/* The file that was named, or that of the boot partition; then whoever is at a console. */
static int decide(struct booting *x, const char *answers)
{
	struct err e;
	int status;

	if (load(x, answers, &e) < 0)
		return refuse(x, &e);
	find_medium(x);
	if (x->keep.journal.finished && !x->o.dry_run)
		return close_up_late(x);
	if (answers && refuse_scrubbed(x, answers))
		return STATUS_ANSWERS;
	if (!answers && x->medium.odd) {
		err_set(&e, ERR_INVALID, "put a plain file there", "%s is no plain file",
			x->medium.odd);
		refuse(x, &e);
	}
	if (!answers && x->medium.answers) {
		status = take_medium(x);
		if (!asks_after(x, status))
			return status;
		if (load(x, NULL, &e) < 0)
			return refuse(x, &e);
	}
	return x->o.consoles && !answers ? offer_on_consoles(x)
					 : go(x, x->ui.kind != UI_NONE && !x->o.consoles);
}

static int scrub_late(struct booting *x, struct err *e)
{
	int n = load(x, NULL, e);

	if (n < 0)
		return n;
	find_medium(x);
	n = first_scrub(&live, &x->medium, &x->left, e);
	if (n < 0)
		return n;
	if (x->left)
		fprintf(stderr, "archibald: %s", x->left);
	else
		puts("archibald: " MEDIUM_ANSWERS " has no secrets any more");
	return 0;
}

/* Another start. What the answer file still had can go now, perhaps. Whatever fails here, a full
 * disk for example: the machine is set up, and its servers do not start after a failure. */
static int be_done(struct booting *x)
{
	struct err e;

	puts("archibald: the first boot of this machine is done already");
	/* A cut came between the marker and this. */
	if (journal_remove(x->keep.journal_path, &e) < 0)
		print_error(&e);
	if (access("/" FIRST_BOOT_LEFT, F_OK) == 0 && scrub_late(x, &e) < 0)
		print_error(&e);
	return STATUS_DONE;
}

static int check_usage(struct booting *x)
{
	if (!ui_choose(&x->ui, x->o.ui, &talk_stop)) {
		fprintf(stderr, "archibald first-boot: --ui is " UI_NAMES ", not %s\n", x->o.ui);
		return STATUS_USAGE;
	}
	if (geteuid() != 0) {
		fputs("archibald first-boot: only root may set this machine up\n", stderr);
		return STATUS_MACHINE;
	}
	return -1;
}

int command_first_boot(int argc, char **argv)
{
	_cleanup_(booting_clear) struct booting x = {.keep = KEEP_CLOSED};
	struct arguments arguments = {0};
	struct err e;
	int status = options_parse(&command, argc, argv, &x.o, &arguments), n;

	if (status >= 0)
		return status;
	status = check_usage(&x);
	if (status >= 0)
		return status;
	if (!x.o.distribution) {
		x.distribution = find_distribution();
		x.o.distribution = x.distribution;
	}
	talk_catch_signals();
	n = keep_open(&x.keep, state, command.name, x.o.events, &e);
	if (is_done() && !x.o.dry_run)
		return be_done(&x);
	return n < 0 ? refuse(&x, &e) : decide(&x, arguments.list[0]);
}
