/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/str.h"
#include "facts/probe.h"

const char *const arch_names[] = {"x86_64", "aarch64", "other", NULL};
const char *const board_kind_names[] = {"pc", "rk3588", "arm", NULL};
const char *const firmware_kind_names[] = {"uefi", "bios", "device-tree", NULL};
const char *const secure_boot_names[] = {"unknown", "off", "on", NULL};
const char *const transport_names[] = {"unknown", "nvme",   "sata", "usb",  "scsi",
				       "sas",	  "virtio", "sd",   "emmc", NULL};
const char *const net_kind_names[] = {"ethernet", "wifi", "other", NULL};

static const struct field board_fields[] = {
	FIELD_NAMED(struct board, "kind", kind, board_kind_names),
	FIELD(struct board, "name", FIELD_STRING, name),
	FIELD(struct board, "model", FIELD_STRING, model),
	FIELD(struct board, "compatible", FIELD_STRINGS, compatible),
	FIELD(struct board, "id", FIELD_STRING, id),
	FIELD(struct board, "serial", FIELD_STRING, serial),
	FIELD(struct board, "uuid", FIELD_STRING, uuid),
};
static const struct record_type board_type = RECORD_TYPE(struct board, board_fields);

static const struct field cluster_fields[] = {
	FIELD(struct cluster, "cpus", FIELD_STRING, cpus),
	FIELD(struct cluster, "count", FIELD_U32, count),
	FIELD(struct cluster, "core", FIELD_STRING, core),
	FIELD(struct cluster, "capacity", FIELD_U32, capacity),
	FIELD(struct cluster, "maxKHz", FIELD_U64, max_khz),
};
static const struct record_type cluster_type = RECORD_TYPE(struct cluster, cluster_fields);

static const struct field cpu_fields[] = {
	FIELD(struct cpu, "vendor", FIELD_STRING, vendor),
	FIELD(struct cpu, "model", FIELD_STRING, model),
	FIELD(struct cpu, "threads", FIELD_U32, threads),
	FIELD(struct cpu, "cores", FIELD_U32, cores),
	FIELD(struct cpu, "sockets", FIELD_U32, sockets),
	FIELD_SUB(struct cpu, "clusters", FIELD_RECORDS, clusters, &cluster_type),
};
static const struct record_type cpu_type = RECORD_TYPE(struct cpu, cpu_fields);

static const struct field firmware_fields[] = {
	FIELD_NAMED(struct firmware, "kind", kind, firmware_kind_names),
	FIELD(struct firmware, "bits", FIELD_U32, bits),
	FIELD(struct firmware, "efivarsWritable", FIELD_BOOL, efivars_writable),
	FIELD_NAMED(struct firmware, "secureBoot", secure_boot, secure_boot_names),
};
static const struct record_type firmware_type = RECORD_TYPE(struct firmware, firmware_fields);

static const struct field partition_fields[] = {
	FIELD_NEEDED(struct partition, "path", FIELD_STRING, path),
	FIELD(struct partition, "number", FIELD_U32, number),
	FIELD(struct partition, "major", FIELD_U32, major),
	FIELD(struct partition, "minor", FIELD_U32, minor),
	FIELD(struct partition, "start", FIELD_U64, start),
	FIELD_NEEDED(struct partition, "bytes", FIELD_U64, bytes),
	FIELD(struct partition, "name", FIELD_STRING, name),
	FIELD(struct partition, "typeGuid", FIELD_STRING, type_guid),
	FIELD(struct partition, "guid", FIELD_STRING, guid),
	FIELD(struct partition, "attributes", FIELD_U64, attributes),
	FIELD(struct partition, "fsType", FIELD_STRING, fs_type),
	FIELD(struct partition, "fsVersion", FIELD_STRING, fs_version),
	FIELD(struct partition, "fsLabel", FIELD_STRING, fs_label),
	FIELD(struct partition, "fsUuid", FIELD_STRING, fs_uuid),
	FIELD(struct partition, "mounts", FIELD_STRINGS, mounts),
	FIELD(struct partition, "holders", FIELD_STRINGS, holders),
	FIELD(struct partition, "system", FIELD_STRING, system),
	FIELD(struct partition, "roomKnown", FIELD_BOOL, room_known),
	FIELD(struct partition, "freeBytes", FIELD_U64, free_bytes),
	FIELD(struct partition, "fsBytes", FIELD_U64, fs_bytes),
	FIELD(struct partition, "bootLoaders", FIELD_STRINGS, boot_loaders),
};
static const struct record_type partition_type = RECORD_TYPE(struct partition, partition_fields);

static const struct field disk_fields[] = {
	FIELD_NEEDED(struct disk, "path", FIELD_STRING, path),
	FIELD(struct disk, "byId", FIELD_STRING, by_id),
	FIELD(struct disk, "links", FIELD_STRINGS, links),
	FIELD(struct disk, "model", FIELD_STRING, model),
	FIELD(struct disk, "vendor", FIELD_STRING, vendor),
	FIELD(struct disk, "serial", FIELD_STRING, serial),
	FIELD(struct disk, "wwid", FIELD_STRING, wwid),
	FIELD(struct disk, "major", FIELD_U32, major),
	FIELD(struct disk, "minor", FIELD_U32, minor),
	FIELD_NEEDED(struct disk, "bytes", FIELD_U64, bytes),
	FIELD_NEEDED(struct disk, "sectorBytes", FIELD_U32, sector_bytes),
	FIELD_NAMED(struct disk, "transport", transport, transport_names),
	FIELD(struct disk, "removable", FIELD_BOOL, removable),
	FIELD(struct disk, "rotational", FIELD_BOOL, rotational),
	FIELD(struct disk, "readOnly", FIELD_BOOL, read_only),
	FIELD(struct disk, "liveMedium", FIELD_BOOL, live_medium),
	FIELD(struct disk, "table", FIELD_STRING, table),
	FIELD(struct disk, "fsType", FIELD_STRING, fs_type),
	FIELD(struct disk, "fsLabel", FIELD_STRING, fs_label),
	FIELD(struct disk, "fsUuid", FIELD_STRING, fs_uuid),
	FIELD(struct disk, "mounts", FIELD_STRINGS, mounts),
	FIELD(struct disk, "holders", FIELD_STRINGS, holders),
	FIELD_SUB(struct disk, "partitions", FIELD_RECORDS, partitions, &partition_type),
};
static const struct record_type disk_type = RECORD_TYPE(struct disk, disk_fields);

static const struct field net_fields[] = {
	FIELD_NEEDED(struct net, "name", FIELD_STRING, name),
	FIELD(struct net, "mac", FIELD_STRING, mac),
	FIELD(struct net, "driver", FIELD_STRING, driver),
	FIELD_NAMED(struct net, "kind", kind, net_kind_names),
	FIELD(struct net, "carrier", FIELD_BOOL, carrier),
};
static const struct record_type net_type = RECORD_TYPE(struct net, net_fields);

static const struct field gpu_fields[] = {
	FIELD(struct gpu, "vendor", FIELD_STRING, vendor),
	FIELD(struct gpu, "vendorId", FIELD_STRING, vendor_id),
	FIELD(struct gpu, "deviceId", FIELD_STRING, device_id),
	FIELD(struct gpu, "driver", FIELD_STRING, driver),
};
static const struct record_type gpu_type = RECORD_TYPE(struct gpu, gpu_fields);

static const struct field sound_fields[] = {
	FIELD(struct sound_card, "id", FIELD_STRING, id),
	FIELD(struct sound_card, "name", FIELD_STRING, name),
	FIELD(struct sound_card, "driver", FIELD_STRING, driver),
	FIELD(struct sound_card, "bus", FIELD_STRING, bus),
};
static const struct record_type sound_type = RECORD_TYPE(struct sound_card, sound_fields);

static const struct field facts_fields[] = {
	FIELD_NEEDED(struct facts, "version", FIELD_U32, version),
	{"arch", FIELD_ENUM, true, offsetof(struct facts, arch), NULL, arch_names},
	FIELD_SUB(struct facts, "board", FIELD_RECORD, board, &board_type),
	FIELD_SUB(struct facts, "cpu", FIELD_RECORD, cpu, &cpu_type),
	FIELD_NEEDED(struct facts, "memoryBytes", FIELD_U64, memory_bytes),
	FIELD_SUB(struct facts, "firmware", FIELD_RECORD, firmware, &firmware_type),
	FIELD(struct facts, "virtualisation", FIELD_STRING, virtualisation),
	FIELD(struct facts, "system", FIELD_STRING, system),
	FIELD(struct facts, "release", FIELD_STRING, release),
	FIELD(struct facts, "mediumImage", FIELD_STRING, medium.image),
	FIELD(struct facts, "mediumRegistration", FIELD_STRING, medium.registration),
	FIELD(struct facts, "mediumRoots", FIELD_STRING, medium.roots),
	FIELD(struct facts, "consoles", FIELD_STRINGS, consoles),
	FIELD_SUB(struct facts, "disks", FIELD_RECORDS, disks, &disk_type),
	FIELD_SUB(struct facts, "networks", FIELD_RECORDS, networks, &net_type),
	FIELD_SUB(struct facts, "gpus", FIELD_RECORDS, gpus, &gpu_type),
	FIELD_SUB(struct facts, "soundCards", FIELD_RECORDS, sound_cards, &sound_type),
	FIELD(struct facts, "storageModules", FIELD_STRINGS, storage_modules),
};
static const struct record_type facts_type = RECORD_TYPE(struct facts, facts_fields);

static struct facts *facts_new(void)
{
	struct facts *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new();
	f->version = FACTS_VERSION;
	return f;
}

struct facts *facts_free(struct facts *f)
{
	if (f)
		arena_free(f->arena);
	free(f);
	return NULL;
}

void facts_cleanup(struct facts **f)
{
	*f = facts_free(*f);
}

struct json_object *facts_to_json(const struct facts *f)
{
	return record_to_json(&facts_type, f);
}

/* A recorded machine is input like any other: what is shown of it must be safe to show. */
static void sanitise_strings(const struct record_type *t, void *record)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];
		char *at = (char *)record + f->offset;

		if (f->type == FIELD_STRING && *(char **)at) {
			str_sanitise(*(char **)at);
		} else if (f->type == FIELD_STRINGS) {
			for (size_t j = 0; j < ((struct strings *)at)->count; j++)
				str_sanitise(((struct strings *)at)->items[j]);
		} else if (f->type == FIELD_RECORD) {
			sanitise_strings(f->record, at);
		} else if (f->type == FIELD_RECORDS) {
			struct {
				char *items;
				size_t count;
			} list;

			memcpy(&list, at, sizeof(list));
			for (size_t j = 0; j < list.count; j++)
				sanitise_strings(f->record, list.items + j * f->record->size);
		}
	}
}

struct facts *facts_detect(const struct sys *s)
{
	struct facts *f = facts_new();

	probe_machine(s, f);
	probe_cpu(s, f);
	probe_devices(s, f);
	probe_disks(s, f);
	sanitise_strings(&facts_type, f); /* names of directories and links, too */
	return f;
}

static int facts_from_json(struct json_object *json, struct facts **ret, struct err *e)
{
	_cleanup_facts_ struct facts *f = facts_new();
	struct arena *arena = f->arena;
	int r = record_from_json(&facts_type, json, arena, f, e);

	f->arena = arena; /* the record was replaced as a whole */
	if (r < 0)
		return r;
	if (f->version != FACTS_VERSION)
		return err_set(e, ERR_INVALID, "record the machine again with this program",
			       "version %u of a recorded machine is unknown, %u is read",
			       f->version, FACTS_VERSION);
	sanitise_strings(&facts_type, f);
	*ret = take(f);
	return 0;
}

int facts_read_file(const char *path, struct facts **ret, struct err *e)
{
	struct sys here = {.rootfd = AT_FDCWD, .live = true};
	_cleanup_arena_ struct arena *a = arena_new();
	_cleanup_json_ struct json_object *json = NULL;
	size_t len;
	char *text = sys_slurp(&here, a, path, 4 << 20, &len);
	int r;

	if (!text)
		return err_errno(e, errno, "make one with: archibald detect --json",
				 "cannot read the recorded machine %s", path);
	r = json_parse(text, len, path, &json, e);
	if (r == 0)
		r = facts_from_json(json, ret, e);
	return r < 0 ? err_context(e, "the recorded machine %s", path) : 0;
}

static const char *first_of(const struct strings *list)
{
	return list->count ? list->items[0] : NULL;
}

const char *disk_in_use(const struct disk *d, struct arena *a)
{
	if (d->live_medium)
		return "it is the medium this system was started from";
	if (d->read_only)
		return "it is read-only";
	if (first_of(&d->mounts))
		return arena_printf(a, "it is mounted at %s", first_of(&d->mounts));
	if (first_of(&d->holders))
		return arena_printf(a, "%s uses it", first_of(&d->holders));
	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *p = &d->partitions.items[i];

		if (first_of(&p->mounts))
			return arena_printf(a, "%s is %s %s", p->path,
					    str_eq(first_of(&p->mounts), "[swap]") ? "active as"
										   : "mounted at",
					    first_of(&p->mounts));
		if (first_of(&p->holders))
			return arena_printf(a, "%s is used by %s", p->path, first_of(&p->holders));
	}
	return NULL;
}

static void mark_disk(struct disk *d, const struct strings *guids)
{
	d->remains = d->partitions.count && !d->fs_type;
	for (size_t i = 0; i < d->partitions.count; i++) {
		struct partition *p = &d->partitions.items[i];

		p->remains = p->guid && strings_have(guids, p->guid);
		d->remains = d->remains && p->remains;
	}
}

void facts_mark_remains(struct facts *f, const struct strings *guids)
{
	for (size_t i = 0; i < f->disks.count; i++)
		mark_disk(&f->disks.items[i], guids);
}

/* The partition that is met first from this byte on; NULL: none. */
static const struct partition *first_from(const struct disk *d, uint64_t from)
{
	const struct partition *first = NULL;

	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *p = &d->partitions.items[i];

		if (!p->remains && p->bytes && p->start + p->bytes > from &&
		    (!first || p->start < first->start))
			first = p;
	}
	return first;
}

struct disk_areas disk_free_areas(const struct disk *d, struct arena *a)
{
	const uint64_t mib = UINT64_C(1) << 20;
	/* Behind the last usable sector lies the backup of the table: 128 entries and a header. */
	uint64_t backup = UINT64_C(128) * 128 + d->sector_bytes, at = mib;
	uint64_t last = d->bytes > backup ? (d->bytes - backup) / mib * mib : 0;
	struct disk_areas areas = {0};

	while ((str_eq(d->table, "gpt") || str_eq(d->table, "dos")) && at < last) {
		const struct partition *p = first_from(d, at);
		uint64_t end = p ? p->start / mib * mib : last;

		end = end < last ? end : last;
		if (end > at)
			*list_push(a, &areas.list) = (struct disk_area){at, end - at};
		if (!p)
			break;
		at = (p->start + p->bytes + mib - 1) / mib * mib;
	}
	return areas;
}

bool disk_has_data(const struct disk *d)
{
	/* A table without partitions may be of a kind that this kernel does not read. */
	bool unread = d->table && !str_eq(d->table, "gpt") && !str_eq(d->table, "dos");

	return !d->remains && (d->partitions.count || d->fs_type || unread);
}

const char *disk_title(const struct disk *d, struct arena *a)
{
	return arena_printf(a, "%s, %s, %s", d->model ? d->model : "no model name",
			    size_text(d->bytes).s, transport_names[d->transport]);
}

const char *facts_board(const struct facts *f, struct arena *a)
{
	_cleanup_str_ struct str out = {0};

	if (f->board.name)
		return f->board.name;
	for (const char *c = f->board.model; c && *c; c++)
		if ((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9'))
			str_addc(&out, *c);
		else if (*c >= 'A' && *c <= 'Z')
			str_addc(&out, (char)(*c - 'A' + 'a'));
		else if (out.len && out.s[out.len - 1] != '-')
			str_addc(&out, '-');
	if (out.len && out.s[out.len - 1] == '-')
		out.s[--out.len] = '\0';
	return out.len ? arena_strdup(a, out.s) : NULL;
}
