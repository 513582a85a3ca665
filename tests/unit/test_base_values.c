/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err, mem, secret, uuid: words of failures, arenas and lists, secrets, identifiers. */
#include "support/check.h"

#include <sys/mman.h>

#include "base/secret.h"
#include "base/uuid.h"

static void test_err_parts(void **state)
{
	struct err e;
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(err_set(&e, ERR_BUSY, "wait", "cannot %s %d", "open", 7), -ERR_BUSY);
	assert_int_equal(e.code, ERR_BUSY);
	assert_string_equal(e.what, "cannot open 7");
	assert_string_equal(e.why, "");
	assert_string_equal(e.hint, "wait");
	assert_int_equal(err_why(&e, "%s", "used"), -ERR_BUSY);
	text = err_text(&e);
	assert_string_equal(text, "cannot open 7: used");
	/* A new error keeps nothing of the old one. */
	assert_int_equal(err_set(&e, ERR_IO, NULL, "other"), -ERR_IO);
	assert_string_equal(e.why, "");
	assert_string_equal(e.hint, "");
	assert_int_equal(err_errno(&e, ENOSPC, NULL, "x"), -ERR_IO);
	assert_string_equal(e.why, "No space left on device");
}

static void test_err_context(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_TOOL, "hint", "inner");
	err_why(&e, "why");
	assert_int_equal(err_context(&e, "middle %d", 2), -ERR_TOOL);
	assert_int_equal(err_context(&e, "outer"), -ERR_TOOL);
	assert_string_equal(e.what, "outer: middle 2: inner");
	assert_string_equal(e.why, "why");
	assert_string_equal(e.hint, "hint");
}

/* Cut, but never within a character. */
static void test_err_truncation(void **state)
{
	char text[6000] = "";
	struct err e;

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'a', shift);
		for (size_t i = shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 4);
		err_set(&e, ERR_IO, text, "%s", text);
		err_why(&e, "%s", text);
		for (int i = 0; i < 4; i++) {
			check_error(&e, -ERR_IO);
			assert_true(strlen(e.what) > 300 && strlen(e.why) > 4000);
			assert_true(str_ends(e.why, "..."));
			err_context(&e, "%s", text);
		}
	}
}

static void test_err_names(void **state)
{
	(void)state;
	for (int i = 0; i <= ERR_CANCELLED; i++) {
		assert_string_not_equal(err_code_name((enum err_code)i), "unknown");
		for (int j = 0; j < i; j++)
			assert_string_not_equal(err_code_name((enum err_code)i),
						err_code_name((enum err_code)j));
	}
	assert_string_equal(err_code_name((enum err_code)99), "unknown");
}

static void test_arena(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();

	(void)state;
	for (size_t size = 0; size < 70000; size = size * 2 + 1) {
		unsigned char *p = arena_alloc(a, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(a, "%s-%d", "x", 3), "x-3");
	assert_null(arena_free(NULL));
}

struct pair {
	uint32_t n, twice;
};

static void test_lists(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	LIST_OF(struct pair) list = {0};

	(void)state;
	for (uint32_t i = 0; i < 1030; i++) {
		assert_int_equal(list.count, i);
		struct pair *item = list_push(a, &list);

		assert_int_equal(item->n | item->twice, 0);
		item->n = i;
		item->twice = 2 * i;
		for (uint32_t j = i & ~7U; j <= i; j++)
			assert_true(list.items[j].n == j && list.items[j].twice == 2 * j);
	}
	for (uint32_t i = 0; i < 1030; i++)
		assert_true(list.items[i].n == i && list.items[i].twice == 2 * i);
}

static void test_strings(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct strings list = {0};
	char word[] = "word";

	(void)state;
	strings_add(a, &list, word);
	word[0] = 'x';
	assert_string_equal(list.items[0], "word");
}

static void test_take(void **state)
{
	char *p = xstrdup("x");
	_cleanup_free_ char *q = take(p);

	(void)state;
	assert_null(p);
	assert_string_equal(q, "x");
}

static void test_secret(void **state)
{
	_cleanup_secret_ struct secret s = {0};

	(void)state;
	assert_false(secret_given(&s));
	secret_set(&s, "first", 5);
	assert_true(secret_given(&s));
	assert_string_equal(s.bytes, "first");
	assert_int_equal((uintptr_t)s.bytes % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
	secret_set(&s, "second\0x", 8);
	assert_int_equal(s.len, 8);
	assert_memory_equal(s.bytes, "second\0x", 9);
	/* From itself, as when it is cut. */
	secret_set(&s, s.bytes, 3);
	assert_string_equal(s.bytes, "sec");
	secret_set(&s, "", 0);
	assert_true(secret_given(&s));
	assert_string_equal(s.bytes, "");
	secret_wipe(&s);
	assert_false(secret_given(&s));
	secret_wipe(&s);
}

static bool mapped(const void *page)
{
	unsigned char there;

	return mincore((void *)(uintptr_t)page, 1, &there) == 0;
}

static void test_secret_gone(void **state)
{
	struct secret s = {0};
	const char *first, *second;

	(void)state;
	secret_set(&s, "hunter2", 7);
	first = s.bytes;
	assert_true(mapped(first));
	secret_set(&s, "other", 5);
	second = s.bytes;
	assert_true(first == second || !mapped(first));
	secret_wipe(&s);
	assert_false(mapped(second));
}

/* Exactly a page, where the NUL needs another one. */
static void test_secret_page(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	_cleanup_secret_ struct secret s = {0};
	_cleanup_free_ char *text = xmalloc(page);

	(void)state;
	memset(text, 'x', page);
	secret_set(&s, text, page);
	assert_int_equal(strlen(s.bytes), page);
	assert_int_equal(s.mapped, 2 * page);
}

/* The kernel's word that a core has no copy of it: VmFlags "dd" (madvise(2), MADV_DONTDUMP). */
static void test_secret_not_dumped(void **state)
{
	_cleanup_secret_ struct secret s = {0};
	_cleanup_free_ char *maps = NULL, *head = NULL;
	const char *at;

	(void)state;
	secret_set(&s, "hunter2", 7);
	maps = read_whole("/proc/self/smaps");
	head = xasprintf("%08lx-", (unsigned long)(uintptr_t)s.bytes);
	at = maps ? strstr(maps, head) : NULL;
	at = at ? strstr(at, "VmFlags:") : NULL;
	if (!at)
		skip();
	_cleanup_free_ char *flags = xasprintf("%.*s ", (int)strcspn(at, "\n"), at);

	check_contains(flags, " dd ");
}

static void test_zero(void **state)
{
	char buf[] = "hunter2";

	(void)state;
	secret_zero(buf, sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 0);
}

static void test_uuid_vector(void **state)
{
	/* The DNS name space of RFC 4122, appendix C, with a vector that Python's uuid has, too. */
	static const char dns[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

	(void)state;
	assert_string_equal(uuid_derive(dns, "www.example.org").s,
			    "74738ff5-5367-5958-9aee-98fffdcd1876");
	assert_string_equal(uuid_derive(dns, "python.org").s,
			    "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}

static void test_uuid_bits(void **state)
{
	static const char seed[] = "00000000-0000-0000-0000-000000000000";

	(void)state;
	for (int i = 0; i < 200; i++) {
		char name[16];
		struct uuid u, again;

		snprintf(name, sizeof(name), "part-%d", i);
		u = uuid_derive(seed, name);
		again = uuid_derive(seed, name);
		assert_string_equal(u.s, again.s);
		assert_true(uuid_valid(u.s));
		assert_int_equal(strlen(u.s), 36);
		assert_int_equal(u.s[14], '5');
		assert_non_null(strchr("89ab", u.s[19]));
		for (const char *c = u.s; *c; c++)
			assert_true(strchr("0123456789abcdef-", *c));
	}
}

static void test_uuid_inputs(void **state)
{
	static const char seed[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
			  other[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c9";

	(void)state;
	assert_string_not_equal(uuid_derive(seed, "a").s, uuid_derive(seed, "b").s);
	assert_string_not_equal(uuid_derive(seed, "a").s, uuid_derive(other, "a").s);
	assert_string_equal(uuid_derive("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "a").s,
			    uuid_derive(seed, "a").s);
	assert_string_not_equal(uuid_of_bytes("a\0b", 3).s, uuid_of_bytes("a\0c", 3).s);
	assert_string_equal(uuid_of_bytes("abc", 3).s, uuid_of_bytes("abcd", 3).s);
	assert_true(uuid_valid(seed));
	assert_false(uuid_valid(""));
	assert_false(uuid_valid("6ba7b8109dad11d180b400c04fd430c8"));
	assert_false(uuid_valid("6ba7b810-9dad-11d1-80b4-00c04fd430c8 "));
	assert_false(uuid_valid("6ba7b810-9dad-11d1-80b4-00c04fd430cg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_parts),      cmocka_unit_test(test_err_context),
		cmocka_unit_test(test_err_truncation), cmocka_unit_test(test_err_names),
		cmocka_unit_test(test_arena),	       cmocka_unit_test(test_lists),
		cmocka_unit_test(test_strings),	       cmocka_unit_test(test_take),
		cmocka_unit_test(test_secret),	       cmocka_unit_test(test_secret_gone),
		cmocka_unit_test(test_secret_page),    cmocka_unit_test(test_secret_not_dumped),
		cmocka_unit_test(test_zero),	       cmocka_unit_test(test_uuid_vector),
		cmocka_unit_test(test_uuid_bits),      cmocka_unit_test(test_uuid_inputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
