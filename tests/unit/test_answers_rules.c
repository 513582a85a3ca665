/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disk.match: which disk the rules lead to, and what is said when they lead to none. And what a
 * passphrase has to do with the keymap. */
#include "support/check.h"

#include <json-c/json.h>

#include "answers/checks.h"
#include "answers/disk_rules.h"

static char *links[] = {"/dev/disk/by-id/nvme-A_1", "/dev/disk/by-path/pci-0"};
static struct disk disks[] = {
	{.path = "/dev/sda",
	 .model = "Stick",
	 .bytes = 16ULL << 30,
	 .transport = TRANSPORT_USB,
	 .removable = true,
	 .live_medium = true},
	{.path = "/dev/nvme0n1",
	 .model = "Fast A",
	 .serial = "S1",
	 .bytes = 500ULL << 30,
	 .transport = TRANSPORT_NVME,
	 .links = {links, 2}},
	{.path = "/dev/nvme1n1",
	 .model = "Fast B",
	 .serial = "S2",
	 .bytes = 500ULL << 30,
	 .transport = TRANSPORT_NVME},
	{.path = "/dev/sdb", .bytes = 2000ULL << 30, .transport = TRANSPORT_SATA},
};
static const struct facts facts = {.disks = {disks, ARRAY_SIZE(disks)}};

static const struct {
	const char *rules, *path; /* NULL: none */
	const char *why;	  /* of the refusal */
} rows[] = {
	{"{\"path\":\"/dev/sdb\"}", "/dev/sdb", NULL},
	{"{\"byId\":\"*/nvme-A*\"}", "/dev/nvme0n1", NULL},
	{"{\"byId\":\"/dev/disk/by-path/*\"}", "/dev/nvme0n1", NULL},
	{"{\"model\":\"Fast*\",\"serial\":\"S2\"}", "/dev/nvme1n1", NULL},
	{"{\"model\":\"fast*\"}", NULL, "/dev/nvme0n1: its model is Fast A and not fast*"},
	/* A disk without a model fits no pattern, not even the one for anything. */
	{"{\"model\":\"*\",\"transport\":\"sata\"}", NULL, "/dev/sdb: its model is unknown"},
	{"{\"transport\":\"nvme\"}", NULL, "/dev/nvme0n1: fits; /dev/nvme1n1: fits"},
	{"{\"minSize\":\"1 TiB\"}", "/dev/sdb", NULL},
	{"{\"minSize\":\"2000 GiB\",\"maxSize\":\"2000 GiB\"}", "/dev/sdb", NULL},
	{"{\"maxSize\":\"499 GiB\"}", NULL, "/dev/sda: it is the medium this system"},
	{"{\"removable\":true}", NULL, "/dev/sdb: it is not removable"},
	/* In order; the first that fits anything decides, even when it fits too much. */
	{"[{\"model\":\"none\"},{\"transport\":\"sata\"}]", "/dev/sdb", NULL},
	{"[{\"transport\":\"nvme\"},{\"transport\":\"sata\"}]", NULL, "/dev/nvme1n1: fits"},
	{"[{\"serial\":\"S1\"},{\"transport\":\"sata\"}]", "/dev/nvme0n1", NULL},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		_cleanup_str_ struct str why = {0};
		struct json_object *json = json_tokener_parse(rows[i].rules);
		struct disk_rules rules = {0};
		const struct disk *d;

		check_row(i, disk_rules_parse(json, a, &rules, &why));
		d = disk_rules_find(&rules, &facts);
		check_row(i, !d == !rows[i].path && (!d || str_eq(d->path, rows[i].path)));
		if (rows[i].why)
			check_contains(disk_rules_explain(&rules, &facts, a), rows[i].why);
		json_object_put(json);
	}
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"[]",
		"{}",
		"[{}]",
		"{\"size\":\"1 GiB\"}",
		"{\"minSize\":\"many\"}",
		"{\"minSize\":\"0\"}",
		"{\"model\":3}",
		"{\"model\":\"\"}",
		"{\"transport\":\"unknown\"}",
		"{\"removable\":1}",
		"[\"/dev/sda\"]",
		"{\"minSize\":\"2 GiB\",\"maxSize\":\"1 GiB\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		_cleanup_str_ struct str why = {0};
		struct json_object *json = json_tokener_parse(bad[i]);
		struct disk_rules rules = {0};

		check_row(i, !disk_rules_parse(json, a, &rules, &why));
		check_row(i, why.len > 0 && rules.list.count == 0);
		json_object_put(json);
	}
}

/* What was read can be written, and read again as the same. */
static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		_cleanup_str_ struct str why = {0};
		struct json_object *json = json_tokener_parse(rows[i].rules), *out, *again;
		struct disk_rules rules = {0}, read = {0};

		check_row(i, disk_rules_parse(json, a, &rules, &why));
		out = disk_rules_to_json(&rules);
		check_row(i, disk_rules_parse(out, a, &read, &why));
		again = disk_rules_to_json(&read);
		check_row(i, json_object_equal(out, again));
		check_row(i, disk_rules_find(&read, &facts) == disk_rules_find(&rules, &facts));
		json_object_put(json);
		json_object_put(out);
		json_object_put(again);
	}
}

static void test_key_map(void **state)
{
	static const struct {
		const char *key_map, *text;
		bool matters;
	} cases[] = {
		{"us", "any thing-at all!", false},
		{"us", "caf\xc3\xa9 au lait", true},
		{"de", "correct1horse", false},
		{"de", "crazy horse", true},
		{"de", "horse_power", true},
		{"de-latin1", "xylophone", true},
		{"fr", "horse", false},
		{"fr", "quick", true},
		{"fr", "hello12345", true},
		{"uk", "Correct1Horse", false},
		{"uk", "pound#sign", true},
		{"dvorak", "horse", true},
		{"ru", "horse", true},
		{"us-acentos", "horse power-9", false},
		{"us-acentos", "don't", true},
		{"us-acentos", "a~b", true},
		{"trq", "horse", false},
		{"trq", "iris", true},
		{"lt.baltic", "horse1", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_row(i, key_map_matters(cases[i].text, cases[i].key_map) == cases[i].matters);
}

/* Computed from kbd's own files (2.8): of these keymaps most letters are on other keys than us's.
 */
static void test_moved_letters(void **state)
{
	static const char *const key_maps[] = {"3l",
					       "ANSI-dvorak",
					       "adnw",
					       "bone",
					       "carpalx",
					       "carpalx-full",
					       "dvorak",
					       "dvorak-ca-fr",
					       "dvorak-de",
					       "dvorak-l",
					       "dvorak-programmer",
					       "dvorak-ukp",
					       "colemak",
					       "fa",
					       "fr-bepo",
					       "fr-bepo-latin9",
					       "koy",
					       "mod-dh-ansi-us",
					       "mod-dh-iso-uk-wide",
					       "mod-dh-matrix-us",
					       "neo",
					       "tr_f-latin5",
					       "trf"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(key_maps); i++) {
		if (!check_key_map(key_maps[i]))
			fail_msg("there is no keymap %s", key_maps[i]);
		if (!key_map_matters("pedestrian", key_maps[i]))
			fail_msg("%s has all letters where us has them", key_maps[i]);
	}
}

static void test_mount_point(void **state)
{
	static const char *const good[] = {"/srv/samples", "/data",	"/home/music",
					   "/var/audio",   "/etcetera", "/var/lib/docker",
					   "/root/takes"};
	static const char *const bad[] = {"/",
					  "/nix",
					  "/nix/store",
					  "/boot/x",
					  "/a/../etc",
					  "/srv//x",
					  "/srv/",
					  "srv",
					  "/srv/a b",
					  "/home",
					  "/run/x",
					  "/.hidden",
					  "/efi",
					  "/efi/x",
					  "/etc/nixos",
					  "/usr/bin",
					  "/tmp/x",
					  "/var/lib/nixos",
					  "/var/lib/archibald/passwords",
					  "/lib64",
					  "/swap/x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check_row(i, check_mount_point(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check_row(i, !check_mount_point(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	      cmocka_unit_test(test_refused),
		cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_key_map),
		cmocka_unit_test(test_moved_letters), cmocka_unit_test(test_mount_point),
	};

	return cmocka_run_group_tests_name("answers: rules", tests, NULL, NULL);
}
