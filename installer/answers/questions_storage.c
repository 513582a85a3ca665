/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/questions_storage.h"

#include "answers/shrinking.h"
#include "base/str.h"

static const struct disk *disk_by_name(const struct facts *f, const char *wanted)
{
	for (size_t i = 0; wanted && i < f->disks.count; i++) {
		const struct disk *d = &f->disks.items[i];

		if (str_eq(d->path, wanted))
			return d;
		for (size_t j = 0; j < d->links.count; j++)
			if (str_eq(d->links.items[j], wanted))
				return d;
	}
	return NULL;
}

const struct disk *interview_disk(const struct interview *v)
{
	const struct answers *w = v->answers;

	return w->disk_path ? disk_by_name(v->facts, w->disk_path)
			    : disk_rules_find(&w->disk_rules, v->facts);
}

const struct disk *interview_data_disk(const struct interview *v)
{
	return disk_by_name(v->facts, v->answers->data_path);
}

/* What is on a disk, in the order of its partitions; NULL: nothing. */
static const char *contents(const struct disk *d, struct arena *a)
{
	const char *text = d->partitions.count ? NULL : d->fs_type;

	for (size_t i = 0; i < d->partitions.count; i++) {
		const struct partition *p = &d->partitions.items[i];

		text = arena_printf(a, "%s%s%s %s%s%s%s", text ? text : "", text ? ", " : "",
				    p->fs_type ? p->fs_type : "nothing known",
				    size_text(p->bytes).s, p->system ? " (" : "",
				    p->system ? p->system : "", p->system ? ")" : "");
	}
	return text;
}

/* What is on the disks that are offered, and why the others are not. */
const char *show_disks(const struct interview *v, struct arena *a)
{
	const char *offered = "", *others = "";

	for (size_t i = 0; i < v->facts->disks.count; i++) {
		const struct disk *d = &v->facts->disks.items[i];
		const char *use = disk_in_use(d, a), *now = contents(d, a);

		if (use)
			others = arena_printf(a, "%s  %s  %s: %s\n", others, d->path,
					      size_text(d->bytes).s, use);
		else if (now)
			offered = arena_printf(a, "%s  %s  %s\n", offered, d->path, now);
	}
	if (!v->facts->disks.count)
		return "There is no disk in this machine.";
	if (!offered[0] && !others[0])
		return NULL;
	return arena_printf(a, "%s%s%s%s", offered[0] ? "What is on them now:\n" : "", offered,
			    others[0] ? "Not offered:\n" : "", others);
}

static void offer_disk(const struct disk *d, uint64_t needed, struct arena *a, struct choices *c)
{
	*list_push(a, &c->list) = (struct choice){
		.value = d->by_id ? d->by_id : d->path,
		/* First what must not be cut off. */
		.label = arena_printf(a, "%s: %s%s, %s", d->path,
				      d->bytes < needed ? "TOO SMALL, " : "",
				      disk_has_data(d) ? "HOLDS DATA"
				      : d->remains     ? "an interrupted installation"
						       : "empty",
				      disk_title(d, a)),
	};
}

/* Those that are too small come last: the first one is what Enter alone would take. */
static struct choices offer_disks_but(const struct interview *v, const struct disk *except,
				      uint64_t needed, struct arena *a)
{
	struct choices c = {0};

	for (int small = 0; small < 2; small++)
		for (size_t i = 0; i < v->facts->disks.count; i++) {
			const struct disk *d = &v->facts->disks.items[i];

			if (d != except && !disk_in_use(d, a) && (d->bytes < needed) == small)
				offer_disk(d, needed, a, &c);
		}
	return c;
}

struct choices offer_disks(const struct interview *v, struct arena *a)
{
	const struct variant *x = interview_variant(v);

	return offer_disks_but(v, NULL, x ? x->minimum_disk : 0, a);
}

struct choices offer_data_disks(const struct interview *v, struct arena *a)
{
	return offer_disks_but(v, interview_disk(v), 0, a);
}

bool disk_is_open(const struct interview *v)
{
	return v->answers->disk_rules.list.count == 0;
}

const char *const disk_modes[] = {DISK_MODE_ERASE, DISK_MODE_FREE_SPACE, DISK_MODE_SHRINK,
				  DISK_MODE_PARTITIONS, NULL};

const char *propose_disk_mode(const struct interview *v, struct arena *a)
{
	(void)v;
	(void)a;
	return DISK_MODE_ERASE;
}

static bool has_mode(const struct interview *v, const char *mode)
{
	return v->answers->disk_mode && str_eq(v->answers->disk_mode, mode);
}

bool is_mode_partitions(const struct interview *v)
{
	return has_mode(v, DISK_MODE_PARTITIONS);
}

static uint64_t largest_area(const struct disk *d, struct arena *a)
{
	struct disk_areas areas = disk_free_areas(d, a);
	uint64_t largest = 0;

	for (size_t i = 0; i < areas.list.count; i++)
		if (areas.list.items[i].bytes > largest)
			largest = areas.list.items[i].bytes;
	return largest;
}

static bool has_partition_for(const struct disk *d, uint64_t bytes)
{
	for (size_t i = 0; i < d->partitions.count; i++)
		if (!d->partitions.items[i].remains && d->partitions.items[i].bytes >= bytes)
			return true;
	return false;
}

/* What is swapped out, and all of memory when the machine hibernates, would be read there without
 * the passphrase. */
bool partitions_fit(const struct interview *v, const char *text, struct str *why)
{
	const struct partition_use *swap = partition_use_at(&v->answers->disk_partitions,
							    PARTITION_SWAP);

	(void)text;
	if (!v->answers->encrypt || !swap || swap->format)
		return true;
	str_addf(why,
		 "%s is kept as swap, in clear text beside an encrypted system: have it formatted "
		 "(\"format\": true), which encrypts it, or leave it out",
		 swap->match);
	return false;
}

bool hibernation_fits(const struct interview *v, const char *text, struct str *why)
{
	const struct variant *x = interview_variant(v);

	(void)text;
	if (!v->answers->hibernate || !x || !x->no_hibernation)
		return true;
	str_addf(why, "%s cannot hibernate: %s", x->title, x->no_hibernation);
	return false;
}

/* What there is room for; partitions are added to and kept in a GPT only. */
struct choices offer_disk_modes(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const struct variant *x = interview_variant(v);
	uint64_t needed = x ? x->minimum_disk : 0, area;
	struct choices c = {0};

	*list_push(a, &c.list) = (struct choice){DISK_MODE_ERASE,
						 "Erase it: the system gets the whole disk"};
	if (!d || !disk_has_data(d) || !str_eq(d->table, "gpt"))
		return c;
	area = largest_area(d, a);
	if (area && area >= needed)
		*list_push(a, &c.list) = (struct choice){
			DISK_MODE_FREE_SPACE,
			arena_printf(a, "Use the %s of free space: all that is there stays",
				     size_text(area).s)};
	if (shrink_possible(v->facts, d, needed))
		*list_push(a, &c.list) = (struct choice){
			DISK_MODE_SHRINK,
			"Make a partition smaller, and use the room: its files stay"};
	if (has_partition_for(d, needed))
		*list_push(a, &c.list) = (struct choice){
			DISK_MODE_PARTITIONS,
			"Use partitions that are there: format or keep each, such as /home"};
	return c;
}

bool has_disk_modes(const struct interview *v)
{
	_cleanup_arena_ struct arena *a = arena_new();

	return offer_disk_modes(v, a).list.count > 1;
}

static const char *partition_line(const struct partition *p, struct arena *a)
{
	const char *label = p->fs_label ? p->fs_label : p->name;

	return arena_printf(a, "%s  %s  %s%s%s%s%s%s%s%s%s", p->path, size_text(p->bytes).s,
			    p->fs_type ? p->fs_type : "nothing known", label ? "  \"" : "",
			    label ? label : "", label ? "\"" : "", p->system ? "  (" : "",
			    p->system ? p->system : "", p->system ? ")" : "",
			    p->room_known ? "  free: " : "",
			    p->room_known ? size_text(p->free_bytes).s : "");
}

const char *show_partitions(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const char *text = "";

	for (size_t i = 0; d && i < d->partitions.count; i++)
		text = arena_printf(a, "%s%s%s", text, i ? "\n" : "",
				    partition_line(&d->partitions.items[i], a));
	return text;
}

/* Where Windows has the room that the system needs, how it gives it up. */
const char *show_disk_mode(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const struct variant *x = interview_variant(v);
	uint64_t needed = x ? x->minimum_disk : 0;
	const char *text = show_partitions(v, a);

	for (size_t i = 0; d && i < d->partitions.count && largest_area(d, a) < needed; i++) {
		const struct partition *p = &d->partitions.items[i];

		if (str_eq(p->system, "Windows") && p->bytes > needed)
			return arena_printf(a,
					    "%s\nRoom in Windows (%s) is given up by Windows "
					    "itself: there, choose Disk Management, Shrink Volume "
					    "(at least %s), shut it down, and start here again.",
					    text, p->path, size_text(needed).s);
	}
	return text;
}

/* What whoever agrees to it will not have any more. */
const char *show_loss(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const char *text = "This will be lost:";

	if (d && !is_mode_partitions(v))
		return arena_printf(a, "Everything on %s will be lost:\n%s", d->path,
				    show_partitions(v, a));
	for (size_t i = 0; d && i < v->answers->disk_partitions.list.count; i++) {
		const struct partition_use *use = &v->answers->disk_partitions.list.items[i];
		const struct partition *p = partition_use_find(use, d);

		if (p && use->format && !p->remains)
			text = arena_printf(a, "%s\n%s", text, partition_line(p, a));
	}
	return text;
}

bool disk_needs_erase(const struct interview *v)
{
	const struct disk *d = interview_disk(v);

	if (!d || has_mode(v, DISK_MODE_FREE_SPACE) || has_mode(v, DISK_MODE_SHRINK))
		return false;
	return is_mode_partitions(v) ? partition_uses_loss(&v->answers->disk_partitions, d) != NULL
				     : disk_has_data(d);
}

bool has_other_disk(const struct interview *v)
{
	_cleanup_arena_ struct arena *a = arena_new();

	/* One that is named makes sense whatever is to be said of the system's disk. */
	return v->answers->data_path ||
	       (interview_disk(v) && offer_data_disks(v, a).list.count > 0);
}

bool has_data_disk(const struct interview *v)
{
	return v->answers->data_path != NULL;
}

/* One place, one file system: NixOS does not take two. */
bool data_point_fits(const struct interview *v, const char *text, struct str *why)
{
	const struct partition_use *use = is_mode_partitions(v)
						  ? partition_use_at(&v->answers->disk_partitions,
								     text)
						  : NULL;

	if (use)
		str_addf(why, "partition %s is mounted at %s already; choose another place",
			 use->match, text);
	return !use;
}

bool data_disk_needs_erase(const struct interview *v)
{
	const struct disk *d = interview_data_disk(v);

	return d && disk_has_data(d);
}

/* SD cards and eMMC are slow at small writes and wear out by them, which F2FS is made for. */
const char *propose_file_system(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);

	(void)a;
	return d && (d->transport == TRANSPORT_SD || d->transport == TRANSPORT_EMMC) ? "f2fs"
										     : "ext4";
}

bool is_btrfs(const struct interview *v)
{
	return str_eq(v->answers->file_system, "btrfs");
}

bool is_encrypted(const struct interview *v)
{
	return v->answers->encrypt;
}

bool passphrase_open(const struct interview *v)
{
	return v->answers->encrypt && !v->answers->passphrase_file;
}

/* What TRIM tells about an encrypted disk is how full it is; without it an SSD gets slow. */
const char *propose_discards(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);

	(void)a;
	return d && !d->rotational ? "yes" : "no";
}

/* A partition that is there has its size. */
bool swap_has_size(const struct interview *v)
{
	if (is_mode_partitions(v) && str_eq(v->answers->swap_kind, "partition"))
		return false;
	return str_eq(v->answers->swap_kind, "partition") || str_eq(v->answers->swap_kind, "file");
}

enum { BUILDING_TOTAL_GIB = 56, BUILDING_ENOUGH_GIB = 32 };

static uint64_t memory_gib(const struct interview *v)
{
	return (v->facts->memory_bytes + (1ULL << 29)) >> 30;
}

static bool needs_swap_for_building(const struct interview *v)
{
	return v->answers->swap_for_building && memory_gib(v) < BUILDING_ENOUGH_GIB;
}

const char *propose_swap(const struct interview *v, struct arena *a)
{
	(void)a;
	if (v->answers->hibernate)
		return "partition";
	if (is_mode_partitions(v)) {
		if (partition_use_at(&v->answers->disk_partitions, PARTITION_SWAP))
			return "partition";
		if (str_eq(v->answers->file_system, "f2fs"))
			return "zram";
	}
	/* btrfs and F2FS have rules of their own for swap files. */
	return !needs_swap_for_building(v)		 ? "zram"
	       : str_eq(v->answers->file_system, "f2fs") ? "partition"
							 : "file";
}

/* As much as there is memory, between 2 and 16 GiB, in whole GiB. For building, what is missing to
 * the 56 GiB in total of the distribution's specification (section 4.3), but at most a quarter of
 * the disk; for hibernation, all of the memory and room for what is swapped out then. */
const char *propose_swap_size(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	uint64_t memory = memory_gib(v), gib = memory < 2 ? 2 : memory > 16 ? 16 : memory;

	if (v->answers->hibernate)
		gib = (v->facts->memory_bytes >> 30) + 2 + memory / 8;
	if (needs_swap_for_building(v)) {
		uint64_t wanted = BUILDING_TOTAL_GIB - memory, quarter = d ? d->bytes >> 32 : 0;

		wanted = d && wanted > quarter ? quarter : wanted;
		gib = wanted > gib ? wanted : gib;
	}
	return arena_printf(a, "%llu GiB", (unsigned long long)gib);
}
