/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-luks: what the step that makes a container takes, with the container prepared while
 * questions were answered and without.
 *
 * Three containers (root, swap, data) in files, at the cost that this machine's would have (two
 * seconds a try); both ways take turns, so that what else the machine does hits both. The wait for
 * the thread is not counted: a person takes longer for the next question. Prints each pair, the
 * medians and their ratio.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "run/preparing.h"

enum { ROUNDS = PREPARED_MAX, CONTAINER_MIB = 64, THREADS = 2 };
#define MIB	   (UINT64_C(1) << 20)
#define MEMORY_KIB (UINT32_C(512) << 10)

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int fail(const struct err *e)
{
	fprintf(stderr, "bench-luks: %s: %s\n", e->what, e->why);
	return 1;
}

/* The one and the other way onto the same file. */
static int one_round(struct preparing *p, const char *file, const struct secret *passphrase,
		     const struct luks_cost *limits, double ms[2], struct err *e)
{
	const struct part part = {.size = CONTAINER_MIB * MIB,
				  .encrypted = true,
				  .luks_uuid = "0f1e2d3c-4b5a-4697-8877-665544332211"};
	_cleanup_(luks_header_clear) struct luks_header h = LUKS_HEADER_NONE;
	const struct luks_cost cost = preparing_cost(p, limits);
	double begin = now_ms();
	uint32_t sector_bytes;
	int n = luks_sector_bytes(file, &sector_bytes, e);

	if (n == 0 && !preparing_take(p, passphrase, limits, sector_bytes, &h))
		n = err_set(e, ERR_INTERNAL, NULL, "nothing was prepared");
	if (n == 0)
		n = luks_header_write(&part, file, &h, e);
	ms[0] = now_ms() - begin;
	begin = now_ms();
	if (n == 0)
		n = luks_format(&part, file, passphrase, &cost, e);
	ms[1] = now_ms() - begin;
	return n;
}

int main(void)
{
	const struct luks_cost limits = {MEMORY_KIB, THREADS, LUKS_TRY_MS, 0};
	char file[] = "/var/tmp/archibald-bench-XXXXXX";
	_cleanup_close_ int fd = mkstemp(file);
	_cleanup_secret_ struct secret passphrase = {0};
	struct preparing p = PREPARING_NONE;
	double prepared[ROUNDS], direct[ROUNDS];
	struct preparing_wish w = {limits, &passphrase, {0}};
	struct err e = {0};
	int n = 0;

	secret_set(&passphrase, "correct horse", strlen("correct horse"));
	if (fd < 0 || ftruncate(fd, CONTAINER_MIB * MIB) < 0 ||
	    luks_sector_bytes(file, &w.sector_bytes[0], &e) < 0)
		return fail(&e);
	for (size_t i = 1; i < PREPARED_MAX; i++)
		w.sector_bytes[i] = w.sector_bytes[0];
	preparing_start(&p, &w);
	for (size_t i = 0; i < ROUNDS && n == 0; i++) {
		double ms[2];

		n = one_round(&p, file, &passphrase, &limits, ms, &e);
		prepared[i] = ms[0];
		direct[i] = ms[1];
		printf("container %zu: prepared %.0f ms, in the step %.0f ms\n", i + 1, ms[0],
		       ms[1]);
	}
	preparing_end(&p);
	unlink(file);
	if (n < 0)
		return fail(&e);
	qsort(prepared, ROUNDS, sizeof(double), by_size);
	qsort(direct, ROUNDS, sizeof(double), by_size);
	printf("median: prepared %.0f ms, in the step %.0f ms; ratio %.3f\n", prepared[ROUNDS / 2],
	       direct[ROUNDS / 2], prepared[ROUNDS / 2] / direct[ROUNDS / 2]);
	return 0;
}
