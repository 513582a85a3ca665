/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/grow.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <parted/parted.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "partition/device.h"
#include "partition/gpt.h"
#include "partition/kernel.h"

enum { MESSAGE_SIZE = 512 };

/* As in label.c: the handler gets no context. */
static char *message(void)
{
	static _Thread_local char text[MESSAGE_SIZE];

	return text;
}

/* It only says which kind of table there is. Of its complaints the first is kept. */
static PedExceptionOption give_up(PedException *ex)
{
	if (!message()[0] && ex->type != PED_EXCEPTION_INFORMATION) {
		size_t n = strlen(ex->message);

		n = n < MESSAGE_SIZE - 1 ? n : MESSAGE_SIZE - 1;
		memcpy(message(), ex->message, n);
		message()[n] = '\0';
		str_sanitise(message());
	}
	return PED_EXCEPTION_UNHANDLED;
}

static int fail(struct err *e, const char *path)
{
	err_set(e, ERR_IO, "answer growRoot with false; it can be done later",
		"cannot extend a partition of %s", path);
	return err_why(e, "libparted: %s", message()[0] ? message() : "no reason given");
}

static void destroy_device(PedDevice **dev)
{
	if (*dev)
		ped_device_destroy(*dev);
}

static int no_partition(const char *path, uint32_t number, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "start again: the disk has changed",
		       "%s has no partition %" PRIu32, path, number);
}

/* Where a partition is, in sectors, against where it was said to be and is to end. */
static int check_place(const char *path, uint32_t number, uint64_t is_first, uint64_t is_last,
		       uint64_t first, uint64_t last, struct err *e)
{
	if (is_first != first)
		return err_set(e, ERR_MISMATCH, "start again: the disk has changed",
			       "partition %" PRIu32 " of %s begins at sector %" PRIu64
			       ", not %" PRIu64,
			       number, path, is_first, first);
	if (is_last > last)
		return err_set(e, ERR_INVALID, "start again: the disk has changed",
			       "partition %" PRIu32 " of %s ends at sector %" PRIu64
			       ", behind %" PRIu64 ": it would shrink",
			       number, path, is_last, last);
	return 0;
}

/* --- the first sector ------------------------------------------------------------------------ */

enum {
	DOS_SECTOR = 512,
	DOS_ENTRIES = 446,
	DOS_ENTRY = 16,
	DOS_PRIMARY = 4,
	DOS_TYPE = 4,
	DOS_CHS_END = 5,
	DOS_START = 8,
	DOS_COUNT = 12,
	DOS_PROTECTIVE = 0xee,
};

static uint32_t get32(const unsigned char *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return le32toh(n);
}

static void put32(unsigned char *at, uint32_t n)
{
	n = htole32(n);
	memcpy(at, &n, sizeof(n));
}

/* --- GPT, both copies ------------------------------------------------------------------------ */

struct copies {
	struct gpt_copy primary, backup;
	bool mended; /* the primary has the backup's bytes, in memory */
};

static void copies_free(struct copies *c)
{
	free(c->primary.header);
	free(c->primary.table);
	free(c->backup.header);
	free(c->backup.table);
}

static int cannot_read(const char *path, struct err *e)
{
	return err_errno(e, errno ? errno : EIO, "the disk may be failing",
			 "cannot read the partition table of %s", path);
}

static bool copy_read(int fd, struct gpt_copy *c)
{
	const off_t sector = c->sector_bytes;

	errno = 0;
	return pread(fd, c->header, (size_t)sector, (off_t)c->header_lba * sector) == sector &&
	       pread(fd, c->table, GPT_TABLE_BYTES, (off_t)c->table_lba * sector) ==
		       GPT_TABLE_BYTES;
}

/* The primary as it was found, which may know of a smaller disk only. What went on when the power
 * went has a primary that is half written, and a backup behind everything. */
static int read_gpt(int fd, const char *path, uint64_t bytes, struct copies *c, struct err *e)
{
	uint32_t sector = c->primary.sector_bytes;
	struct err ignored;
	uint64_t known;

	if (!copy_read(fd, &c->primary))
		return cannot_read(path, e);
	known = gpt_disk_bytes(&c->primary);
	if (known > 0 && known <= bytes) {
		struct gpt_copy place = gpt_primary(known, sector);

		place.header = c->primary.header;
		place.table = c->primary.table;
		c->primary = place;
	}
	if (gpt_verify(&c->primary, e) == 0)
		return 0;
	if (!copy_read(fd, &c->backup))
		return cannot_read(path, e);
	if (gpt_verify(&c->backup, &ignored) < 0)
		return err_context(e, "%s", path);
	memcpy(c->primary.header, c->backup.header, sector);
	memcpy(c->primary.table, c->backup.table, GPT_TABLE_BYTES);
	c->mended = true;
	return 0;
}

static int copy_write(int fd, const struct gpt_copy *c, const char *path, struct err *e)
{
	int n = write_at(fd, c->table, GPT_TABLE_BYTES, c->table_lba * c->sector_bytes, path, e);

	if (n == 0)
		n = write_at(fd, c->header, c->sector_bytes, c->header_lba * c->sector_bytes, path,
			     e);
	if (n == 0 && fdatasync(fd) < 0)
		n = err_errno(e, errno, "the disk may be failing",
			      "cannot bring the partition table to %s", path);
	return n;
}

/* How far the GPT reaches is in the DOS table before it as well. One that is a hybrid is left. */
static int write_protective(int fd, const char *path, uint64_t sectors, struct err *e)
{
	unsigned char sector[DOS_SECTOR], *entry = sector + DOS_ENTRIES;

	if (pread(fd, sector, sizeof(sector), 0) != (ssize_t)sizeof(sector))
		return cannot_read(path, e);
	if (entry[DOS_TYPE] != DOS_PROTECTIVE || get32(entry + DOS_START) != 1)
		return 0;
	put32(entry + DOS_COUNT, sectors - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(sectors - 1));
	return write_at(fd, sector, sizeof(sector), 0, path, e);
}

/* The backup is on the disk before the primary is touched: one of them is always sound. */
static int write_gpt(int fd, const char *path, uint64_t bytes, const struct copies *c,
		     struct err *e)
{
	int n = copy_write(fd, &c->backup, path, e);

	if (n == 0)
		n = write_protective(fd, path, bytes / c->primary.sector_bytes, e);
	return n < 0 ? n : copy_write(fd, &c->primary, path, e);
}

static int extend_gpt(const char *path, uint32_t sector, uint32_t number, uint64_t first,
		      uint64_t last, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	_cleanup_(copies_free) struct copies c = {0};
	uint64_t bytes, is_first, is_last;
	int n;

	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot open %s", path);
	n = node_size(fd, path, &bytes, e);
	if (n < 0)
		return n;
	c.primary = gpt_primary(bytes, sector);
	c.backup = gpt_backup(bytes, sector);
	for (size_t i = 0; i < 2; i++) {
		struct gpt_copy *one = i ? &c.backup : &c.primary;

		one->header = xcalloc(1, sector);
		one->table = xcalloc(1, GPT_TABLE_BYTES);
	}
	n = read_gpt(fd, path, bytes, &c, e);
	if (n < 0)
		return n;
	if (!gpt_entry_at(&c.primary, number, &is_first, &is_last))
		return no_partition(path, number, e);
	n = check_place(path, number, is_first, is_last, first, last, e);
	if (n < 0 || (is_last == last && !c.mended))
		return n;
	n = gpt_grow(&c.primary, &c.backup, bytes, number, last, e);
	return n < 0 ? err_context(e, "%s", path) : write_gpt(fd, path, bytes, &c, e);
}

/* --- DOS, by hand ---------------------------------------------------------------------------- */

/*
 * libparted 3.5 clears the disk's signature where there is no boot code, as on SD images, and
 * root=PARTUUID= of the kernel's command line is made of it. One sector holds the whole table, so
 * one write changes it, or does not.
 */
static bool is_extended(const unsigned char *entry)
{
	return entry[DOS_TYPE] == 0x05 || entry[DOS_TYPE] == 0x0f || entry[DOS_TYPE] == 0x85;
}

static int check_free(const unsigned char *table, uint32_t number, uint64_t last, const char *path,
		      struct err *e)
{
	uint64_t first = get32(table + (number - 1) * DOS_ENTRY + DOS_START);

	for (uint32_t i = 0; i < DOS_PRIMARY; i++) {
		uint64_t other = get32(table + i * DOS_ENTRY + DOS_START);

		if (i + 1 != number && table[i * DOS_ENTRY + DOS_TYPE] && other > first &&
		    other <= last)
			return err_set(e, ERR_IO, "answer growRoot with false",
				       "partition %" PRIu32 " of %s lies behind partition %" PRIu32,
				       i + 1, path, number);
	}
	return 0;
}

static int extend_dos(const char *path, uint64_t disk_sectors, uint32_t number, uint64_t first,
		      uint64_t last, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	unsigned char sector[DOS_SECTOR], *table = sector + DOS_ENTRIES, *entry;
	uint64_t is_first;
	int n;

	if (fd < 0 || pread(fd, sector, sizeof(sector), 0) != (ssize_t)sizeof(sector))
		return err_errno(e, errno, NULL, "cannot read the table of %s", path);
	if (number < 1 || number > DOS_PRIMARY || !table[(number - 1) * DOS_ENTRY + DOS_TYPE])
		return no_partition(path, number, e);
	entry = table + (number - 1) * DOS_ENTRY;
	is_first = get32(entry + DOS_START);
	n = check_place(path, number, is_first, is_first + get32(entry + DOS_COUNT) - 1, first,
			last, e);
	if (n == 0)
		n = check_free(table, number, last, path, e);
	if (n < 0)
		return n;
	if (is_extended(entry) || last >= disk_sectors || last - first + 1 > UINT32_MAX)
		return err_set(e, ERR_IO, "answer growRoot with false",
			       "partition %" PRIu32 " of %s cannot end at sector %" PRIu64, number,
			       path, last);
	put32(entry + DOS_COUNT, (uint32_t)(last - first + 1));
	/* Beyond what cylinders can count. */
	memcpy(entry + DOS_CHS_END, "\xfe\xff\xff", 3);
	if (pwrite(fd, sector, sizeof(sector), 0) != (ssize_t)sizeof(sector) || fsync(fd) < 0)
		return err_errno(e, errno, NULL, "cannot write the table of %s", path);
	return 0;
}

static int extend(const char *path, uint32_t number, uint64_t start, uint64_t end, struct err *e)
{
	_cleanup_(destroy_device) PedDevice *dev = ped_device_get(path);
	PedDiskType *type = dev ? ped_disk_probe(dev) : NULL;
	uint64_t first, last;

	if (!type)
		return fail(e, path);
	first = start / (uint64_t)dev->sector_size;
	last = end / (uint64_t)dev->sector_size - 1;
	if (str_eq(type->name, "gpt"))
		return extend_gpt(path, (uint32_t)dev->sector_size, number, first, last, e);
	if (str_eq(type->name, "msdos"))
		return extend_dos(path, (uint64_t)dev->length, number, first, last, e);
	return err_set(e, ERR_UNSUPPORTED, "answer growRoot with false",
		       "the partition table of %s is %s; only GPT and DOS tables are extended",
		       path, type->name);
}

static int extend_by_libparted(const char *path, uint32_t number, uint64_t start, uint64_t end,
			       struct err *e)
{
	PedExceptionHandler *before = ped_exception_get_handler();
	int n;

	message()[0] = '\0';
	ped_exception_set_handler(give_up);
	n = extend(path, number, start, end, e);
	ped_exception_set_handler(before);
	return n;
}

int disk_grow_part(const char *path, uint32_t number, uint64_t start, uint64_t end, struct err *e)
{
	/* udev keeps away from a locked disk (systemd.io/BLOCK_DEVICE_LOCKING). Read-only: closing
	 * a writable descriptor would make it read the table again. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int n;

	if (fd < 0)
		return err_errno(e, errno, NULL, "cannot open %s", path);
	if (flock(fd, LOCK_EX) < 0)
		return err_errno(e, errno, NULL, "cannot lock %s", path);
	n = extend_by_libparted(path, number, start, end, e);
	if (n == 0)
		n = kernel_resize_part(fd, path, number, start, end - start, e);
	return n;
}
