/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/copy.h"

#include <string.h>

#include "base/str.h"
#include "store/copy.h"
#include "store/load.h"
#include "store/medium.h"

struct copying {
	struct events *events;
	uint32_t weight;
};

static void say(struct events *ev, enum event_kind kind, char *text)
{
	events_say(ev, kind, text);
	mem_free_ptr(&text);
}

static const char *without_hash(const char *name)
{
	const char *dash = strchr(name, '-');

	return dash ? dash + 1 : name;
}

static void on_progress(void *ctx, const struct store_progress *p)
{
	const struct copying *c = ctx;
	_cleanup_str_ struct str text = {0};

	str_addf(&text, "%llu of %llu paths, %s of %s", (unsigned long long)p->paths,
		 (unsigned long long)p->paths_total, size_text(p->bytes).s,
		 size_text(p->bytes_total).s);
	if (p->writing_out)
		str_addf(&text, ", the last %s on their way to the disk",
			 size_text(p->writing_out).s);
	events_progress(
		c->events, c->weight,
		&(struct moved){.part = p->bytes,
				.whole = p->bytes_total,
				.text = str_get(&text),
				.item = p->path && !p->writing_out ? without_hash(p->path->name)
								   : NULL,
				.amount = {p->bytes, p->bytes_total, p->rate,
					   p->seconds_left == UINT64_MAX ? 0 : p->seconds_left}});
}

static void on_failed(void *ctx, const struct store_path *p, const struct err *why)
{
	const struct copying *c = ctx;
	_cleanup_free_ char *text = err_text(why);

	(void)p;
	say(c->events, EVENT_WARNING, xasprintf("%s; nixos-install will get it elsewhere", text));
}

/* The image itself, or what the kernel makes of it: it knows compressions that we do not, and a
 * path that cannot be read there is left out alone. */
static int open_source(const struct plan *p, struct source **ret, struct events *ev, struct err *e)
{
	if (p->store.image && image_open(p->store.image, ret, e) < 0) {
		_cleanup_free_ char *why = err_text(e);

		say(ev, EVENT_WARNING,
		    xasprintf("%s; the mounted store is read instead, which takes longer", why));
	}
	return *ret ? 0 : tree_open(STORE_DIRECTORY, ret, e);
}

/* What the medium has for this variant, and where it is read from. */
static int open_medium(const struct plan *p, struct registration *r, struct source **ret,
		       struct events *ev, struct err *e)
{
	struct strings missing = {0};
	int n = registration_read(p->store.registration, r, e);

	if (n == 0)
		n = medium_want(p->store.roots, p->variant, r, &missing, e);
	for (size_t i = 0; i < missing.count && n == 0; i++)
		say(ev, EVENT_LOG, xasprintf("the medium lacks %s", missing.items[i]));
	return n < 0 ? n : open_source(p, ret, ev, e);
}

/* No failure: without what could not be copied nixos-install does what it always did. */
static int go_on_without(const struct store_copy *c, struct events *ev, struct err *e)
{
	_cleanup_free_ char *why = err_text(e);

	say(ev, EVENT_WARNING,
	    xasprintf("%s; nixos-install gets everything itself, which takes longer", why));
	return store_hand_over(c, NULL, e);
}

static int copy_and_load(const char *root, const struct store_copy *c, const struct source *s,
			 struct registration *r, struct events *ev, struct err *e)
{
	struct store_result result = {0};
	size_t count = 0;
	int n = store_copy(c, s, r, &result, e);

	if (n < 0)
		return n;
	n = store_load(r, root, events_line, ev, &count, e);
	if (n < 0)
		return e->code == ERR_CANCELLED ? n : go_on_without(c, ev, e);
	n = store_hand_over(c, r, e);
	if (n < 0)
		return n;
	say(ev, EVENT_LOG,
	    xasprintf("%llu paths copied from %s (%s), %llu kept from before, %llu left out; %zu "
		      "registered",
		      (unsigned long long)result.copied, s->kind, size_text(result.bytes).s,
		      (unsigned long long)result.kept, (unsigned long long)result.failed, count));
	return 0;
}

int copy_store(const struct plan *p, const char *root, const char *journal, uint32_t weight,
	       const volatile int *cancelled, struct events *ev, struct err *e)
{
	_cleanup_registration_ struct registration r = {0};
	_cleanup_source_ struct source *s = NULL;
	_cleanup_free_ char *store = xasprintf("%s" STORE_DIRECTORY, root);
	struct copying copying = {ev, weight};
	const struct store_copy c = {
		.store = store,
		.journal = journal,
		.target = p->hash,
		.cancelled = cancelled,
		.progress = on_progress,
		.failed = on_failed,
		.ctx = &copying,
	};

	if (open_medium(p, &r, &s, ev, e) < 0)
		return go_on_without(&c, ev, e);
	return copy_and_load(root, &c, s, &r, ev, e);
}
