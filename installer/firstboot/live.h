/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * live: the running system, as the first boot changes it. The real one (live_linux.c) works below
 * a root directory ("" for this machine's own); tests put a recorder or a fault injector in its
 * place. Paths are below the root, without a leading slash. 0 or a negative err_code.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "facts/image.h"
#include "run/events.h"

struct live_ops {
	/* By a temporary name, fsync(2) and rename(2). */
	int (*write_file)(void *ctx, const char *path, const void *bytes, size_t len, unsigned mode,
			  struct err *e);
	/* The same, for the file of an account, in its directory of that name (made, 0700). */
	int (*write_private)(void *ctx, const struct image_account *owner, const char *directory,
			     const char *name, const char *text, struct err *e);
	int (*make_directory)(void *ctx, const char *path, unsigned mode, struct err *e);
	int (*make_link)(void *ctx, const char *target, const char *path, struct err *e);
	/* The files in a directory whose names begin so; none is fine. */
	int (*remove_files)(void *ctx, const char *directory, const char *prefix, struct err *e);
	/* NULL when there is none; owned by the caller. */
	char *(*read_file)(void *ctx, const char *path);
	int (*random)(void *ctx, void *bytes, size_t n, struct err *e);
	bool (*has_program)(void *ctx, const char *name);
	/* input NULL: none */
	int (*run)(void *ctx, const char *const *argv, const struct secret *input,
		   struct events *ev, struct err *e);
	int (*set_host_name)(void *ctx, const char *name, struct err *e);
	int (*grow_partition)(void *ctx, const struct image_root *root, struct err *e);
	int (*sync)(void *ctx, struct err *e);
};

struct live {
	const struct live_ops *ops;
	void *ctx; /* the real one: const char *, the root directory */
};

extern const struct live_ops live_linux_ops;
