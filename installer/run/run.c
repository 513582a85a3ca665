/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/run.h"

#include "run/steps.h"
#include "run/work.h"

static int check_step(void *ctx, size_t i, struct err *e)
{
	struct run *r = ctx;
	const struct step *s = &r->plan->steps.items[i];
	const struct step_ops *ops = &step_table[s->kind];

	return ops->check ? ops->check(r, s, e) : 0;
}

static bool step_still_done(void *ctx, size_t i)
{
	struct run *r = ctx;
	const struct step *s = &r->plan->steps.items[i];
	const struct step_ops *ops = &step_table[s->kind];

	return ops->still_done && ops->still_done(r, s);
}

static int run_step(void *ctx, size_t i, struct err *e)
{
	struct run *r = ctx;
	const struct step *s = &r->plan->steps.items[i];

	return step_table[s->kind].run(r, s, e);
}

static const struct work_ops ops = {check_step, step_still_done, run_step};

/* The partitions of runs that were cut off before stay known; those of a finished one are a system
 * that somebody uses. */
static void forget_finished(struct journal *j)
{
	if (j->finished)
		j->parts = (struct strings){0};
	j->mappers = (struct strings){0};
}

int run_plan(struct run *r, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct work w = {
		.ops = &ops,
		.ctx = r,
		.hash = r->plan->hash,
		.root = r->root,
		.conclusion = "everything is on the disk",
		.warnings = r->plan->warnings,
		.weight = r->plan->weight,
		.events = r->events,
		.journal = r->journal,
		.cancelled = r->cancelled,
	};
	int n;

	for (size_t i = 0; i < r->plan->steps.count; i++) {
		const struct step *s = &r->plan->steps.items[i];

		*list_push(a, &w.steps) = (struct work_step){s->id, s->title, s->weight, s->writes,
							     step_table[s->kind].harmless};
	}
	forget_finished(r->journal);
	n = work_run(&w, e);
	r->begun = r->begun || w.begun;
	if (n == 0)
		run_forget(r);
	else if (!r->again)
		secret_wipe(&r->passphrase);
	return n;
}

/* By the kinds that write, of whatever plan it was: a step's id begins with its kind's name. */
static bool has_written(const char *id)
{
	static const enum step_kind kinds[] = {STEP_SHRINK, STEP_PARTITION, STEP_ENCRYPT,
					       STEP_FORMAT};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_starts(id, step_kind_names[kinds[i]]))
			return true;
	return false;
}

bool run_has_begun(const struct journal *j)
{
	if (j->finished)
		return false;
	for (size_t i = 0; i < j->done.count; i++)
		if (has_written(j->done.items[i]))
			return true;
	return j->parts.count > 0;
}

void run_forget(struct run *r)
{
	secret_wipe(&r->passphrase);
	secret_wipe(&r->answers->passphrase);
}

int run_release(const struct machine *m, const struct journal *j, struct err *e)
{
	int n = 0;

	if (!j->root || j->finished)
		return 0;
	if (j->swap)
		n = m->ops->swap_off(m->ctx, j->swap, e);
	if (n == 0)
		n = m->ops->unmount(m->ctx, j->root, e);
	for (size_t i = j->mappers.count; i-- > 0 && n == 0;)
		n = m->ops->close(m->ctx, j->mappers.items[i], e);
	return n < 0 ? err_context(e, "letting go of what the interrupted run held") : 0;
}
