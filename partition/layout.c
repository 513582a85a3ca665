/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/uuid.h"

static const uint64_t MIB = UINT64_C(1) << 20;
static const uint64_t GIB = UINT64_C(1) << 30;
/* Sizes beyond this are cut to it, so that no sum of a few can overflow; no disk is that large. */
static const uint64_t SIZE_LIMIT = UINT64_C(1) << 60;
/* Both copies of the header and the area of key slots, as libcryptsetup makes them. */
static const uint64_t LUKS_HEADER = UINT64_C(16) << 20;

/* "uapi-group.org/specifications/specs/discoverable_partitions_specification", "Defined Partition
 * Type UUIDs"; the BIOS boot partition is GRUB's (its manual, section "BIOS installation"). */
static const char type_esp[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
static const char type_bios_boot[] = "21686148-6449-6e6f-744e-656564454649";
static const char type_swap[] = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f";
static const char type_boot[] = "bc13c2ff-59e6-4262-a352-b275fd6f7172";
static const char type_data[] = "0fc63daf-8483-4772-8e79-3d69d8477de4";
static const char *const type_root[] = {
	[PART_ARCH_X86_64] = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
	[PART_ARCH_AARCH64] = "b921b045-1df0-41c3-af44-4c6f280d3fae",
};

/* What is the same for every partition of a role. */
static const struct role {
	const char *key;   /* in GPT names and in the names that identifiers derive from */
	const char *shown; /* for people */
	enum fs_kind fs;   /* of the root: the request's */
	const char *label;
	const char *mountpoint;
} roles[] = {
	[PART_ESP] = {"esp", "EFI system", FS_VFAT, "ESP", "/boot"},
	[PART_BIOS_BOOT] = {"bios", "BIOS boot", FS_NONE, "", ""},
	[PART_ROOT] = {"root", "root", FS_EXT4, "archibald", "/"},
	[PART_SWAP] = {"swap", "swap", FS_SWAP, "swap", ""},
	[PART_BOOT] = {"boot", "boot", FS_EXT4, "boot", "/boot"},
	[PART_DATA] = {"data", "data", FS_EXT4, "data", ""},
};

/* A swap file in @ would keep snapshots of the root from being made. */
static const struct {
	struct subvolume s;
	bool for_swap_file;
} root_subvolumes[] = {
	{{"@", "/"}, false},	       {{"@home", "/home"}, false}, {{"@nix", "/nix"}, false},
	{{"@log", "/var/log"}, false}, {{"@swap", "/swap"}, true},
};

/* In MiB, the least that is made and mounted: mkfs.xfs and mkfs.btrfs refuse less (btrfs 109 MiB,
 * and its own mixed kind below 256), as does mkfs.f2fs (six sections and its reserve, 52 MiB). With
 * less than 65525 clusters a FAT is no FAT32 to firmware. ext4 and swap begin smaller than is of
 * use. */
static const uint64_t fs_least_mib[FS_KINDS] = {[FS_EXT4] = 8,	  [FS_VFAT] = 33, [FS_SWAP] = 1,
						[FS_BTRFS] = 256, [FS_XFS] = 300, [FS_F2FS] = 64};

enum { ORDER_MAX = 4, TABLE_ENTRIES = 128 };

/* Numbers and positions follow this order; those of size 0 are left out, and the root (or data)
 * takes what the others leave. */
static const struct order {
	enum part_role roles[ORDER_MAX];
	size_t count;
} orders[] =
	{
		[BOOT_UEFI] = {{PART_ESP, PART_BOOT, PART_SWAP, PART_ROOT}, 4},
		[BOOT_BIOS] = {{PART_BIOS_BOOT, PART_BOOT, PART_SWAP, PART_ROOT}, 4},
		[BOOT_UBOOT] = {{PART_BOOT, PART_ROOT, PART_SWAP}, 3},
},
  data_order = {{PART_DATA}, 1};

static const struct order *order_of(const struct layout_request *r)
{
	return r->kind == LAYOUT_DATA ? &data_order : &orders[r->boot];
}

static bool keeps_content(enum part_fate fate)
{
	return fate == FATE_KEEP || fate == FATE_SHRINK;
}

static bool takes_rest(enum part_role role)
{
	return role == PART_ROOT || role == PART_DATA;
}

static bool may_encrypt(enum part_role role)
{
	return takes_rest(role) || role == PART_SWAP;
}

static const struct part_use *use_of(const struct layout_request *r, enum part_role role)
{
	for (size_t i = 0; i < r->use_count; i++)
		if (r->uses[i].role == role)
			return &r->uses[i];
	return NULL;
}

/* Must the boot loader's files lie outside of the root? The ESP does that on UEFI, unless it is
 * too small for all but the loader itself. */
static bool boot_apart(const struct layout_request *r)
{
	const struct part_use *esp = use_of(r, PART_ESP);

	if (r->boot == BOOT_UEFI)
		return esp && strcmp(esp->mountpoint, "/boot") != 0;
	return r->encrypt || r->root_fs != FS_EXT4;
}

/* Does the request make partitions, and this one among them? */
static bool is_made(const struct layout_request *r, enum part_role role)
{
	return !r->keep_table || (r->area_bytes && !use_of(r, role));
}

static uint64_t align_down(uint64_t n)
{
	return n / MIB * MIB;
}

static uint64_t align_up(uint64_t n)
{
	return align_down(n + MIB - 1);
}

static uint64_t sane(uint64_t n)
{
	return n < SIZE_LIMIT ? n : SIZE_LIMIT;
}

static uint64_t first_start(const struct layout_request *r)
{
	if (r->keep_table)
		return r->area_start;
	return r->boot == BOOT_UBOOT ? UBOOT_KEEP_BYTES : MIB;
}

/* The backup GPT: 128 entries of 128 bytes and the header's sector (UEFI 2.10, section 5.3). */
static uint64_t backup_bytes(const struct layout_request *r)
{
	return UINT64_C(128) * 128 + r->sector_bytes;
}

/* How many bytes of the disk come before `first_start` and behind the last partition. */
static uint64_t overhead(const struct layout_request *r)
{
	return r->keep_table ? 0 : first_start(r) + backup_bytes(r);
}

/* Size of a partition that does not take the rest; 0: the request has none of this role. */
static uint64_t fixed_size(const struct layout_request *r, enum part_role role)
{
	if (!is_made(r, role))
		return 0;
	switch (role) {
	case PART_ESP: return GIB;
	case PART_BIOS_BOOT: return MIB;
	case PART_BOOT: return boot_apart(r) ? GIB : 0;
	case PART_SWAP:
		return r->swap_bytes
			       ? align_up(sane(r->swap_bytes)) + (r->encrypt ? LUKS_HEADER : 0)
			       : 0;
	case PART_ROOT:
	case PART_DATA:
	case PART_ROLES: break;
	}
	return 0;
}

static uint64_t fixed_total(const struct layout_request *r)
{
	const struct order *o = order_of(r);
	uint64_t sum = 0;

	for (size_t i = 0; i < o->count; i++)
		sum += fixed_size(r, o->roles[i]);
	return sum;
}

static uint64_t root_minimum(const struct layout_request *r)
{
	return align_up(r->root_min_bytes ? sane(r->root_min_bytes) : MIB) +
	       (r->encrypt ? LUKS_HEADER : 0);
}

uint64_t layout_needed(const struct layout_request *r)
{
	return overhead(r) + fixed_total(r) +
	       (use_of(r, PART_ROOT) && r->area_bytes ? 0 : root_minimum(r));
}

static const char *type_guid(const struct layout_request *r, enum part_role role)
{
	switch (role) {
	case PART_ESP: return type_esp;
	case PART_BIOS_BOOT: return type_bios_boot;
	case PART_SWAP: return type_swap;
	case PART_BOOT: return type_boot;
	case PART_DATA: return type_data;
	case PART_ROOT:
	case PART_ROLES: break;
	}
	return type_root[r->arch];
}

static struct uuid derived(const char *seed, const char *prefix, const char *key)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%s", prefix, key);
	return uuid_derive(seed, name);
}

/* blkid prints the 32 bits of a FAT volume's number as "ABCD-1234". */
static void set_fs_uuid(struct part *p, const struct uuid *u)
{
	if (p->fs == FS_NONE)
		return;
	if (p->fs != FS_VFAT) {
		snprintf(p->fs_uuid, sizeof(p->fs_uuid), "%s", u->s);
		return;
	}
	snprintf(p->fs_uuid, sizeof(p->fs_uuid), "%.4s-%.4s", u->s, u->s + 4);
	for (char *c = p->fs_uuid; *c; c++)
		if (*c >= 'a' && *c <= 'f')
			*c = (char)(*c - 'a' + 'A');
}

/* Is another partition mounted there, such as a /home that is kept? */
static bool is_elsewhere(const struct layout_request *r, const char *mountpoint)
{
	for (size_t i = 0; i < r->use_count; i++)
		if (r->uses[i].role != PART_ROOT && strcmp(r->uses[i].mountpoint, mountpoint) == 0)
			return true;
	return false;
}

static void set_subvolumes(const struct layout_request *r, struct part *p)
{
	p->subvolume_count = 0;
	if (p->role != PART_ROOT || p->fs != FS_BTRFS)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(root_subvolumes); i++)
		if ((!root_subvolumes[i].for_swap_file || r->swap_file) &&
		    !is_elsewhere(r, root_subvolumes[i].s.mountpoint))
			p->subvolumes[p->subvolume_count++] = root_subvolumes[i].s;
}

static void set_encryption(const struct layout_request *r, struct part *p, const char *key)
{
	struct uuid u = derived(r->seed, "luks", key);

	p->encrypted = r->encrypt && may_encrypt(p->role) && !keeps_content(p->fate);
	if (!p->encrypted)
		return;
	snprintf(p->luks_uuid, sizeof(p->luks_uuid), "%s", u.s);
	snprintf(p->mapper, sizeof(p->mapper), "crypt%s", key);
}

static void describe(const struct layout_request *r, enum part_role role, struct part *p)
{
	const struct role *info = &roles[role];
	struct uuid part = derived(r->seed, "part", info->key);
	struct uuid fs = derived(r->seed, "fs", info->key);

	p->role = role;
	p->fs = takes_rest(role)			    ? r->root_fs
		: role == PART_BOOT && r->boot == BOOT_UEFI ? FS_VFAT
							    : info->fs;
	p->compression = p->fs == FS_BTRFS ? r->compression : COMPRESS_NONE;
	p->legacy_boot = r->boot == BOOT_UBOOT && role == (boot_apart(r) ? PART_BOOT : PART_ROOT);
	snprintf(p->name, sizeof(p->name), "archibald-%s", info->key);
	snprintf(p->type_guid, sizeof(p->type_guid), "%s", type_guid(r, role));
	snprintf(p->guid, sizeof(p->guid), "%s", part.s);
	snprintf(p->fs_label, sizeof(p->fs_label), "%s", info->label);
	snprintf(p->mountpoint, sizeof(p->mountpoint), "%s",
		 role == PART_DATA && r->mountpoint ? r->mountpoint : info->mountpoint);
	set_fs_uuid(p, &fs);
	set_subvolumes(r, p);
	set_encryption(r, p, info->key);
}

/* The first number that neither the table nor the layout has; the table ends at 128. */
static uint32_t free_number(const struct layout *l)
{
	for (uint32_t n = 1;; n++) {
		bool taken = layout_old(l, n) != NULL;

		for (size_t i = 0; i < l->count; i++)
			taken |= l->parts[i].number == n;
		if (!taken)
			return n;
	}
}

static void place(const struct layout_request *r, struct layout *l)
{
	const struct order *o = order_of(r);
	uint64_t at = first_start(r);
	uint64_t end = r->keep_table ? r->area_start + r->area_bytes
				     : align_down(l->disk_bytes - backup_bytes(r));
	uint64_t rest = end - at - fixed_total(r);

	for (size_t i = 0; i < o->count; i++) {
		enum part_role role = o->roles[i];
		uint64_t size = !takes_rest(role)  ? fixed_size(r, role)
				: is_made(r, role) ? rest
						   : 0;
		struct part *p = &l->parts[l->count];

		if (!size)
			continue;
		describe(r, role, p);
		p->number = free_number(l);
		l->count++;
		p->start = at;
		p->size = size;
		at += size;
	}
}

static int check_request(const struct layout_request *r, struct err *e)
{
	if (r->sector_bytes != 512 && r->sector_bytes != 4096)
		return err_set(e, ERR_UNSUPPORTED,
			       "choose a disk with sectors of 512 or 4096 bytes",
			       "cannot partition a disk with sectors of %u bytes", r->sector_bytes);
	if (r->root_fs == FS_NONE || r->root_fs == FS_VFAT || r->root_fs == FS_SWAP)
		return err_set(e, ERR_UNSUPPORTED, "use ext4, btrfs, xfs or f2fs",
			       "cannot put the system on %s", fs_kind_name(r->root_fs));
	if (r->mountpoint && strlen(r->mountpoint) >= MOUNTPOINT_SIZE)
		return err_set(e, ERR_UNSUPPORTED, "use a shorter one",
			       "the mount point %s is too long", r->mountpoint);
	if (!r->seed || !uuid_valid(r->seed))
		return err_set(e, ERR_INTERNAL, NULL, "the seed of the identifiers is no UUID");
	return 0;
}

/* What the partitions are to be made in, or the partition that the root is to be in. */
static uint64_t room(const struct layout_request *r, const char **ret_name)
{
	const struct part_use *root = use_of(r, PART_ROOT);

	*ret_name = r->keep_table ? "largest free area of the disk" : "disk";
	if (!r->keep_table || r->area_bytes || !root)
		return r->keep_table ? r->area_bytes : r->disk_bytes;
	*ret_name = "partition for the root";
	for (size_t i = 0; i < r->old_count; i++)
		if (r->old[i].number == root->number)
			return r->old[i].size;
	return 0;
}

static int check_room(const struct layout_request *r, struct err *e)
{
	const char *what, *hint = r->keep_table ? "make room, or erase the whole disk"
						: "choose a larger disk";
	uint64_t needed = layout_needed(r), has = room(r, &what);
	uint64_t swap = fixed_size(r, PART_SWAP);

	if (has >= needed)
		return 0;
	err_set(e, ERR_TOO_SMALL, swap ? "choose a larger disk or less swap" : hint,
		"the %s is too small: it has %s and needs %s", what, size_text(has).s,
		size_text(needed).s);
	if (swap)
		return err_why(e, "the system needs %s and swap %s; %" PRIu64 " bytes are missing",
			       size_text(root_minimum(r)).s, size_text(swap).s, needed - has);
	return err_why(e, "the %s needs %s; %" PRIu64 " bytes are missing",
		       r->kind == LAYOUT_DATA ? "file system" : "system",
		       size_text(root_minimum(r)).s, needed - has);
}

/* --- a table that is kept --------------------------------------------------------------------- */

/* The last word of a mount point as the label of a file system: that of FAT has 11 characters. */
static void set_use_label(struct part *p)
{
	const char *slash = strrchr(p->mountpoint, '/');

	if (p->role == PART_DATA && slash)
		snprintf(p->fs_label, sizeof(p->fs_label), "%.11s", slash + 1);
}

static void set_kept(const struct part_use *u, struct part *p)
{
	snprintf(p->fs_uuid, sizeof(p->fs_uuid), "%s", u->fs_uuid ? u->fs_uuid : "");
	p->fs_label[0] = '\0';
	p->compression = COMPRESS_NONE;
	p->subvolume_count = 0;
	p->room_bytes = u->room_bytes;
	if (!u->subvolume)
		return;
	p->subvolume_count = 1;
	snprintf(p->subvolumes[0].name, sizeof(p->subvolumes[0].name), "%s", u->subvolume);
	snprintf(p->subvolumes[0].mountpoint, sizeof(p->subvolumes[0].mountpoint), "%s",
		 u->mountpoint);
}

static void describe_use(const struct layout_request *r, const struct part_use *u,
			 const struct old_part *old, struct part *p)
{
	char key[32];
	struct uuid fs;

	/* Several may have the role PART_DATA; numbers are unique. */
	snprintf(key, sizeof(key), "%s-%" PRIu32, roles[u->role].key, u->number);
	fs = derived(r->seed, "fs", key);
	describe(r, u->role, p);
	p->fate = u->fate;
	p->fs = u->fs;
	p->compression = p->fs == FS_BTRFS ? r->compression : COMPRESS_NONE;
	p->legacy_boot = false;
	p->name[0] = '\0';
	p->number = old->number;
	p->start = old->start;
	p->size = u->fate == FATE_SHRINK ? u->size : old->size;
	snprintf(p->type_guid, sizeof(p->type_guid), "%s", old->type_guid);
	snprintf(p->guid, sizeof(p->guid), "%s", old->guid);
	snprintf(p->mountpoint, sizeof(p->mountpoint), "%s", u->mountpoint);
	p->fs_uuid[0] = p->luks_uuid[0] = p->mapper[0] = '\0';
	set_fs_uuid(p, &fs);
	set_use_label(p);
	set_subvolumes(r, p);
	set_encryption(r, p, key);
	if (keeps_content(u->fate))
		set_kept(u, p);
}

/* What is used is in the table, and what becomes smaller leaves the area alone. */
static bool can_be_used(const struct layout_request *r, const struct part_use *u,
			const struct old_part *old)
{
	if (!old || strlen(u->mountpoint) >= MOUNTPOINT_SIZE ||
	    (u->subvolume && strlen(u->subvolume) >= SUBVOLUME_SIZE))
		return false;
	return u->fate != FATE_SHRINK || (u->size && u->size % MIB == 0 && u->size <= old->size &&
					  (r->area_start >= old->start + u->size ||
					   r->area_start + r->area_bytes <= old->start));
}

/* A partition that is made has room; one that was there has the size that it has. */
static int check_use_room(const struct part *p, struct err *e)
{
	uint64_t least = fs_least_mib[p->fs] * MIB, header = p->encrypted ? LUKS_HEADER : 0;

	if (p->fate != FATE_FORMAT || p->size >= least + header)
		return 0;
	err_set(e, ERR_TOO_SMALL, "assign a larger one, or another file system",
		"partition %" PRIu32 " is too small for %s: it has %s and needs %s", p->number,
		fs_kind_name(p->fs), size_text(p->size).s, size_text(least + header).s);
	return err_why(e, "%s takes at least %s%s", fs_kind_name(p->fs), size_text(least).s,
		       header ? ", and encryption 16 MiB" : "");
}

static int add_uses(const struct layout_request *r, struct layout *l, struct err *e)
{
	int n;

	for (size_t i = 0; i < r->use_count; i++) {
		const struct part_use *u = &r->uses[i];
		const struct old_part *old = layout_old(l, u->number);

		if (!can_be_used(r, u, old))
			return err_set(e, ERR_INTERNAL, NULL,
				       "partition %" PRIu32 " cannot be used", u->number);
		if (l->count == LAYOUT_PARTS_MAX)
			return err_set(e, ERR_UNSUPPORTED, "mount some of them afterwards",
				       "at most %d partitions can be used", LAYOUT_PARTS_MAX);
		describe_use(r, u, old, &l->parts[l->count]);
		n = check_use_room(&l->parts[l->count++], e);
		if (n < 0)
			return n;
	}
	return 0;
}

/* The identifiers of a machine's installations are the same each time. */
static int check_identifiers(const struct layout *l, struct err *e)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct part *p = &l->parts[i];

		if (p->fate == FATE_CREATE && p->number > TABLE_ENTRIES)
			return err_set(e, ERR_UNSUPPORTED, "delete a partition that nobody needs",
				       "the partition table is full");
		for (size_t j = 0; p->fate == FATE_CREATE && j < l->old_count; j++)
			if (!l->old[j].remove && strcmp(l->old[j].guid, p->guid) == 0)
				return err_set(e, ERR_UNSUPPORTED,
					       "use that one (disk.mode partitions), delete it, or "
					       "choose another hostName",
					       "partition %" PRIu32 " is the %s of an installation "
					       "of this machine with the same host name",
					       l->old[j].number, part_role_name(p->role));
	}
	return 0;
}

static void sort_by_number(struct layout *l)
{
	for (size_t i = 1; i < l->count; i++)
		for (size_t j = i; j && l->parts[j - 1].number > l->parts[j].number; j--) {
			struct part swap = l->parts[j];

			l->parts[j] = l->parts[j - 1];
			l->parts[j - 1] = swap;
		}
}

static int fill(const struct layout_request *r, struct layout *l, struct err *e)
{
	int n = r->keep_table ? add_uses(r, l, e) : 0;

	if (n < 0)
		return n;
	if (l->count + order_of(r)->count > LAYOUT_PARTS_MAX)
		return err_set(e, ERR_UNSUPPORTED, "mount some of them afterwards",
			       "at most %d partitions can be used", LAYOUT_PARTS_MAX);
	place(r, l);
	sort_by_number(l);
	if (!layout_part(l, r->kind == LAYOUT_DATA ? PART_DATA : PART_ROOT))
		return err_set(e, ERR_INTERNAL, NULL, "there is no partition for the root");
	return check_identifiers(l, e);
}

int layout_make(const struct layout_request *r, struct layout *ret, struct err *e)
{
	struct layout l = {
		.kind = r->kind,
		.disk_bytes = r->disk_bytes,
		.sector_bytes = r->sector_bytes,
		.keep_table = r->keep_table,
		.old = r->old,
		.old_count = r->old_count,
	};
	int n = check_request(r, e);

	if (n == 0)
		n = check_room(r, e);
	if (n < 0)
		return n;
	if (r->boot == BOOT_UBOOT)
		l.keep_bytes = UBOOT_KEEP_BYTES;
	snprintf(l.disk_guid, sizeof(l.disk_guid), "%s",
		 uuid_derive(r->seed, r->kind == LAYOUT_DATA ? "disk-data" : "disk").s);
	n = fill(r, &l, e);
	if (n < 0)
		return n;
	*ret = l;
	return 0;
}

const struct old_part *layout_old(const struct layout *l, uint32_t number)
{
	for (size_t i = 0; i < l->old_count; i++)
		if (l->old[i].number == number && !l->old[i].remove)
			return &l->old[i];
	return NULL;
}

const struct part *layout_shrunk(const struct layout *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].fate == FATE_SHRINK)
			return &l->parts[i];
	return NULL;
}

uint64_t layout_old_size(const struct layout *l, const struct old_part *o)
{
	const struct part *shrunk = layout_shrunk(l);

	return shrunk && shrunk->number == o->number ? shrunk->size : o->size;
}

bool layout_changes_table(const struct layout *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].fate == FATE_CREATE || l->parts[i].fate == FATE_SHRINK)
			return true;
	for (size_t i = 0; i < l->old_count; i++)
		if (l->old[i].remove)
			return true;
	return !l->keep_table;
}

const struct part *layout_part_at(const struct layout *l, const char *mountpoint)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->parts[i].mountpoint, mountpoint) == 0)
			return &l->parts[i];
	return NULL;
}

const struct part *layout_part(const struct layout *l, enum part_role role)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].role == role)
			return &l->parts[i];
	return NULL;
}

uint64_t part_payload(const struct part *p)
{
	return p->encrypted ? p->size - LUKS_HEADER : p->size;
}

static const char *const fs_names[] = {
	[FS_NONE] = "none",   [FS_EXT4] = "ext4", [FS_VFAT] = "vfat", [FS_SWAP] = "swap",
	[FS_BTRFS] = "btrfs", [FS_XFS] = "xfs",	  [FS_F2FS] = "f2fs"};

const char *fs_kind_name(enum fs_kind fs)
{
	return (size_t)fs < ARRAY_SIZE(fs_names) ? fs_names[fs] : "unknown";
}

const char *fs_kind_program(enum fs_kind fs)
{
	static const char *const programs[FS_KINDS] = {
		[FS_EXT4] = "mkfs.ext4",   [FS_VFAT] = "mkfs.vfat", [FS_SWAP] = "mkswap",
		[FS_BTRFS] = "mkfs.btrfs", [FS_XFS] = "mkfs.xfs",   [FS_F2FS] = "mkfs.f2fs"};

	return (size_t)fs < ARRAY_SIZE(programs) ? programs[fs] : NULL;
}

enum fs_kind fs_kind_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fs_names); i++)
		if (str_eq(fs_names[i], name))
			return (enum fs_kind)i;
	return FS_NONE;
}

const char *part_role_name(enum part_role r)
{
	return (size_t)r < ARRAY_SIZE(roles) ? roles[r].shown : "unknown";
}

const char *boot_method_name(enum boot_method b)
{
	static const char *const names[] = {
		[BOOT_UEFI] = "uefi", [BOOT_BIOS] = "bios", [BOOT_UBOOT] = "u-boot"};

	return (size_t)b < ARRAY_SIZE(names) ? names[b] : "unknown";
}

const char *const *part_mount_options(const struct part *p)
{
	static const char *const none[] = {NULL};
	static const char *const noatime[] = {"noatime", NULL};
	/* Boot entries may hold secrets (initrd keys); FAT has no owners of its own. */
	static const char *const vfat[] = {"fmask=0077", "dmask=0077", "nosuid",
					   "nodev",	 "noexec",     NULL};

	switch (p->fs) {
	case FS_EXT4:
	case FS_BTRFS:
	case FS_XFS:
	case FS_F2FS: return noatime;
	case FS_VFAT: return vfat;
	case FS_NONE:
	case FS_SWAP:
	case FS_KINDS: break;
	}
	return none;
}
