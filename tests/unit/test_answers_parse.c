/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answers_parse: every problem at once, with its place. */
#include "support/check.h"

#include <time.h>

#include "answers/positions.h"
#include "support/interview.h"

/* One file, one problem. */
static const struct {
	const char *text, *problem;
} single[] = {
	{"", "f:1:1: the file ends before"},
	{" \n ", "f:2:2: the file ends before"},
	{"[]", "f:1:1: an answer file is one JSON object"},
	{"\"x\"", "f:1:1: an answer file is one JSON object"},
	{"{\"version\":1", "f:1:13: the file ends before"},
	{"{\"version\":1}}", "f:1:14: this is not JSON"},
	{"{\"version\":1} x", "f:1:15: this is not JSON"},
	{"{\n\t\"version\": 1,\n}", "f:3:1: this is not JSON"},
	{"{'version':1}", "f:1:2: this is not JSON: unexpected character"},
	{"\xef\xbb\xbf\xef\xbb\xbf{\"version\":1}", "f:1:4: this is not JSON"},
	{"{\"version\":1,\"hostName\":\"a\nb\"}", "f:1:27: this is not JSON: a control character"},
	{"{\"version\":1,\"hostName\":\"\xc0\x80\"}", "f:1:26: this is not JSON: not UTF-8"},
	{"{\"version\":1,\"hostName\":\"\\ud800\"}", "f:1:26: this is not JSON: half of a surr"},
	{"{\"version\":NaN}", "f:1:12: this is not JSON"},
	{"{\"version\":1 /* open", "f:1:21: the file ends before"},
	{"{}", "f:1:1: version: is missing"},
	{"{\"version\":2}", "f:1:2: version: must be 1"},
	{"{\"version\":\"1\"}", "f:1:2: version: must be 1"},
	{"{\"version\":1.0}", "f:1:2: version: must be 1"},
	{"{\"version\":1,\"hostNam\":1}",
	 "f:1:14: hostNam: is not a key of an answer file; did you mean \"hostName\"?"},
	{"{\"version\":1,\"path\":1}", "did you mean \"disk.path\"?"},
	{"{\"version\":1,\"disk\":{\"pth\":1}}",
	 "f:1:22: disk.pth: is not a key of an answer file; did you mean \"disk.path\"?"},
	{"{\"version\":1,\"xyzzyqwfp\":1}", "f:1:14: xyzzyqwfp: is not a key of an answer file\n"},
	{"{\"version\":1,\"disk\":3}", "f:1:14: disk: must be an object"},
	{"{\"version\":1,\"users\":{\"admin\":[]}}", "f:1:23: users.admin: must be an object"},
	{"{\"version\":1,\"hostName\":{}}", "f:1:14: hostName: must be a string"},
	{"{\"version\":1,\"hostName\":null}", "must be a string"},
	{"{\"version\":1,\"hostName\":\"a\\u0000b\"}", "f:1:14: hostName: holds a NUL"},
	{"{\"version\":1,\"disk\":{\"eraseData\":\"true\"}}", "must be true or false"},
	{"{\"version\":1,\"disk\":{\"eraseData\":1}}", "must be true or false"},
	{"{\"version\":1,\"audio\":{\"quantum\":\"64\"}}", "must be a whole number"},
	{"{\"version\":1,\"audio\":{\"quantum\":64.0}}", "must be a whole number"},
	{"{\"version\":1,\"audio\":{\"quantum\":48}}",
	 "\"48\" cannot be used; allowed: 32, 64, 128 or 256"},
	{"{\"version\":1,\"audio\":{\"quantum\":-64}}", "\"-64\" cannot be used"},
	{"{\"version\":1,\"swap\":{\"size\":1.5}}", "must be a size in a string"},
	{"{\"version\":1,\"swap\":{\"size\":-1}}", "\"-1\" cannot be used"},
	{"{\"version\":1,\"swap\":{\"size\":1}}", "at least 64 MiB"},
	{"{\"version\":1,\"swap\":{\"size\":\"1 XB\"}}", "\"1 XB\" cannot be used"},
	{"{\"version\":1,\"swap\":{\"kind\":\"ram\"}}", "did you mean \"zram\"?"},
	{"{\"version\":1,\"timeZone\":\"Europe/Berln\"}", "did you mean \"Europe/Berlin\"?"},
	{"{\"version\":1,\"users\":{\"admin\":{\"sshKeys\":\"x\"}}}", "must be a list of strings"},
	{"{\"version\":1,\"users\":{\"admin\":{\"sshKeys\":[1]}}}",
	 "f:1:43: users.admin.sshKeys[0]: must be a string"},
	{"{\"version\":1,\"users\":{\"admin\":{\"sshKeys\":[\"" SSH_KEY "\",\"" SSH_KEY
	 "\\u0000\"]}}}",
	 "sshKeys[1]: holds a NUL"},
	{"{\"version\":1,\"disk\":{\"match\":{\"model\":\"a\\u0000b\"}}}",
	 "f:1:31: disk.match.model: holds a NUL"},
	{"{\"version\":1,\"hostName\\u0000x\":\"a\"}", "hostName\\u0000x: has escapes in its key"},
	{"{\"version\":1,\"disk\":{\"partitions\":[{\"match\":\"/dev/"
	 "vda1\\u0000x\",\"mountPoint\":\"/\","
	 "\"format\":true}]}}",
	 "disk.partitions[0].match: holds a NUL"},
	{"{\"version\":1,\"ask\":[\"disk\\u0000\"]}", "ask[0]: holds a NUL"},
	{"{\"version\":1,\"hosts\":[{\"match\":{\"mac\":\"02:00:00:00:00:01\\u0000zz\"}}]}",
	 "f:1:33: hosts[0].match.mac: holds a NUL"},
	{"{\"version\":1,\"disk\":{\"match\":{\"model\":\"\\u001b[31mX\"}}}",
	 "rule 1, \"model\": a pattern"},
	{"{\"version\":1,\"hostName\":\"a\",\"hostName\":\"b\"}",
	 "f:1:29: hostName: stands here a second time"},
	{"{\"version\":1,\"disk\":{},\"disk\":{}}", "f:1:24: disk: stands here a second time"},
	{"{\"version\":1,\"disk.path\":\"/dev/sda\"}",
	 "f:1:14: disk.path: is not a key: sections are objects"},
	{"{\"version\":1,\"host\\u004eame\":\"a\"}",
	 "f:1:14: host\\u004eame: has escapes in its key"},
	{"{\"version\":1,\"hostName\":\"a\",\"host\\u004eame\":\"b\"}",
	 "f:1:29: host\\u004eame: has escapes in its key"},
	{"{\"version\":1,\"\":1}", "is not a key"},
	{"{\"version\":1,\"\xe2\x80\xae[2J\":1}", "?[2J: is not a key"},
	{"{\"version\":1,\"hostName\":\"\\u001b[2J\\u202e\"}", "\"?[2J???\" cannot be used"},
	{"{\"version\":1,\"users\":{\"audioUser\":{\"password\":\"\"}}}", "that cannot be used"},
	/* A password in the place of its hash is not repeated, nor one in an address. */
	{"{\"version\":1,\"users\":{\"audioUser\":{\"passwordHash\":\"MyClearPassword1\"}}}",
	 "passwordHash: that cannot be used; allowed: a hash"},
	{"{\"version\":1,\"network\":{\"proxy\":\"http://u:p/w@h:3128\"}}",
	 "network.proxy: a proxy's name and password are secrets"},
	{"{\"version\":1,\"network\":{\"proxy\":\"u:pw@h:3128\"}}",
	 "network.proxy: a proxy's name and password are secrets"},
};

static void test_single(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(single); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *text = NULL;

		setting_parse(s, single[i].text);
		text = setting_problems(s);
		if (s->problems.list.count != 1 || !strstr(text, single[i].problem))
			fail_msg("row %zu: %s", i, text);
	}
}

static void test_everything(void **state)
{
	static const char file[] = "// A comment in front.\r\n"
				   "{\r\n"
				   "\t\"version\": 1, /* \"hostName\": \"x\" */\r\n"
				   "  \"\xc3\xbc\": 1, \"hostName\": \"-\xc3\xbc-\",\r\n"
				   "  \"disk\": { \"path\": \"/dev/a b\",\r\n"
				   "\t\t\"eraseData\": \"yes\" }, // \"}\"\r\n"
				   "  \"users\": { \"admin\": {\r\n"
				   "    \"sshKeys\": [\"" SSH_KEY
				   " http://x/*y*/\", \"no\", 3],\r\n"
				   "    \"name\": \"root\" } },\r\n"
				   "  \"finish\": \"stay\", \"finish\": \"explode\"\r\n"
				   "}\r\n";
	static const char *const expected[] = {
		"f:4:3: \xc3\xbc: is not a key",
		"f:4:11: hostName: \"-\xc3\xbc-\" cannot be used",
		"f:5:13: disk.path: \"/dev/a b\"",
		"f:6:3: disk.eraseData: must be true or false",
		"f:8:115: users.admin.sshKeys[1]: \"no\" cannot",
		"f:8:121: users.admin.sshKeys[2]: must be a string",
		"f:9:5: users.admin.name: \"root\" cannot",
		"f:10:21: finish: stands here a second time",
	};
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_free_ char *text = NULL;

	(void)state;
	setting_parse(s, file);
	text = setting_problems(s);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		check_contains(text, expected[i]);
	/* json-c keeps the second "finish", whose value is wrong, too. */
	assert_int_equal(s->problems.list.count, ARRAY_SIZE(expected) + 1);
	assert_int_equal(s->answers->admin.ssh_keys.count, 1);
	check_contains(s->answers->admin.ssh_keys.items[0], "http://x/*y*/");
	for (size_t i = 1; i < s->problems.list.count; i++)
		assert_true(s->problems.list.items[i].line >= s->problems.list.items[i - 1].line);
}

static void test_good(void **state)
{
	static const char file[] =
		"{\"$schema\":\"x\",\"version\":1,\"hostName\":\"h\",\"swap\":{\"size\":134217728,"
		"\"kind\":\"file\"},\"audio\":{\"quantum\":64,\"realtimeTuning\":false},\"users\":"
		"{\"audioUser\":{\"password\":\"p\xc3\xbc\\u0022\",\"description\":\"J\\u00fcrgen\""
		"}}} \n";
	_cleanup_setting_ struct setting *s = setting_new(PC);
	struct answers *a = s->answers;

	(void)state;
	setting_parse(s, file);
	assert_int_equal(s->problems.list.count, 0);
	setting_parse(s, "\xef\xbb\xbf{\"version\":1}"); /* as Notepad saves it */
	assert_int_equal(s->problems.list.count, 0);
	assert_string_equal(a->host_name, "h");
	assert_int_equal(a->swap_bytes, 134217728);
	assert_int_equal(a->quantum, 64);
	assert_false(a->realtime_tuning);
	assert_true(a->given[question_index(question_needed("audio.realtimeTuning"))]);
	assert_string_equal(a->audio_user.password.bytes, "p\xc3\xbc\"");
	assert_string_equal(a->audio_user.description, "J\xc3\xbcrgen");
	assert_true(a->password_in_file);
}

static void test_examples(void **state)
{
	static const char *const files[] = {"workstation", "server"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *path = xasprintf(TEST_SOURCE_DIR "/examples/%s.json",
						      files[i]);
		_cleanup_free_ char *text = read_whole(path), *problems = NULL;

		assert_non_null(text);
		setting_parse(s, text);
		answers_complete(&s->v, &s->problems);
		problems = setting_problems(s);
		assert_string_equal(problems, "");
	}
}

static void test_comments(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{"1 // x\n2", "1     \n2"},
		{"1 /* x\ny */ 2", "1     \n     2"},
		{"\"//\" // y", "\"//\"     "},
		{"\"\\\"//\" /**/", "\"\\\"//\"     "},
		{"\"\\\\\"// x", "\"\\\\\"    "},
		{"/* \" */1", "       1"},
		{"// \"\n1", "    \n1"},
		{"/*/ 1 */2", "        2"},
		{"/* open", "       "},
		{"/*", "  "},
		{"/", "/"},
		{"1/2", "1/2"},
		{"// /* \n1 // */", "      \n1      "},
		{"/**/1", "    1"},
		{"/***/1", "     1"},
		{"\"open // x", "\"open // x"},
		{"\"\\", "\"\\"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = xstrdup(rows[i].before);

		blank_comments(text, strlen(text));
		assert_string_equal(text, rows[i].after);
	}
}

static const struct {
	const char *path;
	unsigned line, column;
	bool duplicate;
} places[] = {
	{"a", 1, 3, false},	    {"a.b", 2, 2, false},	{"a.b[0]", 2, 8, false},
	{"a.b[1]", 2, 11, false},   {"a.b[1].c", 2, 12, false}, {"a.b[2]", 3, 2, false},
	{"a.b[2][0]", 3, 3, false}, {"\xc3\xbc", 5, 2, false},	{"z", 5, 10, false},
	{"z", 6, 1, true},
};

static void test_positions(void **state)
{
	static const char text[] = "{ \"a\" : {\n\t\"b\": [1, {\"c\": \"}]\\\"\"},\n\t[true]\n]},\n"
				   "\t\"\xc3\xbc\": 2, \"z\":null,\n\"z\":{}}";
	_cleanup_arena_ struct arena *a = arena_new();
	struct positions p = {.arena = a};

	(void)state;
	positions_scan(text, strlen(text), &p);
	assert_int_equal(p.list.count, ARRAY_SIZE(places));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct position *at = &p.list.items[i];

		assert_string_equal(at->path, places[i].path);
		check_row(i, at->line == places[i].line && at->column == places[i].column);
		check_row(i, at->duplicate == places[i].duplicate);
		check_row(i, places[i].duplicate || positions_find(&p, at->path) == at);
	}
	assert_ptr_equal(positions_find(&p, "z"), &p.list.items[8]);
	assert_null(positions_find(&p, "a.b[3]"));
	assert_null(positions_find(&p, ""));
	assert_null(positions_find(&(struct positions){.arena = a}, "a"));
}

static void test_nesting(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_str_ struct str text = {0};

	(void)state;
	str_add(&text, "{\"version\":1,\"x\":");
	for (int i = 0; i < 5000; i++)
		str_add(&text, "[{\"a\":");
	setting_parse(s, text.s);
	assert_int_equal(s->problems.list.count, 1);
	assert_true(s->problems.unreadable);
	check_contains(s->problems.list.items[0].text, "nesting too deep");
}

static void parse_in_time(struct setting *s, const struct str *text)
{
	clock_t start = clock();

	assert_true(text->len <= ANSWERS_FILE_MAX);
	answers_parse(text->s, text->len, s->answers, &s->problems);
	answers_complete(&s->v, &s->problems);
	assert_true(s->problems.list.count > 0 && s->problems.list.count <= PROBLEMS_MAX + 1);
	free(setting_problems(s));
	/* Seconds even under a sanitizer; what is quadratic takes hours. */
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
}

static void test_huge(void **state)
{
	static const struct {
		const char *start, *item;
	} rows[] = {
		{"{\"version\":1,\"x\":[", "1,"},
		{"{\"version\":1,\"users\":{\"admin\":{\"sshKeys\":[", "\"\","},
		{"{\"version\":1", ",\"k\":1"},
		{"{\"version\":1", ",\"%zu\":1"},
		{"{\"version\":1", ",\"hostName\":\"a\""},
		{"//", "{"},
		{"/*", "\"\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_str_ struct str text = {0};

		str_add(&text, rows[i].start);
		while (text.len + 100 < ANSWERS_FILE_MAX)
			if (strchr(rows[i].item, '%'))
				str_addf(&text, ",\"%zu\":1", text.len);
			else
				str_add(&text, rows[i].item);
		str_add(&text, strchr(rows[i].start, '[') ? "2]}" : "}");
		if (i == 1)
			str_add(&text, "}}");
		parse_in_time(s, &text);
	}
}

static void test_too_large(void **state)
{
	_cleanup_setting_ struct setting *s = setting_new(PC);
	_cleanup_free_ char *text = xmalloc(ANSWERS_FILE_MAX + 2);

	(void)state;
	memset(text, ' ', ANSWERS_FILE_MAX + 1);
	text[ANSWERS_FILE_MAX + 1] = '\0';
	setting_parse(s, text);
	assert_int_equal(s->problems.list.count, 1);
	check_contains(s->problems.list.items[0].text, "is too large");
	assert_true(s->problems.unreadable);
	/* What is missing in it is not known. */
	answers_complete(&s->v, &s->problems);
	assert_int_equal(s->problems.list.count, 1);
}

/* A file cut anywhere is refused, and nothing is read that is not there. */
static void test_cut_anywhere(void **state)
{
	_cleanup_free_ char *text = read_whole(TEST_SOURCE_DIR "/examples/workstation.json");
	size_t len, last;

	(void)state;
	assert_non_null(text);
	len = strlen(text);
	last = (size_t)(strrchr(text, '}') - text);
	for (size_t n = 0; n < len; n++) {
		_cleanup_setting_ struct setting *s = NULL;
		_cleanup_free_ char *copy = xmalloc(n ? n : 1);

		if (n > 300 && n % 7)
			continue;
		s = setting_new(PC_BIOS);
		memcpy(copy, text, n);
		answers_parse(copy, n, s->answers, &s->problems);
		check_row(n, (s->problems.list.count > 0) == (n <= last));
		free(setting_problems(s));
	}
}

static const char hidden[] = "hunter2-hunter2";

/* A password that is refused is not in the refusal. */
static void test_secrets_are_not_shown(void **state)
{
	static const char *const files[] = {
		"{\"version\":1,\"users\":{\"audioUser\":{\"password\":\"hunter2-hunter2\\n\"}}}",
		"{\"version\":1,\"users\":{\"audioUser\":{\"password\":[\"hunter2-hunter2\"]}}}",
		"{\"version\":1,\"users\":{\"audioUser\":{\"password\":\"hunter2-hunter2\",}}}",
		("{\"version\":1,\"users\":{\"audioUser\":{\"passwordFile\":\"/"
		 "x\",\"password\":\"hunter2-hunter2\"}}}"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_setting_ struct setting *s = setting_new(PC);
		_cleanup_free_ char *text = NULL;

		setting_parse(s, files[i]);
		answer(s, "disk.path", "/dev/vda");
		answers_complete(&s->v, &s->problems);
		text = setting_problems(s);
		check_row(i, s->problems.list.count >= 1);
		check_lacks(text, hidden);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_secrets_are_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
