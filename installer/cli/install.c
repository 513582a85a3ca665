/* SPDX-License-Identifier: GPL-3.0-or-later */
/* archibald install: answers, plan, agreement, run. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "answers/wizard.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/status.h"
#include "run/run.h"
#include "tui/plain.h"

struct options {
	const char *ui, *root, *events, *distribution, *state;
	bool verbose;
};

static const struct option_row rows[] = {
	{"--ui", "plain|none", "lines with questions (default), or never ask",
	 offsetof(struct options, ui)},
	{"--root", "DIR", "where the target is mounted meanwhile (/mnt)",
	 offsetof(struct options, root)},
	{"--events", "FILE", "what happens, as JSON lines", offsetof(struct options, events)},
	{"--distribution", "DIR", "the flake to install (default: the one beside the program)",
	 offsetof(struct options, distribution)},
	{"--state", "DIR", "journal and log (/run/archibald)", offsetof(struct options, state)},
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

/* Set by a signal, read between the steps. */
static volatile int cancelled;

static void on_signal(int number)
{
	(void)number;
	cancelled = 1;
	proc_cancel_all();
}

static void catch_signals(void)
{
	/* No SA_RESTART: a question that waits for input ends, too. */
	const struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

struct installing {
	struct options o;
	struct inputs in;
	struct plain ui;
	struct plan *plan;
	struct journal journal;
	char *journal_path, *log_path, *distribution;
	int log_fd, events_fd, lock_fd;
	struct events events;
};

static void installing_clear(struct installing *x)
{
	inputs_clear(&x->in);
	plan_free(x->plan);
	journal_clear(&x->journal);
	mem_free_ptr(&x->journal_path);
	mem_free_ptr(&x->log_path);
	mem_free_ptr(&x->distribution);
	mem_close_fd(&x->log_fd);
	mem_close_fd(&x->events_fd);
	mem_close_fd(&x->lock_fd);
}

/* Installed: ../../share/archibald/distribution from libexec/archibald; built: beside it. */
static char *find_distribution(void)
{
	static const char *const places[] = {"../../share/archibald/distribution", "distribution"};
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	for (size_t i = 0; i < ARRAY_SIZE(places) && n > 0; i++) {
		self[n] = '\0';
		_cleanup_free_ char *dir = xasprintf("%.*s%s", (int)(strrchr(self, '/') + 1 - self),
						     self, places[i]);
		_cleanup_free_ char *flake = xasprintf("%s/flake.nix", dir);

		if (access(flake, R_OK) == 0)
			return take(dir);
	}
	return xstrdup("/etc/archibald/distribution");
}

static int open_file(const char *path, int *ret, struct err *e)
{
	*ret = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return *ret < 0 ? err_errno(e, errno, NULL, "cannot open %s", path) : 0;
}

/* One installation at a time: two would each believe the disk is theirs. */
static int take_lock(struct installing *x, struct err *e)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", x->o.state);
	int n = open_file(path, &x->lock_fd, e);

	if (n == 0 && flock(x->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, ERR_BUSY, "wait for it, or end it",
			       "another archibald install is running on this machine");
	return n;
}

/* The state directory, the log, and what an interrupted run left mounted. */
static int open_state(struct installing *x, struct err *e)
{
	int n = make_directories(x->o.state, 0700, e);

	if (n == 0)
		n = take_lock(x, e);
	x->journal_path = xasprintf("%s/journal.json", x->o.state);
	x->log_path = xasprintf("%s/install.log", x->o.state);
	if (n == 0)
		n = journal_read(&x->journal, x->journal_path, e);
	if (n == 0)
		n = open_file(x->log_path, &x->log_fd, e);
	if (n == 0 && x->o.events)
		n = open_file(x->o.events, &x->events_fd, e);
	if (n == 0)
		n = run_release(&linux_machine, &x->journal, e);
	return n;
}

static bool may_ask(const struct installing *x)
{
	return !str_eq(x->o.ui, "none");
}

static int ask_open_questions(struct installing *x, struct err *e)
{
	const struct interview v = inputs_interview(&x->in);
	const struct front_end f = {&x->ui, plain_ask};

	if (interview_next(&v, 0) == question_count)
		return 0;
	plain_banner(&x->ui);
	return wizard_run(&v, &f, e);
}

/* The plan is shown, and the name of the disk is typed by whoever agrees to lose what is on it. */
static int agree(struct installing *x, struct err *e)
{
	const char *path = x->plan->disk.path, *name = strrchr(path, '/') + 1;
	_cleanup_str_ struct str text = {0};

	str_addc(&text, '\n');
	plan_to_text(x->plan, &text);
	str_addf(&text,
		 "\nEverything on %s will be lost. Type its name (%s) to begin, anything else to "
		 "stop: ",
		 path, name);
	if (plain_confirm(&x->ui, str_get(&text), name))
		return 0;
	return err_set(e, ERR_CANCELLED, NULL, "cancelled; nothing was touched");
}

static void say_goodbye(struct installing *x)
{
	_cleanup_free_ char *text = xasprintf(
		"\nArchibaldOS is installed on %s as host %s.\n"
		"Next: take the installation medium out and restart (reboot). To change the system "
		"later, edit /etc/nixos/hosts/%s and run:\n"
		"  nixos-rebuild switch --flake /etc/nixos\n"
		"The log is on the new system in /var/log/archibald.\n",
		x->plan->disk.path, x->plan->host_name, x->plan->host_name);

	plain_text(&x->ui, text);
	fflush(stdout);
}

static void finish(const struct installing *x)
{
	if (str_eq(x->plan->finish, "stay"))
		return;
	sync();
	reboot(str_eq(x->plan->finish, "poweroff") ? RB_POWER_OFF : RB_AUTOBOOT);
}

static int carry_out(struct installing *x)
{
	struct run r = {
		.plan = x->plan,
		.answers = x->in.answers,
		.machine = &linux_machine,
		.events = &x->events,
		.journal = &x->journal,
		.root = x->o.root,
		.distribution = x->o.distribution,
		.log_path = x->log_path,
		.cancelled = &cancelled,
	};
	struct err e;

	events_add(&x->events, sink_log, &x->log_fd);
	if (x->events_fd >= 0)
		events_add(&x->events, sink_json_lines, &x->events_fd);
	x->ui.verbose = x->o.verbose;
	events_add(&x->events, plain_event, &x->ui);
	if (run_plan(&r, &e) < 0) {
		fprintf(stderr, "archibald: %s the log is %s\n",
			r.begun ? "" : "nothing was touched;", x->log_path);
		return r.begun ? (int)STATUS_FAILED : (int)status_of_refusal(&e);
	}
	say_goodbye(x);
	finish(x);
	return STATUS_DONE;
}

static int refuse(const struct err *e)
{
	print_error(e);
	return (int)status_of_refusal(e);
}

static void set_defaults(struct installing *x)
{
	x->o.ui = x->o.ui ? x->o.ui : "plain";
	x->o.root = x->o.root ? x->o.root : "/mnt";
	x->o.state = x->o.state ? x->o.state : "/run/archibald";
	if (!x->o.distribution) {
		x->distribution = find_distribution();
		x->o.distribution = x->distribution;
	}
}

static int check_usage(const struct installing *x)
{
	if (!str_eq(x->o.ui, "plain") && !str_eq(x->o.ui, "none")) {
		fprintf(stderr, "archibald install: --ui is plain or none, not %s\n", x->o.ui);
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

int command_install(int argc, char **argv)
{
	_cleanup_(installing_clear) struct installing x = {
		.log_fd = -1, .events_fd = -1, .lock_fd = -1};
	struct arguments arguments = {0};
	struct err e;
	int status = options_parse(&command, argc, argv, &x.o, &arguments);

	if (status >= 0)
		return status;
	set_defaults(&x);
	status = check_usage(&x);
	if (status >= 0)
		return status;
	catch_signals();
	plain_open(&x.ui);
	if (open_state(&x, &e) < 0)
		return refuse(&e);
	if (inputs_load(&x.in, arguments.list[0], NULL, NULL, &e) < 0)
		return refuse(&e);
	/* A file that is wrong is refused before the first question. */
	if (may_ask(&x) && x.in.problems.list.count == 0 && ask_open_questions(&x, &e) < 0)
		return refuse(&e);
	status = inputs_plan(&x.in, &x.plan);
	if (status >= 0)
		return status;
	if (may_ask(&x) && agree(&x, &e) < 0)
		return refuse(&e);
	return carry_out(&x);
}
