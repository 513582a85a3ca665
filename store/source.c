/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void entries_add(struct entries *list, const char *name, size_t len, uint64_t ref)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 32;
		list->items = xrealloc(list->items, list->capacity * sizeof(*list->items));
	}
	if (list->names_capacity - list->names_len < len + 1) {
		list->names_capacity = list->names_capacity * 2 + len + 512;
		list->names = xrealloc(list->names, list->names_capacity);
	}
	list->items[list->count++] = (struct entry){.name = list->names_len, .ref = ref};
	memcpy(list->names + list->names_len, name, len);
	list->names[list->names_len + len] = '\0';
	list->names_len += len + 1;
}

const char *entries_name(const struct entries *list, size_t i)
{
	return list->names + list->items[i].name;
}

static int compare(const void *a, const void *b, void *names)
{
	const char *base = names;

	return strcmp(base + ((const struct entry *)a)->name,
		      base + ((const struct entry *)b)->name);
}

void entries_sort(struct entries *list)
{
	if (list->count)
		qsort_r(list->items, list->count, sizeof(*list->items), compare, list->names);
}

void entries_clear(struct entries *list)
{
	free(list->items);
	free(list->names);
	*list = (struct entries){0};
}

struct source *source_free(struct source *s)
{
	if (s)
		s->ops->free(s);
	return NULL;
}

void source_cleanup(struct source **s)
{
	*s = source_free(*s);
}
