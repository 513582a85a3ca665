/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say: programs that have to succeed, and what they say. Include after check.h. */
#pragma once

#include "base/proc.h"

static inline void say_line(void *ctx, const char *line)
{
	str_addf(ctx, "%s\n", line);
}

/* What the program said, given `input` (NULL: nothing); the test ends when it fails. Owned by the
 * caller. */
static inline char *say(const char *const *argv, const char *input)
{
	struct str out = {0};
	const struct proc p = {
		.argv = argv,
		.input = input,
		.input_len = input ? strlen(input) : 0,
		.line = say_line,
		.ctx = &out,
	};
	struct err e;

	if (proc_run(&p, &e) < 0)
		fail_msg("%s: %s: %s", argv[0], e.what, e.why);
	return str_take(&out);
}
#define SAY(...)	     say((const char *const[]){__VA_ARGS__, NULL}, NULL)
#define RUN(...)	     free(SAY(__VA_ARGS__))
#define RUN_WITH(input, ...) free(say((const char *const[]){__VA_ARGS__, NULL}, input))

/* A loop device over the file, by losetup; detached by the same. Owned by the caller. */
static inline char *loop_over(const char *file)
{
	char *loop = SAY("losetup", "--find", "--show", file);

	loop[strcspn(loop, "\n")] = '\0';
	return loop;
}
