/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <blkid/blkid.h>

#include "base/str.h"
#include "facts/probe.h"

static char *value(blkid_probe pr, struct arena *a, const char *name)
{
	const char *text;
	char *copy;

	if (blkid_probe_lookup_value(pr, name, &text, NULL) != 0)
		return NULL;
	copy = arena_strdup(a, text);
	str_sanitise(copy);
	return copy[0] ? copy : NULL;
}

void probe_blkid(struct arena *a, const char *path, struct blkid_answer *ret)
{
	/* Opens read-only; a node that cannot be opened (no medium, no right) is unknown. */
	blkid_probe pr = blkid_new_probe_from_filename(path);

	if (!pr)
		return;
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL |
						      BLKID_SUBLKS_UUID | BLKID_SUBLKS_VERSION);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_set_partitions_flags(pr, BLKID_PARTS_ENTRY_DETAILS);
	int found = blkid_do_safeprobe(pr);

	if (found == 0) {
		ret->fs_type = value(pr, a, "TYPE");
		ret->fs_version = value(pr, a, "VERSION");
		ret->fs_label = value(pr, a, "LABEL");
		ret->fs_uuid = value(pr, a, "UUID");
		ret->table = value(pr, a, "PTTYPE");
		ret->entry_name = value(pr, a, "PART_ENTRY_NAME");
		ret->entry_type = value(pr, a, "PART_ENTRY_TYPE");
		ret->entry_uuid = value(pr, a, "PART_ENTRY_UUID");
		ret->entry_flags = value(pr, a, "PART_ENTRY_FLAGS");
	} else if (found == -2) {
		/* Several signatures at once: which one is true cannot be told, but there is
		 * something that somebody may want to keep. */
		ret->fs_type = arena_strdup(a, "ambiguous");
	}
	blkid_free_probe(pr);
}
