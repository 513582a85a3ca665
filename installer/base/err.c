/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "err.h"

#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "str.h"

__attribute__((format(printf, 4, 0))) static void
fill(struct err *e, enum err_code code, const char *hint, const char *fmt, va_list ap)
{
	*e = (struct err){.code = code};
	vsnprintf(e->what, sizeof(e->what), fmt, ap);
	str_cut(e->what);
	if (hint)
		snprintf(e->hint, sizeof(e->hint), "%s", hint);
	str_cut(e->hint);
}

int err_set(struct err *e, enum err_code code, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, code, hint, fmt, ap);
	va_end(ap);
	return -(int)code;
}

int err_errno(struct err *e, int errno_value, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_IO, hint, fmt, ap);
	va_end(ap);
	snprintf(e->why, sizeof(e->why), "%s", strerror(errno_value));
	return -ERR_IO;
}

int err_why(struct err *e, const char *fmt, ...)
{
	va_list ap;

	int len;

	va_start(ap, fmt);
	len = vsnprintf(e->why, sizeof(e->why), fmt, ap);
	va_end(ap);
	str_cut(e->why);
	if (len >= (int)sizeof(e->why)) {
		e->why[sizeof(e->why) - 4] = '\0';
		str_cut(e->why);
		memcpy(e->why + strlen(e->why), "...", sizeof("..."));
	}
	return -(int)e->code;
}

int err_context(struct err *e, const char *fmt, ...)
{
	char words[152], old[162];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	str_cut(words);
	/* What does not fit is the innermost detail; `why` still has its own room. */
	snprintf(old, sizeof(old), "%.161s", e->what);
	str_cut(old);
	snprintf(e->what, sizeof(e->what), "%s: %s", words, old);
	return -(int)e->code;
}

char *err_text(const struct err *e)
{
	if (e->why[0])
		return xasprintf("%s: %s", e->what, e->why);
	return xstrdup(e->what);
}

const char *err_code_name(enum err_code code)
{
	static const char *const names[] = {
		[ERR_NONE] = "none",	   [ERR_INTERNAL] = "internal",
		[ERR_IO] = "io",	   [ERR_NOT_FOUND] = "not-found",
		[ERR_INVALID] = "invalid", [ERR_TOO_SMALL] = "too-small",
		[ERR_BUSY] = "busy",	   [ERR_MISMATCH] = "mismatch",
		[ERR_TOOL] = "tool",	   [ERR_UNSUPPORTED] = "unsupported",
		[ERR_NETWORK] = "network", [ERR_CANCELLED] = "cancelled",
	};

	return (size_t)code < ARRAY_SIZE(names) && names[code] ? names[code] : "unknown";
}
