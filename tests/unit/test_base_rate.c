/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast bytes come. */
#include "base/rate.h"
#include "support/check.h"

static void nothing_yet(void **state)
{
	struct rate r = {0};

	(void)state;
	assert_int_equal(rate_per_second(&r), 0);
	assert_true(rate_seconds_left(&r, 100) == RATE_UNKNOWN);
	rate_add(&r, 0, 50);
	assert_int_equal(rate_per_second(&r), 0);
	/* The same moment twice divides by nothing. */
	rate_add(&r, 0, 60);
	assert_int_equal(rate_per_second(&r), 0);
}

static void steady(void **state)
{
	struct rate r = {0};

	(void)state;
	for (int64_t s = 0; s <= 60; s++)
		rate_add(&r, s * 1000, (uint64_t)s * 2000);
	assert_int_equal(rate_per_second(&r), 2000);
	assert_int_equal(rate_seconds_left(&r, 130001), 6); /* not yet 5.0 */
	assert_int_equal(rate_seconds_left(&r, 120000), 0);
	/* More came than was expected. */
	assert_true(rate_seconds_left(&r, 100000) == RATE_UNKNOWN);
}

/* What was quick a while ago says nothing about now. */
static void forgets(void **state)
{
	struct rate r = {0};
	int64_t ms = 0;

	(void)state;
	for (; ms <= 20000; ms += 1000)
		rate_add(&r, ms, (uint64_t)ms * 1000);
	for (; ms <= 40000; ms += 1000)
		rate_add(&r, ms, 20000000 + (uint64_t)(ms - 20000));
	assert_in_range(rate_per_second(&r), 999, 1001);
	/* Something else comes. */
	rate_add(&r, 41000, 10);
	assert_int_equal(rate_per_second(&r), 0);
	rate_add(&r, 42000, 110);
	assert_int_equal(rate_per_second(&r), 100);
}

/* Samples that come quickly do not push the window out of the ring. */
static void many_a_second(void **state)
{
	struct rate r = {0};

	(void)state;
	for (int64_t ms = 0; ms <= 5000; ms += 10)
		rate_add(&r, ms, ms < 4000 ? 0 : (uint64_t)(ms - 4000));
	assert_in_range(rate_per_second(&r), 190, 210);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_yet),
		cmocka_unit_test(steady),
		cmocka_unit_test(forgets),
		cmocka_unit_test(many_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
