/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>

#include "answers/positions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void blank_comments(char *text, size_t len)
{
	bool string = false;

	for (size_t i = 0; i < len; i++) {
		if (string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			string = !string;
		else if (!string && text[i] == '/' && i + 1 < len && text[i + 1] == '/')
			for (; i < len && text[i] != '\n'; i++)
				text[i] = ' ';
		else if (!string && text[i] == '/' && i + 1 < len && text[i + 1] == '*') {
			bool end = false;

			text[i] = text[i + 1] = ' ';
			for (i += 2; i < len && !end; i++) {
				end = text[i] == '*' && i + 1 < len && text[i + 1] == '/';
				if (end)
					text[i + 1] = ' ';
				if (text[i] != '\n')
					text[i] = ' ';
			}
		}
	}
}

void position_of_offset(const char *text, size_t offset, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			(*line)++;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			(*column)++;
		}
	}
}

enum { PATH_SIZE = 512 };

struct scan {
	const char *text;
	size_t at, len;
	struct positions *out;
	char path[PATH_SIZE];
	/* The place of `at` the last time it was asked for: scanning is one pass. */
	size_t known;
	unsigned line, column;
};

static void skip_space(struct scan *s)
{
	while (s->at < s->len && strchr(" \t\r\n", s->text[s->at]) && s->text[s->at])
		s->at++;
}

static void skip_string(struct scan *s)
{
	for (s->at++; s->at < s->len && s->text[s->at] != '"'; s->at++)
		if (s->text[s->at] == '\\')
			s->at++;
	s->at++;
}

static void note(struct scan *s, size_t at)
{
	struct position *p;

	for (; s->known < at; s->known++) {
		if (s->text[s->known] == '\n') {
			s->line++;
			s->column = 1;
		} else if (((unsigned char)s->text[s->known] & 0xc0) != 0x80) {
			s->column++;
		}
	}
	p = list_push(s->out->arena, &s->out->list);
	p->path = arena_strdup(s->out->arena, s->path);
	p->line = s->line;
	p->column = s->column;
}

static void scan_value(struct scan *s);

static void scan_object(struct scan *s)
{
	size_t base = strlen(s->path);

	s->at++;
	for (skip_space(s); s->at < s->len && s->text[s->at] != '}'; skip_space(s)) {
		size_t key = s->at;

		skip_string(s);
		snprintf(s->path + base, PATH_SIZE - base, "%s%.*s", base ? "." : "",
			 (int)(s->at - key - 2), s->text + key + 1);
		note(s, key);
		skip_space(s);
		s->at++; /* the colon */
		scan_value(s);
		s->path[base] = '\0';
		skip_space(s);
		if (s->text[s->at] == ',')
			s->at++;
	}
	s->at++;
}

static void scan_array(struct scan *s)
{
	size_t base = strlen(s->path), i = 0;

	s->at++;
	for (skip_space(s); s->at < s->len && s->text[s->at] != ']'; skip_space(s)) {
		snprintf(s->path + base, PATH_SIZE - base, "[%zu]", i++);
		note(s, s->at);
		scan_value(s);
		s->path[base] = '\0';
		skip_space(s);
		if (s->text[s->at] == ',')
			s->at++;
	}
	s->at++;
}

static void scan_value(struct scan *s)
{
	skip_space(s);
	if (s->at >= s->len)
		return;
	switch (s->text[s->at]) {
	case '{': scan_object(s); break;
	case '[': scan_array(s); break;
	case '"': skip_string(s); break;
	default:
		while (s->at < s->len && !strchr(",]} \t\r\n", s->text[s->at]))
			s->at++;
	}
}

/* By path, then by place: items stand in the file's order. */
static int by_path(const void *a, const void *b)
{
	const struct position *const *x = a, *const *y = b;
	int n = strcmp((*x)->path, (*y)->path);

	return n ? n : (*x > *y) - (*x < *y);
}

static void sort(struct positions *p)
{
	p->sorted = arena_alloc(p->arena, p->list.count * sizeof(*p->sorted));
	for (size_t i = 0; i < p->list.count; i++)
		p->sorted[i] = &p->list.items[i];
	if (p->list.count > 1)
		qsort(p->sorted, p->list.count, sizeof(*p->sorted), by_path);
	for (size_t i = 1; i < p->list.count; i++)
		if (str_eq(p->sorted[i]->path, p->sorted[i - 1]->path))
			p->list.items[p->sorted[i] - p->list.items].duplicate = true;
}

void positions_scan(const char *text, size_t len, struct positions *ret)
{
	struct scan s = {.text = text, .len = len, .out = ret, .line = 1, .column = 1};

	scan_value(&s);
	sort(ret);
}

const struct position *positions_find(const struct positions *p, const char *path)
{
	size_t low = 0, high = p->list.count;

	/* The first of its name. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(p->sorted[middle]->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->list.count && str_eq(p->sorted[low]->path, path) ? p->sorted[low] : NULL;
}
