/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache: what is a binary cache for this store, where it is looked for, and what a key is. */
#include "support/check.h"

#include "sources/sources.h"

#define INFO "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n"

static void expect(const char *dir, int code, const char *words)
{
	struct cache c = {.volume = -1};
	struct err e;

	assert_int_equal(cache_open(dir, &c, &e), -code);
	_cleanup_free_ char *text = err_text(&e);
	if (!strstr(text, words))
		fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static void test_refused(void **state)
{
	_cleanup_(scratch_free) char *dir = scratch_new();
	_cleanup_free_ char *missing = xasprintf("%s/missing", dir);

	(void)state;
	expect(missing, ERR_NOT_FOUND, "missing");
	expect(dir, ERR_NOT_FOUND, "nix-cache-info");
	scratch_file(dir, "nix-cache-info", "StoreDir: /gnu/store\n");
	expect(dir, ERR_UNSUPPORTED, "its store is /gnu/store, not /nix/store");
	scratch_file(dir, "nix-cache-info", "Store: /nix/store\n");
	expect(dir, ERR_UNSUPPORTED, "not named");
	scratch_file(dir, "nix-cache-info", INFO);
	scratch_file(dir, ".narinfo", "no name");
	expect(dir, ERR_UNSUPPORTED, "holds no packages");
}

static void test_taken(void **state)
{
	_cleanup_(scratch_free) char *dir = scratch_new();
	_cleanup_free_ char *odd = xasprintf("%s/a b%%c", dir);
	_cleanup_(cache_clear) struct cache c = {.volume = -1};
	struct err e;

	(void)state;
	scratch_file(dir, "a b%c/nix-cache-info", "WantMassQuery: 1\r\nStoreDir: /nix/store\r\n");
	scratch_file(dir, "a b%c/x.narinfo", "");
	assert_int_equal(cache_open(odd, &c, &e), 0);
	/* Nix takes a list of addresses, parted by spaces, and decodes each. */
	assert_non_null(strstr(c.url, "/a%20b%25c"));
	assert_true(str_starts(c.url, "file:///"));
}

static struct facts *facts_with(const char *label, const char *mounted)
{
	struct facts *f = xcalloc(1, sizeof(*f));
	struct disk *d;

	f->arena = arena_new();
	d = list_push(f->arena, &f->disks);
	*d = (struct disk){.path = arena_strdup(f->arena, "/dev/stick"),
			   .fs_label = arena_strdup(f->arena, label),
			   .fs_type = arena_strdup(f->arena, "vfat")};
	strings_add(f->arena, &d->mounts, mounted);
	return f;
}

static void test_label(void **state)
{
	_cleanup_(scratch_free) char *dir = scratch_new();
	struct facts *f = facts_with("archibald", dir);
	_cleanup_(cache_clear) struct cache c = {.volume = -1};
	struct strings erased = {0};
	struct err e;

	(void)state;
	/* A stick with answers alone. */
	assert_int_equal(cache_find(f, NULL, &c, &e), 0);
	assert_null(c.url);
	scratch_file(dir, "nix-cache-info", INFO);
	assert_int_equal(cache_find(f, NULL, &c, &e), -ERR_UNSUPPORTED);
	scratch_file(dir, "x.narinfo", "");
	/* What is about to be erased is no source. */
	strings_add(f->arena, &erased, "/dev/stick");
	assert_int_equal(cache_find(f, &erased, &c, &e), 0);
	assert_null(c.url);
	assert_int_equal(cache_find(f, NULL, &c, &e), 0);
	assert_non_null(c.url);
	_cleanup_free_ char *there = xasprintf("%s/nix-cache-info", c.url + strlen("file://"));
	assert_int_equal(access(there, R_OK), 0);
	facts_free(f);
}

static void test_key(void **state)
{
	(void)state;
	assert_true(
		cache_key_valid("cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="));
	assert_false(
		cache_key_valid("cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShj="));
	assert_false(cache_key_valid(":6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="));
	assert_false(cache_key_valid("a b:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="));
	assert_false(cache_key_valid("a:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY= x"));
	assert_false(cache_key_valid("6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
