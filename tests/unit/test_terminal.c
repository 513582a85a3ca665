/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal: what writes into a console is silent meanwhile, and afterwards as it was. The kernel
 * and systemd are stood in for (the linker puts these in front of klogctl, kill and access). */
#include "support/check.h"

#include <signal.h>

#include "tui/terminal.h"

enum { CALLS_MAX = 4, CONSOLE_LEVEL_ACTION = 8 };

static struct {
	bool systemd;
	int levels[CALLS_MAX], signals[CALLS_MAX];
	size_t level_count, signal_count;
} world;

int __real_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number);
int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __wrap_klogctl(int type, char *buf, int len);

int __wrap_kill(pid_t pid, int number)
{
	if (pid != 1)
		return __real_kill(pid, number);
	assert_true(world.signal_count < CALLS_MAX);
	world.signals[world.signal_count++] = number - SIGRTMIN;
	return 0;
}

int __wrap_access(const char *path, int mode)
{
	if (str_eq(path, "/run/systemd/system"))
		return world.systemd ? 0 : -1;
	return __real_access(path, mode);
}

int __wrap_klogctl(int type, char *buf, int len)
{
	(void)buf;
	assert_int_equal(type, CONSOLE_LEVEL_ACTION);
	assert_true(world.level_count < CALLS_MAX);
	world.levels[world.level_count++] = len;
	return 0;
}

/* What the kernel lets through on this machine: what must be there again. */
static int level_now(void)
{
	int level = 0;
	FILE *f = fopen("/proc/sys/kernel/printk", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &level), 1);
	fclose(f);
	return level;
}

static const char *first_line(const char *path)
{
	static char line[64];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	return line;
}

static void put_program(const char *directory, const char *name, const char *script)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", directory, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
	setenv("PATH", directory, 1);
}

/* systemd's answer to whether it says its status. */
static void put_systemctl(const char *directory, const char *answer)
{
	_cleanup_free_ char *script = xasprintf(
		"[ \"$*\" = 'show --property=ShowStatus --value' ] && echo %s", answer);

	put_program(directory, "systemctl", script);
}

static const struct {
	bool console, serial, systemd;
	const char *status;
	size_t levels, signals; /* calls, of quiet and loud together */
} rows[] = {
	{true, false, true, "yes", 2, 2},  {false, true, true, "yes", 2, 2},
	{false, true, true, "no", 2, 0},   {false, true, false, "yes", 2, 0},
	{false, false, true, "yes", 0, 0},
};

static void test_silence(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	int level = level_now();
	bool speaks = level > 1; /* else there is nothing to hold back */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct terminal t = {.console = rows[i].console, .serial = rows[i].serial};

		memset(&world, 0, sizeof(world));
		world.systemd = rows[i].systemd;
		put_systemctl(directory, rows[i].status);
		terminal_quiet(&t);
		check_row(i, world.level_count == (speaks ? rows[i].levels / 2 : 0));
		check_row(i, world.signal_count == rows[i].signals / 2);
		terminal_loud(&t);
		check_row(i, world.level_count == (speaks ? rows[i].levels : 0));
		check_row(i, world.signal_count == rows[i].signals);
		if (world.level_count)
			check_row(i, world.levels[0] == 1 && world.levels[1] == level);
		/* systemd(1): 21 stops its status messages, 20 lets them through. */
		if (world.signal_count)
			check_row(i, world.signals[0] == 21 && world.signals[1] == 20);
		terminal_loud(&t); /* once more does nothing */
		check_row(i, world.level_count == (speaks ? rows[i].levels : 0));
		check_row(i, world.signal_count == rows[i].signals);
	}
}

/* The keymap is used at once on a virtual console, and nowhere else: another line's keys are those
 * of the terminal at its other end. */
static void test_key_map(void **state)
{
	_cleanup_scratch_ char *directory = scratch_new();
	_cleanup_free_ char *said = xasprintf("%s/said", directory);
	_cleanup_free_ char *script = xasprintf("echo \"$*\" > %s", said);

	(void)state;
	put_program(directory, "loadkeys", script);
	terminal_use_key_map(&(struct terminal){.serial = true}, "de");
	terminal_use_key_map(&(struct terminal){.is_terminal = true}, "de");
	assert_int_equal(access(said, F_OK), -1);
	terminal_use_key_map(&(struct terminal){.console = true}, "de");
	assert_string_equal(first_line(said), "-q de\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_silence),
					   cmocka_unit_test(test_key_map)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
