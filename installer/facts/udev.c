/* SPDX-License-Identifier: GPL-3.0-or-later */
/* udev's database: one text file per device, "S:link" and "E:KEY=value" lines. libudev reads only
 * the live one, so a recorded root could not be replayed with it. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "facts/probe.h"

bool udev_read(const struct sys *s, struct arena *a, uint32_t major, uint32_t minor,
	       struct udev_data *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "run/udev/data/b%u:%u", major, minor);
	ret->text = sys_slurp(s, a, path, 64 * 1024, &ret->len);
	return ret->text != NULL;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

/* udev writes what is not plain as \xHH (udev_util_encode_string). */
static void decode(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x' && hex_digit(s[2]) >= 0 && hex_digit(s[3]) >= 0) {
			char c = (char)(hex_digit(s[2]) * 16 + hex_digit(s[3]));

			*to++ = c ? c : '?';
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

char *udev_get(const struct udev_data *u, struct arena *a, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = u->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!str_starts(line, "E:") || strncmp(line + 2, key, n) != 0 || line[2 + n] != '=')
			continue;
		const char *value = line + 3 + n;
		char *copy = arena_strndup(a, value, strcspn(value, "\n"));

		decode(copy);
		str_sanitise(copy);
		return copy[0] ? copy : NULL;
	}
	return NULL;
}

unsigned by_id_rank(const char *name)
{
	/* Model and serial are what is printed on the disk; numbers alone say nothing to a
	 * person, and names that change with the port are no identity. */
	static const struct {
		const char *prefix;
		unsigned rank;
	} ranks[] = {
		{"nvme-eui.", 3}, {"nvme-nvme.", 2}, {"nvme-uuid.", 2}, {"wwn-", 2}, {"scsi-3", 2},
		{"scsi-0", 3},	  {"lvm-", 0},	     {"dm-", 0},	{"md-", 0},  {"raid-", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranks); i++)
		if (str_starts(name, ranks[i].prefix))
			return ranks[i].rank;
	return 4;
}

/* A by-id name with "_1" at its end is the namespace-qualified twin of a shorter one. */
static bool better(const char *name, unsigned rank, const char *best, unsigned best_rank)
{
	if (rank != best_rank)
		return rank > best_rank;
	return strlen(name) < strlen(best) ||
	       (strlen(name) == strlen(best) && strcmp(name, best) < 0);
}

struct strings udev_links(const struct udev_data *u, struct arena *a)
{
	struct strings links = {0};

	for (const char *line = u->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!str_starts(line, "S:disk/by-id/") && !str_starts(line, "S:disk/by-path/"))
			continue;
		size_t len = strcspn(line, "\n"), plain = 0;

		/* A name that is not plain could not be typed or compared; it is no identity. */
		while (plain < len && isgraph((unsigned char)line[plain]))
			plain++;
		if (plain == len)
			*list_push(a, &links) = arena_printf(a, "/dev/%.*s", (int)len - 2,
							     line + 2);
	}
	return links;
}

char *best_link(const struct strings *links)
{
	static const char prefix[] = "/dev/disk/by-id/";
	char *best = NULL;
	unsigned best_rank = 0;

	for (size_t i = 0; i < links->count; i++) {
		char *link = links->items[i];
		unsigned rank = str_starts(link, prefix) ? by_id_rank(link + strlen(prefix)) : 0;

		if (rank && (!best || better(link, rank, best, best_rank))) {
			best = link;
			best_rank = rank;
		}
	}
	return best;
}
