/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text broken into lines. */
#include <locale.h>

#include "support/check.h"
#include "tui/wrap.h"

static void check_wrap(const char *text, size_t width, const char *expected)
{
	_cleanup_free_ char *wrapped = wrap_text(text, width);

	assert_string_equal(wrapped, expected);
}

static void test_words(void **state)
{
	(void)state;
	check_wrap("", 20, "");
	check_wrap("short\n\nlines\n", 20, "short\n\nlines\n");
	check_wrap("exactly twenty chars", 20, "exactly twenty chars");
	check_wrap("a little more than twenty", 20, "a little more than\ntwenty");
	check_wrap("aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 20, "aaaaaaaaaaaaaaaaaaaa\naaaaaaaaa");
	/* A question ends with a space, where the answer is typed. */
	check_wrap("Disk: ", 20, "Disk: ");
}

static void test_columns(void **state)
{
	(void)state;
	check_wrap("key       the value is long", 24, "key       the value is\n          long");
	check_wrap("  indented text of some words", 20, "  indented text of\n  some words");
	/* The second column begins too far to the right to be worth it. */
	check_wrap("a long key there is  and its value", 24, "a long key there is \nand its value");
}

static void test_characters(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	/* Bytes are not columns; nothing is broken within a character. */
	check_wrap("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc "
		   "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc",
		   20,
		   "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc "
		   "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc");
	/* Some take two: eleven of them are 22. */
	check_wrap("\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		   "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5",
		   20,
		   "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
		   "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\n\xe6\x97\xa5");
	/* What is no character is a column by itself. */
	check_wrap("\xff\xfe", 20, "\xff\xfe");
}

static void test_lines(void **state)
{
	static const char text[] = "one\ntwo\nthree";

	(void)state;
	assert_int_equal(wrap_lines(""), 0);
	assert_int_equal(wrap_lines(text), 3);
	assert_int_equal(wrap_lines("one\n"), 1);
	assert_string_equal(wrap_after(text, 0), text);
	assert_string_equal(wrap_after(text, 2), "three");
	assert_string_equal(wrap_after(text, 9), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
