/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-gpt: how long a partition table takes, beside sfdisk and sgdisk in the same run.
 *
 * Three partitions on a sparse disk of 1 TB: a loop device as root, else the file itself (where
 * no kernel has to be told). The programs take turns, so that what else the machine does hits
 * all of them. Prints the median, the fastest, and the ratio of medians to ours; a program that
 * is not here is named as missing. Goal: at most 30 ms.
 */
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "partition/disk.h"

#define SEED	   "5a3c1f0e-1111-4222-8333-944455556666"
#define DISK_BYTES UINT64_C(1000204886016)

enum { ROUNDS = 9, NODE_MS = 5000, RUNNERS = 3 };

struct disk {
	char file[64], path[64];
	int fd;
	struct layout l;
	char script[1024]; /* for sfdisk */
	char sgdisk[LAYOUT_PARTS_MAX * 3][96];
	const char *sgdisk_argv[LAYOUT_PARTS_MAX * 6 + 4];
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int run_ours(const struct disk *d, struct err *e)
{
	return disk_write_table(d->path, &d->l, NODE_MS, e);
}

static int run_sfdisk(const struct disk *d, struct err *e)
{
	const char *const argv[] = {"sfdisk", "-q",    "--wipe", "always", "--wipe-partitions",
				    "always", d->path, NULL};
	const struct proc p = {.argv = argv, .input = d->script, .input_len = strlen(d->script)};

	return proc_run(&p, e);
}

static int run_sgdisk(const struct disk *d, struct err *e)
{
	const struct proc p = {.argv = d->sgdisk_argv};

	return proc_run(&p, e);
}

static const struct runner {
	const char *name;
	int (*run)(const struct disk *d, struct err *e);
} runners[RUNNERS] = {
	{"disk_write_table", run_ours},
	{"sfdisk", run_sfdisk},
	{"sgdisk", run_sgdisk},
};

static void describe_for_sfdisk(struct disk *d)
{
	struct str s = {0};

	str_addf(&s, "label: gpt\nlabel-id: %s\n", d->l.disk_guid);
	for (size_t i = 0; i < d->l.count; i++) {
		const struct part *p = &d->l.parts[i];

		str_addf(&s, "start=%llu, size=%llu, type=%s, uuid=%s, name=\"%s\"\n",
			 (unsigned long long)p->start / 512, (unsigned long long)p->size / 512,
			 p->type_guid, p->guid, p->name);
	}
	snprintf(d->script, sizeof(d->script), "%s", str_get(&s));
	str_clear(&s);
}

static void describe_for_sgdisk(struct disk *d)
{
	size_t n = 0;

	d->sgdisk_argv[n++] = "sgdisk";
	d->sgdisk_argv[n++] = "--clear";
	for (size_t i = 0; i < d->l.count; i++) {
		const struct part *p = &d->l.parts[i];
		char(*text)[96] = &d->sgdisk[i * 3];

		snprintf(text[0], sizeof(text[0]), "--new=%u:%llu:%llu", p->number,
			 (unsigned long long)p->start / 512,
			 (unsigned long long)(p->start + p->size) / 512 - 1);
		snprintf(text[1], sizeof(text[1]), "--typecode=%u:%s", p->number, p->type_guid);
		snprintf(text[2], sizeof(text[2]), "--change-name=%u:%s", p->number, p->name);
		for (size_t j = 0; j < 3; j++)
			d->sgdisk_argv[n++] = text[j];
	}
	d->sgdisk_argv[n++] = d->path;
	d->sgdisk_argv[n] = NULL;
}

/* A loop device over the file when there is one to be had; else the file. */
static void attach(struct disk *d)
{
	_cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	_cleanup_close_ int backing = open(d->file, O_RDWR | O_CLOEXEC);
	struct loop_config config = {.fd = (uint32_t)backing,
				     .info.lo_flags = LO_FLAGS_PARTSCAN | LO_FLAGS_AUTOCLEAR};
	int number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

	snprintf(d->path, sizeof(d->path), "/dev/loop%d", number);
	d->fd = number < 0 ? -1 : open(d->path, O_RDWR | O_CLOEXEC);
	if (d->fd < 0 || ioctl(d->fd, LOOP_CONFIGURE, &config) < 0)
		snprintf(d->path, sizeof(d->path), "%s", d->file);
}

static int disk_open(struct disk *d, struct err *e)
{
	const struct layout_request r = {
		.disk_bytes = DISK_BYTES,
		.sector_bytes = 512,
		.boot = BOOT_UEFI,
		.root_fs = FS_EXT4,
		.swap_bytes = UINT64_C(8) << 30,
		.seed = SEED,
	};
	int fd, failed = layout_make(&r, &d->l, e);

	if (failed < 0)
		return failed;
	snprintf(d->file, sizeof(d->file), "/tmp/archibald-bench-gpt-XXXXXX");
	fd = mkstemp(d->file);
	if (fd < 0 || ftruncate(fd, (off_t)DISK_BYTES) < 0)
		return err_set(e, ERR_IO, NULL, "cannot make a sparse file of 1 TB in /tmp");
	close(fd);
	attach(d);
	describe_for_sfdisk(d);
	describe_for_sgdisk(d);
	return 0;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(const struct disk *d, struct err *e)
{
	double ms[RUNNERS][ROUNDS];
	bool missing[RUNNERS] = {false};

	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < RUNNERS; i++) {
			double start = now_ms();
			int r = missing[i] ? 0 : runners[i].run(d, e);

			ms[i][round] = now_ms() - start;
			missing[i] = missing[i] || r == -ERR_NOT_FOUND;
			if (r < 0 && !missing[i])
				return err_context(e, "%s", runners[i].name);
		}
	for (size_t i = 0; i < RUNNERS; i++) {
		qsort(ms[i], ROUNDS, sizeof(ms[i][0]), by_size);
		if (missing[i])
			printf("%-17s missing\n", runners[i].name);
		else
			printf("%-17s median %7.1f ms, fastest %7.1f ms, ratio %5.1f\n",
			       runners[i].name, ms[i][ROUNDS / 2], ms[i][0],
			       ms[i][ROUNDS / 2] / ms[0][ROUNDS / 2]);
	}
	return 0;
}

int main(void)
{
	struct disk d = {.fd = -1};
	struct err e = {0};
	int r;

	if (setenv("PATH", "/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		return 1;
	r = disk_open(&d, &e);
	if (r == 0) {
		printf("%zu partitions on %s, %d rounds\n", d.l.count, d.path, ROUNDS);
		r = measure(&d, &e);
	}
	if (d.fd >= 0)
		close(d.fd);
	if (d.file[0])
		unlink(d.file);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", e.what, e.why);
	return r < 0;
}
