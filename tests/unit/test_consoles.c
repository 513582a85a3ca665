/* SPDX-License-Identifier: GPL-3.0-or-later */
/* consoles: two terminals, one conversation. */
#include "support/check.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>

#include "cli/consoles.h"
#include "cli/status.h"

enum { PATIENCE_MS = 10000, WAIT_US = 10000 };
static const struct consoles_words words = {"the file was not used:\nline 3 is wrong\n",
					    "This machine is not set up yet.",
					    "This machine is being set up"};

static volatile int stop;

struct terminal {
	int fd;
	char name[64];
	struct str said;
};

static struct terminal terminal_new(void)
{
	struct terminal t = {.fd = posix_openpt(O_RDWR | O_NOCTTY)};

	assert_true(t.fd >= 0);
	assert_int_equal(grantpt(t.fd), 0);
	assert_int_equal(unlockpt(t.fd), 0);
	assert_int_equal(ptsname_r(t.fd, t.name, sizeof(t.name)), 0);
	return t;
}

/* Reads on until it was said, and forgets what came before. */
static void wait_for(struct terminal *t, const char *said)
{
	struct pollfd p = {.fd = t->fd, .events = POLLIN};
	char buf[256];
	int left = PATIENCE_MS * 1000 / WAIT_US;

	while (!strstr(str_get(&t->said), said)) {
		ssize_t n = poll(&p, 1, PATIENCE_MS) > 0 ? read(t->fd, buf, sizeof(buf)) : 0;

		/* Nobody has it open at the moment. */
		if (n < 0 && errno == EIO && left-- > 0) {
			usleep(WAIT_US);
			continue;
		}
		if (n <= 0)
			fail_msg("%s: \"%s\" and not \"%s\"", t->name, str_get(&t->said), said);
		str_addn(&t->said, buf, (size_t)n);
	}
	str_clear(&t->said);
}

static void type(const struct terminal *t, const char *text)
{
	assert_int_equal(write(t->fd, text, strlen(text)), (ssize_t)strlen(text));
}

static int talk_yes_or_no(void *ctx)
{
	char line[64] = "";

	(void)ctx;
	puts("are you sure?");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return STATUS_CANCELLED;
	return str_starts(line, "yes") ? STATUS_DONE : STATUS_CANCELLED;
}

/* As the commands have it: what is asked ends in words. */
static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static pid_t offer(const struct strings *devices)
{
	pid_t pid = fork();
	struct err e;
	int n;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	/* The other ends of the terminals. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	n = consoles_run(devices, &words, talk_yes_or_no, NULL, &stop, &e);
	_exit(n < 0 ? 50 + (int)e.code : n);
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The first Enter has it, noise has not; the other is told where; given up, it is offered again. */
static void test_first_enter(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct terminal one = terminal_new(), two = terminal_new();
	_cleanup_free_ char *where = xasprintf("is being set up on %s", one.name);
	struct strings devices = {0};
	pid_t pid;

	(void)state;
	strings_add(a, &devices, one.name);
	strings_add(a, &devices, two.name);
	pid = offer(&devices);
	/* Why it asks stands on every one of them. */
	wait_for(&one, "line 3 is wrong\r\nThis machine is not set up yet. Press Enter");
	wait_for(&two, "line 3 is wrong\r\nThis machine is not set up yet. Press Enter");
	type(&one, "\x03"); /* Ctrl-C is no answer, and loses nothing */
	wait_for(&one, "This machine is not set up yet. Press Enter");
	type(&one, "\x04"); /* neither is Ctrl-D, of which a noisy line may have some */
	type(&one, "\x04\x04");
	type(&one, "\r");
	wait_for(&one, "are you sure?");
	wait_for(&two, where);
	type(&two, "\r"); /* asks once more where */
	wait_for(&two, where);
	type(&one, "no\r");
	wait_for(&two, "Press Enter");
	wait_for(&one, "Press Enter");
	type(&two, "\r");
	wait_for(&two, "are you sure?");
	type(&two, "yes\r");
	assert_int_equal(end_of(pid), STATUS_DONE);
	close(one.fd);
	close(two.fd);
	str_clear(&one.said);
	str_clear(&two.said);
}

/* A board's serial line stays at its 1.5 M baud. */
static void test_speed(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct terminal t = terminal_new();
	struct strings devices = {0};
	struct termios line;
	pid_t pid;

	(void)state;
	assert_int_equal(tcgetattr(t.fd, &line), 0);
	cfsetspeed(&line, B1500000);
	line.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	line.c_iflag &= ~(tcflag_t)ICRNL;
	assert_int_equal(tcsetattr(t.fd, TCSANOW, &line), 0);
	strings_add(a, &devices, t.name);
	pid = offer(&devices);
	wait_for(&t, "Press Enter");
	type(&t, "\r");
	wait_for(&t, "are you sure?");
	type(&t, "yes\r");
	assert_int_equal(end_of(pid), STATUS_DONE);
	assert_int_equal(tcgetattr(t.fd, &line), 0);
	assert_int_equal(cfgetospeed(&line), B1500000);
	assert_true(line.c_lflag & ICANON);
	close(t.fd);
	str_clear(&t.said);
}

/* A terminal that hangs up is gone; the others go on. */
static void test_hang_up(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct terminal one = terminal_new(), two = terminal_new();
	struct strings devices = {0};
	pid_t pid;

	(void)state;
	strings_add(a, &devices, one.name);
	strings_add(a, &devices, two.name);
	pid = offer(&devices);
	wait_for(&one, "Press Enter");
	wait_for(&two, "Press Enter");
	close(one.fd);
	type(&two, "\x04\r");
	wait_for(&two, "are you sure?");
	close(two.fd);
	assert_int_equal(end_of(pid), 50 + ERR_NOT_FOUND);
	str_clear(&one.said);
	str_clear(&two.said);
}

static void test_no_console(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct strings devices = {0};

	(void)state;
	assert_int_equal(end_of(offer(&devices)), 50 + ERR_NOT_FOUND);
	strings_add(a, &devices, "/dev/no-such-terminal");
	assert_int_equal(end_of(offer(&devices)), 50 + ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_enter), cmocka_unit_test(test_speed),
		cmocka_unit_test(test_hang_up), cmocka_unit_test(test_no_console)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
