/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wizard: a script in place of a person. */
#include "support/check.h"

#include "answers/wizard.h"
#include "support/interview.h"

enum { REPLIES_MAX = 200 };

/* Replies by the order of the questions; "<" goes back, "!" cancels, NULL is the end of input. */
struct script {
	const char *const *replies;
	size_t at, asked;
	struct str log; /* "key " for each question, with marks for what else was shown */
	char problem[1200];
	size_t number;
	bool proposal_only; /* instead of replies: empty ones */
	size_t cancel_at;   /* the number of the question, from 1, at which to cancel */
	struct str heard;   /* "key=text " for each answer that was accepted */
	struct setting *s;
};

static enum reply_kind script_ask(void *ctx, const struct prompt *p, struct secret *reply)
{
	struct script *x = ctx;
	const char *text;

	if (p->kind == PROMPT_LEAVE) {
		secret_set(reply, "yes", 3);
		return REPLY_ANSWER;
	}
	if (p->kind == PROMPT_REVIEW) /* "Take this key": yes */
		return REPLY_ANSWER;
	assert_true(++x->asked < REPLIES_MAX);
	str_addf(&x->log, "%s%s%s%s ", p->question->key, p->repeat ? "*" : "", p->more ? "+" : "",
		 p->problem ? "!" : "");
	snprintf(x->problem, sizeof(x->problem), "%s", p->problem ? p->problem : "");
	check_shown(x->problem);
	x->number = p->number;
	if (x->cancel_at && x->asked == x->cancel_at)
		return REPLY_CANCEL;
	text = x->replies && x->replies[x->at] ? x->replies[x->at++] : x->proposal_only ? "" : NULL;
	if (!text || str_eq(text, "!"))
		return REPLY_CANCEL;
	if (str_eq(text, "<"))
		return REPLY_BACK;
	secret_set(reply, text, strlen(text));
	return REPLY_ANSWER;
}

static int interview(struct setting *s, struct script *x)
{
	const struct front_end f = {.ctx = x, .ask = script_ask};
	struct err e;
	int n;

	x->s = s;
	n = wizard_run(&s->v, &f, NULL, &e);
	if (n < 0) {
		assert_int_equal(n, -ERR_CANCELLED);
		assert_int_equal(e.code, ERR_CANCELLED);
		assert_string_equal(e.what, "cancelled; nothing was touched");
	}
	return n;
}

static void script_clear(struct script *x)
{
	str_clear(&x->log);
	str_clear(&x->heard);
}
#define _cleanup_script_ _cleanup_(script_clear)
#define SCRIPT(...)                              \
	{                                        \
		.replies = (const char *const[]) \
		{                                \
			__VA_ARGS__, NULL        \
		}                                \
	}

/* keyMap, variant, locale, timeZone, hostName with what is proposed. */
#define FIVE	  "", "", "", "", ""
#define FIVE_KEYS "keyMap variant locale timeZone hostName "

static const char *text_of(struct setting *s, const char *key)
{
	return answer_text(s->answers, question_needed(key), s->problems.arena);
}

static void hear(void *ctx, const struct question *q, const char *text)
{
	struct script *x = ctx;

	str_addf(&x->heard, "%s=%s ", q->key, text);
}

/* Who listens hears of a secret, but not which. */
static void test_heard(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_script_ struct script x = SCRIPT(FIVE, "/dev/vda", "ext4", "yes", "correct horse",
						  "correct horse", "!");
	const struct front_end f = {.ctx = &x, .ask = script_ask, .answered = hear};
	struct err e;

	(void)state;
	x.s = s;
	assert_int_equal(wizard_run(&s->v, &f, NULL, &e), -ERR_CANCELLED);
	check_contains(x.heard.s, "encryption.enable=yes encryption.passphrase=(hidden) ");
	check_lacks(x.heard.s, "horse");
	assert_string_equal(s->answers->passphrase.bytes, "correct horse");
}

static void test_whole(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_script_ struct script x = SCRIPT("de", "iso", "de_DE.UTF-8", "Europe/Berlin",
						  "studio", "/dev/vda", "xfs", "no", "file",
						  "1 GiB", "", "anna", SSH_KEY, SSH_KEY " two", "",
						  "hunter2", "hunter2", "", "dwm", "32", "no");

	(void)state;
	assert_int_equal(interview(s, &x), 0);
	assert_string_equal(x.log.s, FIVE_KEYS
			    "disk.path fileSystem encryption.enable swap.kind swap.size "
			    "dataDisk.path users.audioUser.name "
			    "users.audioUser.sshKeys users.audioUser.sshKeys+ "
			    "users.audioUser.sshKeys+ users.audioUser.password "
			    "users.audioUser.password* users.admin.sshKeys desktop audio.quantum "
			    "audio.realtimeTuning ");
	assert_string_equal(s->answers->audio_user.password.bytes, "hunter2");
	assert_int_equal(s->answers->audio_user.ssh_keys.count, 2);
	assert_int_equal(s->answers->quantum, 32);
	assert_false(s->answers->realtime_tuning);
	assert_int_equal(s->answers->swap_bytes, 1 << 30);
	answers_complete(&s->v, &s->problems);
	assert_int_equal(s->problems.list.count, 0);
}

static void test_proposals(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_script_ struct script x = SCRIPT(FIVE, "/dev/vda", "", "", "", "", "", "",
						  "hunter2", "hunter2", "", "", "", "", "");
	_cleanup_script_ struct script again = SCRIPT("");

	(void)state;
	assert_int_equal(interview(s, &x), 0);
	/* What was left open is not asked once more when answers are changed after a failure. */
	assert_int_equal(interview(s, &again), 0);
	assert_int_equal(again.log.len, 0);
	assert_string_equal(text_of(s, "hostName"), "archibald");
	assert_string_equal(text_of(s, "swap.kind"), "zram");
	assert_string_equal(text_of(s, "desktop"), "plasma6");
	assert_string_equal(text_of(s, "audio.cores"), "1-3");
	assert_null(text_of(s, "users.admin.sshKeys"));
	answers_complete(&s->v, &s->problems);
	assert_int_equal(s->problems.list.count, 0);
}

/* What is needed is asked until it is there; what is wrong is asked again with the reason. */
static void test_insisting(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_script_ struct script x = SCRIPT(
		"xx", "", "arm-generic", "", "", "", "a b", "", "", "/dev/nvme0n1", "", "", "maybe",
		"yes", "", "", "partition", "1", "1 GiB", "", "root", "", "", "", "hunter2",
		"hunter2", "", "gnome", "i3", "65", "64", "", "0-3", "1,9", "2,3");

	(void)state;
	assert_int_equal(interview(s, &x), 0);
	assert_string_equal(
		x.log.s,
		"keyMap keyMap! variant variant! locale timeZone hostName hostName! disk.path "
		"disk.path! disk.mode disk.eraseData disk.eraseData! disk.eraseData! fileSystem "
		"encryption.enable swap.kind swap.size swap.size! dataDisk.path "
		"users.audioUser.name users.audioUser.name! users.audioUser.sshKeys "
		"users.audioUser.password users.audioUser.password! users.audioUser.password* "
		"users.admin.sshKeys desktop desktop! audio.quantum audio.quantum! "
		"audio.realtimeTuning audio.cores audio.cores! audio.cores! ");
}

static void test_not_offered(void **state)
{
	static const struct {
		const char *disk, *why;
	} rows[] = {
		{"/dev/sdb", "there are: /dev/disk/by-id/virtio-SYSTEM01, "},
		{"/dev/sdc", "is not offered here"},
		{"/dev/nope", "is not offered here"},
		{"vda", "cannot be used"},
		{"/dev/\x1b[2J", "cannot be used"},
		{"", "an answer is needed"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_script_ struct script x = SCRIPT(FIVE, rows[i].disk, "!");

		check_row(i, interview(s, &x) == -ERR_CANCELLED);
		check_contains(x.problem, rows[i].why);
		assert_null(s->answers->disk_path);
	}
}

/* Without a key the server, and without a key or a password the account, could not be entered. */
static void test_needed(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC), *t = setting_new(PC);
	_cleanup_script_ struct script x = SCRIPT("", "server", "", "", "", "/dev/vda", "", "", "",
						  "", "", SSH_KEY, ""),
				       y = SCRIPT(FIVE, "/dev/vda", "", "", "", "", "", SSH_KEY, "",
						  "", "", "", "", "", "");

	(void)state;
	assert_int_equal(interview(s, &x), 0);
	check_contains(x.log.s, "users.admin.sshKeys users.admin.sshKeys! users.admin.sshKeys+ ");
	assert_int_equal(interview(t, &y), 0);
	check_contains(y.log.s, "users.audioUser.password users.admin.sshKeys ");
	assert_false(secret_given(&t->answers->audio_user.password));
}

static void test_secrets_differ(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_script_ struct script x = SCRIPT(FIVE, "/dev/vda", "", "", "", "", "", "", "one",
						  "two", "three", "", "four", "four", "!");

	(void)state;
	assert_int_equal(interview(s, &x), -ERR_CANCELLED);
	check_contains(
		x.log.s,
		"users.audioUser.password users.audioUser.password* users.audioUser.password! "
		"users.audioUser.password* users.audioUser.password! "
		"users.audioUser.password* users.admin.sshKeys ");
	assert_string_equal(s->answers->audio_user.password.bytes, "four");
}

static void test_lists(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_script_ struct script x = SCRIPT(FIVE, "/dev/vda", "", "", "", "", "", SSH_KEY,
						  "nonsense", SSH_KEY " b", "<", "me", SSH_KEY " c",
						  "", "!");

	(void)state;
	/* Back within a list lets go of it, and the question before is asked again. */
	assert_int_equal(interview(s, &x), -ERR_CANCELLED);
	check_contains(x.log.s, "users.audioUser.sshKeys users.audioUser.sshKeys+ "
				"users.audioUser.sshKeys+! users.audioUser.sshKeys+ "
				"users.audioUser.name users.audioUser.sshKeys "
				"users.audioUser.sshKeys+ users.audioUser.password ");
	assert_int_equal(s->answers->audio_user.ssh_keys.count, 1);
	assert_string_equal(s->answers->audio_user.name, "me");
}

/* Replies that lead to the question of number n (from 1), all of them through. */
static const char *const walk[] = {FIVE,
				   "/dev/nvme0n1",
				   "erase",
				   "yes",
				   "btrfs",
				   "yes",
				   "correct horse",
				   "correct horse",
				   "file",
				   "1 GiB",
				   "/dev/vda",
				   "",
				   "anna",
				   SSH_KEY,
				   "",
				   "pw",
				   "pw",
				   SSH_KEY,
				   "",
				   "dwm",
				   "64",
				   "yes",
				   "",
				   NULL};
enum { WALK = ARRAY_SIZE(walk) - 1 };

/* From each place all the way back, and on with Enter alone: every answer is still there. */
static void test_back_from_everywhere(void **state)
{
	static const struct {
		size_t from; /* number of replies after which it is answered */
		const char *key, *text;
	} kept[] = {{1, "keyMap", "us"},
		    {6, "disk.path", "/dev/nvme0n1"},
		    {7, "disk.mode", "erase"},
		    {8, "disk.eraseData", "yes"},
		    {9, "fileSystem", "btrfs"},
		    {10, "encryption.enable", "yes"},
		    {12, "encryption.passphrase", "(hidden)"},
		    {13, "swap.kind", "file"},
		    {14, "swap.size", "1.0 GiB"},
		    {15, "dataDisk.path", "/dev/vda"},
		    {17, "users.audioUser.name", "anna"},
		    {19, "users.audioUser.sshKeys", SSH_KEY},
		    {21, "users.audioUser.password", "(hidden)"},
		    {24, "desktop", "dwm"}};

	(void)state;
	for (size_t n = 0; n < WALK; n++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		const char *replies[2 * WALK + 4];
		/* Without a disk and a key, Enter alone does not get past these questions. */
		_cleanup_script_ struct script x = {.replies = replies, .proposal_only = n >= 19};
		size_t count = n;

		memcpy(replies, walk, n * sizeof(*replies));
		while (count < 2 * WALK + 2)
			replies[count++] = "<";
		replies[count] = NULL;
		check_row(n, interview(s, &x) == (n >= 19 ? 0 : -ERR_CANCELLED));
		check_row(n, strstr(x.log.s, "keyMap keyMap "));
		for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
			if (n >= kept[i].from)
				check_row(n, str_eq(text_of(s, kept[i].key), kept[i].text));
	}
}

/* Back once: the question before is asked again, and its answer is there. */
static void test_back_once(void **state)
{
	(void)state;
	for (size_t n = 1; n < WALK; n++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		const char *replies[2 * WALK + 4] = {NULL};
		_cleanup_script_ struct script x = {.replies = replies};
		_cleanup_free_ char *before = NULL;
		char *last;

		memcpy(replies, walk, n * sizeof(*replies));
		replies[n] = "<";
		check_row(n, interview(s, &x) == -ERR_CANCELLED);
		/* The question that "<" went back to stands at the end now. */
		x.log.s[x.log.len - 1] = '\0';
		last = strrchr(x.log.s, ' ') + 1;
		last[strcspn(last, "+")] = '\0'; /* a list is asked for one more */
		before = xstrdup(last);
		/* From a secret's repetition it is back to the secret. */
		check_row(n, text_of(s, before) || str_eq(before, "users.audioUser.password") ||
				     str_eq(before, "encryption.passphrase"));
	}
}

static void test_cancel_everywhere(void **state)
{
	(void)state;
	for (size_t n = 1; n <= WALK; n++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_script_ struct script x = {.replies = walk, .cancel_at = n};

		check_row(n, interview(s, &x) == -ERR_CANCELLED);
		assert_int_equal(x.asked, n);
	}
	/* And not at all. */
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_script_ struct script x = {.replies = walk};

	assert_int_equal(interview(s, &x), 0);
	assert_int_equal(x.asked, WALK);
}

static void test_numbers(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_script_ struct script x = SCRIPT("", "", "<", "", "", "", "", "!");

	(void)state;
	assert_int_equal(interview(s, &x), -ERR_CANCELLED);
	assert_string_equal(x.log.s,
			    "keyMap variant locale variant locale timeZone hostName disk.path ");
	assert_int_equal(x.number, 6);
}

/* Another variant after going back: what only the first one asked is gone. */
static void test_changed_mind(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	const char *replies[] = {
		FIVE, "/dev/vda", "",	      "",  "",	"",  "anna", SSH_KEY, "",  "<",	     "<",
		"<",  "<",	  "<",	      "<", "<", "<", "<",    "<",     "<", "server", "",
		"",   "",	  "/dev/vda", "",  "",	"",  "",     SSH_KEY, "",  NULL};
	_cleanup_script_ struct script x = {.replies = replies};

	(void)state;
	assert_int_equal(interview(s, &x), 0);
	assert_null(s->answers->audio_user.name);
	assert_int_equal(s->answers->audio_user.ssh_keys.count, 0);
	answers_complete(&s->v, &s->problems);
	assert_int_equal(s->problems.list.count, 0);
}

#define OTHER_WINDOWS                                                                       \
	"{\"path\":\"/dev/sdd\",\"bytes\":512110190592,\"sectorBytes\":512,\"partitions\":" \
	"[{\"path\":\"/dev/sdd1\",\"bytes\":1048576,\"fsType\":\"ntfs\"}]}"

/* Who agreed to lose one disk has agreed to nothing about the next one. */
static void test_another_disk(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(MACHINE(
		"x86_64", PC_BOARD, MEMORY_8G, FIRMWARE_UEFI_TEXT, DISK_WINDOWS "," OTHER_WINDOWS));
	_cleanup_script_ struct script x = SCRIPT(FIVE, "/dev/nvme0n1", "", "yes", "<", "<", "<",
						  "/dev/sdd", "", "!");

	(void)state;
	assert_int_equal(interview(s, &x), -ERR_CANCELLED);
	assert_string_equal(x.log.s, FIVE_KEYS
			    "disk.path disk.mode disk.eraseData fileSystem "
			    "disk.eraseData disk.mode disk.path disk.eraseData disk.eraseData! ");
	assert_false(s->answers->erase_data);
	assert_null(text_of(s, "disk.eraseData"));
}

/* Nor about the next disk for recordings. */
static void test_another_data_disk(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(
		MACHINE("x86_64", PC_BOARD, MEMORY_8G, FIRMWARE_UEFI_TEXT,
			DISK_EMPTY "," DISK_WINDOWS "," OTHER_WINDOWS));
	_cleanup_script_ struct script x = SCRIPT(FIVE, "/dev/vda", "", "", "", "/dev/nvme0n1",
						  "yes", "<", "<", "/dev/sdd", "", "!");

	(void)state;
	assert_int_equal(interview(s, &x), -ERR_CANCELLED);
	check_contains(x.log.s, "dataDisk.path dataDisk.eraseData dataDisk.mountPoint "
				"dataDisk.eraseData dataDisk.path dataDisk.eraseData "
				"dataDisk.eraseData! ");
	assert_false(s->answers->data_erase);
	assert_null(text_of(s, "dataDisk.eraseData"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heard),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_proposals),
		cmocka_unit_test(test_insisting),
		cmocka_unit_test(test_not_offered),
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_secrets_differ),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_back_from_everywhere),
		cmocka_unit_test(test_back_once),
		cmocka_unit_test(test_cancel_everywhere),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_changed_mind),
		cmocka_unit_test(test_another_disk),
		cmocka_unit_test(test_another_data_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
