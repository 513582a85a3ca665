/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run: passwords go to one file each and nowhere else; hashes; events and their sinks; journal. */
#include "support/check.h"

#include <json-c/json.h>
#include <sys/wait.h>

#include "answers/checks.h"
#include "run/password.h"
#include "support/interview.h"
#include "support/recorder.h"

#define PASSWORD "hunter2-S3cret"
enum { SLOW_FIRST = 40 }; /* bytes */
#define TYPED                                                                                     \
	"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\"},\"users\":{\"audioUser\":{\"password\":" \
	"\"" PASSWORD "\"}}}"
#define HASHED                                                                       \
	"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\"},\"users\":{\"audioUser\":{" \
	"\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"}}}"

static void check_not_said(struct rig *x, const char *secret)
{
	const char *const files[] = {x->journal, x->log, x->json};

	check_lacks(x->said.s, secret);
	check_lacks(x->e.what, secret);
	check_lacks(x->e.why, secret);
	for (size_t i = 0; i < x->rec.calls.count; i++)
		check_lacks(x->rec.calls.items[i], secret);
	check_lacks(str_get(&x->rec.contents), secret);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *text = read_whole(files[i]);

		check_lacks(text, secret);
	}
}

static void check_plan_silent(const struct rig *x, const char *secret)
{
	_cleanup_str_ struct str text = {0};
	struct json_object *json = plan_to_json(x->plan);

	plan_to_text(x->plan, &text);
	check_lacks(text.s, secret);
	check_lacks(json_object_to_json_string_ext(json, JSON_C_TO_STRING_NOSLASHESCAPE), secret);
	json_object_put(json);
}

/* The line that was written for the account; mode and owner are root's alone. */
static char *written_hash(struct rig *x)
{
	_cleanup_free_ char *path = xasprintf("%s/%s/audio-user", x->root, PASSWORD_DIRECTORY);
	char *text = read_whole(path), *line;
	struct stat st;

	assert_non_null(text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	*strrchr(path, '/') = '\0';
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(str_ends(text, "\n"));
	line = xasprintf("%.*s", (int)strcspn(text, "\n"), text);
	assert_int_equal(strlen(line) + 1, strlen(text));
	free(text);
	return line;
}

static void test_typed(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, TYPED);
	_cleanup_free_ char *hash = NULL;
	_cleanup_secret_ struct secret right = {0}, wrong = {0};

	(void)state;
	assert_int_equal(x->plan->accounts.items[0].source, PASSWORD_TYPED);
	assert_int_equal(rig_run(x), 0);
	hash = written_hash(x);
	secret_set(&right, PASSWORD, strlen(PASSWORD));
	secret_set(&wrong, "hunter2", 7);
	assert_true(str_starts(hash, "$y$"));
	assert_true(password_matches(&right, hash));
	assert_false(password_matches(&wrong, hash));
	check_not_said(x, PASSWORD);
	check_not_said(x, hash);
	check_plan_silent(x, PASSWORD);
	check_contains(x->plan->warnings.items[0], "password in clear text");
}

static void test_hash(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, HASHED);
	_cleanup_free_ char *hash = NULL;

	(void)state;
	assert_int_equal(rig_run(x), 0);
	hash = written_hash(x);
	assert_string_equal(hash, PASSWORD_HASH_TEXT);
	check_not_said(x, PASSWORD_HASH_TEXT);
	check_plan_silent(x, PASSWORD_HASH_TEXT);
}

/* Also when it fails anywhere. */
static void test_failing(void **state)
{
	(void)state;
	for (size_t n = 1; n < 30; n++) {
		_cleanup_rig_ struct rig *x = rig_new(PC, HASHED);

		x->rec.fail_at = n;
		(void)!rig_run(x);
		check_not_said(x, PASSWORD_HASH_TEXT);
	}
}

static void test_file(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{PASSWORD_HASH_TEXT "\n", true},       {PASSWORD_HASH_TEXT, true},
		{PASSWORD_HASH_TEXT "\nmore\n", true}, {"", false},
		{"\n" PASSWORD_HASH_TEXT, false},      {PASSWORD "\n", false},
		{PASSWORD_HASH_TEXT "\r\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_free_ char *answers = xasprintf(
			"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\"},\"users\":{\"audioUser\":"
			"{\"passwordFile\":\"%s/hash\"}}}",
			dir);
		_cleanup_rig_ struct rig *x = rig_new(PC, answers);

		scratch_file(dir, "hash", rows[i].text);
		check_row(i, (rig_run(x) == 0) == rows[i].good);
		/* What cannot be used is known before the disk is gone. */
		check_row(i, rows[i].good || rig_destroyed(x) == 0);
		check_not_said(x, PASSWORD_HASH_TEXT);
		check_not_said(x, PASSWORD);
		if (rows[i].good)
			free(written_hash(x));
		scratch_remove(dir, "hash");
		unlink(x->journal);
		check_row(i, rig_run(x) == -ERR_NOT_FOUND && rig_destroyed(x) == 0);
	}
}

/* A writer that pauses within the hash, where what has come so far is a hash as well. */
static pid_t write_slowly(int to)
{
	pid_t pid = fork();

	if (pid == 0) {
		dprintf(to, "%.*s", SLOW_FIRST, PASSWORD_HASH_TEXT);
		usleep(100000);
		dprintf(to, "%s\n", &PASSWORD_HASH_TEXT[SLOW_FIRST]);
		_exit(0);
	}
	return pid;
}

/* It gives what is in it once, in pieces, and that is written long after it was checked. */
static void test_pipe(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	_cleanup_free_ char *answers = xasprintf(
		"{\"version\":1,\"disk\":{\"path\":\"/dev/vda\"},\"users\":{\"audioUser\":"
		"{\"passwordFile\":\"/dev/fd/%d\"}}}",
		ends[0]);
	_cleanup_rig_ struct rig *x = rig_new(PC, answers);
	_cleanup_free_ char *first = xasprintf("%.*s", SLOW_FIRST, PASSWORD_HASH_TEXT);
	_cleanup_free_ char *hash = NULL;
	pid_t pid = write_slowly(ends[1]);

	assert_true(check_password_hash(first));
	close(ends[1]);
	assert_int_equal(rig_run(x), 0);
	hash = written_hash(x);
	assert_string_equal(hash, PASSWORD_HASH_TEXT);
	check_not_said(x, PASSWORD_HASH_TEXT);
	/* Nobody needs it any more. */
	assert_false(secret_given(&x->setting->answers->audio_user.file_hash));
	close(ends[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A FIFO that nobody writes to would be waited for, and a device has no end. */
static void test_odd_files(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *fifo = xasprintf("%s/fifo", dir);
	const char *const paths[] = {fifo, "/dev/zero", dir};

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_secret_ struct secret ret = {0};
		struct err e;

		check_row(i, password_from_file(paths[i], &ret, &e) == -ERR_INVALID);
		check_contains(e.what, "neither a file nor a pipe");
		check_row(i, passphrase_from_file(paths[i], &ret, &e) == -ERR_INVALID);
	}
}

/* What was written does not open: the person must hear of it before restarting. */
static void test_spoilt(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, TYPED);

	(void)state;
	x->rec.spoil_password = true;
	assert_int_equal(rig_run(x), -ERR_INTERNAL);
	check_contains(x->e.what, "does not open");
	check_contains(x->e.hint, "do not restart");
	check_not_said(x, PASSWORD);
	assert_int_equal(rig_find(x, "unmount"), SIZE_MAX);
}

static void test_password_hash(void **state)
{
	_cleanup_secret_ struct secret one = {0}, first = {0}, second = {0};
	struct err e;

	(void)state;
	secret_set(&one, "\xff \"'$(id)", 10);
	assert_int_equal(password_hash(&one, &first, &e), 0);
	assert_int_equal(password_hash(&one, &second, &e), 0);
	assert_string_not_equal(first.bytes, second.bytes);
	assert_true(password_matches(&one, first.bytes) && password_matches(&one, second.bytes));
	assert_false(password_matches(&one, "*0"));
	assert_false(password_matches(&one, ""));
	assert_false(password_matches(&one, "$y$"));
}

static void collect(void *ctx, const struct event *e)
{
	str_addf(ctx, "%llu %s %s %u/%u %s;", (unsigned long long)e->seq, event_kind_names[e->kind],
		 e->step ? e->step : "-", e->done, e->total, e->text);
}

static void test_events(void **state)
{
	_cleanup_str_ struct str one = {0}, two = {0};
	struct events ev = {.total = 10};

	(void)state;
	events_add(&ev, collect, &one);
	events_add(&ev, collect, &two);
	events_begin(&ev, "a", "first");
	events_line(&ev, "line");
	events_end(&ev, 4, EVENT_END);
	events_say(&ev, EVENT_WARNING, "w");
	events_begin(&ev, "b", "second");
	events_end(&ev, 99, EVENT_SKIP);
	events_say(&ev, EVENT_DONE, "end");
	assert_string_equal(one.s, "1 begin a 0/10 first;2 log a 0/10 line;3 end a 4/10 ;"
				   "4 warning - 4/10 w;5 begin b 4/10 second;6 skip b 10/10 ;"
				   "7 done - 10/10 end;");
	assert_string_equal(one.s, two.s);
	for (int i = 0; i < 10; i++)
		events_add(&ev, collect, &one);
	assert_int_equal(ev.count, SINKS_MAX);
	for (size_t i = 0; i < EVENT_KINDS; i++)
		assert_non_null(event_kind_names[i]);
	assert_null(event_kind_names[EVENT_KINDS]);
}

static int64_t number(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	assert_true(json_object_object_get_ex(o, key, &v));
	assert_true(json_object_is_type(v, json_type_int));
	return json_object_get_int64(v);
}

static void test_json_lines(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, HASHED);
	_cleanup_free_ char *text = NULL;
	int64_t seq = 0, done = 0;
	char *save = NULL;

	(void)state;
	x->rec.fail_at = 16;
	assert_int_equal(rig_run(x), -ERR_IO);
	text = read_whole(x->json);
	assert_true(str_ends(text, "\n"));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct json_object *o = json_tokener_parse(line);

		assert_non_null(o);
		assert_int_equal(number(o, "v"), 1);
		assert_int_equal(number(o, "seq"), ++seq);
		assert_true(number(o, "done") >= done);
		done = number(o, "done");
		assert_int_equal(number(o, "total"), x->plan->weight);
		json_object_put(o);
	}
	assert_int_equal(seq, x->seq);
}

static void test_log_lines(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, HASHED);
	_cleanup_free_ char *text = NULL;
	size_t lines = 0;
	char *save = NULL;

	(void)state;
	x->rec.fail_at = 16;
	assert_int_equal(rig_run(x), -ERR_IO);
	text = read_whole(x->log);
	check_contains(text, " log      format-1: what the tool says\n");
	check_contains(text, " begin    partition: write a new partition table to /dev/vda\n");
	check_contains(text, ": call 16 failed: it was told to (a hint)\n");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned n[6];
		int end = 0;

		assert_int_equal(sscanf(line, "%4u-%2u-%2uT%2u:%2u:%2uZ %n", &n[0], &n[1], &n[2],
					&n[3], &n[4], &n[5], &end),
				 6);
		assert_int_equal(end, 21);
		lines++;
	}
	assert_int_equal(lines, x->seq);
}

/* A sink that cannot write does not stop anything. */
static void test_broken_sinks(void **state)
{
	const struct event e = {.seq = 1, .kind = EVENT_LOG, .text = "text"};
	_cleanup_close_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	int closed = -1;

	(void)state;
	sink_json_lines(&closed, &e);
	sink_log(&closed, &e);
	sink_json_lines(&full, &e);
	sink_log(&full, &e);
}

static void test_journal(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/journal.json", dir), *temporary = NULL;
	_cleanup_journal_ struct journal j = {0};
	_cleanup_journal_ struct journal again = {0};
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(journal_read(&j, path, &e), 0);
	assert_true(!j.plan && !j.root && !j.done.count && !j.finished);
	j.plan = arena_strdup(j.arena, "plan");
	j.root = arena_strdup(j.arena, "/mnt");
	j.swap = arena_strdup(j.arena, "/dev/vda2");
	strings_add(j.arena, &j.done, "partition");
	strings_add(j.arena, &j.done, "format-1");
	assert_int_equal(journal_write(&j, &e), 0);
	assert_int_equal(journal_read(&again, path, &e), 0);
	assert_string_equal(again.plan, "plan");
	assert_string_equal(again.swap, "/dev/vda2");
	assert_true(journal_has(&again, "partition") && journal_has(&again, "format-1"));
	assert_false(journal_has(&again, "format-2") || journal_has(&again, ""));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	temporary = xasprintf("%s.new", path);
	assert_int_equal(access(temporary, F_OK), -1);
}

static void test_damaged_journal(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}",
		"{\"version\":1,\"plan\":\"x\"}",
		"{\"version\":2,\"plan\":\"x\",\"root\":\"/mnt\"}",
		"{\"version\":1,\"plan\":\"x\",\"root\":\"/mnt\",\"done\":[1]}",
		"{\"version\":1,\"plan\":\"x\",\"root\":\"/mnt\"} more",
		"{\"version\":1,\"plan\":null,\"root\":\"/mnt\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_free_ char *path = xasprintf("%s/j", dir);
		struct journal j = {.version = 77};
		struct err e;

		scratch_file(dir, "j", texts[i]);
		check_row(i, journal_read(&j, path, &e) == -ERR_INVALID && j.version == 77);
		check_error(&e, -ERR_INVALID);
		check_contains(e.hint, "remove the file");
		/* And what is there but cannot be read is not nothing. */
		check_row(i, journal_read(&j, dir, &e) == -ERR_IO);
		check_error(&e, -ERR_IO);
	}
}

static void test_write_file(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/f", dir), *text = NULL;
	_cleanup_free_ char *deep = xasprintf("%s/a/b/c", dir), *none = xasprintf("%s/no/f", dir);
	struct stat st;
	struct err e;

	(void)state;
	/* Whatever lay there, and whatever the umask is. */
	scratch_file(dir, "f", "older and longer");
	scratch_file(dir, "f.new", "left behind");
	umask(0777);
	assert_int_equal(write_file_atomic(path, "secret", 6, 0600, &e), 0);
	umask(022);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	text = read_whole(path);
	assert_string_equal(text, "secret");
	check_error(&e, write_file_atomic(none, "x", 1, 0600, &e));
	/* Not through a link that somebody has put there. */
	scratch_link(dir, "f.new", "f");
	check_error(&e, write_file_atomic(path, "x", 1, 0600, &e));
	umask(0777);
	assert_int_equal(make_directories(deep, 0700, &e), 0);
	umask(022);
	assert_int_equal(make_directories(deep, 0700, &e), 0);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	*strrchr(deep, '/') = '\0';
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	check_error(&e, make_directories(path, 0755, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_typed),	   cmocka_unit_test(test_hash),
		cmocka_unit_test(test_failing),	   cmocka_unit_test(test_file),
		cmocka_unit_test(test_pipe),	   cmocka_unit_test(test_odd_files),
		cmocka_unit_test(test_spoilt),	   cmocka_unit_test(test_password_hash),
		cmocka_unit_test(test_events),	   cmocka_unit_test(test_json_lines),
		cmocka_unit_test(test_log_lines),  cmocka_unit_test(test_broken_sinks),
		cmocka_unit_test(test_journal),	   cmocka_unit_test(test_damaged_journal),
		cmocka_unit_test(test_write_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
