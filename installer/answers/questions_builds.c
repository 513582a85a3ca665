/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/questions_builds.h"

#include "answers/questions_audio.h"
#include "base/str.h"

#define GIB (1ULL << 30)

/* What a full build gets by with, memory and swap together, and the memory under which it does not
 * by itself: 32 GB are 29.8 GiB, of which firmware and kernel keep some. */
enum { TOTAL_GIB = 56, ENOUGH_MIB = 29 * 1024 };

bool builds_may_starve(const struct interview *v)
{
	return interview_variant(v) && v->facts->memory_bytes >> 20 < ENOUGH_MIB;
}

bool builds_constrained(const struct interview *v)
{
	return v->answers->builds.constrained;
}

/* What is missing to the total, in whole GiB, but no more than a quarter of the disk. */
const char *propose_build_swap(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	uint64_t memory = (v->facts->memory_bytes + GIB / 2) / GIB;
	uint64_t missing = memory < TOTAL_GIB ? TOTAL_GIB - memory : 1;

	if (d && missing > d->bytes / 4 / GIB)
		missing = d->bytes / 4 / GIB;
	return arena_printf(a, "%llu GiB", (unsigned long long)(missing ? missing : 1));
}

const char *propose_build_jobs(const struct interview *v, struct arena *a)
{
	(void)v;
	(void)a;
	return "1";
}

const char *propose_build_cores(const struct interview *v, struct arena *a)
{
	uint32_t half = v->facts->cpu.threads / 2;

	return arena_printf(a, "%u", half ? half : 1);
}

const char *propose_build_memory(const struct interview *v, struct arena *a)
{
	(void)v;
	(void)a;
	return "80%";
}

/* With processors that are not there the Nix daemon does not start (CPUAFFINITY). */
bool build_isolation_fits(const struct interview *v, const char *text, struct str *why)
{
	return cores_can_be_isolated(v, text, "builds", why);
}

/* As the specification's example: all but the first two, on a machine with eight or more. Cores
 * that are kept for audio are not kept for builds as well. */
const char *propose_build_isolation(const struct interview *v, struct arena *a)
{
	const char *list = arena_printf(a, "2-%u", v->facts->cpu.threads - 1);
	_cleanup_str_ struct str why = {0};

	if (cores_for_audio(v) || v->facts->cpu.threads < 8)
		return NULL;
	/* Numbers may have gaps. */
	return build_isolation_fits(v, list, &why) ? list : NULL;
}
