/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/grow.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <parted/parted.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "partition/kernel.h"

enum { MESSAGE_SIZE = 512 };

/* As in label.c: the handler gets no context. */
static char *message(void)
{
	static _Thread_local char text[MESSAGE_SIZE];

	return text;
}

/*
 * "Fix" is offered for one thing: the table does not know of the whole disk yet, which is what is
 * to be mended here. Of everything else the first complaint is kept, and libparted gives up.
 */
static PedExceptionOption fix_or_give_up(PedException *ex)
{
	if (ex->options & PED_EXCEPTION_FIX)
		return PED_EXCEPTION_FIX;
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

static void destroy_disk(PedDisk **disk)
{
	if (*disk)
		ped_disk_destroy(*disk);
}

static void destroy_constraint(PedConstraint **c)
{
	if (*c)
		ped_constraint_destroy(*c);
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

/* --- GPT, by libparted ----------------------------------------------------------------------- */

static int extend_gpt(PedDevice *dev, const char *path, uint32_t number, uint64_t first,
		      uint64_t last, struct err *e)
{
	_cleanup_(destroy_disk) PedDisk *disk = ped_disk_new(dev);
	_cleanup_(destroy_constraint) PedConstraint *exactly = NULL;
	PedPartition *part = disk ? ped_disk_get_partition(disk, (int)number) : NULL;
	PedGeometry *exact;
	int n;

	if (!disk)
		return fail(e, path);
	if (!part)
		return no_partition(path, number, e);
	n = check_place(path, number, (uint64_t)part->geom.start, (uint64_t)part->geom.end, first,
			last, e);
	if (n < 0 || part->geom.end == (PedSector)last)
		return n;
	/* Exactly there: libparted's own alignment could move the beginning. */
	exact = ped_geometry_new(dev, (PedSector)first, (PedSector)(last - first + 1));
	exactly = exact ? ped_constraint_exact(exact) : NULL;
	if (exact)
		ped_geometry_destroy(exact);
	if (!exactly ||
	    !ped_disk_set_partition_geom(disk, part, exactly, (PedSector)first, (PedSector)last))
		return fail(e, path);
	if (part->geom.start != (PedSector)first || part->geom.end != (PedSector)last)
		return err_set(e, ERR_INTERNAL, "answer growRoot with false",
			       "libparted would put partition %" PRIu32 " of %s elsewhere than "
			       "asked",
			       number, path);
	return ped_disk_commit_to_dev(disk) ? 0 : fail(e, path);
}

/* --- DOS, by hand ---------------------------------------------------------------------------- */

/*
 * libparted 3.5 clears the disk's signature where there is no boot code, as on SD images, and
 * root=PARTUUID= of the kernel's command line is made of it. One sector holds the whole table, so
 * one write changes it, or does not.
 */
enum {
	DOS_SECTOR = 512,
	DOS_ENTRIES = 446,
	DOS_ENTRY = 16,
	DOS_PRIMARY = 4,
	DOS_TYPE = 4,
	DOS_CHS_END = 5,
	DOS_START = 8,
	DOS_COUNT = 12,
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
		return extend_gpt(dev, path, number, first, last, e);
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
	ped_exception_set_handler(fix_or_give_up);
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
