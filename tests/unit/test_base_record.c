/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record: a struct of every field type to JSON and back; strict JSON. */
#include "support/check.h"

#include <json-c/json.h>

#include "base/record.h"

enum colour { RED, GREEN };
static const char *const colours[] = {"red", "green", NULL};

struct leaf {
	char *name;
	uint32_t n;
};
static const struct field leaf_fields[] = {
	FIELD_NEEDED(struct leaf, "name", FIELD_STRING, name),
	FIELD(struct leaf, "n", FIELD_U32, n),
};
static const struct record_type leaf_type = RECORD_TYPE(struct leaf, leaf_fields);

struct tree {
	char *text, *none;
	bool yes, no;
	uint32_t u32;
	uint64_t u64;
	enum colour colour;
	struct strings words;
	struct leaf one;
	LIST_OF(struct leaf) many;
};
static const struct field tree_fields[] = {
	FIELD(struct tree, "text", FIELD_STRING, text),
	FIELD(struct tree, "none", FIELD_STRING, none),
	FIELD(struct tree, "yes", FIELD_BOOL, yes),
	FIELD(struct tree, "no", FIELD_BOOL, no),
	FIELD(struct tree, "u32", FIELD_U32, u32),
	FIELD(struct tree, "u64", FIELD_U64, u64),
	FIELD_NAMED(struct tree, "colour", colour, colours),
	FIELD(struct tree, "words", FIELD_STRINGS, words),
	FIELD_SUB(struct tree, "one", FIELD_RECORD, one, &leaf_type),
	FIELD_SUB(struct tree, "many", FIELD_RECORDS, many, &leaf_type),
};
static const struct record_type tree_type = RECORD_TYPE(struct tree, tree_fields);

/* A record that holds itself. */
struct nest {
	LIST_OF(struct nest) inner;
};
static const struct record_type nest_type;
static const struct field nest_fields[] = {
	FIELD_SUB(struct nest, "inner", FIELD_RECORDS, inner, &nest_type),
};
static const struct record_type nest_type = RECORD_TYPE(struct nest, nest_fields);

struct fixed {
	char text[8];
};
static const struct field fixed_fields[] = {FIELD(struct fixed, "text", FIELD_TEXT, text)};
static const struct record_type fixed_type = RECORD_TYPE(struct fixed, fixed_fields);

static struct json_object *parsed(const char *text)
{
	struct json_object *json = NULL;
	struct err e;

	if (json_parse(text, strlen(text), "test", &json, &e) < 0)
		fail_msg("%s: %s", text, e.why);
	return json;
}

static void fill(struct arena *a, struct tree *t)
{
	*t = (struct tree){
		.text = arena_strdup(a, "O\"Brien \\ / \n\t \xc3\xbc"),
		.yes = true,
		.u32 = UINT32_MAX,
		.u64 = UINT64_MAX,
		.colour = GREEN,
		.one = {arena_strdup(a, ""), 7},
	};
	strings_add(a, &t->words, "first");
	strings_add(a, &t->words, "");
	strings_add(a, &t->words, "third");
	for (uint32_t i = 0; i < 5; i++)
		*list_push(a, &t->many) = (struct leaf){arena_printf(a, "leaf %u", i), i};
}

static void test_round_trip(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct tree before, after;
	struct err e;

	(void)state;
	fill(a, &before);
	_cleanup_json_ struct json_object *json = record_to_json(&tree_type, &before);
	_cleanup_free_ char *text = json_text(json);
	_cleanup_json_ struct json_object *again = parsed(text);

	memset(&after, 0xff, sizeof(after));
	assert_int_equal(record_from_json(&tree_type, again, a, &after, &e), 0);
	assert_string_equal(after.text, before.text);
	assert_null(after.none);
	assert_true(after.yes && !after.no && after.colour == GREEN);
	assert_true(after.u32 == UINT32_MAX && after.u64 == UINT64_MAX);
	assert_int_equal(after.words.count, 3);
	assert_string_equal(after.words.items[2], "third");
	assert_string_equal(after.one.name, "");
	assert_int_equal(after.many.count, 5);
	assert_string_equal(after.many.items[4].name, "leaf 4");
	_cleanup_json_ struct json_object *json2 = record_to_json(&tree_type, &after);
	_cleanup_free_ char *text2 = json_text(json2);

	assert_string_equal(text, text2);
	check_lacks(text, "none");
	assert_true(str_ends(text, "}\n"));
}

static const struct {
	const char *json, *path;
} wrong[] = {
	{"[]", "(top)"},
	{"\"x\"", "(top)"},
	{"{\"text\": 1}", "text"},
	{"{\"text\": null}", "text"},
	{"{\"yes\": \"true\"}", "yes"},
	{"{\"yes\": 1}", "yes"},
	{"{\"u32\": -1}", "u32"},
	{"{\"u32\": 1.0}", "u32"},
	{"{\"u32\": \"1\"}", "u32"},
	{"{\"u32\": 4294967296}", "u32"},
	{"{\"u64\": -1}", "u64"},
	{"{\"u64\": true}", "u64"},
	{"{\"colour\": \"blue\"}", "colour"},
	{"{\"colour\": 1}", "colour"},
	{"{\"words\": \"a\"}", "words"},
	{"{\"words\": [\"a\", 1]}", "words"},
	{"{\"words\": {}}", "words"},
	{"{\"one\": []}", "one"},
	{"{\"one\": {}}", "one.name"},
	{"{\"one\": {\"name\": \"x\", \"n\": \"y\"}}", "one.n"},
	{"{\"many\": {}}", "many"},
	{"{\"many\": [1]}", "many[0]"},
	{"{\"many\": [{\"name\": \"x\"}, {\"name\": \"x\"}, {\"n\": 1}]}", "many[2].name"},
};

static void test_wrong_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		_cleanup_json_ struct json_object *json = parsed(wrong[i].json);
		_cleanup_free_ char *start = xasprintf("%s: ", wrong[i].path);
		struct tree t, untouched;
		struct err e;

		memset(&t, 0x5a, sizeof(t));
		untouched = t;
		check_row(i, record_from_json(&tree_type, json, a, &t, &e) == -ERR_INVALID);
		if (!str_starts(e.what, start))
			fail_msg("row %zu: %s", i, e.what);
		assert_memory_equal(&t, &untouched, sizeof(t));
	}
}

static void test_unknown_keys(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_json_ struct json_object *json = parsed("{\"newer\": [{}], \"u32\": 5}");
	struct tree t;
	struct err e;

	(void)state;
	assert_int_equal(record_from_json(&tree_type, json, a, &t, &e), 0);
	assert_int_equal(t.u32, 5);
	assert_true(!t.text && !t.words.count && !t.yes);
}

static int read_nest(unsigned depth, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_str_ struct str text = {0};
	struct nest n;

	for (unsigned i = 1; i < depth; i++)
		str_add(&text, "{\"inner\": [");
	str_add(&text, "{}");
	for (unsigned i = 1; i < depth; i++)
		str_add(&text, "]}");
	struct json_tokener *tok = json_tokener_new_ex(1000);
	_cleanup_json_ struct json_object *json = json_tokener_parse_ex(tok, text.s, (int)text.len);

	json_tokener_free(tok);
	assert_non_null(json);
	return record_from_json(&nest_type, json, a, &n, e);
}

static void test_depth(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(read_nest(16, &e), 0);
	assert_int_equal(read_nest(17, &e), -ERR_INVALID);
	/* The path is longer than its buffer then. */
	assert_int_equal(read_nest(300, &e), -ERR_INVALID);
}

static void test_text_field(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct fixed full = {"abc"}, empty = {""};
	_cleanup_json_ struct json_object *x = record_to_json(&fixed_type, &full);
	_cleanup_json_ struct json_object *y = record_to_json(&fixed_type, &empty);
	struct err e;

	(void)state;
	assert_string_equal(json_object_to_json_string(x), "{ \"text\": \"abc\" }");
	assert_string_equal(json_object_to_json_string(y), "{ }");
	assert_int_equal(record_from_json(&fixed_type, x, a, &full, &e), -ERR_INTERNAL);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(name_index(colours, "green"), 1);
	assert_int_equal(name_index(colours, "Green"), -1);
	assert_int_equal(name_index(colours, ""), -1);
}

#define TEXT(s)                  \
	{                        \
		s, sizeof(s) - 1 \
	}
struct bytes {
	const char *s;
	size_t len;
};
static const struct bytes good_json[] = {
	TEXT("{}"),
	TEXT(" [1, -0, 0.5, 1e5, 1E-5, 1e+5, true, false, null]\r\n\t"),
	TEXT("{\"a\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83c\\udfb5\"}"),
	TEXT("[\"'\", \"//\", \"/*\", \"NaN\"]"),
	TEXT("[\"\x7f\xc2\x9b\xe2\x80\xae\"]"), /* valid; what is shown of it is another matter */
	TEXT("[\"\\u0000\"]"),
};
static const struct bytes bad_json[] = {
	TEXT(""),
	TEXT("  "),
	TEXT("{"),
	TEXT("{\"a\""),
	TEXT("[1,]"),
	TEXT("{\"a\":1,}"),
	TEXT("{a: 1}"),
	TEXT("{'a': 1}"),
	TEXT("['a']"),
	TEXT("[01]"),
	TEXT("[1.]"),
	TEXT("[.5]"),
	TEXT("[+1]"),
	TEXT("[NaN]"),
	TEXT("[Infinity]"),
	TEXT("[-Infinity]"),
	TEXT("[TRUE]"),
	TEXT("[nul]"),
	TEXT("{} x"),
	TEXT("{}{}"),
	TEXT("{}\0"),
	TEXT("{}\0{}"),
	TEXT("[1,\0 2]"),
	TEXT("[\"a\0b\"]"),
	TEXT("// c\n{}"),
	TEXT("/* c */{}"),
	TEXT("[\"a\nb\"]"),
	TEXT("[\"a\tb\"]"),
	TEXT("[\"\x1f\"]"),
	TEXT("[\"\\x41\"]"),
	TEXT("[\"\\ud800\"]"),
	TEXT("[\"\\ud800\\u0041\"]"),
	TEXT("[\"\\udc00\"]"),
	TEXT("[\"\xc0\x80\"]"),
	TEXT("[\"\xed\xa0\x80\"]"),
	TEXT("[\"\xff\"]"),
	TEXT("[\"\xc3\"]"),
	TEXT("\xef\xbb\xbf{}"),
	TEXT("[\xc2\xa0]"),
	TEXT("[\v1]"),
	TEXT("[\"\\"),
	TEXT("[\"\\u12"),
	TEXT("[\"\\ud83c\\u"),
};

/* As read from a file: nothing behind it but one NUL, so that the sanitizer sees every byte. */
static int parse_bytes(const struct bytes *b, struct json_object **ret, struct err *e)
{
	_cleanup_free_ char *copy = xmalloc(b->len + 1);

	memcpy(copy, b->s, b->len);
	copy[b->len] = '\0';
	return json_parse(copy, b->len, "the file", ret, e);
}

static void test_strict_json(void **state)
{
	struct json_object *json;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good_json); i++) {
		check_row(i, parse_bytes(&good_json[i], &json, &e) == 0);
		json_object_put(json);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad_json); i++) {
		json = (struct json_object *)&e;
		check_row(i, parse_bytes(&bad_json[i], &json, &e) == -ERR_INVALID);
		assert_ptr_equal(json, &e);
		check_error(&e, -ERR_INVALID);
		assert_string_equal(e.what, "the file is not JSON");
	}
}

static void test_json_depth(void **state)
{
	char text[200];
	struct json_object *json;
	struct err e;

	(void)state;
	memset(text, '[', 100);
	memset(text + 100, ']', 99);
	text[199] = '\0';
	assert_int_equal(json_parse(text, 199, "x", &json, &e), -ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_unknown_keys), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_text_field),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_strict_json),  cmocka_unit_test(test_json_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
