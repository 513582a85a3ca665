/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inputs: what most commands begin with: the variants, the machine and the answers. */
#pragma once

#include "answers/answers.h"
#include "base/err.h"
#include "facts/facts.h"
#include "plan/plan.h"
#include "variants/variants.h"

struct inputs {
	struct variants variants;
	struct facts *facts;
	struct answers *answers;
	struct problems problems;
	const char *file; /* of the answers, for messages; "answers" when there is none */
};

void inputs_clear(struct inputs *in);
#define _cleanup_inputs_ __attribute__((cleanup(inputs_clear)))
struct interview inputs_interview(const struct inputs *in);

/* Facts come from `machine` (a file), `root` (a recorded root) or this machine. `answers` NULL:
 * none yet. Only reading errors are errors here; what is wrong in the answers is in `problems`. */
int inputs_load(struct inputs *ret, const char *answers, const char *machine, const char *root,
		struct err *e) nodiscard;

/* Completes the answers and makes the plan, silently: NULL and what is wrong as lines, with the key
 * of the question that the first of it is about (NULL: none), both from the arena. */
struct plan *inputs_try(struct inputs *in, struct arena *arena, const char **ret_problems,
			const char **ret_key);
/* Prints an error as three lines on stderr: what and why, and the hint. */
void print_error(const struct err *e);
/* Completes the answers and makes the plan. On refusal prints why and returns an exit status, else
 * -1. */
int inputs_plan(struct inputs *in, struct plan **ret);
/* Prints text on stdout; a closed pipe or a full disk is STATUS_FAILED. */
int print_out(const char *text);
