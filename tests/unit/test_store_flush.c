/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flush: how much may be on its way to the disk, who waits for it, and what is made of a disk that
 * fails. syncfs(2) is this file's, so that it takes as long as it is told, and fails;
 * sync_file_range(2) only counts.
 */
#include "support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "store/copy.h"
#include "store/flush.h"

#define MIB	       (1ULL << 20)
#define ON_ITS_WAY_MAX (128 * MIB) /* as long as nobody knows the disk */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct {
	bool closed; /* nothing is written out */
	int error;
	unsigned begun, ended, files;
	uint64_t added;
} disk;

int syncfs(int fd)
{
	int error;

	(void)fd;
	pthread_mutex_lock(&lock);
	disk.begun++;
	pthread_cond_broadcast(&changed);
	while (disk.closed)
		pthread_cond_wait(&changed, &lock);
	disk.ended++;
	error = disk.error;
	pthread_mutex_unlock(&lock);
	errno = error;
	return error ? -1 : 0;
}

int sync_file_range(int fd, off_t offset, off_t len, unsigned flags)
{
	assert_true(fcntl(fd, F_GETFD) >= 0);
	assert_true(offset == 0 && len == 0 && flags == SYNC_FILE_RANGE_WRITE);
	pthread_mutex_lock(&lock);
	disk.files++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return 0;
}

static void set_disk(bool closed, int error)
{
	pthread_mutex_lock(&lock);
	disk.closed = closed;
	disk.error = error;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static struct flush *begin(bool closed, int error)
{
	set_disk(closed, error);
	disk.begun = disk.ended = disk.files = 0;
	disk.added = 0;
	return flush_new(-1);
}

static void *add_much(void *ctx)
{
	for (unsigned i = 0; i < 300; i++) {
		flush_add(ctx, MIB);
		pthread_mutex_lock(&lock);
		disk.added += MIB;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void wait_for_added(uint64_t bytes)
{
	pthread_mutex_lock(&lock);
	while (disk.added < bytes || !disk.begun)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static int wait_for_end(struct flush *f)
{
	int failed = -1;

	flush_end(f);
	while (!flush_ended(f, 1000, &failed))
		;
	return failed;
}

/* Who writes faster than the disk waits for it, and goes on when it has written. */
static void test_waits(void **state)
{
	struct flush *f = begin(true, 0);
	pthread_t thread;
	uint64_t added;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, add_much, f), 0);
	wait_for_added(ON_ITS_WAY_MAX);
	for (unsigned i = 0; i < 100; i++) {
		pthread_mutex_lock(&lock);
		added = disk.added;
		pthread_mutex_unlock(&lock);
		assert_int_equal(added, ON_ITS_WAY_MAX);
		sched_yield();
	}
	assert_true(flush_left(f) >= ON_ITS_WAY_MAX);
	set_disk(false, 0);
	pthread_join(thread, NULL);
	assert_int_equal(disk.added, 300 * MIB);
	assert_true(disk.ended >= 1);
	added = disk.ended;
	assert_int_equal(wait_for_end(f), 0);
	assert_true(disk.ended > added);
	assert_int_equal(flush_left(f), 0);
	assert_null(flush_free(f));
}

/* Ten seconds of what it took, neither too little for a card nor more than a disk needs. */
static void test_most(void **state)
{
	static const struct {
		uint64_t bytes, ms, most;
	} rows[] = {
		{100 * MIB, 10000, 100 * MIB}, {32 * MIB, 16000, 64 * MIB},
		{32 * MIB, 3600000, 64 * MIB}, {32 * MIB, 1000, 320 * MIB},
		{32 * MIB, 100, 1024 * MIB},   {32 * MIB, 0, 1024 * MIB},
		{UINT64_MAX, 1, 1024 * MIB},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(i, flush_most(rows[i].bytes, rows[i].ms) == rows[i].most);
}

/* Who asked to stop does not wait for the disk. */
static void test_let_go(void **state)
{
	struct flush *f = begin(true, 0);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, add_much, f), 0);
	wait_for_added(ON_ITS_WAY_MAX);
	flush_let_go(f);
	pthread_join(thread, NULL);
	assert_int_equal(disk.ended, 0);
	set_disk(false, 0);
	assert_null(flush_free(f));
	/* The one that was going on, and no last one. */
	assert_int_equal(disk.ended, disk.begun);
}

static void test_failing_disk(void **state)
{
	struct flush *f = begin(false, EIO);
	pthread_t thread;

	(void)state;
	assert_int_equal(flush_error(f), 0);
	assert_int_equal(pthread_create(&thread, NULL, add_much, f), 0);
	pthread_join(thread, NULL);
	assert_int_equal(wait_for_end(f), EIO);
	assert_int_equal(flush_error(f), EIO);
	assert_null(flush_free(f));
}

/* A mark is reached by a write that began after it, and did not fail. */
static void test_marks(void **state)
{
	struct flush *f = begin(true, 0);
	uint64_t mark;

	(void)state;
	flush_add(f, 40 * MIB);
	wait_for_added(0); /* it is being written out */
	mark = flush_mark(f);
	set_disk(false, 0);
	while (flush_left(f) > MIB)
		sched_yield();
	assert_true(flush_reached(f) < mark);
	assert_int_equal(wait_for_end(f), 0);
	assert_true(flush_reached(f) >= mark);
	flush_free(f);

	f = begin(false, EIO);
	mark = flush_mark(f);
	assert_int_equal(wait_for_end(f), EIO);
	assert_true(flush_reached(f) < mark);
	flush_free(f);

	/* Who stops gets what was being written out, and no more. */
	f = begin(true, 0);
	mark = flush_mark(f);
	flush_add(f, 40 * MIB);
	wait_for_added(0);
	assert_true(flush_reached(f) < mark);
	set_disk(false, 0);
	flush_stop(f);
	assert_true(flush_reached(f) >= mark);
	flush_free(f);
}

static unsigned open_files(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void give_files(struct flush *f, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		flush_file(f, fd);
	}
}

/* A file is begun with when nothing else is due. Nobody waits for that, and no more descriptors are
 * held than some; in the end none, whatever became of the disk. */
static void test_files(void **state)
{
	unsigned before = open_files();
	struct flush *f = begin(false, 0);

	(void)state;
	give_files(f, 1);
	pthread_mutex_lock(&lock);
	while (!disk.files)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	assert_int_equal(wait_for_end(f), 0);
	give_files(f, 1);
	flush_free(f);
	assert_int_equal(open_files(), before);
	assert_int_equal(disk.files, 1);

	f = begin(true, 0);
	flush_add(f, 40 * MIB);
	wait_for_added(0); /* it is being written out, and does not come to the files */
	give_files(f, 300);
	assert_true(open_files() < before + 100);
	assert_int_equal(disk.files, 0);
	set_disk(false, 0);
	assert_int_equal(wait_for_end(f), 0);
	flush_free(f);
	assert_int_equal(open_files(), before);

	f = begin(false, EIO);
	flush_add(f, 40 * MIB);
	while (!flush_error(f))
		sched_yield();
	give_files(f, 3);
	flush_free(f);
	assert_int_equal(open_files(), before);
}

struct told {
	unsigned times;
	volatile int cancelled;
	bool cancel;
};

static void on_progress(void *ctx, const struct store_progress *p)
{
	struct told *t = ctx;

	t->times++;
	if (t->cancel && p->paths)
		t->cancelled = 1;
}

/* All paths are copied, and the disk does not take them: no copy, and nothing that the next run
 * believes. Nor after a stop, when what was copied may still be lost. */
static void test_copy(void **state)
{
	static const char text[] =
		"/nix/store/00000000000000000000000000000000-a\n"
		"77ac62e2629d8e45f624589c0c8bf99e24b3a722349bf1e79bc186008534e246"
		"\n112\n\n0\n";
	_cleanup_(scratch_free) char *dir = scratch_new();
	_cleanup_free_ char *store = xasprintf("%s/target", dir);
	_cleanup_free_ char *journal = xasprintf("%s/copied", dir);
	_cleanup_source_ struct source *s = NULL;
	_cleanup_registration_ struct registration r = {0};
	struct strings missing = {0};
	struct store_result result;
	struct told told = {0};
	const struct store_copy c = {.store = store,
				     .journal = journal,
				     .target = "test",
				     .cancelled = &told.cancelled,
				     .progress = on_progress,
				     .ctx = &told};
	struct err e;

	(void)state;
	assert_int_equal(registration_parse(text, strlen(text), &r, &e), 0);
	assert_int_equal(registration_want(&r, r.paths.items[0].name, &missing, &e), 0);
	scratch_file(dir, r.paths.items[0].name, "");
	assert_int_equal(tree_open(dir, &s, &e), 0);
	set_disk(false, EIO);
	assert_int_equal(store_copy(&c, s, &r, &result, &e), -ERR_IO);
	check_contains(e.what, "cannot write what was copied");
	assert_true(told.times > 0);
	/* A disk that is full when it is written out is no failing one. */
	set_disk(false, EDQUOT);
	assert_int_equal(store_copy(&c, s, &r, &result, &e), -ERR_TOO_SMALL);
	check_contains(e.what, "the target is full");
	set_disk(false, 0);
	told.cancel = true;
	assert_int_equal(store_copy(&c, s, &r, &result, &e), -ERR_CANCELLED);
	told.cancel = false;
	told.cancelled = 0;
	assert_int_equal(store_copy(&c, s, &r, &result, &e), 0);
	assert_int_equal(result.kept, 0);
	assert_int_equal(store_copy(&c, s, &r, &result, &e), 0);
	assert_int_equal(result.kept, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),  cmocka_unit_test(test_most),
		cmocka_unit_test(test_let_go), cmocka_unit_test(test_failing_disk),
		cmocka_unit_test(test_marks),  cmocka_unit_test(test_files),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
