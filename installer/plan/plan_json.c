/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-c/json.h>

#include "base/record.h"
#include "plan/plan_parts.h"

static const char *const source_names[] = {"none", "typed", "hash", "file", NULL};

static const struct field before_fields[] = {
	FIELD_NAMED(struct plan_before, "action", action, plan_action_names),
	FIELD(struct plan_before, "path", FIELD_STRING, path),
	FIELD(struct plan_before, "bytes", FIELD_U64, bytes),
	FIELD(struct plan_before, "fileSystem", FIELD_STRING, file_system),
	FIELD(struct plan_before, "label", FIELD_STRING, label),
	FIELD(struct plan_before, "system", FIELD_STRING, system),
};
static const struct record_type before_type = RECORD_TYPE(struct plan_before, before_fields);

static const struct field part_fields[] = {
	FIELD_NAMED(struct plan_part, "action", action, plan_action_names),
	FIELD(struct plan_part, "number", FIELD_U32, number),
	FIELD(struct plan_part, "role", FIELD_STRING, role),
	FIELD(struct plan_part, "name", FIELD_STRING, name),
	FIELD(struct plan_part, "start", FIELD_U64, start),
	FIELD(struct plan_part, "bytes", FIELD_U64, bytes),
	FIELD(struct plan_part, "typeGuid", FIELD_STRING, type_guid),
	FIELD(struct plan_part, "guid", FIELD_STRING, guid),
	FIELD(struct plan_part, "fileSystem", FIELD_STRING, file_system),
	FIELD(struct plan_part, "fsUuid", FIELD_STRING, fs_uuid),
	FIELD(struct plan_part, "fsLabel", FIELD_STRING, fs_label),
	FIELD(struct plan_part, "mountPoint", FIELD_STRING, mountpoint),
	FIELD(struct plan_part, "subvolumes", FIELD_STRINGS, subvolumes),
	FIELD(struct plan_part, "luksUuid", FIELD_STRING, luks_uuid),
	FIELD(struct plan_part, "mapper", FIELD_STRING, mapper),
};
static const struct record_type part_type = RECORD_TYPE(struct plan_part, part_fields);

static const struct field disk_fields[] = {
	FIELD(struct plan_disk, "path", FIELD_STRING, path),
	FIELD(struct plan_disk, "byId", FIELD_STRING, by_id),
	FIELD(struct plan_disk, "model", FIELD_STRING, model),
	FIELD(struct plan_disk, "serial", FIELD_STRING, serial),
	FIELD(struct plan_disk, "wwid", FIELD_STRING, wwid),
	FIELD(struct plan_disk, "bytes", FIELD_U64, bytes),
	FIELD(struct plan_disk, "mode", FIELD_STRING, mode),
	FIELD_SUB(struct plan_disk, "before", FIELD_RECORDS, before, &before_type),
	FIELD(struct plan_disk, "lostBytes", FIELD_U64, lost_bytes),
	FIELD_SUB(struct plan_disk, "partitions", FIELD_RECORDS, after, &part_type),
};
static const struct record_type disk_type = RECORD_TYPE(struct plan_disk, disk_fields);

static const struct field account_fields[] = {
	FIELD(struct plan_account, "name", FIELD_STRING, name),
	FIELD_NAMED(struct plan_account, "password", source, source_names),
	FIELD(struct plan_account, "hashFile", FIELD_STRING, target),
};
static const struct record_type account_type = RECORD_TYPE(struct plan_account, account_fields);

static const struct field hook_fields[] = {
	FIELD_NAMED(struct plan_hook, "when", when, hook_when_names),
	FIELD(struct plan_hook, "file", FIELD_STRING, file),
	FIELD(struct plan_hook, "sha256", FIELD_STRING, sha256),
	FIELD(struct plan_hook, "run", FIELD_STRINGS, run),
	FIELD(struct plan_hook, "mayFail", FIELD_BOOL, may_fail),
	FIELD(struct plan_hook, "seconds", FIELD_U32, seconds),
};
static const struct record_type hook_type = RECORD_TYPE(struct plan_hook, hook_fields);

static const struct field step_fields[] = {
	FIELD(struct step, "id", FIELD_STRING, id),
	FIELD_NAMED(struct step, "kind", kind, step_kind_names),
	FIELD(struct step, "title", FIELD_STRING, title),
	FIELD(struct step, "weight", FIELD_U32, weight),
	FIELD(struct step, "destructive", FIELD_BOOL, destructive),
	FIELD(struct step, "writes", FIELD_BOOL, writes),
};
static const struct record_type step_type = RECORD_TYPE(struct step, step_fields);

static const struct field file_fields[] = {
	FIELD(struct plan_file, "path", FIELD_STRING, path),
	FIELD(struct plan_file, "content", FIELD_STRING, content),
};
static const struct record_type file_type = RECORD_TYPE(struct plan_file, file_fields);

static const struct field plan_fields[] = {
	FIELD(struct plan, "version", FIELD_U32, version),
	FIELD(struct plan, "program", FIELD_STRING, program),
	FIELD(struct plan, "hash", FIELD_STRING, hash),
	FIELD(struct plan, "variant", FIELD_STRING, variant),
	FIELD(struct plan, "hostName", FIELD_STRING, host_name),
	FIELD(struct plan, "seed", FIELD_STRING, seed),
	FIELD(struct plan, "boot", FIELD_STRING, boot),
	FIELD_SUB(struct plan, "disks", FIELD_RECORDS, disks, &disk_type),
	FIELD(struct plan, "encrypted", FIELD_BOOL, encrypted),
	FIELD(struct plan, "allowDiscards", FIELD_BOOL, allow_discards),
	FIELD(struct plan, "luksMemoryKib", FIELD_U32, luks_memory_kib),
	FIELD(struct plan, "luksThreads", FIELD_U32, luks_threads),
	FIELD(struct plan, "swap", FIELD_STRING, swap_kind),
	FIELD(struct plan, "swapBytes", FIELD_U64, swap_bytes),
	FIELD(struct plan, "swapFileUuid", FIELD_STRING, swap_file_uuid),
	FIELD_SUB(struct plan, "accounts", FIELD_RECORDS, accounts, &account_type),
	FIELD(struct plan, "warnings", FIELD_STRINGS, warnings),
	FIELD(struct plan, "notes", FIELD_STRINGS, notes),
	FIELD(struct plan, "storeImage", FIELD_STRING, store.image),
	FIELD(struct plan, "storeRegistration", FIELD_STRING, store.registration),
	FIELD(struct plan, "storeRoots", FIELD_STRING, store.roots),
	FIELD_SUB(struct plan, "hooks", FIELD_RECORDS, hooks, &hook_type),
	FIELD_SUB(struct plan, "steps", FIELD_RECORDS, steps, &step_type),
	FIELD(struct plan, "report", FIELD_STRING, report),
	FIELD(struct plan, "finish", FIELD_STRING, finish),
	FIELD_SUB(struct plan, "files", FIELD_RECORDS, files, &file_type),
};
static const struct record_type plan_type = RECORD_TYPE(struct plan, plan_fields);

struct json_object *plan_to_json(const struct plan *p)
{
	struct json_object *json = record_to_json(&plan_type, p);

	if (!p->hooks.count)
		json_object_object_del(json, "hooks");
	return json;
}

/* What is on the disk at the end, and the way there. Not in it: what an interrupted run has changed
 * (the disk before, what is said of it), where a password came from (the answers that are kept have
 * its hash), and what becomes of the machine afterwards. */
struct json_object *plan_outcome_json(const struct plan *p)
{
	struct plan outcome = *p;

	outcome.disks.items = arena_alloc(p->arena, p->disks.count * sizeof(*p->disks.items));
	for (size_t i = 0; i < p->disks.count; i++) {
		outcome.disks.items[i] = p->disks.items[i];
		outcome.disks.items[i].before.count = 0;
		outcome.disks.items[i].lost_bytes = 0;
	}
	outcome.accounts.items = arena_alloc(p->arena,
					     p->accounts.count * sizeof(*p->accounts.items));
	for (size_t i = 0; i < p->accounts.count; i++) {
		outcome.accounts.items[i] = p->accounts.items[i];
		outcome.accounts.items[i].source = PASSWORD_NONE;
	}
	outcome.warnings = outcome.notes = (struct strings){0};
	outcome.report = outcome.finish = NULL;
	return plan_to_json(&outcome);
}
