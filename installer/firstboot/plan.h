/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * firstboot/plan: what the first boot of an image will do, as a value: facts, answers and the
 * image's own state give the steps. Pure, as an installation's plan is. Every step can be done
 * again with the same end, so a power cut at any moment means only that it runs again.
 */
#pragma once

#include "answers/answers.h"
#include "base/err.h"
#include "plan/plan.h"

enum first_kind {
	FIRST_MACHINE_ID,
	FIRST_HOST_KEYS,
	FIRST_RANDOM_SEED,
	FIRST_GROW_PARTITION,
	FIRST_GROW_FILE_SYSTEM,
	FIRST_FLAKE,	     /* the distribution's flake, where the image has none */
	FIRST_CONFIGURATION, /* hosts/HOSTNAME */
	FIRST_HOST_NAME,
	FIRST_TIME_ZONE,
	FIRST_LOCALE,
	FIRST_KEY_MAP,
	FIRST_WIFI,
	FIRST_PASSWORDS,
	FIRST_SSH_KEYS,
	FIRST_SYNC,
	FIRST_KINDS,
};
extern const char *const first_kind_names[]; /* the steps' ids, too: each kind comes once */

struct first_step {
	enum first_kind kind;
	const char *title;
	uint32_t weight;
};

struct first_plan {
	struct arena *arena;
	const struct image *image; /* borrowed */
	struct plan *host; /* variant, names, accounts, the files of the host; no disk is written */
	char *machine;	   /* its model; NULL: unknown */
	char *time_zone, *locale, *key_map, *wifi_network;
	bool wifi_secret;
	LIST_OF(struct first_step) steps;
	/* The image's accounts that nobody answered for: they let nobody in. Borrowed. */
	LIST_OF(const struct image_account *) unused;
	struct strings warnings;
	uint32_t weight;
	char *hash; /* the journal knows the plan by it */
};

/* The answers must have passed answers_complete(), in an interview with an image. */
int first_plan_make(const struct interview *v, const char *program, struct first_plan **ret,
		    struct err *e) nodiscard;
struct first_plan *first_plan_free(struct first_plan *p);
void first_plan_cleanup(struct first_plan **p);
#define _cleanup_first_plan_ _cleanup_(first_plan_cleanup)
void first_plan_to_text(const struct first_plan *p, struct str *out);

/* What the image has decided already is not asked: its variant, and the name of the account that
 * it came with. Before the interview. */
void first_answers(const struct interview *v);
