/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plain: what is written and read, byte by byte. */
#include "support/check.h"

#include "support/interview.h"
#include "tui/plain.h"

struct talk {
	struct plain p;
	char *text; /* what was written */
	size_t len;
	struct secret reply;
};

static void talk_open(struct talk *t, const void *input, size_t len)
{
	static const char nothing[] = "";

	*t = (struct talk){
		.p.in = fmemopen((void *)(uintptr_t)(len ? input : nothing), len ? len : 1, "r")};
	if (!len)
		fgetc(t->p.in);
	setvbuf(t->p.in, NULL, _IONBF, 0);
	t->p.out = open_memstream(&t->text, &t->len);
}

static void talk_close(struct talk *t)
{
	fclose(t->p.in);
	fclose(t->p.out);
	free(t->text);
	secret_wipe(&t->reply);
}
#define _cleanup_talk_ _cleanup_(talk_close)

static const char *written(struct talk *t)
{
	fflush(t->p.out);
	return t->text;
}

/* A prompt as the wizard makes it of a row of the table. */
static struct prompt prompt_of(const char *key, struct prompt p)
{
	p.question = question_needed(key);
	p.type = p.question->type;
	p.title = p.question->prompt;
	p.help = p.question->help;
	p.allowed = p.question->allowed;
	return p;
}

static void check_reply(struct talk *t, const struct prompt *p, const char *expected)
{
	assert_int_equal(plain_ask(&t->p, p, &t->reply), REPLY_ANSWER);
	assert_string_equal(t->reply.bytes, expected);
}

static struct choices make_choices(struct arena *a, size_t count)
{
	struct choices c = {0};

	for (size_t i = 0; i < count; i++) {
		const char *value = arena_printf(a, "choice-%zu", i + 1);

		*list_push(a, &c.list) = (struct choice){
			value, i % 2 ? value : arena_printf(a, "label %zu", i + 1)};
	}
	return c;
}

static void test_prompts(void **state)
{
	static const struct {
		struct prompt p;
		const char *key, *text;
	} rows[] = {
		{{.proposal = "archibald"}, "hostName", "Host name [archibald]: "},
		{{.proposal = NULL}, "hostName", "Host name: "},
		{{.optional = true}, "users.admin.sshKeys", "Administrator's SSH key [none]: "},
		{{.optional = false}, "users.admin.sshKeys", "Administrator's SSH key: "},
		{{.more = true, .optional = true},
		 "users.admin.sshKeys",
		 "Administrator's SSH key, one more (Enter: no more): "},
		{{.repeat = true, .optional = true},
		 "users.audioUser.password",
		 "Password again [none]: "},
		{{.proposal = "yes"},
		 "audio.realtimeTuning",
		 "Reserve processor cores for audio (yes/no) [yes]: "},
		{{.problem = "no such thing", .proposal = "us"},
		 "keyMap",
		 "! no such thing\nKeyboard [us]: "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_talk_ struct talk t;
		struct prompt p = prompt_of(rows[i].key, rows[i].p);

		talk_open(&t, "x\n", 2);
		check_reply(&t, &p, "x");
		assert_string_equal(written(&t), rows[i].text);
	}
}

static void test_choosing(void **state)
{
	static const struct {
		const char *typed, *reply;
	} rows[] = {
		{"1", "choice-1"},
		{"3", "choice-3"},
		{"03", "choice-3"},
		{"0", "0"},
		{"4", "4"},
		{"-1", "-1"},
		{"2x", "2x"},
		{"", ""},
		{"choice-2", "choice-2"},
		{"18446744073709551617", "18446744073709551617"},
	};
	_cleanup_arena_ struct arena *a = arena_new();
	const struct prompt p = prompt_of(
		"desktop", (struct prompt){.choices = make_choices(a, 3), .proposal = "choice-2"});

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *line = xasprintf("%s\n", rows[i].typed);
		_cleanup_talk_ struct talk t;

		talk_open(&t, line, strlen(line));
		check_reply(&t, &p, rows[i].reply);
		assert_string_equal(written(&t), "1 label 1\n2 choice-2\n3 label 3\n"
						 "Desktop [choice-2]: ");
	}
}

/* "64" is a value before it is a number of a choice. */
static void test_values_first(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct choices c = {0};
	struct prompt p;
	_cleanup_talk_ struct talk t;

	(void)state;
	*list_push(a, &c.list) = (struct choice){"2", "2"};
	*list_push(a, &c.list) = (struct choice){"1", "1"};
	p = prompt_of("audio.quantum", (struct prompt){.choices = c});
	talk_open(&t, "1\n2\n", 4);
	check_reply(&t, &p, "1");
	check_reply(&t, &p, "2");
}

static void test_help_and_back(void **state)
{
	const struct prompt p = prompt_of("hostName", (struct prompt){0});
	_cleanup_talk_ struct talk t;

	(void)state;
	talk_open(&t, "?\n?\nx\n<\n? \n<x\n", 14);
	check_reply(&t, &p, "x");
	check_contains(written(&t), p.question->help);
	check_contains(written(&t), "Allowed: letters, digits and '-'");
	assert_int_equal(plain_ask(&t.p, &p, &t.reply), REPLY_BACK);
	/* Only exactly the mark. */
	check_reply(&t, &p, "? ");
	check_reply(&t, &p, "<x");
	assert_int_equal(plain_ask(&t.p, &p, &t.reply), REPLY_END);
}

static void test_end_of_input(void **state)
{
	static const char *const inputs[] = {"", "x", "?", "<", "?\n", "?\nx"};
	const struct prompt p = prompt_of("hostName", (struct prompt){.proposal = "archibald"});

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
		_cleanup_talk_ struct talk t;

		talk_open(&t, inputs[i], strlen(inputs[i]));
		check_row(i, plain_ask(&t.p, &p, &t.reply) == REPLY_END);
	}
}

static void test_odd_lines(void **state)
{
	static const char input[] = "dos\r\na\0b\n \xff\n\n";
	const struct prompt p = prompt_of("hostName", (struct prompt){0});
	_cleanup_talk_ struct talk t;

	(void)state;
	talk_open(&t, input, sizeof(input) - 1);
	check_reply(&t, &p, "dos");
	check_reply(&t, &p,
		    "a\x01"
		    "b");
	check_reply(&t, &p, " \xff");
	check_reply(&t, &p, "");
}

/* What does not fit is not the answer to the next question. */
static void test_endless_line(void **state)
{
	const struct prompt p = prompt_of("hostName", (struct prompt){0});
	_cleanup_free_ char *line = xmalloc(100001);
	_cleanup_talk_ struct talk t;

	(void)state;
	memset(line, 'x', 100000);
	memcpy(line + 99996, "\ny\n", 4);
	talk_open(&t, line, 99999);
	assert_int_equal(plain_ask(&t.p, &p, &t.reply), REPLY_ANSWER);
	assert_true(t.reply.len > 16384);
	check_reply(&t, &p, "y");
}

/* Issue 5: at 9600 baud. A choice of 20 lines in 750 bytes, an answer in 32. */
static void test_bytes(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const struct prompt p = prompt_of(
		"desktop", (struct prompt){.choices = make_choices(a, 20), .proposal = "choice-2"});
	_cleanup_talk_ struct talk t;
	size_t before;

	(void)state;
	talk_open(&t, "20\n", 3);
	check_reply(&t, &p, "choice-20");
	before = strlen(written(&t));
	assert_true(before <= 750);
	check_lacks(t.text, "\x1b");
	plain_event(&t.p, &(struct event){.kind = EVENT_PROGRESS, .text = ""});
	assert_true(strlen(written(&t)) <= before + 32);
}

static size_t lines_in(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* The whole interview, with a disk that calls itself something else than it is. */
static void test_hostile_disk(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(
		MACHINE("x86_64", PC_BOARD, MEMORY_8G, FIRMWARE_UEFI_TEXT,
			"{\"path\":\"/dev/sda\",\"byId\":\"/dev/disk/by-id/x\\u001b[2J\\n9 y\","
			"\"links\":[],\"fsType\":\"ext\\u0007\\n4\",\"model\":"
			"\"\\u202eevil\\u0007\\nDisk [none]: \\u009b31m\","
			"\"bytes\":68719476736,\"sectorBytes\":512}"));
	const struct question *q = question_needed("disk.path");
	const struct prompt p = prompt_of(
		"disk.path", (struct prompt){.choices = q->offers(&s->v, s->problems.arena),
					     .text = q->shows(&s->v, s->problems.arena)});
	_cleanup_talk_ struct talk t;

	(void)state;
	talk_open(&t, "1\n", 2);
	assert_int_equal(plain_ask(&t.p, &p, &t.reply), REPLY_ANSWER);
	check_shown(written(&t));
	/* What is on it and a line above that, the choice, the question: whatever the disk says. */
	assert_int_equal(lines_in(t.text), 3);
	assert_true(str_ends(t.text, "\nDisk: "));
}

static void test_events(void **state)
{
	static const struct event events[] = {
		{.kind = EVENT_WARNING, .text = "careful"},
		{.kind = EVENT_BEGIN, .step = "a", .text = "first", .total = 8},
		{.kind = EVENT_LOG, .step = "a", .text = "noise", .total = 8},
		{.kind = EVENT_END, .step = "a", .text = "", .done = 1, .total = 8},
		{.kind = EVENT_SKIP, .step = "b", .text = "", .done = 4, .total = 8},
		{.kind = EVENT_ERROR, .text = "what", .why = "why", .hint = "hint"},
		{.kind = EVENT_ERROR, .text = "what", .why = "", .hint = ""},
		{.kind = EVENT_DONE, .text = "everything", .done = 8, .total = 8},
	};
	_cleanup_talk_ struct talk t;

	(void)state;
	talk_open(&t, "", 0);
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		plain_event(&t.p, &events[i]);
	assert_string_equal(written(&t), "WARNING: careful\n[  0%] first\n"
					 "[ 50%]   done by an earlier run\n"
					 "FAILED: what: why\nhint: hint\nFAILED: what\n"
					 "[100%] everything\n");
	t.p.verbose = true;
	plain_event(&t.p, &events[2]);
	check_contains(written(&t), "        noise\n");
}

static void test_banner(void **state)
{
	_cleanup_talk_ struct talk t;

	(void)state;
	talk_open(&t, "", 0);
	plain_banner(&t.p, "art\n");
	check_contains(written(&t), "Nothing is written before you have agreed to it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prompts),	     cmocka_unit_test(test_choosing),
		cmocka_unit_test(test_values_first), cmocka_unit_test(test_help_and_back),
		cmocka_unit_test(test_end_of_input), cmocka_unit_test(test_odd_lines),
		cmocka_unit_test(test_endless_line), cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_hostile_disk), cmocka_unit_test(test_events),
		cmocka_unit_test(test_banner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
