/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/storage.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

size_t storage_ops(const struct storage *s, struct storage_op ret[STORAGE_OPS_MAX])
{
	size_t n = 0;

	for (size_t d = 0; d < s->count; d++)
		if (layout_shrunk(s->disks[d]))
			ret[n++] = (struct storage_op){STORAGE_SHRINK, d,
						       layout_shrunk(s->disks[d])};
	for (size_t d = 0; d < s->count; d++)
		ret[n++] = (struct storage_op){STORAGE_TABLE, d, NULL};
	for (size_t d = 0; d < s->count; d++)
		for (size_t i = 0; i < s->disks[d]->count; i++) {
			const struct part *p = &s->disks[d]->parts[i];

			if (p->fate == FATE_KEEP || p->fate == FATE_SHRINK)
				continue;
			if (p->encrypted) {
				ret[n++] = (struct storage_op){STORAGE_ENCRYPT, d, p};
				ret[n++] = (struct storage_op){STORAGE_OPEN, d, p};
			}
			ret[n++] = (struct storage_op){STORAGE_FORMAT, d, p};
		}
	return n;
}

static size_t add_part(struct mount_point *ret, size_t disk, const struct part *p)
{
	if (!p->mountpoint[0])
		return 0;
	if (!p->subvolume_count) {
		ret[0] = (struct mount_point){disk, p, NULL, p->mountpoint};
		return 1;
	}
	for (size_t i = 0; i < p->subvolume_count; i++)
		ret[i] = (struct mount_point){disk, p, p->subvolumes[i].name,
					      p->subvolumes[i].mountpoint};
	return p->subvolume_count;
}

/* By name, a directory comes before what is in it. A stable sort of a handful. */
static void sort(struct mount_point *m, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j && strcmp(m[j - 1].where, m[j].where) > 0; j--) {
			struct mount_point swap = m[j];

			m[j] = m[j - 1];
			m[j - 1] = swap;
		}
}

size_t storage_mounts(const struct storage *s, struct mount_point ret[MOUNT_POINTS_MAX])
{
	size_t n = 0;

	for (size_t d = 0; d < s->count; d++)
		for (size_t i = 0; i < s->disks[d]->count; i++)
			n += add_part(&ret[n], d, &s->disks[d]->parts[i]);
	sort(ret, n);
	return n;
}

void mount_point_options(const struct mount_point *m, struct mount_options *ret)
{
	/* Level 1 is faster than what an SSD writes, and saves nearly as much as the usual 3. */
	static const char *const compress[] = {[COMPRESS_NONE] = NULL,
					       [COMPRESS_ZSTD] = "compress=zstd:1",
					       [COMPRESS_LZO] = "compress=lzo"};
	size_t n = 0;

	*ret = (struct mount_options){0};
	if (m->subvolume) {
		snprintf(ret->subvolume, sizeof(ret->subvolume), "subvol=%s", m->subvolume);
		ret->words[n++] = ret->subvolume;
	}
	if (compress[m->part->compression])
		ret->words[n++] = compress[m->part->compression];
	for (const char *const *o = part_mount_options(m->part); *o; o++)
		ret->words[n++] = *o;
}
