/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/work.h"

#include "base/str.h"

static bool was_cancelled(const struct work *w)
{
	return w->cancelled && *w->cancelled;
}

static int check_all(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->steps.count; i++) {
		int n = w->ops->check(w->ctx, i, e);

		if (n < 0)
			return n;
	}
	return 0;
}

/* The journal of another plan is worth nothing for this one. */
static int open_journal(struct work *w, struct err *e)
{
	struct journal *j = w->journal;

	if (!str_eq(j->plan, w->hash) || j->finished) {
		j->done = (struct strings){0};
		j->finished = false;
	}
	j->swap = NULL;
	j->plan = arena_strdup(j->arena, w->hash);
	j->root = arena_strdup(j->arena, w->root);
	return journal_write(j, e);
}

/* Whether an earlier run has done it. Once something is done anew, nothing after it is skipped. */
static bool skip(struct work *w, size_t i, bool *all_so_far)
{
	bool still_done;

	*all_so_far = *all_so_far && journal_has(w->journal, w->steps.items[i].id);
	if (!*all_so_far || w->steps.items[i].harmless)
		return false;
	still_done = w->ops->still_done(w->ctx, i);
	*all_so_far = still_done;
	return still_done;
}

/* A step that is done anew, and all that rests on it, are not done until they are done again. */
static int forget_from(struct work *w, const struct work_step *s, struct err *e)
{
	struct strings *done = &w->journal->done;

	for (size_t i = 0; i < done->count; i++)
		if (str_eq(done->items[i], s->id)) {
			done->count = i;
			return journal_write(w->journal, e);
		}
	return 0;
}

static int do_step(struct work *w, size_t i, bool skipped, struct err *e)
{
	const struct work_step *s = &w->steps.items[i];
	int n = 0;

	w->begun = w->begun || s->destructive;
	events_begin(w->events, s->id, s->title);
	if (!skipped && !s->harmless)
		n = forget_from(w, s, e);
	if (n == 0 && !skipped)
		n = w->ops->run(w->ctx, i, e);
	if (n == 0 && !journal_has(w->journal, s->id)) {
		strings_add(w->journal->arena, &w->journal->done, s->id);
		n = journal_write(w->journal, e);
	}
	if (n < 0)
		return n;
	events_end(w->events, s->weight, skipped ? EVENT_SKIP : EVENT_END);
	return 0;
}

static int do_steps(struct work *w, struct err *e)
{
	bool all_so_far = true;

	for (size_t i = 0; i < w->steps.count; i++) {
		int n;

		if (was_cancelled(w))
			return err_set(e, ERR_CANCELLED, "run it again to go on where it stopped",
				       "stopped before: %s", w->steps.items[i].title);
		n = do_step(w, i, skip(w, i, &all_so_far), e);
		if (n < 0)
			return n;
	}
	w->journal->finished = true;
	return journal_write(w->journal, e);
}

int work_run(struct work *w, struct err *e)
{
	int n;

	w->events->total = w->weight;
	w->events->done = 0;
	for (size_t i = 0; i < w->warnings.count; i++)
		events_say(w->events, EVENT_WARNING, w->warnings.items[i]);
	n = check_all(w, e);
	if (n == 0)
		n = open_journal(w, e);
	if (n == 0)
		n = do_steps(w, e);
	if (n < 0)
		events_error(w->events, e);
	else
		events_say(w->events, EVENT_DONE, w->conclusion);
	return n;
}
