/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str: the cap, padding, what is safe to show, distances, sizes. */
#include "support/check.h"

static void test_cap(void **state)
{
	_cleanup_str_ struct str s = {.max = 8};

	(void)state;
	str_add(&s, "1234");
	str_add(&s, "567");
	assert_true(str_ok(&s));
	assert_string_equal(str_get(&s), "1234567");
	str_addc(&s, '8');
	assert_false(str_ok(&s));
	assert_string_equal(str_get(&s), "1234567");
	/* What comes after an overflow is dropped, too, even where it would fit. */
	str_clear(&s);
	assert_int_equal(s.max, 8);
	str_add(&s, "12345678");
	assert_false(str_ok(&s));
	str_add(&s, "1");
	assert_string_equal(str_get(&s), "");
}

static void test_default_cap(void **state)
{
	_cleanup_str_ struct str s = {0};
	_cleanup_free_ char *block = xmalloc(1 << 20);
	const size_t size = 1 << 20;

	(void)state;
	memset(block, 'x', size);
	for (int i = 0; i < 15; i++)
		str_addn(&s, block, size);
	assert_true(str_ok(&s));
	assert_int_equal(s.len, 15 * size);
	str_addn(&s, block, size);
	assert_false(str_ok(&s));
	assert_int_equal(s.len, 15 * size);
}

static void test_growing(void **state)
{
	_cleanup_str_ struct str s = {0};
	_cleanup_free_ char *taken = NULL;

	(void)state;
	assert_string_equal(str_get(&s), "");
	for (int i = 0; i < 1000; i++)
		str_addf(&s, "%d,", i % 10);
	assert_int_equal(s.len, 2000);
	assert_memory_equal(s.s + 1990, "5,6,7,8,9,", 11);
	taken = str_take(&s);
	assert_int_equal(strlen(taken), 2000);
	assert_null(s.s);
	assert_int_equal(s.len, 0);
	free(taken);
	taken = str_take(&s);
	assert_string_equal(taken, "");
}

static void test_pad(void **state)
{
	_cleanup_str_ struct str s = {0};

	(void)state;
	str_pad(&s, 3);
	str_add(&s, "a");
	str_pad(&s, 3); /* is beyond it already */
	str_add(&s, "\nJ\xc3\xbcrgen");
	str_pad(&s, 8);
	str_add(&s, "|");
	assert_string_equal(str_get(&s), "   a\nJ\xc3\xbcrgen  |");
}

static void test_comparing(void **state)
{
	(void)state;
	assert_true(str_eq(NULL, NULL));
	assert_false(str_eq("", NULL));
	assert_false(str_eq(NULL, ""));
	assert_true(str_eq("a", "a"));
	assert_false(str_eq("a", "A"));
	assert_true(str_starts("abc", "ab") && str_starts("abc", "") && !str_starts("ab", "abc"));
	assert_true(str_ends("abc", "bc") && str_ends("abc", "") && !str_ends("bc", "abc"));
}

static const struct {
	const char *raw, *safe;
} texts[] = {
	{"", ""},
	{"plain", "plain"},
	{"  both ends \t\n", "both ends"},
	{" \t\n ", ""},
	{"a b", "a b"},
	{"a\tb", "a?b"},
	{"\x1b[2Jx", "?[2Jx"},
	{"a\x7f", "a?"},
	{"J\xc3\xbcrgen", "J\xc3\xbcrgen"},
	{"\xe2\x82\xac", "\xe2\x82\xac"},
	{"\xf0\x9f\x8e\xb5", "\xf0\x9f\x8e\xb5"},
	/* C1: CSI as one character, and as its UTF-8. */
	{"\x9b"
	 "2J",
	 "?2J"},
	{"\xc2\x9b"
	 "2J",
	 "??2J"},
	{"\xc2\x80", "??"},
	{"\xc2\xa0", "\xc2\xa0"},
	/* Overlong forms of '/', NUL and of what two bytes could say. */
	{"\xc0\xaf", "??"},
	{"\xc0\x80", "??"},
	{"\xc1\xbf", "??"},
	{"\xe0\x80\xaf", "???"},
	{"\xe0\x9f\xbf", "???"},
	{"\xf0\x80\x80\xaf", "????"},
	{"\xf0\x8f\xbf\xbf", "????"},
	/* Surrogates, and what is beyond Unicode. */
	{"\xed\xa0\x80", "???"},
	{"\xed\xbf\xbf", "???"},
	{"\xed\x9f\xbf", "\xed\x9f\xbf"},
	{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	{"\xf4\x90\x80\x80", "????"},
	{"\xf5\x80\x80\x80", "????"},
	{"\xff\xfe", "??"},
	/* Bidirectional and zero-width characters, line separators, the byte order mark, tags. */
	{"a\xe2\x80\xae"
	 "b",
	 "a???b"},
	{"\xe2\x80\x8b", "???"},
	{"\xe2\x80\x8a", "\xe2\x80\x8a"},
	{"\xe2\x80\xa8", "???"},
	{"\xe2\x81\xa6", "???"},
	{"\xd8\x9c", "??"},
	{"\xef\xbb\xbf", "???"},
	{"\xf3\xa0\x81\x81", "????"},
	/* Cut at the end of the string. */
	{"a\xc3", "a?"},
	{"a\xe2\x82", "a??"},
	{"a\xe2", "a?"},
	{"a\xf0\x9f\x8e", "a???"},
	{"\xc3\xc3\xbc", "?\xc3\xbc"},
	{"\xbc", "?"},
	{"\xe2\x28\xa1", "?(?"},
};

static void test_sanitise(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_free_ char *s = xstrdup(texts[i].raw);

		str_sanitise(s);
		assert_string_equal(s, texts[i].safe);
		check_row(i, str_is_safe(s));
		str_sanitise(s);
		check_row(i, str_eq(s, texts[i].safe));
	}
}

static void test_sanitise_bytes(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		char s[] = {'<', (char)c, '>', '\0'};

		check_row(c, str_is_safe(s) == (c >= 0x20 && c < 0x7f));
		str_sanitise(s);
		check_row(c, (unsigned char)s[1] == (c >= 0x20 && c < 0x7f ? c : '?'));
		assert_int_equal(strlen(s), 3);
	}
}

/* Every pair and triple of some bytes: never longer, always safe, nothing safe is lost. */
static void test_sanitise_sequences(void **state)
{
	static const unsigned char bytes[] = {0x01, 0x20, 0x41, 0x7f, 0x80, 0x8b, 0x9f, 0xa0,
					      0xae, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe2, 0xed,
					      0xef, 0xf0, 0xf3, 0xf4, 0xf5, 0xff};
	enum { N = ARRAY_SIZE(bytes) };

	(void)state;
	for (size_t i = 0; i < (size_t)N * N * N; i++) {
		char s[] = {(char)bytes[i % N], (char)bytes[i / N % N], (char)bytes[i / N / N], 0};
		char before[sizeof(s)];

		memcpy(before, s, sizeof(s));
		str_sanitise(s);
		check_row(i, strlen(s) <= 3 && str_is_safe(s));
		if (str_is_safe(before) && before[0] != ' ' && before[2] != ' ')
			assert_string_equal(s, before);
	}
}

static void test_cut(void **state)
{
	static const char whole[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x8e\xb5z";
	static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		char s[sizeof(whole)] = "";

		memcpy(s, whole, n);
		str_cut(s);
		check_row(n, strlen(s) == kept[n]);
		check_row(n, str_is_safe(s));
	}
}

static const struct {
	const char *a, *b;
	unsigned d;
} distances[] = {
	{"", "", 0},
	{"abc", "", 3},
	{"", "abc", 3},
	{"abc", "abc", 0},
	{"ABC", "abc", 0},
	{"abc", "abd", 1},
	{"abc", "ab", 1},
	{"abc", "abcd", 1},
	{"abc", "acb", 1},
	{"hostname", "hostName", 0},
	{"keymap", "keyMpa", 1},
	{"kitten", "sitting", 3},
	{"Europe/Berln", "Europe/Berlin", 1},
	{"a", "xyz", 3},
};

static void test_distance(void **state)
{
	char longest[49], longer[50];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(distances); i++) {
		check_row(i, str_distance(distances[i].a, distances[i].b) == distances[i].d);
		check_row(i, str_distance(distances[i].b, distances[i].a) == distances[i].d);
	}
	memset(longest, 'a', sizeof(longest));
	memset(longer, 'a', sizeof(longer));
	longest[48] = longer[49] = '\0';
	assert_int_equal(str_distance(longest, longest), 0);
	assert_int_equal(str_distance(longer, longer), STR_DISTANCE_MAX);
	assert_int_equal(str_distance("", longer), STR_DISTANCE_MAX);
}

static const struct {
	const char *text;
	uint64_t bytes;
} sizes[] = {
	{"0", 0},
	{"4096", 4096},
	{"17B", 17},
	{"17 B", 17},
	{"8GiB", 8ULL << 30},
	{"8 GiB", 8ULL << 30},
	{"8G", 8ULL << 30},
	{"8GB", 8000000000},
	{"8 GB", 8000000000},
	{"512MiB", 512ULL << 20},
	{"512M", 512ULL << 20},
	{"512MB", 512000000},
	{"1K", 1024},
	{"1KiB", 1024},
	{"1KB", 1000},
	{"2T", 2ULL << 40},
	{"2TiB", 2ULL << 40},
	{"2TB", 2000000000000},
	{"007", 7},
	{"18446744073709551615", UINT64_MAX},
	{"16777215T", 16777215ULL << 40},
	{"17179869183GiB", 17179869183ULL << 30},
};
static const char *const no_sizes[] = {
	"",
	" ",
	"G",
	" 8G",
	"8  G",
	"8 ",
	"8g",
	"8gib",
	"8Gi",
	"8 GiB ",
	"-1",
	"+1",
	"1.5G",
	"1,5G",
	"8GG",
	"0x10",
	"1e3",
	"18446744073709551616",
	"99999999999999999999",
	"16777216T",
	"17179869184GiB",
	"18446744073709551615K",
	"8\tG",
	"8\nG",
	"8P",
};

static void test_size_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t bytes = 1;

		check_row(i, size_parse(sizes[i].text, &bytes) && bytes == sizes[i].bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(no_sizes); i++) {
		uint64_t bytes = 12345;

		check_row(i, !size_parse(no_sizes[i], &bytes) && bytes == 12345);
	}
}

static const struct {
	uint64_t bytes;
	const char *text;
} shown[] = {
	{0, "0 bytes"},
	{1023, "1023 bytes"},
	{1024, "1 KiB"},
	{(1ULL << 20) - 1, "1023 KiB"},
	{512ULL << 20, "512 MiB"},
	{(1ULL << 30) - 1, "1023 MiB"},
	{1ULL << 30, "1.0 GiB"},
	/* Down, never up. */
	{(12ULL << 30) + (1ULL << 30) * 99 / 1000, "12.0 GiB"},
	{(2ULL << 30) - 1, "1.9 GiB"},
	{3ULL << 29, "1.5 GiB"},
	{2000398934016, "1.8 TiB"},
	{1ULL << 50, "1.0 PiB"},
	{UINT64_MAX, "15.9 EiB"},
};

static void test_size_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		assert_string_equal(size_text(shown[i].bytes).s, shown[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_default_cap),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_pad),
		cmocka_unit_test(test_comparing),
		cmocka_unit_test(test_sanitise),
		cmocka_unit_test(test_sanitise_bytes),
		cmocka_unit_test(test_sanitise_sequences),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_size_parse),
		cmocka_unit_test(test_size_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
