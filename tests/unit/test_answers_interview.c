/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked, what is proposed, what contradicts; answer_set for each type; the schema. */
#include "support/check.h"

#include <json-c/json.h>

#include "base/record.h"
#include "support/interview.h"

static bool set(struct setting *s, const char *key, const char *text)
{
	_cleanup_str_ struct str why = {0};
	bool ok = answer_set(s->answers, question_needed(key), text, &why);

	assert_true(ok == (why.len == 0));
	check_shown(str_get(&why));
	return ok;
}

static void check_text(struct setting *s, const char *key, const char *expected)
{
	const char *text = answer_text(s->answers, question_needed(key), s->problems.arena);

	if (!str_eq(text, expected))
		fail_msg("%s is %s, not %s", key, text ? text : "(none)",
			 expected ? expected : "(none)");
}

static const struct {
	const char *key, *text, *shown; /* shown NULL: refused */
} settings[] = {
	{"hostName", "studio", "studio"},
	{"hostName", "", NULL},
	{"swap.kind", "file", "file"},
	{"swap.kind", "File", NULL},
	{"disk.eraseData", "true", "yes"},
	{"disk.eraseData", "YES", "yes"},
	{"disk.eraseData", "y", "yes"},
	{"disk.eraseData", "no", "no"},
	{"disk.eraseData", "N", "no"},
	{"disk.eraseData", "1", NULL},
	{"disk.eraseData", "", NULL},
	{"audio.quantum", "128", "128"},
	{"audio.quantum", "0128", NULL},
	{"audio.quantum", " 64", NULL},
	{"audio.quantum", "512", NULL},
	{"swap.size", "8GiB", "8.0 GiB"},
	{"swap.size", "67108864", "64 MiB"},
	{"swap.size", "67108863", NULL},
	{"swap.size", "-8GiB", NULL},
	{"swap.size", "99999999999999999999", NULL},
	{"users.admin.sshKeys", SSH_KEY, SSH_KEY},
	{"users.admin.sshKeys", "x", NULL},
	{"users.audioUser.password", "hunter2", "(hidden)"},
	{"users.audioUser.password", "", NULL},
	{"timeZone", "Europe/Berlin", "Europe/Berlin"},
	{"timeZone", "Mars", NULL},
	{"seed", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
	{"seed", "1", NULL},
};

static void test_setting(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		const struct question *q = question_needed(settings[i].key);

		check_text(s, settings[i].key, NULL);
		check_row(i, set(s, settings[i].key, settings[i].text) == !!settings[i].shown);
		check_text(s, settings[i].key, settings[i].shown);
		answer_clear(s->answers, q);
		check_text(s, settings[i].key, NULL);
		check_row(i, !secret_given(&s->answers->audio_user.password));
	}
}

static void test_lists(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	const struct question *q = question_needed("users.admin.sshKeys");
	_cleanup_str_ struct str why = {0};

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(answer_add(s->answers, q, SSH_KEY, &why));
	assert_false(answer_add(s->answers, q, "x", &why));
	assert_int_equal(s->answers->admin.ssh_keys.count, 5);
	assert_true(set(s, "users.admin.sshKeys", SSH_KEY " new"));
	check_text(s, "users.admin.sshKeys", SSH_KEY " new");
}

static void test_refusals(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_str_ struct str why = {0};
	char longest[2000];

	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(longest, 'a', shift);
		for (size_t i = shift; i + 3 < sizeof(longest); i += 3)
			memcpy(longest + i, "\xe2\x82\xac", 4);
		for (size_t i = 0; i < question_count; i++) {
			str_clear(&why);
			if (answer_set(s->answers, &questions[i], longest, &why))
				continue;
			check_shown(why.s);
			check_contains(why.s, questions[i].allowed);
			assert_true(why.len < 500);
		}
	}
	assert_false(set(s, "users.audioUser.password", "hunter2\n"));
	str_clear(&why);
	answer_set(s->answers, question_needed("users.audioUser.password"), "hunter2\n", &why);
	check_lacks(why.s, "hunter2");
}

/* The keys that an interview asks when each gets the same kind of reply. */
static char *asked(struct setting *s, const char *const *replies)
{
	struct str out = {0};
	size_t i = 0, last = 0;

	while ((i = interview_next(&s->v, 0)) < question_count) {
		const struct question *q = &questions[i];
		const char *text = q->propose ? q->propose(&s->v, s->problems.arena) : NULL;

		assert_false(q->quiet);
		for (size_t r = 0; replies[r]; r += 2)
			if (str_eq(replies[r], q->key))
				text = replies[r + 1];
		str_addf(&out, "%s ", q->key);
		if (text)
			answer(s, q->key, text);
		else
			s->answers->given[i] = true;
		assert_true(last++ < question_count);
	}
	return str_take(&out);
}

#define START	   "keyMap variant locale timeZone hostName disk.path "
#define AUDIO_USER "users.audioUser.name users.audioUser.sshKeys users.audioUser.password "
static const struct {
	const char *machine, *keys;
	const char *replies[13];
} orders[] = {
	{PC,
	 START "fileSystem encryption.enable swap.kind dataDisk.path " AUDIO_USER
	       "users.admin.sshKeys desktop audio.quantum audio.realtimeTuning audio.cores ",
	 {"disk.path", "/dev/vda"}},
	{PC,
	 START
	 "disk.mode disk.eraseData fileSystem encryption.enable encryption.passphrase swap.kind "
	 "swap.size dataDisk.path dataDisk.mountPoint " AUDIO_USER
	 "users.admin.sshKeys desktop audio.quantum audio.realtimeTuning audio.cores ",
	 {"disk.path", "/dev/nvme0n1", "disk.mode", "erase", "disk.eraseData", "yes", "swap.kind",
	  "file", "encryption.enable", "yes", "dataDisk.path", "/dev/vda"}},
	{PC,
	 START "fileSystem encryption.enable swap.kind swap.size dataDisk.path "
	       "users.admin.sshKeys ",
	 {"variant", "server", "disk.path", "/dev/vda", "swap.kind", "partition",
	  "users.admin.sshKeys", SSH_KEY}},
	{ORANGE_PI,
	 START "fileSystem encryption.enable swap.kind " AUDIO_USER
	       "users.admin.sshKeys desktop audio.quantum audio.realtimeTuning audio.cores ",
	 {"disk.path", "/dev/vda"}},
	/* There is nothing of it that tuning would change. */
	{ORANGE_PI,
	 START "fileSystem encryption.enable swap.kind " AUDIO_USER
	       "users.admin.sshKeys desktop audio.quantum ",
	 {"variant", "arm-generic", "disk.path", "/dev/vda"}},
};

static void test_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		_cleanup_setting_ struct setting *s = setting_new(orders[i].machine);
		_cleanup_free_ char *keys = asked(s, orders[i].replies);

		assert_string_equal(keys, orders[i].keys);
	}
}

/* What is given in a file is not asked again. */
static void test_not_asked_again(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_free_ char *keys = NULL;

	(void)state;
	setting_parse(s, "{\"version\":1,\"variant\":\"iso\",\"disk\":{\"path\":\"/dev/vda\"},"
			 "\"keyMap\":\"de\",\"users\":{\"audioUser\":{\"passwordHash\":"
			 "\"" PASSWORD_HASH_TEXT "\"}}}");
	keys = asked(s, (const char *const[]){NULL});
	check_lacks(keys, "keyMap");
	check_lacks(keys, "variant");
	check_lacks(keys, "disk");
	check_lacks(keys, "password");
	check_contains(keys, "hostName");
}

static const struct {
	const char *machine, *variant, *key, *proposal;
} proposals[] = {
	{PC, NULL, "variant", "iso"},
	{ORANGE_PI, NULL, "variant", "orangepi5"},
	{ARM_BOARD, NULL, "variant", "arm-generic"},
	{PC, NULL, "desktop", NULL},
	{PC, "iso", "desktop", "plasma6"},
	{PC_SMALL, "iso", "desktop", "dwm"},
	{ORANGE_PI, "orangepi5", "desktop", "none"},
	{PC, "iso", "audio.quantum", "64"},
	{ORANGE_PI, "orangepi5", "audio.quantum", "128"},
	{PC, "iso", "users.audioUser.name", "audio-user"},
	{PC, "server", "users.audioUser.name", NULL},
	{PC, "server", "users.admin.name", "admin"},
	{PC, "iso", "users.audioUser.autoLogin", "no"},
	{ORANGE_PI, "orangepi5", "users.audioUser.autoLogin", "yes"},
	{PC, "iso", "swap.size", "16 GiB"},
	{PC_SMALL, "iso", "swap.size", "4 GiB"},
	{ORANGE_PI, "orangepi5", "swap.size", "16 GiB"},
	{PC, "iso", "builds.constrained", "no"},
	{PC_SMALL, "iso", "builds.swap", "52 GiB"},
	{PC, "iso", "serialConsole", "ttyS0,115200n8"},
	{PC, "iso", "hostName", "archibald"},
	{PC, "iso", "swap.kind", "zram"},
	{PC, "iso", "finish", "stay"},
};

static void test_proposals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(proposals); i++) {
		_cleanup_setting_ struct setting *s = setting_new(proposals[i].machine);
		const struct question *q = question_needed(proposals[i].key);
		const char *text;

		if (proposals[i].variant)
			answer(s, "variant", proposals[i].variant);
		text = q->propose(&s->v, s->problems.arena);
		if (!str_eq(text, proposals[i].proposal))
			fail_msg("row %zu: %s", i, text ? text : "(none)");
	}
}

/* On every kind of machine all that is proposed is accepted, and offered. */
static void test_proposals_are_good(void **state)
{
	static const char *const machines[] = {PC, PC_BIOS, PC_SMALL, ORANGE_PI, ARM_BOARD};

	(void)state;
	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		_cleanup_setting_ struct setting *s = setting_new(machines[m]);
		_cleanup_free_ char *text = NULL;

		answer(s, "disk.path", "/dev/vda");
		answer(s, "users.audioUser.passwordHash", PASSWORD_HASH_TEXT);
		answers_complete(&s->v, &s->problems);
		text = setting_problems(s);
		assert_string_equal(text, "");
		for (size_t i = 0; i < question_count; i++) {
			_cleanup_str_ struct str why = {0};
			const struct question *q = &questions[i];

			if (s->answers->given[i])
				check_row(i, answer_offered(&s->v, q, s->problems.arena, &why));
			check_row(i, !s->answers->proposed[i] || s->answers->given[i]);
		}
		/* Completing twice finds nothing new. */
		answers_complete(&s->v, &s->problems);
		assert_int_equal(s->problems.list.count, 0);
	}
}

#define PASSWORD_ON_VDA \
	"\"disk\":{\"path\":\"/dev/vda\"},\"users\":{\"audioUser\":{\"password\":\"x\"}}"
#define HIBERNATE	    "\"swap\":{\"hibernate\":true}," PASSWORD_ON_VDA
#define ENCRYPTION(members) "\"encryption\":{" members "}," PASSWORD_ON_VDA

static const struct {
	const char *machine, *file;
	const char *problem; /* "" for none; one, if any */
} contradictions[] = {
	{PC, "\"disk\":{\"path\":\"/dev/vda\"}", "users.audioUser.password: is missing: without"},
	{PC,
	 "\"disk\":{\"path\":\"/dev/vda\"},\"users\":{\"audioUser\":{\"sshKeys\":[\"" SSH_KEY
	 "\"]}}",
	 ""},
	{PC, "\"disk\":{\"path\":\"/dev/vda\"},\"users\":{\"audioUser\":{\"password\":\"x\"}}", ""},
	{PC,
	 "\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"audioUser\":{\"password\":\"x\",\"passwordFile\":\"/x\"}}",
	 "users.audioUser: give one of password, passwordHash and passwordFile, not 2"},
	{PC,
	 "\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT
	 "\",\"passwordFile\":\"/x\"}}",
	 "not 2"},
	{PC, "\"users\":{\"audioUser\":{\"password\":\"x\"}}", "disk.path: is missing"},
	{PC, "\"disk\":{\"path\":\"/dev/nvme0n1\"},\"users\":{\"audioUser\":{\"password\":\"x\"}}",
	 "disk.eraseData: is missing: /dev/nvme0n1 (Disk W, 476.9 GiB, nvme) holds data"},
	{PC,
	 "\"disk\":{\"path\":\"/dev/"
	 "nvme0n1\",\"eraseData\":false},\"users\":{\"audioUser\":{\"password\":\"x\"}}",
	 ""},
	{PC,
	 "\"disk\":{\"path\":\"/dev/"
	 "vda\",\"eraseData\":true},\"users\":{\"audioUser\":{\"password\":\"x\"}}",
	 ""},
	/* Whoever gives a passphrase takes the disk for encrypted. */
	{PC, ENCRYPTION("\"passphrase\":\"correct horse\""),
	 "encryption.passphrase: has no meaning with the other answers"},
	{PC, ENCRYPTION("\"enable\":false,\"passphrase\":\"correct horse\""),
	 "encryption.passphrase: has no meaning with the other answers"},
	{PC, ENCRYPTION("\"passphraseFile\":\"/x\""), "encryption.passphraseFile: has no meaning"},
	{PC, ENCRYPTION("\"enable\":true,\"passphrase\":\"correct horse\""), ""},
	{PC,
	 ENCRYPTION("\"enable\":true,\"passphrase\":\"correct horse\",\"passphraseFile\":\"/x\""),
	 "encryption: give one of passphrase and passphraseFile, not both"},
	{ARM_BOARD, HIBERNATE, ""},
	{ORANGE_PI, HIBERNATE,
	 "swap.hibernate: Orange Pi 5 cannot hibernate: the vendor kernel of the board is built"},
	/* The board's generic variant has a kernel that can. */
	{ORANGE_PI, "\"variant\":\"arm-generic\"," HIBERNATE, ""},
	/* A disk that is not there is the plan's to refuse. */
	{PC, "\"disk\":{\"path\":\"/dev/sdz\"},\"users\":{\"audioUser\":{\"password\":\"x\"}}", ""},
	{PC, "\"variant\":\"server\",\"disk\":{\"path\":\"/dev/vda\"}",
	 "users.admin.sshKeys: is missing: this variant"},
	{PC,
	 "\"variant\":\"server\",\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"admin\":{\"sshKeys\":[\"" SSH_KEY "\"]}}",
	 ""},
	{PC,
	 "\"variant\":\"server\",\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"admin\":{\"sshKeys\":[\"" SSH_KEY
	 "\"]},\"audioUser\":{\"name\":\"x\"}}",
	 "users.audioUser.name: has no meaning"},
	{PC,
	 "\"variant\":\"server\",\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"admin\":{\"sshKeys\":[\"" SSH_KEY
	 "\"]},\"audioUser\":{\"password\":\"x\"}}",
	 "users.audioUser.password: has no meaning"},
	{PC,
	 "\"variant\":\"server\",\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"admin\":{\"sshKeys\":[\"" SSH_KEY "\"]}},\"audio\":{\"quantum\":64}",
	 "audio.quantum: has no meaning"},
	{PC,
	 "\"swap\":{\"size\":\"1 "
	 "GiB\"},\"disk\":{\"path\":\"/dev/vda\"},\"users\":{\"audioUser\":{\"password\":\"x\"}}",
	 "swap.size: has no meaning"},
	/* One wrong word is one problem: what belongs to which variant cannot be told. */
	{PC,
	 "\"variant\":\"isoo\",\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"audio\":{\"quantum\":64},\"users\":{\"audioUser\":{\"passwordHash\":"
	 "\"" PASSWORD_HASH_TEXT "\"}}",
	 "variant: \"isoo\""},
	{PC,
	 "\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"admin\":{\"name\":\"boss\"},\"audioUser\":{\"password\":\"x\"}}",
	 "users.admin.name: has no meaning"},
	{PC,
	 "\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"admin\":{\"name\":\"same\",\"sshKeys\":[\"" SSH_KEY
	 "\"]},\"audioUser\":{\"name\":\"same\",\"password\":\"x\"}}",
	 "users.admin.name: is the name of the other account too"},
	{PC, "\"variant\":\"gnome\",\"disk\":{\"path\":\"/dev/vda\"}",
	 "\"gnome\" is not offered here; there are: iso, server"},
	{ORANGE_PI,
	 "\"desktop\":\"kde\\u001b\",\"disk\":{\"path\":\"/dev/"
	 "vda\"},\"users\":{\"audioUser\":{\"password\":\"x\"}}",
	 "\"kde?\" is not offered here; there are: plasma6, dwm, hyprland, i3, none"},
};

/* Who says no to encryption here has seen that the file's passphrase is for nothing, and who has
 * typed one may have come back from it. */
static void test_passphrase_left(void **state)
{
	const size_t enable = question_index(question_needed("encryption.enable"));

	(void)state;
	for (unsigned typed = 0; typed < 2; typed++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *text = NULL;

		setting_parse(s, typed ? "{\"version\":1," PASSWORD_ON_VDA "}"
				       : "{\"version\":1," ENCRYPTION("\"passphrase\":"
								      "\"correct horse\"") "}");
		answer(s, "encryption.enable", "no");
		if (typed)
			answer(s, "encryption.passphrase", "correct horse");
		else
			s->answers->seen[enable] = true;
		answers_complete(&s->v, &s->problems);
		text = setting_problems(s);
		assert_string_equal(text, "");
	}
}

static void test_contradictions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contradictions); i++) {
		_cleanup_setting_ struct setting *s = setting_new(contradictions[i].machine);
		_cleanup_free_ char *file = xasprintf("{\"version\":1,%s}", contradictions[i].file);
		_cleanup_free_ char *text = NULL;
		const char *wanted = contradictions[i].problem;

		setting_parse(s, file);
		answers_complete(&s->v, &s->problems);
		text = setting_problems(s);
		if (s->problems.list.count != (wanted[0] != '\0') || !strstr(text, wanted))
			fail_msg("row %zu: %s", i, text);
	}
}

/* Live medium and mounted disks are not to be had, whatever name is used. */
static void test_offers(void **state)
{
	static const struct {
		const char *path;
		bool offered;
	} rows[] = {
		{"/dev/disk/by-id/virtio-SYSTEM01", true},
		{"/dev/vda", true},
		{"/dev/disk/by-path/pci-0000:00:05.0", true},
		{"/dev/nvme0n1", true},
		{"/dev/sdb", false},
		{"/dev/sdc", false},
		{"/dev/sdz", false},
		{"/dev/vda1", false},
	};
	_cleanup_setting_ struct setting *s = setting_new(PC);
	const struct question *q = question_needed("disk.path");
	struct choices c = q->offers(&s->v, s->problems.arena);

	(void)state;
	assert_int_equal(c.list.count, 2);
	assert_string_equal(c.list.items[0].value, "/dev/disk/by-id/virtio-SYSTEM01");
	check_contains(c.list.items[0].label, "empty");
	check_contains(c.list.items[1].label, "HOLDS DATA");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_str_ struct str why = {0};

		answer(s, "disk.path", rows[i].path);
		check_row(i, answer_offered(&s->v, q, s->problems.arena, &why) == rows[i].offered);
		check_row(i, (why.len == 0) == rows[i].offered);
	}
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

/* Every object closes itself; how many questions stand in it. */
static size_t check_schema(struct json_object *o)
{
	const char *type = json_object_get_string(member(o, "type"));
	size_t n = 0;

	if (!str_eq(type, "object"))
		return member(o, "title") != NULL;
	assert_true(json_object_is_type(member(o, "additionalProperties"), json_type_boolean));
	assert_false(json_object_get_boolean(member(o, "additionalProperties")));
	json_object_object_foreach(member(o, "properties"), key, value)
	{
		assert_false(strchr(key, '.'));
		n += check_schema(value);
	}
	return n;
}

static struct json_object *schema_of(struct json_object *root, const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	char *save = NULL;

	for (char *part = strtok_r(copy, ".", &save); part && root;
	     part = strtok_r(NULL, ".", &save))
		root = member(member(root, "properties"), part);
	return root;
}

static void check_question(struct json_object *o, const struct question *q)
{
	static const char *const types[] = {
		[Q_TEXT] = "string",	[Q_CHOICE] = "string", [Q_BOOL] = "boolean",
		[Q_NUMBER] = "integer", [Q_TEXTS] = "array",   [Q_SECRET] = "string",
		[Q_HOOKS] = "array",	[Q_USES] = "array",
	};

	if (!o)
		fail_msg("%s is not in the schema", q->key);
	assert_string_equal(json_object_get_string(member(o, "title")), q->prompt);
	check_contains(json_object_get_string(member(o, "description")), q->allowed);
	if (q->type == Q_SIZE)
		assert_int_equal(json_object_array_length(member(o, "type")), 2);
	else if (q->type == Q_RULES)
		assert_int_equal(json_object_array_length(member(o, "anyOf")), 2);
	else
		assert_string_equal(json_object_get_string(member(o, "type")), types[q->type]);
	if (q->pattern)
		assert_string_equal(json_object_get_string(member(o, "pattern")), q->pattern);
	for (size_t i = 0; q->choices && q->choices[i]; i++)
		assert_string_equal(
			json_object_get_string(json_object_array_get_idx(member(o, "enum"), i)),
			q->choices[i]);
}

static void test_schema(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	struct json_object *o = answers_schema(&s->variants), *again;
	struct json_tokener *tok = json_tokener_new();
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY);
	size_t keys = 0;

	(void)state;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	again = json_tokener_parse_ex(tok, text, (int)strlen(text));
	assert_true(json_object_equal(o, again));
	assert_string_equal(json_object_get_string(member(o, "$schema")),
			    "https://json-schema.org/draft/2020-12/schema");
	/* What is only to be looked at is no key. */
	for (size_t i = 0; i < question_count; i++)
		if (questions[i].type != Q_SCREEN) {
			check_question(schema_of(o, questions[i].key), &questions[i]);
			keys++;
		}
	assert_int_equal(check_schema(o), keys);
	assert_int_equal(json_object_array_length(member(schema_of(o, "variant"), "enum")),
			 s->variants.list.count);
	assert_int_equal(json_object_get_int(member(schema_of(o, "version"), "const")), 1);
	json_object_put(again);
	json_object_put(o);
	json_tokener_free(tok);
}

/* The answers as they are kept can be used again: what is in them nowhere is asked for. */
static void test_kept(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC), *again = setting_new(PC);
	struct json_object *json;

	(void)state;
	setting_parse(s, "{\"version\":1,\"variant\":\"iso\",\"disk\":{\"path\":\"/dev/vda\"},"
			 "\"encryption\":{\"enable\":true,\"passphrase\":\"correct horse\"},"
			 "\"users\":{\"audioUser\":{\"password\":\"battery staple\"}}}");
	answers_complete(&s->v, &s->problems);
	assert_int_equal(s->problems.list.count, 0);
	json = answers_to_json(s->answers, PASSWORD_HASH_TEXT);
	_cleanup_free_ char *text = json_text(json);

	json_object_put(json);
	check_lacks(text, "correct horse");
	check_lacks(text, "battery staple");
	setting_parse(again, text);
	again->answers->nobody_asks = true;
	answers_complete(&again->v, &again->problems);
	assert_int_equal(again->problems.list.count, 1);
	assert_true(again->problems.list.items[0].open);
	for (size_t i = 0; i < question_count; i++)
		assert_true(again->answers->asks[i] ==
			    str_eq(questions[i].key, "encryption.passphrase"));
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < question_count; i++) {
		const struct question *q = &questions[i];

		check_row(i, question_find(q->key) == q);
		check_row(i, q->prompt && q->help && q->allowed);
		check_row(i, str_is_safe(q->prompt) && str_is_safe(q->help));
		check_row(i, str_ends(q->help, "."));
		check_row(i, strlen(q->prompt) <= 40);
		check_row(i, q->type != Q_CHOICE || q->choices || q->offers);
		for (size_t j = 0; j < i; j++)
			check_row(i, q->offset != questions[j].offset);
	}
	assert_null(question_find("users.admin"));
	assert_null(question_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setting),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_not_asked_again),
		cmocka_unit_test(test_proposals),
		cmocka_unit_test(test_proposals_are_good),
		cmocka_unit_test(test_passphrase_left),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
