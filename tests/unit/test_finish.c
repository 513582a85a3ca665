/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finish: who is asked to restart the machine, and what is said when it goes on running. */
#include "support/check.h"

#include <sys/reboot.h>

#include "cli/finish.h"

struct stand_in {
	bool managed, systemctl_works, ended;
	int errno_of_reboot;
	bool cancelled;
	struct str calls;
};

static bool managed(void *ctx)
{
	return ((struct stand_in *)ctx)->managed;
}

static int run(void *ctx, const char *const *argv, struct err *e)
{
	struct stand_in *s = ctx;

	for (; *argv; argv++)
		str_addf(&s->calls, "%s ", *argv);
	if (s->cancelled)
		return err_set(e, ERR_CANCELLED, NULL, "systemctl was not started");
	return s->systemctl_works ? 0 : err_set(e, ERR_TOOL, "a hint", "it failed");
}

static bool wait_seconds(void *ctx, unsigned seconds)
{
	struct stand_in *s = ctx;

	str_addf(&s->calls, "wait %u ", seconds);
	return s->ended;
}

static int reboot_now(void *ctx, int how)
{
	struct stand_in *s = ctx;

	str_add(&s->calls, how == RB_POWER_OFF ? "off" : how == RB_AUTOBOOT ? "restart" : "?");
	return -s->errno_of_reboot;
}

static const struct finish_ops ops = {managed, run, wait_seconds, reboot_now};

static void test_rows(void **state)
{
	static const struct {
		const char *how;
		bool managed, works, ended;
		int failed;
		const char *calls, *what; /* NULL: it happens */
	} rows[] = {
		{"stay", true, true, true, 0, "", NULL},
		{"reboot", true, true, true, 0, "systemctl reboot wait 60 ", NULL},
		{"poweroff", true, true, true, 0, "systemctl poweroff wait 60 ", NULL},
		{"reboot", false, true, true, 0, "restart", NULL},
		{"poweroff", false, true, true, 0, "off", NULL},
		/* systemd said yes, and nothing has come of it. */
		{"reboot", true, true, false, 0, "systemctl reboot wait 60 restart", NULL},
		{"poweroff", true, false, true, 0, "systemctl poweroff off", NULL},
		{"reboot", false, true, true, EPERM, "restart", "this machine cannot be restarted"},
		{"poweroff", true, true, false, EPERM, "systemctl poweroff wait 60 off",
		 "this machine cannot be turned off"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stand_in s = {rows[i].managed, rows[i].works, rows[i].ended,
				     rows[i].failed,  false,	     {0}};
		struct err e = {0};
		int n = finish(rows[i].how, &ops, &s, &e);

		check_row(i, (n == 0) == !rows[i].what);
		assert_string_equal(str_get(&s.calls), rows[i].calls);
		if (rows[i].what) {
			check_error(&e, n);
			assert_string_equal(e.what, rows[i].what);
		}
		str_clear(&s.calls);
	}
}

/* A signal at the very end is none to restart without systemd. */
static void test_stopped(void **state)
{
	struct stand_in s = {.managed = true, .cancelled = true};
	struct err e = {0};

	(void)state;
	assert_int_equal(finish("reboot", &ops, &s, &e), -ERR_CANCELLED);
	assert_string_equal(str_get(&s.calls), "systemctl reboot ");
	str_clear(&s.calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
					   cmocka_unit_test(test_stopped)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
