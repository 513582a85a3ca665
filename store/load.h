/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load: makes a target's Nix know the paths that were copied into its store, as `nix-store
 * --load-db` does on a live medium, in one transaction.
 */
#pragma once

#include "base/err.h"
#include "base/proc.h"
#include "store/registration.h"

/* `root` is where the target is mounted. Everything present whose references are present, too;
 * how many paths those are. */
int store_load(struct registration *r, const char *root, proc_line_fn line, void *ctx,
	       size_t *ret_count, struct err *e) nodiscard;
