/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mode partitions: what the existing partitions are used for, and what is refused of that. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "plan/plan_keeping.h"

/* --- existing partitions ---------------------------------------------------------------------- */

static enum part_role role_of(const struct keeping *k, const char *mountpoint)
{
	static const struct {
		const char *mountpoint;
		enum part_role role;
	} roles[] = {{"/", PART_ROOT}, {"/efi", PART_ESP}, {PARTITION_SWAP, PART_SWAP}};

	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		if (str_eq(roles[i].mountpoint, mountpoint))
			return roles[i].role;
	if (!str_eq(mountpoint, "/boot"))
		return PART_DATA;
	/* Beside an EFI system partition at /efi it is XBOOTLDR. */
	return k->r->boot == BOOT_UEFI && !partition_use_at(&k->v->answers->disk_partitions, "/efi")
		       ? PART_ESP
		       : PART_BOOT;
}

static int check_kept(const struct partition *p, const struct partition_use *use, struct err *e)
{
	bool swap = str_eq(use->mountpoint, PARTITION_SWAP);

	if (partition_can_stay(p) && swap == str_eq(p->fs_type, PARTITION_SWAP))
		return 0;
	err_set(e, ERR_UNSUPPORTED,
		"leave it out and mount it afterwards, or have it formatted (\"format\": true)",
		"%s cannot be kept at %s", p->path, use->mountpoint);
	return err_why(e, "it holds %s, and what can be kept is %s",
		       p->fs_type ? p->fs_type : "nothing that is known",
		       swap ? "swap" : "ext4, btrfs, xfs, f2fs and FAT");
}

/* Firmware and boot loader find it by its type. */
static int check_boot_type(const struct partition *p, enum part_role role, const char *mountpoint,
			   struct err *e)
{
	const char *wanted = role == PART_ESP ? TYPE_GUID_ESP : TYPE_GUID_XBOOTLDR;

	if (strcasecmp(p->type_guid, wanted) == 0)
		return 0;
	err_set(e, ERR_UNSUPPORTED, "assign the EFI system partition, or set the type with gdisk",
		"%s cannot be mounted at %s", p->path, mountpoint);
	return err_why(e, "it is no %s (its type is %s, not %s)",
		       role == PART_ESP ? "EFI system partition" : "XBOOTLDR partition",
		       p->type_guid, wanted);
}

static enum fs_kind fs_for(const struct keeping *k, const struct partition_use *use,
			   enum part_role role)
{
	if (role == PART_SWAP)
		return FS_SWAP;
	if (role == PART_ESP || (role == PART_BOOT && k->r->boot == BOOT_UEFI))
		return FS_VFAT;
	if (role == PART_BOOT)
		return FS_EXT4;
	return fs_kind_by_name(use->file_system ? use->file_system : k->v->answers->file_system);
}

static int assign(struct keeping *k, const struct partition_use *use, struct err *e)
{
	const struct partition *p = partition_use_find(use, k->disk);
	enum part_role role = role_of(k, use->mountpoint);
	struct part_use *u;
	int n = 0;

	if (!p) {
		err_set(e, ERR_NOT_FOUND, "archibald detect shows the partitions of this machine",
			"there is no partition %s on %s", use->match, k->disk->path);
		return err_why(e, "there are: %s", partitions_text(k->disk, k->plan->arena));
	}
	for (size_t i = 0; i < k->uses.count; i++)
		if (k->uses.items[i].number == p->number)
			return err_set(e, ERR_INVALID, "name each partition once",
				       "%s is to be used twice", p->path);
	if (!use->format)
		n = check_kept(p, use, e);
	if (n == 0 && k->r->boot == BOOT_UEFI && (role == PART_ESP || role == PART_BOOT))
		n = check_boot_type(p, role, use->mountpoint, e);
	if (n < 0)
		return n;
	u = keeping_add_use(k, p, role, use->format ? FATE_FORMAT : FATE_KEEP,
			    role == PART_SWAP ? "" : use->mountpoint);
	u->subvolume = arena_strdup(k->plan->arena, use->subvolume);
	if (use->format)
		u->fs = fs_for(k, use, role);
	else if (role == PART_ESP)
		u->room_bytes = str_eq(use->mountpoint, "/boot") ? BOOT_ROOM_BYTES
								 : BOOT_LOADER_BYTES;
	if (role == PART_ROOT)
		k->r->root_fs = u->fs;
	return 0;
}

static const struct part_use *used_as(const struct keeping *k, enum part_role role)
{
	for (size_t i = 0; i < k->uses.count; i++)
		if (k->uses.items[i].role == role)
			return &k->uses.items[i];
	return NULL;
}

static int missing(const struct keeping *k, const char *what, const char *hint, struct err *e)
{
	err_set(e, ERR_NOT_FOUND, hint, "no %s is assigned on %s", what, k->disk->path);
	return err_why(e, "there are: %s", partitions_text(k->disk, k->plan->arena));
}

static int check_boot(struct keeping *k, struct err *e)
{
	if (k->r->boot == BOOT_UEFI) {
		if (!used_as(k, PART_ESP))
			return missing(k, "EFI system partition",
				       "this machine starts by UEFI: assign one at /boot", e);
		if (str_eq(used_as(k, PART_ESP)->mountpoint, "/efi") && !used_as(k, PART_BOOT))
			return missing(k, "XBOOTLDR partition",
				       "with the EFI system partition at /efi, /boot is one", e);
		return 0;
	}
	if (k->r->boot == BOOT_BIOS && !keeping_use_bios_boot(k))
		return missing(k, "BIOS boot partition",
			       "GRUB needs one of 1 MiB (type EF02 in gdisk)", e);
	if ((k->r->encrypt || k->r->root_fs != FS_EXT4) && !used_as(k, PART_BOOT))
		return missing(k, "partition for /boot",
			       "a boot loader does not read a root that is encrypted or not ext4",
			       e);
	return 0;
}

/* Swap is a partition when one is assigned, and only then. */
static int check_swap(const struct keeping *k, struct err *e)
{
	const struct part_use *swap = used_as(k, PART_SWAP);
	const struct answers *w = k->v->answers;
	bool wanted = str_eq(w->swap_kind, "partition");

	if (wanted == (swap != NULL))
		return 0;
	return err_set(
		e, ERR_INVALID,
		wanted ? "assign one with the mountPoint \"swap\", or choose another swap.kind"
		       : "leave it out, or choose swap.kind partition",
		wanted ? "no partition is assigned for swap"
		       : "swap.kind is %s, and a partition is assigned for swap",
		w->swap_kind);
}

int plan_uses(struct keeping *k, struct err *e)
{
	const struct partition_uses *uses = &k->v->answers->disk_partitions;
	int n = 0;

	for (size_t i = 0; i < uses->list.count && n == 0; i++)
		n = assign(k, &uses->list.items[i], e);
	if (n == 0)
		n = check_boot(k, e);
	return n < 0 ? n : check_swap(k, e);
}

/* --- once it is laid out ---------------------------------------------------------------------- */

/* Of an EFI system partition that somebody has chosen; what a run that was cut off put there is its
 * own. */
static int check_room(const struct keeping *k, const struct layout *l, struct err *e)
{
	const struct part *root = layout_part(l, PART_ROOT), *esp = layout_part(l, PART_ESP);
	const struct partition *p = NULL;

	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *q = &k->disk->partitions.items[i];

		if (root->number == q->number && q->fs_uuid &&
		    str_eq(q->fs_uuid, root->encrypted ? root->luks_uuid : root->fs_uuid))
			return 0;
		if (esp && esp->number == q->number)
			p = q;
	}
	if (keeping_adds(k) || !p || !p->room_known || p->free_bytes >= esp->room_bytes)
		return 0;
	return err_set(
		e, ERR_TOO_SMALL,
		"make room in it, or have it formatted, or assign it at /efi and an XBOOTLDR "
		"partition at /boot",
		"%s has %s free and needs %s (%d generations of the system)", p->path,
		size_text(p->free_bytes).s, size_text(esp->room_bytes).s, BOOT_GENERATIONS);
}

/* An assigned partition has the size that it has. */
static int take_swap(const struct keeping *k, const struct layout *l, struct err *e)
{
	const struct part *swap = layout_part(l, PART_SWAP);
	uint64_t memory = k->v->facts->memory_bytes;

	if (keeping_adds(k) || !swap)
		return 0;
	k->plan->swap_bytes = part_payload(swap);
	if (!k->v->answers->hibernate || part_payload(swap) >= memory)
		return 0;
	return err_set(
		e, ERR_TOO_SMALL, "assign a larger one, or do without hibernation",
		"the swap partition is too small to hibernate: the memory of %s must fit into "
		"its %s",
		size_text(memory).s, size_text(part_payload(swap)).s);
}

int plan_uses_check(const struct keeping *k, const struct layout *l, struct err *e)
{
	int n = check_room(k, l, e);

	return n < 0 ? n : take_swap(k, l, e);
}
