/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan_parts: what the files of plan/ share. */
#pragma once

#include "plan/plan.h"

struct str;

/* A line: what becomes of it, where, how large, what. */
void plan_before_text(const struct plan_before *b, struct str *out);

/* The disks, their layouts, the seed, swap and encryption. Errors as plan_make. */
int plan_disks(const struct interview *v, const struct variant *x, struct plan *p,
	       struct err *e) nodiscard;
/* The answers' hooks of all times. */
void plan_hooks(const struct interview *v, struct plan *p);
/* "run prepare.sh --fast", for a step's title; from the plan's arena. */
const char *plan_hook_title(const struct plan *p, const struct plan_hook *h);

/* The partition among those that are shown. */
void plan_show_part(struct plan *p, struct plan_disk *disk, const struct part *part);
/* The system's disk in a mode that keeps its table: the rest of the request, the layout and what is
 * shown of it. Errors as plan_make. */
int plan_keep(const struct interview *v, struct plan *p, struct layout_request *r,
	      struct err *e) nodiscard;
/* plan_to_json without what is on the disks now: an interrupted run's plan is recognised although
 * they look different. The caller puts it. */
struct json_object *plan_outcome_json(const struct plan *p);
