/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/image.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mountinfo.h"
#include "base/str.h"

enum {
	UID_FIRST = 1000, /* login.defs(5) of every distribution */
	UID_LAST = 60000,
	MIB = 1 << 20,
	ROOM_MINIMUM = 16 * MIB, /* less is not worth a question */
	PRIMARY_LAST = 4,	 /* of a DOS table; the others lie in an extended partition */
};

/* --- how large a file system says it is, by its superblock ------------------------------- */

static uint64_t ext4_bytes(const unsigned char *sb)
{
	uint32_t low, high, shift, features;

	memcpy(&low, sb + 0x04, 4);
	memcpy(&shift, sb + 0x18, 4);
	memcpy(&features, sb + 0x60, 4);
	memcpy(&high, sb + 0x150, 4);
	if (!(le32toh(features) & 0x80)) /* INCOMPAT_64BIT */
		high = 0;
	if (le32toh(shift) > 6)
		return 0;
	return ((uint64_t)le32toh(high) << 32 | le32toh(low)) * (1024ULL << le32toh(shift));
}

static uint64_t btrfs_bytes(const unsigned char *sb)
{
	uint64_t total;

	memcpy(&total, sb + 0x70, 8);
	return le64toh(total);
}

static uint64_t xfs_bytes(const unsigned char *sb)
{
	uint32_t block;
	uint64_t count;

	memcpy(&block, sb + 4, 4);
	memcpy(&count, sb + 8, 8);
	return be64toh(count) * be32toh(block);
}

/* The file systems that can grow while they are mounted. */
static const struct {
	const char *name;
	off_t at;
	uint64_t (*bytes)(const unsigned char *superblock);
} growing[] = {
	{"ext4", 1024, ext4_bytes},
	{"btrfs", 65536, btrfs_bytes},
	{"xfs", 0, xfs_bytes},
};

/* 0: unknown. */
static uint64_t file_system_bytes(const struct sys *s, const char *node, off_t at,
				  uint64_t (*bytes)(const unsigned char *))
{
	unsigned char sb[1024];
	_cleanup_close_ int fd = -1;

	if (!s->live)
		return 0;
	fd = openat(s->rootfd, node + 1, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, sb, sizeof(sb), at) != (ssize_t)sizeof(sb))
		return 0;
	return bytes(sb);
}

/* --- the root ------------------------------------------------------------------------------ */

static bool is_mounted_at(const struct partition *p, const char *point)
{
	for (size_t i = 0; i < p->mounts.count; i++)
		if (str_eq(p->mounts.items[i], point))
			return true;
	return false;
}

static bool is_last(const struct disk *d, const struct partition *p)
{
	for (size_t i = 0; i < d->partitions.count; i++)
		if (d->partitions.items[i].start > p->start)
			return false;
	return true;
}

/* The last whole MiB of the disk is left to the backup of a GPT. A DOS table counts 32 bit. */
static uint64_t end_of(const struct disk *d)
{
	uint64_t end = d->bytes, most = (uint64_t)UINT32_MAX * d->sector_bytes;

	if (str_eq(d->table, "dos") && end > most)
		end = most;
	return end / MIB > 2 ? (end / MIB - 1) * MIB : 0;
}

static void find_room(const struct sys *s, const struct disk *d, const struct partition *p,
		      struct image_root *r)
{
	uint64_t used = p->bytes;

	r->end_bytes = end_of(d);
	/* Others go further, up to the last usable sector (sfdisk's ",+"): it stays as it is, and
	 * its file system may still be smaller. */
	if (p->start + p->bytes > r->end_bytes)
		r->end_bytes = p->start + p->bytes;
	if (!is_last(d, p) || (str_eq(d->table, "dos") && p->number > PRIMARY_LAST))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(growing); i++) {
		uint64_t fs;

		if (!str_eq(p->fs_type, growing[i].name))
			continue;
		fs = file_system_bytes(s, p->path, growing[i].at, growing[i].bytes);
		/* The partition has grown already and the file system has not, when the power went
		 * in between. */
		used = fs && fs < used ? fs : used;
		if (r->end_bytes > p->start + used + ROOM_MINIMUM)
			r->room_bytes = r->end_bytes - p->start - used;
	}
}

static void find_root(const struct sys *s, const struct facts *f, struct image *i)
{
	for (size_t d = 0; d < f->disks.count; d++)
		for (size_t n = 0; n < f->disks.items[d].partitions.count; n++) {
			const struct disk *disk = &f->disks.items[d];
			const struct partition *p = &disk->partitions.items[n];

			if (!is_mounted_at(p, "/"))
				continue;
			i->root = (struct image_root){
				.node = arena_strdup(i->arena, p->path),
				.disk = arena_strdup(i->arena, disk->path),
				.fs_type = arena_strdup(i->arena, p->fs_type),
				.number = p->number,
				.major = disk->major,
				.minor = disk->minor,
				.start = p->start,
				.bytes = p->bytes,
			};
			find_room(s, disk, p, &i->root);
			return;
		}
}

/* --- the disks below a root that is no partition ------------------------------------------ */

enum { BENEATH_DEEPEST = 8 }; /* LVM over LUKS over md is 3 */

/* Is "/" on it? By its numbers, or by its name where the file system has numbers of its own
 * (btrfs). */
static bool is_device(const struct sys *s, struct arena *a, const char *block,
		      const struct mount *root)
{
	const char *name = sys_line(s, a, "sys/block/%s/dm/name", block);
	unsigned major, minor;

	if (device_numbers_parse(sys_line(s, a, "sys/block/%s/dev", block), &major, &minor) &&
	    major == root->major && minor == root->minor)
		return true;
	return str_eq(arena_printf(a, "/dev/%s", block), root->source) ||
	       (name && str_eq(arena_printf(a, "/dev/mapper/%s", name), root->source));
}

static const struct disk *disk_of(const struct facts *f, const char *node)
{
	for (size_t d = 0; d < f->disks.count; d++) {
		const struct disk *disk = &f->disks.items[d];

		if (str_eq(disk->path, node))
			return disk;
		for (size_t n = 0; n < disk->partitions.count; n++)
			if (str_eq(disk->partitions.items[n].path, node))
				return disk;
	}
	return NULL;
}

static void add_beneath(const struct sys *s, const struct facts *f, struct image *i,
			const char *block, unsigned depth)
{
	const struct strings slaves = sys_list(s, i->arena, "sys/block/%s/slaves", block);

	for (size_t n = 0; n < slaves.count && depth < BENEATH_DEEPEST; n++) {
		const struct disk *d = disk_of(f,
					       arena_printf(i->arena, "/dev/%s", slaves.items[n]));

		if (!d)
			add_beneath(s, f, i, slaves.items[n], depth + 1);
		else if (!strings_have(&i->root.beneath, d->path))
			strings_add(i->arena, &i->root.beneath, d->path);
	}
}

static void find_beneath(const struct sys *s, const struct facts *f, struct image *i)
{
	const struct strings blocks = sys_list(s, i->arena, "sys/block");
	const struct mounts mounts = mountinfo_read(s, i->arena);
	const struct mount *root = NULL;

	/* The one on top counts. */
	for (size_t n = 0; n < mounts.count; n++)
		if (str_eq(mounts.items[n].point, "/"))
			root = &mounts.items[n];
	for (size_t n = 0; n < blocks.count && root; n++)
		if (is_device(s, i->arena, blocks.items[n], root))
			add_beneath(s, f, i, blocks.items[n], 0);
}

/* --- the system ---------------------------------------------------------------------------- */

static bool from_nix(const struct sys *s, struct arena *a, const char *path)
{
	const char *target = sys_link(s, a, "%s", path);

	return target && (str_starts(target, "/etc/static/") || str_starts(target, "/nix/store/"));
}

static void find_variant(const struct sys *s, struct image *i)
{
	static const char key[] = "VARIANT_ID=";
	char *save = NULL, *text = sys_slurp(s, i->arena, "etc/os-release", 1 << 16, NULL);

	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (str_starts(line, key)) {
			i->variant = line + strlen(key);
			i->variant += i->variant[0] == '"';
			i->variant[strcspn(i->variant, "\"")] = '\0';
			str_sanitise(i->variant);
		}
}

/* "name:x:1000:100:full name:/home/name:/bin/sh"; what is no such line is no account. */
static void add_account(const struct sys *s, struct image *i, char *line)
{
	char *field[7], *end;
	unsigned long uid, gid;

	for (size_t n = 0; n < ARRAY_SIZE(field); n++)
		field[n] = strsep(&line, ":");
	if (!field[6])
		return;
	uid = strtoul(field[2], &end, 10);
	if (*end || (uid > 0 && uid < UID_FIRST) || uid >= UID_LAST)
		return;
	gid = strtoul(field[3], &end, 10);
	if (*end || gid > UINT32_MAX || field[5][0] != '/')
		return;
	*list_push(i->arena, &i->accounts) = (struct image_account){
		.name = field[0],
		.home = field[5],
		.uid = (uint32_t)uid,
		.gid = (uint32_t)gid,
		.login = !str_ends(field[6], "/nologin") && !str_ends(field[6], "/false"),
		.keys = sys_exists(s, "%s/.ssh/authorized_keys", field[5] + 1),
		.etc_keys = sys_exists(s, "%s/%s", ETC_KEYS, field[0]),
		.nix_keys = sys_exists(s, "etc/static/ssh/authorized_keys.d/%s", field[0]),
	};
}

static void find_accounts(const struct sys *s, struct image *i)
{
	char *text = sys_slurp(s, i->arena, "etc/passwd", 1 << 20, NULL), *save = NULL;

	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		add_account(s, i, line);
}

/* The host of this name describes this machine; so does the only one, when an image has just
 * that. */
static void find_hardware(const struct sys *s, struct image *i)
{
	const struct strings hosts = sys_list(s, i->arena, "etc/nixos/hosts");

	if (i->host_name)
		i->hardware = sys_slurp(
			s, i->arena,
			arena_printf(i->arena, "etc/nixos/hosts/%s/hardware-configuration.nix",
				     i->host_name),
			1 << 20, NULL);
	if (!i->hardware && hosts.count == 1)
		i->hardware = sys_slurp(
			s, i->arena,
			arena_printf(i->arena, "etc/nixos/hosts/%s/hardware-configuration.nix",
				     hosts.items[0]),
			1 << 20, NULL);
}

struct image *image_detect(const struct sys *s, const struct facts *f)
{
	struct image *i = xcalloc(1, sizeof(*i));

	i->arena = arena_new();
	i->host_name = sys_line(s, i->arena, "proc/sys/kernel/hostname");
	i->zoneinfo = arena_strdup(i->arena, sys_exists(s, "etc/zoneinfo") ? "/etc/zoneinfo"
									   : "/usr/share/zoneinfo");
	i->flake = sys_exists(s, "etc/nixos/flake.nix") && !sys_exists(s, FLAKE_INCOMPLETE);
	i->ssh = sys_exists(s, "etc/ssh/sshd_config") ||
		 sys_exists(s, "etc/ssh/ssh_host_ed25519_key");
	i->network_manager = sys_exists(s, "etc/NetworkManager");
	i->nix_host_name = from_nix(s, i->arena, "etc/hostname");
	i->nix_locale = from_nix(s, i->arena, "etc/locale.conf");
	i->nix_key_map = from_nix(s, i->arena, "etc/vconsole.conf");
	/* With time.timeZone set, activation makes the link anew at each start. */
	i->nix_time_zone = sys_link(s, i->arena, "etc/static/localtime") != NULL;
	find_variant(s, i);
	find_accounts(s, i);
	find_hardware(s, i);
	find_root(s, f, i);
	if (!i->root.disk)
		find_beneath(s, f, i);
	return i;
}

struct image *image_free(struct image *i)
{
	if (i)
		arena_free(i->arena);
	free(i);
	return NULL;
}

const struct image_account *image_account(const struct image *i, const char *name)
{
	for (size_t n = 0; n < i->accounts.count; n++)
		if (str_eq(i->accounts.items[n].name, name))
			return &i->accounts.items[n];
	return NULL;
}
