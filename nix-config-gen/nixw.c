/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nixw.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"

void nixw_clear(struct nixw *w)
{
	str_clear(&w->out);
}

/* Cells of a text, taking each code point for one, as nixfmt counts. */
static size_t cells(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void nixw_line(struct nixw *w)
{
	if (w->blank && w->inside)
		str_addc(&w->out, '\n');
	w->blank = false;
	w->inside = true;
	for (unsigned i = 0; i < w->depth * NIXW_INDENT; i++)
		str_addc(&w->out, ' ');
}

static void add_path(struct str *out, const char *const *path)
{
	for (size_t i = 0; path[i]; i++) {
		if (i)
			str_addc(out, '.');
		nixw_escape_name(out, path[i]);
	}
}

/* "PATH = " at the start of a line. */
static void assign(struct nixw *w, const char *const *path)
{
	nixw_line(w);
	add_path(&w->out, path);
	str_add(&w->out, " = ");
}

static void bracket_open(struct nixw *w, const char *bracket)
{
	str_add(&w->out, bracket);
	str_addc(&w->out, '\n');
	w->depth++;
	w->blank = false;
	w->inside = false;
}

static void bracket_close(struct nixw *w, const char *bracket)
{
	w->depth--;
	w->blank = false;
	nixw_line(w);
	str_add(&w->out, bracket);
	str_addc(&w->out, '\n');
}

void nixw_blank(struct nixw *w)
{
	w->blank = true;
}

void nixw_string_as(struct nixw *w, enum nixw_priority p, const char *const *path,
		    const char *value)
{
	static const char *const function[] = {
		[NIXW_PLAIN] = "",
		[NIXW_DEFAULT] = "lib.mkDefault ",
		[NIXW_FORCE] = "lib.mkForce ",
	};

	assign(w, path);
	str_add(&w->out, function[p]);
	if (p != NIXW_PLAIN)
		w->args |= NIXW_LIB;
	nixw_escape_string(&w->out, value);
	str_add(&w->out, ";\n");
}

void nixw_string(struct nixw *w, const char *const *path, const char *value)
{
	nixw_string_as(w, NIXW_PLAIN, path, value);
}

void nixw_bool(struct nixw *w, const char *const *path, bool value)
{
	assign(w, path);
	str_add(&w->out, value ? "true;\n" : "false;\n");
}

void nixw_int(struct nixw *w, const char *const *path, int64_t value)
{
	assign(w, path);
	/* Nix reads a minus and a number, and the smallest number has no positive twin. */
	if (value == INT64_MIN)
		str_addf(&w->out, "-%" PRId64 " - 1;\n", INT64_MAX);
	else
		str_addf(&w->out, "%" PRId64 ";\n", value);
}

void nixw_open(struct nixw *w, const char *const *path)
{
	assign(w, path);
	bracket_open(w, "{");
}

void nixw_close(struct nixw *w)
{
	bracket_close(w, "};");
}

void nixw_list(struct nixw *w, const char *const *path)
{
	assign(w, path);
	bracket_open(w, "[");
}

void nixw_list_end(struct nixw *w)
{
	bracket_close(w, "];");
}

void nixw_item_open(struct nixw *w)
{
	nixw_line(w);
	bracket_open(w, "{");
}

void nixw_item_close(struct nixw *w)
{
	bracket_close(w, "}");
}

void nixw_item_string(struct nixw *w, const char *value)
{
	nixw_line(w);
	nixw_escape_string(&w->out, value);
	str_addc(&w->out, '\n');
}

void nixw_single(struct nixw *w, const char *const *path, const char *item)
{
	_cleanup_str_ struct str line = {0};

	add_path(&line, path);
	str_add(&line, " = [ ");
	nixw_escape_string(&line, item);
	str_add(&line, " ];");
	if (w->depth * NIXW_INDENT + cells(str_get(&line)) <= NIXW_WIDTH) {
		nixw_line(w);
		str_addf(&w->out, "%s\n", str_get(&line));
		return;
	}
	nixw_list(w, path);
	nixw_item_string(w, item);
	nixw_list_end(w);
}

void nixw_strings(struct nixw *w, const char *const *path, const struct strings *list)
{
	if (list->count == 0) {
		nixw_expr(w, path, "[ ]", 0);
		return;
	}
	if (list->count == 1) {
		nixw_single(w, path, list->items[0]);
		return;
	}
	nixw_list(w, path);
	for (size_t i = 0; i < list->count; i++)
		nixw_item_string(w, list->items[i]);
	nixw_list_end(w);
}

bool nixw_path_name(const char *name)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "_-";

	return *name && name[strspn(name, ok)] == '\0';
}

void nixw_item_path_literal(struct nixw *w, const char *dir, const char *name)
{
	nixw_line(w);
	str_addf(&w->out, "%s%s.nix\n", dir, nixw_path_name(name) ? name : "invalid-name");
}

void nixw_expr_literal(struct nixw *w, const char *const *path, const char *expr, unsigned uses)
{
	assign(w, path);
	w->args |= uses;
	str_addf(&w->out, "%s;\n", expr);
}

void nixw_item_expr_literal(struct nixw *w, const char *expr, unsigned uses)
{
	nixw_line(w);
	w->args |= uses;
	str_addf(&w->out, "%s\n", expr);
}

/* "{ lib, ... }:"; nixfmt spreads more than two arguments over lines. */
static void add_head(struct str *out, unsigned args)
{
	static const char *const name[] = {"config", "lib", "modulesPath"};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(name); i++)
		count += args >> i & 1;
	str_add(out, count > 2 ? "{\n" : "{ ");
	for (size_t i = 0; i < ARRAY_SIZE(name); i++)
		if (args >> i & 1)
			str_addf(out, count > 2 ? "  %s,\n" : "%s, ", name[i]);
	str_add(out, count > 2 ? "  ...\n}:\n\n" : "... }:\n\n");
}

void nixw_module(struct str *out, const char *header, const struct nixw *body)
{
	_cleanup_nixw_ struct nixw top = {0};

	nixw_comment(&top, header);
	str_add(out, str_get(&top.out));
	add_head(out, body->args);
	str_add(out, "{\n");
	str_addn(out, str_get(&body->out), body->out.len);
	str_add(out, "}\n");
	if (!str_ok(&top.out) || !str_ok(&body->out))
		out->overflow = true;
}
