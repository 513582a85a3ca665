/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fat.h"
#include "base/mountinfo.h"
#include "base/str.h"
#include "base/super.h"
#include "facts/probe.h"

/* What of the system is read once for all disks. */
struct disk_probe {
	const struct sys *sys;
	struct facts *facts;
	struct arena *arena;
	struct mounts mounts;
	char *swaps;
};

/* Block devices that are not disks: made of others, in memory, optical, or eMMC's boot areas. */
static bool is_disk_name(const char *name)
{
	static const char *const others[] = {"loop", "ram", "zram", "dm-", "md",
					     "sr",   "fd",  "nbd",  "mtd", "zd"};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (str_starts(name, others[i]))
			return false;
	return !(str_starts(name, "mmcblk") && (strstr(name, "boot") || strstr(name, "rpmb")));
}

static bool dev_numbers(const struct sys *s, const char *dir, uint32_t *major, uint32_t *minor)
{
	char path[200], buf[32];

	snprintf(path, sizeof(path), "%s/dev", dir);
	if (sys_read(s, path, buf, sizeof(buf)) <= 0)
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return device_numbers_parse(buf, major, minor);
}

static void add_mount(const struct disk_probe *p, struct strings *mounts, const char *point)
{
	char *safe = arena_strdup(p->arena, point);

	str_sanitise(safe);
	strings_add(p->arena, mounts, safe);
}

/* Mount points of a device: by its number, or by its node where the file system has numbers of
 * its own (btrfs). */
static void find_mounts(const struct disk_probe *p, uint32_t major, uint32_t minor,
			const char *path, struct strings *mounts)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < p->mounts.count; i++) {
		const struct mount *m = &p->mounts.items[i];

		if ((m->major == major && m->minor == minor) || (n && str_eq(m->source, path)))
			add_mount(p, mounts, m->point);
	}
	for (const char *line = p->swaps; line && n; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, path, n) == 0 && (line[n] == ' ' || line[n] == '\t'))
			strings_add(p->arena, mounts, "[swap]");
	}
}

static const struct {
	const char *fs_type, *system;
} systems_by_fs[] = {
	{"BitLocker", "Windows"}, {"ext4", "Linux"}, {"ext3", "Linux"}, {"btrfs", "Linux"},
	{"xfs", "Linux"},	  {"f2fs", "Linux"}, {"apfs", "macOS"}, {"hfsplus", "macOS"},
};

/* A guess by the table's type GUIDs first (a data partition is no system), then the content. */
static const char *guess_system(const struct partition *p)
{
	/* Linux root (x86-64, arm64) by the Discoverable Partitions Specification. */
	if (str_eq(p->type_guid, "4f68bce3-e8cd-4db1-96e7-fbcaf984b709") ||
	    str_eq(p->type_guid, "b921b045-1df0-41c3-af44-4c6f280d3fae"))
		return "Linux";
	/* Microsoft reserved, and Windows recovery. */
	if (str_eq(p->type_guid, "e3c9e316-0b5c-4db8-817d-f92df00215ae") ||
	    str_eq(p->type_guid, "de94bba4-06d1-4d40-a16a-bfd50179d6ac"))
		return "Windows";
	for (size_t i = 0; i < ARRAY_SIZE(systems_by_fs) && p->fs_type; i++)
		if (str_eq(p->fs_type, systems_by_fs[i].fs_type))
			return systems_by_fs[i].system;
	return NULL;
}

static void probe_esp(int fd, struct arena *a, struct partition *part)
{
	struct fat_info fat;
	struct err ignored;

	if (fat_read(fd, 0, &fat, &ignored) < 0)
		return;
	part->room_known = true;
	part->free_bytes = fat.free_bytes;
	if (fat.has_nixos)
		strings_add(a, &part->boot_loaders, "nixos");
	if (fat.has_windows)
		strings_add(a, &part->boot_loaders, "windows");
}

/* What is free behind a file system that is shorter than its partition counts. */
static void probe_super(int fd, struct partition *part)
{
	struct super super;
	struct err ignored;

	if (super_read(fd, 0, part->fs_type, part->path, &super, &ignored) < 0 ||
	    super.devices != 1 || super.oddity || super.used_bytes > part->bytes)
		return;
	part->fs_bytes = super.bytes;
	part->room_known = true;
	part->free_bytes = part->bytes - super.used_bytes;
}

/* What is left in a partition that whoever installs beside other systems shares, or makes smaller.
 */
static void probe_room(struct arena *a, struct partition *part)
{
	bool esp = str_eq(part->fs_type, "vfat") && (str_eq(part->type_guid, TYPE_GUID_ESP) ||
						     str_eq(part->type_guid, TYPE_GUID_XBOOTLDR));
	int fd;

	if (!esp && !str_eq(part->fs_type, "ext4") && !str_eq(part->fs_type, "btrfs"))
		return;
	fd = open(part->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (esp)
		probe_esp(fd, a, part);
	else
		probe_super(fd, part);
	close(fd);
}

static void probe_content(const struct disk_probe *p, struct partition *part)
{
	struct udev_data u;
	struct arena *a = p->arena;

	char *flags = NULL;

	if (udev_read(p->sys, a, part->major, part->minor, &u)) {
		part->fs_type = udev_get(&u, a, "ID_FS_TYPE");
		part->fs_version = udev_get(&u, a, "ID_FS_VERSION");
		part->fs_label = udev_get(&u, a, "ID_FS_LABEL_ENC");
		if (!part->fs_label)
			part->fs_label = udev_get(&u, a, "ID_FS_LABEL");
		part->fs_uuid = udev_get(&u, a, "ID_FS_UUID");
		part->name = udev_get(&u, a, "ID_PART_ENTRY_NAME");
		part->type_guid = udev_get(&u, a, "ID_PART_ENTRY_TYPE");
		part->guid = udev_get(&u, a, "ID_PART_ENTRY_UUID");
		flags = udev_get(&u, a, "ID_PART_ENTRY_FLAGS");
	} else if (p->sys->live) {
		struct blkid_answer b = {0};

		probe_blkid(a, part->path, &b);
		part->fs_type = b.fs_type;
		part->fs_version = b.fs_version;
		part->fs_label = b.fs_label;
		part->fs_uuid = b.fs_uuid;
		part->name = b.entry_name;
		part->type_guid = b.entry_type;
		part->guid = b.entry_uuid;
		flags = b.entry_flags;
	}
	part->attributes = flags ? strtoull(flags, NULL, 0) : 0;
	if (p->sys->live)
		probe_room(a, part);
	part->system = arena_strdup(a, guess_system(part));
}

static void probe_partition(const struct disk_probe *p, struct disk *d, const char *disk,
			    const char *name)
{
	const struct sys *s = p->sys;
	struct partition *part;
	char dir[160];

	snprintf(dir, sizeof(dir), "sys/block/%s/%s", disk, name);
	if (!sys_exists(s, "%s/partition", dir))
		return;
	part = list_push(p->arena, &d->partitions);
	part->path = arena_printf(p->arena, "/dev/%s", name);
	part->number = (uint32_t)sys_number(s, 0, "%s/partition", dir);
	/* sysfs counts in 512 bytes whatever the disk's sectors are (kernel: ABI sysfs-block). */
	part->start = sys_number(s, 0, "%s/start", dir) * 512;
	part->bytes = sys_number(s, 0, "%s/size", dir) * 512;
	dev_numbers(s, dir, &part->major, &part->minor);
	part->holders = sys_list(s, p->arena, "%s/holders", dir);
	find_mounts(p, part->major, part->minor, part->path, &part->mounts);
	probe_content(p, part);
}

/* "../devices/pci0000:00/.../usb1/...": the path through the buses tells the transport. */
static enum transport transport_of(const struct sys *s, struct arena *a, const char *name)
{
	char *link = sys_link(s, a, "sys/block/%s", name), *type;

	if (str_starts(name, "nvme"))
		return TRANSPORT_NVME;
	if (str_starts(name, "vd"))
		return TRANSPORT_VIRTIO;
	if (str_starts(name, "mmcblk")) {
		type = sys_line(s, a, "sys/block/%s/device/type", name);
		return str_eq(type, "MMC") ? TRANSPORT_EMMC : TRANSPORT_SD;
	}
	if (!link)
		return TRANSPORT_UNKNOWN;
	if (strstr(link, "/usb"))
		return TRANSPORT_USB;
	if (strstr(link, "/ata"))
		return TRANSPORT_SATA;
	if (strstr(link, "/end_device-"))
		return TRANSPORT_SAS;
	return str_starts(name, "sd") ? TRANSPORT_SCSI : TRANSPORT_UNKNOWN;
}

static char *model_of(const struct disk_probe *p, const char *name, const struct udev_data *u)
{
	const struct sys *s = p->sys;
	/* ATA's own model field is cut to 16 characters by SCSI: udev's is whole. */
	char *model = udev_get(u, p->arena, "ID_MODEL_ENC");

	if (!model)
		model = sys_line(s, p->arena, "sys/block/%s/device/model", name);
	if (!model)
		model = sys_line(s, p->arena, "sys/block/%s/device/name", name); /* SD, eMMC */
	return model ? model : udev_get(u, p->arena, "ID_MODEL");
}

static void identify(const struct disk_probe *p, struct disk *d, const char *name)
{
	const struct sys *s = p->sys;
	struct arena *a = p->arena;
	struct udev_data u = {0};
	bool known = udev_read(s, a, d->major, d->minor, &u);

	d->model = model_of(p, name, &u);
	d->vendor = sys_line(s, a, "sys/block/%s/device/vendor", name);
	d->serial = udev_get(&u, a, "ID_SERIAL_SHORT");
	if (!d->serial)
		d->serial = sys_line(s, a, "sys/block/%s/device/serial", name);
	if (!d->serial)
		d->serial = sys_line(s, a, "sys/block/%s/serial", name); /* virtio */
	d->wwid = sys_line(s, a, "sys/block/%s/wwid", name);
	if (!d->wwid)
		d->wwid = sys_line(s, a, "sys/block/%s/device/wwid", name);
	d->links = udev_links(&u, a);
	d->by_id = best_link(&d->links);
	if (known) {
		d->table = udev_get(&u, a, "ID_PART_TABLE_TYPE");
		d->fs_type = udev_get(&u, a, "ID_FS_TYPE");
		d->fs_label = udev_get(&u, a, "ID_FS_LABEL");
		d->fs_uuid = udev_get(&u, a, "ID_FS_UUID");
		if (!d->fs_type && udev_get(&u, a, "ID_FS_AMBIVALENT"))
			d->fs_type = arena_strdup(a, "ambiguous");
	} else if (s->live) {
		struct blkid_answer b = {0};

		probe_blkid(a, d->path, &b);
		d->table = b.table;
		d->fs_type = b.fs_type;
		d->fs_label = b.fs_label;
		d->fs_uuid = b.fs_uuid;
	}
}

static void probe_disk(const struct disk_probe *p, const char *name)
{
	const struct sys *s = p->sys;
	struct facts *f = p->facts;
	uint64_t sectors = sys_number(s, 0, "sys/block/%s/size", name);
	struct strings entries;
	struct disk *d;
	uint32_t major, minor;
	char dir[128];

	snprintf(dir, sizeof(dir), "sys/block/%s", name);
	/* A card reader without a card has no size; the hidden paths of a multipath NVMe have no
	 * device number. */
	if (!sectors || !dev_numbers(s, dir, &major, &minor))
		return;
	d = list_push(f->arena, &f->disks);
	d->major = major;
	d->minor = minor;
	d->path = arena_printf(f->arena, "/dev/%s", name);
	d->bytes = sectors * 512;
	d->sector_bytes = (uint32_t)sys_number(s, 512, "%s/queue/logical_block_size", dir);
	d->transport = transport_of(s, f->arena, name);
	d->removable = sys_number(s, 0, "%s/removable", dir) == 1;
	d->rotational = sys_number(s, 0, "%s/queue/rotational", dir) == 1;
	d->read_only = sys_number(s, 0, "%s/ro", dir) == 1;
	d->holders = sys_list(s, f->arena, "%s/holders", dir);
	find_mounts(p, d->major, d->minor, d->path, &d->mounts);
	identify(p, d, name);
	entries = sys_list(s, f->arena, "%s", dir);
	for (size_t i = 0; i < entries.count; i++)
		if (str_starts(entries.items[i], name))
			probe_partition(p, d, name, entries.items[i]);
}

static bool is_live_mount(const char *at)
{
	/* Where the NixOS medium, and others like it, mount themselves. "/" is the running system's
	 * own root: on a flashed image that is the medium, and never a target either. */
	static const char *const live[] = {
		"/",	 "/iso", "/nix/.ro-store", "/run/live/medium", "/run/archiso/bootmnt",
		"/cdrom"};

	for (size_t i = 0; i < ARRAY_SIZE(live); i++)
		if (str_eq(at, live[i]))
			return true;
	return false;
}

static bool any_live_mount(const struct strings *mounts)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (is_live_mount(mounts->items[i]))
			return true;
	return false;
}

/* The medium can lie below device-mapper, md or a loop device: whoever is held by one of these
 * that carries a live mount is the medium. */
static void mark_live_below(struct facts *f, const char *holder)
{
	for (size_t i = 0; i < f->disks.count; i++) {
		struct disk *d = &f->disks.items[i];

		d->live_medium |= strings_have(&d->holders, holder);
		for (size_t j = 0; j < d->partitions.count; j++)
			d->live_medium |= strings_have(&d->partitions.items[j].holders, holder);
	}
}

static void mark_live_medium(const struct disk_probe *p)
{
	struct facts *f = p->facts;
	struct strings blocks = sys_list(p->sys, f->arena, "sys/block");

	for (size_t i = 0; i < f->disks.count; i++) {
		struct disk *d = &f->disks.items[i];

		d->live_medium = any_live_mount(&d->mounts);
		for (size_t j = 0; j < d->partitions.count; j++)
			d->live_medium |= any_live_mount(&d->partitions.items[j].mounts);
	}
	for (size_t i = 0; i < blocks.count; i++) {
		struct strings mounts = {0};
		uint32_t major, minor;
		char dir[128];

		if (!str_starts(blocks.items[i], "dm-") && !str_starts(blocks.items[i], "md"))
			continue;
		snprintf(dir, sizeof(dir), "sys/block/%s", blocks.items[i]);
		if (!dev_numbers(p->sys, dir, &major, &minor))
			continue;
		find_mounts(p, major, minor, "", &mounts);
		if (any_live_mount(&mounts))
			mark_live_below(f, blocks.items[i]);
	}
}

void probe_disks(const struct sys *s, struct facts *f)
{
	struct strings names = sys_list(s, f->arena, "sys/block");
	struct disk_probe p = {
		.sys = s,
		.facts = f,
		.arena = f->arena,
		.mounts = mountinfo_read(s, f->arena),
		.swaps = sys_slurp(s, f->arena, "proc/swaps", 64 * 1024, NULL),
	};

	for (size_t i = 0; i < names.count; i++)
		if (is_disk_name(names.items[i]))
			probe_disk(&p, names.items[i]);
	mark_live_medium(&p);
}
