/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/label.h"

#include <inttypes.h>
#include <parted/parted.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { MESSAGE_SIZE = 512 };

/*
 * libparted hands its handler no context, so what it says has to be kept aside. The handler is
 * installed only while label_write runs, and each thread has its own text.
 */
static char *message(void)
{
	static _Thread_local char text[MESSAGE_SIZE];

	return text;
}

/* Keeps the first complaint and never chooses: libparted then takes its own way out. */
static PedExceptionOption collect(PedException *ex)
{
	char *text = message();

	if (!text[0] && ex->type != PED_EXCEPTION_INFORMATION) {
		size_t n = strlen(ex->message);

		n = n < MESSAGE_SIZE - 1 ? n : MESSAGE_SIZE - 1;
		memcpy(text, ex->message, n);
		text[n] = '\0';
		str_sanitise(text);
	}
	return PED_EXCEPTION_UNHANDLED;
}

static int fail(struct err *e, const char *path)
{
	err_set(e, ERR_IO, "the disk may be failing or write-protected",
		"cannot write a partition table to %s", path);
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

static void destroy_geometry(PedGeometry **g)
{
	if (*g)
		ped_geometry_destroy(*g);
}

static int add(PedDisk *disk, const char *path, const struct part *p, struct err *e)
{
	_cleanup_(destroy_geometry) PedGeometry *where = NULL;
	_cleanup_(destroy_constraint) PedConstraint *exactly = NULL;
	PedSector first = (PedSector)p->start / disk->dev->sector_size;
	PedSector length = (PedSector)p->size / disk->dev->sector_size;
	PedPartition *part;

	where = ped_geometry_new(disk->dev, first, length);
	exactly = where ? ped_constraint_exact(where) : NULL;
	part = exactly ? ped_partition_new(disk, PED_PARTITION_NORMAL, NULL, first,
					   first + length - 1)
		       : NULL;
	if (!part)
		return fail(e, path);
	if (!ped_disk_add_partition(disk, part, exactly)) {
		ped_partition_destroy(part);
		return fail(e, path);
	}
	if (!ped_partition_set_name(part, p->name))
		return fail(e, path);
	if (part->num != (int)p->number || part->geom.start != first || part->geom.length != length)
		return err_set(e, ERR_INTERNAL, NULL,
			       "libparted put partition %" PRIu32 " of %s elsewhere than asked",
			       p->number, path);
	return 0;
}

static int check_device(const PedDevice *dev, const char *path, const struct layout *l,
			struct err *e)
{
	uint64_t bytes = (uint64_t)dev->length * (uint64_t)dev->sector_size;

	if (dev->read_only)
		return err_set(e, ERR_UNSUPPORTED, "remove the write protection",
			       "%s cannot be written to", path);
	if (dev->sector_size != l->sector_bytes ||
	    bytes / l->sector_bytes != l->disk_bytes / l->sector_bytes)
		return err_set(e, ERR_MISMATCH, "look at the disks again and start anew",
			       "%s has %" PRIu64 " bytes in sectors of %lld, not %" PRIu64
			       " in sectors of %" PRIu32,
			       path, bytes, dev->sector_size, l->disk_bytes, l->sector_bytes);
	return 0;
}

static int write_fresh(const char *path, const struct layout *l, struct err *e)
{
	_cleanup_(destroy_device) PedDevice *dev = ped_device_get(path);
	_cleanup_(destroy_disk) PedDisk *disk = NULL;
	int r;

	if (!dev)
		return fail(e, path);
	r = check_device(dev, path, l, e);
	if (r < 0)
		return r;
	disk = ped_disk_new_fresh(dev, ped_disk_type_get("gpt"));
	if (!disk)
		return fail(e, path);
	/* The caller has wiped, and knows what must stay; libparted clearing what it takes for old
	 * labels at both ends could reach beyond the GPT, into what U-Boot boards keep there. */
	disk->needs_clobber = 0;
	for (size_t i = 0; i < l->count; i++) {
		r = add(disk, path, &l->parts[i], e);
		if (r < 0)
			return r;
	}
	return ped_disk_commit_to_dev(disk) ? 0 : fail(e, path);
}

int label_write(const char *path, const struct layout *l, struct err *e)
{
	PedExceptionHandler *before = ped_exception_get_handler();
	int r;

	message()[0] = '\0';
	ped_exception_set_handler(collect);
	r = write_fresh(path, l, e);
	ped_exception_set_handler(before);
	return r;
}
