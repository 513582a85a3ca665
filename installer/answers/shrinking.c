/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers/shrinking.h"

#include "base/str.h"

static const uint64_t MIB = UINT64_C(1) << 20;
static const uint64_t GIB = UINT64_C(1) << 30;

static uint64_t up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

/* --- what the facts allow --------------------------------------------------------------------- */

uint64_t shrink_least(const struct partition *p)
{
	uint64_t used = p->bytes - p->free_bytes, spare = used / 10;
	/* A file system that is full is slow, and what is counted is an estimate. */
	uint64_t wanted = up(used + (spare > 512 * MIB ? spare : 512 * MIB), MIB);

	return p->fs_bytes && p->fs_bytes < wanted ? up(p->fs_bytes, MIB) : wanted;
}

struct disk_area shrink_area(const struct disk *d, const struct partition *p, uint64_t bytes,
			     struct arena *a)
{
	struct disk smaller = *d;
	struct disk_areas areas;
	uint64_t end = up(p->start + bytes, MIB);

	smaller.partitions.items = arena_alloc(a, d->partitions.count * sizeof(*p));
	for (size_t i = 0; i < d->partitions.count; i++) {
		smaller.partitions.items[i] = d->partitions.items[i];
		if (d->partitions.items[i].number == p->number)
			smaller.partitions.items[i].bytes = bytes;
	}
	areas = disk_free_areas(&smaller, a);
	for (size_t i = 0; i < areas.list.count; i++)
		if (areas.list.items[i].start == end)
			return areas.list.items[i];
	return (struct disk_area){end, 0};
}

/* The system that sleeps there may have anything of this machine mounted. */
static const struct partition *hibernated(const struct facts *f)
{
	for (size_t i = 0; i < f->disks.count; i++) {
		const struct disk *d = &f->disks.items[i];

		for (size_t j = 0; j < d->partitions.count; j++)
			if (str_eq(d->partitions.items[j].fs_type, "swsuspend"))
				return &d->partitions.items[j];
	}
	return NULL;
}

/* What a run that was cut off has made there is in the room that was given up before. */
static bool is_begun(const struct disk *d)
{
	for (size_t i = 0; i < d->partitions.count; i++)
		if (d->partitions.items[i].remains)
			return true;
	return false;
}

const char *shrink_obstacle(const struct facts *f, const struct disk *d, const struct partition *p,
			    struct arena *a)
{
	const struct partition *asleep = hibernated(f);

	if (p->remains)
		return "it is an interrupted installation's, and its place counts as free";
	if (str_eq(p->fs_type, "ntfs") || str_eq(p->fs_type, "BitLocker"))
		return "Windows makes it smaller itself: Disk Management, Shrink Volume; then use "
		       "the free space here";
	if (str_eq(p->fs_type, "crypto_LUKS"))
		return "it is encrypted: make it smaller from the system that opens it";
	if (!str_eq(p->fs_type, "ext4") && !str_eq(p->fs_type, "btrfs"))
		return arena_printf(a, "only ext4 and btrfs can be made smaller, and it holds %s",
				    p->fs_type ? p->fs_type : "nothing that is known");
	if (asleep)
		return arena_printf(a,
				    "a system of this machine is hibernated (%s): start it and "
				    "shut it down first",
				    asleep->path);
	if (!p->room_known || !p->fs_uuid)
		return "how full it is could not be read, or it is over several disks, or of a "
		       "kind that its tools do not make smaller (bigalloc, a journal elsewhere)";
	if (p->fs_bytes > p->bytes)
		return arena_printf(a, "its file system is longer (%s) than it is (%s)",
				    size_text(p->fs_bytes).s, size_text(p->bytes).s);
	if (shrink_least(p) > p->bytes || (shrink_least(p) == p->bytes && !is_begun(d)))
		return arena_printf(a, "it is full: only %s of its %s are free",
				    size_text(p->free_bytes).s, size_text(p->bytes).s);
	return NULL;
}

/* What it could leave, with what is free behind it. */
static uint64_t could_give(const struct facts *f, const struct disk *d, const struct partition *p,
			   struct arena *a)
{
	return shrink_obstacle(f, d, p, a) ? 0 : shrink_area(d, p, shrink_least(p), a).bytes;
}

bool shrink_possible(const struct facts *f, const struct disk *d, uint64_t needed)
{
	_cleanup_arena_ struct arena *a = arena_new();

	for (size_t i = 0; i < d->partitions.count; i++) {
		uint64_t room = could_give(f, d, &d->partitions.items[i], a);

		if (room && room >= needed)
			return true;
	}
	return false;
}

const struct partition *shrink_partition(const struct interview *v)
{
	const struct disk *d = interview_disk(v);
	const char *name = v->answers->shrink;

	return d && name ? partition_find(d, name) : NULL;
}

/* --- the questions ---------------------------------------------------------------------------- */

bool is_mode_shrink(const struct interview *v)
{
	return str_eq(v->answers->disk_mode, DISK_MODE_SHRINK);
}

static const char *describe(const struct interview *v, const struct partition *p, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const char *label = p->fs_label ? p->fs_label : p->name;
	const char *obstacle = shrink_obstacle(v->facts, d, p, a);

	return arena_printf(a, "%s  %s  %s%s%s%s: %s", p->path, size_text(p->bytes).s,
			    p->fs_type ? p->fs_type : "nothing known", label ? "  \"" : "",
			    label ? label : "", label ? "\"" : "",
			    obstacle ? obstacle
				     : arena_printf(a, "%s free, can give up to %s",
						    size_text(p->free_bytes).s,
						    size_text(could_give(v->facts, d, p, a)).s));
}

const char *show_shrink(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const char *text = "Its files stay. Have a backup of them all the same: when the power "
			   "fails in the midst of it, ext4 may have to be mended. A system in it "
			   "that is hibernated would be damaged: shut it down first.";

	for (size_t i = 0; d && i < d->partitions.count; i++)
		text = arena_printf(a, "%s\n%s", text, describe(v, &d->partitions.items[i], a));
	return text;
}

struct choices offer_shrink(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	struct choices c = {0};

	for (size_t i = 0; d && i < d->partitions.count; i++) {
		const struct partition *p = &d->partitions.items[i];

		if (could_give(v->facts, d, p, a))
			*list_push(a, &c.list) = (struct choice){p->path, describe(v, p, a)};
	}
	return c;
}

const char *propose_shrink(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const struct partition *best = NULL;

	for (size_t i = 0; d && i < d->partitions.count; i++) {
		const struct partition *p = &d->partitions.items[i];

		if (could_give(v->facts, d, p, a) &&
		    (!best || could_give(v->facts, d, p, a) > could_give(v->facts, d, best, a)))
			best = p;
	}
	return best ? best->path : NULL;
}

bool shrink_fits(const struct interview *v, const char *text, struct str *why)
{
	_cleanup_arena_ struct arena *a = arena_new();
	const struct disk *d = interview_disk(v);
	const struct partition *p = d ? partition_find(d, text) : NULL;
	const char *obstacle = p ? shrink_obstacle(v->facts, d, p, a) : NULL;

	if (!d || (p && !obstacle))
		return true;
	if (obstacle)
		str_addf(why, "%s: %s", p->path, obstacle);
	else
		str_addf(why, "there is no such partition on %s", d->path);
	return false;
}

const char *show_shrink_to(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const struct partition *p = shrink_partition(v);
	const struct variant *x = interview_variant(v);

	if (!p)
		return "";
	return arena_printf(a,
			    "%s has %s, of which %s are free. With at least %s it keeps its files "
			    "and some room; what it gives up is the new system's (with that size "
			    "%s, and it needs at least %s).",
			    p->path, size_text(p->bytes).s, size_text(p->free_bytes).s,
			    size_text(shrink_least(p)).s,
			    size_text(shrink_area(d, p, shrink_least(p), a).bytes).s,
			    size_text(x ? x->minimum_disk : 0).s);
}

/* The free room is shared, but the system gets at least twice what it needs, when there is that
 * much. */
const char *propose_shrink_to(const struct interview *v, struct arena *a)
{
	const struct disk *d = interview_disk(v);
	const struct partition *p = shrink_partition(v);
	const struct variant *x = interview_variant(v);
	uint64_t needed = x ? x->minimum_disk : 0, room, give, keeps;

	if (!p || shrink_obstacle(v->facts, d, p, a))
		return NULL;
	room = could_give(v->facts, d, p, a);
	give = room / 2 > 2 * needed ? room / 2 : 2 * needed;
	keeps = shrink_least(p) + (give < room ? room - give : 0);
	/* What is free behind it alone may be more than that share. */
	if (keeps > p->bytes)
		keeps = p->bytes / MIB * MIB;
	/* A round number, where the system has room enough with it. */
	if (up(keeps, GIB) <= p->bytes && shrink_area(d, p, up(keeps, GIB), a).bytes >= needed)
		keeps = up(keeps, GIB);
	return keeps % GIB ? arena_printf(a, "%llu MiB", (unsigned long long)(keeps / MIB))
			   : arena_printf(a, "%llu GiB", (unsigned long long)(keeps / GIB));
}

bool shrink_to_fits(const struct interview *v, const char *text, struct str *why)
{
	const struct partition *p = shrink_partition(v);
	uint64_t bytes = v->answers->shrink_to;

	(void)text;
	if (!p || !p->room_known)
		return true; /* disk.shrink is what is refused */
	if (bytes % MIB)
		str_add(why, "a partition's size is a whole number of MiB here");
	else if (bytes < shrink_least(p))
		str_addf(why, "what is in %s needs %s, and some room: at least %s", p->path,
			 size_text(p->bytes - p->free_bytes).s, size_text(shrink_least(p)).s);
	else if (bytes > p->bytes)
		str_addf(why, "%s has %s only", p->path, size_text(p->bytes).s);
	else
		return true;
	return false;
}
