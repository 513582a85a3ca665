/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

void str_clear(struct str *s)
{
	free(s->s);
	*s = (struct str){.max = s->max};
}

static bool reserve(struct str *s, size_t more)
{
	size_t max = s->max ? s->max : STR_MAX_DEFAULT, want;

	if (s->overflow || more >= max - s->len) {
		s->overflow = true;
		return false;
	}
	if (s->len + more + 1 <= s->cap)
		return true;
	want = s->cap ? s->cap * 2 : 128;
	if (want < s->len + more + 1)
		want = s->len + more + 1;
	s->s = xrealloc(s->s, want);
	s->cap = want;
	return true;
}

void str_addn(struct str *s, const char *text, size_t n)
{
	if (!reserve(s, n))
		return;
	memcpy(s->s + s->len, text, n);
	s->len += n;
	s->s[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
	str_addn(s, &c, 1);
}

void str_addv(struct str *s, const char *fmt, va_list ap)
{
	_cleanup_free_ char *text = NULL;
	int n = vasprintf(&text, fmt, ap);

	if (n < 0) {
		text = NULL;
		s->overflow = true;
		return;
	}
	str_addn(s, text, (size_t)n);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_addv(s, fmt, ap);
	va_end(ap);
}

void str_pad(struct str *s, size_t column)
{
	size_t cells = 0;

	for (size_t i = s->len; i > 0 && s->s[i - 1] != '\n'; i--)
		/* Continuation bytes of UTF-8 take no cell of their own. */
		if (((unsigned char)s->s[i - 1] & 0xc0) != 0x80)
			cells++;
	while (cells++ < column)
		str_addc(s, ' ');
}

bool str_ok(const struct str *s)
{
	return !s->overflow;
}

const char *str_get(const struct str *s)
{
	return s->s ? s->s : "";
}

char *str_take(struct str *s)
{
	char *text = s->s ? s->s : xstrdup("");

	*s = (struct str){.max = s->max};
	return text;
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

size_t utf8_length(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	if (s[0] < 0x80)
		return s[0] != 0;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if ((s[0] & 0xf0) == 0xe0) {
		unsigned char low = s[0] == 0xe0 ? 0xa0 : 0x80, high = s[0] == 0xed ? 0x9f : 0xbf;

		return s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 ? 3 : 0;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		unsigned char low = s[0] == 0xf0 ? 0x90 : 0x80, high = s[0] == 0xf4 ? 0x8f : 0xbf;

		if (s[1] < low || s[1] > high)
			return 0;
		return (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80 ? 4 : 0;
	}
	return 0;
}

static uint32_t code_point(const unsigned char *s, size_t n)
{
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3fU);
	return c;
}

/* What terminals act on, and characters without a shape that change how what follows is shown:
 * controls (C1 too), separators of lines, zero-width ones, bidirectional controls, tags. */
static bool harmful(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},	  {0x7f, 0x9f},	    {0x61c, 0x61c},
		{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
		{0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Length of what can be shown at s, or 0. */
static size_t harmless(const char *s)
{
	size_t n;

	/* Nearly everything is plain: detection passes some ten thousand characters through here.
	 */
	if (*s >= 0x20 && *s < 0x7f)
		return 1;
	n = utf8_length(s);

	return n && !harmful(code_point((const unsigned char *)s, n)) ? n : 0;
}

bool str_is_safe(const char *s)
{
	for (size_t n; *s; s += n) {
		n = harmless(s);
		if (!n)
			return false;
	}
	return true;
}

void str_sanitise(char *s)
{
	char *to = s, *end = s + strlen(s);
	const char *from = s;

	while (isspace((unsigned char)*from))
		from++;
	while (end > from && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	while (*from) {
		size_t n = harmless(from);

		if (n == 0)
			*to = '?';
		else if (to != from)
			memmove(to, from, n);
		to += n ? n : 1;
		from += n ? n : 1;
	}
	*to = '\0';
}

void str_cut(char *s)
{
	size_t len = strlen(s), start = len;

	while (start > 0 && len - start < 3 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)s[start - 1] >= 0xc0 && utf8_length(s + start - 1) == 0)
		s[start - 1] = '\0';
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned str_distance(const char *a, const char *b)
{
	enum { MAX = 48 };
	unsigned d[MAX + 1][MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > MAX || m > MAX)
		return STR_DISTANCE_MAX;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			int x = tolower((unsigned char)a[i - 1]),
			    y = tolower((unsigned char)b[j - 1]);

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
				       d[i - 1][j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]) && d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	return d[n][m];
}

static const struct unit {
	const char *name;
	uint64_t bytes;
} units[] = {
	{"", 1},
	{"B", 1},
	{"K", 1ULL << 10},
	{"KiB", 1ULL << 10},
	{"KB", 1000},
	{"M", 1ULL << 20},
	{"MiB", 1ULL << 20},
	{"MB", 1000000},
	{"G", 1ULL << 30},
	{"GiB", 1ULL << 30},
	{"GB", 1000000000},
	{"T", 1ULL << 40},
	{"TiB", 1ULL << 40},
	{"TB", 1000000000000},
};

bool size_parse(const char *text, uint64_t *ret_bytes)
{
	uint64_t n = 0, bytes;

	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(n, 10U, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return false;
	if (text[0] == ' ' && text[1])
		text++;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(n, units[i].bytes, &bytes))
			return false;
		*ret_bytes = bytes;
		return true;
	}
	return false;
}

struct size_text size_text(uint64_t bytes)
{
	static const char *const names[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	struct size_text t;
	unsigned unit = 0;
	uint64_t whole = bytes, rest = 0;

	while (whole >= 1024 && unit + 1 < ARRAY_SIZE(names)) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (unit < 3)
		snprintf(t.s, sizeof(t.s), "%llu %s", (unsigned long long)whole, names[unit]);
	else
		/* Rounded down: a refusal must not claim room that is not there. */
		snprintf(t.s, sizeof(t.s), "%llu.%llu %s", (unsigned long long)whole,
			 (unsigned long long)(rest * 10 / 1024), names[unit]);
	return t;
}
