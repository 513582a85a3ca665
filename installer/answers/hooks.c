/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/hooks.h"

#include <json-c/json.h>
#include <string.h>

#include "base/sha256.h"
#include "base/str.h"

enum { WORDS_MAX = 256, WORD_BYTES_MAX = 4096, NAME_BYTES_MAX = 128, HEAD_LINE_MAX = 256 };

const char *const hook_when_names[] = {"before", "afterMount", "afterInstall", NULL};

static const char shape[] =
	"must be a program with its arguments ([\"curl\", \"-f\", \"https://...\"]), or an object "
	"with \"run\" (such a list) or \"file\" (a name beside the answers)";
static const char words_allowed[] =
	"must be a list of 1 to 256 strings, each of at most 4096 bytes, the first not empty";
static const char arguments_allowed[] =
	"must be a list of at most 256 strings, each of at most 4096 bytes";

void hooks_wipe(struct hooks *h)
{
	for (size_t i = 0; i < h->list.count; i++)
		secret_wipe(&h->list.items[i].bytes);
}

/* Of one hook. */
struct reading {
	const struct hooks_reader *reader;
	struct arena *arena;
	struct hook *hook;
	size_t index;
	bool ok;
};

static void complain(struct reading *r, const char *key, const char *text)
{
	_cleanup_free_ char *path = xasprintf("[%zu]%s%s", r->index, key ? "." : "",
					      key ? key : "");

	r->reader->problem(r->reader->ctx, path, text);
	r->ok = false;
}

/* A word as the program gets it: no NUL can be in it. */
static const char *word_of(struct json_object *v)
{
	const char *text = json_object_is_type(v, json_type_string) ? json_object_get_string(v)
								    : NULL;
	size_t n = text ? (size_t)json_object_get_string_len(v) : 0;

	return text && strlen(text) == n && n <= WORD_BYTES_MAX ? text : NULL;
}

static void take_words(struct reading *r, struct json_object *v, const char *key,
		       const char *allowed, bool program)
{
	size_t n = json_object_is_type(v, json_type_array) ? json_object_array_length(v) : 0;
	bool fits = json_object_is_type(v, json_type_array) && n <= WORDS_MAX && (n || !program);

	for (size_t i = 0; fits && i < n; i++) {
		const char *word = word_of(json_object_array_get_idx(v, i));

		fits = word && (i || !program || word[0]);
		if (fits)
			strings_add(r->arena, &r->hook->run, word);
	}
	if (!fits)
		complain(r, key, allowed);
}

static void take_run(struct reading *r, struct json_object *v)
{
	take_words(r, v, "run", words_allowed, true);
}

static void take_arguments(struct reading *r, struct json_object *v)
{
	take_words(r, v, "arguments", arguments_allowed, false);
}

/* What the installation keeps in the places where it keeps the answers and what lies beside. */
static bool is_reserved(const char *name)
{
	static const char *const names[] = {
		"answers.json", "install.log",	"journal.json",	     "lock",
		"copied",	"report.jsonl", "report.jsonl.sent",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

static void take_file(struct reading *r, struct json_object *v)
{
	const char *name = word_of(v);

	if (!name || !name[0] || name[0] == '.' || strchr(name, '/') ||
	    strlen(name) > NAME_BYTES_MAX || !str_is_safe(name))
		complain(r, "file",
			 "must be the name of a file in the answers' own place: at most 128 bytes, "
			 "without '/' and not beginning with '.'");
	else if (is_reserved(name))
		complain(r, "file", "is a name that the installation uses itself");
	else
		r->hook->file = arena_strdup(r->arena, name);
}

static void take_sha256(struct reading *r, struct json_object *v)
{
	const char *text = word_of(v);

	if (!text || !sha256_valid(text))
		complain(r, "sha256", "must be 64 hexadecimal digits, as sha256sum prints them");
	else
		r->hook->sha256 = arena_strdup(r->arena, text);
}

static void take_may_fail(struct reading *r, struct json_object *v)
{
	if (!json_object_is_type(v, json_type_boolean))
		complain(r, "mayFail", "must be true or false");
	else
		r->hook->may_fail = json_object_get_boolean(v);
}

static void take_seconds(struct reading *r, struct json_object *v)
{
	int64_t n = json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : 0;

	if (n < 1 || n > HOOK_SECONDS_MAX)
		complain(r, "seconds", "must be a whole number from 1 to 86400");
	else
		r->hook->seconds = (uint32_t)n;
}

static const struct key {
	const char *name;
	void (*set)(struct reading *r, struct json_object *v);
	const char *type; /* for the schema */
	const char *description;
} keys[] = {
	{"run", take_run, "array", "A program with its arguments."},
	{"file", take_file, "string",
	 "In place of \"run\": the name of a file in the answers' own place, which is fetched with "
	 "them. Its #! line says what runs it."},
	{"arguments", take_arguments, "array", "Arguments for \"file\"."},
	{"sha256", take_sha256, "string",
	 "The SHA-256 of \"file\"; needed where the answers are pinned."},
	{"mayFail", take_may_fail, "boolean",
	 "A failure is a warning, and the installation goes on."},
	{"seconds", take_seconds, "integer", "After so many seconds it is ended: 600 by default."},
};

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (str_eq(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static void take_object(struct reading *r, struct json_object *json)
{
	bool program = json_object_object_get_ex(json, "run", NULL);
	bool file = json_object_object_get_ex(json, "file", NULL);

	if (program == file)
		complain(r, NULL, program ? "has \"run\" and \"file\"; give one of them" : shape);
	json_object_object_foreach(json, name, value)
	{
		const struct key *k = key_find(name);

		if (!k)
			complain(r, name,
				 "is none of run, file, arguments, sha256, mayFail, seconds");
		else if (!file && (str_eq(name, "arguments") || str_eq(name, "sha256")))
			complain(r, name, "belongs to \"file\"");
		else
			k->set(r, value);
	}
}

static void take_hook(struct reading *r, struct json_object *json)
{
	_cleanup_free_ char *path = xasprintf("[%zu]", r->index);

	r->hook->seconds = HOOK_SECONDS;
	r->reader->place(r->reader->ctx, path, &r->hook->line, &r->hook->column);
	if (json_object_is_type(json, json_type_array))
		take_words(r, json, NULL, words_allowed, true);
	else if (json_object_is_type(json, json_type_object))
		take_object(r, json);
	else
		complain(r, NULL, shape);
}

bool hooks_parse(struct json_object *json, struct arena *a, struct hooks *ret,
		 const struct hooks_reader *reader)
{
	struct hooks hooks = {0};
	bool ok = true;

	if (!json_object_is_type(json, json_type_array) ||
	    json_object_array_length(json) > HOOKS_MAX) {
		reader->problem(reader->ctx, "", "must be a list of at most 16 hooks");
		return false;
	}
	for (size_t i = 0; i < json_object_array_length(json); i++) {
		struct reading r = {reader, a, list_push(a, &hooks.list), i, true};

		take_hook(&r, json_object_array_get_idx(json, i));
		ok = ok && r.ok;
	}
	if (ok)
		*ret = hooks;
	return ok;
}

static struct json_object *words_to_json(const struct strings *words)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < words->count; i++)
		json_object_array_add(list, json_object_new_string(words->items[i]));
	return list;
}

static struct json_object *hook_to_json(const struct hook *h)
{
	struct json_object *o = json_object_new_object();

	if (h->file)
		json_object_object_add(o, "file", json_object_new_string(h->file));
	if (!h->file || h->run.count)
		json_object_object_add(o, h->file ? "arguments" : "run", words_to_json(&h->run));
	if (h->sha256)
		json_object_object_add(o, "sha256", json_object_new_string(h->sha256));
	if (h->may_fail)
		json_object_object_add(o, "mayFail", json_object_new_boolean(true));
	if (h->seconds != HOOK_SECONDS)
		json_object_object_add(o, "seconds", json_object_new_int64(h->seconds));
	return o;
}

struct json_object *hooks_to_json(const struct hooks *h)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < h->list.count; i++)
		json_object_array_add(list, hook_to_json(&h->list.items[i]));
	return list;
}

static struct json_object *type_schema(const char *type)
{
	struct json_object *o = json_object_new_object(), *items;

	json_object_object_add(o, "type", json_object_new_string(type));
	if (str_eq(type, "array")) {
		items = json_object_new_object();
		json_object_object_add(items, "type", json_object_new_string("string"));
		json_object_object_add(o, "items", items);
	}
	return o;
}

struct json_object *hooks_schema(void)
{
	struct json_object *o = json_object_new_object(), *either = json_object_new_array();
	struct json_object *object = type_schema("object"), *properties = json_object_new_object();
	struct json_object *words = type_schema("array");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct json_object *value = type_schema(keys[i].type);

		json_object_object_add(value, "description",
				       json_object_new_string(keys[i].description));
		json_object_object_add(properties, keys[i].name, value);
	}
	json_object_object_add(object, "additionalProperties", json_object_new_boolean(false));
	json_object_object_add(object, "properties", properties);
	json_object_object_add(words, "minItems", json_object_new_int(1));
	json_object_array_add(either, words);
	json_object_array_add(either, object);
	json_object_object_add(o, "anyOf", either);
	return o;
}

const char *hooks_text(const struct hooks *h, struct arena *a)
{
	return arena_printf(a, "%zu hook%s", h->list.count, h->list.count == 1 ? "" : "s");
}

const char *hook_interpreter(const struct secret *bytes, struct arena *a, const char **ret_argument)
{
	const char *at = bytes->bytes, *end;

	*ret_argument = "";
	if (!at || bytes->len < 2 || memcmp(at, "#!", 2) != 0)
		return NULL;
	end = memchr(at, '\n', bytes->len);
	end = end ? end : at + bytes->len;
	for (at += 2; at < end && (*at == ' ' || *at == '\t');)
		at++;
	size_t n = 0, rest;

	while (at + n < end && at[n] != ' ' && at[n] != '\t')
		n++;
	for (rest = n; at + rest < end && (at[rest] == ' ' || at[rest] == '\t');)
		rest++;
	*ret_argument = arena_strndup(a, at + rest, (size_t)(end - at) - rest);
	return arena_strndup(a, at, n);
}

/* What execve(2) would only say once everything before it is done. */
static int check_head(const struct hook *h, struct err *e)
{
	static const char elf[] = "\x7f"
				  "ELF";
	_cleanup_arena_ struct arena *a = arena_new();
	const char *argument, *interpreter = hook_interpreter(&h->bytes, a, &argument);

	if (!interpreter && h->bytes.len >= 4 && memcmp(h->bytes.bytes, elf, 4) == 0)
		return 0;
	if (!interpreter)
		return err_set(e, ERR_INVALID, "begin it with #!/bin/sh, or what else runs it",
			       "%s has no #! line and is no program", h->file);
	if (strchr(interpreter, '\r') || strchr(argument, '\r'))
		return err_set(e, ERR_INVALID, "write it with the line ends of Unix",
			       "the #! line of %s ends with a carriage return", h->file);
	if (interpreter[0] != '/' || strlen(interpreter) + strlen(argument) > HEAD_LINE_MAX - 4)
		return err_set(e, ERR_INVALID, "#!/bin/sh, or #!/usr/bin/env PROGRAM",
			       "the #! line of %s names no absolute path in 255 bytes", h->file);
	return 0;
}

int hook_check_file(const struct hook *h, bool pinned, struct err *e)
{
	if (pinned && !h->sha256)
		return err_set(e, ERR_INVALID, "sha256sum FILE prints it",
			       "the answers are pinned, so %s has to be: its sha256 is missing",
			       h->file);
	if (h->sha256 && !sha256_matches(h->bytes.bytes, h->bytes.len, h->sha256))
		return err_set(e, ERR_MISMATCH, NULL, "the SHA-256 of %s is %s, wanted %s", h->file,
			       sha256(h->bytes.bytes, h->bytes.len).s, h->sha256);
	return check_head(h, e);
}
