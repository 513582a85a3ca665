/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain lines: what they cost, how a long list is searched, and that nothing from outside reaches
 * the terminal as a command. */
#include "support/check.h"
#include "tui/plain.h"

static char out[16384];

/* What is written for a prompt when these lines are typed. */
static enum reply_kind ask(const struct prompt *prompt, const char *typed, struct secret *reply)
{
	struct plain p = {.in = fmemopen((void *)(uintptr_t)typed, strlen(typed), "r"),
			  .out = fmemopen(out, sizeof(out), "w")};
	enum reply_kind kind = plain_ask(&p, prompt, reply);

	fclose(p.in);
	fclose(p.out);
	return kind;
}

static struct choice items[200];

static struct prompt many(size_t count, const char *format)
{
	static char names[200][64];

	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%.20s %zu of a list", format, i + 1);
		items[i] = (struct choice){names[i], names[i]};
	}
	return (struct prompt){.kind = PROMPT_QUESTION,
			       .type = Q_CHOICE,
			       .title = "Choice",
			       .help = "Help.",
			       .allowed = "one of these",
			       .choices = {{items, count}},
			       .search = count > 20,
			       .proposal = items[0].value};
}

static void test_cost(void **state)
{
	struct prompt p = many(20, "item");
	_cleanup_secret_ struct secret reply = {0};
	size_t first;

	(void)state;
	assert_int_equal(ask(&p, "7\n", &reply), REPLY_ANSWER);
	assert_string_equal(reply.bytes, items[6].value);
	first = strlen(out);
	assert_true(first <= 750);
	/* A refused answer costs the refusal and the question again, not the list. */
	p.problem = "no";
	assert_int_equal(ask(&p, "20\n", &reply), REPLY_ANSWER);
	assert_string_equal(reply.bytes, items[19].value);
	assert_true(strlen(out) <= 32 + strlen("! no\n"));
	/* A text with its proposal is one short line. */
	p = (struct prompt){.type = Q_TEXT, .title = "Time zone", .proposal = "UTC"};
	assert_int_equal(ask(&p, "\n", &reply), REPLY_ANSWER);
	assert_true(strlen(out) <= 32);
}

static void test_search(void **state)
{
	struct prompt p = many(200, "zone");
	_cleanup_secret_ struct secret reply = {0};

	(void)state;
	/* Too many, then fewer, then by number among what was found. */
	assert_int_equal(ask(&p, "zone\n19 list\n2\n", &reply), REPLY_ANSWER);
	check_contains(out, "200 match");
	assert_string_equal(reply.bytes, items[118].value);
	assert_int_equal(ask(&p, "LIST 177\n", &reply), REPLY_ANSWER);
	assert_string_equal(reply.bytes, items[176].value);
	check_contains(out, "= zone 177");
	/* What nothing matches is the wizard's to refuse. */
	assert_int_equal(ask(&p, "nowhere\n", &reply), REPLY_ANSWER);
	assert_string_equal(reply.bytes, "nowhere");
	assert_int_equal(ask(&p, "\n", &reply), REPLY_ANSWER);
	assert_string_equal(reply.bytes, "");
}

static void test_words(void **state)
{
	struct prompt p = many(3, "item");
	_cleanup_secret_ struct secret reply = {0};

	(void)state;
	assert_int_equal(ask(&p, "<\n", &reply), REPLY_BACK);
	assert_int_equal(ask(&p, "", &reply), REPLY_END);
	assert_int_equal(ask(&p, "?\n4\n", &reply), REPLY_ANSWER);
	assert_string_equal(reply.bytes, "4");
	check_contains(out, "Help.");
	check_contains(out, "one of these");
	assert_int_equal(ask(&p, "-\n", &reply), REPLY_ANSWER);
	p.clears = true;
	assert_int_equal(ask(&p, "-\n", &reply), REPLY_CLEAR);
}

/* A value that is a number is meant as the value. */
static void test_numbers_that_are_values(void **state)
{
	static struct choice quanta[] = {{"32", "32"}, {"64", "64"}, {"2", "2"}};
	const struct prompt p = {
		.type = Q_NUMBER, .title = "Quantum", .choices = {{quanta, ARRAY_SIZE(quanta)}}};
	_cleanup_secret_ struct secret reply = {0};

	(void)state;
	assert_int_equal(ask(&p, "2\n", &reply), REPLY_ANSWER);
	assert_string_equal(reply.bytes, "2");
	assert_int_equal(ask(&p, "1\n", &reply), REPLY_ANSWER);
	assert_string_equal(reply.bytes, "32");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_numbers_that_are_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
