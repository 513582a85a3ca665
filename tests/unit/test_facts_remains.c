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

#define MIB  (UINT64_C(1) << 20)
#define DISK (UINT64_C(1000) * MIB)

static const struct {
	const char *what;
	char *table;
	uint64_t parts[4][2]; /* start and size; size 0: no more */
	uint64_t areas[4][2];
	bool second_is_ours;
} layouts[] = {
	{"an empty table", gpt, {{0, 0}}, {{MIB, 998 * MIB}}, false},
	{"no table that can be added to", sun, {{0, 0}}, {{0, 0}}, false},
	{"no table", NULL, {{0, 0}}, {{0, 0}}, false},
	{"the whole disk", gpt, {{MIB, 998 * MIB}}, {{0, 0}}, false},
	{"a gap in front, between and behind",
	 gpt,
	 {{10 * MIB, 10 * MIB}, {100 * MIB, 100 * MIB}},
	 {{MIB, 9 * MIB}, {20 * MIB, 80 * MIB}, {200 * MIB, 799 * MIB}},
	 false},
	{"by place, not by number",
	 gpt,
	 {{500 * MIB, 499 * MIB}, {MIB, 99 * MIB}},
	 {{100 * MIB, 400 * MIB}},
	 false},
	{"not on whole MiB: neither is taken from",
	 gpt,
	 {{17 * 1024, 3 * MIB}, {500 * MIB + 512, 499 * MIB}},
	 {{4 * MIB, 496 * MIB}},
	 false},
	{"one in another, as damaged tables have it",
	 gpt,
	 {{MIB, 500 * MIB}, {100 * MIB, 10 * MIB}},
	 {{501 * MIB, 498 * MIB}},
	 false},
	{"beyond the end", gpt, {{MIB, MIB}, {2000 * MIB, MIB}}, {{2 * MIB, 997 * MIB}}, false},
	{"what an interrupted run left is free",
	 gpt,
	 {{MIB, 99 * MIB}, {500 * MIB, 100 * MIB}},
	 {{100 * MIB, 899 * MIB}},
	 true},
};

static void test_areas(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		struct disk disk = {.bytes = DISK, .sector_bytes = 512, .table = layouts[i].table};
		struct disk_areas areas;
		size_t expected = 0;

		for (size_t j = 0; j < 4 && layouts[i].parts[j][1]; j++)
			*list_push(a, &disk.partitions) = (struct partition){
				.start = layouts[i].parts[j][0],
				.bytes = layouts[i].parts[j][1],
				.remains = j == 1 && layouts[i].second_is_ours,
			};
		areas = disk_free_areas(&disk, a);
		while (expected < 4 && layouts[i].areas[expected][1])
			expected++;
		check_row(i, areas.list.count == expected);
		for (size_t j = 0; j < expected; j++)
			check_row(i, areas.list.items[j].start == layouts[i].areas[j][0] &&
					     areas.list.items[j].bytes == layouts[i].areas[j][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_data),
					   cmocka_unit_test(test_areas)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
