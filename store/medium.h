/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * medium: the list of what a medium offers to install: which of the paths in its store are the
 * roots of what an installed system consists of. Without it the live system itself would be copied
 * along.
 *
 * Lines of two words, "VARIANT /nix/store/HASH-NAME"; "*" stands for every variant; '#' begins a
 * comment. The closures of these roots are copied: a whole system of each variant, or the packages
 * that every configuration of it has.
 */
#pragma once

#include "base/err.h"
#include "store/registration.h"

/* Marks the closures of a variant's roots. ERR_NOT_FOUND: the medium has none for it. */
int medium_want(const char *roots_file, const char *variant, struct registration *r,
		struct strings *missing, struct err *e) nodiscard;
