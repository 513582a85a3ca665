/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/questions_variant.h"

#include "base/str.h"

/* What a variant runs on: its architecture is the machine's. */
static bool runs_here(const struct variant *x, const struct facts *f)
{
	return str_starts(x->system, arch_names[f->arch]);
}

bool variant_is_open(const struct interview *v)
{
	return !v->image || !v->image->variant || !variants_find(v->variants, v->image->variant);
}

/* An image is of one variant. */
static bool is_image_of_another(const struct variant *x, const struct interview *v)
{
	return !variant_is_open(v) && !str_eq(v->image->variant, x->name);
}

struct choices offer_variants(const struct interview *v, struct arena *a)
{
	struct choices c = {0};

	for (size_t i = 0; i < v->variants->list.count; i++) {
		const struct variant *x = &v->variants->list.items[i];

		if (runs_here(x, v->facts) && !is_image_of_another(x, v))
			*list_push(a, &c.list) = (struct choice){
				x->name, arena_printf(a, "%s: %s", x->name, x->description)};
	}
	return c;
}

const char *propose_variant(const struct interview *v, struct arena *a)
{
	const struct board *b = &v->facts->board;

	(void)a;
	for (size_t i = 0; i < v->variants->list.count && b->name; i++) {
		const struct variant *x = &v->variants->list.items[i];

		for (size_t j = 0; j < x->boards.count; j++)
			if (str_eq(x->boards.items[j], b->name))
				return x->name;
	}
	return v->facts->arch == ARCH_AARCH64 ? "arm-generic" : "iso";
}

const char *show_variant(const struct interview *v, struct arena *a)
{
	const struct facts *f = v->facts;
	const char *proposal = propose_variant(v, a);

	return arena_printf(a, "This machine: %s, %s, %s of memory. %s is proposed for %s.",
			    f->board.model ? f->board.model : "model unknown", arch_names[f->arch],
			    size_text(f->memory_bytes).s, proposal,
			    f->board.name ? "this board" : "this kind of machine");
}
