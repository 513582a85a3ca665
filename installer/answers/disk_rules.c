/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/disk_rules.h"

#include <fnmatch.h>
#include <json-c/json.h>
#include <string.h>

#include "base/record.h"
#include "base/str.h"

enum key_type { KEY_PATTERN, KEY_SIZE, KEY_TRANSPORT, KEY_BOOL };

static const struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	const char *allowed;
} keys[] = {
	{"path", KEY_PATTERN, offsetof(struct disk_rule, path), "a pattern: \"/dev/nvme*\""},
	{"byId", KEY_PATTERN, offsetof(struct disk_rule, by_id),
	 "a pattern for one of the disk's names below /dev/disk: \"/dev/disk/by-id/ata-*\""},
	{"model", KEY_PATTERN, offsetof(struct disk_rule, model), "a pattern: \"Samsung SSD*\""},
	{"serial", KEY_PATTERN, offsetof(struct disk_rule, serial), "a pattern: \"S4EW*\""},
	{"minSize", KEY_SIZE, offsetof(struct disk_rule, min_bytes), "a size: \"200 GiB\""},
	{"maxSize", KEY_SIZE, offsetof(struct disk_rule, max_bytes), "a size: \"2 TiB\""},
	{"transport", KEY_TRANSPORT, offsetof(struct disk_rule, transport),
	 "one of nvme, sata, usb, scsi, sas, virtio, sd, emmc"},
	{"removable", KEY_BOOL, offsetof(struct disk_rule, removable), "true or false"},
};

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (str_eq(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static bool take_text(const struct key *k, const char *text, struct arena *a, void *at)
{
	int index;

	switch (k->type) {
	case KEY_PATTERN: *(char **)at = arena_strdup(a, text); return text[0] && str_is_safe(text);
	case KEY_SIZE: return size_parse(text, at) && *(uint64_t *)at;
	case KEY_TRANSPORT:
		index = name_index(transport_names, text);
		*(int *)at = index;
		return index > TRANSPORT_UNKNOWN;
	case KEY_BOOL: break;
	}
	return false;
}

static bool take_key(const struct key *k, struct json_object *v, struct arena *a,
		     struct disk_rule *rule)
{
	void *at = (char *)rule + k->offset;

	if (k->type == KEY_BOOL) {
		*(int *)at = json_object_get_boolean(v);
		return json_object_is_type(v, json_type_boolean);
	}
	if (!json_object_is_type(v, json_type_string) &&
	    !(k->type == KEY_SIZE && json_object_is_type(v, json_type_int)))
		return false;
	return take_text(k, json_object_get_string(v), a, at);
}

static void complain(struct str *why, size_t index, const char *key, const char *text)
{
	str_addf(why, "%srule %zu", why->len ? "; " : "", index + 1);
	if (key)
		str_addf(why, ", \"%.40s\"", key);
	str_addf(why, ": %s", text);
}

static void take_rule(struct json_object *json, size_t index, struct arena *a,
		      struct disk_rules *ret, struct str *why)
{
	struct disk_rule *rule = list_push(a, &ret->list);

	rule->transport = rule->removable = -1;
	if (!json_object_is_type(json, json_type_object) || json_object_object_length(json) == 0) {
		complain(why, index, NULL, "must be an object that says what the disk is like");
		return;
	}
	json_object_object_foreach(json, name, value)
	{
		const struct key *k = key_find(name);
		_cleanup_free_ char *shown = xstrdup(name);

		str_sanitise(shown);
		if (!k)
			complain(why, index, shown,
				 "is none of path, byId, model, serial, minSize, maxSize, "
				 "transport, removable");
		else if (!take_key(k, value, a, rule))
			complain(why, index, shown, k->allowed);
	}
	if (rule->max_bytes && rule->min_bytes > rule->max_bytes)
		complain(why, index, "minSize", "is more than maxSize");
}

bool disk_rules_parse(struct json_object *json, struct arena *a, struct disk_rules *ret,
		      struct str *why)
{
	struct disk_rules rules = {0};

	if (json_object_is_type(json, json_type_array))
		for (size_t i = 0; i < json_object_array_length(json); i++)
			take_rule(json_object_array_get_idx(json, i), i, a, &rules, why);
	else
		take_rule(json, 0, a, &rules, why);
	if (!rules.list.count && !why->len)
		str_add(why, "holds no rule");
	if (why->len)
		return false;
	*ret = rules;
	return true;
}

static struct json_object *key_to_json(const struct key *k, const struct disk_rule *rule)
{
	const void *at = (const char *)rule + k->offset;
	int number;

	switch (k->type) {
	case KEY_PATTERN:
		return *(char *const *)at ? json_object_new_string(*(char *const *)at) : NULL;
	case KEY_SIZE:
		return *(const uint64_t *)at ? json_object_new_uint64(*(const uint64_t *)at) : NULL;
	case KEY_TRANSPORT:
		number = *(const int *)at;
		return number >= 0 ? json_object_new_string(transport_names[number]) : NULL;
	case KEY_BOOL:
		number = *(const int *)at;
		return number >= 0 ? json_object_new_boolean(number) : NULL;
	}
	return NULL;
}

struct json_object *disk_rules_to_json(const struct disk_rules *r)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < r->list.count; i++) {
		struct json_object *rule = json_object_new_object();

		for (size_t j = 0; j < ARRAY_SIZE(keys); j++) {
			struct json_object *value = key_to_json(&keys[j], &r->list.items[i]);

			if (value)
				json_object_object_add(rule, keys[j].name, value);
		}
		json_object_array_add(list, rule);
	}
	return list;
}

struct json_object *disk_rules_schema(void)
{
	static const char *const types[] = {
		[KEY_PATTERN] = "string", [KEY_TRANSPORT] = "string", [KEY_BOOL] = "boolean"};
	struct json_object *rule = json_object_new_object();
	struct json_object *properties = json_object_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct json_object *o = json_object_new_object();

		if (keys[i].type != KEY_SIZE)
			json_object_object_add(o, "type",
					       json_object_new_string(types[keys[i].type]));
		json_object_object_add(o, "description", json_object_new_string(keys[i].allowed));
		json_object_object_add(properties, keys[i].name, o);
	}
	json_object_object_add(rule, "type", json_object_new_string("object"));
	json_object_object_add(rule, "additionalProperties", json_object_new_boolean(false));
	json_object_object_add(rule, "minProperties", json_object_new_int(1));
	json_object_object_add(rule, "properties", properties);
	return rule;
}

static bool pattern_fits(const char *pattern, const char *text)
{
	return !pattern || (text && fnmatch(pattern, text, 0) == 0);
}

static bool any_link_fits(const char *pattern, const struct disk *d)
{
	for (size_t i = 0; i < d->links.count; i++)
		if (pattern_fits(pattern, d->links.items[i]))
			return true;
	return pattern_fits(pattern, d->by_id);
}

/* What keeps a disk from fitting, with its own value; NULL: it fits. */
static const char *misfit(const struct disk_rule *r, const struct disk *d, struct arena *a)
{
	if (!pattern_fits(r->path, d->path))
		return arena_printf(a, "its path is not %s", r->path);
	if (r->by_id && !any_link_fits(r->by_id, d))
		return arena_printf(a, "none of its names is %s", r->by_id);
	if (!pattern_fits(r->model, d->model))
		return arena_printf(a, "its model is %s and not %s",
				    d->model ? d->model : "unknown", r->model);
	if (!pattern_fits(r->serial, d->serial))
		return arena_printf(a, "its serial number is %s and not %s",
				    d->serial ? d->serial : "unknown", r->serial);
	if (d->bytes < r->min_bytes)
		return arena_printf(a, "its %s are less than %s", size_text(d->bytes).s,
				    size_text(r->min_bytes).s);
	if (r->max_bytes && d->bytes > r->max_bytes)
		return arena_printf(a, "its %s are more than %s", size_text(d->bytes).s,
				    size_text(r->max_bytes).s);
	if (r->transport >= 0 && d->transport != (enum transport)r->transport)
		return arena_printf(a, "it is %s and not %s", transport_names[d->transport],
				    transport_names[r->transport]);
	if (r->removable >= 0 && d->removable != (r->removable != 0))
		return d->removable ? "it is removable" : "it is not removable";
	return disk_in_use(d, a);
}

static size_t count_fitting(const struct disk_rule *r, const struct facts *f, struct arena *a,
			    const struct disk **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < f->disks.count; i++)
		if (!misfit(r, &f->disks.items[i], a)) {
			*ret = &f->disks.items[i];
			n++;
		}
	return n;
}

/* The rule that decides: the first that fits any disk; NULL: none does. */
static const struct disk_rule *deciding(const struct disk_rules *r, const struct facts *f,
					struct arena *a)
{
	const struct disk *ignored;

	for (size_t i = 0; i < r->list.count; i++)
		if (count_fitting(&r->list.items[i], f, a, &ignored))
			return &r->list.items[i];
	return NULL;
}

const struct disk *disk_rules_find(const struct disk_rules *r, const struct facts *f)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const struct disk_rule *rule = deciding(r, f, a);
	const struct disk *found = NULL;

	return rule && count_fitting(rule, f, a, &found) == 1 ? found : NULL;
}

const char *disk_rules_explain(const struct disk_rules *r, const struct facts *f, struct arena *a)
{
	const struct disk_rule *rule = deciding(r, f, a);
	_cleanup_str_ struct str text = {0};

	for (size_t i = 0; i < f->disks.count; i++) {
		const struct disk *d = &f->disks.items[i];

		/* Without its whole title: a message has room for the disks of a server. */
		str_addf(&text, "%s%s: ", i ? "; " : "", d->path);
		if (rule) {
			const char *why = misfit(rule, d, a);

			str_add(&text, why ? why : "fits");
			continue;
		}
		for (size_t j = 0; j < r->list.count; j++)
			str_addf(&text, "%s%s", j ? ", " : "", misfit(&r->list.items[j], d, a));
	}
	return arena_strdup(a, text.len ? text.s : "there are no disks");
}

const char *disk_rules_text(const struct disk_rules *r, struct arena *a)
{
	return arena_printf(a, "%zu rule%s", r->list.count, r->list.count == 1 ? "" : "s");
}
