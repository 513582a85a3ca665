/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keep: what a command that changes this machine keeps of its run in a directory of its own: the
 * journal, the log, and a lock that lets one at a time in. */
#pragma once

#include "base/err.h"
#include "run/events.h"
#include "run/journal.h"

struct keep {
	struct journal journal;
	struct events events; /* whoever else wants them is added */
	char *journal_path, *log_path;
	int log_fd, events_fd, lock_fd;
};

#define KEEP_CLOSED                                          \
	{                                                    \
		.log_fd = -1, .events_fd = -1, .lock_fd = -1 \
	}

/* Makes `directory` (0700) and opens "journal.json", "NAME.log" and "lock" in it; `events`: a file
 * for the events as JSON lines, NULL: none. ERR_BUSY when another one runs. `k` is KEEP_CLOSED
 * before, and can be cleared after an error, too. */
int keep_open(struct keep *k, const char *directory, const char *name, const char *events,
	      struct err *e) nodiscard;
void keep_clear(struct keep *k);
