/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine: the writing side of the world, as the steps see it. The real one (machine_linux.c) is
 * thin over partition/ and proc; tests put a recorder or a fault injector in its place.
 * Every operation returns 0 or a negative err_code and fills the error.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/proc.h"
#include "base/secret.h"
#include "plan/plan.h"
#include "run/events.h"

/* A program of the person's own. */
struct hook_call {
	const char *file;	     /* its name; NULL: words[0] is a program */
	const struct secret *bytes;  /* of the file */
	const struct strings *words; /* the program's, or the file's arguments */
	const char *const *env;	     /* NAME=VALUE, NULL-terminated */
	const char *input;
	unsigned seconds; /* after which it is ended */
};

struct machine_ops {
	/* Can the target be mounted there: a directory, with nothing of others' mounted on it? */
	int (*check_root)(void *ctx, const char *root, struct err *e);
	/* Is it still that disk, free to be written? `untouched`: nothing of this plan was written
	 * to it yet, so one that was empty must be empty. */
	int (*identify)(void *ctx, const struct plan_disk *disk, bool untouched, struct err *e);
	/* Can the file system in it become as small as the layout has it? Nothing is written. */
	int (*shrink_check)(void *ctx, const struct plan_disk *d, const struct part *part,
			    struct err *e);
	bool (*is_shrunk)(void *ctx, const struct plan_disk *d, const struct part *part);
	int (*shrink)(void *ctx, const struct plan_disk *d, const struct part *part,
		      struct events *ev, struct err *e);
	bool (*has_table)(void *ctx, const struct plan_disk *d);
	bool (*has_file_system)(void *ctx, const struct plan_disk *d, const struct part *part);
	int (*write_table)(void *ctx, const struct plan_disk *d, struct err *e);
	int (*format)(void *ctx, const struct plan_disk *d, const struct part *part,
		      struct events *ev, struct err *e);
	/* What takes long about the containers, and writes nothing, may begin now; it is not waited
	 * for, and fails only where they are made. */
	void (*prepare)(void *ctx, const struct plan *p, const struct secret *passphrase);
	/* Is nothing open under that name of /dev/mapper? */
	int (*mapper_free)(void *ctx, const char *mapper, struct err *e);
	int (*encrypt)(void *ctx, const struct plan *p, const struct storage_op *op,
		       const struct secret *passphrase, struct err *e);
	bool (*opens)(void *ctx, const struct plan_disk *d, const struct part *part,
		      const struct secret *passphrase);
	int (*open)(void *ctx, const struct plan *p, const struct storage_op *op,
		    const struct secret *passphrase, struct err *e);
	int (*close)(void *ctx, const char *mapper, struct err *e);
	int (*mount)(void *ctx, const struct plan *p, const struct mount_point *m, const char *root,
		     struct err *e);
	/* The device or file to swap to, for the journal; in the plan's arena. */
	int (*swap_where)(void *ctx, const struct plan *p, const char *root, const char **ret,
			  struct err *e);
	/* Makes the file where it is one. */
	int (*swap_on)(void *ctx, const struct plan *p, const char *where, struct events *ev,
		       struct err *e);
	int (*swap_off)(void *ctx, const char *swap, struct err *e);
	int (*write_file)(void *ctx, const char *path, const void *bytes, size_t len, unsigned mode,
			  struct err *e);
	int (*make_directory)(void *ctx, const char *path, unsigned mode, struct err *e);
	int (*run)(void *ctx, const char *const *argv, struct events *ev, struct err *e);
	/* The same for nixos-install: what Nix does becomes progress of a step of that weight. */
	int (*run_nix)(void *ctx, const char *const *argv, uint32_t weight, struct events *ev,
		       struct err *e);
	int (*run_hook)(void *ctx, const struct hook_call *c, struct events *ev, struct err *e);
	/* What the plan's store has for the target; `journal` is the copy's own. Fails only for
	 * what would stop nixos-install, too (no room, a failing disk, cancelled); else it warns,
	 * and nixos-install gets what is missing. */
	int (*copy_store)(void *ctx, const struct plan *p, const char *root, const char *journal,
			  uint32_t weight, const volatile int *cancelled, struct events *ev,
			  struct err *e);
	/* By a name in PATH, or by its path. */
	int (*program_exists)(void *ctx, const char *name, struct err *e);
	int (*verify)(void *ctx, const struct plan *p, const char *root, struct err *e);
	int (*sync)(void *ctx, const char *root, struct err *e);
	int (*unmount)(void *ctx, const char *root, struct err *e);
};

struct machine {
	const struct machine_ops *ops;
	void *ctx;
};

/* The real one. Its context may be a `struct preparing` (run/preparing.h), or NULL. */
extern const struct machine linux_machine;
