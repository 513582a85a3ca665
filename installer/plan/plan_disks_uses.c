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

/* One that the answers name, and what it becomes. */
struct pick {
	const struct partition_use *use;
	const struct partition *p;
	enum part_role role;
};

static bool is_boot(const struct keeping *k, enum part_role role)
{
	return k->r->boot == BOOT_UEFI && (role == PART_ESP || role == PART_BOOT);
}

static int check_once(const struct keeping *k, const struct pick *x, struct err *e)
{
	for (size_t i = 0; i < k->uses.count; i++)
		if (k->uses.items[i].number == x->p->number)
			return err_set(e, ERR_INVALID, "name each partition once",
				       "%s is to be used twice", x->p->path);
	return 0;
}

static int check_kept(const struct keeping *k, const struct pick *x, struct err *e)
{
	const struct partition *p = x->p;
	bool swap = x->role == PART_SWAP, boot = is_boot(k, x->role);

	if (x->use->format ||
	    (partition_can_stay(p) && swap == str_eq(p->fs_type, PARTITION_SWAP) &&
	     (!boot || str_eq(p->fs_type, "vfat"))))
		return 0;
	err_set(e, ERR_UNSUPPORTED,
		"leave it out and mount it afterwards, or have it formatted (\"format\": true)",
		"%s cannot be kept at %s", p->path, x->use->mountpoint);
	return err_why(e, "it holds %s, and what can be kept is %s",
		       p->fs_type ? p->fs_type : "nothing that is known",
		       swap   ? "swap"
		       : boot ? "FAT"
			      : "ext4, btrfs, xfs, f2fs and FAT");
}

/* Firmware and boot loader find it by its type. */
static int check_boot_type(const struct keeping *k, const struct pick *x, struct err *e)
{
	const char *wanted = x->role == PART_ESP ? TYPE_GUID_ESP : TYPE_GUID_XBOOTLDR;

	if (!is_boot(k, x->role) || strcasecmp(x->p->type_guid, wanted) == 0)
		return 0;
	err_set(e, ERR_UNSUPPORTED,
		x->role == PART_ESP && strcasecmp(x->p->type_guid, TYPE_GUID_XBOOTLDR) == 0
			? "assign the EFI system partition at /efi beside it"
			: "assign the EFI system partition, or set the type with gdisk",
		"%s cannot be mounted at %s", x->p->path, x->use->mountpoint);
	return err_why(e, "it is no %s (its type is %s, not %s)",
		       x->role == PART_ESP ? "EFI system partition" : "XBOOTLDR partition",
		       x->p->type_guid, wanted);
}

static enum fs_kind fs_for(const struct keeping *k, const struct pick *x)
{
	const char *asked = x->use->file_system;

	if (x->role == PART_SWAP)
		return FS_SWAP;
	if (is_boot(k, x->role))
		return FS_VFAT;
	if (x->role == PART_BOOT)
		return FS_EXT4;
	return fs_kind_by_name(asked ? asked : k->v->answers->file_system);
}

/* What firmware and boot loader read is not a choice. */
static int check_file_system(const struct keeping *k, const struct pick *x, struct err *e)
{
	const char *only = fs_kind_name(fs_for(k, x)), *asked = x->use->file_system;

	if (!asked || str_eq(asked, only))
		return 0;
	return err_set(e, ERR_INVALID, "leave fileSystem out",
		       "%s cannot become %s: at %s it is %s", x->p->path, asked, x->use->mountpoint,
		       only);
}

static int check_subvolume(const struct keeping *k, const struct pick *x, struct err *e)
{
	(void)k;
	if (!x->use->subvolume || str_eq(x->p->fs_type, "btrfs"))
		return 0;
	err_set(e, ERR_INVALID, "leave subvolume out", "%s has no subvolume %s", x->p->path,
		x->use->subvolume);
	return err_why(e, "it holds %s, and only btrfs has any", x->p->fs_type);
}

/* The board's ROM reads its boot loader there, whatever a table says of it. */
static int check_loader_area(const struct keeping *k, const struct pick *x, struct err *e)
{
	if (k->r->boot != BOOT_UBOOT || !x->use->format || x->p->start >= UBOOT_KEEP_BYTES)
		return 0;
	err_set(e, ERR_UNSUPPORTED, "assign another one", "%s cannot be formatted", x->p->path);
	return err_why(e,
		       "it begins at %s, and this machine's boot loader may be in the first %s of "
		       "the disk",
		       size_text(x->p->start).s, size_text(UBOOT_KEEP_BYTES).s);
}

static bool is_formatted(const struct keeping *k, const struct disk *d, const struct partition *p)
{
	const struct partition_uses *uses = &k->v->answers->disk_partitions;

	if (d != k->disk)
		return d == interview_data_disk(k->v);
	for (size_t i = 0; i < uses->list.count; i++)
		if (uses->list.items[i].format && partition_use_find(&uses->list.items[i], d) == p)
			return true;
	return false;
}

/* Where a system of this machine sleeps, and will still do so afterwards; NULL: nowhere. */
static const struct partition *asleep(const struct keeping *k)
{
	for (size_t i = 0; i < k->v->facts->disks.count; i++) {
		const struct disk *d = &k->v->facts->disks.items[i];

		for (size_t j = 0; j < d->partitions.count; j++)
			if (str_eq(d->partitions.items[j].fs_type, "swsuspend") &&
			    !is_formatted(k, d, &d->partitions.items[j]))
				return &d->partitions.items[j];
	}
	return NULL;
}

/* Who wakes up goes on with what it remembers of the file systems that it had mounted, and writes
 * that over what was changed meanwhile. An EFI system partition is shared by all. */
static int check_asleep(const struct keeping *k, const struct pick *x, struct err *e)
{
	const struct partition *where = x->use->format || x->role == PART_ESP ||
							x->role == PART_SWAP
						? NULL
						: asleep(k);

	if (!where)
		return 0;
	err_set(e, ERR_BUSY,
		"start that system and shut it down first, or leave the partition out; a swap "
		"partition that is formatted is none to go on from",
		"%s cannot be used at %s with its files", x->p->path, x->use->mountpoint);
	return err_why(e,
		       "a system of this machine is hibernated (%s), and would damage it when it "
		       "goes on",
		       where->path);
}

/* systemd-boot opens the first of the disk: entries in another one are in no menu. */
static int check_first_xbootldr(const struct keeping *k, const struct pick *x, struct err *e)
{
	const struct partition *first = NULL;

	if (!is_boot(k, x->role) || x->role != PART_BOOT)
		return 0;
	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *p = &k->disk->partitions.items[i];

		if (p->type_guid && strcasecmp(p->type_guid, TYPE_GUID_XBOOTLDR) == 0 &&
		    (!first || p->number < first->number))
			first = p;
	}
	if (!first || first->number == x->p->number)
		return 0;
	err_set(e, ERR_UNSUPPORTED,
		"assign the first one at /boot, or an EFI system partition with room for kernels",
		"%s cannot be /boot", x->p->path);
	return err_why(e,
		       "the boot loader reads the first XBOOTLDR partition of a disk, and that "
		       "is %s",
		       first->path);
}

static uint64_t room_for(const struct keeping *k, const struct pick *x)
{
	return x->use->format || !is_boot(k, x->role) ? 0
	       : str_eq(x->use->mountpoint, "/boot")  ? BOOT_ROOM_BYTES
						      : BOOT_LOADER_BYTES;
}

static int assign(struct keeping *k, const struct partition_use *use, struct err *e)
{
	int (*const checks[])(const struct keeping *, const struct pick *, struct err *) = {
		check_once,	 check_kept,	    check_boot_type, check_file_system,
		check_subvolume, check_loader_area, check_asleep,    check_first_xbootldr,
	};
	const struct pick x = {use, partition_use_find(use, k->disk), role_of(k, use->mountpoint)};
	struct part_use *u;
	int n = 0;

	if (!x.p) {
		err_set(e, ERR_NOT_FOUND, "archibald detect shows the partitions of this machine",
			"there is no partition %s on %s", use->match, k->disk->path);
		return err_why(e, "there are: %s", partitions_text(k->disk, k->plan->arena));
	}
	for (size_t i = 0; i < ARRAY_SIZE(checks) && n == 0; i++)
		n = checks[i](k, &x, e);
	if (n < 0)
		return n;
	u = keeping_add_use(k, x.p, x.role, use->format ? FATE_FORMAT : FATE_KEEP,
			    x.role == PART_SWAP ? "" : use->mountpoint);
	u->subvolume = arena_strdup(k->plan->arena, use->subvolume);
	u->room_bytes = room_for(k, &x);
	if (use->format)
		u->fs = fs_for(k, &x);
	if (x.role == PART_ROOT)
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

enum { ATTRIBUTE_LEGACY_BOOT = 1 << 2 };

/* U-Boot's distro boot looks for extlinux.conf in the partitions with the flag "legacy BIOS
 * bootable", and in the first one where none has it (u-boot/include/config_distro_bootcmd.h,
 * scan_dev_for_boot_part). */
static int check_boot_flag(const struct keeping *k, struct err *e)
{
	const struct part_use *boot = used_as(k, PART_BOOT) ? used_as(k, PART_BOOT)
							    : used_as(k, PART_ROOT);
	const struct partition *flagged = NULL;
	_cleanup_free_ char *hint = NULL;

	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *p = &k->disk->partitions.items[i];

		if (p->attributes & ATTRIBUTE_LEGACY_BOOT &&
		    (!flagged || p->number == boot->number))
			flagged = p;
	}
	if (flagged ? flagged->number == boot->number : boot->number == 1)
		return 0;
	hint = xasprintf("sfdisk --part-attrs %s %" PRIu32 " LegacyBIOSBootable sets the flag",
			 k->disk->path, boot->number);
	err_set(e, ERR_UNSUPPORTED, hint, "U-Boot would not start partition %" PRIu32 " of %s",
		boot->number, k->disk->path);
	return flagged ? err_why(e, "it looks where the flag \"legacy BIOS bootable\" is: %s",
				 flagged->path)
		       : err_why(e, "without a flag \"legacy BIOS bootable\" it looks into the "
				    "first partition");
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
	return k->r->boot == BOOT_UBOOT ? check_boot_flag(k, e) : 0;
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

/* What a run that was cut off put into a partition that is kept is its own: the root that it made
 * is there then. */
static bool is_begun(const struct keeping *k, const struct layout *l)
{
	const struct part *root = layout_part(l, PART_ROOT);

	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *p = &k->disk->partitions.items[i];

		if (root->number == p->number && p->fs_uuid)
			return str_eq(p->fs_uuid,
				      root->encrypted ? root->luks_uuid : root->fs_uuid);
	}
	return false;
}

/* What can be done about a partition that is too small; one of its whole size is no way out when
 * that is too little, too. */
static const char *room_hint(const struct part *part, uint64_t needed)
{
	if (part->role != PART_ESP)
		return part->fate == FATE_KEEP && part->size >= needed
			       ? "make room in it, or have it formatted, or assign a larger one"
			       : "assign a larger one";
	if (part->fate == FATE_KEEP && part->size >= needed)
		return "make room in it, or have it formatted, or assign it at /efi and an "
		       "XBOOTLDR partition at /boot";
	return "assign it at /efi and an XBOOTLDR partition of 240 MiB or more at /boot, or erase "
	       "the whole disk";
}

/* `needed` bytes in a partition that is there: of its size when it is formatted, or nothing is
 * known of what is in it. */
static int check_room(const struct keeping *k, const struct layout *l, const struct part *part,
		      uint64_t needed, struct err *e)
{
	for (size_t i = 0; i < k->disk->partitions.count; i++) {
		const struct partition *p = &k->disk->partitions.items[i];
		bool kept = part->fate == FATE_KEEP;
		uint64_t has = kept && p->room_known ? p->free_bytes : p->bytes;

		if (p->number != part->number || has >= needed || (kept && is_begun(k, l)))
			continue;
		err_set(e, ERR_TOO_SMALL, room_hint(part, needed), "%s has %s%s and needs %s",
			p->path, size_text(has).s, kept && p->room_known ? " free" : "",
			size_text(needed).s);
		return needed == BOOT_ROOM_BYTES
			       ? err_why(e, "%d generations of the system must fit into /boot",
					 BOOT_GENERATIONS)
			       : err_why(e, "the boot loader must fit into it");
	}
	return 0;
}

/* Kernels at /boot, and the boot loader alone at /efi beside it. */
static int check_boot_room(const struct keeping *k, const struct layout *l, struct err *e)
{
	const struct part *boot = layout_part_at(l, "/boot"), *efi = layout_part_at(l, "/efi");
	int n = boot ? check_room(k, l, boot, BOOT_ROOM_BYTES, e) : 0;

	return n == 0 && efi ? check_room(k, l, efi, BOOT_LOADER_BYTES, e) : n;
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
	int n = keeping_adds(k) ? 0 : check_boot_room(k, l, e);

	return n < 0 ? n : take_swap(k, l, e);
}
