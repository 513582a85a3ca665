/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partition/wipe.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "partition/device.h"

/* No disk has more; a probe that goes round in circles ends here. */
enum { SIGNATURES_MAX = 512 };

/* ZFS On-Disk Specification, 1.2: two labels at each end, of what is whole labels. Less is no pool.
 */
enum { ZFS_LABEL_BYTES = 256 * 1024, ZFS_LABELS = 4, ZFS_LEAST_BYTES = 64 << 20 };

static void free_probe(blkid_probe *pr)
{
	blkid_free_probe(*pr);
}

static uint64_t found_number(blkid_probe pr, const char *key)
{
	const char *text = NULL;

	return blkid_probe_lookup_value(pr, key, &text, NULL) == 0 ? strtoull(text, NULL, 10) : 0;
}

/* Would clearing what the probe has just found touch the bytes to keep? */
static bool is_kept(blkid_probe pr, uint64_t start, const struct wipe_keep *keep)
{
	static const char *const offsets[] = {"SBMAGIC_OFFSET", "PTMAGIC_OFFSET"};
	/* The longest magic string libblkid knows has some 30 bytes. */
	const uint64_t longest = 64;

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		uint64_t at = start + found_number(pr, offsets[i]);

		if (blkid_probe_has_value(pr, offsets[i]) && at < keep->to &&
		    at + longest > keep->from)
			return true;
	}
	return false;
}

/* ZFS is known by any of many blocks in each label. libblkid would read all labels, which is most
 * of what a table takes, and clear these blocks one by one. */
static int clear_zfs(int fd, uint64_t start, uint64_t size, const struct wipe_keep *keep,
		     const char *name, struct err *e)
{
	const uint64_t count = size / ZFS_LABEL_BYTES;
	const uint64_t labels[ZFS_LABELS] = {0, 1, count - 2, count - 1};
	int r = 0;

	for (size_t i = 0; i < ZFS_LABELS && r == 0; i++) {
		uint64_t from = start + labels[i] * ZFS_LABEL_BYTES, to = from + ZFS_LABEL_BYTES;

		if (from >= keep->to || to <= keep->from)
			r = write_zeros(fd, from, to, name, e);
	}
	return r;
}

int wipe_signatures(int fd, uint64_t start, uint64_t size, const struct wipe_keep *keep,
		    const char *name, struct err *e)
{
	_cleanup_(free_probe) blkid_probe pr = blkid_new_probe();
	char zfs[] = "zfs_member", *cleared[] = {zfs, NULL};
	int found = 1;

	if (size >= ZFS_LEAST_BYTES && clear_zfs(fd, start, size, keep, name, e) < 0)
		return -(int)e->code;

	if (!pr || blkid_probe_set_device(pr, fd, (blkid_loff_t)start, (blkid_loff_t)size) != 0)
		return err_errno(e, errno ? errno : ENOMEM, NULL,
				 "cannot look for signatures on %s", name);
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM);
	if (size >= ZFS_LEAST_BYTES)
		blkid_probe_filter_superblocks_type(pr, BLKID_FLTR_NOTIN, cleared);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_set_partitions_flags(pr, BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
	for (int i = 0; i < SIGNATURES_MAX; i++) {
		found = blkid_do_probe(pr);
		if (found != 0)
			break;
		if (is_kept(pr, start, keep))
			continue;
		if (blkid_do_wipe(pr, 0) != 0)
			return err_errno(e, errno, "the disk may be failing or write-protected",
					 "cannot clear an old signature on %s", name);
	}
	if (found == 1)
		return 0;
	return err_errno(e, found < 0 && errno ? errno : EIO, "the disk may be failing",
			 "cannot look for signatures on %s", name);
}
