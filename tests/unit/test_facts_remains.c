/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a disk counts as holding data, that is, when somebody must agree to lose it. */
#include "support/check.h"

#include "facts/facts.h"

static char ours_1[] = "11111111-0000-5000-8000-000000000001";
static char ours_2[] = "11111111-0000-5000-8000-000000000002";
static char theirs[] = "22222222-0000-4000-8000-000000000001";
static char gpt[] = "gpt", sun[] = "sun", luks[] = "crypto_LUKS";

static const struct {
	const char *what;
	char *table, *fs_type;
	char *guids[2]; /* of its partitions */
	size_t partitions;
	bool has_data, after_our_run;
} rows[] = {
	{"nothing", NULL, NULL, {NULL}, 0, false, false},
	{"an empty table", gpt, NULL, {NULL}, 0, false, false},
	{"a table that the kernel may not read", sun, NULL, {NULL}, 0, true, true},
	{"encrypted as a whole", NULL, luks, {NULL}, 0, true, true},
	{"somebody's", gpt, NULL, {theirs}, 1, true, true},
	{"without identifiers", gpt, NULL, {NULL}, 1, true, true},
	{"ours", gpt, NULL, {ours_1, ours_2}, 2, true, false},
	{"a part of ours", gpt, NULL, {ours_2}, 1, true, false},
	{"ours and somebody's", gpt, NULL, {ours_1, theirs}, 2, true, true},
	{"ours with something on the whole disk", gpt, luks, {ours_1}, 1, true, true},
};

static void test_data(void **state)
{
	char *guids[] = {ours_1, ours_2};
	const struct strings run = {guids, ARRAY_SIZE(guids)}, none = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct partition parts[2] = {{.guid = rows[i].guids[0]},
					     {.guid = rows[i].guids[1]}};
		struct disk disk = {.table = rows[i].table, .fs_type = rows[i].fs_type};
		struct facts facts = {0};

		disk.partitions.items = parts;
		disk.partitions.count = rows[i].partitions;
		facts.disks.items = &disk;
		facts.disks.count = 1;
		check_row(i, disk_has_data(&disk) == rows[i].has_data);
		facts_mark_remains(&facts, &run);
		check_row(i, disk_has_data(&disk) == rows[i].after_our_run);
		facts_mark_remains(&facts, &none);
		check_row(i, disk_has_data(&disk) == rows[i].has_data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_data)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
