/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rate.h"
#include "base/str.h"
#include "store/copied.h"
#include "store/room.h"
#include "store/walk.h"

#define TEMPORARY ".archibald-"

enum {
	THREADS_MIN = 2, /* one waits for the disk while the other computes */
	THREADS_MAX = 4, /* each holds up to 10 MiB, and the disk is the limit soon */
	/* Neighbours share blocks of the image, which are up to 1 MiB: to one thread together, as
	 * many as come to some blocks. */
	BATCH_PATHS = 64,
	BATCH_BYTES = 16 * 1024 * 1024,
	PROGRESS_MS = 250,
};

/* A path of this share of everything is begun first, so that it is not what everybody waits for. */
enum { LARGE_DIVISOR = 16 };

/* It has its name, and is believed once the disk is past the mark. */
struct finished {
	const struct store_path *path;
	uint64_t mark;
};

struct copier {
	const struct store_copy *c;
	const struct source *source;
	struct registration *registration;
	struct walk_shared shared;
	struct copied copied;
	struct store_path **queue; /* in the order of the image, but the largest first */
	size_t count, large;
	size_t next; /* in the queue; under the lock, as is what follows */
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned running;
	struct finished *finished; /* as many as the queue, in the order of their marks */
	size_t finished_count, noted;
	uint64_t paths_done, bytes_done;
	const struct store_path *begun; /* the last one */
	struct store_result result;
	struct failure {
		struct store_path *path;
		struct err why;
		struct failure *next;
	} * failures;
	struct err error; /* the first that ends the copy; code 0: none */
};

/* --- before ---------------------------------------------------------------------------------- */

static int make_store(const char *store, int *ret, struct err *e)
{
	_cleanup_free_ char *copy = xstrdup(store);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return err_errno(e, errno, NULL, "cannot make the directory %s", copy);
		*slash = '/';
	}
	if (mkdir(copy, 0755) < 0 && errno != EEXIST)
		return err_errno(e, errno, NULL, "cannot make the directory %s", copy);
	*ret = open(copy, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? err_errno(e, errno, NULL, "cannot open %s", copy) : 0;
}

/* What an interrupted copy was writing. */
static int remove_unfinished(int store, struct err *e)
{
	int fd = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (!dir) {
		n = err_errno(e, errno, NULL, "cannot read the target's store");
		mem_close_fd(&fd);
		return n;
	}
	while (n == 0 && (d = readdir(dir)))
		if (str_starts(d->d_name, TEMPORARY))
			n = walk_remove(store, d->d_name, e);
	closedir(dir);
	return n;
}

static bool exists(int store, const char *name)
{
	struct stat st;

	return fstatat(store, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = (*(struct store_path *const *)a)->nar_size;
	uint64_t y = (*(struct store_path *const *)b)->nar_size;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* What is to be copied: the large ones first, the others as they lie in the image, by name. */
static void make_queue(struct copier *k)
{
	struct registration *r = k->registration;
	uint64_t total = registration_wanted(r).bytes;
	size_t small = 0;
	_cleanup_free_ struct store_path **rest = xcalloc(r->paths.count + 1, sizeof(*rest));

	k->queue = xcalloc(r->paths.count + 1, sizeof(struct store_path *));
	for (size_t i = 0; i < r->paths.count; i++) {
		struct store_path *p = &r->paths.items[i];

		if (!p->wanted)
			continue;
		p->present = copied_has(&k->copied, p->name) && exists(k->shared.store, p->name);
		if (p->present) {
			k->result.kept++;
			k->paths_done++;
			k->bytes_done = store_size_add(k->bytes_done, p->nar_size);
			continue;
		}
		if (p->nar_size > total / LARGE_DIVISOR)
			k->queue[k->large++] = p;
		else
			rest[small++] = p;
	}
	qsort(k->queue, k->large, sizeof(*k->queue), by_size);
	memcpy(k->queue + k->large, rest, small * sizeof(*rest));
	k->count = k->large + small;
	k->finished = xcalloc(k->count + 1, sizeof(*k->finished));
}

static unsigned thread_count(unsigned wanted)
{
	cpu_set_t set;
	unsigned n = wanted;

	if (!n)
		n = sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set)
								 : THREADS_MIN;
	if (!wanted && n < THREADS_MIN)
		n = THREADS_MIN;
	return n > THREADS_MAX ? THREADS_MAX : n;
}

static int check_room(const struct copier *k, struct err *e)
{
	return room_check(&(struct room){.store = k->shared.store,
					 .name = k->c->store,
					 .source = k->source,
					 .paths = k->queue,
					 .count = k->count,
					 .threads = thread_count(k->c->threads),
					 .cancelled = k->c->cancelled},
			  e);
}

/* --- the threads ----------------------------------------------------------------------------- */

static void fail(struct copier *k, const struct err *e)
{
	pthread_mutex_lock(&k->lock);
	if (!k->error.code)
		k->error = *e;
	k->shared.stop = true;
	pthread_mutex_unlock(&k->lock);
}

static void leave_out(struct copier *k, struct store_path *p, const struct err *e)
{
	struct failure *f = xcalloc(1, sizeof(*f));

	*f = (struct failure){.path = p, .why = *e};
	pthread_mutex_lock(&k->lock);
	f->next = k->failures;
	k->failures = f;
	k->result.failed++;
	k->paths_done++;
	k->bytes_done += p->nar_size;
	pthread_mutex_unlock(&k->lock);
}

static int check_hash(const struct store_path *p, const unsigned char *hash, uint64_t size,
		      struct err *e)
{
	if (size == p->nar_size && memcmp(hash, p->hash, SHA256_BYTES) == 0)
		return 0;
	err_set(e, ERR_MISMATCH, "the medium may be damaged; write it again",
		"%.200s is not what its hash says", p->name);
	return err_why(e,
		       size == p->nar_size ? "its contents differ"
					   : "its size is %llu instead of %llu bytes",
		       (unsigned long long)size, (unsigned long long)p->nar_size);
}

/* Into the journal, what the disk has taken: a write that fails later, also after this program has
 * ended, would take back what was only in memory. Under the lock. */
static int note_finished(struct copier *k, struct err *e)
{
	uint64_t reached = flush_reached(k->shared.flush);
	int n = 0;

	while (k->noted < k->finished_count && k->finished[k->noted].mark <= reached && n == 0)
		n = copied_add(&k->copied, k->finished[k->noted++].path->name, e);
	return n;
}

/* Under its own name, in place of what may stand there: that was never verified. */
static int give_name(struct copier *k, const char *temporary, struct store_path *p, struct err *e)
{
	int store = k->shared.store, n = 0;

	if (renameat(store, temporary, store, p->name) < 0) {
		n = walk_remove(store, p->name, e);
		if (n == 0 && renameat(store, temporary, store, p->name) < 0)
			n = err_errno(e, errno, NULL, "cannot rename %s", p->name);
	}
	if (n < 0)
		return n;
	pthread_mutex_lock(&k->lock);
	k->finished[k->finished_count++] = (struct finished){p, flush_mark(k->shared.flush)};
	p->present = true;
	k->paths_done++;
	k->bytes_done += p->nar_size;
	k->result.copied++;
	k->result.bytes += p->nar_size;
	n = note_finished(k, e);
	pthread_mutex_unlock(&k->lock);
	return n;
}

static int copy_path(struct copier *k, struct walk *w, struct store_path *p, struct err *e)
{
	_cleanup_free_ char *temporary = xasprintf(TEMPORARY "%s", p->name);
	unsigned char hash[SHA256_BYTES];
	uint64_t size = 0;
	bool of_source = false;
	struct err removing;
	int n;

	pthread_mutex_lock(&k->lock);
	k->begun = p;
	pthread_mutex_unlock(&k->lock);
	n = walk_path(w, p->name, temporary, p->nar_size, hash, &size, &of_source, e);

	if (n == 0) {
		n = check_hash(p, hash, size, e);
		of_source = n < 0;
	}
	if (n == 0)
		return give_name(k, temporary, p, e);
	if (walk_remove(k->shared.store, temporary, &removing) < 0 && of_source) {
		*e = removing;
		return -(int)e->code;
	}
	if (!of_source)
		return n;
	leave_out(k, p, e);
	return 0;
}

static size_t batch_size(struct store_path *const *paths, size_t count)
{
	uint64_t bytes = 0;
	size_t n = 0;

	while (n < count && n < BATCH_PATHS && (n == 0 || bytes < BATCH_BYTES))
		bytes += paths[n++]->nar_size;
	return n;
}

/* The next few paths; how many. */
static size_t take_batch(struct copier *k, struct store_path ***ret)
{
	size_t n = 0;

	pthread_mutex_lock(&k->lock);
	if (!k->shared.stop && k->next < k->count) {
		*ret = k->queue + k->next;
		n = k->next < k->large ? 1 : batch_size(*ret, k->count - k->next);
		k->next += n;
	}
	pthread_mutex_unlock(&k->lock);
	return n;
}

static void *work(void *ctx)
{
	struct copier *k = ctx;
	struct store_path **batch = NULL;
	struct err e;
	struct walk *w = walk_new(k->source, &k->shared, &e);
	size_t n;

	if (!w)
		fail(k, &e);
	while (w && (n = take_batch(k, &batch)) > 0)
		for (size_t i = 0; i < n && !k->shared.stop; i++)
			if (copy_path(k, w, batch[i], &e) < 0)
				fail(k, &e);
	walk_free(w);
	pthread_mutex_lock(&k->lock);
	k->running--;
	pthread_cond_signal(&k->ended);
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

/* --- progress -------------------------------------------------------------------------------- */

struct meter {
	struct rate rate;
	struct store_size all;
	uint64_t kept_bytes; /* from earlier */
};

/* Called with the lock held; lets go of it meanwhile. `left`: to be written out, when all is
 * copied. */
static void tell(struct copier *k, struct meter *m, uint64_t left)
{
	struct store_progress p = {.paths = k->paths_done,
				   .paths_total = m->all.paths,
				   .bytes = m->kept_bytes + k->shared.bytes,
				   .bytes_total = m->all.bytes,
				   .writing_out = left,
				   .path = k->begun};
	struct timespec now;

	/* What was finished counts whole; what is being written counts as far as it is. */
	if (p.bytes < k->bytes_done)
		p.bytes = k->bytes_done;
	if (p.bytes > p.bytes_total || p.paths == p.paths_total)
		p.bytes = p.bytes_total;
	clock_gettime(CLOCK_MONOTONIC, &now);
	rate_add(&m->rate, now.tv_sec * 1000 + now.tv_nsec / 1000000, p.bytes);
	p.rate = rate_per_second(&m->rate);
	p.seconds_left = rate_seconds_left(&m->rate, p.bytes_total);
	pthread_mutex_unlock(&k->lock);
	if (k->c->progress)
		k->c->progress(k->c->ctx, &p);
	pthread_mutex_lock(&k->lock);
}

/* What ends the copy from outside the threads: a signal, or a disk that fails while it is written
 * out. They may wait for the disk, and are let go. */
static void look_after(struct copier *k)
{
	int failed = flush_error(k->shared.flush);
	struct err e;
	int n;

	pthread_mutex_lock(&k->lock);
	n = note_finished(k, &e);
	pthread_mutex_unlock(&k->lock);
	if (n < 0)
		fail(k, &e);
	if (failed) {
		_cleanup_free_ char *which = xasprintf("what was copied to %s", k->c->store);

		if (walk_target_error(which, failed, &e) < 0)
			fail(k, &e);
	}
	if (k->shared.stop || (k->c->cancelled && *k->c->cancelled))
		flush_let_go(k->shared.flush);
}

static void wait_for_all(struct copier *k, struct meter *m)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	pthread_mutex_lock(&k->lock);
	/* Once at least: they may have ended before we came here. */
	do {
		until.tv_nsec += PROGRESS_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		while (k->running &&
		       pthread_cond_timedwait(&k->ended, &k->lock, &until) != ETIMEDOUT)
			;
		tell(k, m, 0);
		pthread_mutex_unlock(&k->lock);
		look_after(k);
		pthread_mutex_lock(&k->lock);
	} while (k->running);
	pthread_mutex_unlock(&k->lock);
}

/* What is left of it then is said, too: on a slow card it takes a while. */
static void write_out(struct copier *k, struct meter *m)
{
	int failed = 0;

	flush_end(k->shared.flush);
	while (!flush_ended(k->shared.flush, PROGRESS_MS, &failed)) {
		pthread_mutex_lock(&k->lock);
		tell(k, m, flush_left(k->shared.flush));
		pthread_mutex_unlock(&k->lock);
	}
	look_after(k);
}

/* --- all of it ------------------------------------------------------------------------------- */

static void run_threads(struct copier *k, struct meter *m)
{
	unsigned wanted = thread_count(k->c->threads);
	pthread_t threads[THREADS_MAX];
	unsigned started = 0;

	k->running = wanted;
	while (started < wanted && pthread_create(&threads[started], NULL, work, k) == 0)
		started++;
	pthread_mutex_lock(&k->lock);
	k->running -= wanted - started;
	pthread_mutex_unlock(&k->lock);
	if (started == 0) {
		struct err e;

		err_set(&e, ERR_IO, NULL, "cannot start a thread");
		fail(k, &e);
	}
	wait_for_all(k, m);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}

static void report_failures(struct copier *k)
{
	while (k->failures) {
		struct failure *f = k->failures;

		k->failures = f->next;
		if (k->c->failed)
			k->c->failed(k->c->ctx, f->path, &f->why);
		free(f);
	}
}

/* Who stops it waits for what is on its way; a full disk has taken all the same what was finished.
 */
static void settle(struct copier *k, struct meter *m)
{
	bool cancelled = k->c->cancelled && *k->c->cancelled;

	if (!cancelled && (!k->error.code || k->error.code == ERR_TOO_SMALL)) {
		write_out(k, m);
		return;
	}
	flush_stop(k->shared.flush);
	look_after(k);
}

static int finish(struct copier *k, struct meter *m, struct store_result *ret, struct err *e)
{
	report_failures(k);
	settle(k, m);
	if (k->c->cancelled && *k->c->cancelled)
		return err_set(e, ERR_CANCELLED, "run it again to go on where it stopped",
			       "the copy of the store was stopped");
	if (k->error.code) {
		*e = k->error;
		return -(int)e->code;
	}
	*ret = k->result;
	return 0;
}

static void copier_clear(struct copier *k)
{
	copied_close(&k->copied);
	flush_free(k->shared.flush);
	mem_close_fd(&k->shared.store);
	free(k->queue);
	free(k->finished);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->ended);
}

static void copier_init(struct copier *k)
{
	pthread_condattr_t clock;

	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->ended, &clock);
	pthread_condattr_destroy(&clock);
}

int store_copy(const struct store_copy *c, const struct source *s, struct registration *r,
	       struct store_result *ret, struct err *e)
{
	_cleanup_(copier_clear) struct copier k = {
		.c = c,
		.source = s,
		.registration = r,
		.shared = {.store = -1, .cancelled = c->cancelled},
		.copied = {.fd = -1},
	};
	struct meter meter;
	mode_t before;
	int n;

	copier_init(&k);
	/* The modes are what they are asked for, whoever started us. */
	before = umask(022);
	n = make_store(c->store, &k.shared.store, e);
	if (n == 0)
		n = remove_unfinished(k.shared.store, e);
	if (n == 0)
		n = copied_open(&k.copied, c->journal, c->target, e);
	if (n == 0) {
		make_queue(&k);
		n = check_room(&k, e);
	}
	if (n < 0) {
		umask(before);
		return n;
	}
	k.shared.flush = flush_new(k.shared.store);
	meter = (struct meter){.all = registration_wanted(r), .kept_bytes = k.bytes_done};
	run_threads(&k, &meter);
	umask(before);
	return finish(&k, &meter, ret, e);
}

int store_hand_over(const struct store_copy *c, const struct registration *r, struct err *e)
{
	_cleanup_copied_ struct copied copied = {.fd = -1};
	int n;

	if (!c->journal)
		return 0;
	if (unlink(c->journal) < 0 && errno != ENOENT)
		return err_errno(e, errno, NULL, "cannot remove %s", c->journal);
	if (!r)
		return 0;
	n = copied_open(&copied, c->journal, c->target, e);
	for (size_t i = 0; i < r->paths.count && n == 0; i++)
		if (r->paths.items[i].told)
			n = copied_add(&copied, r->paths.items[i].name, e);
	return n;
}
