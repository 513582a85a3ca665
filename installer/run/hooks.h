/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hooks: the step of a program that the answers want run. It gets the plan as JSON on standard
 * input, and an environment of its own: what proc.h hands on, ARCHIBALD_HOOK (before, afterMount,
 * afterInstall), ARCHIBALD_ROOT (where the target is mounted), ARCHIBALD_HOST_NAME. What it says
 * becomes events. No shell is between: an argument vector is executed as it is, a file by its own
 * #! line.
 */
#pragma once

#include "run/run.h"

/* Of step_table. A hook `before` that an interrupted run has finished is not run again; the others
 * are, as what they work on is mounted anew. */
int hook_check(struct run *r, const struct step *s, struct err *e) nodiscard;
bool hook_still_done(struct run *r, const struct step *s);
/* A failure of one `before` has the code ERR_UNSUPPORTED: it says that this machine is not to be
 * installed, and nothing was touched. */
int hook_run(struct run *r, const struct step *s, struct err *e) nodiscard;

/* What machine_ops' run_hook does on Linux. A file is executed from sealed memory: the bytes that
 * were checked are those that run, also where nothing may be executed from a file system. */
int hook_execute(const struct hook_call *c, struct events *ev, struct err *e) nodiscard;

typedef int (*hook_writer)(void *ctx, const char *path, const void *bytes, size_t len,
			   unsigned mode, struct err *e);
/* The files of the hooks, beside the kept answers in `directory`, for root alone. */
int hooks_keep(const struct answers *a, const char *directory, hook_writer write_file, void *ctx,
	       struct err *e) nodiscard;
