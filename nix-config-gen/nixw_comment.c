/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comment of Nix's "#" ends at a newline or a carriage return, and at nothing else (lexer.l). */
#include "nixw.h"

#include <string.h>

/* What one comment line takes of s: up to `room` cells, broken at a space when there is one. */
static size_t comment_line(const char *s, size_t len, size_t room)
{
	size_t cells = 0, space = 0;

	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		if (s[i] == ' ')
			space = i;
		if (++cells > room && space)
			return space;
	}
	return len;
}

/* One line of text (no newline in it) as one or more comment lines. */
static void comment_wrapped(struct nixw *w, const char *s, size_t len)
{
	size_t used = w->depth * NIXW_INDENT + 2;
	size_t room = used + 40 < NIXW_WIDTH ? NIXW_WIDTH - used : 40;

	do {
		size_t n, shown;

		for (; len && *s == ' '; s++)
			len--;
		n = comment_line(s, len, room);
		nixw_line(w);
		str_addc(&w->out, '#');
		for (shown = n; shown && s[shown - 1] == ' ';)
			shown--;
		if (shown)
			str_addc(&w->out, ' ');
		str_addn(&w->out, s, shown);
		str_addc(&w->out, '\n');
		s += n;
		len -= n;
	} while (len);
}

/* Only newlines are left of the control characters, and none of those at the end. */
static void comment_clean(struct str *clean, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n' || (c == '\r' && text[1] != '\n'))
			str_addc(clean, '\n');
		else if (c == '\t')
			str_addc(clean, ' ');
		else if (c >= 0x20 && c != 0x7f)
			str_addc(clean, *text);
	}
	while (clean->len && clean->s[clean->len - 1] == '\n')
		clean->s[--clean->len] = '\0';
}

void nixw_comment(struct nixw *w, const char *text)
{
	_cleanup_str_ struct str clean = {0};
	const char *line, *end;

	comment_clean(&clean, text ? text : "");
	if (!clean.len)
		return;
	for (line = str_get(&clean); line; line = *end ? end + 1 : NULL) {
		end = line + strcspn(line, "\n");
		comment_wrapped(w, line, (size_t)(end - line));
	}
	if (!str_ok(&clean))
		w->out.overflow = true;
}
