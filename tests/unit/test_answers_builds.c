/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is proposed for building with little memory, and what fits the machine, as rows. */
#include "support/check.h"

#include "answers/questions_builds.h"
#include "support/interview.h"

#define GIB (1ULL << 30)

struct row {
	uint64_t memory, disk;
	uint32_t threads;
	const char *kept; /* for audio */
	bool asked;
	const char *swap, *cores, *isolation;
};

static const struct row rows[] = {
	/* The specification's own example: 24 GB, 8 cores, 32 GB of swap. */
	{24 * GIB, 1000 * GIB, 8, NULL, true, "32 GiB", "4", "2-7"},
	{24 * GIB, 1000 * GIB, 8, "1-3", true, "32 GiB", "4", NULL},
	{4 * GIB, 120 * GIB, 2, NULL, true, "30 GiB", "1", NULL}, /* a quarter of the disk */
	{8 * GIB, 1000 * GIB, 1, NULL, true, "48 GiB", "1", NULL},
	{31 * GIB, 1000 * GIB, 16, NULL, false, "25 GiB", "8", "2-15"}, /* sold as 32 */
	{64 * GIB, 2 * GIB, 16, NULL, false, "1 GiB", "8", "2-15"},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		_cleanup_arena_ struct arena *a = arena_new();
		struct disk disk = {.path = (char[]){"/dev/vda"}, .bytes = r->disk};
		struct facts f = {.memory_bytes = r->memory, .cpu.threads = r->threads};
		struct answers w = {.disk_path = disk.path,
				    .variant = (char[]){"iso"},
				    .realtime_tuning = true,
				    .audio_cores = (char *)(uintptr_t)r->kept};
		struct variants variants = {0};
		const struct interview v = {&f, &variants, &w, NULL, NULL};

		struct variant *x = list_push(a, &variants.list);

		x->name = "iso";
		*list_push(a, &x->kernel_params) = (struct variant_param){.value = "isolcpus=1-3",
									  .cores = true};
		f.disks.items = &disk;
		f.disks.count = 1;
		assert_int_equal(builds_may_starve(&v), r->asked);
		assert_string_equal(propose_build_swap(&v, a), r->swap);
		assert_string_equal(propose_build_cores(&v, a), r->cores);
		if (r->isolation)
			assert_string_equal(propose_build_isolation(&v, a), r->isolation);
		else
			assert_null(propose_build_isolation(&v, a));
	}
}

/* On a machine of eight: with others the Nix daemon would not start. */
static void test_isolation_fits(void **state)
{
	static const struct {
		const char *cores, *problem; /* NULL: it fits */
	} fits[] = {
		{"2-7", NULL},
		{"1", NULL},
		{"0-7", "processor 0 cannot be kept for builds"},
		{"1-15", "no processor 15: this machine has 8"},
		{"900-999", "no processor 900"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fits); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *text = xasprintf(
			"{\"version\":1,\"variant\":\"iso\",\"disk\":{\"path\":\"/dev/vda\"},"
			"\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT
			"\"}},\"audio\":{\"cores\":\"none\"},\"builds\":{\"constrained\":true,"
			"\"isolatedCores\":\"%s\"}}",
			fits[i].cores);
		_cleanup_free_ char *problems = setting_problems_of(s, text);

		check_row(i, fits[i].problem ? strstr(problems, fits[i].problem) != NULL
					     : !problems[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
					   cmocka_unit_test(test_isolation_fits)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
