/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status: exit statuses. 3, 4 and 5 mean that nothing was touched. */
#pragma once

#include "base/err.h"

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* while running; journal and log are kept */
	STATUS_USAGE = 2,
	STATUS_ANSWERS = 3, /* the answers were rejected */
	STATUS_MACHINE = 4, /* this machine cannot: no disk matches, too small, wrong kind */
	STATUS_CANCELLED = 5,
};

/* Of an error before anything was touched. */
static inline enum status status_of_refusal(const struct err *e)
{
	switch (e->code) {
	case ERR_INVALID: return STATUS_ANSWERS;
	case ERR_NOT_FOUND:
	case ERR_TOO_SMALL:
	case ERR_BUSY:
	case ERR_MISMATCH:
	case ERR_UNSUPPORTED: return STATUS_MACHINE;
	case ERR_CANCELLED: return STATUS_CANCELLED;
	default: return STATUS_FAILED;
	}
}
