/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wizard_items: items of a list that are shown before they are taken, such as keys with their
 * fingerprints. */
#include <string.h>

#include "answers/ssh_keys.h"
#include "answers/wizard_parts.h"

#define PICK_ALL  "all"
#define PICK_DONE "done"

static bool has_item(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_eq(list->items[i], text))
			return true;
	return false;
}

static void add_item(struct wizard *w, const struct question *q, const char *value)
{
	if (!has_item(wizard_list(w, q), value))
		(void)answer_add(w->v->answers, q, value, &w->problem);
}

static bool says_yes(const char *text)
{
	return !*text || strchr("yYtT", *text);
}

static enum reply_kind pick_one(struct wizard *w, const struct question *q, const char *text,
				const struct choice *c)
{
	const struct prompt p = {
		.kind = PROMPT_REVIEW,
		.type = Q_BOOL,
		.title = "Take this key",
		.help = "Compare the fingerprint with what ssh-keygen -lf FILE says of the key on "
			"the computer it belongs to.",
		.allowed = "yes or no",
		.text = text,
		.proposal = "yes",
	};
	_cleanup_secret_ struct secret reply = {0};
	enum reply_kind kind = wizard_show(w, &p, &reply);

	if (kind == REPLY_ANSWER && says_yes(wizard_said(&reply)))
		add_item(w, q, c->value);
	return kind == REPLY_END ? kind : REPLY_ANSWER;
}

/* What is left to pick, and the ways to end it. */
static struct choices pickable(struct wizard *w, const struct question *q, const struct choices *c,
			       size_t *ret_left)
{
	const struct strings *list = wizard_list(w, q);
	struct choices left = {0};

	*list_push(w->arena, &left.list) = (struct choice){PICK_ALL, "all of these"};
	for (size_t i = 0; i < c->list.count; i++)
		if (!has_item(list, c->list.items[i].value))
			*list_push(w->arena, &left.list) = c->list.items[i];
	*ret_left = left.list.count - 1;
	*list_push(w->arena, &left.list) = (struct choice){PICK_DONE, "no more of them"};
	return left;
}

static enum reply_kind pick_once(struct wizard *w, const struct question *q, struct prompt *p,
				 bool *done)
{
	_cleanup_secret_ struct secret reply = {0};
	enum reply_kind kind = wizard_show(w, p, &reply);
	const char *text = *wizard_said(&reply) ? wizard_said(&reply) : p->proposal;

	p->problem = NULL;
	*done = kind != REPLY_ANSWER || str_eq(text, PICK_DONE);
	if (*done)
		return kind == REPLY_END ? kind : REPLY_ANSWER;
	for (size_t i = 1; i + 1 < p->choices.list.count; i++) {
		const char *value = p->choices.list.items[i].value;

		if (str_eq(text, value) || str_eq(text, PICK_ALL)) {
			add_item(w, q, value);
			p->typed = value;
		}
	}
	if (!p->typed)
		p->problem = NOT_IN_LIST;
	return kind;
}

static enum reply_kind pick_several(struct wizard *w, const struct question *q, const char *text,
				    const struct choices *c)
{
	struct prompt p = {
		.kind = PROMPT_REVIEW,
		.type = Q_CHOICE,
		.title = "Which of these keys",
		.help = "Each is shown with its kind, its bits and its fingerprint. Compare it "
			"with "
			"what ssh-keygen -lf FILE says of the key on the computer it belongs to.",
		.allowed = "one of the list",
		.text = text,
	};
	enum reply_kind kind = REPLY_ANSWER;
	bool done = false;

	while (!done) {
		size_t left;

		p.choices = pickable(w, q, c, &left);
		p.proposal = left == c->list.count ? PICK_ALL : PICK_DONE;
		p.typed = NULL;
		if (left == 0)
			break;
		kind = pick_once(w, q, &p, &done);
	}
	return kind;
}

/* One reply or line. *taken: it was understood; what it stands for was shown. */
static enum reply_kind take_one(struct wizard *w, const struct question *q, const char *line,
				bool *taken)
{
	_cleanup_str_ struct str fault = {0};
	const struct choices c = q->expand(w->v, line, w->arena, &fault);
	const char *note = fault.len ? arena_printf(w->arena, "Not usable: %s\n", fault.s) : "";
	const char *text;

	*taken = c.list.count > 0;
	if (!*taken) {
		str_clear(&w->problem);
		str_add(&w->problem, str_get(&fault));
		return REPLY_ANSWER;
	}
	if (c.list.count > 1)
		return pick_several(w, q, note[0] ? note : NULL, &c);
	text = arena_printf(w->arena, "%s%s\n", note, c.list.items[0].label);
	return pick_one(w, q, text, &c.list.items[0]);
}

static void keep_typed(struct wizard *w, const char *text)
{
	w->typed = ssh_key_is_secret(text) ? NULL : arena_strdup(w->arena, text);
}

/* A whole list, one item a line, in place of the one before: all of it or nothing. */
static enum reply_kind take_lines(struct wizard *w, const struct question *q, const char *text,
				  bool *settled)
{
	struct strings before = *wizard_list(w, q);
	const char *at = text;
	enum reply_kind kind = REPLY_ANSWER;
	bool taken = true;

	answer_clear(w->v->answers, q);
	while (*at && taken && kind == REPLY_ANSWER) {
		size_t n = strcspn(at, "\n");
		_cleanup_secret_ struct secret line = {0}; /* a private key, by mistake */

		secret_set(&line, at, n);
		str_sanitise(line.bytes); /* also the spaces that pasting leaves */
		at += n + (at[n] == '\n');
		if (has_item(&before, line.bytes))
			add_item(w, q, line.bytes);
		else if (line.bytes[0])
			kind = take_one(w, q, line.bytes, &taken);
	}
	*settled = taken && kind == REPLY_ANSWER;
	if (*settled)
		return kind;
	keep_typed(w, text);
	*wizard_list(w, q) = before;
	w->v->answers->given[question_index(q)] = before.count > 0;
	return kind;
}

enum reply_kind items_reply(struct wizard *w, const struct question *q, const char *text,
			    bool *settled)
{
	enum reply_kind kind;
	bool taken;

	if (w->f->whole_lists)
		return take_lines(w, q, text, settled);
	kind = take_one(w, q, text, &taken);
	if (!taken)
		keep_typed(w, text);
	return kind; /* then for one more */
}
