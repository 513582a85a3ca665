/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nixrun: what is told of Nix while it speaks, and that it still works when it does not. */
#include "support/check.h"

#include "run/nixrun.h"

#define START \
	"@nix {\"action\":\"start\",\"id\":1,\"level\":0,\"parent\":0,\"text\":\"\",\"type\":103}"
#define PATHS(done) \
	"@nix {\"action\":\"result\",\"fields\":[" done ",40,1,0],\"id\":1,\"type\":105}"
#define BUILD                                                                               \
	"@nix {\"action\":\"start\",\"id\":2,\"level\":3,\"parent\":0,\"text\":\"building " \
	"'/nix/store/0123456789abcdfghijklmnpqrsvwxyz-linux-6.12.drv'\",\"type\":105}"

#define CC "@nix {\"action\":\"result\",\"fields\":[\"CC main.o\"],\"id\":2,\"type\":101}"

enum { WEIGHT = 400 };

struct heard {
	char text[400]; /* the progress that was said last; "" since it was looked at */
	uint32_t done;
	unsigned logs;
};

static void hear(void *ctx, const struct event *e)
{
	struct heard *h = ctx;

	if (e->kind == EVENT_LOG)
		h->logs++;
	if (e->kind != EVENT_PROGRESS)
		return;
	snprintf(h->text, sizeof(h->text), "%s%s%s", e->text, e->item && e->item[0] ? "; " : "",
		 e->item ? e->item : "");
	h->done = e->done;
}

static void expect(struct heard *h, const char *text)
{
	assert_string_equal(h->text, text);
	h->text[0] = '\0';
}

/* An evaluation says nothing for minutes: each five seconds, one word that it goes on. */
static void test_silence(void **state)
{
	struct heard h = {0};
	struct events ev = {.total = WEIGHT};
	struct nixrun *x;

	(void)state;
	events_add(&ev, hear, &h);
	x = nixrun_new(&ev, WEIGHT, 1000);
	nixrun_idle(x, 5999);
	expect(&h, "");
	nixrun_idle(x, 6000);
	expect(&h, "Nix reads the configuration (0:05)");
	nixrun_idle(x, 7000);
	expect(&h, "");
	nixrun_idle(x, 11000);
	expect(&h, "Nix reads the configuration (0:10)");
	nixrun_idle(x, 131500);
	expect(&h, "Nix reads the configuration (2:10)");
	/* A line that is no progress is a word all the same: since then. */
	nixrun_line(x, "evaluating...", 132000);
	expect(&h, "");
	assert_int_equal(h.logs, 1);
	nixrun_idle(x, 137000);
	expect(&h, "Nix reads the configuration (0:05)");
	nixrun_free(x);
}

/* One long build: what it was, for how long; the share that is done stays. */
static void test_build(void **state)
{
	struct heard h = {0};
	struct events ev = {.total = WEIGHT};
	struct nixrun *x;

	(void)state;
	events_add(&ev, hear, &h);
	x = nixrun_new(&ev, WEIGHT, 0);
	nixrun_line(x, START, 100);
	nixrun_line(x, PATHS("10"), 200);
	expect(&h, "10 of 40 paths");
	assert_int_equal(h.done, WEIGHT / 4);
	/* At most one a second, and the last one counts. */
	nixrun_line(x, PATHS("20"), 300);
	nixrun_line(x, BUILD, 400);
	expect(&h, "");
	nixrun_idle(x, 5200);
	expect(&h, "20 of 40 paths; building 'linux-6.12.drv' (0:04)");
	assert_int_equal(h.done, WEIGHT / 2);
	nixrun_idle(x, 65400);
	expect(&h, "20 of 40 paths; building 'linux-6.12.drv' (1:05)");
	assert_int_equal(h.done, WEIGHT / 2);
	nixrun_line(x, PATHS("30"), 66400);
	expect(&h, "30 of 40 paths; building 'linux-6.12.drv'");
	assert_int_equal(h.done, WEIGHT * 3 / 4);
	nixrun_free(x);
}

/* A build that says a line each moment: what is new comes by the time, and then that it goes on. */
static void test_chatty(void **state)
{
	struct heard h = {0};
	struct events ev = {.total = WEIGHT};
	struct nixrun *x;

	(void)state;
	events_add(&ev, hear, &h);
	x = nixrun_new(&ev, WEIGHT, 0);
	nixrun_line(x, START, 100);
	nixrun_line(x, PATHS("10"), 200);
	nixrun_line(x, BUILD, 300);
	expect(&h, "10 of 40 paths");
	nixrun_line(x, CC, 1100);
	expect(&h, "");
	nixrun_line(x, CC, 1200);
	expect(&h, "10 of 40 paths; building 'linux-6.12.drv'");
	for (int64_t ms = 1300; ms < 6200; ms += 100)
		nixrun_line(x, CC, ms);
	expect(&h, "");
	nixrun_line(x, CC, 6200);
	expect(&h, "10 of 40 paths; building 'linux-6.12.drv'");
	assert_int_equal(h.done, WEIGHT / 4);
	nixrun_free(x);

	/* An evaluation with a warning each moment. */
	x = nixrun_new(&ev, WEIGHT, 0);
	for (int64_t ms = 100; ms <= 5000; ms += 100)
		nixrun_line(x, "trace: evaluation warning", ms);
	expect(&h, "Nix reads the configuration");
	nixrun_free(x);
}

/* What Nix ended with is its last error, not the last line that it said. */
static void test_error(void **state)
{
	struct events ev = {.total = WEIGHT};
	struct nixrun *x = nixrun_new(&ev, WEIGHT, 0);

	(void)state;
	assert_string_equal(nixrun_error(x), "");
	nixrun_line(x, "@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"error: no space\"}", 1);
	nixrun_line(x, "@nix {\"action\":\"stop\",\"id\":1}", 2);
	assert_string_equal(nixrun_error(x), "error: no space");
	nixrun_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_chatty),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
