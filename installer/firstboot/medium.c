/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "firstboot/medium.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "run/journal.h"

/* A regular file: a link on another's medium leads where it wants. */
static bool has_answers(const char *directory, struct boot_medium *m)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", directory, MEDIUM_ANSWERS);
	struct stat st;

	if (lstat(path, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode)) {
		m->answers = take(path);
		return true;
	}
	free(m->odd);
	m->odd = take(path);
	return false;
}

static bool is_mounted(const struct partition *p)
{
	for (size_t i = 0; i < p->mounts.count; i++)
		if (p->mounts.items[i][0] == '/')
			return true;
	return false;
}

static bool find_mounted(const struct partition *p, struct boot_medium *m)
{
	for (size_t i = 0; i < p->mounts.count; i++)
		if (p->mounts.items[i][0] == '/' && has_answers(p->mounts.items[i], m))
			return true;
	return false;
}

/* What cannot be written to can be read. */
static int mount_fat(const char *node, const char *at)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	int n = mount(node, at, "vfat", flags, NULL);

	if (n < 0 && (errno == EROFS || errno == EACCES))
		n = mount(node, at, "vfat", flags | MS_RDONLY, NULL);
	return n;
}

static bool find_unmounted(const struct partition *p, const char *scratch, struct boot_medium *m)
{
	struct err e;

	if (is_mounted(p))
		return false;
	if (make_directories(scratch, 0700, &e) < 0 || mount_fat(p->path, scratch) < 0) {
		m->seen = false;
		return false;
	}
	if (has_answers(scratch, m)) {
		m->mounted = xstrdup(scratch);
		return true;
	}
	umount2(scratch, 0);
	return false;
}

static bool is_mount_point(const char *at)
{
	struct stat here, root;

	return stat(at, &here) == 0 && stat("/", &root) == 0 && here.st_dev != root.st_dev;
}

/* A card with the boot partition beside a root on NVMe, or one below something that is not known
 * here: what the system has as its boot partition is one. */
static bool find_at_boot(struct boot_medium *m, bool *any)
{
	static const char *const points[] = {"/boot/firmware", "/boot", "/efi", "/boot/efi"};

	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		struct statfs fs;

		if (!is_mount_point(points[i]))
			continue;
		if (has_answers(points[i], m))
			return true;
		/* Not before: it may be mounted by being looked at. */
		*any |= statfs(points[i], &fs) == 0 && fs.f_type == MSDOS_SUPER_MAGIC;
	}
	return false;
}

static bool is_of_root(const struct image *i, const struct disk *d)
{
	return str_eq(d->path, i->root.disk) || strings_have(&i->root.beneath, d->path);
}

struct boot_medium medium_find(const struct facts *f, const struct image *i, const char *scratch)
{
	struct boot_medium m = {.seen = true};
	bool any = false;

	if (find_at_boot(&m, &any))
		return m;
	for (size_t d = 0; d < f->disks.count; d++) {
		const struct disk *disk = &f->disks.items[d];

		for (size_t n = 0; n < disk->partitions.count; n++) {
			const struct partition *p = &disk->partitions.items[n];

			if (!is_of_root(i, disk) || !str_eq(p->fs_type, "vfat"))
				continue;
			any = true;
			if (find_mounted(p, &m) || find_unmounted(p, scratch, &m))
				return m;
		}
	}
	m.seen = m.seen && any;
	return m;
}

void medium_close(struct boot_medium *m)
{
	if (m->mounted)
		umount2(m->mounted, 0);
	free(m->mounted);
	free(m->answers);
	free(m->odd);
	*m = (struct boot_medium){0};
}
