/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finish: what happens to the machine once everything is on the disk, and reported. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum { FINISH_SECONDS = 60 };

/* What a machine is restarted by; tests put a stand-in in its place. */
struct finish_ops {
	/* Is systemd in charge of this system? */
	bool (*managed)(void *ctx);
	int (*run)(void *ctx, const char *const *argv, struct err *e);
	/* So many seconds, in which this process is ended. true: it was asked to end. */
	bool (*wait)(void *ctx, unsigned seconds);
	/* reboot(2) with RB_AUTOBOOT or RB_POWER_OFF. Returns only on failure: a negative errno. */
	int (*reboot)(void *ctx, int how);
};
extern const struct finish_ops finish_linux;

/*
 * `how`: "stay", "reboot" or "poweroff". Where systemd runs it is asked first, as it ends what else
 * runs and unmounts what else is mounted; where it does not, or nothing has happened within
 * FINISH_SECONDS, the kernel is. 0: it is "stay", or it happens now. An error: the machine still
 * runs, and why.
 */
int finish(const char *how, const struct finish_ops *ops, void *ctx, struct err *e) nodiscard;
