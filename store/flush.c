/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/flush.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

/* Each time costs the file system a commit; what is on its way is what a stop waits for. */
#define STEP_BYTES     (32ULL << 20)
#define ON_ITS_WAY_MAX (128ULL << 20)

struct flush {
	int fd;
	pthread_t thread;
	bool has_thread;
	_Atomic uint64_t given, out; /* out: is on the disk */
	_Atomic bool loose;	     /* nobody waits any more */
	_Atomic int error;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t more, moved;
	bool ending, given_up, over;
};

static uint64_t on_its_way(struct flush *f)
{
	/* In this order: `out` never overtakes. */
	uint64_t out = f->out;

	return f->given - out;
}

uint64_t flush_left(struct flush *f)
{
	return on_its_way(f);
}

/* One time; called without the lock. */
static void write_out(struct flush *f)
{
	uint64_t given = f->given;

	if (syncfs(f->fd) < 0) {
		f->error = errno;
		f->loose = true;
	}
	f->out = given;
}

static void *work(void *ctx)
{
	struct flush *f = ctx;

	pthread_mutex_lock(&f->lock);
	while (!f->ending) {
		if (on_its_way(f) < STEP_BYTES) {
			pthread_cond_wait(&f->more, &f->lock);
			continue;
		}
		pthread_mutex_unlock(&f->lock);
		write_out(f);
		pthread_mutex_lock(&f->lock);
		pthread_cond_broadcast(&f->moved);
	}
	if (!f->given_up) {
		pthread_mutex_unlock(&f->lock);
		write_out(f);
		pthread_mutex_lock(&f->lock);
	}
	f->over = true;
	pthread_cond_broadcast(&f->moved);
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

struct flush *flush_new(int fd)
{
	struct flush *f = xcalloc(1, sizeof(*f));
	pthread_condattr_t clock;

	f->fd = fd;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->more, &clock);
	pthread_cond_init(&f->moved, &clock);
	pthread_condattr_destroy(&clock);
	/* Without a thread everything is written out at the end. */
	f->has_thread = pthread_create(&f->thread, NULL, work, f) == 0;
	f->loose = !f->has_thread;
	return f;
}

static void end(struct flush *f, bool given_up)
{
	pthread_mutex_lock(&f->lock);
	f->ending = true;
	f->given_up = f->given_up || given_up;
	pthread_cond_signal(&f->more);
	pthread_mutex_unlock(&f->lock);
}

struct flush *flush_free(struct flush *f)
{
	if (!f)
		return NULL;
	if (f->has_thread) {
		end(f, true);
		pthread_join(f->thread, NULL);
	}
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->more);
	pthread_cond_destroy(&f->moved);
	free(f);
	return NULL;
}

void flush_add(struct flush *f, uint64_t bytes)
{
	uint64_t given = atomic_fetch_add(&f->given, bytes) + bytes;
	bool step = given / STEP_BYTES != (given - bytes) / STEP_BYTES;
	bool wait = !f->loose && given - f->out > ON_ITS_WAY_MAX;

	if (!step && !wait)
		return;
	pthread_mutex_lock(&f->lock);
	pthread_cond_signal(&f->more);
	while (!f->loose && !f->over && on_its_way(f) > ON_ITS_WAY_MAX)
		pthread_cond_wait(&f->moved, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

void flush_let_go(struct flush *f)
{
	pthread_mutex_lock(&f->lock);
	f->loose = true;
	pthread_cond_broadcast(&f->moved);
	pthread_mutex_unlock(&f->lock);
}

int flush_error(struct flush *f)
{
	return f->error;
}

void flush_end(struct flush *f)
{
	if (f->has_thread) {
		end(f, false);
		return;
	}
	write_out(f);
	f->over = true;
}

bool flush_ended(struct flush *f, unsigned timeout_ms, int *ret_errno)
{
	struct timespec until;
	bool over;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	until.tv_sec += (time_t)(timeout_ms / 1000) + until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&f->lock);
	while (!f->over && pthread_cond_timedwait(&f->moved, &f->lock, &until) != ETIMEDOUT)
		;
	over = f->over;
	pthread_mutex_unlock(&f->lock);
	if (over)
		*ret_errno = f->error;
	return over;
}
