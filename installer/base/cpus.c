/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cpus.h"

#include <stdlib.h>

#include "base/str.h"

size_t cpus_parse(const char *text, unsigned *cpus, size_t max)
{
	size_t n = 0;

	while (*text) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (end == text)
			break;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long c = first; c <= last && c < CPUS_MAX && n < max; c++)
			cpus[n++] = (unsigned)c;
		text = *end == ',' ? end + 1 : end;
		if (*end != ',')
			break;
	}
	return n;
}

char *cpus_text(struct arena *a, const unsigned *cpus, size_t count)
{
	struct str out = {0};
	char *copy;

	for (size_t i = 0; i < count;) {
		size_t j = i;

		while (j + 1 < count && cpus[j + 1] == cpus[j] + 1)
			j++;
		str_addf(&out, "%s%u", i ? "," : "", cpus[i]);
		if (j > i)
			str_addf(&out, "-%u", cpus[j]);
		i = j + 1;
	}
	copy = arena_strdup(a, str_get(&out));
	str_clear(&out);
	return copy;
}
