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

/* On a terminal: what is typed before anything is asked is no answer. */
static void test_typed_before(void **state)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	int terminal, status;
	pid_t pid = forkpty(&terminal, NULL, NULL, &size);

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct failure f = {"It failed.\n", "/run/log", "/dev/vda", AGAIN, true};
		struct ui ui;
		char go;

		ui_choose(&ui, "plain", &stop);
		/* Until both lines are there, of which this reads the first. */
		if (read(STDIN_FILENO, &go, 1) != 1 || read(STDIN_FILENO, &go, 1) != 1)
			_exit(99);
		_exit((int)recover(&ui, &f));
	}
	assert_int_equal(write(terminal, "g\n\n", 3), 3);
	for (char said[4096] = "", *at = said; !strstr(said, "What now [retry]: ");) {
		ssize_t n = read(terminal, at, (size_t)(said + sizeof(said) - 1 - at));

		assert_true(n > 0);
		at += n;
		*at = '\0';
	}
	assert_int_equal(write(terminal, "end\n", 4), 4);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), RECOVER_END);
	close(terminal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	     cmocka_unit_test(test_unknown_word),
		cmocka_unit_test(test_help),	     cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_typed_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
