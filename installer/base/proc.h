/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proc: start a program by its argument vector and follow what it says. Never a shell.
 *
 * The child gets a small environment (PATH, HOME, proxies, NIX_* and ARCHIBALD_* of this process,
 * LANG=C.UTF-8, TERM=dumb, plus `env`), /dev/null or `input` on standard input, and its standard
 * output and standard error joined into one pipe of lines. It leads a session of its own, without a
 * terminal, and with it a process group. It is killed with this process (PR_SET_PDEATHSIG), so that
 * nothing goes on writing when the installer is gone, unless it must come to its end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* One line of output, without its end, made safe to show. */
typedef void (*proc_line_fn)(void *ctx, const char *line);
/* Output as it comes, for a program of our own; it may be secret. */
typedef void (*proc_bytes_fn)(void *ctx, const char *bytes, size_t len);

struct proc {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
	/* What is executed, when it is not argv[0]: a path, and only execve(2) decides how. */
	const char *program;
	int keep_fd; /* a descriptor that the child keeps; 0: none */
	/* It must come to its end: it is neither ended by proc_cancel_all() nor killed with this
	 * process. For what would leave a file system half changed. */
	bool whole;
	unsigned seconds;	/* after which its group is ended, by force 5 s later; 0: never */
	const char *const *env; /* further NAME=VALUE, NULL-terminated; NULL: none. No secrets. */
	const void *input;	/* standard input; NULL: /dev/null. A secret may go here. */
	size_t input_len;
	proc_line_fn line; /* NULL: output is dropped */
	/* How a line begins that gives no reason when the program fails, though it is the last one:
	 * what is printed to a pipe may come after what went wrong. NULL: none. */
	const char *banner;
	proc_bytes_fn bytes;	 /* in place of `line`; NULL: lines */
	void (*idle)(void *ctx); /* after each second in which it said nothing; NULL: not */
	void *ctx;
};

/* Runs to the end. 0 only for exit status 0; else ERR_TOOL (why: the last line it said, or that
 * its time was over), ERR_NOT_FOUND when there is no such program, ERR_CANCELLED after
 * proc_cancel_all(). */
int proc_run(const struct proc *p, struct err *e) nodiscard;

/* The path of a program by its name in PATH, or by its own path; NULL: there is none. Owned by the
 * caller. */
char *proc_find(const char *name);

/* A program that runs beside this one, and ends with it. It is no part of proc_cancel_all(). */
struct proc_beside {
	pid_t pid;
	int in, out; /* pipes to its standard input, and from its output and standard error */
};
/* Of p: argv, env. */
int proc_begin(const struct proc *p, struct proc_beside *ret, struct err *e) nodiscard;
/* Closes its standard input and waits for its end; after so many milliseconds it is killed. Closes
 * `out` as well. Its wait status, or -1 when it had to be killed. */
int proc_end(struct proc_beside *b, unsigned milliseconds);

/* From a signal handler: ends the running child's group and makes proc_run return, now and from
 * here on: who asked to stop does not want the next program either. Asked a second time it kills.
 */
void proc_cancel_all(void);
bool proc_is_cancelled(void);

/* In a child, before it executes another program: that one gets the standard three alone. Whoever
 * started us may have given us one with a passphrase. May be called between fork and exec. */
void proc_keep_own_descriptors(void);
