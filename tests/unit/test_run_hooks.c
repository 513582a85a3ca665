/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hooks: when they are run, what they get, what their failures mean, going on after them; and real
 * ones: files by their #! line, arguments, environment, time limits. */
#include "support/check.h"

#include <sys/wait.h>

#include "run/hooks.h"
#include "support/interview.h"
#include "support/recorder.h"

#define WITH_HOOKS(hooks)                                                                      \
	"{\"version\":1,\"hostName\":\"studio\",\"disk\":{\"path\":\"/dev/vda\"},\"desktop\":" \
	"\"none\",\"swap\":{\"kind\":\"none\"},\"users\":{\"audioUser\":{\"passwordHash\":"    \
	"\"" PASSWORD_HASH_TEXT "\"}},\"hooks\":{" hooks "}}"
#define ALL                                                                                     \
	WITH_HOOKS("\"before\":[[\"first\",\"a b\",\"$(x)\"],{\"run\":[\"second\"],\"seconds\"" \
		   ":7}],\"afterMount\":[[\"third\"]],\"afterInstall\":[[\"fourth\"]]")
#define MAY_FAIL WITH_HOOKS("\"before\":[{\"run\":[\"first\"],\"mayFail\":true}]")

static size_t find(const struct rig *x, const char *call)
{
	for (size_t i = 0; i < x->rec.calls.count; i++)
		if (str_starts(x->rec.calls.items[i], call))
			return i;
	fail_msg("no call %s", call);
	return 0;
}

static char *hook_call(const struct rig *x, const char *when, const char *words)
{
	return xasprintf("hook ARCHIBALD_HOOK=%s ARCHIBALD_ROOT=%s ARCHIBALD_HOST_NAME=studio %s",
			 when, x->root, words);
}

static void test_order(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, ALL);
	_cleanup_free_ char *first = hook_call(x, "before", "600 - first a b $(x)");
	_cleanup_free_ char *second = hook_call(x, "before", "7 - second");
	_cleanup_free_ char *third = hook_call(x, "afterMount", "600 - third");
	_cleanup_free_ char *fourth = hook_call(x, "afterInstall", "600 - fourth");

	(void)state;
	assert_int_equal(rig_run(x), 0);
	assert_int_equal(find(x, "program_exists first"), 0);
	assert_true(find(x, "program_exists nixos-install") < find(x, first));
	assert_int_equal(find(x, second), find(x, first) + 1);
	assert_true(find(x, second) < find(x, "write_table"));
	assert_true(find(x, "mount /boot") < find(x, third));
	assert_true(find(x, third) < find(x, "mkdir"));
	assert_int_equal(find(x, fourth), find(x, "run nixos-install") + 1);
	assert_int_equal(find(x, "verify"), find(x, fourth) + 1);
	check_contains(x->said.s, "hook-before-1 what the hook says");
}

/* One that fails beforehand: this machine is not to be installed, and nothing was written. */
static void test_before_fails(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, ALL);

	(void)state;
	assert_int_equal(rig_run(x), 0);
	x->rec.fail_at = find(x, "hook") + 1;
	unlink(x->journal);
	x->rec.disks[0] = (struct recorded_disk){0};
	assert_int_equal(rig_run(x), -ERR_UNSUPPORTED);
	assert_int_equal(rig_destroyed(x), 0);
	check_contains(x->e.what, "a hook of the answers stops the installation");
}

static void test_after_fails(void **state)
{
	static const char *const rows[] = {"afterMount", "afterInstall"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_rig_ struct rig *x = rig_new(PC, ALL);
		_cleanup_free_ char *call = xasprintf("hook ARCHIBALD_HOOK=%s", rows[i]);

		assert_int_equal(rig_run(x), 0);
		x->rec.fail_at = find(x, call) + 1;
		unlink(x->journal);
		check_row(i, rig_run(x) == -ERR_IO);
		/* What was finished before is not run again, what rests on the mounts is. */
		x->rec.fail_at = 0;
		check_row(i, rig_run(x) == 0);
		assert_int_equal(x->skipped.count, 5);
		assert_string_equal(x->skipped.items[0], "hook-before-1");
		assert_string_equal(x->skipped.items[1], "hook-before-2");
		check_row(i, rig_destroyed(x) == 0);
		(void)find(x, "hook ARCHIBALD_HOOK=afterMount");
		(void)find(x, "hook ARCHIBALD_HOOK=afterInstall");
	}
}

static void test_may_fail(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, MAY_FAIL);

	(void)state;
	assert_int_equal(rig_run(x), 0);
	x->rec.fail_at = find(x, "hook") + 1;
	x->rec.disks[0] = (struct recorded_disk){0};
	/* The recorder takes whatever comes after a failed call for a mistake; here it is none. */
	x->rec.fault = FAULT_TOLD;
	assert_int_equal(rig_run(x), 0);
	check_contains(x->said.s, "a hook that may fail has failed: call");
	assert_int_equal(x->finished.count, x->plan->steps.count);
}

static void test_missing_program(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, ALL), *y = rig_new(PC, MAY_FAIL);

	(void)state;
	x->rec.fail_at = 1;
	assert_int_equal(rig_run(x), -ERR_IO);
	assert_string_equal(x->rec.calls.items[0], "program_exists first");
	assert_int_equal(rig_run(y), 0);
	for (size_t i = 0; i < y->rec.calls.count; i++)
		assert_string_not_equal(y->rec.calls.items[i], "program_exists first");
}

/* Other words, and other bytes of a file, are another plan. */
static void test_plan_hash(void **state)
{
	static const char *const rows[] = {
		WITH_HOOKS("\"before\":[[\"a\"]]"),
		WITH_HOOKS("\"before\":[[\"b\"]]"),
		WITH_HOOKS("\"afterMount\":[[\"a\"]]"),
		WITH_HOOKS("\"before\":[{\"file\":\"a\"}]"),
	};
	_cleanup_arena_ struct arena *a = arena_new();
	struct strings seen = {0};

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(rows); i++) {
		_cleanup_rig_ struct rig *x = rig_new(PC, rows[i < 4 ? i : 3]);

		if (i == ARRAY_SIZE(rows)) {
			secret_set(&x->setting->answers->hooks[0].list.items[0].bytes, "#!/x", 4);
			x->plan = plan_free(x->plan);
			assert_int_equal(
				plan_make(&x->setting->v, "archibald test", &x->plan, &x->e), 0);
		}
		check_row(i, !strings_have(&seen, x->plan->hash));
		strings_add(a, &seen, x->plan->hash);
	}
}

/* Real ones. */
struct heard {
	struct str text;
};

static void hear(void *ctx, const struct event *e)
{
	struct heard *h = ctx;

	if (e->kind == EVENT_LOG)
		str_addf(&h->text, "%s\n", e->text);
}

static int execute(const char *bytes, const struct strings *words, unsigned seconds,
		   struct heard *h, struct err *e)
{
	static const char *const env[] = {"ARCHIBALD_HOOK=before", "ARCHIBALD_ROOT=/target", NULL};
	_cleanup_secret_ struct secret file = {0};
	struct events ev = {0};
	const struct hook_call c = {.file = bytes ? "prepare" : NULL,
				    .bytes = &file,
				    .words = words,
				    .env = env,
				    .input = "{\"hostName\":\"studio\"}\n",
				    .seconds = seconds};

	secret_set(&file, bytes ? bytes : "", bytes ? strlen(bytes) : 0);
	events_add(&ev, hear, h);
	return hook_execute(&c, &ev, e);
}

static void test_file(void **state)
{
	char *arguments[] = {(char[]){"a b"}, (char[]){"$(id)"}};
	const struct strings words = {arguments, 2};
	struct heard h = {0};
	struct err e;

	(void)state;
	setenv("SECRET", "geheim", 1);
	assert_int_equal(execute("#!/bin/sh\necho \"<$1><$2>$#\"\ncat\n"
				 "echo \"$ARCHIBALD_HOOK $ARCHIBALD_ROOT [$SECRET]\"\n"
				 "echo to stderr >&2\n(echo more >> \"$0\") 2>&1 | grep -c . \n",
				 &words, 10, &h, &e),
			 0);
	assert_string_equal(str_get(&h.text), "<a b><$(id)>2\n{\"hostName\":\"studio\"}\n"
					      "before /target []\nto stderr\n1\n");
	str_clear(&h.text);
	/* By the #! line, with its argument, and not by a shell. */
	assert_int_equal(
		execute("#!/bin/cat -n\nas it is: $(id)\n", &(struct strings){0}, 10, &h, &e), 0);
	check_contains(str_get(&h.text), "as it is: $(id)");
	str_clear(&h.text);
}

static void test_no_shell(void **state)
{
	char *program[] = {(char[]){"printf"}, (char[]){"<%s>"}, (char[]){"$(id);`id`|*"}};
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_free_ char *path = xasprintf("%s/bare", dir);
	char *bare[] = {path};
	struct heard h = {0};
	struct err e;

	(void)state;
	assert_int_equal(execute(NULL, &(struct strings){program, 3}, 10, &h, &e), 0);
	assert_string_equal(str_get(&h.text), "<$(id);`id`|*>\n");
	str_clear(&h.text);
	/* execvp(3) would give it to a shell. */
	scratch_file(dir, "bare", "echo run by a shell\n");
	chmod(path, 0700);
	assert_int_equal(execute(NULL, &(struct strings){bare, 1}, 10, &h, &e), -ERR_IO);
	check_contains(e.why, "Exec format error");
	assert_string_equal(str_get(&h.text), "");
	assert_int_equal(execute("no head\n", &(struct strings){0}, 10, &h, &e), -ERR_IO);
}

static void test_ends(void **state)
{
	struct heard h = {0};
	struct err e;

	(void)state;
	assert_int_equal(
		execute("#!/bin/sh\necho why it is\nexit 3\n", &(struct strings){0}, 10, &h, &e),
		-ERR_TOOL);
	assert_string_equal(e.what, "prepare failed with status 3");
	assert_string_equal(e.why, "why it is");
	assert_int_equal(execute("#!/bin/sh\nsleep 60\n", &(struct strings){0}, 1, &h, &e),
			 -ERR_TOOL);
	assert_string_equal(e.what, "prepare was ended");
	check_contains(e.why, "longer than the 1 seconds");
	str_clear(&h.text);
}

/* Beside the kept answers, so that these can be used again. */
static void test_kept(void **state)
{
	_cleanup_rig_ struct rig *x = rig_new(PC, WITH_HOOKS("\"before\":[{\"file\":\"go.sh\"}]"));
	_cleanup_free_ char *path = xasprintf("%s/go.sh", x->dir);
	_cleanup_free_ char *text = NULL;
	struct stat st;

	(void)state;
	secret_set(&x->setting->answers->hooks[0].list.items[0].bytes, "#!/bin/sh\n", 10);
	assert_int_equal(
		hooks_keep(x->setting->answers, x->dir, recorder_ops.write_file, &x->rec, &x->e),
		0);
	text = read_whole(path);
	assert_string_equal(text, "#!/bin/sh\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_before_fails),
		cmocka_unit_test(test_after_fails),
		cmocka_unit_test(test_may_fail),
		cmocka_unit_test(test_missing_program),
		cmocka_unit_test(test_plan_hash),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_no_shell),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
