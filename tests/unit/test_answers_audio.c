/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which processors are proposed for audio, and which can be none, on machines of all kinds. */
#include "support/check.h"

#include "support/interview.h"

#define CLUSTER(cpus, core, capacity) \
	"{\"cpus\":\"" cpus "\",\"core\":\"" core "\",\"capacity\":" #capacity "}"
#define CPU(arch, threads, clusters)                                          \
	"{\"version\":1,\"arch\":\"" arch "\",\"cpu\":{\"threads\":" #threads \
	",\"clusters\":[" clusters "]},\"memoryBytes\":" MEMORY_8G "," FIRMWARE_UEFI_TEXT "}"
#define PLAIN CPU("x86_64", 8, "")
#define TWO   CPU("x86_64", 2, CLUSTER("0-1", "", 0))
#define FOUR  CPU("x86_64", 4, CLUSTER("0-3", "", 0))
#define HYBRID \
	CPU("x86_64", 24, CLUSTER("0-15", "performance", 0) "," CLUSTER("16-23", "efficiency", 0))
#define BACKWARD \
	CPU("x86_64", 12, CLUSTER("0-7", "efficiency", 0) "," CLUSTER("8-11", "performance", 0))
#define RK3588 \
	CPU("aarch64", 8, CLUSTER("0-3", "Cortex-A55", 530) "," CLUSTER("4-7", "Cortex-A76", 1024))
#define GAP CPU("x86_64", 6, CLUSTER("0,2-3,5-7", "", 0))

static const struct {
	const char *machine, *variant, *proposal; /* NULL: there is no such question */
} proposals[] = {
	{PLAIN, "iso", "1-3"},	       {TWO, "iso", "none"},	  {FOUR, "iso", "1-3"},
	{HYBRID, "iso", "1-3"},	       {BACKWARD, "iso", "8-10"}, {RK3588, "orangepi5", "1-7"},
	{RK3588, "arm-generic", NULL}, {PLAIN, "server", NULL},	  {GAP, "iso", "2-3,5"},
};

static void test_proposals(void **state)
{
	const struct question *q = question_needed("audio.cores");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(proposals); i++) {
		_cleanup_setting_ struct setting *s = setting_new(proposals[i].machine);

		answer(s, "variant", proposals[i].variant);
		answers_complete(&s->v, &s->problems);
		check_row(i, str_eq(s->answers->audio_cores, proposals[i].proposal));
		check_row(i, question_is_asked(&s->v, q) == (proposals[i].proposal != NULL));
		check_row(i, (s->answers->audio_cores == NULL) !=
				     s->answers->given[question_index(q)]);
	}
}

static const struct {
	const char *machine, *cores, *problem; /* NULL: it fits */
} fits[] = {
	{PLAIN, "none", NULL},
	{PLAIN, "1-7", NULL},
	{PLAIN, "7", NULL},
	{PLAIN, "0-3", "processor 0 cannot"},
	{PLAIN, "1,0", "processor 0 cannot"},
	{PLAIN, "1-8", "no processor 8: this machine has 8"},
	{PLAIN, "1,9999", "no processor 9999"},
	{PLAIN, "1-3,", "cannot be used"},
	{PLAIN, "all", "cannot be used"},
	{TWO, "1", NULL},
	{GAP, "1", "no processor 1"},
	{GAP, "2-5", "no processor 4"},
};

static void test_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fits); i++) {
		_cleanup_setting_ struct setting *s = setting_new(fits[i].machine);
		_cleanup_free_ char *text = xasprintf(
			"{\"version\":1,\"variant\":\"iso\",\"disk\":{\"path\":\"/dev/"
			"vda\"},\"users\":"
			"{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT
			"\"}},\"audio\":{\"cores\":\"%s\"}}",
			fits[i].cores);
		_cleanup_free_ char *problems = setting_problems_of(s, text);

		check_row(i, fits[i].problem ? strstr(problems, fits[i].problem) != NULL
					     : !problems[0]);
	}
}

/* Who keeps none for audio may keep some for builds. */
static void test_builds(void **state)
{
	(void)state;
	for (int none = 0; none < 2; none++) {
		_cleanup_setting_ struct setting *s = setting_new(PLAIN);
		_cleanup_free_ char *problems = NULL;

		answer(s, "variant", "iso");
		answer(s, "audio.cores", none ? "none" : "1");
		answer(s, "builds.constrained", "yes");
		answer(s, "builds.isolatedCores", "2-7");
		answers_complete(&s->v, &s->problems);
		problems = setting_problems(s);
		assert_true(none == !strstr(problems, "builds.isolatedCores"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proposals),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_builds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
