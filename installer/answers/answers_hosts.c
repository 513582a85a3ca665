/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file for many machines: overrides for those that match, and what is still asked there. */
#include <ctype.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "answers/parsing.h"
#include "base/str.h"

static bool same_mac(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a == '-' || *a == ':'
			    ? *b != '-' && *b != ':'
			    : tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
	return *a == *b;
}

static bool is_mac(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (i % 3 == 2 ? text[i] != ':' && text[i] != '-'
			       : !isxdigit((unsigned char)text[i]))
			return false;
	return n == 17;
}

static bool has_mac(const struct facts *f, const char *value)
{
	for (size_t i = 0; i < f->networks.count; i++)
		if (f->networks.items[i].mac && same_mac(f->networks.items[i].mac, value))
			return true;
	return false;
}

static bool same_word(const char *a, const char *b)
{
	return a && strcasecmp(a, b) == 0;
}

static bool has_serial(const struct facts *f, const char *value)
{
	return same_word(f->board.serial, value);
}

static bool has_uuid(const struct facts *f, const char *value)
{
	return same_word(f->board.uuid, value);
}

static bool has_board(const struct facts *f, const char *value)
{
	_cleanup_arena_ struct arena *a = arena_new();

	for (size_t i = 0; i < f->board.compatible.count; i++)
		if (same_word(f->board.compatible.items[i], value))
			return true;
	return same_word(facts_board(f, a), value) || same_word(f->board.model, value);
}

/* What an entry may be known by. `one`: no two entries can mean the same machine by it. */
static const struct {
	const char *key;
	bool (*has)(const struct facts *f, const char *value);
	bool (*valid)(const char *text);
	const char *allowed;
	bool one;
} selectors[] = {
	{"mac", has_mac, is_mac, "six pairs of hexadecimal digits: \"52:54:00:12:34:56\"", true},
	{"serial", has_serial, NULL, "the serial number as archibald detect --json has it", true},
	{"uuid", has_uuid, NULL, "the UUID as archibald detect --json has it", true},
	{"board", has_board, NULL, "a board's name (\"orangepi5\"), model or compatible", false},
};

struct matching {
	struct parsing *p;
	const struct facts *f;
	size_t index;		   /* into selectors */
	bool matches;		   /* of one selector */
	struct json_object **seen; /* by selector: its values so far, with their entry's number */
	size_t number;		   /* of this entry */
};

/* What fits the same machine has the same text. */
static char *plain(const char *text, bool mac)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		*c = mac && *c == '-' ? ':' : (char)tolower((unsigned char)*c);
	return copy;
}

/* An earlier entry for the same machine: one of the two is a mistake. */
static bool taken(const struct matching *m, const char *text)
{
	_cleanup_free_ char *name = plain(text, selectors[m->index].has == has_mac);
	struct json_object *number;

	if (json_object_object_get_ex(m->seen[m->index], name, &number))
		return json_object_get_uint64(number) != m->number;
	json_object_object_add(m->seen[m->index], name, json_object_new_uint64(m->number));
	return false;
}

static void take_selector(struct matching *m, struct json_object *value, const char *path)
{
	_cleanup_str_ struct str text = {0};
	const char *said = json_object_is_type(value, json_type_string)
				   ? json_object_get_string(value)
				   : NULL;

	if (!said || !said[0] || (selectors[m->index].valid && !selectors[m->index].valid(said))) {
		str_addf(&text, "cannot be used; allowed: %s, or a list of such",
			 selectors[m->index].allowed);
		problem_at(m->p, path, str_get(&text));
		return;
	}
	if (selectors[m->index].one && taken(m, said))
		problem_at(m->p, path, "stands in an entry before; one of the two is a mistake");
	m->matches |= m->f && selectors[m->index].has(m->f, said);
}

static void take_selectors(struct matching *m, struct json_object *value, const char *path)
{
	if (!json_object_is_type(value, json_type_array)) {
		take_selector(m, value, path);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		_cleanup_free_ char *at = xasprintf("%s[%zu]", path, i);

		take_selector(m, json_object_array_get_idx(value, i), at);
	}
}

/* Every selector must fit, by one of its values. */
static bool take_match(struct matching *m, struct json_object *match)
{
	bool all = true;

	if (!json_object_is_type(match, json_type_object) || !json_object_object_length(match)) {
		problem_at(m->p, "match", "must be an object with mac, serial, uuid or board");
		return false;
	}
	json_object_object_foreach(match, key, value)
	{
		_cleanup_free_ char *path = xasprintf("match.%s", key);
		size_t i = 0;

		while (i < ARRAY_SIZE(selectors) && !str_eq(key, selectors[i].key))
			i++;
		if (i == ARRAY_SIZE(selectors)) {
			problem_at(m->p, path, "is none of mac, serial, uuid and board");
			continue;
		}
		m->index = i;
		m->matches = false;
		take_selectors(m, value, path);
		all = all && m->matches;
	}
	return all;
}

/* Ways to say the same: an entry that says it has its own way, and the common one is gone. */
static const char *const ways[][4] = {
	{"users.audioUser.password", "users.audioUser.passwordHash",
	 "users.audioUser.passwordFile"},
	{"disk.path", "disk.match"},
	{"encryption.passphrase", "encryption.passphraseFile"},
};

bool other_way_rejected(const struct answers *a, const struct question *q)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		bool one = false, rejected = false;

		for (const char *const *key = ways[i]; *key; key++) {
			const struct question *way = question_find(*key);

			one = one || way == q;
			rejected = rejected || a->rejected[question_index(way)];
		}
		if (one && rejected)
			return true;
	}
	return false;
}

static bool has_key(struct json_object *entry, const char *key)
{
	const char *dot;

	for (; (dot = strchr(key, '.')); key = dot + 1) {
		_cleanup_free_ char *part = xasprintf("%.*s", (int)(dot - key), key);

		if (!json_object_is_type(entry, json_type_object) ||
		    !json_object_object_get_ex(entry, part, &entry))
			return false;
	}
	return json_object_is_type(entry, json_type_object) &&
	       json_object_object_get_ex(entry, key, NULL);
}

static void drop_other_ways(struct answers *a, struct json_object *entry)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		bool said = false;

		for (const char *const *key = ways[i]; *key; key++)
			said = said || has_key(entry, *key);
		for (const char *const *key = ways[i]; said && *key; key++)
			if (question_find(*key))
				answer_clear(a, question_find(*key));
	}
}

/* What is not for this machine is checked all the same, into answers that nobody uses. */
static void take_entry(struct parsing *p, struct json_object *hosts, size_t number,
		       const struct facts *f, struct json_object **seen)
{
	_cleanup_free_ char *base = xasprintf("hosts[%zu].", number);
	_cleanup_answers_ struct answers *unused = answers_new();
	struct json_object *entry = json_object_array_get_idx(hosts, number), *match = NULL;
	struct parsing inner = *p;
	struct matching m = {.p = &inner, .f = f, .seen = seen, .number = number};

	inner.base = base;
	if (!json_object_is_type(entry, json_type_object)) {
		_cleanup_free_ char *path = xasprintf("hosts[%zu]", number);

		problem_at(p, path, "must be an object with \"match\" and answers");
		return;
	}
	if (!json_object_object_get_ex(entry, "match", &match)) {
		_cleanup_free_ char *path = xasprintf("hosts[%zu]", number);

		problem_at(p, path, "has no \"match\": for which machine is it?");
	} else if (take_match(&m, match)) {
		p->answers->host_found = true;
		drop_other_ways(p->answers, entry);
	} else {
		inner.answers = unused;
	}
	take_object(&inner, entry, "");
}

void take_hosts(struct parsing *p, struct json_object *hosts, const struct facts *f)
{
	struct json_object *seen[ARRAY_SIZE(selectors)];

	if (!json_object_is_type(hosts, json_type_array)) {
		problem_at(p, "hosts", "must be a list of objects with \"match\" and answers");
		return;
	}
	p->answers->hosts_given = true;
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++)
		seen[i] = json_object_new_object();
	for (size_t i = 0; i < json_object_array_length(hosts); i++)
		take_entry(p, hosts, i, f, seen);
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++)
		json_object_put(seen[i]);
}

/* The questions of a key or section; how many a person can be asked of. */
static size_t mark_asked(struct answers *a, const char *name)
{
	size_t n = strlen(name), count = 0;

	for (size_t i = 0; i < question_count; i++) {
		const char *key = questions[i].key;

		if (strncmp(key, name, n) != 0 || (key[n] && key[n] != '.') || questions[i].quiet)
			continue;
		a->asks[i] = true;
		a->asks_itself[i] |= !key[n];
		count++;
	}
	return count;
}

static void take_asked(struct parsing *p, struct json_object *item, const char *path)
{
	const char *name;

	if (!json_object_is_type(item, json_type_string)) {
		problem_at(p, path, "must be a key or section in a string: \"disk\"");
		return;
	}
	name = json_object_get_string(item);
	if (mark_asked(p->answers, name))
		return;
	if (question_find(name) || is_section(name))
		problem_at(p, path, "is never asked: answer it in the file");
	else
		problem_at(p, path, "is no key or section of an answer file");
}

void take_ask(struct parsing *p, struct json_object *list)
{
	if (!json_object_is_type(list, json_type_array)) {
		problem_at(p, "ask", "must be a list of keys or sections: [\"disk\", \"users\"]");
		return;
	}
	p->answers->ask_given = true;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		_cleanup_free_ char *path = xasprintf("ask[%zu]", i);

		take_asked(p, json_object_array_get_idx(list, i), path);
	}
}
