/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interview by scripts, without a terminal: what is asked, going back, changing answers in the
 * review, leaving, and that nothing that was said is lost on the way. */
#include "answers/wizard.h"
#include "support/check.h"

/* One reply, and the title that its prompt must have. */
struct line {
	const char *title, *reply;
	enum reply_kind kind;
	const char *problem, *proposal; /* must be part of the prompt's; NULL: not looked at */
	const char *text;		/* the same */
};
#define SAY(title_, reply_)                          \
	{                                            \
		.title = (title_), .reply = (reply_) \
	}
#define BACK(title_)                                  \
	{                                             \
		.title = (title_), .kind = REPLY_BACK \
	}

struct script {
	const struct line *lines;
	size_t count, next;
	const char *seen_text;
	struct choices seen_choices;
};

static enum reply_kind reply_by_script(void *ctx, const struct prompt *p, struct secret *reply)
{
	struct script *s = ctx;
	const struct line *line = &s->lines[s->next];

	if (s->next == s->count)
		return REPLY_END;
	if (!str_starts(p->title, line->title))
		fail_msg("prompt %zu is \"%s\" and should be \"%s\" (problem: %s)", s->next,
			 p->title, line->title, p->problem ? p->problem : "none");
	if (line->problem)
		check_contains(p->problem, line->problem);
	else if (p->kind == PROMPT_QUESTION)
		assert_null(p->problem);
	if (line->proposal)
		assert_string_equal(p->proposal, line->proposal);
	if (line->text)
		check_contains(p->text, line->text);
	assert_non_null(p->help);
	assert_non_null(p->allowed);
	s->next++;
	if (line->reply)
		secret_set(reply, line->reply, strlen(line->reply));
	return line->kind;
}

static struct partition old_part[] = {
	{.path = "/dev/sdb1", .number = 1, .start = 1 << 20, .bytes = 8 << 20}};
static struct disk disks[] = {
	{.path = "/dev/sda", .bytes = 64ULL << 30, .sector_bytes = 512, .model = "Empty"},
	{.path = "/dev/sdb",
	 .bytes = 64ULL << 30,
	 .sector_bytes = 512,
	 .model = "Full",
	 .table = "gpt",
	 .partitions = {old_part, 1}},
};

struct fixture {
	struct facts facts;
	struct variants variants;
	struct answers *answers;
	struct interview v;
	struct arena *arena;
	const char *problems; /* what the review finds */
	const char *key;
	size_t looks;
	bool begun, may_leave, left;
};

static void look(void *ctx, struct arena *arena, struct outlook *ret)
{
	struct fixture *f = ctx;

	(void)arena;
	f->looks++;
	*ret = (struct outlook){.summary = "summary",
				.plan = "the plan",
				.warning = "all is lost",
				.word = "sda",
				.begin = "Begin",
				.problems = f->problems,
				.key = f->key};
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err e;

	f->facts = (struct facts){.arch = ARCH_X86_64,
				  .memory_bytes = 64ULL << 30,
				  .disks = {disks, ARRAY_SIZE(disks)}};
	assert_int_equal(variants_load(&f->variants, &e), 0);
	f->answers = answers_new();
	f->arena = arena_new();
	f->v = (struct interview){&f->facts, &f->variants, f->answers, NULL, NULL};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	answers_free(f->answers);
	arena_free(f->arena);
	variants_clear(&f->variants);
	free(f);
	return 0;
}

static const char *answer(struct fixture *f, const char *key)
{
	return answer_text(f->answers, question_find(key), f->arena);
}

static int run(struct fixture *f, const struct line *lines, size_t count, bool reviewed,
	       bool whole_lists)
{
	struct script s = {.lines = lines, .count = count};
	const struct front_end front = {
		.ctx = &s, .ask = reply_by_script, .whole_lists = whole_lists};
	const struct review review = {f, look, f->begun, f->may_leave ? &f->left : NULL};
	struct err e;
	int n = wizard_run(&f->v, &front, reviewed ? &review : NULL, &e);

	assert_int_equal(s.next, count);
	assert_int_equal(n, n < 0 ? -(int)e.code : 0);
	return n;
}
#define RUN(f, lines) run(f, lines, ARRAY_SIZE(lines), true, false)

#define SERVER                                                                       \
	SAY("Keyboard", ""), SAY("Variant", "server"), SAY("Locale", ""),            \
		SAY("Time zone", "Europe/Berlin"), SAY("Host name", "rack"),         \
		SAY("Disk", "/dev/sda"), SAY("File system", ""), SAY("Encrypt", ""), \
		SAY("Swap", "none"), SAY("Disk for samples", ""),                    \
		SAY("Administrator's SSH key", KEY), SAY("Take this key", ""),       \
		SAY("Administrator's SSH key", "")
#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJc1VbkrU9MJqVYTbmuYsXq2xHVhxtIw6GhTdBVFvkBn a@b"

static void test_straight(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {SERVER, SAY("Go on", "begin"), SAY("Type sda", "sda")};

	assert_int_equal(RUN(f, lines), 0);
	assert_string_equal(answer(f, "keyMap"), "us");
	assert_string_equal(answer(f, "timeZone"), "Europe/Berlin");
	assert_string_equal(answer(f, "users.admin.sshKeys"), KEY);
}

static void test_back_keeps_answers(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SAY("Keyboard", "de"),
		SAY("Variant", "server"),
		SAY("Locale", "de_DE.UTF-8"),
		BACK("Time zone"),
		{.title = "Locale", .kind = REPLY_BACK, .proposal = "de_DE.UTF-8"},
		{.title = "Variant", .reply = "", .proposal = "server"},
		{.title = "Locale", .reply = "", .proposal = "de_DE.UTF-8"},
		SAY("Time zone", ""),
		{.title = "Host name", .kind = REPLY_END},
	};

	assert_int_equal(RUN(f, lines), -ERR_CANCELLED);
	assert_string_equal(answer(f, "locale"), "de_DE.UTF-8");
	assert_string_equal(answer(f, "variant"), "server");
}

static void test_back_at_the_first(void **state)
{
	static const struct line lines[] = {BACK("Keyboard"), BACK("Keyboard"),
					    SAY("Keyboard", "")};

	assert_int_equal(RUN(*state, lines), -ERR_CANCELLED);
}

static void test_leaving_is_asked(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SAY("Keyboard", "fr"),
		{.title = "Variant", .kind = REPLY_CANCEL},
		SAY("Stop", "no"),
		{.title = "Variant", .kind = REPLY_CANCEL},
		{.title = "Stop", .kind = REPLY_CANCEL}, /* once more is no yes */
		{.title = "Variant", .kind = REPLY_CANCEL},
		SAY("Stop", ""), /* nor is Enter */
		SAY("Variant", "server"),
		{.title = "Locale", .kind = REPLY_CANCEL},
		SAY("Stop", "yes"),
	};

	assert_int_equal(RUN(f, lines), -ERR_CANCELLED);
	assert_string_equal(answer(f, "keyMap"), "fr");
	assert_string_equal(answer(f, "variant"), "server");
}

/* After a failure nobody is told that nothing was written. */
static void test_leaving_after_a_failure(void **state)
{
	struct fixture *f = *state;
	static const struct {
		bool begun;
		const char *text;
	} rows[] = {{false, "Nothing has been written to a disk."},
		    {true, "The disk has been changed, and cannot be used as it is"}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct line lines[] = {
			{.title = "Keyboard", .kind = REPLY_CANCEL},
			{.title = "Stop", .reply = "yes", .text = rows[i].text},
		};

		f->begun = rows[i].begun;
		assert_int_equal(RUN(f, lines), -ERR_CANCELLED);
	}
}

/* After a failure going back leads to what else can be done, with the answers as they are. */
static void test_leaving_the_review(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SERVER,
		SAY("Go on", "hostName"),
		SAY("Host name", "other"),
		SAY("Go on", "begin"),
		BACK("Type sda"),
		BACK("Go on"),
	};

	f->may_leave = true;
	assert_int_equal(RUN(f, lines), -ERR_CANCELLED);
	assert_true(f->left);
	assert_string_equal(answer(f, "hostName"), "other");
}

static void test_wrong_answers_are_asked_again(void **state)
{
	static const struct line lines[] = {
		SAY("Keyboard", "\x1b[31mqwertz\x07"),
		{.title = "Keyboard", .reply = "de", .problem = "cannot be used"},
		SAY("Variant", "iso"),
		SAY("Locale", ""),
		SAY("Time zone", "Europe/Berln"),
		{.title = "Time zone", .reply = "", .problem = "Europe/Berlin"},
		{.title = "Host name", .kind = REPLY_END},
	};

	assert_int_equal(RUN(*state, lines), -ERR_CANCELLED);
}

static void test_review_changes_one(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SERVER,
		SAY("Go on", "hostName"),
		{.title = "Host name", .reply = "other", .proposal = "rack"},
		SAY("Go on", "plan"),
		SAY("The whole plan", ""),
		SAY("Go on", "locale"),
		BACK("Locale"), /* as it was */
		SAY("Go on", "nonsense"),
		{.title = "Go on", .reply = "begin", .problem = "not in the list"},
		BACK("Type sda"),
		SAY("Go on", ""),
		SAY("Type sda", "SDA"),
		{.title = "Type sda", .reply = " sda", .problem = "\"SDA\""},
		{.title = "Type sda", .reply = "yes"},
		{.title = "Type sda", .reply = "sdaa"},
		{.title = "Type sda", .reply = "", .problem = "\"sdaa\""},
		{.title = "Type sda", .reply = "sda", .problem = "nothing was written"},
	};

	assert_int_equal(RUN(f, lines), 0);
	assert_string_equal(answer(f, "hostName"), "other");
	assert_string_equal(answer(f, "locale"), "en_US.UTF-8");
	assert_true(f->looks >= 5);
}

static void test_review_back_to_the_last_question(void **state)
{
	static const struct line lines[] = {
		SERVER,		  BACK("Go on"),	  SAY("Administrator's SSH key", ""),
		SAY("Go on", ""), SAY("Type sda", "sda"),
	};

	assert_int_equal(RUN(*state, lines), 0);
}

/* Who agreed to lose one disk has not agreed to lose another. */
static void test_another_disk_another_agreement(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SERVER,
		SAY("Go on", "disk.path"),
		SAY("Disk", "/dev/sdb"),
		SAY("What becomes", ""),
		SAY("Erase", "yes"),
		SAY("Go on", "disk.path"),
		SAY("Disk", "/dev/sda"),
		SAY("Go on", "disk.path"),
		SAY("Disk", "/dev/sdb"),
		SAY("What becomes", ""),
		{.title = "Erase", .kind = REPLY_END},
	};

	assert_int_equal(RUN(f, lines), -ERR_CANCELLED);
	assert_null(answer(f, "disk.eraseData"));
}

/* What the other variant has no use for is not left behind, what it needs is asked. */
static void test_another_variant(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SERVER,
		SAY("Go on", "variant"),
		SAY("Variant", "iso"),
		SAY("Login name", "eva"),
		SAY("SSH key", ""),
		SAY("Password", "secret"),
		SAY("Password", "other"),
		{.title = "Password", .reply = "secret", .problem = "not the same"},
		SAY("Password", "secret"),
		SAY("Desktop", "i3"),
		SAY("Quantum", "128"),
		SAY("Reserve", ""),
		SAY("Go on", "variant"),
		SAY("Variant", "server"),
		SAY("Go on", ""),
		SAY("Type sda", "sda"),
	};

	assert_int_equal(RUN(f, lines), 0);
	assert_null(answer(f, "desktop"));
	assert_null(answer(f, "users.audioUser.name"));
	assert_string_equal(answer(f, "users.admin.sshKeys"), KEY);
}

static void test_problems_point_at_the_answer(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SERVER,
		{.title = "Go on",
		 .reply = "begin",
		 .problem = "too small",
		 .proposal = "disk.path"},
		{.title = "Go on", .reply = "", .problem = "not in the list"},
		{.title = "Disk", .kind = REPLY_END},
	};

	f->problems = "too small";
	f->key = "disk.path";
	assert_int_equal(RUN(f, lines), -ERR_CANCELLED);
}

static void test_no_disk_ends_it(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SAY("Keyboard", ""),  SAY("Variant", "server"), SAY("Locale", ""),
		SAY("Time zone", ""), SAY("Host name", ""),
	};

	f->facts.disks.count = 0;
	assert_int_equal(RUN(f, lines), -ERR_NOT_FOUND);
}

static void test_whole_lists(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SAY("Keyboard", ""),
		SAY("Variant", "server"),
		SAY("Locale", ""),
		SAY("Time zone", ""),
		SAY("Host name", ""),
		SAY("Disk", "/dev/sda"),
		SAY("File system", ""),
		SAY("Encrypt", ""),
		SAY("Swap", ""),
		SAY("Disk for samples", ""),
		SAY("Administrator's SSH key", KEY "\n\nno key\n"),
		SAY("Take this key", ""),
		{.title = "Administrator's SSH key",
		 .reply = "  " KEY " \n",
		 .problem = "no public key"},
		SAY("Take this key", ""),
		SAY("Go on", "users.admin.sshKeys"),
		{.title = "Administrator's SSH key", .kind = REPLY_BACK, .proposal = KEY},
		SAY("Go on", "users.admin.sshKeys"),
		{.title = "Administrator's SSH key", .reply = ""},
		{.title = "Go on", .kind = REPLY_END},
	};

	assert_int_equal(run(f, lines, ARRAY_SIZE(lines), true, true), -ERR_CANCELLED);
	assert_null(answer(f, "users.admin.sshKeys"));
}

static void test_clear(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SAY("Keyboard", ""),
		SAY("Variant", "iso"),
		SAY("Locale", ""),
		SAY("Time zone", ""),
		SAY("Host name", "rack"),
		SAY("Disk", "/dev/sda"),
		SAY("File system", ""),
		SAY("Encrypt", ""),
		SAY("Swap", ""),
		SAY("Disk for samples", ""),
		SAY("Login name", ""),
		SAY("SSH key", KEY),
		SAY("Take this key", ""),
		SAY("SSH key", ""),
		BACK("Password"),
		{.title = "SSH key", .kind = REPLY_CLEAR},
		SAY("SSH key", ""),
		SAY("Password", ""), /* needed now */
		{.title = "Password", .kind = REPLY_CLEAR, .problem = "is needed"},
		{.title = "Password", .kind = REPLY_END, .problem = "is needed"},
	};

	assert_int_equal(RUN(f, lines), -ERR_CANCELLED);
	assert_null(answer(f, "users.audioUser.sshKeys"));
}

/* In a form, an emptied field is the answer; in lines one is asked for another. */
static void test_clear_in_a_form(void **state)
{
	struct fixture *f = *state;
	static const struct line lines[] = {
		SAY("Keyboard", ""),
		SAY("Variant", "iso"),
		SAY("Locale", ""),
		SAY("Time zone", ""),
		SAY("Host name", "rack"),
		SAY("Disk", "/dev/sda"),
		SAY("File system", ""),
		SAY("Encrypt", ""),
		SAY("Swap", ""),
		SAY("Disk for samples", ""),
		SAY("Login name", ""),
		SAY("SSH key", ""),
		SAY("Password", "word"),
		SAY("Password", "word"),
		SAY("Administrator's SSH key", KEY),
		SAY("Take this key", ""),
		SAY("Desktop", ""),
		SAY("Quantum", ""),
		SAY("Reserve", ""),
		SAY("Go on", "users.admin.sshKeys"),
		{.title = "Administrator's SSH key", .kind = REPLY_CLEAR, .proposal = KEY},
		SAY("Go on", "begin"),
		{.title = "Type sda", .kind = REPLY_END},
	};

	assert_int_equal(run(f, lines, ARRAY_SIZE(lines), true, true), -ERR_CANCELLED);
	assert_null(answer(f, "users.admin.sshKeys"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_straight),
		CASE(test_back_keeps_answers),
		CASE(test_back_at_the_first),
		CASE(test_leaving_is_asked),
		CASE(test_leaving_after_a_failure),
		CASE(test_leaving_the_review),
		CASE(test_wrong_answers_are_asked_again),
		CASE(test_review_changes_one),
		CASE(test_review_back_to_the_last_question),
		CASE(test_another_disk_another_agreement),
		CASE(test_another_variant),
		CASE(test_problems_point_at_the_answer),
		CASE(test_no_disk_ends_it),
		CASE(test_whole_lists),
		CASE(test_clear),
		CASE(test_clear_in_a_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
