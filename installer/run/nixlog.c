/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/nixlog.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define PREFIX "@nix "

enum activity_type {
	ACTIVITY_COPY_PATH = 100,     /* its progress is in bytes, unpacked */
	ACTIVITY_FILE_TRANSFER = 101, /* in packed bytes, of what a copy is at as well */
	ACTIVITY_COPY_PATHS = 103,    /* its progress is in paths */
	ACTIVITY_BUILDS = 104,
	ACTIVITY_QUERY_PATH_INFO = 109,
};
enum result_type {
	RESULT_BUILD_LINE = 101,
	RESULT_SET_PHASE = 104,
	RESULT_PROGRESS = 105,
	RESULT_SET_EXPECTED = 106,
	RESULT_POST_BUILD_LINE = 107,
	RESULT_FETCH_STATUS = 108,
};
enum { LEVEL_INFO = 3, NAME_BYTES = 96 };

struct count {
	uint64_t done, expected;
};

struct activity {
	uint64_t id;
	int64_t type;
	struct count own;
	uint64_t expected_bytes; /* announced by it, of copies */
	char *text;		 /* what it is; NULL: nothing is said */
};

struct nixlog {
	struct activity *live; /* in the order of their beginning */
	size_t count, capacity;
	/* Of activities that are over. */
	struct count past_paths, past_builds;
	uint64_t past_bytes;
	struct str log, text;
};

struct nixlog *nixlog_new(void)
{
	return xcalloc(1, sizeof(struct nixlog));
}

struct nixlog *nixlog_free(struct nixlog *n)
{
	if (n) {
		for (size_t i = 0; i < n->count; i++)
			free(n->live[i].text);
		free(n->live);
		str_clear(&n->log);
		str_clear(&n->text);
	}
	free(n);
	return NULL;
}

/* --- JSON ------------------------------------------------------------------------------------ */

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string)
		       ? json_object_get_string(v)
		       : NULL;
}

static bool number_of(struct json_object *o, const char *key, uint64_t *ret)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int))
		return false;
	*ret = json_object_get_uint64(v);
	return true;
}

static struct json_object *field_of(struct json_object *o, size_t i)
{
	struct json_object *fields;

	if (!json_object_object_get_ex(o, "fields", &fields) ||
	    !json_object_is_type(fields, json_type_array))
		return NULL;
	return json_object_array_get_idx(fields, i);
}

static uint64_t field_number(struct json_object *o, size_t i)
{
	struct json_object *v = field_of(o, i);

	return v && json_object_is_type(v, json_type_int) ? json_object_get_uint64(v) : 0;
}

/* --- activities ------------------------------------------------------------------------------ */

static struct activity *find(struct nixlog *n, uint64_t id)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->live[i].id == id)
			return &n->live[i];
	return NULL;
}

static void begin(struct nixlog *n, uint64_t id, int64_t type, char *text)
{
	if (n->count == n->capacity) {
		n->capacity = n->capacity ? n->capacity * 2 : 64;
		n->live = xrealloc(n->live, n->capacity * sizeof(*n->live));
	}
	n->live[n->count++] = (struct activity){.id = id, .type = type, .text = text};
}

static void add(struct count *sum, const struct count *c)
{
	sum->done += c->done;
	sum->expected += c->expected;
}

static void end(struct nixlog *n, struct activity *a)
{
	if (a->type == ACTIVITY_COPY_PATHS)
		add(&n->past_paths, &a->own);
	if (a->type == ACTIVITY_BUILDS)
		add(&n->past_builds, &a->own);
	if (a->type == ACTIVITY_COPY_PATH)
		n->past_bytes += a->own.done;
	free(a->text);
	n->count--;
	memmove(a, a + 1, (size_t)(n->live + n->count - a) * sizeof(*a));
}

/* How a path comes, and what is asked about it, says less than which one it is. */
static bool is_detail(const struct activity *a)
{
	return a->type == ACTIVITY_FILE_TRANSFER || a->type == ACTIVITY_QUERY_PATH_INFO;
}

/* What was begun last of what is not over. */
static const char *now(const struct nixlog *n)
{
	const char *detail = "";

	for (size_t i = n->count; i-- > 0;) {
		const struct activity *a = &n->live[i];

		if (a->text && !is_detail(a))
			return a->text;
		if (a->text && !detail[0])
			detail = a->text;
	}
	return detail;
}

/* --- what is said ---------------------------------------------------------------------------- */

/* Without the escape sequences that colour it, safe to show. */
static void log_text(struct nixlog *n, const char *prefix, const char *text)
{
	str_add(&n->log, prefix);
	for (; *text; text++) {
		if (*text != '\033') {
			str_addc(&n->log, *text == '\n' || *text == '\t' ? ' ' : *text);
			continue;
		}
		if (text[1] == '[')
			for (text += 2; *text && (*text < '@' || *text > '~');)
				text++;
		if (!*text)
			break;
	}
	if (n->log.len)
		str_sanitise(n->log.s);
}

/* "building '/nix/store/HASH-linux-6.12.drv'" without the directory and the hash. */
static char *short_text(const char *text)
{
	const char *path = strstr(text, "/nix/store/");
	const char *name = path && strlen(path) > 44 ? path + 44 : NULL;
	ptrdiff_t before = path ? path - text : 0;
	char *ret = name ? xasprintf("%.*s%.*s", before < NAME_BYTES ? (int)before : 0, text,
				     NAME_BYTES - 1, name)
			 : xasprintf("%.*s", NAME_BYTES, text);

	str_cut(ret);
	str_sanitise(ret);
	return ret;
}

static void add_count(struct str *s, const struct count *c, const char *what)
{
	if (c->expected)
		str_addf(s, "%s%llu of %llu %s", s->len ? ", " : "", (unsigned long long)c->done,
			 (unsigned long long)c->expected, what);
}

static void describe(struct nixlog *n, struct nixlog_says *ret)
{
	struct count paths = n->past_paths, builds = n->past_builds, bytes = {n->past_bytes, 0};

	for (size_t i = 0; i < n->count; i++) {
		const struct activity *a = &n->live[i];

		if (a->type == ACTIVITY_COPY_PATHS)
			add(&paths, &a->own);
		if (a->type == ACTIVITY_BUILDS)
			add(&builds, &a->own);
		if (a->type == ACTIVITY_COPY_PATH)
			bytes.done += a->own.done;
		bytes.expected += a->expected_bytes;
	}
	str_clear(&n->text);
	add_count(&n->text, &paths, "paths");
	if (bytes.done)
		str_addf(&n->text, "%s%s", n->text.len ? ", " : "", size_text(bytes.done).s);
	if (bytes.done && bytes.expected > bytes.done)
		str_addf(&n->text, " of %s", size_text(bytes.expected).s);
	add_count(&n->text, &builds, "builds");
	ret->text = str_get(&n->text);
	ret->item = now(n);
	ret->bytes = bytes.done;
	ret->bytes_total = bytes.expected > bytes.done ? bytes.expected : 0;
	ret->done = paths.done + builds.done;
	ret->total = paths.expected + builds.expected;
}

/* --- messages: true when it was understood ---------------------------------------------------- */

static bool on_start(struct nixlog *n, struct json_object *o, struct nixlog_says *ret)
{
	const char *text = text_of(o, "text");
	uint64_t id, type, level;

	if (!number_of(o, "id", &id) || !number_of(o, "type", &type))
		return false;
	begin(n, id, (int64_t)type, text && text[0] ? short_text(text) : NULL);
	if (!text || !text[0])
		return true;
	ret->moved = true;
	if (number_of(o, "level", &level) && level <= LEVEL_INFO)
		log_text(n, "", text);
	return true;
}

static bool on_stop(struct nixlog *n, struct json_object *o, struct nixlog_says *ret)
{
	struct activity *a;
	uint64_t id;

	if (!number_of(o, "id", &id))
		return false;
	a = find(n, id);
	ret->moved = a && a->text;
	if (a)
		end(n, a);
	return true;
}

static void on_expected(struct activity *a, struct json_object *o)
{
	/* What is said of transfers is the same, packed. */
	if (field_number(o, 0) == ACTIVITY_COPY_PATH)
		a->expected_bytes = field_number(o, 1);
}

static bool on_result(struct nixlog *n, struct json_object *o, struct nixlog_says *ret)
{
	struct json_object *first = field_of(o, 0);
	struct activity *a;
	uint64_t id, type;

	if (!number_of(o, "id", &id) || !number_of(o, "type", &type))
		return false;
	a = find(n, id);
	switch (type) {
	case RESULT_BUILD_LINE:
	case RESULT_POST_BUILD_LINE:
		log_text(n, "> ", first ? json_object_get_string(first) : "");
		return first != NULL;
	case RESULT_PROGRESS:
		if (a)
			a->own = (struct count){field_number(o, 0), field_number(o, 1)};
		ret->moved = true;
		return true;
	case RESULT_SET_EXPECTED:
		if (a)
			on_expected(a, o);
		return true;
	case RESULT_SET_PHASE:
	case RESULT_FETCH_STATUS: return true;
	default: return false;
	}
}

static bool on_message(struct nixlog *n, struct json_object *o)
{
	const char *text = text_of(o, "msg");

	if (text)
		log_text(n, "", text);
	return text != NULL;
}

static bool understand(struct nixlog *n, struct json_object *o, struct nixlog_says *ret)
{
	const char *action = text_of(o, "action");

	if (str_eq(action, "start"))
		return on_start(n, o, ret);
	if (str_eq(action, "stop"))
		return on_stop(n, o, ret);
	if (str_eq(action, "result"))
		return on_result(n, o, ret);
	return str_eq(action, "msg") && on_message(n, o);
}

struct nixlog_says nixlog_line(struct nixlog *n, const char *line)
{
	struct nixlog_says ret = {0};
	struct json_object *o = NULL;
	bool understood = false;

	str_clear(&n->log);
	if (str_starts(line, PREFIX))
		o = json_tokener_parse(line + strlen(PREFIX));
	if (o && json_object_is_type(o, json_type_object))
		understood = understand(n, o, &ret);
	if (!understood) {
		str_clear(&n->log);
		log_text(n, "", line);
	}
	describe(n, &ret);
	ret.log = n->log.len ? n->log.s : NULL;
	json_object_put(o);
	return ret;
}
