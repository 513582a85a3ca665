/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "variants/variants.h"

#include <json-c/json.h>

#include "base/embedded.h"
#include "base/record.h"
#include "base/str.h"

extern const struct embedded variant_files[];

static const struct field param_fields[] = {
	FIELD_NEEDED(struct variant_param, "value", FIELD_STRING, value),
	FIELD_NEEDED(struct variant_param, "why", FIELD_STRING, why),
	FIELD(struct variant_param, "minimumThreads", FIELD_U32, minimum_threads),
	FIELD(struct variant_param, "cpuVendor", FIELD_STRING, cpu_vendor),
	FIELD(struct variant_param, "tuning", FIELD_BOOL, tuning),
	FIELD(struct variant_param, "cores", FIELD_BOOL, cores),
};
static const struct record_type param_type = RECORD_TYPE(struct variant_param, param_fields);

static const struct field account_fields[] = {
	FIELD_NEEDED(struct variant_account, "role", FIELD_STRING, role),
	FIELD_NEEDED(struct variant_account, "name", FIELD_STRING, name),
	FIELD_NEEDED(struct variant_account, "login", FIELD_STRING, login),
	FIELD(struct variant_account, "required", FIELD_BOOL, required),
	FIELD_NEEDED(struct variant_account, "groups", FIELD_STRINGS, groups),
};
static const struct record_type account_type = RECORD_TYPE(struct variant_account, account_fields);

static const struct field variant_fields[] = {
	FIELD_NEEDED(struct variant, "name", FIELD_STRING, name),
	FIELD_NEEDED(struct variant, "title", FIELD_STRING, title),
	FIELD_NEEDED(struct variant, "description", FIELD_STRING, description),
	FIELD_NEEDED(struct variant, "system", FIELD_STRING, system),
	FIELD_NEEDED(struct variant, "artefact", FIELD_STRING, artefact),
	FIELD(struct variant, "boards", FIELD_STRINGS, boards),
	FIELD(struct variant, "audio", FIELD_BOOL, audio),
	FIELD(struct variant, "realtimeKernel", FIELD_BOOL, realtime_kernel),
	FIELD(struct variant, "autoLogin", FIELD_BOOL, auto_login),
	FIELD(struct variant, "splash", FIELD_BOOL, splash),
	FIELD(struct variant, "defaultQuantum", FIELD_U32, default_quantum),
	FIELD(struct variant, "quantumWhy", FIELD_STRING, quantum_why),
	FIELD_NEEDED(struct variant, "defaultDesktop", FIELD_STRING, default_desktop),
	FIELD_NEEDED(struct variant, "desktops", FIELD_STRINGS, desktops),
	FIELD(struct variant, "governor", FIELD_STRING, governor),
	FIELD(struct variant, "governorWhy", FIELD_STRING, governor_why),
	FIELD(struct variant, "noHibernation", FIELD_STRING, no_hibernation),
	FIELD(struct variant, "rtirq", FIELD_STRINGS, rtirq),
	FIELD_NEEDED(struct variant, "minimumMemory", FIELD_U64, minimum_memory),
	FIELD_NEEDED(struct variant, "minimumDisk", FIELD_U64, minimum_disk),
	FIELD_SUB(struct variant, "kernelParams", FIELD_RECORDS, kernel_params, &param_type),
	FIELD_SUB(struct variant, "accounts", FIELD_RECORDS, accounts, &account_type),
};
static const struct record_type variant_type = RECORD_TYPE(struct variant, variant_fields);

int variants_load(struct variants *ret, struct err *e)
{
	_cleanup_variants_ struct variants v = {.arena = arena_new()};

	for (const struct embedded *file = variant_files; file->name; file++) {
		_cleanup_json_ struct json_object *json = NULL;
		int r = json_parse(file->bytes, file->size, file->name, &json, e);

		if (r == 0)
			r = record_from_json(&variant_type, json, v.arena,
					     list_push(v.arena, &v.list), e);
		if (r < 0)
			return err_context(e, "variant %s", file->name);
	}
	*ret = v;
	v.arena = NULL;
	return 0;
}

void variants_clear(struct variants *v)
{
	v->arena = arena_free(v->arena);
}

const struct variant *variants_find(const struct variants *v, const char *name)
{
	for (size_t i = 0; i < v->list.count; i++)
		if (str_eq(v->list.items[i].name, name))
			return &v->list.items[i];
	return NULL;
}

const struct variant_account *variant_account(const struct variant *v, const char *role)
{
	for (size_t i = 0; i < v->accounts.count; i++)
		if (str_eq(v->accounts.items[i].role, role))
			return &v->accounts.items[i];
	return NULL;
}
