/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file for many machines, and what is left to be asked. */
#include <json-c/json.h>

#include "support/check.h"

#include "support/interview.h"

#define BASE "\"version\":1,\"hostName\":\"common\""

static void parse_for(struct setting *s, const char *text)
{
	answers_parse_for(s->facts, text, strlen(text), s->answers, &s->problems);
}

/* On a machine with the MAC 52:54:00:00:00:01, without a serial number, of the board "qemu". */
static const struct {
	const char *hosts, *name;
} matches[] = {
	{"", "common"},
	{"{\"match\":{\"mac\":\"52:54:00:00:00:01\"},\"hostName\":\"a\"}", "a"},
	{"{\"match\":{\"mac\":\"52-54-00-00-00-01\"},\"hostName\":\"a\"}", "a"},
	{"{\"match\":{\"mac\":\"52:54:00:00:00:02\"},\"hostName\":\"a\"}", "common"},
	{"{\"match\":{\"mac\":[\"00:00:00:00:00:00\",\"52:54:00:00:00:01\"]},\"hostName\":\"a\"}",
	 "a"},
	{"{\"match\":{\"board\":\"qemu\",\"mac\":\"52:54:00:00:00:02\"},\"hostName\":\"a\"}",
	 "common"},
	{"{\"match\":{\"board\":\"QEMU\"},\"hostName\":\"a\"}", "a"},
	{"{\"match\":{\"serial\":\"x\"},\"hostName\":\"a\"}", "common"},
	/* In the file's order: the last that matches counts. */
	{"{\"match\":{\"board\":\"qemu\"},\"hostName\":\"a\"},"
	 "{\"match\":{\"mac\":\"52:54:00:00:00:01\"},\"hostName\":\"b\"}",
	 "b"},
};

static void test_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++)
		for (int before = 0; before < 2; before++) {
			_cleanup_setting_ struct setting *s = setting_new(PC);
			/* Wherever the hosts stand in the file. */
			_cleanup_free_ char *text = before ? xasprintf("{\"hosts\":[%s],%s}",
								       matches[i].hosts, BASE)
							   : xasprintf("{%s,\"hosts\":[%s]}", BASE,
								       matches[i].hosts);

			parse_for(s, text);
			check_row(i, s->problems.list.count == 0);
			check_row(i, str_eq(s->answers->host_name, matches[i].name));
			check_row(i, s->answers->hosts_given &&
					     s->answers->host_found ==
						     !str_eq(matches[i].name, "common"));
		}
}

static const struct {
	const char *keys, *problem;
} faults[] = {
	{"\"hosts\":{}", "f:1:34: hosts: must be a list of objects"},
	{"\"hosts\":[1]", "f:1:43: hosts[0]: must be an object"},
	{"\"hosts\":[{}]", "hosts[0]: has no \"match\""},
	{"\"hosts\":[{\"match\":{}}]", "hosts[0].match: must be an object with mac"},
	{"\"hosts\":[{\"match\":{\"mac\":\"5\"}}]", "f:1:53: hosts[0].match.mac: cannot be used"},
	{"\"hosts\":[{\"match\":{\"mac\":[\"52:54:00:00:00:01\",3]}}]",
	 "hosts[0].match.mac[1]: cannot be used"},
	{"\"hosts\":[{\"match\":{\"ip\":\"5\"}}]", "hosts[0].match.ip: is none of mac"},
	{"\"hosts\":[{\"match\":{\"serial\":\"A\"}},{\"match\":{\"serial\":\"a\"}}]",
	 "hosts[1].match.serial: stands in an entry before"},
	{"\"hosts\":[{\"match\":{\"mac\":\"aa:00:00:00:00:01\"}},{\"match\":{\"mac\":"
	 "[\"00:00:00:00:00:02\",\"AA-00-00-00-00-01\"]}}]",
	 "hosts[1].match.mac[1]: stands in an entry before"},
	/* An entry for another machine is checked all the same. */
	{"\"hosts\":[{\"match\":{\"serial\":\"A\"},\"hostName\":\"-\"}]",
	 "f:1:67: hosts[0].hostName: \"-\" cannot be used"},
	{"\"hosts\":[{\"match\":{\"serial\":\"A\"},\"disk\":{\"pth\":1}}]",
	 "hosts[0].disk.pth: is not a key of an answer file; did you mean \"disk.path\"?"},
	{"\"hosts\":[{\"match\":{\"serial\":\"A\"},\"hosts\":[]}]", "hosts[0].hosts: is not a key"},
	{"\"hosts\":[{\"match\":{\"serial\":\"A\"},\"version\":1}]",
	 "hosts[0].version: is not a key"},
	{"\"match\":{}", "match: is not a key"},
	{"\"ask\":\"disk\"", "ask: must be a list"},
	{"\"ask\":[\"disc\"]", "f:1:41: ask[0]: is no key or section"},
	{"\"ask\":[\"disk.\"]", "ask[0]: is no key or section"},
	{"\"ask\":[\"finish\"]", "ask[0]: is never asked"},
	{"\"ask\":[3]", "ask[0]: must be a key or section"},
};

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *text = xasprintf("{%s,%s}", BASE, faults[i].keys);
		_cleanup_free_ char *said = NULL;

		parse_for(s, text);
		said = setting_problems(s);
		if (s->problems.list.count != 1 || !strstr(said, faults[i].problem))
			fail_msg("row %zu: %s", i, said);
	}
}

/* Lists and the ways to name a password are replaced, not added to. */
static void test_replaces(void **state)
{
	static const char file[] =
		"{\"version\":1,\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT
		"\"},\"admin\":{\"sshKeys\":[\"" SSH_KEY " common\"]}},\"hosts\":[{\"match\":"
		"{\"mac\":\"52:54:00:00:00:01\"},\"users\":{\"audioUser\":{\"passwordFile\":\"/"
		"p\"},"
		"\"admin\":{\"sshKeys\":[\"" SSH_KEY " own\"]}}}]}";
	_cleanup_setting_ struct setting *s = setting_new(PC);

	(void)state;
	parse_for(s, file);
	assert_int_equal(s->problems.list.count, 0);
	assert_int_equal(s->answers->admin.ssh_keys.count, 1);
	assert_true(str_ends(s->answers->admin.ssh_keys.items[0], " own"));
	assert_string_equal(s->answers->audio_user.password_file, "/p");
	assert_null(s->answers->audio_user.password_hash);
}

static char *asked(struct setting *s)
{
	_cleanup_str_ struct str out = {0};

	for (size_t i = 0; (i = interview_next(&s->v, i)) < question_count; i++)
		str_addf(&out, "%s ", questions[i].key);
	return str_take(&out);
}

static void test_ask(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_free_ char *keys = NULL, *left = NULL, *problems = NULL;

	(void)state;
	parse_for(s, "{\"version\":1,\"variant\":\"iso\",\"ask\":[\"disk\",\"users.admin.sshKeys\","
		     "\"timeZone\",\"hostName\"],\"hostName\":\"x\"}");
	keys = asked(s);
	/* What the file answers is answered. */
	assert_string_equal(keys, "timeZone disk.path users.admin.sshKeys ");
	answer(s, "disk.path", "/dev/nvme0n1");
	left = asked(s);
	check_contains(left, "disk.eraseData");
	s->answers->nobody_asks = true;
	answers_complete(&s->v, &s->problems);
	problems = setting_problems(s);
	check_contains(problems, "timeZone: is left open by \"ask\"");
	check_contains(problems, "disk.eraseData: is left open by \"ask\"");
	check_contains(problems, "users.admin.sshKeys: is left open by \"ask\"");
	check_contains(problems, "users.audioUser.password: is missing");
	check_lacks(problems, "locale");
	check_contains(problems, "disk.mode: is left open by \"ask\"");
	assert_int_equal(s->problems.list.count, 5);
}

#define WIFI                                                                          \
	"{\"version\":1,\"variant\":\"iso\",\"network\":{\"wifi\":{\"name\":\"Stage " \
	"1\"}},\"ask\":["

/* An installation asks for a network on its own screen; but a password that a file names as open
 * was one, and none is an open network. */
static void test_ask_names_password(void **state)
{
	static const struct {
		const char *text, *asked;
	} rows[] = {
		{WIFI "\"network.wifi.password\"]}", "network.wifi.password "},
		{WIFI "\"network\"]}", ""},
		{WIFI "\"keyMap\"]}", "keyMap "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *keys = NULL, *problems = NULL;

		parse_for(s, rows[i].text);
		keys = asked(s);
		assert_string_equal(keys, rows[i].asked);
		s->answers->nobody_asks = true;
		answers_complete(&s->v, &s->problems);
		problems = setting_problems(s);
		check_row(i, (strstr(problems, "network.wifi.password: is left open") != NULL) ==
				     (i == 0));
	}
}

/* What is kept of answers can be read again: nothing is left to be asked that never is. */
static void test_kept_report(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC), *again = setting_new(PC);
	struct json_object *json;

	(void)state;
	parse_for(s,
		  "{\"version\":1,\"report\":\"http://u:pw@host/\",\"network\":{\"wifi\":{\"name\":"
		  "\"Stage 1\",\"password\":\"right password\"}}}");
	json = answers_to_json(s->answers, NULL);
	parse_for(again, json_object_to_json_string(json));
	json_object_put(json);
	assert_int_equal(again->problems.list.count, 0);
	assert_false(again->answers->asks[question_index(question_needed("report"))]);
	assert_true(again->answers->asks[question_index(question_needed("network.wifi.password"))]);
}

/* Who has answered in a way that cannot be used is not told to answer in the other one. */
static void test_other_way(void **state)
{
	static const char *const rows[] = {
		"\"disk\":{\"match\":{\"model\":\"\"}}",
		"\"disk\":{\"path\":\"/dev/"
		"vda\"},\"encryption\":{\"enable\":true,\"passphraseFile\":\"x\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *problems = NULL;
		_cleanup_free_ char *text = xasprintf(
			"{\"version\":1,\"variant\":\"server\",%s,\"users\":{\"admin\":{"
			"\"sshKeys\":[\"" SSH_KEY "\"]}}}",
			rows[i]);

		parse_for(s, text);
		answers_complete(&s->v, &s->problems);
		problems = setting_problems(s);
		if (s->problems.list.count != 1)
			fail_msg("row %zu: %s", i, problems);
	}
}

#define HOSTS_OF(common, own)                                                     \
	"{\"version\":1," common ",\"users\":{\"admin\":{\"sshKeys\":[\"" SSH_KEY \
	"\"]}},\"hosts\":[{\"match\":{\"mac\":\"52:54:00:00:00:01\"}," own "}]}"
#define SERVER "\"variant\":\"server\",\"disk\":{\"path\":\"/dev/vda\"},"

/* A machine's own answer takes along the common ones that depend on what it replaces; a mistake
 * stays one. */
static void test_overrides(void **state)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{HOSTS_OF(SERVER "\"swap\":{\"kind\":\"partition\",\"size\":\"1 GiB\"}",
			  "\"swap\":{\"kind\":\"zram\"}"),
		 NULL},
		{HOSTS_OF(SERVER "\"encryption\":{\"enable\":true,\"passphraseFile\":\"/p\"}",
			  "\"encryption\":{\"enable\":false}"),
		 NULL},
		{HOSTS_OF("\"disk\":{\"path\":\"/dev/vda\"},\"desktop\":\"kde\"",
			  "\"variant\":\"server\""),
		 NULL},
		/* In the common part alone it has none either. */
		{HOSTS_OF(SERVER "\"swap\":{\"kind\":\"zram\",\"size\":\"1 GiB\"}",
			  "\"hostName\":\"a\""),
		 "swap.size: has no meaning"},
		{HOSTS_OF(SERVER "\"encryption\":{\"passphrase\":\"long enough\"}",
			  "\"hostName\":\"a\""),
		 "encryption.passphrase: has no meaning"},
		{HOSTS_OF("\"disk\":{\"path\":\"/dev/vda\"},\"encryption\":{\"passphrase\":\"long "
			  "enough\"}",
			  "\"variant\":\"server\""),
		 "encryption.passphrase: has no meaning"},
		/* It is the machine's own. */
		{HOSTS_OF(SERVER "\"swap\":{\"kind\":\"partition\",\"size\":\"1 GiB\"}",
			  "\"swap\":{\"kind\":\"zram\",\"size\":\"1 GiB\"}"),
		 "swap.size: has no meaning"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *said = NULL;

		parse_for(s, rows[i].text);
		answers_complete(&s->v, &s->problems);
		said = setting_problems(s);
		if (rows[i].problem ? s->problems.list.count != 1 || !strstr(said, rows[i].problem)
				    : said[0] != '\0')
			fail_msg("row %zu: %s", i, said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_replaces),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_ask_names_password),
		cmocka_unit_test(test_kept_report),
		cmocka_unit_test(test_other_way),
		cmocka_unit_test(test_overrides),
	};

	return cmocka_run_group_tests_name("answers_hosts", tests, NULL, NULL);
}
