/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan: which partitions may be used for what, and what is refused before anything is written. */
#include "support/check.h"

#include "plan/plan.h"
#include "support/interview.h"
#include "support/kept.h"

/* Made anew it is inside of a container as the root is; without encryption it may stay. */
static void test_swap(void **state)
{
	_cleanup_text_ struct text luks = {0}, plain = {0};

	(void)state;
	make_dual(&luks, dual, ARRAY_SIZE(dual), "uefi",
		  USE(BOOT "," ROOT
			   ",{\"match\":5,\"mountPoint\":\"swap\",\"format\":true}") "," ENCRYPTED);
	check_contains(luks.text, "encrypt partition 5 (swap)");
	make_dual(&plain, dual, ARRAY_SIZE(dual), "uefi",
		  USE(BOOT "," ROOT ",{\"match\":5,\"mountPoint\":\"swap\"}"));
	check_contains(plain.text, "KEEP    5  swap");
}

/* A partition has the size that it has: what cannot be made in it is refused, not found out once
 * the disk is written. */
static void test_small(void **state)
{
	static const struct {
		unsigned long long size;
		const char *use, *more, *says; /* NULL: it is large enough */
	} rows[] = {
		{16, "swap\"", "," ENCRYPTED, "too small for swap: it has 16 MiB and needs 17 MiB"},
		{17, "swap\"", "," ENCRYPTED, NULL},
		{1, "swap\"", "", NULL},
		{7, "/srv\",\"fileSystem\":\"ext4\"", "", "needs 8 MiB"},
		{8, "/srv\",\"fileSystem\":\"ext4\"", "", NULL},
		{255, "/srv\",\"fileSystem\":\"btrfs\"", "", "needs 256 MiB"},
		{256, "/srv\",\"fileSystem\":\"btrfs\"", "", NULL},
		{63, "/srv\",\"fileSystem\":\"f2fs\"", "", "needs 64 MiB"},
		{64, "/srv\",\"fileSystem\":\"f2fs\"", "", NULL},
		{300, "/srv\",\"fileSystem\":\"xfs\"", "", NULL},
		{315, "/srv\",\"fileSystem\":\"xfs\"", "," ENCRYPTED, "needs 316 MiB"},
		{316, "/srv\",\"fileSystem\":\"xfs\"", "," ENCRYPTED, NULL},
		{32, "/srv\",\"fileSystem\":\"vfat\"", "", "needs 33 MiB"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_text_ struct text t = {0};
		struct spec specs[ARRAY_SIZE(dual)];
		_cleanup_free_ char *members = xasprintf(USE(BOOT "," ROOT
								  ",{\"match\":5,\"format\":true,"
								  "\"mountPoint\":\"%s}") "%s",
							 rows[i].use, rows[i].more);

		memcpy(specs, dual, sizeof(dual));
		specs[4].size = rows[i].size;
		_cleanup_free_ char *facts = machine("uefi", "gpt", specs, ARRAY_SIZE(dual));
		make(&t, facts, members, NULL);
		check_row(i, t.n == (rows[i].says ? -ERR_TOO_SMALL : 0));
		if (rows[i].says)
			check_contains(t.e.what, rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
