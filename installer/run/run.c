/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/run.h"

#include <string.h>

#include "base/str.h"
#include "run/steps.h"

static bool was_cancelled(const struct run *r)
{
	return r->cancelled && *r->cancelled;
}

static int check_all(struct run *r, struct err *e)
{
	for (size_t i = 0; i < r->plan->steps.count; i++) {
		const struct step *s = &r->plan->steps.items[i];
		const struct step_ops *ops = &step_table[s->kind];
		int n = ops->check ? ops->check(r, s, e) : 0;

		if (n < 0)
			return n;
	}
	return 0;
}

/* With those of runs that were cut off before: their disk is not somebody's data. */
static void note_parts(struct journal *j, const struct layout *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strings_have(&j->parts, l->parts[i].guid))
			strings_add(j->arena, &j->parts, l->parts[i].guid);
}

/* The journal of another plan is worth nothing for this one. */
static int open_journal(struct run *r, struct err *e)
{
	struct journal *j = r->journal;

	if (j->finished)
		j->parts = (struct strings){0};
	for (size_t i = 0; i < r->plan->disks.count; i++)
		note_parts(j, &r->plan->disks.items[i].layout);
	if (!str_eq(j->plan, r->plan->hash) || j->finished) {
		j->done = (struct strings){0};
		j->finished = false;
	}
	j->swap = NULL;
	j->mappers = (struct strings){0};
	j->plan = arena_strdup(j->arena, r->plan->hash);
	j->root = arena_strdup(j->arena, r->root);
	return journal_write(j, e);
}

/* Whether an earlier run has done it. Once something is done anew, nothing after it is skipped. */
static bool skip(struct run *r, const struct step *s, bool *all_so_far)
{
	const struct step_ops *ops = &step_table[s->kind];

	*all_so_far = *all_so_far && journal_has(r->journal, s->id);
	if (!ops->still_done)
		return false;
	*all_so_far = *all_so_far && ops->still_done(r, s);
	return *all_so_far;
}

/* A step that is done anew, and all that rests on it, are not done until they are done again. */
static int forget_from(struct run *r, const struct step *s, struct err *e)
{
	struct strings *done = &r->journal->done;

	for (size_t i = 0; i < done->count; i++)
		if (str_eq(done->items[i], s->id)) {
			done->count = i;
			return journal_write(r->journal, e);
		}
	return 0;
}

static int do_step(struct run *r, const struct step *s, bool skipped, struct err *e)
{
	int n = 0;

	r->begun = r->begun || s->destructive;
	events_begin(r->events, s->id, s->title);
	if (!skipped && !step_table[s->kind].harmless)
		n = forget_from(r, s, e);
	if (n == 0 && !skipped)
		n = step_table[s->kind].run(r, s, e);
	if (n == 0 && !journal_has(r->journal, s->id)) {
		strings_add(r->journal->arena, &r->journal->done, s->id);
		n = journal_write(r->journal, e);
	}
	if (n < 0)
		return n;
	events_end(r->events, s->weight, skipped ? EVENT_SKIP : EVENT_END);
	return 0;
}

static int do_steps(struct run *r, struct err *e)
{
	bool all_so_far = true;

	for (size_t i = 0; i < r->plan->steps.count; i++) {
		const struct step *s = &r->plan->steps.items[i];
		int n;

		if (was_cancelled(r))
			return err_set(e, ERR_CANCELLED, "run it again to go on where it stopped",
				       "stopped before: %s", s->title);
		n = do_step(r, s, skip(r, s, &all_so_far), e);
		if (n < 0)
			return n;
	}
	r->journal->finished = true;
	return journal_write(r->journal, e);
}

int run_plan(struct run *r, struct err *e)
{
	int n;

	r->events->total = r->plan->weight;
	r->events->done = 0;
	for (size_t i = 0; i < r->plan->warnings.count; i++)
		events_say(r->events, EVENT_WARNING, r->plan->warnings.items[i]);
	n = check_all(r, e);
	if (n == 0)
		n = open_journal(r, e);
	if (n == 0)
		n = do_steps(r, e);
	secret_wipe(&r->passphrase);
	if (n < 0)
		events_error(r->events, e);
	else
		events_say(r->events, EVENT_DONE, "everything is on the disk");
	return n;
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
