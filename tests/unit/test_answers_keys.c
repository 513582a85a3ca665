/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SSH keys: fingerprints as ssh-keygen says them, what is refused and how, places with keys, and
 * the interview about them. The keys were made for this file; their private halves are gone. */
#include "support/check.h"

#include "answers/checks.h"
#include "answers/ssh_keys.h"
#include "answers/wizard.h"
#include "support/interview.h"

#define ED             \
	"ssh-ed25519 " \
	"AAAAC3NzaC1lZDI1NTE5AAAAIPZJrg1nqnUX0Rc9k1trB4FtOWeECP1VJp3GOv44R7wB"
#define RSA                                                                      \
	"ssh-rsa "                                                               \
	"AAAAB3NzaC1yc2EAAAADAQABAAABAQCYkybnnuMqkpdqAdE/ZzR3WS7N+Oc8w9doHD1qIj" \
	"QH21na1faxC0tnTT6/6kZ+fO7lkbFylnHdqOFDA7/OShjKwUbGppXa15Wp9eqjEtLg5EhF" \
	"u4Y71ZFnxrNsj6pbvj1ka78AJMKL2dqCHH/uuN8YbtAiLVQCEav+JyejP8U+Wc3ePdzJU2" \
	"LrZ05tIBKykr7kXqRXF97nIcQRKVOo7xhhw2bwNRlydLvQVj+X0UFW6hSpv6DnuANja7He" \
	"97MbVkk9USIPtcdQ9XtKXePVZ36/wItdQ0GTz0iTM9J/HYz6TER9eUAXiXIA0ho/dNpl/3" \
	"l0gkwqE06BzT+3jWBwcb8b"
#define WEAK                                                                     \
	"ssh-rsa "                                                               \
	"AAAAB3NzaC1yc2EAAAADAQABAAAAgQDEKOT3N/M5UkhCWCBN5BwTeTYyWaMshoe0jwJ1BU" \
	"WUzROvM6WtA5OLi0/xVH1NEurIMKWfeXEGb5XjmOooemxH7Yu4kp6AYOw2T+YowAvnpTW8" \
	"ll2Se0LMtwRNup2Fw+PGhvLxNA8XNuOZB6g3S1Iyi03tHUJE1u2LLy2n0yXlGQ=="
#define EC                                                                       \
	"ecdsa-sha2-nistp384 "                                                   \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBMuSmX+uJVlKVWeL96" \
	"8e1Pg30pqXRbGsOFs7VxO61cM6Hap9nuzJeA8GN1LjOTvuS3pite7bRVjFaKw678IzjoUW" \
	"kbtg/gmsUCYjOPtXoJo7xeBolTCEgwLEjfY6xNb2qg=="
#define PRIVATE_LINE "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"
#define PRIVATE                                                                            \
	"-----BEGIN OPENSSH PRIVATE KEY-----\n" PRIVATE_LINE "\n-----END OPENSSH PRIVATE " \
	"KEY-----\n"

/* As `ssh-keygen -lf` says of them. */
static const struct {
	const char *line, *label;
} labels[] = {
	{ED " ada@studio",
	 "ED25519 256 SHA256:CdiS0qpKI5FeXVV1EBqaJl17chpYbOQBlK57m2teo/s ada@studio"},
	{RSA " old laptop",
	 "RSA 2048 SHA256:kwS/d9V3ar0qeGkf+Jg2fmg4jp7C+7WTh/l0sEe3Saw old laptop"},
	{EC, "ECDSA 384 SHA256:p1picXu9IWvyGYWINrspTXiSevzvtJQ3d4fnzcteyv4 "},
	{SSH_KEY, "ED25519 256 SHA256:SpmG1MuJBLaYGrc8f7GCDx1BTu+EQMAqkIG/bCUDGjE "},
};

static void test_labels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		_cleanup_arena_ struct arena *a = arena_new();

		assert_string_equal(ssh_key_label(labels[i].line, a), labels[i].label);
	}
}

static const struct {
	const char *text, *why;
} refusals[] = {
	{WEAK " weak", "fewer than 2048 bits"},
	{"ssh-dss AAAAB3NzaC1kc3MAAACBAA== x", "DSA"},
	{"-----BEGIN OPENSSH PRIVATE KEY-----", "that is a private key!"},
	{"-----BEGIN RSA PRIVATE KEY-----", "that is a private key!"},
	{PRIVATE_LINE, "that is a private key!"},
	{"PuTTY-User-Key-File-3: ssh-ed25519", "that is a private key!"},
	{"AAAAC3NzaC1lZDI1NTE5AAAAIPZJrg1nqnUX0Rc9k1trB4FtOWeECP1VJp3GOv44R7wB",
	 "a piece of a key"},
	{"---- BEGIN SSH2 PUBLIC KEY ----", "RFC 4716"},
	{"ssh-ed25519-cert-v01@openssh.com AAAA x", "certificate"},
	{"command=\"rm -rf /\" " ED, "options"},
	{"no-pty,from=\"10.0.0.0/8\" " ED, "options"},
	{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPZJrg1nqnUX0Rc9k1trB4FtOWeECP1VJp3", "cut off"},
	{ED " \x1b[2J", "cut off or damaged"},
	{"<!DOCTYPE html>", "web page"},
	{"http://example.org/keys", "over http:// anybody"},
	{"github:a b", "GitHub user"},
	{"github:", "GitHub user"},
	{"github:-x", "GitHub user"},
	{"file:keys", "no place of keys"},
};

/* In words of its own, and without repeating what may be a secret. */
static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_str_ struct str why = {0};
		const struct question *q = question_needed("users.admin.sshKeys");

		check_row(i, !answer_add(s->answers, q, refusals[i].text, &why));
		check_contains(str_get(&why), refusals[i].why);
		check_row(i, !strstr(why.s, refusals[i].text));
		check_row(i, s->answers->admin.ssh_keys.count == 0);
	}
}

/* --- places ---------------------------------------------------------------------------------- */

#define AT(place, text)                       \
	{                                     \
		place, text, sizeof(text) - 1 \
	}
static const struct {
	const char *place, *text;
	size_t len;
} places[] = {
	AT("/one", ED " ada@studio\n"),
	AT("/windows", "# mine\r\n\r\n  " ED " ada@studio \r\n" RSA " old laptop\r\n"),
	AT("/weak", WEAK " weak\n"),
	AT("/mixed", ED " ada@studio\n" WEAK " weak\n" RSA " old laptop\nfoo\n"),
	AT("/private", PRIVATE),
	AT("/both", ED " ada@studio\n" PRIVATE),
	AT("/empty", "\n# nothing\n"),
	AT("/nul", ED "\0 ada@studio\n"),
	AT("/options", "command=\"id\" " ED " ada@studio\n"),
	AT("https://example.org/page", "<!DOCTYPE html>\n<html>" ED "</html>\n"),
	AT("https://github.com/ada.keys", ED "\n" RSA "\n"),
};

static int read_place(void *ctx, const char *place, struct secret *ret, struct err *e)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (str_eq(places[i].place, place)) {
			secret_set(ret, places[i].text, places[i].len);
			return 0;
		}
	_cleanup_free_ char *shown = key_place_shown(place);

	return err_set(e, str_starts(place, "https") ? ERR_NOT_FOUND : ERR_IO, "look again",
		       "cannot get %s", shown);
}
static const struct outside outside = {.read = read_place};

static const struct {
	const char *text;
	size_t keys;
	const char *why; /* NULL: nothing */
} expansions[] = {
	{ED " ada@studio", 1, NULL},
	{"/one", 1, NULL},
	{"file:/one", 1, NULL},
	{"/windows", 2, NULL},
	{"/weak", 0, "line 1: an RSA key of fewer"},
	{"/mixed", 2,
	 "line 2: an RSA key of fewer than 2048 bits is too weak; ssh-keygen -t "
	 "ed25519 makes a better one (and 1 more)"},
	{"/private", 0, "line 1: that is a private key!"},
	{"/both", 0, "line 2: that is a private key!"},
	{"/empty", 0, "there is no key in it"},
	{"/nul", 0, "not text"},
	{"/options", 0, "options"},
	{"/missing", 0, "cannot get /missing; look again"},
	{"https://example.org/page", 0, "web page"},
	{"https://example.org/none", 0, "cannot get https://example.org/none"},
	{"github:ada", 2, NULL},
	{"github:bob", 0, "GitHub knows no user bob"},
	{"gibberish", 0, "no public key"},
};

static void test_expansions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expansions); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_str_ struct str why = {0};
		struct choices c;

		s->v.outside = &outside;
		c = expand_keys(&s->v, expansions[i].text, s->problems.arena, &why);
		check_row(i, c.list.count == expansions[i].keys);
		check_row(i, (why.len > 0) == (expansions[i].why != NULL));
		check_shown(str_get(&why));
		if (expansions[i].why)
			check_contains(str_get(&why), expansions[i].why);
		check_row(i, !strstr(str_get(&why), PRIVATE_LINE));
		for (size_t k = 0; k < c.list.count; k++)
			check_row(i, check_ssh_key(c.list.items[k].value));
	}
}

/* Where a key came from stays with it. */
static void test_origin(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_str_ struct str why = {0};
	struct choices c;

	(void)state;
	s->v.outside = &outside;
	c = expand_keys(&s->v, "github:ada", s->problems.arena, &why);
	assert_string_equal(c.list.items[0].value, ED " ada@github");
}

#define FILE_OF(keys)                                                                        \
	"{\"version\":1,\"variant\":\"server\",\"disk\":{\"path\":\"/dev/vda\"},\"users\":{" \
	"\"admin\":{\"sshKeys\":[" keys "]}}}"

/* In a file a place stands for all its keys, and for none when one of them cannot be used. */
static void test_files(void **state)
{
	static const struct {
		const char *text;
		size_t keys;
		const char *problem;
		bool alone; /* nothing can be fetched */
	} rows[] = {
		{FILE_OF("\"github:ada\",\"" SSH_KEY "\""), 3, NULL, false},
		{FILE_OF("\"file:/mixed\""), 2, "users.admin.sshKeys: file:/mixed: line 2", false},
		{FILE_OF("\"https://example.org/page\""), 0, "web page", false},
		{FILE_OF("\"github:ada\""), 0, "cannot be fetched here", true},
		{FILE_OF("\"https://bob:HIDDEN@example.org/none?t=HIDDEN\""), 0,
		 "sshKeys: https://example.org/none: ", false},
		{FILE_OF("\"htps://bob:HIDDEN@example.org/k\""), 0, "\"htps://example.org/k\"",
		 false},
		{FILE_OF("\"http://example.org/keys\""), 0, "over http:// anybody", false},
		{FILE_OF("\"" PRIVATE_LINE "\""), 0, "that is a private key!", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *problems = NULL;

		s->v.outside = rows[i].alone ? NULL : &outside;
		setting_parse(s, rows[i].text);
		keys_resolve(&s->v, &s->problems);
		answers_complete(&s->v, &s->problems);
		problems = setting_problems(s);
		check_row(i, s->answers->admin.ssh_keys.count == rows[i].keys);
		check_row(i, rows[i].problem ? strstr(problems, rows[i].problem) != NULL
					     : !problems[0]);
		check_row(i, !strstr(problems, PRIVATE_LINE) && !strstr(problems, "HIDDEN"));
		for (size_t k = 0; k < s->answers->admin.ssh_keys.count; k++)
			check_row(i, check_ssh_key(s->answers->admin.ssh_keys.items[k]));
	}
}

/* What was not fetched goes nowhere: it would stand in the configuration in place of a key. */
static void test_never_unresolved(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_free_ char *problems = NULL;

	(void)state;
	setting_parse(s, FILE_OF("\"github:ada\",\"https://bob:HIDDEN@h/k?t=HIDDEN\""));
	answers_complete(&s->v, &s->problems);
	problems = setting_problems(s);
	check_contains(problems, "github:ada was not fetched");
	check_contains(problems, "https://h/k was not fetched");
	assert_null(strstr(problems, "HIDDEN"));
}

/* --- the interview --------------------------------------------------------------------------- */

struct script {
	const char *const *replies;
	size_t at;
	struct str log; /* title [text] ! problem, a line for each prompt */
};

static enum reply_kind script_ask(void *ctx, const struct prompt *p, struct secret *reply)
{
	struct script *x = ctx;
	const char *text = x->replies[x->at];

	if (p->kind == PROMPT_LEAVE) {
		secret_set(reply, "yes", 3);
		return REPLY_ANSWER;
	}
	str_addf(&x->log, "%s%s", p->title, p->more ? "+" : "");
	if (p->kind == PROMPT_REVIEW && p->text)
		str_addf(&x->log, " [%s]", p->text);
	if (p->problem)
		str_addf(&x->log, " ! %s", p->problem);
	if (p->typed)
		assert_null(strstr(p->typed, PRIVATE_LINE));
	str_addc(&x->log, '\n');
	if (!text)
		return REPLY_CANCEL;
	x->at++;
	if (str_eq(text, "<"))
		return REPLY_BACK;
	secret_set(reply, text, strlen(text));
	return REPLY_ANSWER;
}

/* The server is only open about its administrator's keys. */
static int interview(struct setting *s, struct script *x, bool whole)
{
	const struct front_end f = {.ctx = x, .ask = script_ask, .whole_lists = whole};
	struct err e;

	s->v.outside = &outside;
	setting_parse(s, "{\"version\":1,\"variant\":\"server\",\"keyMap\":\"us\",\"locale\":"
			 "\"en_US.UTF-8\",\"timeZone\":\"UTC\",\"hostName\":\"x\",\"disk\":{"
			 "\"path\":\"/dev/vda\"},\"ask\":[\"users.admin.sshKeys\"]}");
	return wizard_run(&s->v, &f, NULL, &e);
}

static const struct {
	const char *replies[12];
	bool whole;
	size_t keys;
	const char *log;
} talks[] = {
	{{ED " ada@studio", "yes", ""},
	 false,
	 1,
	 "Administrator's SSH key\n"
	 "Take this key [ED25519 256 "
	 "SHA256:CdiS0qpKI5FeXVV1EBqaJl17chpYbOQBlK57m2teo/s ada@studio\n]\n"
	 "Administrator's SSH key+\n"},
	/* No is none, and it is asked again. */
	{{ED, "no", RSA, "", ""},
	 false,
	 1,
	 "Administrator's SSH key\n"
	 "Take this key [ED25519 256 SHA256:CdiS0qpKI5FeXVV1EBqaJl17chpYbOQBlK57m2teo/s \n]\n"
	 "Administrator's SSH key\n"
	 "Take this key [RSA 2048 SHA256:kwS/d9V3ar0qeGkf+Jg2fmg4jp7C+7WTh/l0sEe3Saw \n]\n"
	 "Administrator's SSH key+\n"},
	{{"/windows", "all", ""},
	 false,
	 2,
	 "Administrator's SSH key\nWhich of these keys\nAdministrator's SSH key+\n"},
	{{"github:ada", "x", RSA " ada@github", "", ""},
	 false,
	 1,
	 "Administrator's SSH key\nWhich of these keys\n"
	 "Which of these keys ! that is not in the list\nWhich of these keys\n"
	 "Administrator's SSH key+\n"},
	{{"github:ada", "<", ED, "", ""},
	 false,
	 1,
	 "Administrator's SSH key\nWhich of these keys\nAdministrator's SSH key\n"
	 "Take this key [ED25519 256 SHA256:CdiS0qpKI5FeXVV1EBqaJl17chpYbOQBlK57m2teo/s \n]\n"
	 "Administrator's SSH key+\n"},
	{{PRIVATE_LINE, "/private", "/one", "", ""},
	 false,
	 1,
	 "Administrator's SSH key\n"
	 "Administrator's SSH key ! that is a private key! It was not kept. It belongs on the "
	 "computer that one logs in from and nowhere else; what is needed here is the public half, "
	 "the file that ends in .pub\n"
	 "Administrator's SSH key ! line 1: that is a private key! It was not kept. It belongs on "
	 "the computer that one logs in from and nowhere else; what is needed here is the public "
	 "half, the file that ends in .pub\n"
	 "Take this key [ED25519 256 "
	 "SHA256:CdiS0qpKI5FeXVV1EBqaJl17chpYbOQBlK57m2teo/s ada@studio\n]\n"
	 "Administrator's SSH key+\n"},
	{{"/one\n" RSA " r\n", "", ""},
	 true,
	 2,
	 "Administrator's SSH key\n"
	 "Take this key [ED25519 256 "
	 "SHA256:CdiS0qpKI5FeXVV1EBqaJl17chpYbOQBlK57m2teo/s ada@studio\n]\n"
	 "Take this key [RSA 2048 SHA256:kwS/d9V3ar0qeGkf+Jg2fmg4jp7C+7WTh/l0sEe3Saw r\n]\n"},
	{{ED "\n/missing\n", "yes", ED "\n", "yes"},
	 true,
	 1,
	 "Administrator's SSH key\n"
	 "Take this key [ED25519 256 SHA256:CdiS0qpKI5FeXVV1EBqaJl17chpYbOQBlK57m2teo/s \n]\n"
	 "Administrator's SSH key ! cannot get /missing; look again\n"
	 "Take this key [ED25519 256 SHA256:CdiS0qpKI5FeXVV1EBqaJl17chpYbOQBlK57m2teo/s \n]\n"},
};

static void test_talks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(talks); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_(str_clear) struct str log = {0};
		struct script x = {.replies = talks[i].replies};

		check_row(i, interview(s, &x, talks[i].whole) == 0);
		log = x.log;
		assert_string_equal(str_get(&log), talks[i].log);
		check_row(i, s->answers->admin.ssh_keys.count == talks[i].keys);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),	   cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_expansions), cmocka_unit_test(test_origin),
		cmocka_unit_test(test_files),	   cmocka_unit_test(test_never_unresolved),
		cmocka_unit_test(test_talks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
