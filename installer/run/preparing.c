/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/preparing.h"

#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static int wants_to_stop(void *ctx)
{
	struct preparing *p = ctx;
	bool stop;

	pthread_mutex_lock(&p->lock);
	stop = p->stop;
	pthread_mutex_unlock(&p->lock);
	return stop;
}

static void measure(struct preparing *p)
{
	struct luks_cost found = p->limits;
	struct err ignored;
	bool measured;

	pthread_mutex_unlock(&p->lock);
	measured = luks_measure(&found, wants_to_stop, p, &ignored) == 0;
	pthread_mutex_lock(&p->lock);
	p->measured = measured;
	/* What was told to stop can begin again. */
	p->failed = !measured && !p->stop;
	if (measured)
		p->found = found;
}

static void make(struct preparing *p, size_t i)
{
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	_cleanup_secret_ struct secret passphrase = {0};
	const struct luks_cost cost = p->found;
	uint32_t sector_bytes = p->wanted[i];
	unsigned turn = p->turn;
	struct err ignored;
	bool made;

	secret_set(&passphrase, p->passphrase.bytes, p->passphrase.len);
	pthread_mutex_unlock(&p->lock);
	made = luks_header_make(&passphrase, &cost, sector_bytes, &h, &ignored) == 0;
	pthread_mutex_lock(&p->lock);
	if (turn != p->turn || sector_bytes != p->wanted[i])
		return;
	p->failed = !made;
	if (!made)
		return;
	p->wanted[i] = 0;
	p->headers[i] = h;
	h = LUKS_HEADER_NONE;
}

/* The place of one to be made; PREPARED_MAX: there is nothing to do. */
static size_t next(const struct preparing *p)
{
	size_t i = 0;

	while (i < PREPARED_MAX && !p->wanted[i])
		i++;
	return i;
}

static void *work(void *ctx)
{
	struct preparing *p = ctx;

	pthread_mutex_lock(&p->lock);
	while (!p->stop && !p->failed) {
		size_t i = next(p);

		if (!p->measured)
			measure(p);
		else if (i < PREPARED_MAX)
			make(p, i);
		else
			break;
	}
	p->working = false;
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void join(struct preparing *p)
{
	if (p->running)
		pthread_join(p->thread, NULL);
	p->running = false;
}

static void begin(struct preparing *p)
{
	sigset_t all, before;

	join(p); /* it has ended, or was told to */
	if (p->failed || (p->measured && next(p) == PREPARED_MAX))
		return;
	p->stop = false;
	p->working = true; /* before it is: it may be done at once */
	/* Signals are for the thread that talks. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	p->running = pthread_create(&p->thread, NULL, work, p) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!p->running)
		p->working = false;
}

static bool is_for(const struct preparing *p, const struct luks_cost *limits)
{
	return p->limits.memory_kib == limits->memory_kib && p->limits.threads == limits->threads &&
	       p->limits.time_ms == limits->time_ms;
}

static bool is_with(const struct preparing *p, const struct secret *passphrase)
{
	return secret_given(&p->passphrase) && p->passphrase.len == passphrase->len &&
	       memcmp(p->passphrase.bytes, passphrase->bytes, passphrase->len) == 0;
}

static void forget(struct preparing *p)
{
	p->turn++;
	p->failed = false;
	secret_wipe(&p->passphrase);
	for (size_t i = 0; i < PREPARED_MAX; i++) {
		p->wanted[i] = 0;
		luks_header_clear(&p->headers[i]);
	}
}

static void want(struct preparing *p, const struct preparing_wish *w)
{
	if (!is_with(p, w->passphrase)) {
		forget(p);
		secret_set(&p->passphrase, w->passphrase->bytes, w->passphrase->len);
	}
	for (size_t i = 0; i < PREPARED_MAX; i++) {
		struct luks_header *h = &p->headers[i];

		if (h->fd >= 0 && h->sector_bytes == w->sector_bytes[i])
			continue;
		luks_header_clear(h);
		p->wanted[i] = w->sector_bytes[i];
	}
}

void preparing_start(struct preparing *p, const struct preparing_wish *w)
{
	bool working;

	if (!is_for(p, &w->limits)) {
		preparing_end(p);
		p->limits = p->found = w->limits;
	}
	pthread_mutex_lock(&p->lock);
	if (w->passphrase)
		want(p, w);
	working = p->working;
	pthread_mutex_unlock(&p->lock);
	if (!working)
		begin(p);
}

struct luks_cost preparing_cost(struct preparing *p, const struct luks_cost *limits)
{
	preparing_start(p, &(struct preparing_wish){.limits = *limits});
	join(p);
	return p->measured ? p->found : *limits;
}

bool preparing_take(struct preparing *p, const struct secret *passphrase,
		    const struct luks_cost *limits, uint32_t sector_bytes, struct luks_header *ret)
{
	if (!is_for(p, limits) || !is_with(p, passphrase)) {
		preparing_rest(p);
		return false;
	}
	join(p);
	for (size_t i = 0; i < PREPARED_MAX; i++) {
		struct luks_header *h = &p->headers[i];

		if (h->fd < 0 || h->sector_bytes != sector_bytes)
			continue;
		*ret = *h;
		*h = LUKS_HEADER_NONE;
		return true;
	}
	return false;
}

static void tell_to_stop(struct preparing *p)
{
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_mutex_unlock(&p->lock);
}

void preparing_rest(struct preparing *p)
{
	tell_to_stop(p);
	join(p);
}

void preparing_written(struct preparing *p, struct luks_header *h)
{
	luks_header_clear(&p->written);
	p->written = *h;
	*h = LUKS_HEADER_NONE;
}

const struct secret *preparing_key(const struct preparing *p, const char *uuid)
{
	return p->written.uuid[0] && str_eq(p->written.uuid, uuid) ? &p->written.key : NULL;
}

void preparing_opened(struct preparing *p)
{
	luks_header_clear(&p->written);
}

void preparing_end(struct preparing *p)
{
	preparing_rest(p);
	forget(p);
	preparing_opened(p);
	p->measured = false;
	p->limits = p->found = (struct luks_cost){0};
}
