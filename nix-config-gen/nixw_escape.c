/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules are those of Nix's own lexer (src/libexpr/lexer.l):
 *   "..."    \n \r \t, and \ before any other byte gives that byte; `${` begins an expression.
 *            A carriage return that is not escaped becomes a newline.
 *   $$       is two dollars and takes the second one away from a `{` behind it: "$${" is text,
 *            "$$${" is not. A `\$` before each `{` is right whatever stands in front of it.
 */
#include "nixw.h"

#include <string.h>

#include "base/mem.h"

static const char *escape(const char *s)
{
	switch (*s) {
	case '"': return "\\\"";
	case '\\': return "\\\\";
	case '\n': return "\\n";
	case '\r': return "\\r";
	case '\t': return "\\t";
	case '$': return s[1] == '{' ? "\\$" : NULL;
	default: return NULL;
	}
}

void nixw_escape_string(struct str *out, const char *text)
{
	str_addc(out, '"');
	for (; *text; text++) {
		const char *e = escape(text);

		if (e)
			str_add(out, e);
		else
			str_addc(out, *text);
	}
	str_addc(out, '"');
}

static bool is_keyword(const char *name)
{
	/* `or` is one only behind a selection, and quoted for the reader's sake. */
	static const char *const keyword[] = {"assert", "else", "if",  "in",   "inherit",
					      "let",	"or",	"rec", "then", "with"};

	for (size_t i = 0; i < ARRAY_SIZE(keyword); i++)
		if (str_eq(name, keyword[i]))
			return true;
	return false;
}

/* [a-zA-Z_][a-zA-Z0-9_'-]* and not a keyword. ASCII on purpose: isalpha() asks the locale. */
static bool is_identifier(const char *name)
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				  "0123456789'-";
	static const size_t first = 26 + 26 + 1;

	if (!*name || !memchr(all, *name, first))
		return false;
	return name[strspn(name, all)] == '\0' && !is_keyword(name);
}

void nixw_escape_name(struct str *out, const char *name)
{
	if (is_identifier(name))
		str_add(out, name);
	else
		nixw_escape_string(out, name);
}
