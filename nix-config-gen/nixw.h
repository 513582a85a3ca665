/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nixw: writes Nix values, and is the only place that escapes text for Nix.
 *
 * What comes out is laid out as nixfmt (RFC 166) leaves it: two spaces, a list of one item on its
 * line when it fits and one item a line otherwise, at most one blank line. Whatever bytes a
 * value, a name or a comment holds, they stay inside it (tests/unit/test_nixw.c and
 * tests/fuzz/nixw_fuzz.c hold this against the real Nix).
 *
 * An attribute path is an array of names, ATTR("users", "users", name, "description"); each name
 * is quoted when it has to be. A Nix expression can be written only from a string literal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"

enum { NIXW_WIDTH = 100, NIXW_INDENT = 2 };

#define ATTR(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Arguments of a module that its body names. nixw_module() writes those in the head. */
enum nixw_arg {
	NIXW_CONFIG = 1 << 0,
	NIXW_LIB = 1 << 1,
	NIXW_MODULES_PATH = 1 << 2,
};

/* How firmly a value is meant: NAME = V, lib.mkDefault V, lib.mkForce V. */
enum nixw_priority { NIXW_PLAIN, NIXW_DEFAULT, NIXW_FORCE };

/* The body of an attribute set, written from top to bottom. {.depth = 1} starts one that
 * nixw_module() will wrap. */
struct nixw {
	struct str out;
	unsigned depth; /* open brackets */
	unsigned args;	/* enum nixw_arg used so far */
	bool blank;	/* a blank line is due before the next line */
	bool inside;	/* something stands in the innermost brackets already */
};

void nixw_clear(struct nixw *w);
#define _cleanup_nixw_ __attribute__((cleanup(nixw_clear)))

/* One blank line before what comes next; none at the start of brackets or before their end. */
void nixw_blank(struct nixw *w);
/* Line comments, one or more for each line of the text, wrapped at NIXW_WIDTH. Control characters
 * are dropped. NULL and "": nothing. */
void nixw_comment(struct nixw *w, const char *text);

void nixw_string(struct nixw *w, const char *const *path, const char *value);
void nixw_string_as(struct nixw *w, enum nixw_priority p, const char *const *path,
		    const char *value);
void nixw_bool(struct nixw *w, const char *const *path, bool value);
void nixw_int(struct nixw *w, const char *const *path, int64_t value);

/* PATH = { ... }; */
void nixw_open(struct nixw *w, const char *const *path);
void nixw_close(struct nixw *w);

/* PATH = [ "a" ]; of all items at once. */
void nixw_strings(struct nixw *w, const char *const *path, const struct strings *list);
/* The same of one item. */
void nixw_single(struct nixw *w, const char *const *path, const char *item);
/* PATH = [ ... ]; item by item, one a line, so that comments can stand between them. */
void nixw_list(struct nixw *w, const char *const *path);
void nixw_item_string(struct nixw *w, const char *value);
void nixw_item_open(struct nixw *w); /* { ... } */
void nixw_item_close(struct nixw *w);
void nixw_list_end(struct nixw *w);

/* A path of this file's neighbourhood, DIR NAME ".nix": for a name that nixw_path_name() likes. */
#define nixw_item_path(w, dir, name) nixw_item_path_literal((w), "" dir, (name))
void nixw_item_path_literal(struct nixw *w, const char *dir, const char *name);
bool nixw_path_name(const char *name);

/* An expression that is written as it stands. `"" expr` lets only string literals through. */
#define nixw_expr(w, path, expr, uses) nixw_expr_literal((w), (path), "" expr, (uses))
#define nixw_item_expr(w, expr, uses)  nixw_item_expr_literal((w), "" expr, (uses))
void nixw_expr_literal(struct nixw *w, const char *const *path, const char *expr, unsigned uses);
void nixw_item_expr_literal(struct nixw *w, const char *expr, unsigned uses);

/* The whole file: header as comments, "{ lib, ... }:" and the body in braces. */
void nixw_module(struct str *out, const char *header, const struct nixw *body);

/* For the files of nixw themselves: starts a line, with the blank one and the indentation due. */
void nixw_line(struct nixw *w);
/* The escaping itself: a string with its quotes, and a name as it stands in a path. */
void nixw_escape_string(struct str *out, const char *text);
void nixw_escape_name(struct str *out, const char *name);
