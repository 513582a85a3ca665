/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/wizard.h"

#include <string.h>

#include "base/str.h"

struct wizard {
	const struct interview *v;
	const struct front_end *f;
	struct arena *arena;
	bool asked[QUESTIONS_MAX]; /* by row: left unanswered on purpose, too */
	size_t history[QUESTIONS_MAX];
	size_t depth;
	struct str problem;
};

static struct choices choices_of(struct wizard *w, const struct question *q)
{
	struct choices c = {0};

	if (q->offers)
		return q->offers(w->v, w->arena);
	for (const char *const *value = q->choices; value && *value; value++)
		*list_push(w->arena, &c.list) = (struct choice){*value, *value};
	return c;
}

static bool optional(const struct wizard *w, const struct question *q)
{
	return q->optional && !(q->needed && q->needed(w->v));
}

static enum reply_kind ask(struct wizard *w, const struct question *q, bool repeat, bool more,
			   struct secret *reply)
{
	const struct prompt p = {
		.question = q,
		.choices = choices_of(w, q),
		.proposal = q->propose && !more ? q->propose(w->v, w->arena) : NULL,
		.problem = w->problem.len ? w->problem.s : NULL,
		.repeat = repeat,
		.more = more,
		.optional = optional(w, q),
		.number = w->depth + 1,
	};
	enum reply_kind kind = w->f->ask(w->f->ctx, &p, reply);

	str_clear(&w->problem);
	return kind;
}

static const char *said(const struct secret *reply)
{
	return secret_given(reply) ? reply->bytes : "";
}

/* The same secret twice. REPLY_ANSWER with *same telling how it went. */
static enum reply_kind ask_again(struct wizard *w, const struct question *q,
				 const struct secret *first, bool *same)
{
	_cleanup_secret_ struct secret second = {0};
	enum reply_kind kind = ask(w, q, true, false, &second);

	*same = strcmp(said(first), said(&second)) == 0;
	return kind;
}

/* Sets an answer that can be used and is to be had on this machine. */
static bool settle(struct wizard *w, const struct question *q, const char *text)
{
	if (!answer_set(w->v->answers, q, text, &w->problem))
		return false;
	if (answer_offered(w->v, q, w->arena, &w->problem))
		return true;
	answer_clear(w->v->answers, q);
	return false;
}

/* One reply to a question; *settled when nothing more is to be asked about it. */
static enum reply_kind one_reply(struct wizard *w, const struct question *q, bool *settled)
{
	struct answers *a = w->v->answers;
	_cleanup_secret_ struct secret reply = {0};
	bool more = q->type == Q_TEXTS && a->given[question_index(q)], same = true;
	enum reply_kind kind = ask(w, q, false, more, &reply);
	const char *text = said(&reply);

	if (kind != REPLY_ANSWER)
		return kind;
	if (!text[0]) {
		const char *proposal = q->propose ? q->propose(w->v, w->arena) : NULL;

		if (proposal && !more)
			*settled = settle(w, q, proposal);
		else if (optional(w, q) || more)
			*settled = true;
		else
			str_addf(&w->problem, "an answer is needed: %s", q->allowed);
		return kind;
	}
	if (q->type == Q_SECRET)
		kind = ask_again(w, q, &reply, &same);
	if (kind != REPLY_ANSWER)
		return kind;
	if (!same)
		str_add(&w->problem, "the two were not the same");
	else if (q->type == Q_TEXTS)
		(void)answer_add(a, q, text, &w->problem); /* then for one more */
	else
		*settled = settle(w, q, text);
	return kind;
}

static void go_back(struct wizard *w)
{
	if (w->depth == 0)
		return;
	w->depth--;
	answer_clear(w->v->answers, &questions[w->history[w->depth]]);
	w->asked[w->history[w->depth]] = false;
}

static size_t next_question(const struct wizard *w)
{
	size_t i = interview_next(w->v, 0);

	while (i < question_count && w->asked[i])
		i = interview_next(w->v, i + 1);
	return i;
}

static int interview(struct wizard *w, struct err *e)
{
	size_t i;

	while ((i = next_question(w)) < question_count) {
		const struct question *q = &questions[i];
		enum reply_kind kind = REPLY_ANSWER;
		bool settled = false;

		while (!settled && kind == REPLY_ANSWER)
			kind = one_reply(w, q, &settled);
		if (kind == REPLY_CANCEL)
			return err_set(e, ERR_CANCELLED, NULL, "cancelled; nothing was touched");
		if (kind == REPLY_BACK) {
			if (q->type == Q_TEXTS)
				answer_clear(w->v->answers, q);
			go_back(w);
			continue;
		}
		w->asked[i] = true;
		w->history[w->depth++] = i;
	}
	return 0;
}

int wizard_run(const struct interview *v, const struct front_end *f, struct err *e)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct wizard w = {.v = v, .f = f, .arena = arena};
	int n = interview(&w, e);

	str_clear(&w.problem);
	return n;
}
