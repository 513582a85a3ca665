/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inputs: what most commands begin with: the variants, the machine and the answers. */
#pragma once

#include "answers/answers.h"
#include "base/err.h"
#include "cli/reach.h"
#include "facts/facts.h"
#include "plan/plan.h"
#include "sources/sources.h"
#include "variants/variants.h"

#define INPUTS_PROGRAM "archibald " ARCHIBALD_VERSION

struct inputs {
	struct variants variants;
	struct facts *facts;
	struct image *image; /* at a first boot; else NULL */
	struct answers *answers;
	struct problems problems;
	const char *file;     /* of the answers, for messages; "answers" when there is none */
	struct source source; /* where the answers came from, without its bytes */
	char *shown;
	struct reach reach; /* of the answers; not moved while they are there */
};

void inputs_clear(struct inputs *in);
#define _cleanup_inputs_ __attribute__((cleanup(inputs_clear)))
struct interview inputs_interview(const struct inputs *in);

/* Facts come from `machine` (a file), `root` (a recorded root) or this machine. `answers`: a file,
 * an address or label:NAME/PATH; NULL: none yet. Only reading errors are errors here; what is wrong
 * in the answers is in `problems`. */
int inputs_load(struct inputs *ret, const char *answers, const char *machine, const char *root,
		struct err *e) nodiscard;

/* Completes the answers and makes the plan, silently: NULL and what is wrong as lines, with the key
 * of the question that the first of it is about (NULL: none), both from the arena. */
struct plan *inputs_try(struct inputs *in, struct arena *arena, const char **ret_problems,
			const char **ret_key);
/* The steps of it, for who has to ask in between. What is in `request` beside the machine, its
 * system and the helper program is the caller's to say. */
int inputs_load_machine(struct inputs *ret, const char *machine, const char *root,
			struct err *e) nodiscard;
int inputs_take_answers(struct inputs *in, const struct sources *request, struct err *e) nodiscard;
void inputs_forget_answers(struct inputs *in);
void inputs_print_problems(struct inputs *in);
/* Seconds from an option's text; NULL is SOURCE_WAIT. false: it is no such number. */
bool inputs_wait(const char *text, unsigned *ret);
/* A program of ours by its name: ../libexec/archibald beside bin, or beside this one. Owned by the
 * caller. */
char *sibling_program(const char *name);

/* The distribution's flake. Installed: ../../share/archibald/distribution from libexec/archibald;
 * built: beside the program. Owned by the caller. */
char *find_distribution(void);

/* Prints an error as three lines on stderr: what and why, and the hint. */
void print_error(const struct err *e);
/* Completes the answers, silently: false with what is wrong, as inputs_try() tells it. */
bool inputs_complete(struct inputs *in, struct arena *arena, const char **ret_problems,
		     const char **ret_key);
const char *inputs_refusal(const struct err *e, struct arena *arena); /* with its hint, one line */
/* Completes the answers. On refusal prints why and returns an exit status, else -1. */
int inputs_check(struct inputs *in);
/* Completes the answers and makes the plan. On refusal prints why and returns an exit status, else
 * -1. */
int inputs_plan(struct inputs *in, struct plan **ret);
/* Prints text on stdout; a closed pipe or a full disk is STATUS_FAILED. */
int print_out(const char *text);
