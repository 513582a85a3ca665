/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/check.h"

#include "store/nar.h"
#include "store/registration.h"

/* The SHA-256 of nothing, as Nix spells it. */
#define HEX    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define NIX32  "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
#define BASE64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

#define EMPTY_FILE "77ac62e2629d8e45f624589c0c8bf99e24b3a722349bf1e79bc186008534e246"
#define TREE	   "16b11a8caf8f112d722e0dd9470c33c225329fef449ec865e69f606f5b013de5"

static void hex_of(const unsigned char *hash, char *ret)
{
	for (size_t i = 0; i < SHA256_BYTES; i++)
		snprintf(ret + 2 * i, 3, "%02x", hash[i]);
}

static void hashes(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{HEX, true},
		{"sha256:" HEX, true},
		{NIX32, true},
		{"sha256:" NIX32, true},
		{BASE64, true},
		{"sha256:" BASE64, true},
		{"sha256-" BASE64, true},
		{"sha256-" HEX, false},
		{"sha512:" HEX, false},
		{"", false},
		{"sha256:", false},
		{"E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", false},
		{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85", false},
		/* A digit that is none, and one bit more than there is room for. */
		{"emdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", false},
		{"2mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", false},
		{"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=", false},
		{"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned char hash[SHA256_BYTES];
		char hex[2 * SHA256_BYTES + 1];
		bool valid = store_hash_parse(rows[i].text, hash);

		check_row(i, valid == rows[i].valid);
		if (valid) {
			hex_of(hash, hex);
			check_row(i, str_eq(hex, HEX));
		}
	}
}

#define H "0123456789abcdfghijklmnpqrsvwxyz"

static void names(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{H "-a", true},		{H "-a.b_c+d?e=f-1", true},
		{H "-", false},		{H, false},
		{H "-a/b", false},	{H "-a b", false},
		{H "x-a", false},	{"-a", false},
		{"..", false},		{"", false},
		{"../" H "-a", false},	{"e123456789abcdfghijklmnpqrsvwxyz-a", false},
		{H "-\xc3\xa4", false},
	};
	char long_name[300] = H "-";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(i, store_name_valid(rows[i].name) == rows[i].valid);
	memset(long_name + 33, 'x', 211);
	assert_true(store_name_valid(long_name));
	memset(long_name + 33, 'x', 230);
	assert_false(store_name_valid(long_name));
}

#define A "/nix/store/" H "-a\n"
#define B "/nix/store/" H "-b\n"

static void wrong(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"x\n", "line 1: a store path was expected, not \"x\""},
		{A, "line 1: a SHA-256 was expected, not \"the end\""},
		{A "\n", "line 2: a SHA-256"},
		{A HEX "\n-1\n\n0\n", "line 3: a size was expected, not \"-1\""},
		{A HEX "\n99999999999999999999999\n\n0\n", "line 3: a size"},
		{A HEX "\n1", "line 3: a deriver"},
		{A HEX "\n1\n\nx\n", "line 5: the number of references"},
		{A HEX "\n1\n\n2\n" B, "line 6: a store path that is referred to"},
		{A HEX "\n1\n\n1\n/etc/passwd\n", "line 6: a store path that is referred to"},
		{A HEX "\n1\n\n18446744073709551615\n", "line 5: a store path that"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_registration_ struct registration r = {0};
		struct err e;
		int n = registration_parse(rows[i].text, strlen(rows[i].text), &r, &e);

		check_row(i, n == -ERR_INVALID);
		check_error(&e, n);
		check_contains(e.why, rows[i].why);
	}
}

/* Both writers' forms: with and without a deriver, the last line without its end, a path twice. */
static void closure(void **state)
{
	static const char text[] = B NIX32 "\n96\n/nix/store/" H "-b.drv\n2\n" A B A "sha256:" HEX
					   "\n17\n\n0\n" B HEX "\n96\n\n2\n" A B "/nix/store/" H
					   "-c\n" HEX "\n5\n\n1\n/nix/store/" H "-gone";
	_cleanup_registration_ struct registration r = {0};
	_cleanup_str_ struct str out = {0};
	struct strings missing = {0};
	struct err e;

	(void)state;
	assert_int_equal(registration_parse(text, strlen(text), &r, &e), 0);
	assert_int_equal(r.paths.count, 3);
	assert_null(registration_find(&r, H "-d"));
	assert_int_equal(registration_want(&r, "/nix/store/" H "-b", &missing, &e), 0);
	assert_int_equal(registration_wanted(&r).paths, 2);
	assert_int_equal(registration_wanted(&r).bytes, 113);
	assert_int_equal(missing.count, 0);
	assert_int_equal(registration_want(&r, H "-c", &missing, &e), 0);
	assert_int_equal(missing.count, 1);
	assert_string_equal(missing.items[0], H "-gone");
	check_error(&e, registration_want(&r, H "-d", &missing, &e));

	/* What lacks a reference is not registered, nor what refers to that. */
	registration_find(&r, H "-b")->present = registration_find(&r, H "-c")->present = true;
	assert_int_equal(registration_text(&r, &out), 0);
	registration_find(&r, H "-a")->present = true;
	assert_int_equal(registration_text(&r, &out), 2);
	assert_true(str_starts(str_get(&out), A HEX "\n17\n\n0\n" B));
	check_contains(str_get(&out), "\n96\n/nix/store/" H "-b.drv\n2\n");
	check_lacks(str_get(&out), H "-c");
}

/* Nix takes the text as a whole: what it would choke on does not get there. */
static void told(void **state)
{
	static const char text[] = H "-a\n" HEX "\n17\nnot-a-path\n1\n" H "-b\n" B HEX
				     "\n18\nunknown-deriver\n0\n";
	_cleanup_registration_ struct registration r = {0};
	_cleanup_str_ struct str out = {0};
	struct err e;

	(void)state;
	assert_int_equal(registration_parse(text, strlen(text), &r, &e), 0);
	for (size_t i = 0; i < r.paths.count; i++)
		r.paths.items[i].present = true;
	assert_int_equal(registration_text(&r, &out), 2);
	assert_string_equal(str_get(&out), A HEX "\n17\n\n1\n" B B HEX "\n18\n\n0\n");
}

/* The hash of a known archive: `nix-store --dump` of an empty file, and of a tree. */
static void nars(void **state)
{
	unsigned char hash[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	uint64_t size;
	struct nar *n = nar_new();

	(void)state;
	nar_start(n);
	nar_file_begin(n, false, 0);
	nar_file_end(n);
	nar_end(n, hash, &size);
	hex_of(hash, hex);
	assert_int_equal(size, 112);
	assert_string_equal(hex, EMPTY_FILE);
	/* Zeros by their number are zeros; the second use begins anew. */
	for (int holes = 0; holes < 2; holes++) {
		static const char zeros[100000];

		nar_start(n);
		nar_directory_begin(n);
		nar_entry_begin(n, "a");
		nar_file_begin(n, true, 100003);
		nar_file_bytes(n, holes ? NULL : zeros, 100000);
		nar_file_bytes(n, "xyz", 3);
		nar_file_end(n);
		nar_entry_end(n);
		nar_entry_begin(n, "b");
		nar_symlink(n, "a");
		nar_entry_end(n);
		nar_directory_end(n);
		nar_end(n, hash, &size);
		hex_of(hash, hex);
		assert_string_equal(hex, TREE);
	}
	nar_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),  cmocka_unit_test(names), cmocka_unit_test(wrong),
		cmocka_unit_test(closure), cmocka_unit_test(told),  cmocka_unit_test(nars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
