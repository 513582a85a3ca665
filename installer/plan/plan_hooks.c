/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sha256.h"
#include "base/str.h"
#include "plan/plan_parts.h"

enum { TITLE_MAX = 60 };

static void add_hook(struct plan *p, const struct hook *h, enum hook_when when, size_t index)
{
	struct plan_hook *to = list_push(p->arena, &p->hooks);

	*to = (struct plan_hook){
		.when = when,
		.index = (uint32_t)index,
		.file = arena_strdup(p->arena, h->file),
		.may_fail = h->may_fail,
		.seconds = h->seconds,
	};
	for (size_t i = 0; i < h->run.count; i++)
		strings_add(p->arena, &to->run, h->run.items[i]);
	/* Other bytes are another plan. */
	if (h->file)
		to->sha256 = arena_strdup(p->arena, sha256(h->bytes.bytes, h->bytes.len).s);
}

void plan_hooks(const struct interview *v, struct plan *p)
{
	for (size_t when = 0; when < HOOK_WHENS; when++) {
		const struct hooks *hooks = &v->answers->hooks[when];

		for (size_t i = 0; i < hooks->list.count; i++)
			add_hook(p, &hooks->list.items[i], (enum hook_when)when, i);
	}
}

const char *plan_hook_title(const struct plan *p, const struct plan_hook *h)
{
	_cleanup_str_ struct str words = {0};

	if (h->file)
		str_add(&words, h->file);
	for (size_t i = 0; i < h->run.count; i++)
		str_addf(&words, "%s%s", words.len ? " " : "", h->run.items[i]);
	char *text = arena_strdup(p->arena, str_get(&words));

	str_sanitise(text);
	if (words.len > TITLE_MAX) {
		text[TITLE_MAX] = '\0';
		str_cut(text);
	}
	return arena_printf(p->arena, "run %s%s", text, words.len > TITLE_MAX ? "..." : "");
}
