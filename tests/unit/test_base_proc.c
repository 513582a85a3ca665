/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proc: argument vectors, environment, input and output, ends of all kinds. */
#include "support/check.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/proc.h"

struct lines {
	struct strings list;
	struct arena *arena;
	size_t bytes;
};

static void keep(void *ctx, const char *line)
{
	struct lines *l = ctx;

	strings_add(l->arena, &l->list, line);
	l->bytes += strlen(line);
}

static int run_kept(const char *const *argv, struct lines *l, struct err *e)
{
	const struct proc p = {.argv = argv, .line = keep, .ctx = l};

	return proc_run(&p, e);
}

static int shell(const char *script, struct lines *l, struct err *e)
{
	return run_kept((const char *const[]){"sh", "-c", script, NULL}, l, e);
}

static void test_arguments(void **state)
{
	static const char *const argv[] = {"printf",   "<%s>\\n", "",	"a b",	 "$(id)",    "`id`",
					   ";id",      "|",	  "&&", "$HOME", "*",	     "\\n",
					   "'",	       "\"",	  "-n", "--",	 "~",	     "#x",
					   "\xc3\xbc", "a\\tb",	  "%s", "<",	 "> /tmp/x", NULL};
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a};
	struct err e;

	(void)state;
	assert_int_equal(run_kept(argv, &l, &e), 0);
	assert_int_equal(l.list.count, ARRAY_SIZE(argv) - 3);
	for (size_t i = 0; i < l.list.count; i++) {
		_cleanup_free_ char *expected = xasprintf("<%s>", argv[i + 2]);

		assert_string_equal(l.list.items[i], expected);
	}
}

static void test_status(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a};
	struct err e;

	(void)state;
	assert_int_equal(shell("echo first; echo; echo the reason >&2; echo; exit 3", &l, &e),
			 -ERR_TOOL);
	assert_string_equal(e.what, "sh failed with status 3");
	assert_string_equal(e.why, "the reason");
	assert_int_equal(l.list.count, 2);
	assert_int_equal(shell("exit 1", &l, &e), -ERR_TOOL);
	check_error(&e, -ERR_TOOL);
	assert_int_equal(shell("kill -9 $$", &l, &e), -ERR_TOOL);
	check_contains(e.what, "signal 9");
	assert_int_equal(shell("true", &l, &e), 0);
}

static void test_missing_program(void **state)
{
	const struct proc missing = {
		.argv = (const char *const[]){"archibald-no-such-program", NULL}};
	const struct proc directory = {.argv = (const char *const[]){"/tmp", NULL}};
	struct err e;

	(void)state;
	check_error(&e, proc_run(&missing, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	check_contains(e.what, "archibald-no-such-program");
	assert_int_equal(proc_run(&directory, &e), -ERR_IO);
}

static void test_standard_input(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a}, none = {.arena = a};
	const struct proc p = {
		.argv = (const char *const[]){"cat", NULL},
		.input = "one\ntwo",
		.input_len = 7,
		.line = keep,
		.ctx = &l,
	};
	struct err e;

	(void)state;
	assert_int_equal(proc_run(&p, &e), 0);
	assert_int_equal(l.list.count, 2);
	assert_string_equal(l.list.items[1], "two");
	/* Without any it is /dev/null: a program that asks does not wait. */
	assert_int_equal(run_kept((const char *const[]){"cat", NULL}, &none, &e), 0);
	assert_int_equal(none.list.count, 0);
	/* Empty input is an end at once. */
	const struct proc empty = {.argv = p.argv, .input = "", .line = keep, .ctx = &none};

	assert_int_equal(proc_run(&empty, &e), 0);
	assert_int_equal(none.list.count, 0);
}

/* Larger than the pipe, to children that read all, none, and only after they wrote much. */
static void test_large_input(void **state)
{
	static const struct {
		const char *script, *last;
	} rows[] = {
		{"wc -c", "1000000"},
		{"exec <&-; echo closed", "closed"},
		{"echo ignored", "ignored"},
		{"head -c 300000 /dev/zero | tr '\\0' x | fold -w 100; echo; wc -c", "1000000"},
		{"exec <&-; sleep 0.1; echo late", "late"},
	};
	_cleanup_free_ char *input = xmalloc(1000000);

	(void)state;
	memset(input, 'y', 1000000);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_arena_ struct arena *a = arena_new();
		struct lines l = {.arena = a};
		const struct proc p = {
			.argv = (const char *const[]){"sh", "-c", rows[i].script, NULL},
			.input = input,
			.input_len = 1000000,
			.line = keep,
			.ctx = &l,
		};
		struct err e;

		check_row(i, proc_run(&p, &e) == 0);
		check_row(i, l.list.count > 0);
		assert_string_equal(l.list.items[l.list.count - 1], rows[i].last);
	}
}

static void test_sigpipe_is_as_before(void **state)
{
	struct sigaction now;
	struct err e;
	const struct proc p = {.argv = (const char *const[]){"true", NULL}};
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a};

	(void)state;
	assert_int_equal(proc_run(&p, &e), 0);
	sigaction(SIGPIPE, NULL, &now);
	assert_true(now.sa_handler == SIG_DFL);
	/* And the child's own is the default, though ours may be ignored. */
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(shell("grep SigIgn /proc/self/status", &l, &e), 0);
	signal(SIGPIPE, SIG_DFL);
	check_contains(l.list.items[0], "0000000000000000");
}

static void test_much_output(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a};
	struct err e;

	(void)state;
	assert_int_equal(shell("head -c 1000000 /dev/zero | tr '\\0' x | fold -w 99", &l, &e), 0);
	assert_int_equal(l.bytes, 1000000);
	assert_int_equal(l.list.count, 10102);
	/* Nobody listens: it is read all the same. */
	const struct proc p = {
		.argv = (const char *const[]){"head", "-c", "1000000", "/dev/zero", NULL}};

	assert_int_equal(proc_run(&p, &e), 0);
}

static void test_long_line(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a};
	struct err e;

	(void)state;
	assert_int_equal(shell("head -c 150000 /dev/zero | tr '\\0' x; exit 1", &l, &e), -ERR_TOOL);
	assert_int_equal(l.bytes, 150000);
	assert_int_equal(l.list.count, 3);
	assert_true(strlen(e.why) > 200 && strlen(e.why) < sizeof(e.why));
	/* Cut within a character, it is still safe to show. */
	assert_int_equal(
		shell("for i in $(seq 30000); do printf '\\342\\202\\254'; done; exit 1", &l, &e),
		-ERR_TOOL);
	check_error(&e, -ERR_TOOL);
	for (size_t i = 0; i < l.list.count; i++)
		check_shown(l.list.items[i]);
}

static void test_hostile_output(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a};
	struct err e;

	(void)state;
	assert_int_equal(
		shell("printf 'a\\0b\\n\\033[2Jx\\n\\377\\n 10%%\\r 20%%\\r\\n\\ttab\\tin\\nend'",
		      &l, &e),
		0);
	assert_int_equal(l.list.count, 7);
	assert_string_equal(l.list.items[0], "a?b");
	assert_string_equal(l.list.items[1], "?[2Jx");
	assert_string_equal(l.list.items[2], "?");
	assert_string_equal(l.list.items[3], "10%");
	assert_string_equal(l.list.items[4], "20%");
	assert_string_equal(l.list.items[5], "tab?in");
	assert_string_equal(l.list.items[6], "end");
}

static bool has_line(const struct lines *l, const char *start)
{
	for (size_t i = 0; i < l->list.count; i++)
		if (str_starts(l->list.items[i], start))
			return true;
	return false;
}

static void test_environment(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a};
	const struct proc p = {
		.argv = (const char *const[]){"env", NULL},
		.env = (const char *const[]){"EXTRA=1", "WITH SPACE=2 3", NULL},
		.line = keep,
		.ctx = &l,
	};
	struct err e;

	(void)state;
	setenv("SECRET_OF_OURS", "hunter2", 1);
	setenv("LD_PRELOAD_X", "x", 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("NIX_CONFIG", "a = b", 1);
	setenv("https_proxy", "http://proxy", 1);
	assert_int_equal(proc_run(&p, &e), 0);
	assert_true(has_line(&l, "PATH=") && has_line(&l, "LANG=C.UTF-8"));
	assert_true(has_line(&l, "TERM=dumb") && has_line(&l, "EXTRA=1"));
	assert_true(has_line(&l, "WITH SPACE=2 3") && has_line(&l, "NIX_CONFIG=a = b"));
	assert_true(has_line(&l, "https_proxy="));
	assert_false(has_line(&l, "SECRET_OF_OURS") || has_line(&l, "LD_PRELOAD"));
	assert_false(has_line(&l, "LC_ALL"));
	unsetenv("SECRET_OF_OURS");
	unsetenv("LD_PRELOAD_X");
	unsetenv("LC_ALL");
	unsetenv("NIX_CONFIG");
	unsetenv("https_proxy");
}

/* Neither our own nor those that whoever started us gave us: one may lead to a passphrase. */
static void test_descriptors(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct lines l = {.arena = a}, kept = {.arena = a};
	_cleanup_close_ int own = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int given = open("/dev/null", O_RDONLY);
	_cleanup_free_ char *test = xasprintf("test -e /proc/self/fd/%d && echo kept", given);
	const struct proc p = {.argv = (const char *const[]){"sh", "-c", test, NULL},
			       .keep_fd = given,
			       .line = keep,
			       .ctx = &kept};
	struct err e;

	(void)state;
	assert_true(own >= 0 && given >= 0);
	/* The standard three, and the directory that ls has open itself. */
	assert_int_equal(run_kept((const char *const[]){"ls", "/proc/self/fd", NULL}, &l, &e), 0);
	assert_int_equal(l.list.count, 4);
	/* It is still ours, and what is passed on is passed on. */
	assert_int_equal(fcntl(given, F_GETFD), 0);
	assert_int_equal(proc_run(&p, &e), 0);
	assert_int_equal(kept.list.count, 1);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *cancel_soon(void *unused)
{
	usleep(200000);
	proc_cancel_all();
	return unused;
}

static void on_alarm(int number)
{
	(void)number;
	proc_cancel_all();
}

/* What the child leaves behind must end, too: a grandchild would go on writing. */
static int cancelled_by_thread(void)
{
	const struct proc p = {
		.argv = (const char *const[]){"sh", "-c", "sleep 60 & sleep 60", NULL}};
	const struct proc next = {.argv = (const char *const[]){"true", NULL}};
	double start = seconds();
	pthread_t thread;
	struct err e;

	if (pthread_create(&thread, NULL, cancel_soon, NULL) != 0)
		return 1;
	if (proc_run(&p, &e) != -ERR_CANCELLED || seconds() - start > 20)
		return 2;
	pthread_join(thread, NULL);
	/* Who asked to stop does not want the next program either. */
	return proc_run(&next, &e) == -ERR_CANCELLED ? 0 : 3;
}

static int cancelled_by_signal(void)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct proc p = {.argv = (const char *const[]){"sleep", "60", NULL}};
	double start = seconds();
	struct err e;

	sigaction(SIGALRM, &action, NULL);
	ualarm(200000, 0);
	if (proc_run(&p, &e) != -ERR_CANCELLED)
		return 1;
	return seconds() - start < 20 ? 0 : 2;
}

/* A program that does not want to hear of it, and somebody who asks again. */
static int cancelled_twice(void)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct proc p = {
		.argv = (const char *const[]){"sh", "-c",
					      "trap '' TERM; while :; do sleep 60; done", NULL}};
	double start = seconds();
	struct err e;

	sigaction(SIGALRM, &action, NULL);
	ualarm(300000, 300000);
	if (proc_run(&p, &e) != -ERR_CANCELLED)
		return 1;
	return seconds() - start < 20 ? 0 : 2;
}

/* What must come to its end does, and says so, although somebody asked to stop. */
static int whole_is_not_cancelled(void)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct proc p = {.argv = (const char *const[]){"sleep", "1", NULL}, .whole = true};
	const struct proc next = {.argv = (const char *const[]){"true", NULL}};
	struct err e;

	sigaction(SIGALRM, &action, NULL);
	ualarm(100000, 100000);
	if (proc_run(&p, &e) != 0)
		return 1;
	return proc_run(&next, &e) == -ERR_CANCELLED ? 0 : 2;
}

/* Cancelling lasts for a process's life: each in one of its own. */
static int in_own_process(int (*f)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(f());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_cancel(void **state)
{
	(void)state;
	assert_int_equal(in_own_process(cancelled_by_thread), 0);
	assert_int_equal(in_own_process(cancelled_by_signal), 0);
	assert_int_equal(in_own_process(cancelled_twice), 0);
	assert_int_equal(in_own_process(whole_is_not_cancelled), 0);
}

/* The signal before, at and just after the start of many children: none is left running. */
static int cancelled_at_start(void)
{
	for (unsigned delay = 1; delay < 4000; delay += 250) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			const struct sigaction action = {.sa_handler = on_alarm};
			const struct proc p = {.argv = (const char *const[]){"sleep", "60", NULL}};
			struct err e;

			sigaction(SIGALRM, &action, NULL);
			ualarm(delay, 0);
			_exit(proc_run(&p, &e) == -ERR_CANCELLED && e.code == ERR_CANCELLED ? 0
											    : 1);
		}
		if (waitpid(pid, &status, 0) < 0 || status != 0)
			return 1;
	}
	return 0;
}

static void test_cancel_early(void **state)
{
	double start = seconds();

	(void)state;
	assert_int_equal(in_own_process(cancelled_at_start), 0);
	assert_true(seconds() - start < 40);
}

static int limited(const char *script, unsigned limit, struct err *e)
{
	const struct proc p = {.argv = (const char *const[]){"sh", "-c", script, NULL},
			       .seconds = limit};

	return proc_run(&p, e);
}

/* Whoever takes too long is ended: also who ignores that, has closed its output, or has left it to
 * somebody in another group. */
static void test_limit(void **state)
{
	static const struct {
		const char *script;
		double most; /* seconds */
	} rows[] = {
		{"sleep 60", 5},
		{"exec >&- 2>&-; sleep 60", 5},
		{"sleep 60 & exit 0", 5},
		{"trap '' TERM; while :; do sleep 1; done", 15},
		{"setsid sleep 60 & exit 0", 25},
	};
	struct err e;

	(void)state;
	assert_int_equal(limited("exit 0", 20, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		double start = seconds();

		check_row(i, limited(rows[i].script, 1, &e) == -ERR_TOOL);
		check_row(i, seconds() - start < rows[i].most);
		check_contains(e.why, "longer than the 1 seconds");
	}
}

static void test_beside(void **state)
{
	struct proc p = {
		.argv = (const char *const[]){"sh", "-c", "read x; echo \"<$x>\"; cat", NULL}};
	struct proc_beside b;
	char said[16] = "";
	struct err e;
	int status;

	(void)state;
	assert_int_equal(proc_begin(&p, &b, &e), 0);
	assert_int_equal(write(b.in, "line\n", 5), 5);
	assert_int_equal(read(b.out, said, sizeof(said) - 1), 7);
	assert_string_equal(said, "<line>\n");
	status = proc_end(&b, 5000);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	p.argv = (const char *const[]){"sleep", "60", NULL};
	assert_int_equal(proc_begin(&p, &b, &e), 0);
	assert_int_equal(proc_end(&b, 100), -1);
	assert_int_equal(waitpid(b.pid, NULL, WNOHANG), -1);
	p.argv = (const char *const[]){"archibald-no-such-program", NULL};
	assert_int_equal(proc_begin(&p, &b, &e), -ERR_NOT_FOUND);
}

static void test_find(void **state)
{
	_cleanup_free_ char *found = proc_find("sh"), *path = proc_find("/bin/sh");

	(void)state;
	assert_true(found && str_ends(found, "/sh"));
	assert_string_equal(path, "/bin/sh");
	assert_null(proc_find("archibald-no-such-program"));
	assert_null(proc_find("/bin/archibald-no-such-program"));
}

/* The reason is not what the program prints of itself, whenever that arrives. */
static void test_banner(void **state)
{
	const struct proc p = {
		.argv = (const char *const[]){"sh", "-c",
					      "echo no room left >&2; echo tool 4.2; exit 1", NULL},
		.banner = "tool "};
	struct err e;

	(void)state;
	assert_int_equal(proc_run(&p, &e), -ERR_TOOL);
	assert_string_equal(e.why, "no room left");
}

/* Killed in the midst of it: what must come to its end goes on, though nobody reads what it says.
 */
static void test_whole_outlives(void **state)
{
	char *dir = scratch_new();
	_cleanup_free_ char *file = xasprintf("%s/done", dir);
	const struct proc p = {
		.argv = (const char *const[]){"sh", "-c",
					      "echo begun; sleep 1; echo on; echo end > \"$0\"",
					      file, NULL},
		.whole = true};
	struct err e;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0)
		_exit(proc_run(&p, &e) != 0);
	usleep(300000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(access(file, F_OK), -1);
	for (int i = 0; i < 200 && access(file, F_OK) < 0; i++)
		usleep(50000);
	assert_int_equal(access(file, F_OK), 0);
	scratch_free(&dir);
}

/* On a terminal, a program that asks there fails, and is not stopped for ever. */
static void test_no_terminal(void **state)
{
	const struct proc p = {.argv = (const char *const[]){"sh", "-c", "read x </dev/tty", NULL},
			       .seconds = 5};
	struct err e;
	int status, terminal = posix_openpt(O_RDWR | O_NOCTTY);
	pid_t pid;

	(void)state;
	assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
	pid = fork();
	if (pid == 0) {
		/* The first terminal that the leader of a session opens is its own. */
		setsid();
		if (open(ptsname(terminal), O_RDWR) < 0 || open("/dev/tty", O_RDWR) < 0)
			_exit(2);
		_exit(proc_run(&p, &e) != -ERR_TOOL || strstr(e.what, "was ended"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(terminal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),	cmocka_unit_test(test_status),
		cmocka_unit_test(test_missing_program), cmocka_unit_test(test_standard_input),
		cmocka_unit_test(test_large_input),	cmocka_unit_test(test_sigpipe_is_as_before),
		cmocka_unit_test(test_much_output),	cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_hostile_output),	cmocka_unit_test(test_environment),
		cmocka_unit_test(test_descriptors),	cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_early),	cmocka_unit_test(test_limit),
		cmocka_unit_test(test_beside),		cmocka_unit_test(test_find),
		cmocka_unit_test(test_whole_outlives),	cmocka_unit_test(test_banner),
		cmocka_unit_test(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
