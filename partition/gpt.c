/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/gpt.h"

#include <stddef.h>
#include <string.h>

/* Offsets in the header (UEFI 2.10, table 5.5) and in an entry (table 5.6). */
enum {
	HEADER_REVISION = 8,
	HEADER_SIZE = 12,
	HEADER_CRC = 16,
	HEADER_MY_LBA = 24,
	HEADER_OTHER_LBA = 32,
	HEADER_FIRST_USABLE = 40,
	HEADER_LAST_USABLE = 48,
	HEADER_DISK_GUID = 56,
	HEADER_TABLE_LBA = 72,
	HEADER_ENTRIES = 80,
	HEADER_ENTRY_BYTES = 84,
	HEADER_TABLE_CRC = 88,
	HEADER_MIN_BYTES = 92,
	ENTRY_TYPE = 0,
	ENTRY_GUID = 16,
	ENTRY_FIRST = 32,
	ENTRY_LAST = 40,
	ENTRY_ATTRIBUTES = 48,
	ENTRY_NAME = 56, /* 36 characters of UTF-16LE */
	GUID_BYTES = 16,
};

static const uint64_t ATTRIBUTE_LEGACY_BOOT = UINT64_C(1) << 2;
static const uint32_t REVISION_1_0 = 0x00010000;

uint32_t gpt_crc32(const void *bytes, size_t n)
{
	/* Four bits at a time: the reflected polynomial 0xEDB88320. */
	static const uint32_t nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
					    0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
					    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	const uint8_t *b = bytes;
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc = nibble[(crc ^ b[i]) & 15] ^ (crc >> 4);
		crc = nibble[(crc ^ (b[i] >> 4)) & 15] ^ (crc >> 4);
	}
	return ~crc;
}

static uint64_t get(const uint8_t *b, size_t n)
{
	uint64_t v = 0;

	for (size_t i = n; i-- > 0;)
		v = v << 8 | b[i];
	return v;
}

static uint32_t get32(const uint8_t *b)
{
	return (uint32_t)get(b, 4);
}

static void put(uint8_t *b, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		b[i] = (uint8_t)v;
}

static uint8_t hex(char c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	return (uint8_t)((c | 0x20) - 'a' + 10);
}

/* The first three fields of a GUID lie little-endian on the disk (UEFI 2.10, appendix A).
 * The text is one that layout_make wrote. */
static void guid_bytes(const char *text, uint8_t ret[GUID_BYTES])
{
	static const uint8_t at[GUID_BYTES] = {6,  4,  2,  0,  11, 9,  16, 14,
					       19, 21, 24, 26, 28, 30, 32, 34};

	for (size_t i = 0; i < GUID_BYTES; i++)
		ret[i] = (uint8_t)(hex(text[at[i]]) << 4 | hex(text[at[i] + 1]));
}

static bool guid_is(const uint8_t *bytes, const char *text)
{
	uint8_t wanted[GUID_BYTES];

	guid_bytes(text, wanted);
	return memcmp(bytes, wanted, GUID_BYTES) == 0;
}

static struct gpt_copy usable(uint64_t disk_bytes, uint32_t sector_bytes)
{
	uint64_t table = GPT_TABLE_BYTES / sector_bytes, last = disk_bytes / sector_bytes - 1;

	return (struct gpt_copy){
		.first_usable_lba = 2 + table,
		.last_usable_lba = last - table - 1,
		.sector_bytes = sector_bytes,
	};
}

struct gpt_copy gpt_primary(uint64_t disk_bytes, uint32_t sector_bytes)
{
	struct gpt_copy c = usable(disk_bytes, sector_bytes);

	c.header_lba = 1;
	c.table_lba = 2;
	c.other_header_lba = disk_bytes / sector_bytes - 1;
	return c;
}

struct gpt_copy gpt_backup(uint64_t disk_bytes, uint32_t sector_bytes)
{
	struct gpt_copy c = usable(disk_bytes, sector_bytes);

	c.header_lba = disk_bytes / sector_bytes - 1;
	c.table_lba = c.last_usable_lba + 1;
	c.other_header_lba = 1;
	return c;
}

uint64_t gpt_primary_end(uint32_t sector_bytes)
{
	return UINT64_C(2) * sector_bytes + GPT_TABLE_BYTES;
}

static uint32_t header_crc(const uint8_t *header, uint32_t size)
{
	uint8_t copy[4096];

	memcpy(copy, header, size);
	memset(copy + HEADER_CRC, 0, 4);
	return gpt_crc32(copy, size);
}

/* What is wrong with the header by itself; NULL: nothing. */
static const char *header_fault(const struct gpt_copy *c)
{
	const uint8_t *h = c->header;
	uint32_t size = get32(h + HEADER_SIZE);

	if (memcmp(h, "EFI PART", 8) != 0)
		return "the signature is not \"EFI PART\"";
	if (get32(h + HEADER_REVISION) != REVISION_1_0)
		return "the revision is not 1.0";
	if (size < HEADER_MIN_BYTES || size > c->sector_bytes || size > 4096)
		return "the header's size is impossible";
	if (header_crc(h, size) != get32(h + HEADER_CRC))
		return "the header's checksum is wrong";
	return NULL;
}

static const char *table_fault(const struct gpt_copy *c)
{
	const uint8_t *h = c->header;

	if (get(h + HEADER_MY_LBA, 8) != c->header_lba ||
	    get(h + HEADER_OTHER_LBA, 8) != c->other_header_lba ||
	    get(h + HEADER_TABLE_LBA, 8) != c->table_lba)
		return "the header says that it belongs elsewhere";
	if (get(h + HEADER_FIRST_USABLE, 8) < c->first_usable_lba ||
	    get(h + HEADER_LAST_USABLE, 8) > c->last_usable_lba)
		return "the usable sectors overlap the table";
	if (get32(h + HEADER_ENTRIES) != GPT_ENTRIES ||
	    get32(h + HEADER_ENTRY_BYTES) != GPT_ENTRY_BYTES)
		return "the table is not one of 128 entries of 128 bytes";
	if (gpt_crc32(c->table, GPT_TABLE_BYTES) != get32(h + HEADER_TABLE_CRC))
		return "the table's checksum is wrong";
	return NULL;
}

int gpt_verify(const struct gpt_copy *c, struct err *e)
{
	const char *fault = header_fault(c);

	if (!fault)
		fault = table_fault(c);
	if (!fault)
		return 0;
	err_set(e, ERR_INVALID, "the disk may be failing; try another one",
		"the %s partition table is damaged", c->header_lba == 1 ? "primary" : "backup");
	return err_why(e, "%s", fault);
}

static uint8_t *entry(const struct gpt_copy *c, size_t i)
{
	return c->table + i * GPT_ENTRY_BYTES;
}

static bool entry_is_free(const uint8_t *b)
{
	static const uint8_t unused[GUID_BYTES];

	return memcmp(b + ENTRY_TYPE, unused, GUID_BYTES) == 0;
}

/* The one that the layout makes with this number. */
static const struct part *part_by_number(const struct layout *l, size_t number)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].number == number && l->parts[i].fate == FATE_CREATE)
			return &l->parts[i];
	return NULL;
}

static uint64_t attributes(const struct part *p)
{
	return p->legacy_boot ? ATTRIBUTE_LEGACY_BOOT : 0;
}

static bool entry_lies_at(const struct gpt_copy *c, size_t i, uint64_t start, uint64_t size)
{
	const uint8_t *b = entry(c, i);

	return get(b + ENTRY_FIRST, 8) == start / c->sector_bytes &&
	       get(b + ENTRY_LAST, 8) == (start + size) / c->sector_bytes - 1;
}

/* With that size, which is not the one it had where it becomes smaller. */
static bool entry_is_old(const struct gpt_copy *c, size_t i, const struct old_part *o,
			 uint64_t size)
{
	const uint8_t *b = entry(c, i);

	return !entry_is_free(b) && entry_lies_at(c, i, o->start, size) &&
	       guid_is(b + ENTRY_TYPE, o->type_guid) && guid_is(b + ENTRY_GUID, o->guid);
}

/* Is the layout's partition, or one that stays, or nothing when there is none of that number, in
 * this entry? */
static bool entry_lies_right(const struct gpt_copy *c, size_t i, const struct layout *l)
{
	const struct part *p = part_by_number(l, i + 1);
	const struct old_part *o = layout_old(l, (uint32_t)i + 1);
	const uint8_t *b = entry(c, i);

	if (o)
		return entry_is_old(c, i, o, layout_old_size(l, o));
	if (!p || entry_is_free(b))
		return !p && entry_is_free(b);
	return entry_lies_at(c, i, p->start, p->size);
}

static bool entry_is_named_right(const struct gpt_copy *c, size_t i, const struct layout *l)
{
	const struct part *p = part_by_number(l, i + 1);
	const uint8_t *b = entry(c, i);

	return !p || (guid_is(b + ENTRY_TYPE, p->type_guid) && guid_is(b + ENTRY_GUID, p->guid) &&
		      get(b + ENTRY_ATTRIBUTES, 8) == attributes(p));
}

bool gpt_matches(const struct gpt_copy *c, const struct layout *l)
{
	if (!l->keep_table && !guid_is(c->header + HEADER_DISK_GUID, l->disk_guid))
		return false;
	for (size_t i = 0; i < GPT_ENTRIES; i++)
		if (!entry_lies_right(c, i, l) || !entry_is_named_right(c, i, l))
			return false;
	return true;
}

static void renew_checksums(struct gpt_copy *c)
{
	uint32_t size = get32(c->header + HEADER_SIZE);

	put(c->header + HEADER_TABLE_CRC, gpt_crc32(c->table, GPT_TABLE_BYTES), 4);
	put(c->header + HEADER_CRC, header_crc(c->header, size), 4);
}

static void retouch_copy(struct gpt_copy *c, const struct layout *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct part *p = &l->parts[i];
		uint8_t *b = entry(c, p->number - 1);

		guid_bytes(p->type_guid, b + ENTRY_TYPE);
		guid_bytes(p->guid, b + ENTRY_GUID);
		put(b + ENTRY_ATTRIBUTES, attributes(p), 8);
	}
	guid_bytes(l->disk_guid, c->header + HEADER_DISK_GUID);
	renew_checksums(c);
}

static int check_copy(const struct gpt_copy *c, const struct layout *l, struct err *e)
{
	int r = gpt_verify(c, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < GPT_ENTRIES; i++)
		if (!entry_lies_right(c, i, l))
			return err_set(e, ERR_INTERNAL, NULL,
				       "entry %zu of the partition table is not as planned", i + 1);
	return 0;
}

int gpt_retouch(struct gpt_copy *primary, struct gpt_copy *backup, const struct layout *l,
		struct err *e)
{
	int r = check_copy(primary, l, e);

	if (r < 0)
		return r;
	r = check_copy(backup, l, e);
	if (r < 0)
		return r;
	retouch_copy(primary, l);
	retouch_copy(backup, l);
	return 0;
}

/* --- a table that is kept --------------------------------------------------------------------- */

static bool may_go(const struct gpt_copy *c, size_t i, const struct layout *l)
{
	for (size_t j = 0; j < l->old_count; j++)
		if (l->old[j].remove && l->old[j].number == i + 1 &&
		    entry_is_old(c, i, &l->old[j], l->old[j].size))
			return true;
	return false;
}

static bool is_ours(const struct gpt_copy *c, size_t i, const struct layout *l)
{
	return part_by_number(l, i + 1) && !entry_is_free(entry(c, i)) &&
	       entry_lies_right(c, i, l) && entry_is_named_right(c, i, l);
}

static int changed(size_t i, const char *why, struct err *e)
{
	err_set(e, ERR_MISMATCH, "look at the disks again and choose anew",
		"the partition table is not the one that was agreed on");
	return err_why(e, "partition %zu %s", i + 1, why);
}

static int check_usable(const struct gpt_copy *c, const struct layout *l, struct err *e)
{
	uint64_t first = get(c->header + HEADER_FIRST_USABLE, 8);
	uint64_t last = get(c->header + HEADER_LAST_USABLE, 8);

	for (size_t i = 0; i < l->count; i++) {
		const struct part *p = &l->parts[i];

		if (p->fate == FATE_CREATE && (p->start / c->sector_bytes < first ||
					       (p->start + p->size) / c->sector_bytes - 1 > last))
			return err_set(e, ERR_INVALID,
				       "have its usable sectors extended, for example with gdisk "
				       "(x, then e, then w)",
				       "the partition table does not allow partitions in all of "
				       "the disk");
	}
	return 0;
}

int gpt_check_kept(const struct gpt_copy *c, const struct layout *l, struct err *e)
{
	for (size_t i = 0; i < GPT_ENTRIES; i++) {
		const struct old_part *o = layout_old(l, (uint32_t)i + 1);

		if (o && !entry_is_old(c, i, o, o->size) &&
		    !entry_is_old(c, i, o, layout_old_size(l, o)))
			return changed(i, entry_is_free(entry(c, i)) ? "is gone" : "is another one",
				       e);
		if (!o && !entry_is_free(entry(c, i)) && !may_go(c, i, l) && !is_ours(c, i, l))
			return changed(i, "was not there", e);
	}
	return check_usable(c, l, e);
}

static int check_to_add(const struct gpt_copy *c, const struct layout *l, struct err *e)
{
	int r = gpt_verify(c, e);

	return r < 0 ? r : gpt_check_kept(c, l, e);
}

static void write_entry(struct gpt_copy *c, const struct part *p)
{
	uint8_t *b = entry(c, p->number - 1);

	memset(b, 0, GPT_ENTRY_BYTES);
	guid_bytes(p->type_guid, b + ENTRY_TYPE);
	guid_bytes(p->guid, b + ENTRY_GUID);
	put(b + ENTRY_FIRST, p->start / c->sector_bytes, 8);
	put(b + ENTRY_LAST, (p->start + p->size) / c->sector_bytes - 1, 8);
	put(b + ENTRY_ATTRIBUTES, attributes(p), 8);
	for (size_t i = 0; p->name[i]; i++)
		b[ENTRY_NAME + 2 * i] = (uint8_t)p->name[i];
}

/* One that becomes smaller may be so already in one copy, after a run that was cut off. */
static bool entries_agree(const struct gpt_copy *one, const struct gpt_copy *two, size_t i,
			  const struct layout *l)
{
	const struct part *shrunk = layout_shrunk(l);
	uint8_t entries[2][GPT_ENTRY_BYTES];

	memcpy(entries[0], entry(one, i), GPT_ENTRY_BYTES);
	memcpy(entries[1], entry(two, i), GPT_ENTRY_BYTES);
	if (shrunk && shrunk->number == i + 1)
		memcpy(entries[0] + ENTRY_LAST, entries[1] + ENTRY_LAST, 8);
	return memcmp(entries[0], entries[1], GPT_ENTRY_BYTES) == 0;
}

static void write_end(struct gpt_copy *c, const struct part *p)
{
	put(entry(c, p->number - 1) + ENTRY_LAST, (p->start + p->size) / c->sector_bytes - 1, 8);
}

int gpt_add(struct gpt_copy *primary, struct gpt_copy *backup, const struct layout *l,
	    struct err *e)
{
	int r = check_to_add(primary, l, e);

	if (r == 0)
		r = check_to_add(backup, l, e);
	for (size_t i = 0; r == 0 && i < GPT_ENTRIES; i++)
		if (layout_old(l, (uint32_t)i + 1) && !entries_agree(primary, backup, i, l))
			r = changed(i, "is not the same in both copies of the table", e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < GPT_ENTRIES; i++)
		if (!layout_old(l, (uint32_t)i + 1))
			memset(entry(primary, i), 0, GPT_ENTRY_BYTES);
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].fate == FATE_CREATE)
			write_entry(primary, &l->parts[i]);
	if (layout_shrunk(l))
		write_end(primary, layout_shrunk(l));
	memcpy(backup->table, primary->table, GPT_TABLE_BYTES);
	renew_checksums(primary);
	renew_checksums(backup);
	return 0;
}

/* --- a partition that grows ------------------------------------------------------------------- */

uint64_t gpt_disk_bytes(const struct gpt_copy *primary)
{
	uint64_t other = get(primary->header + HEADER_OTHER_LBA, 8), bytes;

	if (header_fault(primary) || other == UINT64_MAX ||
	    __builtin_mul_overflow(other + 1, primary->sector_bytes, &bytes))
		return 0;
	return bytes;
}

bool gpt_entry_at(const struct gpt_copy *c, uint32_t number, uint64_t *ret_first,
		  uint64_t *ret_last)
{
	if (number < 1 || number > GPT_ENTRIES || entry_is_free(entry(c, number - 1)))
		return false;
	*ret_first = get(entry(c, number - 1) + ENTRY_FIRST, 8);
	*ret_last = get(entry(c, number - 1) + ENTRY_LAST, 8);
	return true;
}

static int check_free_up_to(const struct gpt_copy *c, uint64_t usable, uint32_t number,
			    uint64_t last, struct err *e)
{
	uint64_t mine, other, unused;

	if (!gpt_entry_at(c, number, &mine, &unused) || last > usable)
		return err_set(e, ERR_IO, "answer growRoot with false",
			       "partition %u cannot end at sector %llu", number,
			       (unsigned long long)last);
	for (uint32_t i = 1; i <= GPT_ENTRIES; i++)
		if (i != number && gpt_entry_at(c, i, &other, &unused) && other > mine &&
		    other <= last)
			return err_set(e, ERR_IO, "answer growRoot with false",
				       "partition %u lies behind partition %u", i, number);
	return 0;
}

static void place_copy(struct gpt_copy *c, struct gpt_copy place)
{
	place.header = c->header;
	place.table = c->table;
	*c = place;
	put(c->header + HEADER_MY_LBA, c->header_lba, 8);
	put(c->header + HEADER_OTHER_LBA, c->other_header_lba, 8);
	put(c->header + HEADER_LAST_USABLE, c->last_usable_lba, 8);
	put(c->header + HEADER_TABLE_LBA, c->table_lba, 8);
	renew_checksums(c);
}

int gpt_grow(struct gpt_copy *primary, struct gpt_copy *backup, uint64_t disk_bytes,
	     uint32_t number, uint64_t last, struct err *e)
{
	uint32_t sector = primary->sector_bytes;
	struct gpt_copy place = gpt_primary(disk_bytes, sector);
	int n = check_free_up_to(primary, place.last_usable_lba, number, last, e);

	if (n < 0)
		return n;
	put(entry(primary, number - 1) + ENTRY_LAST, last, 8);
	memcpy(backup->table, primary->table, GPT_TABLE_BYTES);
	memcpy(backup->header, primary->header, sector);
	place_copy(primary, place);
	place_copy(backup, gpt_backup(disk_bytes, sector));
	return 0;
}
