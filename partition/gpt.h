/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gpt: what libparted before 3.6 has no call for: type GUIDs, unique GUIDs, the disk's GUID and
 * attributes, put into a GUID partition table that is there already. Pure: over bytes in memory,
 * both copies at once. UEFI specification 2.10, section 5.3.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "partition/layout.h"

enum { GPT_ENTRIES = 128, GPT_ENTRY_BYTES = 128, GPT_TABLE_BYTES = 128 * 128 };

/* Where one copy lies, in logical blocks, and its bytes, borrowed. */
struct gpt_copy {
	uint64_t header_lba, table_lba, other_header_lba;
	uint64_t first_usable_lba, last_usable_lba;
	uint32_t sector_bytes;
	uint8_t *header; /* sector_bytes */
	uint8_t *table;	 /* GPT_TABLE_BYTES, a whole number of sectors */
};

/* The positions for a disk of that size; header and table NULL. */
struct gpt_copy gpt_primary(uint64_t disk_bytes, uint32_t sector_bytes);
struct gpt_copy gpt_backup(uint64_t disk_bytes, uint32_t sector_bytes);
/* The first byte behind the primary copy. */
uint64_t gpt_primary_end(uint32_t sector_bytes);

/* Signature, revision, positions, sizes and both CRC32s. ERR_INVALID says which is wrong. */
int gpt_verify(const struct gpt_copy *c, struct err *e) nodiscard;

/* Verifies both copies and that the entries in use are those of the layout, at its positions;
 * then writes the layout's identifiers and attributes into both and renews their CRCs. On
 * failure no byte is changed. */
int gpt_retouch(struct gpt_copy *primary, struct gpt_copy *backup, const struct layout *l,
		struct err *e) nodiscard;

/*
 * Of a layout that keeps the table: is this verified copy the one that was agreed on? All entries
 * that stay are there, at their places, with their identifiers and types (one that becomes smaller
 * as it was, or as it will be); whatever else there is is
 * to be removed, or one of the layout's own from a run that was cut off. ERR_MISMATCH names the
 * entry that is not so; ERR_INVALID: new partitions would lie outside of the usable sectors.
 */
int gpt_check_kept(const struct gpt_copy *c, const struct layout *l, struct err *e) nodiscard;
/* Verifies and checks both copies, and that the entries that stay have the same bytes in both; then
 * clears what is to be removed, adds the layout's new partitions, moves the end of the one that
 * becomes smaller and renews the CRCs. All else stays byte by byte; afterwards both tables are the
 * same. On failure no byte is changed. */
int gpt_add(struct gpt_copy *primary, struct gpt_copy *backup, const struct layout *l,
	    struct err *e) nodiscard;

/* Does a verified copy hold the layout's table, identifiers and attributes, and nothing else but
 * what it keeps? */
bool gpt_matches(const struct gpt_copy *c, const struct layout *l);

/* How large the disk is that this primary header was made for; 0: it is none. */
uint64_t gpt_disk_bytes(const struct gpt_copy *primary);
/* Where the entry with this number (from 1) lies, in logical blocks; false: it is free. */
bool gpt_entry_at(const struct gpt_copy *c, uint32_t number, uint64_t *ret_first,
		  uint64_t *ret_last);
/* Lets an entry of a primary copy that was verified end at `last`, and both copies know of a disk
 * of that size; the backup gets its bytes. ERR_IO: there is another partition, or no room. On
 * failure no byte is changed. */
int gpt_grow(struct gpt_copy *primary, struct gpt_copy *backup, uint64_t disk_bytes,
	     uint32_t number, uint64_t last, struct err *e) nodiscard;

/* CRC-32 as in IEEE 802.3. */
uint32_t gpt_crc32(const void *bytes, size_t n);
