/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes that keep a disk's table: the free space beside other systems, and existing partitions. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "answers/shrinking.h"
#include "base/str.h"
#include "base/uuid.h"
#include "plan/plan_keeping.h"
#include "plan/plan_parts.h"

/* --- the table -------------------------------------------------------------------------------- */

static uint64_t free_total(const struct disk *d)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct disk_areas areas = disk_free_areas(d, a);
	uint64_t sum = 0;

	for (size_t i = 0; i < areas.list.count; i++)
		sum += areas.list.items[i].bytes;
	return sum;
}

const char *partitions_text(const struct disk *d, struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; i < d->partitions.count; i++)
		text = arena_printf(
			a, "%s%s%s (%s%s%s)", text, i ? ", " : "", d->partitions.items[i].path,
			size_text(d->partitions.items[i].bytes).s,
			d->partitions.items[i].fs_type ? ", " : "",
			d->partitions.items[i].fs_type ? d->partitions.items[i].fs_type : "");
	return text[0] ? text : "none";
}

static int check_table(const struct disk *d, struct err *e)
{
	if (str_eq(d->table, "gpt"))
		return 0;
	err_set(e, ERR_UNSUPPORTED,
		str_eq(d->table, "dos") ? "have it converted to GPT first (mbr2gpt in Windows, "
					  "gdisk elsewhere), or "
					  "erase the whole disk (disk.mode erase)"
					: "erase the whole disk (disk.mode erase)",
		"nothing on %s can be kept", d->path);
	return err_why(e,
		       "partitions are added to a GPT only, and this disk has %s (%zu partitions, "
		       "%s free)",
		       str_eq(d->table, "dos") ? "an MBR table"
		       : d->table	       ? d->table
					       : "no partition table",
		       d->partitions.count, size_text(free_total(d)).s);
}

/* Identifiers come from outside: what is no GUID cannot be recognised before the first write. */
static int add_old(struct keeping *k, const struct partition *p, struct err *e)
{
	struct old_part *o;

	if (!p->guid || !uuid_valid(p->guid) || !p->type_guid || !uuid_valid(p->type_guid) ||
	    p->number < 1 || p->number > 128)
		return err_set(e, ERR_UNSUPPORTED, "look at it with gdisk, or erase the whole disk",
			       "the identifiers of %s are not known", p->path);
	o = list_push(k->plan->arena, &k->old);
	*o = (struct old_part){
		.number = p->number,
		.start = p->start,
		.size = p->bytes,
		.remove = p->remains && keeping_adds(k),
	};
	snprintf(o->guid, sizeof(o->guid), "%s", p->guid);
	snprintf(o->type_guid, sizeof(o->type_guid), "%s", p->type_guid);
	return 0;
}

struct part_use *keeping_add_use(struct keeping *k, const struct partition *p, enum part_role role,
				 enum part_fate fate, const char *mountpoint)
{
	struct part_use *u = list_push(k->plan->arena, &k->uses);

	*u = (struct part_use){
		.number = p->number,
		.role = role,
		.fate = fate,
		.fs = fate != FATE_FORMAT && p->fs_type ? fs_kind_by_name(p->fs_type) : FS_NONE,
		.mountpoint = mountpoint,
		.fs_uuid = fate != FATE_FORMAT ? p->fs_uuid : NULL,
	};
	return u;
}

const struct partition *partition_of_type(const struct disk *d, const char *type_guid, bool remains)
{
	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *p = &d->partitions.items[i];

		if (p->remains == remains && p->type_guid &&
		    strcasecmp(p->type_guid, type_guid) == 0)
			return p;
	}
	return NULL;
}

const struct partition *keeping_use_bios_boot(struct keeping *k)
{
	const struct partition *p = partition_of_type(k->disk, TYPE_GUID_BIOS_BOOT, false);

	if (!p)
		return NULL;
	keeping_add_use(k, p, PART_BIOS_BOOT, FATE_KEEP, "")->fs = FS_NONE;
	keeping_note(k,
		     "GRUB takes the place of the boot loader that the disk has now. Other systems "
		     "come into its menu with boot.loader.grub.useOSProber = true and "
		     "nixos-rebuild.");
	return p;
}

/* --- free space ------------------------------------------------------------------------------- */

enum esp_choice { ESP_NEW, ESP_SHARED, ESP_LOADER_ONLY };

/*
 * A run that was cut off may have filled what room there was: it goes on as it began. Beside
 * another NixOS an EFI system partition is never shared: the boot loader's installation takes away
 * all entries of NixOS that are not its own.
 */
static enum esp_choice choose_esp(const struct disk *d, const struct partition *esp)
{
	if (!esp || partition_of_type(d, TYPE_GUID_ESP, true))
		return ESP_NEW;
	if (partition_of_type(d, TYPE_GUID_XBOOTLDR, true))
		return ESP_LOADER_ONLY;
	for (size_t i = 0; i < d->partitions.count; i++)
		if (d->partitions.items[i].remains)
			return ESP_SHARED;
	if (!esp->room_known || strings_have(&esp->boot_loaders, "nixos"))
		return ESP_NEW;
	if (esp->free_bytes >= BOOT_ROOM_BYTES)
		return ESP_SHARED;
	/* Of two partitions for kernels the boot loader reads the first only. */
	return esp->free_bytes >= BOOT_LOADER_BYTES &&
			       !partition_of_type(d, TYPE_GUID_XBOOTLDR, false)
		       ? ESP_LOADER_ONLY
		       : ESP_NEW;
}

static void note_new_esp(struct keeping *k, const struct partition *esp)
{
	const struct partition *other = partition_of_type(k->disk, TYPE_GUID_XBOOTLDR, false);
	const char *why = !esp->room_known ? "it could not be read"
			  : strings_have(&esp->boot_loaders, "nixos")
				  ? "another NixOS has its boot entries there, which would be lost"
			  : other && esp->free_bytes >= BOOT_LOADER_BYTES
				  ? arena_printf(k->plan->arena,
						 "only %s are free in it, and "
						 "the boot loader reads no partition for kernels "
						 "(XBOOTLDR) but %s",
						 size_text(esp->free_bytes).s, other->path)
				  : arena_printf(k->plan->arena, "only %s are free in it",
						 size_text(esp->free_bytes).s);

	keeping_note(k, arena_printf(k->plan->arena,
				     "%s is left alone: %s. The new system gets an EFI system "
				     "partition of its own.",
				     esp->path, why));
}

/* The first EFI system partition with a FAT. */
static const struct partition *find_esp(const struct disk *d)
{
	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *p = &d->partitions.items[i];

		if (!p->remains && p->type_guid && strcasecmp(p->type_guid, TYPE_GUID_ESP) == 0 &&
		    str_eq(p->fs_type, "vfat") && p->fs_uuid)
			return p;
	}
	return NULL;
}

static void use_esp(struct keeping *k)
{
	struct arena *a = k->plan->arena;
	const struct partition *esp = find_esp(k->disk);
	enum esp_choice choice = choose_esp(k->disk, esp);
	struct part_use *u;

	if (choice == ESP_NEW) {
		if (esp)
			note_new_esp(k, esp);
		return;
	}
	u = keeping_add_use(k, esp, PART_ESP, FATE_KEEP, choice == ESP_SHARED ? "/boot" : "/efi");
	u->room_bytes = choice == ESP_SHARED ? BOOT_ROOM_BYTES : BOOT_LOADER_BYTES;
	if (choice == ESP_SHARED)
		keeping_note(
			k, arena_printf(a,
					"%s is shared with what is there: it is not formatted, and "
					"%d generations of the system fit into it (%s).",
					esp->path, BOOT_GENERATIONS, size_text(BOOT_ROOM_BYTES).s));
	else
		keeping_note(
			k,
			arena_printf(a,
				     "%s is too small for kernels (%d generations take %s): only "
				     "the boot loader goes there, and kernels to a partition of "
				     "their own at /boot (XBOOTLDR).",
				     esp->path, BOOT_GENERATIONS, size_text(BOOT_ROOM_BYTES).s));
}

static void use_largest_area(struct keeping *k)
{
	struct disk_areas areas = disk_free_areas(k->disk, k->plan->arena);

	for (size_t i = 0; i < areas.list.count; i++) {
		struct disk_area area = areas.list.items[i];

		/* What the board's ROM and U-Boot have there is in no table. */
		if (k->r->boot == BOOT_UBOOT && area.start < UBOOT_KEEP_BYTES) {
			uint64_t cut = UBOOT_KEEP_BYTES - area.start;

			area.start += cut;
			area.bytes = area.bytes > cut ? area.bytes - cut : 0;
		}
		if (area.bytes > k->r->area_bytes) {
			k->r->area_start = area.start;
			k->r->area_bytes = area.bytes;
		}
	}
}

/* What the partition leaves that becomes smaller, and is free behind it. */
static int use_shrunk(struct keeping *k, struct err *e)
{
	const struct answers *w = k->v->answers;
	const struct partition *p = shrink_partition(k->v);
	struct disk_area area;
	struct part_use *u;

	if (!p) {
		err_set(e, ERR_NOT_FOUND, "archibald detect shows the partitions of this machine",
			"there is no partition %s on %s", w->shrink, k->disk->path);
		return err_why(e, "there are: %s", partitions_text(k->disk, k->plan->arena));
	}
	area = shrink_area(k->disk, p, w->shrink_to, k->plan->arena);
	u = keeping_add_use(k, p, PART_DATA, FATE_SHRINK, "");
	u->size = w->shrink_to;
	k->r->area_start = area.start;
	k->r->area_bytes = area.bytes;
	strings_add(
		k->plan->arena, &k->plan->warnings,
		arena_printf(k->plan->arena,
			     "The file system of %s is made smaller. Its files stay; have a "
			     "backup of them all the same, and do not cut the power meanwhile. A "
			     "system in it must have been shut down, not hibernated.",
			     p->path));
	return 0;
}

/* Of the partition that leaves too little: how small it would have to be. */
static int check_shrunk_area(struct keeping *k, struct err *e)
{
	const struct partition *p = shrink_partition(k->v);
	uint64_t needed = layout_needed(k->r), has = k->r->area_bytes;
	uint64_t keeps = k->v->answers->shrink_to, missing = needed - has;

	if (has >= needed)
		return 0;
	err_set(e, ERR_TOO_SMALL,
		missing < keeps && keeps - missing >= shrink_least(p)
			? "let it keep less (disk.shrinkTo)"
			: "make room in it, choose another one or erase the whole disk",
		"%s leaves %s when it keeps %s, and the new system needs %s", p->path,
		size_text(has).s, size_text(keeps).s, size_text(needed).s);
	return err_why(e, "%llu bytes are missing, and it needs at least %s for what is in it",
		       (unsigned long long)missing, size_text(shrink_least(p)).s);
}

static int plan_new_partitions(struct keeping *k, struct err *e)
{
	int n = 0;

	if (is_mode_shrink(k->v))
		n = use_shrunk(k, e);
	else
		use_largest_area(k);
	if (n < 0)
		return n;
	if (!k->r->area_bytes && !is_mode_shrink(k->v)) {
		err_set(e, ERR_TOO_SMALL,
			"make room: delete or shrink a partition, or erase the whole disk",
			"there is no free space on %s", k->disk->path);
		return err_why(e, "its %zu partitions take all of its %s",
			       k->disk->partitions.count, size_text(k->disk->bytes).s);
	}
	if (k->r->boot == BOOT_UEFI)
		use_esp(k);
	else if (k->r->boot == BOOT_BIOS)
		(void)keeping_use_bios_boot(k);
	if (!is_mode_shrink(k->v))
		return 0;
	k->r->uses = k->uses.items;
	k->r->use_count = k->uses.count;
	k->r->keep_table = true;
	return check_shrunk_area(k, e);
}

/* --- what is shown ---------------------------------------------------------------------------- */

static const struct part *part_of(const struct layout *l, const struct partition *p)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].number == p->number && l->parts[i].fate != FATE_CREATE)
			return &l->parts[i];
	return NULL;
}

static void show_before(struct keeping *k, struct plan_disk *disk)
{
	struct arena *a = k->plan->arena;

	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *p = &k->disk->partitions.items[i];
		const struct part *part = part_of(&disk->layout, p);
		struct plan_before *b = list_push(a, &disk->before);

		*b = (struct plan_before){
			.action = p->remains && keeping_adds(k)	      ? PLAN_DELETE
				  : part && part->fate == FATE_FORMAT ? PLAN_FORMAT
				  : part && part->fate == FATE_SHRINK ? PLAN_SHRINK
								      : PLAN_KEEP,
			.path = arena_strdup(a, p->path),
			.file_system = arena_strdup(a, p->fs_type),
			.label = arena_strdup(a, p->fs_label ? p->fs_label : p->name),
			.system = arena_strdup(a, p->system),
			.bytes = p->bytes,
		};
		if (b->action == PLAN_FORMAT && !p->remains)
			disk->lost_bytes += p->bytes;
	}
}

/* One that the system does not use; `shrunk`: as it will be. */
static void show_unused(struct plan *p, struct plan_disk *disk, const struct partition *part,
			const struct part *shrunk)
{
	struct arena *a = p->arena;

	*list_push(a, &disk->after) = (struct plan_part){
		.action = shrunk ? PLAN_SHRINK : PLAN_KEEP,
		.number = part->number,
		.start = part->start,
		.bytes = shrunk ? shrunk->size : part->bytes,
		.name = arena_strdup(a, part->name),
		.role = arena_strdup(a, part->system ? part->system : "not used"),
		.type_guid = arena_strdup(a, part->type_guid),
		.guid = arena_strdup(a, part->guid),
		.file_system = arena_strdup(a, part->fs_type),
		.fs_uuid = arena_strdup(a, part->fs_uuid),
		.fs_label = arena_strdup(a, part->fs_label),
	};
}

static void sort_by_place(struct plan_disk *d)
{
	for (size_t i = 1; i < d->after.count; i++)
		for (size_t j = i; j && d->after.items[j - 1].start > d->after.items[j].start;
		     j--) {
			struct plan_part swap = d->after.items[j];

			d->after.items[j] = d->after.items[j - 1];
			d->after.items[j - 1] = swap;
		}
}

static void show_after(struct keeping *k, struct plan_disk *disk)
{
	for (size_t i = 0; i < disk->layout.count; i++)
		if (disk->layout.parts[i].fate != FATE_SHRINK)
			plan_show_part(k->plan, disk, &disk->layout.parts[i]);
	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *p = &k->disk->partitions.items[i];
		const struct part *part = part_of(&disk->layout, p);

		if (layout_old(&disk->layout, p->number) && (!part || part->fate == FATE_SHRINK))
			show_unused(k->plan, disk, p, part);
	}
	sort_by_place(disk);
}

static bool stays(const struct keeping *k, const struct partition *p)
{
	const struct part *part = part_of(&k->plan->disks.items[0].layout, p);

	return !p->remains && !(part && part->fate == FATE_FORMAT);
}

static const struct partition *windows_of(const struct keeping *k)
{
	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *p = &k->disk->partitions.items[i];

		if (str_eq(p->system, "Windows") && stays(k, p))
			return p;
	}
	return NULL;
}

/* systemd-boot shows what lies on the partition that it was started from. */
static void note_windows(struct keeping *k, const struct layout *l)
{
	const struct partition *windows = windows_of(k);
	const struct part *esp = layout_part(l, PART_ESP);

	if (!windows || k->r->boot != BOOT_UEFI)
		return;
	for (size_t i = 0; esp && esp->fate == FATE_KEEP && i < k->disk->partitions.count; i++) {
		const struct partition *p = &k->disk->partitions.items[i];

		if (p->number == esp->number && strings_have(&p->boot_loaders, "windows")) {
			keeping_note(k,
				     arena_printf(k->plan->arena,
						  "Windows (%s) stays, and is in the boot menu by "
						  "itself.",
						  windows->path));
			return;
		}
	}
	keeping_note(k,
		     arena_printf(k->plan->arena,
				  "Windows (%s) stays. Its boot loader is not on the EFI system "
				  "partition of the new system: it is started from the firmware's "
				  "own boot menu (often F12).",
				  windows->path));
}

static void note_parts(struct keeping *k, const struct layout *l)
{
	struct plan *p = k->plan;

	note_windows(k, l);
	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *old = &k->disk->partitions.items[i];
		const struct part *part = part_of(l, old);

		if (!part || part->fate != FATE_KEEP)
			continue;
		if (part->fs == FS_VFAT && !keeping_adds(k) &&
		    strings_have(&old->boot_loaders, "nixos"))
			strings_add(p->arena, &p->warnings,
				    arena_printf(p->arena,
						 "The entries of an earlier NixOS in the boot menu "
						 "of %s are taken away.",
						 old->path));
		if (part->fs == FS_BTRFS && !part->subvolume_count)
			strings_add(p->arena, &p->warnings,
				    arena_printf(p->arena,
						 "%s is a btrfs, and its top is mounted at %s; a "
						 "subvolume can be named in an answer file.",
						 old->path, part->mountpoint));
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

int plan_keep(const struct interview *v, struct plan *p, struct layout_request *r, struct err *e)
{
	struct plan_disk *disk = &p->disks.items[0];
	struct keeping k = {.v = v, .plan = p, .disk = interview_disk(v), .r = r};
	int n = check_table(k.disk, e);

	for (size_t i = 0; i < k.disk->partitions.count && n == 0; i++)
		n = add_old(&k, &k.disk->partitions.items[i], e);
	if (n == 0)
		n = keeping_adds(&k) ? plan_new_partitions(&k, e) : plan_uses(&k, e);
	if (n < 0)
		return n;
	r->keep_table = true;
	r->old = k.old.items;
	r->old_count = k.old.count;
	r->uses = k.uses.items;
	r->use_count = k.uses.count;
	n = layout_make(r, &disk->layout, e);
	if (n < 0)
		return err_context(e, "%s", disk->path);
	disk->mode = arena_strdup(p->arena, v->answers->disk_mode);
	n = plan_uses_check(&k, &disk->layout, e);
	if (n < 0)
		return n;
	show_before(&k, disk);
	show_after(&k, disk);
	note_parts(&k, &disk->layout);
	return 0;
}
