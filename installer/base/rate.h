/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rate: how fast bytes come, over the last seconds, and what that says about the rest. Pure: the
 * caller says what time it is. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define RATE_UNKNOWN UINT64_MAX

enum { RATE_SAMPLES = 32 };
struct rate {
	struct rate_sample {
		int64_t ms;
		uint64_t bytes;
	} samples[RATE_SAMPLES]; /* a ring */
	size_t count;
};

/* At `ms` so many bytes had come in all. When there are fewer than before, it is something else
 * that comes now, and what was known is forgotten. */
void rate_add(struct rate *r, int64_t ms, uint64_t bytes);
/* Bytes a second; 0: nothing came, or nobody can say yet. */
uint64_t rate_per_second(const struct rate *r);
/* Seconds until `total`; RATE_UNKNOWN where nobody can say. */
uint64_t rate_seconds_left(const struct rate *r, uint64_t total);
