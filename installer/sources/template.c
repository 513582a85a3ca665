/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "base/url.h"
#include "sources/sources.h"

/* The values of one round; NULL: this machine has none. */
struct values {
	const char *mac, *serial, *uuid, *board;
};

static const struct {
	const char *name;
	size_t offset;
} placeholders[] = {
	{"mac", offsetof(struct values, mac)},
	{"serial", offsetof(struct values, serial)},
	{"uuid", offsetof(struct values, uuid)},
	{"board", offsetof(struct values, board)},
};

static void add_path_part(struct str *out, const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		str_addc(out,
			 isalnum(c) || c == '-' || c == '_' || (c == '.' && i) ? text[i] : '_');
	}
}

/* The length of the placeholder at text, braces included, and which it is; 0: it is none. */
static size_t placeholder_at(const char *text, size_t *ret_index)
{
	for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++) {
		size_t n = strlen(placeholders[i].name);

		if (text[0] == '{' && strncmp(text + 1, placeholders[i].name, n) == 0 &&
		    text[n + 1] == '}') {
			*ret_index = i;
			return n + 2;
		}
	}
	return 0;
}

static bool holds(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_eq(list->items[i], text))
			return true;
	return false;
}

/* Nothing is added when a value is missing, or the same is there already. */
static void expand(const char *text, const struct values *v, bool escape, struct arena *a,
		   struct strings *ret)
{
	_cleanup_str_ struct str out = {0};
	size_t index = 0, n;

	for (; *text; text += n) {
		const char *value;

		n = placeholder_at(text, &index);
		if (!n) {
			n = 1;
			str_addc(&out, *text);
			continue;
		}
		memcpy(&value, (const char *)v + placeholders[index].offset, sizeof(value));
		if (!value)
			return;
		if (escape)
			url_escape(&out, value);
		else
			add_path_part(&out, value);
	}
	if (!holds(ret, str_get(&out)))
		strings_add(a, ret, str_get(&out));
}

static int check(const char *text, struct err *e)
{
	size_t index;

	for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{'))
		if (!placeholder_at(at, &index))
			return err_set(e, ERR_INVALID,
				       "there are {mac}, {serial}, {uuid} and {board}",
				       "unknown placeholder %.*s in the name of the answers",
				       (int)(strcspn(at, "}") + 1), at);
	return 0;
}

/* 52:54:00:12:34:56 as 52-54-00-12-34-56, as file names have it. */
static const char *dashed(const char *mac, struct arena *a)
{
	char *copy = arena_strdup(a, mac);

	for (char *c = copy; *c; c++)
		*c = *c == ':' ? '-' : (char)tolower((unsigned char)*c);
	return copy;
}

static void expand_interfaces(const char *text, const struct facts *f, struct values v, bool escape,
			      struct arena *a, struct strings *ret)
{
	/* The interface with a cable in it is likelier to be the one that is known. */
	for (int carrier = 1; carrier >= 0; carrier--)
		for (size_t i = 0; i < f->networks.count; i++) {
			const struct net *n = &f->networks.items[i];

			if (!n->mac || n->carrier != (carrier == 1))
				continue;
			v.mac = dashed(n->mac, a);
			expand(text, &v, escape, a, ret);
		}
}

int template_expand(const char *text, const struct facts *f, bool escape, struct arena *a,
		    struct strings *ret, struct err *e)
{
	static const struct values defaults = {"default", "default", "default", "default"};
	const struct values v = {
		.serial = f->board.serial, .uuid = f->board.uuid, .board = facts_board(f, a)};
	int n = check(text, e);

	if (n < 0)
		return n;
	if (strstr(text, "{mac}"))
		expand_interfaces(text, f, v, escape, a, ret);
	else
		expand(text, &v, escape, a, ret);
	expand(text, &defaults, escape, a, ret);
	return 0;
}
