/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * copy: fills a target's store from a source, by several threads, each path verified while it is
 * written. A path is written beside its name (".archibald-NAME") and renamed when its hash is
 * right, so whatever stands under its own name is whole, and what was finished and is on the disk
 * is in the journal, so that an interrupted copy keeps it. What fails its hash is named and left
 * out.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "store/registration.h"
#include "store/source.h"

struct store_progress {
	uint64_t paths, paths_total;
	uint64_t bytes, bytes_total; /* of NARs */
	uint64_t rate;		     /* bytes a second, over the last seconds */
	uint64_t seconds_left;	     /* UINT64_MAX: nobody can say yet */
	/* Everything is copied, and this much may not be on the disk yet; 0: it is still copying */
	uint64_t writing_out;
	const struct store_path *path; /* that was begun last; NULL: none */
};

struct store_copy {
	const char *store;	       /* the target's: "/mnt/nix/store"; made when it is missing */
	const char *journal;	       /* of finished paths; NULL: none is kept */
	const char *target;	       /* whose journal it is: the plan's hash */
	unsigned threads;	       /* 0: as this machine has processors, 2 to 4 */
	const volatile int *cancelled; /* NULL: never */
	/* Called by the calling thread, some times a second and at the end; NULL: not. */
	void (*progress)(void *ctx, const struct store_progress *p);
	/* For each path that could not be had, with the reason. */
	void (*failed)(void *ctx, const struct store_path *p, const struct err *why);
	void *ctx;
};

struct store_result {
	uint64_t copied, kept, failed; /* paths */
	uint64_t bytes;		       /* of NARs, copied now */
};

/*
 * Copies what is wanted, marks it as present, and writes everything out (syncfs).
 * ERR_TOO_SMALL before the first byte, with both numbers, or when the target is full after all;
 * ERR_CANCELLED; ERR_IO. Whatever is verified, and on the disk, by then stays for the next run.
 */
int store_copy(const struct store_copy *c, const struct source *s, struct registration *r,
	       struct store_result *ret, struct err *e) nodiscard;

/*
 * To be called before anything else of Nix works on that store: what it does not know it may
 * replace, half-way even. The journal keeps what store_load told it; r NULL: nothing.
 */
int store_hand_over(const struct store_copy *c, const struct registration *r,
		    struct err *e) nodiscard;
