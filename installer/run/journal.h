/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * journal: what an installation has finished, so that a run that was cut off can go on or let go of
 * what it held. One small JSON file in the state directory, replaced atomically after each step.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

struct journal {
	struct arena *arena;
	const char *path; /* of the file; borrowed */
	uint32_t version;
	char *plan;		/* struct plan's hash */
	char *root;		/* where the target is mounted */
	char *swap;		/* the device or file swapped on; NULL: none */
	struct strings mappers; /* names below /dev/mapper that may be open, in that order */
	struct strings done;	/* ids of finished steps */
	/* GUIDs of the partitions that this run, or one before that was cut off, began to make */
	struct strings parts;
	bool finished;
};

/* A missing file is an empty journal, not an error. A damaged one is: nothing may be skipped. */
int journal_read(struct journal *ret, const char *path, struct err *e) nodiscard;
int journal_write(const struct journal *j, struct err *e) nodiscard;
/* What was written last is there after a power cut, too. */
int journal_sync(const char *path, struct err *e) nodiscard;
/* For good: it is not there after a power cut either. None is fine. */
int journal_remove(const char *path, struct err *e) nodiscard;
void journal_clear(struct journal *j);
#define _cleanup_journal_ _cleanup_(journal_clear)
bool journal_has(const struct journal *j, const char *step);

/* Writes a file by a temporary name and rename(2), with fsync; `mode` as in open(2), 0: the file
 * system knows no modes (FAT), where fchmod(2) would be refused. */
int write_file_atomic(const char *path, const void *bytes, size_t len, unsigned mode,
		      struct err *e) nodiscard;
/* The directories above and including path, mode 0755 (`last_mode` for the last). */
int make_directories(const char *path, unsigned last_mode, struct err *e) nodiscard;
