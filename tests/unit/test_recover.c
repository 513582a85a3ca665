/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recover: what is said of a failed run, and what can be done about it, in plain lines. */
#include "cli/recover.h"
#include "support/check.h"

#include <pty.h>
#include <signal.h>
#include <sys/wait.h>

#define AGAIN "archibald install /run/archibald/answers.json"

static volatile int stop;

static void test_words(void **state)
{
	static const struct {
		enum err_code code;
		bool begun;
		const char *says, *lacks;
	} rows[] = {
		{ERR_TOOL, true, "The cause: the disk is full.", "Nothing was touched"},
		{ERR_TOOL, false, "Nothing was touched.", "has been changed"},
		/* Who stopped it knows why. */
		{ERR_CANCELLED, true, "nixos-install was stopped.", "The cause"},
	};
	struct diagnosis d = {0};

	(void)state;
	diagnose_line(&d, "error: writing: No space left on device");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct err e = {.code = rows[i].code, .what = "nixos-install was stopped"};
		_cleanup_free_ char *text = failure_text(&d, &e, rows[i].begun, "/run/log");

		check_contains(text, rows[i].says);
		check_lacks(text, rows[i].lacks);
	}
}

/* What is said to these replies; *ret is what it ends with. */
static char *talk(const char *replies, bool begun, enum recovery *ret)
{
	const struct failure f = {"It failed.\n", "/run/log", "/dev/vda", AGAIN, begun};
	struct ui ui = {.kind = UI_PLAIN, .stop = &stop};
	char *text = NULL;
	size_t len = 0;

	ui.plain.in = fmemopen((void *)(uintptr_t)replies, strlen(replies), "r");
	setvbuf(ui.plain.in, NULL, _IONBF, 0);
	ui.plain.out = open_memstream(&text, &len);
	*ret = recover(&ui, &f);
	fclose(ui.plain.in);
	fclose(ui.plain.out);
	return text;
}

static void test_unknown_word(void **state)
{
	enum recovery end;
	_cleanup_free_ char *text = talk("rety\n2\n", true, &end);

	(void)state;
	check_contains(text, "! that is not in the list\n");
	assert_int_equal(end, RECOVER_CHANGE);
}

static void test_help(void **state)
{
	enum recovery end;
	_cleanup_free_ char *begun = talk("?\nend\n", true, &end),
			    *not_begun = talk("?\nend\n", false, &end);

	(void)state;
	check_contains(begun, "The disk cannot be used as it is.");
	check_lacks(not_begun, "cannot be used");
	check_contains(not_begun, "Nothing was touched.");
}

/* Without an answer file "the same command" would ask everything anew. */
static void test_goes_on(void **state)
{
	enum recovery end;
	_cleanup_free_ char *begun = talk("end\n", true, &end),
			    *not_begun = talk("end\n", false, &end);

	(void)state;
	check_contains(begun, "5 End; " AGAIN " goes on\n");
	check_contains(not_begun, "5 End\n");
}

static void on_term(int number)
{
	(void)number;
	stop = 1;
}

/* On a terminal of its own, once both lines "g" and an empty one are there, of which this reads the
 * first. Its exit status is what recover() returns. */
static pid_t start(int *ret_terminal)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	const struct failure f = {"It failed.\n", "/run/log", "/dev/vda", AGAIN, true};
	struct ui ui;
	char go;
	pid_t pid = forkpty(ret_terminal, NULL, NULL, &size);

	assert_true(pid >= 0);
	if (pid == 0) {
		ui_choose(&ui, "plain", &stop);
		signal(SIGPIPE, SIG_IGN);
		signal(SIGTERM, on_term);
		setenv("SHELL", "/bin/sh", 1);
		setenv("PS1", "ready: ", 1);
		if (read(STDIN_FILENO, &go, 1) != 1 || read(STDIN_FILENO, &go, 1) != 1)
			_exit(99);
		_exit((int)recover(&ui, &f));
	}
	assert_int_equal(write(*ret_terminal, "g\n\n", 3), 3);
	return pid;
}

static void say(int terminal, const char *line)
{
	assert_int_equal(write(terminal, line, strlen(line)), (ssize_t)strlen(line));
}

static void hear(int terminal, const char *words)
{
	char said[8192] = "", *at = said;

	while (!strstr(said, words)) {
		ssize_t n = read(terminal, at, (size_t)(said + sizeof(said) - 1 - at));

		assert_true(n > 0);
		at += n;
		*at = '\0';
	}
}

static void check_end(pid_t pid, int terminal, enum recovery end)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), end);
	close(terminal);
}

/* What is typed before anything is asked is no answer. */
static void test_typed_before(void **state)
{
	int terminal;
	pid_t pid = start(&terminal);

	(void)state;
	hear(terminal, "What now [retry]: ");
	say(terminal, "end\n");
	check_end(pid, terminal, RECOVER_END);
}

/* What a shell starts ends by SIGPIPE as everywhere, and the shell with whoever ends the program.
 */
static void test_shell(void **state)
{
	int terminal;
	pid_t pid = start(&terminal);

	(void)state;
	hear(terminal, "What now [retry]: ");
	say(terminal, "shell\n");
	hear(terminal, "ready: ");
	say(terminal, "sh -c 'kill -PIPE $$'; echo status $?\n");
	hear(terminal, "status 141");
	kill(pid, SIGTERM);
	hear(terminal, "What now [retry]: ");
	check_end(pid, terminal, RECOVER_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	     cmocka_unit_test(test_unknown_word),
		cmocka_unit_test(test_help),	     cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_typed_before), cmocka_unit_test(test_shell),
	};

	alarm(120); /* what waits for words that never come */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
