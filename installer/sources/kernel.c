/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/str.h"
#include "sources/sources.h"

/* The end of the word at s, as the kernel splits them: double quotes hold spaces together. */
static const char *word_end(const char *s)
{
	bool quoted = false;

	for (; *s && (quoted || !strchr(" \t\n", *s)); s++)
		if (*s == '"')
			quoted = !quoted;
	return s;
}

static const char *without_quotes(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_strndup(a, s, n), *to = copy;

	for (const char *from = copy; *from; from++)
		if (*from != '"')
			*to++ = *from;
	*to = '\0';
	return copy;
}

const char *kernel_word(const struct sys *s, struct arena *a, const char *name)
{
	char *text = sys_slurp(s, a, "proc/cmdline", 64 * 1024, NULL);
	size_t n = strlen(name);
	const char *found = NULL;

	for (const char *at = text; at && *at;) {
		const char *end = word_end(at), *word = without_quotes(a, at, (size_t)(end - at));

		if (strncmp(word, name, n) == 0 && (word[n] == '=' || !word[n]))
			found = word[n] ? word + n + 1 : "";
		at = *end ? end + 1 : end;
	}
	return found;
}

bool kernel_unattended(const struct sys *s)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const char *value = kernel_word(s, a, "archibald.unattended");

	/* Nothing but the plain word and its plainest form: agreement is not guessed. */
	return value && (!value[0] || str_eq(value, "1"));
}
