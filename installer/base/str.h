/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * str: one growing string with a hard cap, and the few text helpers that several parts share.
 *
 * Appending past the cap sets `overflow` and drops the rest; whoever uses the result asks
 * str_ok() once at the end instead of checking each call.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	char *s; /* NUL-terminated once anything was appended; NULL before */
	size_t len, cap;
	size_t max; /* 0: STR_MAX_DEFAULT */
	bool overflow;
};

enum { STR_MAX_DEFAULT = 16 * 1024 * 1024 };

void str_clear(struct str *s); /* frees and zeroes */
#define _cleanup_str_ __attribute__((cleanup(str_clear)))

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const char *text, size_t n);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_addv(struct str *s, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void str_pad(struct str *s, size_t column); /* spaces up to `column` cells of the last line */
bool str_ok(const struct str *s);
const char *str_get(const struct str *s); /* "" when empty; borrowed */
char *str_take(struct str *s);		  /* owned by the caller; "" when empty */

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* Makes text from outside (disk models, labels, device trees) safe to show and to write as
 * JSON: control characters, what changes how other text is shown (bidirectional controls,
 * zero-width characters) and bytes that are not UTF-8 become '?', white space at both ends goes.
 * In place. */
void str_sanitise(char *s);
bool str_is_safe(const char *s); /* nothing in it would become '?' */
/* Length of the valid UTF-8 sequence at s (RFC 3629: no overlong forms, no surrogates); 0 when
 * there is none, and at the end. */
size_t utf8_length(const char *s);
/* Takes away a UTF-8 sequence that was cut at the string's end (by snprintf(3)). In place. */
void str_cut(char *s);

/* Edit distance (insert, delete, replace, swap of neighbours), case-insensitive; for "did you
 * mean". At most STR_DISTANCE_MAX when the words are longer than it looks at. */
enum { STR_DISTANCE_MAX = 99 };
unsigned str_distance(const char *a, const char *b);

/* Sizes in bytes. "8GiB", "8 GiB", "8G" (both 2^30), "8GB" (10^9), "512MiB", "4096". */
bool size_parse(const char *text, uint64_t *ret_bytes);
/* "12.0 GiB", "512 MiB", "17 bytes": buf is filled and returned. */
struct size_text {
	char s[32];
};
struct size_text size_text(uint64_t bytes);
