/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk before and after as two bars, in ASCII: the same on every terminal and for every ear. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "plan/plan_parts.h"

enum { BAR_CELLS = 62, SEGMENTS_MAX = 24, NAME_CELLS = 24 };

struct segment {
	char name[NAME_CELLS];
	uint64_t bytes;
	size_t cells;
};
struct bar {
	struct segment segments[SEGMENTS_MAX];
	size_t count;
};

/* What does not fit into the picture any more is counted in its last segment. */
static void add(struct bar *b, uint64_t bytes, const char *name)
{
	struct segment *s;

	if (b->count == SEGMENTS_MAX) {
		s = &b->segments[SEGMENTS_MAX - 1];
		s->bytes += bytes;
		snprintf(s->name, sizeof(s->name), "...");
		return;
	}
	s = &b->segments[b->count++];
	*s = (struct segment){.bytes = bytes};
	snprintf(s->name, sizeof(s->name), "%.23s", name);
	str_cut(s->name);
	/* Labels are shown elsewhere; a bar counts bytes as cells. */
	for (char *c = s->name; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
}

/* Each segment has a cell, and as many more as its share; what is left goes to the largest. */
static void measure(struct bar *b)
{
	size_t room = BAR_CELLS - (b->count + 1), left = room, largest = 0;
	uint64_t total = 0;

	for (size_t i = 0; i < b->count; i++)
		total += b->segments[i].bytes;
	for (size_t i = 0; i < b->count; i++) {
		struct segment *s = &b->segments[i];
		size_t spare = left - (b->count - i - 1);

		s->cells = total ? (size_t)((double)s->bytes / (double)total * (double)room) : 1;
		s->cells = s->cells < 1 ? 1 : s->cells > spare ? spare : s->cells;
		left -= s->cells;
		if (s->bytes > b->segments[largest].bytes)
			largest = i;
	}
	if (b->count)
		b->segments[largest].cells += left;
}

static void draw(struct bar *b, const char *title, struct str *out)
{
	measure(b);
	str_addf(out, "%s", title);
	str_pad(out, 8);
	str_addc(out, '|');
	for (size_t i = 0; i < b->count; i++) {
		const struct segment *s = &b->segments[i];
		size_t n = strlen(s->name);

		/* Of a name that does not fit, its number. */
		if (n > s->cells)
			n = strcspn(s->name, " ");
		n = n > s->cells ? s->cells : n;
		str_addn(out, s->name, n);
		for (; n < s->cells; n++)
			str_addc(out, strcmp(s->name, "free") == 0 ? '.' : ' ');
		str_addc(out, '|');
	}
	str_addc(out, '\n');
}

/* Space between partitions that is worth showing. */
static void add_gap(struct bar *b, uint64_t from, uint64_t to)
{
	if (to > from && to - from >= 64 << 20)
		add(b, to - from, "free");
}

/* The i-th by its place; tables are in the order of their numbers. */
static const struct partition *by_place(const struct disk *d, size_t i)
{
	for (size_t j = 0; j < d->partitions.count; j++) {
		const struct partition *p = &d->partitions.items[j];
		size_t before = 0;

		for (size_t k = 0; k < d->partitions.count; k++)
			before += d->partitions.items[k].start < p->start ||
				  (d->partitions.items[k].start == p->start && k < j);
		if (before == i)
			return p;
	}
	return NULL;
}

static void bar_before(const struct disk *d, struct bar *b)
{
	uint64_t end = 0;

	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *p = by_place(d, i);
		char name[128];

		add_gap(b, end, p->start);
		snprintf(name, sizeof(name), "%u %s%s%s", p->number,
			 p->system    ? p->system
			 : p->fs_type ? p->fs_type
				      : "",
			 p->system || p->fs_type ? " " : "", size_text(p->bytes).s);
		add(b, p->bytes, name);
		/* An extended partition holds others: what it covers is not drawn twice. */
		if (p->start + p->bytes > end)
			end = p->start + p->bytes;
	}
	if (!d->partitions.count && d->fs_type)
		add(b, d->bytes, d->fs_type);
	else
		add_gap(b, end, d->bytes);
}

static void bar_after(const struct plan_disk *d, struct bar *b)
{
	uint64_t end = 0;

	for (size_t i = 0; i < d->after.count; i++) {
		const struct plan_part *part = &d->after.items[i];
		char name[128];

		add_gap(b, end, part->start);
		end = part->start + part->bytes;
		snprintf(name, sizeof(name), "%u %s %s", part->number, part->role,
			 size_text(part->bytes).s);
		add(b, part->bytes, name);
	}
	add_gap(b, end, d->bytes);
}

static const struct disk *disk_before(const struct facts *f, const struct plan_disk *d)
{
	for (size_t i = 0; i < f->disks.count; i++)
		if (str_eq(f->disks.items[i].path, d->path))
			return &f->disks.items[i];
	return NULL;
}

void plan_summary(const struct plan *p, const struct facts *f, struct str *out)
{
	for (size_t i = 0; i < p->disks.count; i++) {
		const struct plan_disk *d = &p->disks.items[i];
		const struct disk *before = disk_before(f, d);
		struct bar b = {.count = 0};

		str_addf(out, "%s, %s, %s\n", d->path, d->model ? d->model : "no model name",
			 size_text(d->bytes).s);
		if (before) {
			bar_before(before, &b);
			draw(&b, "before", out);
		}
		b.count = 0;
		bar_after(d, &b);
		draw(&b, "after", out);
	}
	for (size_t i = 0; i < p->notes.count; i++)
		str_addf(out, "%s\n", p->notes.items[i]);
	for (size_t i = 0; i < p->warnings.count; i++)
		str_addf(out, "WARNING %s\n", p->warnings.items[i]);
}

void plan_losses(const struct plan *p, struct str *out)
{
	for (size_t i = 0; i < p->disks.count; i++) {
		const struct plan_disk *d = &p->disks.items[i];
		const char *model = d->model ? d->model : "no model name";

		if (d->layout.keep_table && d->lost_bytes)
			str_addf(out, "Of what is on %s (%s, %s), %s will be lost:\n", d->path,
				 model, size_text(d->bytes).s, size_text(d->lost_bytes).s);
		else if (d->layout.keep_table)
			str_addf(out, "Nothing of what is on %s (%s, %s) will be lost:\n", d->path,
				 model, size_text(d->bytes).s);
		else if (d->before.count)
			str_addf(out, "Everything on %s (%s, %s) will be lost:\n", d->path, model,
				 size_text(d->bytes).s);
		else
			str_addf(out, "%s (%s, %s) is empty, and is used as a whole.\n", d->path,
				 model, size_text(d->bytes).s);
		for (size_t j = 0; j < d->before.count; j++)
			plan_before_text(&d->before.items[j], out);
	}
}

const char *plan_disk_names(const struct plan *p)
{
	const char *names = "";

	for (size_t i = 0; i < p->disks.count; i++)
		names = arena_printf(p->arena, "%s%s%s", names, i ? " " : "",
				     strrchr(p->disks.items[i].path, '/') + 1);
	return names;
}
