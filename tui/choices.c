/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/choices.h"

#include <string.h>

static bool holds(const char *label, const char *word, size_t n)
{
	for (; *label; label++)
		if (strncasecmp(label, word, n) == 0)
			return true;
	return n == 0;
}

bool choice_matches(const struct choice *c, const char *part)
{
	while (*part) {
		size_t n = strcspn(part, " _");

		if (!holds(c->label, part, n))
			return false;
		part += n + (part[n] != '\0');
	}
	return true;
}
