/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "str.h"

enum { DEPTH_MAX = 16 };

int name_index(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (str_eq(names[i], name))
			return i;
	return -1;
}

/* The start of any LIST_OF: the pointer's representation is the same for every item type. */
struct any_list {
	void *items;
	size_t count;
};

static struct any_list load_list(const void *at)
{
	struct any_list l;

	memcpy(&l, at, sizeof(l));
	return l;
}

static struct json_object *strings_to_json(const struct strings *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_object_new_string(list->items[i]));
	return array;
}

static struct json_object *records_to_json(const struct record_type *t, const void *at)
{
	struct any_list list = load_list(at);
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list.count; i++)
		json_object_array_add(array,
				      record_to_json(t, (const char *)list.items + i * t->size));
	return array;
}

/* NULL: leave the key out. */
static struct json_object *field_to_json(const struct field *f, const void *at)
{
	switch (f->type) {
	case FIELD_STRING: {
		const char *s = *(const char *const *)at;

		return s ? json_object_new_string(s) : NULL;
	}
	case FIELD_TEXT: return *(const char *)at ? json_object_new_string(at) : NULL;
	case FIELD_BOOL: return json_object_new_boolean(*(const bool *)at);
	case FIELD_U32: return json_object_new_int64(*(const uint32_t *)at);
	case FIELD_U64: return json_object_new_uint64(*(const uint64_t *)at);
	case FIELD_ENUM: return json_object_new_string(f->names[*(const unsigned *)at]);
	case FIELD_STRINGS: return strings_to_json(at);
	case FIELD_RECORD: return record_to_json(f->record, at);
	case FIELD_RECORDS: return records_to_json(f->record, at);
	}
	return NULL;
}

struct json_object *record_to_json(const struct record_type *t, const void *record)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];
		struct json_object *v = field_to_json(f, (const char *)record + f->offset);

		/* The keys are constants of one table: no look-up for an old one, no copy. */
		if (v)
			json_object_object_add_ex(o, f->key, v,
						  JSON_C_OBJECT_ADD_KEY_IS_NEW |
							  JSON_C_OBJECT_KEY_IS_CONSTANT);
	}
	return o;
}

/* Where reading is, for messages. */
struct reading {
	struct arena *arena;
	struct err *e;
	char path[200];
	unsigned depth;
};

static int wrong(const struct reading *r, const char *wanted)
{
	return err_set(r->e, ERR_INVALID, NULL, "%s: %s is needed", r->path[0] ? r->path : "(top)",
		       wanted);
}

static int read_record(struct reading *r, const struct record_type *t, struct json_object *json,
		       void *ret);

static int read_strings(struct reading *r, struct json_object *json, struct strings *ret)
{
	if (!json_object_is_type(json, json_type_array))
		return wrong(r, "a list of strings");
	for (size_t i = 0; i < json_object_array_length(json); i++) {
		struct json_object *item = json_object_array_get_idx(json, i);

		if (!json_object_is_type(item, json_type_string))
			return wrong(r, "a list of strings");
		strings_add(r->arena, ret, json_object_get_string(item));
	}
	return 0;
}

static int read_records(struct reading *r, const struct record_type *t, struct json_object *json,
			void *at)
{
	struct any_list list = {0};
	size_t base = strlen(r->path);

	if (!json_object_is_type(json, json_type_array))
		return wrong(r, "a list");
	for (size_t i = 0; i < json_object_array_length(json); i++) {
		void *item = arena_list_push(r->arena, &list.items, &list.count, t->size);
		int n;

		snprintf(r->path + base, sizeof(r->path) - base, "[%zu]", i);
		n = read_record(r, t, json_object_array_get_idx(json, i), item);
		if (n < 0)
			return n;
	}
	r->path[base] = '\0';
	memcpy(at, &list, sizeof(list));
	return 0;
}

static int read_number(struct reading *r, const struct field *f, struct json_object *json, void *at)
{
	uint64_t n;

	if (!json_object_is_type(json, json_type_int) || json_object_get_int64(json) < 0)
		return wrong(r, "a whole number");
	n = json_object_get_uint64(json);
	if (f->type == FIELD_U64)
		*(uint64_t *)at = n;
	else if (n > UINT32_MAX)
		return wrong(r, "a smaller number");
	else
		*(uint32_t *)at = (uint32_t)n;
	return 0;
}

static int read_string(struct reading *r, const struct field *f, struct json_object *json, void *at)
{
	const char *s;
	int i;

	if (!json_object_is_type(json, json_type_string))
		return wrong(r, "a string");
	s = json_object_get_string(json);
	if (f->type == FIELD_STRING) {
		*(char **)at = arena_strdup(r->arena, s);
		return 0;
	}
	i = name_index(f->names, s);
	if (i < 0)
		return wrong(r, "one of the known words");
	*(unsigned *)at = (unsigned)i;
	return 0;
}

static int read_field(struct reading *r, const struct field *f, struct json_object *json, void *at)
{
	switch (f->type) {
	case FIELD_STRING:
	case FIELD_ENUM: return read_string(r, f, json, at);
	case FIELD_BOOL:
		if (!json_object_is_type(json, json_type_boolean))
			return wrong(r, "true or false");
		*(bool *)at = json_object_get_boolean(json);
		return 0;
	case FIELD_U32:
	case FIELD_U64: return read_number(r, f, json, at);
	case FIELD_STRINGS: return read_strings(r, json, at);
	case FIELD_RECORD: return read_record(r, f->record, json, at);
	case FIELD_RECORDS: return read_records(r, f->record, json, at);
	case FIELD_TEXT: break;
	}
	return err_set(r->e, ERR_INTERNAL, NULL, "%s is only written, never read", r->path);
}

static int read_record(struct reading *r, const struct record_type *t, struct json_object *json,
		       void *ret)
{
	size_t base = strlen(r->path);

	if (!json_object_is_type(json, json_type_object) || r->depth >= DEPTH_MAX)
		return wrong(r, "an object");
	r->depth++;
	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];
		struct json_object *v;
		int n;

		snprintf(r->path + base, sizeof(r->path) - base, "%s%s", base ? "." : "", f->key);
		if (!json_object_object_get_ex(json, f->key, &v)) {
			if (f->required)
				return wrong(r, "a value");
			continue;
		}
		n = read_field(r, f, v, (char *)ret + f->offset);
		if (n < 0)
			return n;
	}
	r->path[base] = '\0';
	r->depth--;
	return 0;
}

int record_from_json(const struct record_type *t, struct json_object *json, struct arena *a,
		     void *ret, struct err *e)
{
	struct reading r = {.arena = a, .e = e};
	_cleanup_free_ void *copy = xcalloc(1, t->size);
	int n = read_record(&r, t, json, copy);

	if (n == 0)
		memcpy(ret, copy, t->size);
	return n;
}

char *json_text(struct json_object *json)
{
	const int flags = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			  JSON_C_TO_STRING_NOSLASHESCAPE;

	return xasprintf("%s\n", json_object_to_json_string_ext(json, flags));
}

/* The four digits behind "\u"; 0 when they are not there. */
static unsigned escaped_unit(const char *s, size_t left)
{
	unsigned n = 0;

	if (left < 6 || s[0] != '\\' || s[1] != 'u')
		return 0;
	for (size_t i = 2; i < 6; i++) {
		const char *digits = "0123456789abcdef", *at = strchr(digits, s[i] | 0x20);

		if (!s[i] || !at)
			return 0;
		n = n << 4 | (unsigned)(at - digits);
	}
	return n;
}

/* Length of one character of a JSON string, its end included; 0 when it is not allowed there. */
static size_t json_character(const char *s, size_t left, const char **why)
{
	unsigned unit = escaped_unit(s, left);

	*why = "a control character in a string";
	if ((unsigned char)*s < 0x20)
		return 0;
	*why = "half of a surrogate pair";
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return 0;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		unit = escaped_unit(s + 6, left - 6);
		return unit >= 0xdc00 && unit <= 0xdfff ? 12 : 0;
	}
	*why = "not UTF-8";
	return *s == '\\' ? (left > 1 ? 2 : 1) : utf8_length(s);
}

bool json_strict(const char *text, size_t len, size_t *ret_offset, const char **ret_why)
{
	bool string = false;
	size_t n = 1;

	for (size_t i = 0; i < len; i += n) {
		*ret_offset = i;
		*ret_why = "unexpected character";
		n = string ? json_character(text + i, len - i, ret_why) : 1;
		/* All that stands outside of strings; the order is json-c's to check. */
		if (!string &&
		    (!text[i] || !strchr("{}[]:,\"+-.0123456789eEtrufalsn \t\r\n", text[i])))
			return false;
		if (!string && text[i] == '.' && !strchr("0123456789", text[i + 1]))
			return false;
		if (n == 0)
			return false;
		string ^= text[i] == '"';
	}
	return true;
}

int json_parse(const char *text, size_t len, const char *name, struct json_object **ret,
	       struct err *e)
{
	struct json_tokener *tok;
	struct json_object *json;
	enum json_tokener_error problem;
	const char *why;
	size_t at;

	if (!json_strict(text, len, &at, &why)) {
		err_set(e, ERR_INVALID, NULL, "%s is not JSON", name);
		return err_why(e, "%s at byte %zu", why, at);
	}
	tok = json_tokener_new();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json = json_tokener_parse_ex(tok, text, (int)(len < INT32_MAX ? len : INT32_MAX));
	problem = json_tokener_get_error(tok);
	if (problem == json_tokener_continue)
		problem = json_tokener_error_parse_eof;
	json_tokener_free(tok);
	if (problem != json_tokener_success) {
		json_object_put(json);
		err_set(e, ERR_INVALID, NULL, "%s is not JSON", name);
		return err_why(e, "%s", json_tokener_error_desc(problem));
	}
	*ret = json;
	return 0;
}

void json_cleanup(struct json_object **json)
{
	json_object_put(*json);
}
