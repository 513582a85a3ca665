/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutate: the same changes of bytes for the same seed, and what must hold of all that is shown. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* xorshift64*: good enough to stray, the same everywhere. */
struct mutator {
	uint64_t state;
	const char *name; /* of the fuzzer and its input, for the message */
};

static inline uint64_t mutator_next(struct mutator *m)
{
	m->state ^= m->state >> 12;
	m->state ^= m->state << 25;
	m->state ^= m->state >> 27;
	return m->state * UINT64_C(2685821657736338717);
}

static inline size_t mutator_below(struct mutator *m, size_t n)
{
	return n ? (size_t)(mutator_next(m) >> 33) % n : 0;
}

static inline uint64_t mutator_seed(const char *variable, uint64_t fallback)
{
	const char *text = getenv(variable);
	uint64_t seed = text ? strtoull(text, NULL, 0) : fallback;

	return seed ? seed : 1;
}

static const char *const mutator_tokens[] = {
	"\"",
	"'",
	"\\",
	"{",
	"}",
	"[",
	"]",
	",",
	":",
	"//",
	"/*",
	"*/",
	"\n",
	"\t",
	"\r",
	" ",
	"-",
	"0",
	"1e9",
	"1.",
	"NaN",
	"null",
	"true",
	"\"a\":",
	"\\u0000",
	"\\u001b",
	"\\ud800",
	"\\",
	"\xff",
	"\xc2\x9b",
	"\xe2\x80\xae",
	"\xc0\xaf",
	"\xf0\x9f\x8e\xb5",
	"\x1b[2J",
	"${x}",
	"''",
	"../",
	"/dev/",
	"18446744073709551615",
	"-1",
	"%s%n",
	"\"version\":1,",
};
static const char *const mutator_values[] = {
	"",
	"x",
	"/dev/vda",
	"/dev/../etc",
	"root",
	"iso",
	"server",
	"file",
	"partition",
	"16777215T",
	"64 MiB",
	"-5",
	"zram",
	"none",
	"\\u001b[2J",
	"\\u202e",
	"\\u0000",
	"\\n",
	"\\\"}",
	"${a}",
	"'';''",
	"\xc3\xbc",
	"\\ud83c\\udfb5",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"18446744073709551615",
	"yes",
	"/etc/passwd",
	"a b",
	"gpt",
	"uefi",
	"nvme",
};

/* Replaces `len` bytes at `at` by `with`. */
static inline void mutator_replace(struct str *s, size_t at, size_t len, const char *with, size_t n)
{
	struct str out = {0};

	str_addn(&out, s->len ? s->s : "", at);
	str_addn(&out, with, n);
	str_addn(&out, s->len ? s->s + at + len : "", s->len - at - len);
	str_clear(s);
	*s = out;
}

/* The content of one of the strings of a JSON text, as far as quotes tell. */
static inline void mutator_value(struct mutator *m, struct str *s)
{
	const char *value = mutator_values[mutator_below(m, ARRAY_SIZE(mutator_values))];
	size_t from = mutator_below(m, s->len), to;

	while (from < s->len && s->s[from] != '"')
		from++;
	to = from + 1;
	while (to < s->len && s->s[to] != '"')
		to++;
	if (to < s->len)
		mutator_replace(s, from + 1, to - from - 1, value, strlen(value));
}

/* A run of digits becomes another number. */
static inline void mutator_number(struct mutator *m, struct str *s)
{
	static const char *const numbers[] = {"0",
					      "1",
					      "64",
					      "4294967296",
					      "18446744073709551615",
					      "-1",
					      "512",
					      "99999999999999999999",
					      "0.5",
					      "1e3"};
	const char *n = numbers[mutator_below(m, ARRAY_SIZE(numbers))];
	size_t from = mutator_below(m, s->len), to;

	while (from < s->len && (s->s[from] < '0' || s->s[from] > '9'))
		from++;
	for (to = from; to < s->len && s->s[to] >= '0' && s->s[to] <= '9';)
		to++;
	if (to > from)
		mutator_replace(s, from, to - from, n, strlen(n));
}

static inline void mutate_once(struct mutator *m, struct str *s)
{
	const char *token = mutator_tokens[mutator_below(m, ARRAY_SIZE(mutator_tokens))];
	size_t at = mutator_below(m, s->len + 1), rest = s->len - at;
	size_t n = mutator_below(m, rest < 40 ? rest + 1 : 40);
	char byte = (char)mutator_next(m);

	switch (mutator_below(m, 12)) {
	case 0: mutator_replace(s, at, rest ? 1 : 0, &byte, 1); break;
	case 1: mutator_replace(s, at, 0, token, strlen(token)); break;
	case 2: mutator_replace(s, at, n, token, strlen(token)); break;
	case 3: mutator_replace(s, at, n, "", 0); break;
	case 4: mutator_replace(s, at, mutator_below(m, 8) ? 0 : rest, "", 0); break;
	case 5: {
		_cleanup_free_ char *copy = xmalloc(n + 1);

		memcpy(copy, s->len ? s->s + at : "", n);
		mutator_replace(s, at, 0, copy, n);
		break;
	}
	case 6: mutator_number(m, s); break;
	default: mutator_value(m, s); break;
	}
}

static inline void mutate(struct mutator *m, struct str *s)
{
	for (size_t n = 1 + mutator_below(m, 4); n > 0 && s->len < 65536; n--)
		mutate_once(m, s);
}

/* Ends the fuzzer with its input when something does not hold. */
static inline void must_hold(const struct mutator *m, bool holds, const char *what,
			     const char *input, size_t len)
{
	if (holds)
		return;
	fprintf(stderr, "%s: %s does not hold for these %zu bytes:\n", m->name, what, len);
	fwrite(input, 1, len, stderr);
	fputc('\n', stderr);
	abort();
}

/* Lines of UTF-8 that a terminal does nothing with but show them. */
static inline bool lines_are_safe(const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\n')
			*c = ' ';
	return str_is_safe(copy);
}
