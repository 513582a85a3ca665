/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measuring: how much work one try of a passphrase may be on this machine, found out in a thread
 * while the person answers what else is asked. It takes seconds and needs no passphrase; making a
 * container then takes one derivation, and several containers are measured for once.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "partition/crypt.h"

enum { LUKS_TRY_MS = 2000 };

struct measuring {
	bool running, measured;
	volatile int stop; /* tells the thread that nobody wants to know any more */
	struct luks_cost limits, found;
	pthread_t thread;
};

/* Begins for these limits, unless it has for the very same. No error: what is not measured here is
 * measured when the container is made. */
void measuring_start(struct measuring *m, const struct luks_cost *limits);
/* The cost for these limits, waited for, with iterations; without them where it failed or was begun
 * for others. */
struct luks_cost measuring_take(struct measuring *m, const struct luks_cost *limits);
/* Ends it wherever it is. Zeroed and never started is fine. */
void measuring_end(struct measuring *m);
