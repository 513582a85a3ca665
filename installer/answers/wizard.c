/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "answers/wizard_parts.h"
#include "base/str.h"

enum {
	SEARCH_FROM = 21, /* from here on a list is searched, not read */
	TYPED_BYTES = 40, /* of a wrong word that are shown again */
};

static bool applies(const struct wizard *w, const struct question *q)
{
	return question_is_asked(w->v, q);
}

static bool optional(const struct wizard *w, const struct question *q)
{
	return q->optional && !(q->needed && q->needed(w->v));
}

static struct choices choices_of(struct wizard *w, const struct question *q)
{
	const char *const *words = question_words(q);
	struct choices c = {0};

	if (q->offers)
		return q->offers(w->v, w->arena);
	for (; words && *words; words++)
		*list_push(w->arena, &c.list) = (struct choice){*words, *words};
	return c;
}

struct strings *wizard_list(struct wizard *w, const struct question *q)
{
	return (struct strings *)(void *)((char *)w->v->answers + q->offset);
}

static const char *lines_of(struct wizard *w, const struct strings *list)
{
	const char *text = NULL;

	for (size_t i = 0; i < list->count; i++)
		text = arena_printf(w->arena, "%s%s%s", text ? text : "", i ? "\n" : "",
				    list->items[i]);
	return text;
}

/* What an empty reply stands for: what was said before, or the table's proposal. */
static const char *proposal_of(struct wizard *w, const struct question *q)
{
	size_t i = question_index(q);

	if (q->type == Q_SECRET)
		return NULL;
	if (w->v->answers->given[i]) {
		if (q->type == Q_TEXTS)
			return w->f->whole_lists ? lines_of(w, wizard_list(w, q)) : NULL;
		return w->said[i] ? w->said[i] : answer_text(w->v->answers, q, w->arena);
	}
	if (w->said[i])
		return w->said[i];
	return q->propose ? q->propose(w->v, w->arena) : NULL;
}

bool prompt_offers(const struct prompt *p, const char *value)
{
	for (size_t i = 0; i < p->choices.list.count; i++)
		if (str_eq(p->choices.list.items[i].value, value))
			return true;
	return false;
}

size_t wizard_count(const struct wizard *w)
{
	size_t n = 0;

	/* Most of them depend on the variant. */
	for (size_t i = 0; i < question_count && interview_variant(w->v); i++)
		n += applies(w, &questions[i]) &&
		     (!w->v->answers->given[i] || w->v->answers->seen[i] || w->again[i]);
	return n;
}

/* What is true of the machine while questions are asked. */
static const char *so_far(const struct wizard *w)
{
	if (w->v->image)
		return "Nothing has been changed.";
	return w->review && w->review->begun ? "The disk has been changed, and cannot be used as "
					       "it is; the installation can go on."
					     : "Nothing has been written to a disk.";
}

/* Really stop? The answers stay where they are. */
static enum reply_kind confirm_leaving(struct wizard *w)
{
	const struct prompt p = {
		.kind = PROMPT_LEAVE,
		.type = Q_BOOL,
		.title = w->v->image ? "Stop setting this machine up" : "Stop the installation",
		.help = arena_printf(w->arena, "%s No: go on where you were.", so_far(w)),
		.allowed = "yes or no",
		.text = so_far(w),
		.proposal = "no",
		.first = true,
	};
	_cleanup_secret_ struct secret reply = {0};
	enum reply_kind kind = w->f->ask(w->f->ctx, &p, &reply);

	if (kind != REPLY_ANSWER)
		return kind == REPLY_END ? kind : REPLY_BACK;
	return secret_given(&reply) && strchr("yYtT", reply.bytes[0]) && reply.bytes[0]
		       ? REPLY_END
		       : REPLY_BACK;
}

enum reply_kind wizard_show(struct wizard *w, const struct prompt *p, struct secret *reply)
{
	for (;;) {
		enum reply_kind kind = w->f->ask(w->f->ctx, p, reply);

		if (kind == REPLY_CLEAR && !p->clears)
			continue;
		if (kind != REPLY_CANCEL)
			return kind;
		secret_wipe(reply);
		if (confirm_leaving(w) == REPLY_END)
			return REPLY_END;
	}
}

static enum reply_kind ask(struct wizard *w, const struct question *q, bool repeat, bool more,
			   struct secret *reply)
{
	bool given = w->v->answers->given[question_index(q)];
	struct prompt p = {
		.kind = PROMPT_QUESTION,
		.question = q,
		.type = q->type,
		.title = q->prompt,
		.help = q->help,
		.allowed = q->allowed,
		.text = q->shows && !repeat ? q->shows(w->v, w->arena) : NULL,
		.choices = choices_of(w, q),
		.proposal = more ? NULL : proposal_of(w, q),
		.typed = w->typed,
		.problem = w->problem.len ? w->problem.s : NULL,
		.repeat = repeat,
		.more = more,
		.keeps = q->type == Q_SECRET && given && !repeat,
		.clears = optional(w, q) && given,
		.optional = optional(w, q) && !repeat,
		.first = w->depth == 0 && !w->changing,
		.number = w->changing ? 0 : w->depth + 1,
		.count = wizard_count(w),
	};
	enum reply_kind kind;

	p.search = p.choices.list.count >= SEARCH_FROM;
	kind = wizard_show(w, &p, reply);
	str_clear(&w->problem);
	w->typed = NULL;
	return kind;
}

const char *wizard_said(const struct secret *reply)
{
	return secret_given(reply) ? reply->bytes : "";
}

/* The same secret twice. REPLY_ANSWER with *same telling how it went. */
static enum reply_kind ask_again(struct wizard *w, const struct question *q,
				 const struct secret *first, bool *same)
{
	_cleanup_secret_ struct secret second = {0};
	enum reply_kind kind = ask(w, q, true, false, &second);

	*same = strcmp(wizard_said(first), wizard_said(&second)) == 0;
	return kind;
}

/* A whole list, one item a line, instead of the one before: all of it or nothing. */
static bool set_list(struct wizard *w, const struct question *q, const char *text)
{
	struct strings before = *wizard_list(w, q);

	answer_clear(w->v->answers, q);
	while (*text) {
		size_t n = strcspn(text, "\n");
		_cleanup_free_ char *line = xasprintf("%.*s", (int)n, text);

		str_sanitise(line); /* also the spaces that pasting leaves */
		text += n + (text[n] == '\n');
		if (!line[0] || answer_add(w->v->answers, q, line, &w->problem))
			continue;
		*wizard_list(w, q) = before;
		w->v->answers->given[question_index(q)] = before.count > 0;
		return false;
	}
	return true;
}

/* Sets an answer that can be used and is to be had on this machine; else it stays as it was. */
static bool settle(struct wizard *w, const struct question *q, const char *text)
{
	struct answers *a = w->v->answers;
	const char *before = NULL;
	_cleanup_str_ struct str ignored = {0};

	if ((q->offers || q->fits) && a->given[question_index(q)])
		before = arena_strdup(w->arena, answer_text(a, q, w->arena));
	if (!answer_set(a, q, text, &w->problem))
		return false;
	if (answer_offered(w->v, q, w->arena, &w->problem))
		return true;
	answer_clear(a, q);
	if (before)
		(void)answer_set(a, q, before, &ignored);
	return false;
}

/* Enter alone: what was proposed, what was kept, or nothing. */
static bool take_nothing(struct wizard *w, const struct question *q, bool more)
{
	const char *proposal = proposal_of(w, q);

	if (q->type == Q_TEXTS && w->f->whole_lists)
		return set_list(w, q, "");
	if (w->v->answers->given[question_index(q)] && !more)
		return true; /* as it was */
	if (proposal && !more)
		return settle(w, q, proposal);
	if (optional(w, q) || more)
		return true;
	str_addf(&w->problem, "an answer is needed: %s", q->allowed);
	return false;
}

static bool take_text(struct wizard *w, const struct question *q, const char *text)
{
	size_t i = question_index(q);
	bool ok;

	if (q->type == Q_TEXTS && !w->f->whole_lists) {
		if (!answer_add(w->v->answers, q, text, &w->problem))
			w->typed = arena_strdup(w->arena, text);
		return false; /* then for one more */
	}
	ok = q->type == Q_TEXTS ? set_list(w, q, text) : settle(w, q, text);
	if (q->type == Q_SECRET)
		return ok;
	if (ok && q->type != Q_TEXTS)
		w->said[i] = arena_strdup(w->arena, text);
	if (!ok)
		w->typed = arena_strdup(w->arena, text);
	return ok;
}

/* One reply to a question; *settled when nothing more is to be asked about it. */
static enum reply_kind one_reply(struct wizard *w, const struct question *q, bool *settled)
{
	_cleanup_secret_ struct secret reply = {0};
	bool more = q->type == Q_TEXTS && !w->f->whole_lists &&
		    w->v->answers->given[question_index(q)];
	bool same = true;
	enum reply_kind kind = ask(w, q, false, more, &reply);

	if (kind == REPLY_CLEAR) {
		answer_clear(w->v->answers, q);
		w->said[question_index(q)] = NULL;
		*settled = w->f->whole_lists;
		return REPLY_ANSWER; /* in lines asked once more, now without an answer */
	}
	if (kind != REPLY_ANSWER)
		return kind;
	if (!wizard_said(&reply)[0]) {
		*settled = take_nothing(w, q, more);
		return kind;
	}
	if (q->type == Q_TEXTS && q->expand)
		return items_reply(w, q, wizard_said(&reply), settled);
	if (q->type == Q_SECRET && !q->once)
		kind = ask_again(w, q, &reply, &same);
	if (kind == REPLY_BACK)
		return REPLY_ANSWER; /* to the first of the two */
	if (kind != REPLY_ANSWER)
		return kind;
	if (same)
		*settled = take_text(w, q, wizard_said(&reply));
	else
		str_add(&w->problem, "the two were not the same");
	return kind;
}

static bool given_for(const struct question *q, const struct question *changed)
{
	const char *name = q->given_for;

	return name && q != changed &&
	       (str_ends(name, ".") ? str_starts(changed->key, name) : str_eq(changed->key, name));
}

/* What hangs on an answer that is another one now is open again. */
static void reopen_dependents(struct wizard *w, const struct question *q)
{
	for (size_t i = 0; i < question_count; i++)
		if (given_for(&questions[i], q)) {
			answer_clear(w->v->answers, &questions[i]);
			w->said[i] = NULL;
			w->v->answers->seen[i] = false;
			w->again[i] = false;
		}
}

static void remember(struct wizard *w, size_t index)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->depth; i++)
		if (w->history[i] != index)
			w->history[kept++] = w->history[i];
	w->history[kept++] = index;
	w->depth = kept;
	w->v->answers->seen[index] = true;
	w->again[index] = false;
}

static bool nothing_to_choose(struct wizard *w, const struct question *q)
{
	return q->type == Q_CHOICE && q->offers && q->offers(w->v, w->arena).list.count == 0;
}

enum reply_kind wizard_ask(struct wizard *w, size_t index)
{
	const struct question *q = &questions[index];
	struct answers *a = w->v->answers;
	const char *before = NULL, *now;
	struct strings list = {0};
	enum reply_kind kind = REPLY_ANSWER;
	bool settled = false;

	if (q->type == Q_SCREEN) {
		kind = screen_ask(w, q);
		if (kind == REPLY_ANSWER)
			remember(w, index);
		return kind;
	}
	if (nothing_to_choose(w, q)) {
		const char *why = q->shows ? q->shows(w->v, w->arena) : NULL;

		err_set(w->e, ERR_NOT_FOUND, NULL, "nothing on this machine can be chosen for: %s",
			q->prompt);
		err_why(w->e, "%s", why ? why : q->help);
		return REPLY_END;
	}
	if (a->given[index])
		before = arena_strdup(w->arena, answer_text(a, q, w->arena));
	if (q->type == Q_TEXTS)
		list = *wizard_list(w, q);
	while (!settled && kind == REPLY_ANSWER)
		kind = q->type == Q_USES ? wizard_ask_uses(w, q, &settled)
					 : one_reply(w, q, &settled);
	if (kind == REPLY_BACK && q->type == Q_TEXTS) {
		*wizard_list(w, q) = list;
		a->given[index] = list.count > 0;
	}
	if (kind != REPLY_ANSWER)
		return kind;
	now = a->given[index] ? answer_text(a, q, w->arena) : NULL;
	if (!str_eq(before, now))
		reopen_dependents(w, q);
	if (w->f->answered && now)
		w->f->answered(w->f->ctx, q, now);
	remember(w, index);
	return kind;
}

/* An answer that another answer has made impossible: a desktop that the variant has not. */
static bool offered_no_more(struct wizard *w, size_t index)
{
	const struct question *q = &questions[index];
	_cleanup_str_ struct str why = {0};

	if (!w->v->answers->seen[index] || !w->v->answers->given[index] ||
	    answer_offered(w->v, q, w->arena, &why))
		return false;
	/* What lists everything that there is needs no word. */
	if (q->type == Q_USES && !w->problem.len)
		str_add(&w->problem, str_get(&why));
	answer_clear(w->v->answers, q);
	w->said[index] = NULL;
	return true;
}

static size_t next_question(struct wizard *w)
{
	for (size_t i = 0; i < question_count; i++) {
		if (!applies(w, &questions[i]))
			continue;
		if (w->again[i] || offered_no_more(w, i))
			return i;
		if (!w->v->answers->given[i] && !w->v->answers->seen[i] &&
		    interview_may_ask(w->v, i))
			return i;
	}
	return question_count;
}

static void go_back(struct wizard *w)
{
	if (w->depth == 0)
		return;
	w->depth--;
	w->again[w->history[w->depth]] = true;
	w->v->answers->seen[w->history[w->depth]] = false;
}

static enum reply_kind interview(struct wizard *w)
{
	size_t i;

	while ((i = next_question(w)) < question_count) {
		enum reply_kind kind = wizard_ask(w, i);

		if (kind == REPLY_END)
			return kind;
		if (kind == REPLY_BACK)
			go_back(w);
	}
	return REPLY_ANSWER;
}

/* What was answered before another answer took the sense out of it. A secret from a file stays:
 * answers that contradict each other about passwords are the person's to mend. */
static void drop_meaningless(struct wizard *w)
{
	struct answers *a = w->v->answers;

	for (size_t i = 0; i < question_count; i++) {
		const struct question *q = &questions[i];

		if (a->given[i] && (q->type != Q_SECRET || a->seen[i]) && q->applies &&
		    !q->applies(w->v)) {
			answer_clear(a, q);
			a->seen[i] = false;
		}
	}
}

static struct choices review_choices(struct wizard *w, const struct outlook *o)
{
	struct choices c = {0};

	if (!o->problems)
		*list_push(w->arena, &c.list) = (struct choice){REVIEW_BEGIN, o->begin};
	if (o->plan)
		*list_push(w->arena, &c.list) = (struct choice){REVIEW_PLAN, "Read the whole plan"};
	for (size_t i = 0; i < question_count; i++) {
		const struct question *q = &questions[i];
		const char *text;
		char *label;

		bool screen = q->type == Q_SCREEN && question_applies(w->v, q);

		if (!applies(w, q) && !screen)
			continue;
		text = screen ? screen_summary(w) : answer_text(w->v->answers, q, w->arena);
		label = arena_printf(w->arena, "%s: %.200s", q->prompt, text ? text : "none");
		str_cut(label);
		*list_push(w->arena, &c.list) = (struct choice){q->key, label};
	}
	return c;
}

static enum reply_kind confirm(struct wizard *w, const struct outlook *o)
{
	struct prompt p = {
		.kind = PROMPT_CONFIRM,
		.type = Q_TEXT,
		.title = arena_printf(w->arena, "Type %s to begin", o->word),
		.help = "This is the last question. Once the disk's name is typed, the disk is "
			"written to. Going back leads to the answers.",
		.allowed = arena_printf(w->arena, "%s, exactly", o->word),
		.text = o->warning,
	};

	for (;;) {
		_cleanup_secret_ struct secret reply = {0};
		enum reply_kind kind = wizard_show(w, &p, &reply);

		if (kind != REPLY_ANSWER || str_eq(wizard_said(&reply), o->word))
			return kind;
		_cleanup_free_ char *shown = xstrdup(wizard_said(&reply));
		str_sanitise(shown);
		if (strlen(shown) > TYPED_BYTES)
			shown[TYPED_BYTES] = '\0';
		str_cut(shown);
		p.problem = arena_printf(w->arena, "that was \"%s\"; nothing was written", shown);
	}
}

static enum reply_kind read_plan(struct wizard *w, const char *plan)
{
	const struct prompt p = {
		.kind = PROMPT_TEXT,
		.type = Q_TEXT,
		.title = "The whole plan",
		.help = "What will be done, in order.",
		.allowed = "anything",
		.text = plan,
		.optional = true,
	};
	_cleanup_secret_ struct secret reply = {0};

	return wizard_show(w, &p, &reply) == REPLY_END ? REPLY_END : REPLY_ANSWER;
}

/* One answer anew, and what that opens. REPLY_BACK leaves it as it was. */
static enum reply_kind change(struct wizard *w, const char *key)
{
	const struct question *q = question_find(key);
	enum reply_kind kind;

	answers_forget_proposals(w->v->answers);
	w->changing = true;
	kind = q ? wizard_ask(w, question_index(q)) : REPLY_BACK;
	w->changing = false;
	return kind == REPLY_ANSWER ? interview(w) : kind;
}

/* What the person wants to do with the answers: a word of review_choices(). */
static enum reply_kind choose(struct wizard *w, const struct outlook *o, struct secret *reply)
{
	const struct prompt p = {
		.kind = PROMPT_REVIEW,
		.type = Q_CHOICE,
		.title = "Go on, or change an answer",
		.help = arena_printf(w->arena, "%s Choose an answer to change it.%s", so_far(w),
				     w->v->image ? ""
						 : " Before a disk is erased, its name is asked "
						   "for."),
		.allowed = "one of the list",
		.text = o->summary,
		.choices = review_choices(w, o),
		.pairs = true,
		.problem = w->problem.len ? w->problem.s : o->problems,
		.proposal = o->problems ? o->key : REVIEW_BEGIN,
		.first = w->depth == 0 && !w->review->ret_left,
	};
	enum reply_kind kind = wizard_show(w, &p, reply);

	str_clear(&w->problem);
	if (kind == REPLY_ANSWER && !wizard_said(reply)[0] && p.proposal)
		secret_set(reply, p.proposal, strlen(p.proposal));
	if (kind == REPLY_ANSWER && !prompt_offers(&p, wizard_said(reply))) {
		str_add(&w->problem, NOT_IN_LIST);
		secret_wipe(reply);
	}
	return kind;
}

/* One turn of the review; REPLY_ANSWER with *agreed when it may begin. */
static enum reply_kind review_once(struct wizard *w, bool *agreed)
{
	_cleanup_secret_ struct secret reply = {0};
	struct outlook o = {0};
	enum reply_kind kind;

	drop_meaningless(w);
	answers_forget_proposals(w->v->answers);
	w->review->look(w->review->ctx, w->arena, &o);
	kind = choose(w, &o, &reply);
	if (kind == REPLY_BACK && w->review->ret_left) {
		*w->review->ret_left = true;
		return REPLY_END;
	}
	if (kind == REPLY_BACK) {
		answers_forget_proposals(w->v->answers);
		go_back(w);
		return interview(w);
	}
	if (kind != REPLY_ANSWER || !secret_given(&reply))
		return kind;
	if (str_eq(reply.bytes, REVIEW_PLAN))
		return read_plan(w, o.plan);
	if (!str_eq(reply.bytes, REVIEW_BEGIN))
		return change(w, reply.bytes);
	kind = o.word ? confirm(w, &o) : REPLY_ANSWER;
	*agreed = kind == REPLY_ANSWER;
	return kind;
}

static enum reply_kind whole(struct wizard *w)
{
	enum reply_kind kind = interview(w);
	bool agreed = !w->review;

	drop_meaningless(w);
	while (kind != REPLY_END && !agreed)
		kind = review_once(w, &agreed);
	return kind;
}

int wizard_run(const struct interview *v, const struct front_end *f, const struct review *review,
	       struct err *e)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct err nothing = {0};
	struct wizard w = {.v = v, .f = f, .review = review, .arena = arena, .e = &nothing};
	enum reply_kind kind = whole(&w);

	str_clear(&w.problem);
	if (kind != REPLY_END)
		return 0;
	if (nothing.code) {
		*e = nothing;
		return -(int)e->code;
	}
	return err_set(e, ERR_CANCELLED, NULL, "cancelled; %s",
		       review && review->begun ? "the disk has been changed before"
					       : "nothing was touched");
}
