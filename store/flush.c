/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/flush.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

/* Each time costs the file system a commit: once a second is often enough. */
#define STEP_BYTES (32ULL << 20)
/* What is on its way is what a stop, and the end, wait for: by what the disk was seen to take, and
 * at first without knowing it. */
enum {
	SECONDS_ON_THE_WAY = 10,
	/* What a kill loses is not older: a slow disk needs longer for a step. */
	STEP_MS = 5000,
	LOOK_MS = 1000,
	FILES_MAX = 64, /* open at a time; what is more is written out with the rest */
};
#define AT_FIRST (128ULL << 20)
#define AT_LEAST (64ULL << 20)
#define AT_MOST	 (1ULL << 30)

struct flush {
	int fd;
	pthread_t thread;
	bool has_thread;
	_Atomic uint64_t given, out; /* out: is on the disk, without a failure */
	_Atomic uint64_t most;	     /* that may be on its way */
	_Atomic bool loose;	     /* nobody waits any more */
	_Atomic int error;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t more, moved;
	bool ending, given_up, over;
	int files[FILES_MAX]; /* complete, to be begun with */
	unsigned file_count;
	uint64_t written_ms; /* when something was written out last; the thread's alone */
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

/* It counts as a byte: a write that begins now covers what comes before the mark, one that began
 * before it does not, though no byte was given in between. */
uint64_t flush_mark(struct flush *f)
{
	return atomic_fetch_add(&f->given, 1) + 1;
}

uint64_t flush_reached(struct flush *f)
{
	return f->out;
}

uint64_t flush_most(uint64_t bytes, uint64_t ms)
{
	double most = (double)bytes * SECONDS_ON_THE_WAY * 1000 / (double)(ms ? ms : 1);

	return most < (double)AT_LEAST	? AT_LEAST
	       : most > (double)AT_MOST ? AT_MOST
					: (uint64_t)most;
}

static uint64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* One time; called without the lock. */
static void write_out(struct flush *f)
{
	uint64_t given = f->given, bytes = given - f->out, started = now_ms();

	if (syncfs(f->fd) < 0) {
		f->error = errno;
		f->loose = true;
		return;
	}
	if (bytes >= STEP_BYTES)
		f->most = flush_most(bytes, now_ms() - started);
	f->out = given;
}

static uint64_t step(const struct flush *f)
{
	uint64_t second = f->most / SECONDS_ON_THE_WAY;

	return second > STEP_BYTES ? second : STEP_BYTES;
}

static bool is_due(struct flush *f)
{
	uint64_t bytes = on_its_way(f);

	return bytes >= step(f) || (bytes && now_ms() - f->written_ms >= STEP_MS);
}

/* Takes the last one: the earlier ones may be on their way by the time. False: there is none. */
static bool begin_file(struct flush *f)
{
	int fd;

	if (!f->file_count)
		return false;
	fd = f->files[--f->file_count];
	pthread_mutex_unlock(&f->lock);
	/* Only a hint: what fails here fails in syncfs. */
	(void)!sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	mem_close_fd(&fd);
	pthread_mutex_lock(&f->lock);
	return true;
}

static struct timespec in_ms(unsigned ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000L;
	until.tv_sec += (time_t)(ms / 1000) + until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	return until;
}

static void wait_for_more(struct flush *f)
{
	const struct timespec until = in_ms(LOOK_MS);

	pthread_cond_timedwait(&f->more, &f->lock, &until);
}

static void write_step(struct flush *f)
{
	pthread_mutex_unlock(&f->lock);
	write_out(f);
	f->written_ms = now_ms();
	pthread_mutex_lock(&f->lock);
	pthread_cond_broadcast(&f->moved);
}

static void *work(void *ctx)
{
	struct flush *f = ctx;

	f->written_ms = now_ms();
	pthread_mutex_lock(&f->lock);
	while (!f->ending && !f->error) {
		if (is_due(f))
			write_step(f);
		else if (!begin_file(f))
			wait_for_more(f);
	}
	if (!f->given_up && !f->error) {
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
	f->most = AT_FIRST;
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

void flush_stop(struct flush *f)
{
	if (!f->has_thread)
		return;
	end(f, true);
	pthread_join(f->thread, NULL);
	f->has_thread = false;
}

struct flush *flush_free(struct flush *f)
{
	if (!f)
		return NULL;
	flush_stop(f);
	while (f->file_count)
		mem_close_fd(&f->files[--f->file_count]);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->more);
	pthread_cond_destroy(&f->moved);
	free(f);
	return NULL;
}

void flush_add(struct flush *f, uint64_t bytes)
{
	uint64_t given = atomic_fetch_add(&f->given, bytes) + bytes;
	bool far = given / STEP_BYTES != (given - bytes) / STEP_BYTES;
	bool wait = !f->loose && given - f->out > f->most;

	if (!far && !wait)
		return;
	pthread_mutex_lock(&f->lock);
	pthread_cond_signal(&f->more);
	while (!f->loose && !f->over && on_its_way(f) > f->most)
		pthread_cond_wait(&f->moved, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

void flush_file(struct flush *f, int fd)
{
	bool taken;

	pthread_mutex_lock(&f->lock);
	taken = f->has_thread && !f->ending && !f->error && f->file_count < FILES_MAX;
	if (taken)
		f->files[f->file_count++] = fd;
	pthread_cond_signal(&f->more);
	pthread_mutex_unlock(&f->lock);
	if (!taken)
		mem_close_fd(&fd);
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
	const struct timespec until = in_ms(timeout_ms);
	bool over;

	pthread_mutex_lock(&f->lock);
	while (!f->over && pthread_cond_timedwait(&f->moved, &f->lock, &until) != ETIMEDOUT)
		;
	over = f->over;
	pthread_mutex_unlock(&f->lock);
	if (over)
		*ret_errno = f->error;
	return over;
}
