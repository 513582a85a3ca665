/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a journal tells of a run that was cut off: whether a disk has been changed. */
#include "run/run.h"
#include "support/check.h"

static void test_rows(void **state)
{
	static const struct {
		const char *done, *part;
		bool finished, begun;
	} rows[] = {
		{NULL, NULL, false, false},
		{"hook-1", NULL, false, false},
		{"open-2", NULL, false, false},
		{"mount", NULL, false, false},
		/* It was written down before the table was. */
		{NULL, "8d6c3ab2-6c2f-4d50-9c0e-000000000001", false, true},
		{"shrink-3", NULL, false, true},
		{"partition", NULL, false, true},
		{"partition-disk2", NULL, false, true},
		{"encrypt-2", NULL, false, true},
		{"format-1", NULL, false, true},
		{"format-disk2-1", NULL, false, true},
		/* A system that somebody uses. */
		{"format-1", "8d6c3ab2-6c2f-4d50-9c0e-000000000001", true, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		struct journal j = {.arena = a, .finished = rows[i].finished};

		if (rows[i].done)
			strings_add(a, &j.done, rows[i].done);
		if (rows[i].part)
			strings_add(a, &j.parts, rows[i].part);
		check_row(i, run_has_begun(&j) == rows[i].begun);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
