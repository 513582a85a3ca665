/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fat.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	SECTOR_MIN = 512,
	SECTOR_MAX = 4096,
	CLUSTERS_MAX = 1 << 22, /* a FAT of 16 MiB: 16 GiB of clusters of 4 KiB */
	CLUSTER_BYTES_MAX = 1 << 18,
	ENTRY_BYTES = 32,
	NAME_BYTES = 11,
	/* Longer directories than these end the search: a chain may be a circle. */
	DIRECTORY_CLUSTERS = 256,
	PIECE_BYTES = 3 << 14, /* whole entries of each of the three widths */
};
enum { ATTRIBUTE_DIRECTORY = 0x10, ATTRIBUTE_VOLUME = 0x08 };

struct fat {
	int fd;
	uint64_t offset;
	unsigned bits; /* of an entry: 12, 16, 32 */
	uint32_t sector_bytes, cluster_bytes, clusters, root_cluster;
	uint64_t fat_at, root_at, root_bytes, data_at; /* from the file's start */
};

static uint32_t get16(const uint8_t *b)
{
	return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static uint32_t get32(const uint8_t *b)
{
	return get16(b) | get16(b + 2) << 16;
}

static int read_at(const struct fat *f, void *bytes, size_t n, uint64_t at, struct err *e)
{
	uint8_t *b = bytes;

	while (n) {
		ssize_t done = pread(f->fd, b, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_errno(e, done < 0 ? errno : EIO, "the disk may be failing",
					 "cannot read the FAT file system");
		b += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return 0;
}

static int damaged(struct err *e, const char *why)
{
	err_set(e, ERR_INVALID, NULL, "this is no FAT file system");
	return err_why(e, "%s", why);
}

static bool is_power_of_2(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* Sizes and places from the boot sector (fatgen103, "Boot Sector and BPB"). */
static int take_boot_sector(struct fat *f, const uint8_t *b, struct err *e)
{
	uint32_t reserved = get16(b + 14), copies = b[16], root_entries = get16(b + 17);
	uint64_t total = get16(b + 19) ? get16(b + 19) : get32(b + 32);
	uint64_t fat_sectors = get16(b + 22) ? get16(b + 22) : get32(b + 36);
	uint64_t data, root_sectors;

	f->sector_bytes = get16(b + 11);
	if (get16(b + 510) != 0xaa55 || !is_power_of_2(f->sector_bytes) ||
	    f->sector_bytes < SECTOR_MIN || f->sector_bytes > SECTOR_MAX || !is_power_of_2(b[13]) ||
	    !reserved || !copies || !fat_sectors)
		return damaged(e, "its boot sector has impossible sizes");
	f->cluster_bytes = f->sector_bytes * b[13];
	root_sectors = ((uint64_t)root_entries * ENTRY_BYTES + f->sector_bytes - 1) /
		       f->sector_bytes;
	data = reserved + copies * fat_sectors + root_sectors;
	if (total <= data || f->cluster_bytes > CLUSTER_BYTES_MAX)
		return damaged(e, "its boot sector has impossible sizes");
	if ((total - data) / b[13] > CLUSTERS_MAX)
		return err_set(e, ERR_UNSUPPORTED, NULL, "the FAT file system is too large");
	f->clusters = (uint32_t)((total - data) / b[13]);
	f->bits = get16(b + 22) == 0 ? 32 : f->clusters < 4085 ? 12 : 16;
	if (((uint64_t)f->clusters + 2) * f->bits > fat_sectors * f->sector_bytes * 8)
		return damaged(e, "its table is shorter than its clusters");
	f->fat_at = f->offset + (uint64_t)reserved * f->sector_bytes;
	f->root_at = f->fat_at + copies * fat_sectors * f->sector_bytes;
	f->root_bytes = root_sectors * f->sector_bytes;
	f->data_at = f->root_at + f->root_bytes;
	f->root_cluster = f->bits == 32 ? get32(b + 44) : 0;
	return 0;
}

/* Entry i of a piece of the table that begins with entry 0; 12 bits: two in three bytes. */
static uint32_t entry_of(const struct fat *f, const uint8_t *piece, size_t i)
{
	if (f->bits == 32)
		return get32(piece + i * 4) & 0x0fffffff;
	if (f->bits == 16)
		return get16(piece + i * 2);
	return get16(piece + i / 2 * 3 + i % 2) >> (i % 2 ? 4 : 0) & 0xfff;
}

/* Clusters that no file has. Not what FSInfo says: nobody keeps that up when power fails. */
static int count_free(const struct fat *f, uint64_t *ret, struct err *e)
{
	_cleanup_free_ uint8_t *piece = xcalloc(1, PIECE_BYTES + 1);
	size_t each = PIECE_BYTES * 8 / f->bits, all = (size_t)f->clusters + 2;
	uint64_t free_clusters = 0;

	for (size_t first = 0; first < all; first += each) {
		size_t n = all - first < each ? all - first : each;
		int r = read_at(f, piece, (n * f->bits + 7) / 8,
				f->fat_at + (uint64_t)first * f->bits / 8, e);

		if (r < 0)
			return r;
		for (size_t i = first ? 0 : 2; i < n; i++)
			free_clusters += entry_of(f, piece, i) == 0;
	}
	*ret = free_clusters;
	return 0;
}

/* The cluster after this one in its chain; 0 at the end or where the chain is broken. */
static uint32_t next_cluster(const struct fat *f, uint32_t cluster)
{
	uint8_t bytes[4] = {0};
	uint64_t at = f->fat_at + (f->bits == 12 ? cluster / 2 * 3ULL + cluster % 2
						 : (uint64_t)cluster * f->bits / 8);
	struct err ignored;
	uint32_t next;

	if (read_at(f, bytes, f->bits == 32 ? 4 : 2, at, &ignored) < 0)
		return 0;
	next = f->bits == 32   ? get32(bytes) & 0x0fffffff
	       : f->bits == 16 ? get16(bytes)
			       : get16(bytes) >> (cluster % 2 ? 4 : 0) & 0xfff;
	return next >= 2 && next < f->clusters + 2 ? next : 0;
}

/* In a piece of a directory: its first cluster, or 0. Sets *end at the directory's end. */
static uint32_t find_entry(const struct fat *f, const uint8_t *piece, size_t n, const char *name,
			   bool *end)
{
	for (size_t at = 0; at + ENTRY_BYTES <= n; at += ENTRY_BYTES) {
		const uint8_t *b = piece + at;
		uint32_t first = get16(b + 26) | (f->bits == 32 ? get16(b + 20) << 16 : 0);

		if (b[0] == 0) {
			*end = true;
			return 0;
		}
		if ((b[11] & (ATTRIBUTE_DIRECTORY | ATTRIBUTE_VOLUME)) == ATTRIBUTE_DIRECTORY &&
		    memcmp(b, name, NAME_BYTES) == 0 && first >= 2 && first < f->clusters + 2)
			return first;
	}
	return 0;
}

/* The directory of that short name in the one that begins with `cluster`; 0: the root of FAT12 and
 * FAT16, which is no chain. Returns its first cluster, or 0. */
static uint32_t find_directory(const struct fat *f, uint32_t cluster, const char *name)
{
	size_t n = cluster ? f->cluster_bytes : f->root_bytes;
	_cleanup_free_ uint8_t *piece = xcalloc(1, n);
	struct err ignored;
	bool end = false;

	for (unsigned i = 0; i < DIRECTORY_CLUSTERS; i++) {
		uint64_t at = cluster ? f->data_at + (uint64_t)(cluster - 2) * f->cluster_bytes
				      : f->root_at;
		uint32_t found;

		if (read_at(f, piece, n, at, &ignored) < 0)
			return 0;
		found = find_entry(f, piece, n, name, &end);
		if (found || end || !cluster)
			return found;
		cluster = next_cluster(f, cluster);
		if (!cluster)
			return 0;
	}
	return 0;
}

int fat_read(int fd, uint64_t offset, struct fat_info *ret, struct err *e)
{
	struct fat f = {.fd = fd, .offset = offset};
	uint8_t sector[SECTOR_MIN];
	uint64_t free_clusters = 0;
	uint32_t efi;
	int r = read_at(&f, sector, sizeof(sector), offset, e);

	if (r == 0)
		r = take_boot_sector(&f, sector, e);
	if (r == 0 && f.bits == 32 && (f.root_cluster < 2 || f.root_cluster >= f.clusters + 2))
		r = damaged(e, "its root directory lies nowhere");
	if (r == 0)
		r = count_free(&f, &free_clusters, e);
	if (r < 0)
		return r;
	efi = find_directory(&f, f.root_cluster, "EFI        ");
	*ret = (struct fat_info){
		.total_bytes = (uint64_t)f.clusters * f.cluster_bytes,
		.free_bytes = free_clusters * f.cluster_bytes,
		.has_nixos = efi && find_directory(&f, efi, "NIXOS      "),
		.has_windows = efi && find_directory(&f, efi, "MICROS~1   "),
	};
	return 0;
}
