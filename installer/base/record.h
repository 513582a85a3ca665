/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * record: one table of fields for a struct, read and written as JSON by it.
 *
 * Facts, variants and plans are plain structs; their tables are the only place where a member's
 * JSON name stands, so what is written can be read again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "mem.h"

struct json_object;

enum field_type {
	FIELD_STRING,  /* const char *; NULL is left out */
	FIELD_TEXT,    /* char[N] inside the struct, written only; "" is left out */
	FIELD_BOOL,    /* bool */
	FIELD_U32,     /* uint32_t */
	FIELD_U64,     /* uint64_t */
	FIELD_ENUM,    /* an enum from 0 with a table of names */
	FIELD_STRINGS, /* struct strings */
	FIELD_RECORD,  /* a struct inside the struct */
	FIELD_RECORDS, /* LIST_OF(struct) */
};

struct record_type;

struct field {
	const char *key;
	enum field_type type;
	bool required; /* reading without it is an error */
	size_t offset;
	const struct record_type *record;
	const char *const *names; /* FIELD_ENUM: NULL-terminated */
};

struct record_type {
	size_t size;
	const struct field *fields;
	size_t count;
};

/* A table's row: the JSON key and the member's name. */
#define FIELD(S, key_, type_, member)                                     \
	{                                                                 \
		.key = key_, .type = type_, .offset = offsetof(S, member) \
	}
#define FIELD_NEEDED(S, key_, type_, member)                                                \
	{                                                                                   \
		.key = key_, .type = type_, .offset = offsetof(S, member), .required = true \
	}
#define FIELD_SUB(S, key_, type_, member, record_)                                           \
	{                                                                                    \
		.key = key_, .type = type_, .offset = offsetof(S, member), .record = record_ \
	}
#define FIELD_NAMED(S, key_, member, names_)                                                    \
	{                                                                                       \
		.key = key_, .type = FIELD_ENUM, .offset = offsetof(S, member), .names = names_ \
	}
#define RECORD_TYPE(S, fields_)                                                      \
	{                                                                            \
		.size = sizeof(S), .fields = (fields_), .count = ARRAY_SIZE(fields_) \
	}

/* A new JSON object; the caller puts it (json_object_put). */
struct json_object *record_to_json(const struct record_type *t, const void *record);
/* Fills *ret, its strings and lists from the arena. Unknown keys are ignored: a recorded machine
 * may come from a newer program. The error names the path ("disks[2].bytes"). */
int record_from_json(const struct record_type *t, struct json_object *json, struct arena *a,
		     void *ret, struct err *e) nodiscard;

/* Index of `name` in a NULL-terminated table, or -1. */
int name_index(const char *const *names, const char *name);

/* Pretty-printed with a final newline; owned by the caller. */
char *json_text(struct json_object *json);
/* Parses strict JSON (RFC 8259, UTF-8 checked), NUL-terminated at text[len]; `name` for the
 * message. The caller puts it. */
int json_parse(const char *text, size_t len, const char *name, struct json_object **ret,
	       struct err *e) nodiscard;
/* What json-c's strict mode lets pass and RFC 8259 does not: strings in single quotes, control
 * characters in strings, NaN, "1.", NUL bytes with anything behind, overlong UTF-8, lone
 * surrogates. The order of the tokens is not looked at. */
bool json_strict(const char *text, size_t len, size_t *ret_offset, const char **ret_why);
void json_cleanup(struct json_object **json);
#define _cleanup_json_ _cleanup_(json_cleanup)
