/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rate.h"

enum { WINDOW_MS = 10000, STEP_MS = 500 };

static const struct rate_sample *newest(const struct rate *r)
{
	return &r->samples[(r->count - 1) % RATE_SAMPLES];
}

void rate_add(struct rate *r, int64_t ms, uint64_t bytes)
{
	const struct rate_sample sample = {ms, bytes};

	if (r->count && bytes < newest(r)->bytes)
		r->count = 0;
	/* The first sample stays; of those that follow closely the last one counts. */
	if (r->count > 1 && newest(r)->ms - r->samples[(r->count - 2) % RATE_SAMPLES].ms < STEP_MS)
		r->count--;
	r->samples[r->count++ % RATE_SAMPLES] = sample;
}

/* The oldest sample within the window, at least the one before the newest. */
static const struct rate_sample *oldest(const struct rate *r)
{
	size_t kept = r->count < RATE_SAMPLES ? r->count : RATE_SAMPLES;
	const struct rate_sample *last = newest(r);

	for (size_t back = kept - 1; back > 1; back--) {
		const struct rate_sample *s = &r->samples[(r->count - 1 - back) % RATE_SAMPLES];

		if (last->ms - s->ms <= WINDOW_MS)
			return s;
	}
	return &r->samples[(r->count - 2) % RATE_SAMPLES];
}

uint64_t rate_per_second(const struct rate *r)
{
	const struct rate_sample *from, *to;

	if (r->count < 2)
		return 0;
	from = oldest(r);
	to = newest(r);
	if (to->ms <= from->ms)
		return 0;
	return (uint64_t)((double)(to->bytes - from->bytes) * 1000 / (double)(to->ms - from->ms));
}

uint64_t rate_seconds_left(const struct rate *r, uint64_t total)
{
	uint64_t per_second = rate_per_second(r);

	if (!per_second || total < newest(r)->bytes)
		return RATE_UNKNOWN;
	return (total - newest(r)->bytes + per_second - 1) / per_second;
}
