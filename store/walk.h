/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk: one store path from a source into the target, hashed while it is written. Files get mode
 * 0444 or 0555, directories 0555, everything the modification time 1 and the owner of this process
 * (root, when it counts); extended attributes stay behind, as Nix wants it. Links to one file
 * within the path stay links.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/flush.h"
#include "store/nar.h"
#include "store/source.h"

struct walk;

/* What all threads share while they copy. */
struct walk_shared {
	int store;		       /* the target's store directory */
	_Atomic uint64_t bytes;	       /* of files written so far */
	struct flush *flush;	       /* is told of what is written */
	_Atomic bool stop;	       /* asked to end, or another thread cannot go on */
	const volatile int *cancelled; /* NULL: never */
};

/* What the target could not take: `which` is written, or to be. A full file system gets words of
 * its own. */
int walk_target_error(const char *which, int errno_value, struct err *e) nodiscard;

struct walk *walk_new(const struct source *s, struct walk_shared *shared, struct err *e);
struct walk *walk_free(struct walk *w); /* NULL is fine; returns NULL */

/*
 * Writes the path `name` of the source as `as` into the store directory, where it must not be, and
 * no more than a NAR of `most` bytes has: a damaged image may fill a disk with one directory.
 * 0, with the hash and size of what was written. On failure, *ret_source says whether the source is
 * at fault (the next path may do better) or the target (it will not); what was written is left.
 */
int walk_path(struct walk *w, const char *name, const char *as, uint64_t most,
	      unsigned char ret_hash[SHA256_BYTES], uint64_t *ret_size, bool *ret_source,
	      struct err *e) nodiscard;

/* Removes a file or tree that may be read-only; it may be missing. */
int walk_remove(int directory, const char *name, struct err *e) nodiscard;
