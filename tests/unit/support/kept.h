/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kept: a disk with other systems on it, and plans that keep them. Include after check.h and
 * interview.h. */
#pragma once

#include <json-c/json.h>

#include "base/record.h"
#include "plan/plan.h"

#define USERS "\"users\":{\"audioUser\":{\"passwordHash\":\"" PASSWORD_HASH_TEXT "\"}}"
#define ESP   "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
#define LINUX "0fc63daf-8483-4772-8e79-3d69d8477de4"
#define BIOS  "21686148-6449-6e6f-744e-656564454649"

struct text {
	char *json, *text, *losses;
	struct plan *plan;
	struct err e;
	int n;
};

static inline void text_clear(struct text *t)
{
	free(t->json);
	free(t->text);
	free(t->losses);
	plan_free(t->plan);
}
#define _cleanup_text_ _cleanup_(text_clear)

#define MIB	 (1ULL << 20)
#define ROOM_BIG 300
#define ROOM_ODD 100

/* What the disk has; sizes in MiB. */
struct spec {
	const char *path, *type, *guid, *fs, *uuid, *system, *loader;
	unsigned long long start, size;
	int room;		    /* free in it; -1: unknown */
	unsigned long long fs_size; /* of its file system; 0: unknown */
};

static inline char *machine(const char *firmware, const char *table, const struct spec *specs,
			    size_t n)
{
	_cleanup_str_ struct str parts = {0};

	for (size_t i = 0; i < n; i++) {
		const struct spec *s = &specs[i];

		str_addf(&parts,
			 "%s{\"path\":\"/dev/sda%zu\",\"number\":%zu,\"start\":%llu,\"bytes\":%llu,"
			 "\"typeGuid\":\"%s\",\"guid\":\"%s\"",
			 i ? "," : "", i + 1, i + 1, s->start * MIB, s->size * MIB, s->type,
			 s->guid);
		if (s->fs)
			str_addf(&parts, ",\"fsType\":\"%s\",\"fsUuid\":\"%s\"", s->fs, s->uuid);
		if (s->system)
			str_addf(&parts, ",\"system\":\"%s\"", s->system);
		if (s->room >= 0)
			str_addf(&parts, ",\"roomKnown\":true,\"freeBytes\":%llu",
				 (unsigned long long)s->room * MIB);
		if (s->fs_size)
			str_addf(&parts, ",\"fsBytes\":%llu", s->fs_size * MIB);
		if (s->loader)
			str_addf(&parts, ",\"bootLoaders\":[\"%s\"]", s->loader);
		str_add(&parts, "}");
	}
	return xasprintf(
		"{\"version\":1,\"arch\":\"x86_64\",\"board\":{\"id\":\"11111111\"},"
		"\"cpu\":{\"threads\":8},\"memoryBytes\":8589934592,"
		"\"firmware\":{\"kind\":\"%s\",\"bits\":64,\"efivarsWritable\":true},"
		"\"disks\":[{\"path\":\"/dev/sda\",\"byId\":\"/dev/disk/by-id/ata-A\","
		"\"bytes\":%llu,\"sectorBytes\":512,\"table\":\"%s\",\"partitions\":[%s]}]}",
		firmware, 200000 * MIB, table, str_get(&parts));
}

#define GUID(n) "00000000-0000-4000-8000-00000000000" n
#define UUID(n) "aaaaaaaa-0000-4000-8000-00000000000" n
static const struct spec dual[] = {
	{NULL, ESP, GUID("1"), "vfat", "7C4E-91A2", NULL, "windows", 1, 500, ROOM_BIG, 0},
	{NULL, "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", GUID("2"), "BitLocker", UUID("2"), "Windows",
	 NULL, 501, 60000, -1, 0},
	{NULL, LINUX, GUID("3"), "ext4", UUID("3"), "Linux", NULL, 120000, 30000, -1, 0},
	{NULL, LINUX, GUID("4"), "ext4", UUID("4"), "Linux", NULL, 150000, 49990, -1, 0},
	{NULL, "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", GUID("5"), "swap", UUID("5"), NULL, NULL,
	 110000, 9000, -1, 0},
};

/* The plan; `remains`: GUIDs of an interrupted run. */
static inline void make(struct text *t, const char *facts, const char *members,
			const struct strings *remains)
{
	_cleanup_setting_ struct setting *s = setting_new(facts);
	_cleanup_free_ char *file = xasprintf("{\"version\":1,%s," USERS "}", members);
	_cleanup_free_ char *problems = NULL;
	_cleanup_json_ struct json_object *json = NULL;
	_cleanup_str_ struct str text = {0}, losses = {0};

	if (remains)
		facts_mark_remains(s->facts, remains);
	setting_parse(s, file);
	answers_complete(&s->v, &s->problems);
	problems = setting_problems(s);
	assert_string_equal(problems, "");
	*t = (struct text){0};
	t->n = plan_make(&s->v, "archibald test", &t->plan, &t->e);
	if (t->n < 0) {
		check_error(&t->e, t->n);
		return;
	}
	plan_to_text(t->plan, &text);
	plan_summary(t->plan, s->facts, &text);
	plan_losses(t->plan, &losses);
	check_shown(str_get(&text));
	json = plan_to_json(t->plan);
	t->json = json_text(json);
	t->text = str_take(&text);
	t->losses = str_take(&losses);
}

static inline void make_dual(struct text *t, const struct spec *specs, size_t n,
			     const char *firmware, const char *members)
{
	_cleanup_free_ char *facts = machine(firmware, "gpt", specs, n);

	make(t, facts, members, NULL);
	if (t->n < 0)
		fail_msg("%s: %s", t->e.what, t->e.why);
}

#define FREE_SPACE "\"disk\":{\"path\":\"/dev/sda\",\"mode\":\"freeSpace\"}"

static inline const char *hardware(const struct plan *p)
{
	for (size_t i = 0; i < p->files.count; i++)
		if (strstr(p->files.items[i].path, "hardware-configuration"))
			return p->files.items[i].content;
	return NULL;
}

#define USE(members)                 \
	"\"disk\":{\"path\":\"/dev/" \
	"sda\",\"mode\":\"partitions\",\"eraseData\":true,\"partitions\":[" members "]}"
#define ROOT	  "{\"match\":3,\"mountPoint\":\"/\",\"format\":true}"
#define ENCRYPTED "\"encryption\":{\"enable\":true,\"passphraseFile\":\"/x\"}"
#define BOOT	  "{\"match\":1,\"mountPoint\":\"/boot\"}"
