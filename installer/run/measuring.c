/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/measuring.h"

#include <signal.h>

static int wants_to_stop(void *ctx)
{
	const struct measuring *m = ctx;

	return m->stop;
}

static void *measure(void *ctx)
{
	struct measuring *m = ctx;
	struct err ignored;

	m->measured = luks_measure(&m->found, wants_to_stop, m, &ignored) == 0;
	return NULL;
}

static bool is_for(const struct measuring *m, const struct luks_cost *limits)
{
	return m->limits.memory_kib == limits->memory_kib && m->limits.threads == limits->threads &&
	       m->limits.time_ms == limits->time_ms;
}

static void join(struct measuring *m)
{
	if (m->running)
		pthread_join(m->thread, NULL);
	m->running = false;
}

void measuring_start(struct measuring *m, const struct luks_cost *limits)
{
	sigset_t all, before;

	if (is_for(m, limits))
		return;
	measuring_end(m);
	*m = (struct measuring){.limits = *limits, .found = *limits};
	/* Signals are for the thread that talks. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	m->running = pthread_create(&m->thread, NULL, measure, m) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct luks_cost measuring_take(struct measuring *m, const struct luks_cost *limits)
{
	if (!is_for(m, limits))
		return *limits;
	join(m);
	return m->measured ? m->found : *limits;
}

void measuring_end(struct measuring *m)
{
	m->stop = 1;
	join(m);
}
