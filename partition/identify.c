/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/identify.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/mountinfo.h"
#include "base/str.h"
#include "partition/device.h"

enum { SYSFS_SECTOR = 512, STACK_DEPTH_MAX = 8, UDEV_FILE_MAX = 65536 };

/* The disk and its partitions: what must not be in use. */
struct suspect {
	const struct sys *s;
	struct arena *a;
	const char *path;
	struct device_dir dir;
	struct kernel_parts nodes; /* [0] is the disk itself, number 0 */
};

static struct suspect suspect_make(const struct sys *s, struct arena *a,
				   const struct disk_identity *id)
{
	struct suspect d = {.s = s, .a = a, .path = id->path};
	struct kernel_parts parts = kernel_parts_list(s, a, id->major, id->minor);
	struct kernel_part *disk = list_push(a, &d.nodes);

	d.dir = device_dir(id->major, id->minor);
	disk->major = id->major;
	disk->minor = id->minor;
	device_node_name(s, d.dir.s, disk->node, sizeof(disk->node));
	for (size_t i = 0; i < parts.count; i++)
		*list_push(a, &d.nodes) = parts.items[i];
	return d;
}

/* --- is it the same disk ------------------------------------------------------------------ */

/* udev writes what is no plain character of a value as "\\x20" (ID_MODEL_ENC). In place. */
static void hex_unescape(char *s)
{
	char *to = s;
	unsigned byte;

	for (const char *from = s; *from; to++) {
		if (from[0] == '\\' && from[1] == 'x' && isxdigit((unsigned char)from[2]) &&
		    sscanf(from + 2, "%2x", &byte) == 1 && isxdigit((unsigned char)from[3])) {
			*to = (char)(byte ? byte : '?');
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* A value of udev's database for this device ("E:ID_SERIAL_SHORT=..."); NULL when it has none. */
static char *udev_value(const struct suspect *d, const char *key)
{
	const struct kernel_part *disk = &d->nodes.items[0];
	char *path = arena_printf(d->a, "run/udev/data/b%u:%u", disk->major, disk->minor);
	char *rest = sys_slurp(d->s, d->a, path, UDEV_FILE_MAX, NULL), *line;
	size_t n = strlen(key);

	while ((line = strsep(&rest, "\n"))) {
		if (!str_starts(line, "E:") || strncmp(line + 2, key, n) != 0 || line[2 + n] != '=')
			continue;
		hex_unescape(line + 3 + n);
		str_sanitise(line + 3 + n);
		return line + 3 + n;
	}
	return NULL;
}

/*
 * Each kind of disk keeps these elsewhere: SCSI, ATA and MMC below device/, NVMe and virtio with
 * the disk, and an ATA disk's serial number and whole model name only in udev's database.
 */
struct trait {
	const char *name;
	const char *files[4]; /* below the disk's directory in sysfs */
	const char *udev[3];  /* keys of udev's database */
};

static const struct trait trait_serial = {
	"serial number",
	{"device/serial", "serial", "device/vpd_pg80"},
	{"ID_SERIAL_SHORT", "ID_SCSI_SERIAL"},
};
static const struct trait trait_wwid = {"world-wide name",
					{"wwid", "device/wwid", "device/cid"},
					{"ID_WWN", "ID_WWN_WITH_EXTENSION"}};
static const struct trait trait_model = {
	"model", {"device/model", "device/name"}, {"ID_MODEL_ENC", "ID_MODEL"}};

/* Compares one value that is there now; keeps the first one for the error. */
static bool is_expected(const char *now, const char *expected, const char **found)
{
	if (now && now[0] && !*found)
		*found = now;
	return now && str_eq(now, expected);
}

static int check_trait(const struct suspect *d, const struct trait *t, const char *expected,
		       struct err *e)
{
	const char *found = NULL;
	char *wanted;

	if (!expected || !expected[0])
		return 0;
	wanted = arena_strdup(d->a, expected);
	str_sanitise(wanted);
	for (size_t i = 0; i < ARRAY_SIZE(t->files) && t->files[i]; i++)
		if (is_expected(sys_line(d->s, d->a, "%s/%s", d->dir.s, t->files[i]), wanted,
				&found))
			return 0;
	for (size_t i = 0; i < ARRAY_SIZE(t->udev) && t->udev[i]; i++)
		if (is_expected(udev_value(d, t->udev[i]), wanted, &found))
			return 0;
	err_set(e, ERR_MISMATCH, "look at the disks again and choose anew",
		"%s is not the disk that was chosen", d->path);
	if (!found)
		return err_why(e, "its %s was \"%s\", and now it has none", t->name, wanted);
	return err_why(e, "its %s is \"%s\", not \"%s\"", t->name, found, wanted);
}

static int check_same(const struct suspect *d, const struct disk_identity *id, struct err *e)
{
	uint64_t bytes;
	int r;

	if (!sys_exists(d->s, "%s", d->dir.s))
		return err_set(e, ERR_NOT_FOUND, "is it still connected?", "%s is gone", d->path);
	if (sys_exists(d->s, "%s/partition", d->dir.s))
		return err_set(e, ERR_MISMATCH, "name the whole disk",
			       "%s is a partition, not a disk", d->path);
	bytes = SYSFS_SECTOR * sys_number(d->s, 0, "%s/size", d->dir.s);
	if (bytes != id->bytes) {
		err_set(e, ERR_MISMATCH, "look at the disks again and choose anew",
			"%s is not the disk that was chosen", d->path);
		return err_why(e, "it has %" PRIu64 " bytes (%s), not %" PRIu64 " (%s)", bytes,
			       size_text(bytes).s, id->bytes, size_text(id->bytes).s);
	}
	r = check_trait(d, &trait_serial, id->serial, e);
	if (r == 0)
		r = check_trait(d, &trait_wwid, id->wwid, e);
	return r < 0 ? r : check_trait(d, &trait_model, id->model, e);
}

/* --- does anybody use it ------------------------------------------------------------------ */

static bool is_live_medium(const char *point)
{
	static const char *const mounts[] = {LIVE_MEDIUM_MOUNTS};

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (str_eq(point, mounts[i]))
			return true;
	return false;
}

/* The numbers of a device by its name below /dev; false for what is none ("overlay"). */
static bool numbers_of_node(const struct suspect *d, const char *node, unsigned *ret_major,
			    unsigned *ret_minor)
{
	char *name;

	if (!str_starts(node, "/dev/"))
		return false;
	name = arena_strdup(d->a, node + strlen("/dev/"));
	/* sysfs writes the slash of "cciss/c0d0" as '!'. */
	for (char *c = name; *c; c++)
		if (*c == '/')
			*c = '!';
	return device_numbers_parse(sys_line(d->s, d->a, "sys/class/block/%s/dev", name), ret_major,
				    ret_minor);
}

static bool lies_on(const struct suspect *d, unsigned major, unsigned minor, unsigned depth);

/* Does one of the devices named in the directory (the slaves of device-mapper or md) lie there? */
static bool one_lies_on(const struct suspect *d, const char *dir, unsigned depth)
{
	struct strings slaves = sys_list(d->s, d->a, "%s", dir);

	for (size_t i = 0; i < slaves.count; i++) {
		unsigned major, minor;

		if (device_numbers_parse(
			    sys_line(d->s, d->a, "sys/class/block/%s/dev", slaves.items[i]), &major,
			    &minor) &&
		    lies_on(d, major, minor, depth + 1))
			return true;
	}
	return false;
}

/* Does a device consist, through whatever layers, of the disk or of one of its partitions? */
static bool lies_on(const struct suspect *d, unsigned major, unsigned minor, unsigned depth)
{
	struct device_dir dir = device_dir(major, minor);
	unsigned below_major, below_minor;
	char *backing;

	for (size_t i = 0; i < d->nodes.count; i++)
		if (d->nodes.items[i].major == major && d->nodes.items[i].minor == minor)
			return true;
	if (depth >= STACK_DEPTH_MAX)
		return false;
	backing = sys_line(d->s, d->a, "%s/loop/backing_file", dir.s);
	if (backing && numbers_of_node(d, backing, &below_major, &below_minor) &&
	    lies_on(d, below_major, below_minor, depth + 1))
		return true;
	if (one_lies_on(d, arena_printf(d->a, "%s/slaves", dir.s), depth))
		return true;
	/* A partition of an md or loop device: what its whole device lies on. */
	return sys_exists(d->s, "%s/partition", dir.s) &&
	       one_lies_on(d, arena_printf(d->a, "%s/../slaves", dir.s), depth);
}

static bool mount_lies_on(const struct suspect *d, const struct mount *m)
{
	unsigned major = m->major, minor = m->minor;

	/* btrfs and overlays show an anonymous device: then the source tells. */
	if (major == 0 && !numbers_of_node(d, m->source, &major, &minor))
		return false;
	return lies_on(d, major, minor, 0);
}

static int check_mounts(const struct suspect *d, struct err *e)
{
	struct mounts mounts = mountinfo_read(d->s, d->a);
	const struct mount *found = NULL;

	for (size_t i = 0; i < mounts.count; i++) {
		const struct mount *m = &mounts.items[i];

		if (!mount_lies_on(d, m))
			continue;
		if (is_live_medium(m->point)) {
			err_set(e, ERR_BUSY, "choose another disk",
				"%s holds the system that is running now", d->path);
			return err_why(e, "%s is mounted at %s", m->source, m->point);
		}
		if (!found)
			found = m;
	}
	if (!found)
		return 0;
	err_set(e, ERR_BUSY, "unmount it first, or choose another disk", "%s is in use", d->path);
	return err_why(e, "%s is mounted at %s", found->source, found->point);
}

static int check_swaps(const struct suspect *d, struct err *e)
{
	struct strings swaps = swaps_read(d->s, d->a);
	unsigned major, minor;

	for (size_t i = 0; i < swaps.count; i++) {
		if (!numbers_of_node(d, swaps.items[i], &major, &minor) ||
		    !lies_on(d, major, minor, 0))
			continue;
		err_set(e, ERR_BUSY, "turn the swap off first (swapoff), or choose another disk",
			"%s is in use", d->path);
		return err_why(e, "%s is swapped on", swaps.items[i]);
	}
	return 0;
}

/* What a person calls a holder: "dm-0 (vg-root)". */
static const char *holder_text(const struct suspect *d, const char *holder)
{
	char *name = sys_line(d->s, d->a, "sys/class/block/%s/dm/name", holder);

	return name ? arena_printf(d->a, "%s (%s)", holder, name) : holder;
}

static int held(const struct suspect *d, const char *what, const char *holder, struct err *e)
{
	err_set(e, ERR_BUSY,
		"close the encrypted volume, volume group or RAID on it, or choose another disk",
		"%s is in use", d->path);
	return err_why(e, "%s is held by %s", what, holder_text(d, holder));
}

/* A loop device on a block device does not show among that one's holders. */
static int check_loops(const struct suspect *d, struct err *e)
{
	struct strings names = sys_list(d->s, d->a, "sys/class/block");

	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];
		unsigned major, minor;
		char *backing;

		if (!str_starts(name, "loop"))
			continue;
		backing = sys_line(d->s, d->a, "sys/class/block/%s/loop/backing_file", name);
		if (backing && numbers_of_node(d, backing, &major, &minor) &&
		    lies_on(d, major, minor, 0))
			return held(d, backing, name, e);
	}
	return 0;
}

static int check_holders(const struct suspect *d, struct err *e)
{
	for (size_t i = 0; i < d->nodes.count; i++) {
		const struct kernel_part *p = &d->nodes.items[i];
		struct device_dir dir = device_dir(p->major, p->minor);
		struct strings holders = sys_list(d->s, d->a, "%s/holders", dir.s);

		if (holders.count)
			return held(d, p->node, holders.items[0], e);
	}
	return check_loops(d, e);
}

int identify_recorded(const struct sys *s, const struct disk_identity *id, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new();
	struct suspect d = suspect_make(s, a, id);
	int r = check_same(&d, id, e);

	if (r < 0)
		return r;
	if (sys_number(s, 0, "%s/ro", d.dir.s) != 0)
		return err_set(e, ERR_UNSUPPORTED, "remove the write protection",
			       "%s is write-protected", id->path);
	r = check_mounts(&d, e);
	if (r == 0)
		r = check_swaps(&d, e);
	return r < 0 ? r : check_holders(&d, e);
}

/* --- the node itself ---------------------------------------------------------------------- */

static int check_node(const struct disk_identity *id, struct err *e)
{
	struct stat st;

	if (stat(id->path, &st) < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "is the disk still connected?", "%s is gone",
			       id->path);
	if (stat(id->path, &st) < 0)
		return err_errno(e, errno, NULL, "cannot look at %s", id->path);
	if (!S_ISBLK(st.st_mode))
		return err_set(e, ERR_MISMATCH, NULL, "%s is not a disk", id->path);
	if (major(st.st_rdev) != id->major || minor(st.st_rdev) != id->minor) {
		err_set(e, ERR_MISMATCH, "look at the disks again and choose anew",
			"%s is not the disk that was chosen", id->path);
		return err_why(e, "it is device %u:%u, not %u:%u", major(st.st_rdev),
			       minor(st.st_rdev), id->major, id->minor);
	}
	return 0;
}

/* The kernel's own word: it also knows of mounts that this process cannot see. */
static int check_exclusive(const char *path, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		return 0;
	if (errno != EBUSY)
		return err_errno(e, errno, NULL, "cannot open %s", path);
	err_set(e, ERR_BUSY, "choose another disk, or find out what uses it", "%s is in use", path);
	return err_why(e, "the kernel does not give it to us alone");
}

int disk_identify(const struct disk_identity *id, struct err *e)
{
	_cleanup_(sys_close) struct sys s = {.rootfd = -1};
	int r = check_node(id, e);

	if (r < 0)
		return r;
	r = sys_open(&s, NULL, e);
	if (r == 0)
		r = identify_recorded(&s, id, e);
	return r < 0 ? r : check_exclusive(id->path, e);
}
