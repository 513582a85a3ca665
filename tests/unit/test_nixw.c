/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nixw: escaping, names, comments that try to break out, and layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "nix-config-gen/nixw.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text, *nix;
} strings[] = {
	{"", "\"\""},
	{"plain", "\"plain\""},
	{"O\"Brien ${x}", "\"O\\\"Brien \\${x}\""},
	{"back\\slash", "\"back\\\\slash\""},
	{"\\${x}", "\"\\\\\\${x}\""},
	{"a\nb\rc\td", "\"a\\nb\\rc\\td\""},
	/* Two dollars take the second one from the brace; the escape does not mind. */
	{"$", "\"$\""},
	{"$$", "\"$$\""},
	{"${", "\"\\${\""},
	{"$${", "\"$\\${\""},
	{"$$${x}", "\"$$\\${x}\""},
	{"$\\{", "\"$\\\\{\""},
	{"{$}", "\"{$}\""},
	{"$\"", "\"$\\\"\""},
	{"''${x}''", "\"''\\${x}''\""},
	{"# /* */ <nixpkgs> ./x", "\"# /* */ <nixpkgs> ./x\""},
	/* Every other byte as it is, UTF-8 or not. */
	{"J\xc3\xbcrgen \xff\x01\x7f", "\"J\xc3\xbcrgen \xff\x01\x7f\""},
};

static void test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(strings); i++) {
		_cleanup_str_ struct str s = {0};

		nixw_escape_string(&s, strings[i].text);
		assert_string_equal(str_get(&s), strings[i].nix);
	}
}

static const struct {
	const char *name, *nix;
} names[] = {
	{"enable", "enable"},
	{"audio-user", "audio-user"},
	{"_x'", "_x'"},
	{"a1", "a1"},
	{"true", "true"}, /* a name like any other */
	{"ifx", "ifx"},
	{"", "\"\""},
	{"1a", "\"1a\""},
	{"-a", "\"-a\""},
	{"'a", "\"'a\""},
	{"a b", "\"a b\""},
	{"a.b", "\"a.b\""},
	{"/", "\"/\""},
	{"/boot", "\"/boot\""},
	{"92-low-latency", "\"92-low-latency\""},
	{"default.clock.quantum", "\"default.clock.quantum\""},
	{"${x}", "\"\\${x}\""},
	{"a\"; evil = \"", "\"a\\\"; evil = \\\"\""},
	{"\xc3\xa9", "\"\xc3\xa9\""},
	{"if", "\"if\""},
	{"then", "\"then\""},
	{"else", "\"else\""},
	{"assert", "\"assert\""},
	{"with", "\"with\""},
	{"let", "\"let\""},
	{"in", "\"in\""},
	{"rec", "\"rec\""},
	{"inherit", "\"inherit\""},
	{"or", "\"or\""},
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		_cleanup_str_ struct str s = {0};

		nixw_escape_name(&s, names[i].name);
		assert_string_equal(str_get(&s), names[i].nix);
	}
}

static const struct {
	const char *text, *nix;
} comments[] = {
	{"", ""},
	{"\n\n", ""},
	{"\x01\x02", ""},
	{"why", "# why\n"},
	{"one\ntwo", "# one\n# two\n"},
	{"one\n\ntwo\n", "# one\n#\n# two\n"},
	/* A carriage return ends a comment as a newline does. */
	{"one\r; evil = 1;", "# one\n# ; evil = 1;\n"},
	{"one\r\ntwo", "# one\n# two\n"},
	{"*/ evil", "# */ evil\n"},
	{"tab\there\x1b[31m\x7f", "# tab here[31m\n"},
	{"  both ends  ", "# both ends\n"},
	{"${x} \"", "# ${x} \"\n"},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 "aaaaaaa "
	 "b c\xc3\xa9",
	 "# "
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 "aaaaaaa "
	 "b\n# c\xc3\xa9\n"},
};

static void test_comments(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(comments); i++) {
		_cleanup_nixw_ struct nixw w = {0};

		nixw_comment(&w, comments[i].text);
		assert_string_equal(str_get(&w.out), comments[i].nix);
	}
}

/* The widest line of a text, in bytes. */
static size_t widest(const char *s)
{
	size_t max = 0;

	for (; *s; s++) {
		size_t n = 0;

		for (; s[n] && s[n] != '\n'; n++)
			;
		max = n > max ? n : max;
		s += n;
	}
	return max;
}

static void test_comment_width(void **state)
{
	_cleanup_nixw_ struct nixw w = {.depth = 4};
	_cleanup_str_ struct str text = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		str_add(&text, "words of six ");
	nixw_comment(&w, str_get(&text));
	assert_in_range(widest(str_get(&w.out)), NIXW_WIDTH - 5, NIXW_WIDTH);
}

static void test_lists(void **state)
{
	char fits[NIXW_WIDTH], over[NIXW_WIDTH];
	char *two[] = {(char[]){"a"}, (char[]){"$${"}};
	_cleanup_nixw_ struct nixw w = {.depth = 1};
	_cleanup_str_ struct str want = {0};

	(void)state;
	nixw_strings(&w, ATTR("none"), &(struct strings){NULL, 0});
	nixw_strings(&w, ATTR("one"), &(struct strings){two, 1});
	nixw_strings(&w, ATTR("two"), &(struct strings){two, 2});
	str_add(&want,
		"  none = [ ];\n  one = [ \"a\" ];\n  two = [\n    \"a\"\n    \"$\\${\"\n  ];\n");

	/* `  l = [ "" ];` takes 13 columns: 87 more make a line of 100, which nixfmt keeps. */
	for (size_t i = 0; i < sizeof(fits); i++)
		fits[i] = over[i] = 'x';
	fits[87] = over[88] = '\0';
	nixw_single(&w, ATTR("l"), fits);
	str_addf(&want, "  l = [ \"%s\" ];\n", fits);
	nixw_single(&w, ATTR("l"), over);
	str_addf(&want, "  l = [\n    \"%s\"\n  ];\n", over);
	assert_string_equal(str_get(&w.out), str_get(&want));
}

static void test_numbers(void **state)
{
	_cleanup_nixw_ struct nixw w = {0};

	(void)state;
	nixw_int(&w, ATTR("a"), 0);
	nixw_int(&w, ATTR("b"), -1);
	nixw_int(&w, ATTR("c"), INT64_MAX);
	nixw_int(&w, ATTR("d"), INT64_MIN);
	nixw_bool(&w, ATTR("e", "f"), true);
	nixw_bool(&w, ATTR("g"), false);
	assert_string_equal(str_get(&w.out), "a = 0;\nb = -1;\nc = 9223372036854775807;\n"
					     "d = -9223372036854775807 - 1;\n"
					     "e.f = true;\ng = false;\n");
}

static void test_blank_lines(void **state)
{
	_cleanup_nixw_ struct nixw w = {0};

	(void)state;
	nixw_blank(&w);
	nixw_bool(&w, ATTR("a"), true);
	nixw_blank(&w);
	nixw_blank(&w);
	nixw_comment(&w, "of b");
	nixw_open(&w, ATTR("b", "x y"));
	nixw_blank(&w);
	nixw_string_as(&w, NIXW_FORCE, ATTR("c"), "d");
	nixw_blank(&w);
	nixw_close(&w);
	nixw_list(&w, ATTR("l"));
	nixw_item_open(&w);
	nixw_bool(&w, ATTR("m"), true);
	nixw_item_close(&w);
	nixw_item_expr(&w, "(modulesPath + \"/x.nix\")", NIXW_MODULES_PATH);
	nixw_item_path(&w, "../", "n");
	nixw_list_end(&w);
	assert_string_equal(str_get(&w.out), "a = true;\n\n# of b\nb.\"x y\" = {\n"
					     "  c = lib.mkForce \"d\";\n};\n"
					     "l = [\n  {\n    m = true;\n  }\n"
					     "  (modulesPath + \"/x.nix\")\n  ../n.nix\n];\n");
	assert_int_equal(w.args, NIXW_LIB | NIXW_MODULES_PATH);
}

static void test_module_heads(void **state)
{
	static const struct {
		unsigned args;
		const char *text;
	} rows[] = {
		{0, "# who\n{ ... }:\n\n{\n}\n"},
		{NIXW_LIB, "# who\n{ lib, ... }:\n\n{\n}\n"},
		{NIXW_LIB | NIXW_CONFIG, "# who\n{ config, lib, ... }:\n\n{\n}\n"},
		{NIXW_LIB | NIXW_CONFIG | NIXW_MODULES_PATH,
		 "# who\n{\n  config,\n  lib,\n  modulesPath,\n  ...\n}:\n\n{\n}\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		_cleanup_nixw_ struct nixw w = {.depth = 1, .args = rows[i].args};
		_cleanup_str_ struct str out = {0};

		nixw_module(&out, "who", &w);
		assert_string_equal(str_get(&out), rows[i].text);
	}
}

static void test_path_names(void **state)
{
	static const char *const bad[] = {"", "..", "a/b", "a b", "a;b", "a.nix", "\xc3\xa9"};

	(void)state;
	assert_true(nixw_path_name("archibaldOS-arm_generic5"));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(nixw_path_name(bad[i]));
}

static void test_overflow_is_kept(void **state)
{
	_cleanup_nixw_ struct nixw w = {.out.max = 16};
	_cleanup_str_ struct str out = {0};

	(void)state;
	nixw_string(&w, ATTR("much"), "longer than that");
	nixw_module(&out, "who", &w);
	assert_false(str_ok(&out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),	    cmocka_unit_test(test_names),
		cmocka_unit_test(test_comments),    cmocka_unit_test(test_comment_width),
		cmocka_unit_test(test_lists),	    cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_blank_lines), cmocka_unit_test(test_module_heads),
		cmocka_unit_test(test_path_names),  cmocka_unit_test(test_overflow_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
