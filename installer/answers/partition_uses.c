/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/partition_uses.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "answers/checks.h"
#include "base/str.h"

enum { USES_MAX = 12 };

static const char *const file_systems[] = {"ext4", "btrfs", "xfs", "f2fs", "vfat", NULL};

bool check_partition_name(const char *s)
{
	return s[0] && strlen(s) < 256 && str_is_safe(s) && !strchr(s, ' ');
}

bool check_use_point(const char *s)
{
	/* What the system has there is what is on it: these may be partitions of their own. */
	static const char *const ours[] = {"/",	   "/boot", "/efi",	"/home",    "/nix",
					   "/var", "/root", "/var/lib", "/var/log", PARTITION_SWAP};

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (str_eq(ours[i], s))
			return true;
	return check_mount_point(s);
}

static bool valid_file_system(const char *s)
{
	for (const char *const *f = file_systems; *f; f++)
		if (str_eq(*f, s))
			return true;
	return false;
}

static bool valid_subvolume(const char *s)
{
	return s[0] && strlen(s) < 64 && str_is_safe(s) && !strpbrk(s, ", ");
}

static const struct key {
	const char *name;
	bool is_bool;
	size_t offset;
	bool (*valid)(const char *text);
	const char *allowed;
} keys[] = {
	{"match", false, offsetof(struct partition_use, match), check_partition_name,
	 "its node (\"/dev/sda2\"), its PARTUUID, or its number in the table"},
	{"mountPoint", false, offsetof(struct partition_use, mountpoint), check_use_point,
	 "where it is mounted: \"/\", \"/boot\", \"/home\", another absolute path, or \"swap\""},
	{"format", true, offsetof(struct partition_use, format), NULL,
	 "true: it gets a new file system, and what is in it is lost; false: all of it stays"},
	{"fileSystem", false, offsetof(struct partition_use, file_system), valid_file_system,
	 "ext4, btrfs, xfs, f2fs or vfat, for one that is formatted"},
	{"subvolume", false, offsetof(struct partition_use, subvolume), valid_subvolume,
	 "the subvolume of a kept btrfs that is mounted: \"@home\""},
};

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (str_eq(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static bool take_key(const struct key *k, struct json_object *v, struct arena *a,
		     struct partition_use *use)
{
	void *at = (char *)use + k->offset;
	const char *text;

	if (k->is_bool) {
		*(bool *)at = json_object_get_boolean(v);
		return json_object_is_type(v, json_type_boolean);
	}
	if (!json_object_is_type(v, json_type_string) &&
	    !(json_object_is_type(v, json_type_int) && k->valid == check_partition_name))
		return false;
	text = json_object_get_string(v);
	*(char **)at = arena_strdup(a, text);
	return k->valid(text);
}

static void complain(struct str *why, size_t index, const char *key, const char *text)
{
	str_addf(why, "%spartition %zu of the list", why->len ? "; " : "", index + 1);
	if (key)
		str_addf(why, ", \"%.40s\"", key);
	str_addf(why, ": %s", text);
}

static void take_use(struct json_object *json, size_t index, struct arena *a,
		     struct partition_uses *ret, struct str *why)
{
	struct partition_use *use = list_push(a, &ret->list);
	size_t before = why->len;

	if (!json_object_is_type(json, json_type_object)) {
		complain(why, index, NULL, "must be an object");
		return;
	}
	json_object_object_foreach(json, name, value)
	{
		const struct key *k = key_find(name);
		_cleanup_free_ char *shown = xstrdup(name);

		str_sanitise(shown);
		if (!k)
			complain(why, index, shown,
				 "is none of match, mountPoint, format, fileSystem, subvolume");
		else if (!take_key(k, value, a, use))
			complain(why, index, shown, k->allowed);
	}
	for (size_t i = 0; i < 2 && why->len == before; i++)
		if (!*(char **)((char *)use + keys[i].offset))
			complain(why, index, keys[i].name, "is missing");
	if (use->file_system && !use->format)
		complain(why, index, "fileSystem", "has no meaning for one that is kept");
	if (use->subvolume && use->format)
		complain(why, index, "subvolume", "has no meaning for one that is formatted");
}

bool partition_uses_parse(struct json_object *json, struct arena *a, struct partition_uses *ret,
			  struct str *why)
{
	struct partition_uses uses = {0};

	for (size_t i = 0; i < json_object_array_length(json); i++)
		take_use(json_object_array_get_idx(json, i), i, a, &uses, why);
	if (why->len || !partition_uses_check(&uses, why))
		return false;
	*ret = uses;
	return true;
}

struct json_object *partition_uses_to_json(const struct partition_uses *u)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < u->list.count; i++) {
		const char *use = (const char *)&u->list.items[i];
		struct json_object *o = json_object_new_object();

		for (size_t j = 0; j < ARRAY_SIZE(keys); j++) {
			const char *text = keys[j].is_bool ? NULL
							   : *(char *const *)(use + keys[j].offset);

			if (keys[j].is_bool)
				json_object_object_add(
					o, keys[j].name,
					json_object_new_boolean(
						*(const bool *)(use + keys[j].offset)));
			else if (text)
				json_object_object_add(o, keys[j].name,
						       json_object_new_string(text));
		}
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *words(const char *const *list)
{
	struct json_object *array = json_object_new_array();

	for (; *list; list++)
		json_object_array_add(array, json_object_new_string(*list));
	return array;
}

struct json_object *partition_uses_schema(void)
{
	static const char *const either[] = {"string", "integer", NULL};
	static const char *const required[] = {"match", "mountPoint", NULL};
	struct json_object *use = json_object_new_object(), *properties = json_object_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(
			o, "type",
			keys[i].valid == check_partition_name
				? words(either)
				: json_object_new_string(keys[i].is_bool ? "boolean" : "string"));
		if (keys[i].valid == valid_file_system)
			json_object_object_add(o, "enum", words(file_systems));
		json_object_object_add(o, "description", json_object_new_string(keys[i].allowed));
		json_object_object_add(properties, keys[i].name, o);
	}
	json_object_object_add(use, "type", json_object_new_string("object"));
	json_object_object_add(use, "additionalProperties", json_object_new_boolean(false));
	json_object_object_add(use, "required", words(required));
	json_object_object_add(use, "properties", properties);
	return use;
}

const char *partition_uses_text(const struct partition_uses *u, struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; i < u->list.count; i++) {
		const struct partition_use *use = &u->list.items[i];
		const char *name = strrchr(use->match, '/');

		text = arena_printf(
			a, "%s%s%s %s %s %s", text, i ? ", " : "", name ? name + 1 : use->match,
			use->format ? "formatted" : "kept",
			str_eq(use->mountpoint, PARTITION_SWAP) ? "as" : "at", use->mountpoint);
	}
	return text;
}

const struct partition_use *partition_use_at(const struct partition_uses *u, const char *mountpoint)
{
	for (size_t i = 0; i < u->list.count; i++)
		if (str_eq(u->list.items[i].mountpoint, mountpoint))
			return &u->list.items[i];
	return NULL;
}

bool partition_uses_check(const struct partition_uses *u, struct str *why)
{
	const struct partition_use *root = partition_use_at(u, "/");

	for (size_t i = 0; i < u->list.count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct partition_use *one = &u->list.items[j],
						   *two = &u->list.items[i];

			if (str_eq(one->match, two->match))
				str_addf(why, "%spartition %s is there twice", why->len ? "; " : "",
					 one->match);
			if (str_eq(one->mountpoint, two->mountpoint))
				str_addf(why, "%s%s and %s are both %s", why->len ? "; " : "",
					 one->match, two->match, one->mountpoint);
		}
	if (u->list.count > USES_MAX)
		str_addf(why, "%sat most %d partitions can be used; mount the others afterwards",
			 why->len ? "; " : "", USES_MAX);
	if (!root)
		str_addf(why, "%sno partition is for the system: one has the mountPoint \"/\"",
			 why->len ? "; " : "");
	else if (!root->format)
		str_addf(why,
			 "%sthe partition at / must be formatted (\"format\": true): files of "
			 "another system would be mixed with the new one's",
			 why->len ? "; " : "");
	return !why->len;
}

const struct partition *partition_find(const struct disk *d, const char *name)
{
	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *p = &d->partitions.items[i];
		char number[16];

		snprintf(number, sizeof(number), "%u", p->number);
		if (str_eq(p->path, name) || str_eq(number, name) ||
		    (p->guid && strcasecmp(p->guid, name) == 0))
			return p;
	}
	return NULL;
}

const struct partition *partition_use_find(const struct partition_use *use, const struct disk *d)
{
	return partition_find(d, use->match);
}

const struct partition *partition_uses_loss(const struct partition_uses *u, const struct disk *d)
{
	for (size_t i = 0; i < u->list.count; i++) {
		const struct partition *p = partition_use_find(&u->list.items[i], d);

		if (p && u->list.items[i].format && !p->remains)
			return p;
	}
	return NULL;
}

bool partition_can_stay(const struct partition *p)
{
	return p->fs_uuid && p->fs_type &&
	       (valid_file_system(p->fs_type) || str_eq(p->fs_type, PARTITION_SWAP));
}
