/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "answers/answers.h"
#include "base/str.h"

static struct json_object *text(const char *s)
{
	return json_object_new_string(s);
}

static struct json_object *string_type(void)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", text("string"));
	return o;
}

static struct json_object *new_object(const char *description)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", text("object"));
	if (description)
		json_object_object_add(o, "description", text(description));
	json_object_object_add(o, "additionalProperties", json_object_new_boolean(false));
	json_object_object_add(o, "properties", json_object_new_object());
	return o;
}

/* The object that holds the key's last part, made on the way where it is missing. */
static struct json_object *parent_of(struct json_object *root, const char *key,
				     const char **ret_last)
{
	struct json_object *at = root, *properties, *next;
	const char *dot;

	for (; (dot = strchr(key, '.')); key = dot + 1) {
		_cleanup_free_ char *part = xasprintf("%.*s", (int)(dot - key), key);

		json_object_object_get_ex(at, "properties", &properties);
		if (!json_object_object_get_ex(properties, part, &next)) {
			next = new_object(NULL);
			json_object_object_add(properties, part, next);
		}
		at = next;
	}
	*ret_last = key;
	json_object_object_get_ex(at, "properties", &properties);
	return properties;
}

static void add_choices(struct json_object *o, const struct question *q, const struct variants *v)
{
	struct json_object *list = json_object_new_array();

	for (const char *const *c = q->choices; c && *c; c++)
		json_object_array_add(list, q->type == Q_NUMBER
						    ? json_object_new_int64(strtoll(*c, NULL, 10))
						    : text(*c));
	if (q->offset == offsetof(struct answers, variant))
		for (size_t i = 0; i < v->list.count; i++)
			json_object_array_add(list, text(v->list.items[i].name));
	if (json_object_array_length(list))
		json_object_object_add(o, "enum", list);
	else
		json_object_put(list);
}

static struct json_object *rules_list(void)
{
	struct json_object *list = json_object_new_object();

	json_object_object_add(list, "type", text("array"));
	json_object_object_add(list, "minItems", json_object_new_int(1));
	json_object_object_add(list, "items", disk_rules_schema());
	return list;
}

static void add_type(struct json_object *o, const struct question *q)
{
	static const char *const names[] = {
		[Q_TEXT] = "string",	[Q_CHOICE] = "string", [Q_BOOL] = "boolean",
		[Q_NUMBER] = "integer", [Q_TEXTS] = "array",   [Q_SECRET] = "string",
		[Q_USES] = "array",
	};
	struct json_object *item;

	if (q->type == Q_RULES) {
		item = json_object_new_array();
		json_object_array_add(item, disk_rules_schema());
		json_object_array_add(item, rules_list());
		json_object_object_add(o, "anyOf", item);
		return;
	}
	if (q->type == Q_HOOKS) {
		json_object_object_add(o, "type", text("array"));
		json_object_object_add(o, "items", hooks_schema());
		return;
	}
	if (q->type == Q_SIZE) {
		item = json_object_new_array();
		json_object_array_add(item, text("string"));
		json_object_array_add(item, text("integer"));
		json_object_object_add(o, "type", item);
		return;
	}
	json_object_object_add(o, "type", text(names[q->type]));
	if (q->type == Q_USES)
		json_object_object_add(o, "items", partition_uses_schema());
	if (q->type == Q_TEXTS) {
		item = json_object_new_object();
		json_object_object_add(item, "type", text("string"));
		json_object_object_add(o, "items", item);
	}
	if (q->pattern)
		json_object_object_add(o, "pattern", text(q->pattern));
}

/* The file's frame: what it is, and the keys that are no questions. */
static struct json_object *new_root(void)
{
	struct json_object *root = json_object_new_object(), *required = json_object_new_array();
	struct json_object *version = json_object_new_object(), *properties;

	json_object_object_add(root, "$schema",
			       text("https://json-schema.org/draft/2020-12/schema"));
	json_object_object_add(root, "title", text("ArchibaldOS answer file"));
	json_object_object_add(
		root, "description",
		text("Answers of an ArchibaldOS installation, for archibald install."));
	json_object_object_add(root, "type", text("object"));
	json_object_object_add(root, "additionalProperties", json_object_new_boolean(false));
	json_object_array_add(required, text("version"));
	json_object_object_add(root, "required", required);
	properties = json_object_new_object();
	json_object_object_add(properties, "$schema", string_type());
	json_object_object_add(version, "const", json_object_new_int64(ANSWERS_VERSION));
	json_object_object_add(properties, "version", version);
	json_object_object_add(root, "properties", properties);
	return root;
}

static struct json_object *list_of(struct json_object *item, const char *description)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", text("array"));
	json_object_object_add(o, "description", text(description));
	json_object_object_add(o, "items", item);
	return o;
}

static struct json_object *new_match(void)
{
	static const char *const keys[] = {"mac", "serial", "uuid", "board"};
	struct json_object *o = new_object("Which machine it is: all of these must fit."), *all;

	json_object_object_get_ex(o, "properties", &all);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct json_object *value = json_object_new_object();
		struct json_object *either = json_object_new_array();

		json_object_array_add(either, string_type());
		json_object_array_add(either, list_of(string_type(), "One of these."));
		json_object_object_add(value, "anyOf", either);
		json_object_object_add(all, keys[i], value);
	}
	json_object_object_add(o, "minProperties", json_object_new_int(1));
	return o;
}

/* An entry of the hosts has the file's own keys, by reference. */
static struct json_object *new_hosts(struct json_object *answers)
{
	struct json_object *entry = new_object(NULL), *properties;
	struct json_object *required = json_object_new_array();

	json_object_object_get_ex(entry, "properties", &properties);
	json_object_object_add(properties, "match", new_match());
	json_object_object_foreach(answers, key, value)
	{
		_cleanup_free_ char *path = xasprintf("#/properties/%s", key);
		struct json_object *ref = json_object_new_object();

		(void)value;
		if (str_eq(key, "version") || str_eq(key, "$schema")) {
			json_object_put(ref);
			continue;
		}
		json_object_object_add(ref, "$ref", text(path));
		json_object_object_add(properties, key, ref);
	}
	json_object_array_add(required, text("match"));
	json_object_object_add(entry, "required", required);
	return list_of(entry, "Answers for the machines that match, on top of the common ones, in "
			      "this order.");
}

static void add_frame(struct json_object *root)
{
	struct json_object *properties;

	json_object_object_get_ex(root, "properties", &properties);
	json_object_object_add(properties, "hosts", new_hosts(properties));
	json_object_object_add(properties, "ask",
			       list_of(string_type(), "Keys or sections that a person is asked, as "
						      "far as they are open; nothing else is "
						      "asked then."));
}

struct json_object *answers_schema(const struct variants *v)
{
	struct json_object *root = new_root();

	for (size_t i = 0; i < question_count; i++) {
		const struct question *q = &questions[i];
		struct json_object *o = json_object_new_object(), *properties;
		_cleanup_free_ char *help = xasprintf("%s%s%s Allowed: %s.", q->help,
						      q->in_files ? " " : "",
						      q->in_files ? q->in_files : "", q->allowed);
		const char *last;

		if (q->type == Q_SCREEN) {
			json_object_put(o);
			continue;
		}
		add_type(o, q);
		json_object_object_add(o, "title", text(q->prompt));
		json_object_object_add(o, "description", text(help));
		add_choices(o, q, v);
		properties = parent_of(root, q->key, &last);
		json_object_object_add(properties, last, o);
	}
	add_frame(root);
	return root;
}
