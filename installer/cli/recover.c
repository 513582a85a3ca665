/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/str.h"
#include "base/sys.h"
#include "facts/facts.h"
#include "run/journal.h"

#define SAVED_NAME "archibald-install.log"

enum {
	LOG_BYTES_MAX = 64 << 20,
	SHELL_MOMENT_NS = 100 * 1000 * 1000, /* how late its end may be seen */
};

char *failure_text(const struct diagnosis *d, const struct err *e, bool begun, const char *log_path)
{
	/* What a person stopped needs no other cause. */
	const struct cause_text *cause = d->cause && e->code != ERR_CANCELLED
						 ? &cause_texts[d->cause]
						 : NULL;
	_cleanup_str_ struct str text = {0};

	/* What is to be done comes first: what a program said may be long. */
	str_addf(&text, "%s.\n", e->what);
	if (cause)
		str_addf(&text, "The cause: %s.\nWhat to do: %s\n\n%s\n", cause->name,
			 cause->advice, d->line);
	else if (e->hint[0])
		str_addf(&text, "What to do: %s%s\n", e->hint, str_ends(e->hint, "?") ? "" : ".");
	if (!cause && e->why[0])
		str_addf(&text, "\n%s\n", e->why);
	str_addf(&text, "%s The log is %s.\n",
		 begun ? "The disk has been changed." : "Nothing was touched.", log_path);
	return str_take(&text);
}

/* Whoever ends this program ends the shell, too; an interactive one hears only that the terminal is
 * gone. */
static void wait_for_shell(const struct ui *u, pid_t pid)
{
	const struct timespec moment = {.tv_nsec = SHELL_MOMENT_NS};

	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (*u->stop) {
			kill(-pid, SIGHUP);
			kill(pid, SIGHUP);
		}
		nanosleep(&moment, NULL);
	}
	/* One that was killed has not given the terminal back. */
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(STDOUT_FILENO, getpgrp());
	signal(SIGTTOU, SIG_DFL);
}

/* A shell on this terminal, for a person who knows what to do. */
static void open_shell(struct ui *u)
{
	struct err e;
	pid_t pid;

	ui_close(u);
	fputs("\nA shell; exit leads back to the installer.\n", stdout);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		const char *shell = getenv("SHELL");

		proc_keep_own_descriptors();
		/* What is ignored stays so, in whatever the shell starts as well. */
		signal(SIGPIPE, SIG_DFL);
		execl(shell && shell[0] == '/' ? shell : "/bin/sh", "sh", "-i", (char *)NULL);
		execl("/bin/sh", "sh", "-i", (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		wait_for_shell(u, pid);
	if (ui_open(u, &e) < 0)
		u->kind = UI_PLAIN;
}

static bool can_hold_log(const char *fs_type)
{
	static const char *const kinds[] = {"vfat", "exfat", "ext4", "ext3", "ext2", NULL};

	for (const char *const *k = kinds; *k; k++)
		if (str_eq(*k, fs_type))
			return true;
	return false;
}

/* What can be taken along: file systems on removable disks that nobody uses. The value is
 * "TYPE NODE". */
static struct choices sticks(const struct facts *facts, const char *target, struct arena *a)
{
	struct choices c = {0};

	for (size_t i = 0; i < facts->disks.count; i++) {
		const struct disk *d = &facts->disks.items[i];

		if (str_eq(d->path, target) || d->live_medium ||
		    (!d->removable && d->transport != TRANSPORT_USB))
			continue;
		if (can_hold_log(d->fs_type) && !d->mounts.count)
			*list_push(a, &c.list) = (struct choice){
				arena_printf(a, "%s %s", d->fs_type, d->path),
				arena_printf(a, "%s: %s", d->path, disk_title(d, a))};
		for (size_t j = 0; j < d->partitions.count; j++) {
			const struct partition *p = &d->partitions.items[j];

			if (can_hold_log(p->fs_type) && !p->mounts.count)
				*list_push(a, &c.list) = (struct choice){
					arena_printf(a, "%s %s", p->fs_type, p->path),
					arena_printf(a, "%s on %s", p->path, disk_title(d, a))};
		}
	}
	return c;
}

static int copy_to(const char *directory, const char *log_path, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_free_ char *path = xasprintf("%s/" SAVED_NAME, directory);
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	size_t len = 0;
	const char *log = sys_slurp(&here, a, log_path, LOG_BYTES_MAX, &len);

	if (!log)
		return err_set(e, ERR_NOT_FOUND, NULL, "cannot read the log %s", log_path);
	return write_file_atomic(path, log, len, 0644, e);
}

static int save_on(const char *type_and_node, const char *log_path, struct err *e)
{
	_cleanup_free_ char *type = xstrdup(type_and_node);
	char directory[] = "/run/archibald-stick-XXXXXX", *node = strchr(type, ' ');
	int n;

	*node++ = '\0';
	if (!mkdtemp(directory))
		return err_errno(e, errno, NULL, "cannot make a directory in /run");
	if (mount(node, directory, type, MS_NODEV | MS_NOSUID | MS_NOEXEC, NULL) < 0) {
		n = err_errno(e, errno, NULL, "cannot mount %s", node);
	} else {
		n = copy_to(directory, log_path, e);
		/* Unmounting brings it to the stick. */
		if (umount(directory) < 0 && n == 0)
			n = err_errno(e, errno, NULL, "cannot unmount %s", node);
	}
	rmdir(directory);
	return n;
}

static enum reply_kind ask(struct ui *u, const struct prompt *p, struct secret *reply)
{
	const struct front_end f = ui_front_end(u);

	return f.ask(f.ctx, p, reply);
}

static void tell(struct ui *u, const char *title, const char *text)
{
	const struct prompt p = {.kind = PROMPT_TEXT,
				 .type = Q_TEXT,
				 .title = title,
				 .help = "",
				 .allowed = "anything",
				 .text = text,
				 .first = true};
	_cleanup_secret_ struct secret reply = {0};

	(void)ask(u, &p, &reply);
}

/* Until it is one of the list; false: none after all. */
static bool choose(struct ui *u, struct prompt *p, struct secret *reply)
{
	while (ask(u, p, reply) == REPLY_ANSWER) {
		if (!reply->len)
			secret_set(reply, p->proposal, strlen(p->proposal));
		if (prompt_offers(p, reply->bytes))
			return true;
		p->problem = NOT_IN_LIST;
		secret_wipe(reply);
	}
	return false;
}

static void save_log(struct ui *u, const struct failure *f)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_facts_ struct facts *facts = NULL;
	_cleanup_secret_ struct secret reply = {0};
	struct prompt p = {.kind = PROMPT_REVIEW,
			   .type = Q_CHOICE,
			   .title = "Where to save the log",
			   .help = "The log becomes the file " SAVED_NAME
				   ". Nothing else on the stick is changed.",
			   .allowed = "one of the list"};
	struct sys sys;
	struct err e;

	if (sys_open(&sys, NULL, &e) < 0)
		return;
	facts = facts_detect(&sys);
	sys_close(&sys);
	p.choices = sticks(facts, f->target, a);
	if (!p.choices.list.count) {
		tell(u, "No stick",
		     "There is no removable disk with a file system of a kind that can take it: "
		     "FAT (vfat), exFAT, ext4, ext3 or ext2; not NTFS and not btrfs. Plug one in, "
		     "wait a moment and choose again.");
		return;
	}
	p.proposal = p.choices.list.items[0].value;
	if (!choose(u, &p, &reply))
		return;
	if (save_on(reply.bytes, f->log_path, &e) < 0) {
		_cleanup_free_ char *why = err_text(&e);

		tell(u, "The log was not saved", why);
	} else {
		tell(u, "The log is saved",
		     "It is the file " SAVED_NAME ". The stick can be taken out.");
	}
}

/* Esc and Ctrl-C ask, here as everywhere. */
static bool wants_to_end(struct ui *u, const struct failure *f)
{
	_cleanup_free_ char *text =
		f->begun ? xasprintf("The disk cannot be used as it is; %s goes on.", f->again)
			 : xstrdup("Nothing was touched.");
	const struct prompt p = {
		.kind = PROMPT_LEAVE,
		.type = Q_BOOL,
		.title = "End the installation",
		.help = "Yes: back to where the installer was started. No: back to what can be "
			"done.",
		.allowed = "yes or no",
		.text = text,
		.proposal = "no",
		.first = true,
	};
	_cleanup_secret_ struct secret reply = {0};
	enum reply_kind kind = ask(u, &p, &reply);

	return kind == REPLY_END ||
	       (kind == REPLY_ANSWER && reply.len && strchr("yYtT", reply.bytes[0]));
}

enum recovery recover(struct ui *u, const struct failure *f)
{
	_cleanup_free_ char *end = f->begun ? xasprintf("End; %s goes on", f->again)
					    : xstrdup("End");
	struct choice choices[] = {{"retry", "Try again; what is done is not done anew"},
				   {"change", "Change answers"},
				   {"shell", "Open a shell"},
				   {"save", "Save the log on a stick"},
				   {"end", end}};
	struct prompt p = {.kind = PROMPT_REVIEW,
			   .type = Q_CHOICE,
			   .title = "What now",
			   .help = f->begun ? "The disk cannot be used as it is. Trying again "
					      "goes on where it stopped."
					    : "Nothing was touched. Trying again looks at "
					      "everything anew.",
			   .allowed = "one of the list",
			   .text = f->text,
			   .choices = {{choices, ARRAY_SIZE(choices)}},
			   .proposal = "retry",
			   .first = true};

	ui_drop_typed(u);
	for (;;) {
		_cleanup_secret_ struct secret reply = {0};
		enum reply_kind kind = ask(u, &p, &reply);
		const char *word = reply.len ? reply.bytes : p.proposal;

		if (kind == REPLY_END || (kind == REPLY_ANSWER && str_eq(word, "end")))
			return RECOVER_END;
		if (kind == REPLY_CANCEL && wants_to_end(u, f))
			return RECOVER_END;
		p.problem = NULL;
		if (kind != REPLY_ANSWER)
			continue;
		if (str_eq(word, "retry"))
			return RECOVER_RETRY;
		if (str_eq(word, "change"))
			return RECOVER_CHANGE;
		if (str_eq(word, "shell"))
			open_shell(u);
		else if (str_eq(word, "save"))
			save_log(u, f);
		else
			p.problem = NOT_IN_LIST;
	}
}
