/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache: what is a binary cache for this store, where it is looked for, and what a key is. */
#include "support/check.h"

#include "sources/sources.h"

#define INFO "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n"

static void expect(const char *dir, int code, const char *words)
{
	struct cache c = {.volume = -1};
	struct err e;

	assert_int_equal(cache_open(dir, ARCH_X86_64, &c, &e), -code);
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
	assert_int_equal(cache_open(odd, ARCH_X86_64, &c, &e), 0);
	/* Nix takes a list of addresses, parted by spaces, and not every version of it decodes one.
	 */
	assert_null(strpbrk(c.url, " %?"));
	assert_true(str_starts(c.url, "file:///"));
	_cleanup_free_ char *there = xasprintf("%s/x.narinfo", c.url + strlen("file://"));
	assert_int_equal(access(there, R_OK), 0);
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

#define H1	 "0123456789abcdfghijklmnpqrsvwxyz"
#define H2	 "zyxwvsrqpnmlkjihgfdcba9876543210"
#define NEEDS(x) "StorePath: /nix/store/" H1 "-bash-5.2\nReferences: " x "\nDeriver: x.drv\n"

/* A stand-in for nix: the directory of a C library with these linkers. */
static void nix_says(const char *dir, const char *script)
{
	_cleanup_free_ char *file = xasprintf("%s/bin/nix", dir);
	_cleanup_free_ char *text = xasprintf("#!/bin/sh\n%s\n", script);

	scratch_file(dir, "bin/nix", text);
	assert_int_equal(chmod(file, 0755), 0);
}

/* Packages for another architecture are refused; what nobody can tell is not. */
static void test_system(void **state)
{
	static const struct {
		const char *info, *nix;
		enum arch arch;
		bool refused;
	} rows[] = {
		{NEEDS(H2 "-glibc-2.40-66"), "echo ./ld-linux-aarch64.so.1", ARCH_X86_64, true},
		{NEEDS(H2 "-glibc-2.40-66"), "echo ./ld-linux-aarch64.so.1", ARCH_AARCH64, false},
		{NEEDS(H1 "-bash-5.2 " H2 "-glibc-2.38"), "echo ld-linux-x86-64.so.2", ARCH_AARCH64,
		 true},
		/* It is asked about the library that is referred to, in this cache. */
		{NEEDS(H2 "-glibc-2.40-66"),
		 "case $* in '--extra-experimental-features nix-command store ls --store "
		 "file:///proc/'*/fd/*' /nix/store/" H2
		 "-glibc-2.40-66/lib') echo ./ld-linux-aarch64.so.1;; esac",
		 ARCH_X86_64, true},
		/* For both. */
		{NEEDS(H1 "-glibc-2.40 " H2 "-glibc-2.40"),
		 "case $* in *" H1 "*) echo ./ld-linux-aarch64.so.1;; *) echo "
		 "./ld-linux-x86-64.so.2;; esac",
		 ARCH_X86_64, false},
		{NEEDS(H2 "-glibc-2.40-66"), "echo ./ld-linux.so.2", ARCH_X86_64, false},
		{NEEDS(H2 "-glibc-2.40-66"), "echo 'error: no'; exit 1", ARCH_X86_64, false},
		{NEEDS(H2 "-glibc-2.40-66"), "echo ./ld-linux-aarch64.so.1", ARCH_OTHER, false},
		/* No C library is referred to. */
		{NEEDS(H2 "-glibc-2.40-66-bin"), "echo ./ld-linux-aarch64.so.1", ARCH_X86_64,
		 false},
		{NEEDS(H2 "-glibc-locales-2.40"), "echo ./ld-linux-aarch64.so.1", ARCH_X86_64,
		 false},
		{NEEDS("x-glibc-2.40"), "echo ./ld-linux-aarch64.so.1", ARCH_X86_64, false},
		{"", "echo ./ld-linux-aarch64.so.1", ARCH_X86_64, false},
	};
	_cleanup_free_ char *path = xstrdup(getenv("PATH"));

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scratch_free) char *dir = scratch_new();
		_cleanup_free_ char *bin = xasprintf("%s/bin:%s", dir, path);
		_cleanup_free_ char *cache = xasprintf("%s/cache", dir);
		_cleanup_(cache_clear) struct cache c = {.volume = -1};
		struct err e;
		int n;

		scratch_file(dir, "cache/nix-cache-info", INFO);
		scratch_file(dir, "cache/" H1 ".narinfo", rows[i].info);
		nix_says(dir, rows[i].nix);
		setenv("PATH", bin, 1);
		n = cache_open(cache, rows[i].arch, &c, &e);
		setenv("PATH", path, 1);
		check_row(i, n == (rows[i].refused ? -ERR_UNSUPPORTED : 0));
		check_row(i, !rows[i].refused == !!c.url);
		if (!rows[i].refused)
			continue;
		check_error(&e, n);
		check_contains(e.what, "for another system");
		check_contains(e.why, rows[i].arch == ARCH_X86_64
					      ? "they are for aarch64, this machine is x86_64"
					      : "they are for x86_64, this machine is aarch64");
	}
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
		cmocka_unit_test(test_refused), cmocka_unit_test(test_taken),
		cmocka_unit_test(test_label),	cmocka_unit_test(test_system),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
