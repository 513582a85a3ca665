/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wizard_screen: the network, to be looked at and helped, before something is fetched by it. */
#include <string.h>

#include "answers/wizard_parts.h"

#define GO	   "go"
#define AGAIN	   "again"
#define WIFI	   "wifi"
#define PROXY	   "proxy"
#define OTHER_NAME "\x01" /* no network's name */

static size_t row(const char *key)
{
	return question_index(question_find(key));
}

static void say(struct wizard *w, const char *text)
{
	str_clear(&w->problem);
	str_add(&w->problem, text);
}

static void say_error(struct wizard *w, const struct err *e)
{
	_cleanup_free_ char *text = err_text(e);

	say(w, e->hint[0] ? arena_printf(w->arena, "%s (%s)", text, e->hint) : text);
}

static void forget_wifi(struct wizard *w)
{
	static const char *const keys[] = {"network.wifi.name", "network.wifi.password",
					   "network.wifi.hidden"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		answer_clear(w->v->answers, question_find(keys[i]));
}

/* Joins what the answers name. What cannot be joined is not left for the installed system. */
static void join(struct wizard *w)
{
	const struct outside *o = w->v->outside;
	struct err e;

	if (o->join(o->ctx, w->v->answers, &e) == 0)
		return;
	say_error(w, &e);
	forget_wifi(w);
}

/* The name from the list, or typed. REPLY_BACK: none. */
static enum reply_kind choose_network(struct wizard *w, const struct choices *c, const char *note,
				      bool *typed)
{
	const struct prompt p = {
		.kind = PROMPT_REVIEW,
		.type = Q_CHOICE,
		.title = "Wi-Fi network",
		.help = "The networks within reach, the strongest first. One that is hidden can be "
			"named.",
		.allowed = "one of the list",
		.text = note,
		.choices = *c,
		.proposal = c->list.items[0].value,
	};
	_cleanup_secret_ struct secret reply = {0};
	enum reply_kind kind = wizard_show(w, &p, &reply);
	const char *name = *wizard_said(&reply) ? wizard_said(&reply) : p.proposal;

	if (kind != REPLY_ANSWER)
		return kind;
	*typed = str_eq(name, OTHER_NAME);
	if (*typed)
		return wizard_ask(w, row("network.wifi.name"));
	return answer_set(w->v->answers, question_find("network.wifi.name"), name, &w->problem)
		       ? REPLY_ANSWER
		       : REPLY_BACK;
}

static bool is_open_network(const struct choices *c, const char *name)
{
	for (size_t i = 0; i < c->list.count; i++)
		if (str_eq(c->list.items[i].value, name))
			return strstr(c->list.items[i].label, WIFI_OPEN) != NULL;
	return false;
}

static enum reply_kind ask_wifi(struct wizard *w)
{
	const struct outside *o = w->v->outside;
	struct answers *a = w->v->answers;
	struct choices c = {0};
	const char *note = NULL;
	enum reply_kind kind;
	bool typed = false;
	struct err e;

	if (o->networks(o->ctx, w->arena, &c, &note, &e) < 0) {
		say_error(w, &e);
		return REPLY_ANSWER;
	}
	*list_push(w->arena, &c.list) = (struct choice){OTHER_NAME, "another one, by its name"};
	forget_wifi(w);
	kind = choose_network(w, &c, note, &typed);
	if (kind != REPLY_ANSWER || !a->wifi_network)
		return kind;
	a->wifi_hidden = a->given[row("network.wifi.hidden")] = typed;
	if (!is_open_network(&c, a->wifi_network))
		kind = wizard_ask(w, row("network.wifi.password"));
	if (kind == REPLY_ANSWER)
		join(w);
	else
		forget_wifi(w);
	return kind;
}

static enum reply_kind ask_proxy(struct wizard *w)
{
	enum reply_kind kind = wizard_ask(w, row("network.proxy"));

	if (kind == REPLY_ANSWER && w->v->answers->proxy)
		kind = wizard_ask(w, row("network.keepProxy"));
	return kind;
}

static struct choices things_to_do(struct wizard *w, const struct network_view *now)
{
	const char *proxy = w->v->answers->proxy;
	struct choices c = {0};

	*list_push(w->arena,
		   &c.list) = (struct choice){GO, now->up ? "Go on" : "Go on without the network"};
	*list_push(w->arena, &c.list) = (struct choice){AGAIN, "Look again"};
	if (now->wifi && w->v->outside->networks && w->v->outside->join)
		*list_push(w->arena, &c.list) = (struct choice){WIFI, "Join a Wi-Fi network"};
	if (question_in_scope(w->v, question_find("network.proxy")))
		*list_push(w->arena, &c.list) = (struct choice){
			PROXY,
			proxy ? arena_printf(w->arena, "Another proxy than %s, or none", proxy)
			      : "Use a proxy"};
	return c;
}

static enum reply_kind act(struct wizard *w, const char *word, bool *done)
{
	size_t depth = w->depth;
	enum reply_kind kind = REPLY_ANSWER;

	*done = str_eq(word, GO);
	w->changing = true;
	if (str_eq(word, WIFI))
		kind = ask_wifi(w);
	else if (str_eq(word, PROXY))
		kind = ask_proxy(w);
	else if (!*done && !str_eq(word, AGAIN))
		say(w, NOT_IN_LIST);
	w->changing = false;
	w->depth = depth; /* who goes back later comes to the screen, not into it */
	return kind == REPLY_END ? kind : REPLY_ANSWER;
}

enum reply_kind screen_ask(struct wizard *w, const struct question *q)
{
	const struct outside *o = w->v->outside;
	struct prompt p = {
		.kind = PROMPT_REVIEW,
		.type = Q_CHOICE,
		.title = q->prompt,
		.help = q->help,
		.allowed = q->allowed,
		.first = w->depth == 0,
	};
	enum reply_kind kind = REPLY_ANSWER;
	bool done = false;

	while (!done && kind == REPLY_ANSWER) {
		_cleanup_secret_ struct secret reply = {0};
		const struct network_view now = o->look(o->ctx, w->arena);

		p.text = now.text;
		p.choices = things_to_do(w, &now);
		p.proposal = now.up ? GO : now.wifi && now.unlinked ? WIFI : AGAIN;
		p.problem = w->problem.len ? arena_strdup(w->arena, w->problem.s) : NULL;
		kind = wizard_show(w, &p, &reply);
		str_clear(&w->problem);
		if (kind == REPLY_ANSWER)
			kind = act(w, *wizard_said(&reply) ? wizard_said(&reply) : p.proposal,
				   &done);
	}
	return kind;
}

const char *screen_summary(const struct wizard *w)
{
	const struct answers *a = w->v->answers;

	return arena_printf(w->arena, "%s%s%s%s", a->wifi_network ? "Wi-Fi " : "as it is",
			    a->wifi_network ? a->wifi_network : "", a->proxy ? ", proxy " : "",
			    a->proxy ? a->proxy : "");
}
