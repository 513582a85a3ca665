/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "answers/answers.h"
#include "answers/parsing.h"
#include "answers/positions.h"
#include "base/record.h"
#include "base/str.h"

/* Where the value of this path stands in the whole file. */
static const struct position *place_of(const struct parsing *p, const char *path)
{
	_cleanup_free_ char *whole = xasprintf("%s%s", p->base, path);

	return positions_find(&p->positions, whole);
}

void problem_at(struct parsing *p, const char *path, const char *text)
{
	_cleanup_free_ char *whole = xasprintf("%s%s", p->base, path);
	const struct position *at = positions_find(&p->positions, whole);

	problem_add(p->problems, at ? at->line : 0, at ? at->column : 0, whole[0] ? whole : NULL,
		    "%s", text);
}

bool is_section(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < question_count; i++)
		if (strncmp(questions[i].key, path, n) == 0 && questions[i].key[n] == '.')
			return true;
	return false;
}

void unknown_key(struct parsing *p, const char *path)
{
	_cleanup_str_ struct str text = {0};
	const char *best = NULL;
	unsigned least = 3 + (unsigned)strlen(path) / 5;

	for (size_t i = 0; i < question_count; i++) {
		const char *last = strrchr(questions[i].key, '.');
		unsigned d = str_distance(path, questions[i].key), tail;

		/* The right word in the wrong place is near, too. */
		tail = last ? str_distance(path, last + 1) + 1 : STR_DISTANCE_MAX;
		d = tail < d ? tail : d;
		if (d < least) {
			least = d;
			best = questions[i].key;
		}
	}
	str_add(&text, "is not a key of an answer file");
	if (best)
		str_addf(&text, "; did you mean \"%s\"?", best);
	problem_at(p, path, str_get(&text));
}

static const struct {
	enum json_type json;
	const char *wanted;
} json_of_type[] = {
	[Q_TEXT] = {json_type_string, "a string"},
	[Q_CHOICE] = {json_type_string, "a string"},
	[Q_BOOL] = {json_type_boolean, "true or false"},
	[Q_NUMBER] = {json_type_int, "a whole number"},
	[Q_SIZE] = {json_type_string, "a size in a string (\"8 GiB\") or a number of bytes"},
	[Q_TEXTS] = {json_type_array, "a list of strings"},
	[Q_SECRET] = {json_type_string, "a string"},
	[Q_RULES] = {json_type_object, "an object, or a list of objects"},
	[Q_HOOKS] = {json_type_array, "a list of hooks"},
	[Q_USES] = {json_type_array, "a list of objects"},
};

static void wrong_type(struct parsing *p, const struct question *q, const char *wanted,
		       const char *path)
{
	_cleanup_str_ struct str text = {0};

	p->answers->rejected[question_index(q)] = true;
	str_addf(&text, "must be %s; allowed: %s", wanted, q->allowed);
	problem_at(p, path, str_get(&text));
}

/* A string that ends at a NUL would say less than the file does. */
static bool has_nul(struct json_object *v)
{
	return json_object_is_type(v, json_type_string) &&
	       strlen(json_object_get_string(v)) != (size_t)json_object_get_string_len(v);
}

/* Of all strings, whoever reads them. A key cannot hold one: see find_faulty_keys(). */
static void find_nuls(struct parsing *p, struct json_object *v, const char *path)
{
	if (has_nul(v))
		problem_at(p, path, "holds a NUL character");
	for (size_t i = 0;
	     json_object_is_type(v, json_type_array) && i < json_object_array_length(v); i++) {
		_cleanup_free_ char *at = xasprintf("%s[%zu]", path, i);

		find_nuls(p, json_object_array_get_idx(v, i), at);
	}
	if (!json_object_is_type(v, json_type_object))
		return;
	json_object_object_foreach(v, key, value)
	{
		_cleanup_free_ char *at = xasprintf("%s%s%s", path, path[0] ? "." : "", key);

		find_nuls(p, value, at);
	}
}

static void refuse_value(struct parsing *p, const struct question *q, const char *path,
			 const char *why)
{
	p->answers->rejected[question_index(q)] = true;
	problem_at(p, path, why);
}

static void take_list(struct parsing *p, const struct question *q, struct json_object *v,
		      const char *path)
{
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *item = json_object_array_get_idx(v, i);
		_cleanup_free_ char *at = xasprintf("%s[%zu]", path, i);
		_cleanup_str_ struct str why = {0};

		if (!json_object_is_type(item, json_type_string))
			wrong_type(p, q, "a string", at);
		else if (has_nul(item))
			p->answers->rejected[question_index(q)] = true; /* said already */
		else if (!answer_add(p->answers, q, json_object_get_string(item), &why))
			refuse_value(p, q, at, str_get(&why));
	}
}

static void take_rules(struct parsing *p, const struct question *q, struct json_object *v,
		       const char *path)
{
	struct disk_rules *at = (struct disk_rules *)((char *)p->answers + q->offset);
	_cleanup_str_ struct str why = {0};

	if (disk_rules_parse(v, p->answers->arena, at, &why))
		p->answers->given[question_index(q)] = true;
	else
		refuse_value(p, q, path, str_get(&why));
}

/* Where hooks_parse() says what is wrong, and asks where something stands. */
struct hooks_place {
	struct parsing *p;
	const char *path;
};

static void hooks_problem(void *ctx, const char *path, const char *text)
{
	const struct hooks_place *at = ctx;
	_cleanup_free_ char *whole = xasprintf("%s%s", at->path, path);

	problem_at(at->p, whole, text);
}

static void hooks_where(void *ctx, const char *path, unsigned *line, unsigned *column)
{
	const struct hooks_place *at = ctx;
	_cleanup_free_ char *whole = xasprintf("%s%s", at->path, path);
	const struct position *found = place_of(at->p, whole);

	*line = found ? found->line : 0;
	*column = found ? found->column : 0;
}

static void take_hooks(struct parsing *p, const struct question *q, struct json_object *v,
		       const char *path)
{
	struct hooks *at = (struct hooks *)((char *)p->answers + q->offset);
	struct hooks_place place = {p, path};
	const struct hooks_reader reader = {&place, hooks_problem, hooks_where};

	if (hooks_parse(v, p->answers->arena, at, &reader))
		p->answers->given[question_index(q)] = true;
	else
		p->answers->rejected[question_index(q)] = true;
}

static void take_uses(struct parsing *p, const struct question *q, struct json_object *v,
		      const char *path)
{
	struct partition_uses *at = (struct partition_uses *)((char *)p->answers + q->offset);
	_cleanup_str_ struct str why = {0};

	if (partition_uses_parse(v, p->answers->arena, at, &why))
		p->answers->given[question_index(q)] = true;
	else
		refuse_value(p, q, path, str_get(&why));
}

/* A machine's own list stands in place of the common one. */
static void replace_list(struct parsing *p, const struct question *q, struct json_object *v,
			 const char *path)
{
	answer_clear(p->answers, q);
	take_list(p, q, v, path);
}

static void take_value(struct parsing *p, const struct question *q, struct json_object *v,
		       const char *path)
{
	_cleanup_str_ struct str why = {0};
	bool fits = json_object_is_type(v, json_of_type[q->type].json) ||
		    (q->type == Q_SIZE && json_object_is_type(v, json_type_int)) ||
		    (q->type == Q_RULES && json_object_is_type(v, json_type_array));

	p->answers->own[question_index(q)] |= p->base[0] != '\0';
	if (!fits)
		wrong_type(p, q, json_of_type[q->type].wanted, path);
	else if (has_nul(v))
		p->answers->rejected[question_index(q)] = true; /* said already */
	else if (q->type == Q_TEXTS)
		replace_list(p, q, v, path);
	else if (q->type == Q_RULES)
		take_rules(p, q, v, path);
	else if (q->type == Q_HOOKS)
		take_hooks(p, q, v, path);
	else if (q->type == Q_USES)
		take_uses(p, q, v, path);
	else if (!answer_set(p->answers, q, json_object_get_string(v), &why))
		refuse_value(p, q, path, str_get(&why));
	else if (q->in_file)
		*(bool *)((char *)p->answers + q->in_file) = true;
}

static void take_version(struct parsing *p, struct json_object *v)
{
	if (!json_object_is_type(v, json_type_int) || json_object_get_int64(v) != ANSWERS_VERSION)
		problem_at(p, "version",
			   "must be 1, the version of answer files that this program reads");
}

/* The keys that are no questions: those of the file, and those of an entry of its hosts. */
static bool takes_frame(struct parsing *p, const char *path, struct json_object *value)
{
	if (p->base[0])
		return str_eq(path, "match");
	if (str_eq(path, "version"))
		take_version(p, value);
	else if (str_eq(path, "ask"))
		take_ask(p, value);
	/* The hosts stand on top of everything else, wherever they are written; "$schema" is how
	 * editors are told of the schema. */
	else if (!str_eq(path, "hosts") && !str_eq(path, "$schema"))
		return false;
	return true;
}

void take_object(struct parsing *p, struct json_object *json, const char *prefix)
{
	json_object_object_foreach(json, key, value)
	{
		_cleanup_free_ char *path = xasprintf("%s%s%s", prefix, prefix[0] ? "." : "", key);
		const struct question *q = question_find(path);

		if (p->problems->list.count >= PROBLEMS_MAX)
			return;
		if (q && q->type == Q_SCREEN)
			q = NULL;
		if (strchr(key, '.'))
			problem_at(p, path, "is not a key: sections are objects, not dots");
		else if ((q || is_section(path)) && !place_of(p, path))
			continue; /* it has escapes in its key, which find_faulty_keys told */
		else if (takes_frame(p, path, value))
			continue;
		else if (q)
			take_value(p, q, value, path);
		else if (!is_section(path))
			unknown_key(p, path);
		else if (json_object_is_type(value, json_type_object))
			take_object(p, value, path);
		else
			problem_at(p, path, "must be an object");
	}
}

static void find_faulty_keys(struct parsing *p)
{
	for (size_t i = 0; i < p->positions.list.count; i++) {
		const struct position *at = &p->positions.list.items[i];

		/* Written with an escape a key could stand here twice, unseen. */
		if (strchr(at->path, '\\'))
			problem_add(p->problems, at->line, at->column, at->path,
				    "has escapes in its key; write it plainly");
		if (at->duplicate)
			problem_add(p->problems, at->line, at->column, at->path,
				    "stands here a second time; keep one");
	}
}

/* The tree of a text without comments; on a syntax error a problem with its place, and NULL. */
static struct json_object *parse_text(const char *text, size_t len, struct problems *problems)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *json;
	enum json_tokener_error error;
	unsigned line, column;
	const char *why;
	size_t at;

	if (!json_strict(text, len, &at, &why)) {
		json_tokener_free(tok);
		problems->unreadable = true;
		position_of_offset(text, at, &line, &column);
		problem_add(problems, line, column, NULL, "this is not JSON: %s", why);
		return NULL;
	}
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json = json_tokener_parse_ex(tok, text, (int)len);
	error = json_tokener_get_error(tok);
	if (error == json_tokener_success && json_object_is_type(json, json_type_object)) {
		json_tokener_free(tok);
		return json;
	}
	json_object_put(json);
	problems->unreadable = true;
	position_of_offset(text, json_tokener_get_parse_end(tok), &line, &column);
	json_tokener_free(tok);
	if (error == json_tokener_continue)
		problem_add(problems, line, column, NULL,
			    "the file ends before its last brace, bracket or quote is closed");
	else if (error == json_tokener_success)
		problem_add(problems, 1, 1, NULL, "an answer file is one JSON object, { ... }");
	else
		problem_add(problems, line, column, NULL, "this is not JSON: %s",
			    json_tokener_error_desc(error));
	return NULL;
}

/* Kept beside those of the machine, to tell what its own ones leave without a meaning: that they
 * are given is enough of secrets. */
static struct answers *common_answers(const struct parsing *whole, struct json_object *json)
{
	_cleanup_arena_ struct arena *arena = arena_new();
	struct problems unused = {.arena = arena};
	struct answers *a = answers_new();
	struct parsing p = *whole;

	p.answers = a;
	p.problems = &unused;
	take_object(&p, json, "");
	for (size_t i = 0; i < question_count; i++)
		if (questions[i].type == Q_SECRET)
			secret_wipe((struct secret *)((char *)a + questions[i].offset));
	return a;
}

static void take_file(struct parsing *p, struct json_object *json, const struct facts *f)
{
	struct json_object *hosts;

	find_faulty_keys(p);
	find_nuls(p, json, "");
	if (!json_object_object_get_ex(json, "version", NULL))
		problem_add(p->problems, 1, 1, "version", "is missing: \"version\": %d",
			    ANSWERS_VERSION);
	take_object(p, json, "");
	if (json_object_object_get_ex(json, "hosts", &hosts))
		take_hosts(p, hosts, f);
	if (p->answers->host_found)
		p->answers->common = common_answers(p, json);
}

void answers_parse(const char *text, size_t len, struct answers *a, struct problems *problems)
{
	answers_parse_for(NULL, text, len, a, problems);
}

void answers_parse_for(const struct facts *f, const char *text, size_t len, struct answers *a,
		       struct problems *problems)
{
	struct parsing p = {
		.answers = a, .problems = problems, .positions.arena = problems->arena, .base = ""};
	_cleanup_free_ char *copy = xmalloc(len + 1);
	struct json_object *json;

	if (len > ANSWERS_FILE_MAX) {
		problems->unreadable = true;
		problem_add(problems, 0, 0, NULL,
			    "is too large for an answer file (%zu bytes, %d are allowed)", len,
			    ANSWERS_FILE_MAX);
		return;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	/* Editors of Windows put a byte order mark in front (RFC 8259, 8.1: it may be ignored). */
	if (len >= 3 && memcmp(copy, "\xef\xbb\xbf", 3) == 0)
		memset(copy, ' ', 3);
	blank_comments(copy, len);
	json = parse_text(copy, len, problems);
	a->file_given = true;
	if (json) {
		positions_scan(copy, len, &p.positions);
		take_file(&p, json, f);
	}
	/* A clear-text password may be in both. */
	secret_zero(copy, len);
	json_object_put(json);
}

static struct json_object *value_to_json(const struct answers *a, const struct question *q)
{
	const void *at = (const char *)a + q->offset;
	struct json_object *list;

	switch (q->type) {
	case Q_TEXT:
	case Q_CHOICE: return json_object_new_string(*(char *const *)at);
	case Q_BOOL: return json_object_new_boolean(*(const bool *)at);
	case Q_NUMBER: return json_object_new_int64(*(const uint32_t *)at);
	/* As bytes: a text would be rounded. */
	case Q_SIZE: return json_object_new_uint64(*(const uint64_t *)at);
	case Q_TEXTS: {
		const struct strings *strings = at;

		list = json_object_new_array();
		for (size_t i = 0; i < strings->count; i++)
			json_object_array_add(list, json_object_new_string(strings->items[i]));
		return list;
	}
	case Q_RULES: return disk_rules_to_json(at);
	case Q_HOOKS: return hooks_to_json(at);
	case Q_USES: return partition_uses_to_json(at);
	case Q_SECRET: return json_object_new_string(((const struct secret *)at)->bytes);
	case Q_SCREEN: break;
	}
	return NULL;
}

/* The object in which the key's last word stands ("users.admin" of "users.admin.name"). */
static struct json_object *section_of(struct json_object *json, const char *key,
				      const char **ret_last)
{
	const char *dot;

	while ((dot = strchr(key, '.'))) {
		_cleanup_free_ char *name = xasprintf("%.*s", (int)(dot - key), key);
		struct json_object *sub;

		if (!json_object_object_get_ex(json, name, &sub)) {
			sub = json_object_new_object();
			json_object_object_add(json, name, sub);
		}
		json = sub;
		key = dot + 1;
	}
	*ret_last = key;
	return json;
}

static bool may_be_kept(const struct answers *a, const struct question *q)
{
	const struct secret *secret = (const void *)((const char *)a + q->offset);

	return q->type != Q_SECRET || (q->harmless && q->harmless(secret->bytes));
}

static void put(struct json_object *json, const char *key, struct json_object *value)
{
	const char *last;
	struct json_object *section = section_of(json, key, &last);

	json_object_object_add(section, last, value);
}

struct json_object *answers_to_json(const struct answers *a, const char *hash)
{
	struct json_object *json = json_object_new_object(), *ask = json_object_new_array();

	json_object_object_add(json, "version", json_object_new_int(ANSWERS_VERSION));
	for (size_t i = 0; i < question_count; i++) {
		const struct question *q = &questions[i];
		bool hashed = q->offset == offsetof(struct answers, audio_user.password);

		if (a->given[i] && may_be_kept(a, q))
			put(json, q->key, value_to_json(a, q));
		else if (hash && q->offset == offsetof(struct answers, audio_user.password_hash))
			put(json, q->key, json_object_new_string(hash));
		else if (a->given[i] && !(hash && hashed) && !q->quiet)
			json_object_array_add(ask, json_object_new_string(q->key));
	}
	/* What is kept nowhere is asked of whoever takes the file. */
	if (json_object_array_length(ask))
		json_object_object_add(json, "ask", ask);
	else
		json_object_put(ask);
	return json;
}
