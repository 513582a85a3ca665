/* SPDX-License-Identifier: GPL-3.0-or-later */
/* probe: the parts of facts_detect(). Each fills its members of the facts from `sys`. */
#pragma once

#include "base/sys.h"
#include "facts/facts.h"

void probe_machine(const struct sys *s, struct facts *f); /* arch, board, firmware, memory, ... */
void probe_cpu(const struct sys *s, struct facts *f);
void probe_devices(const struct sys *s, struct facts *f); /* networks, GPUs, sound cards */
void probe_disks(const struct sys *s, struct facts *f);

/* What udev knows of a block device (/run/udev/data/bMAJ:MIN), as text from the arena. */
struct udev_data {
	char *text;
	size_t len;
};
bool udev_read(const struct sys *s, struct arena *a, uint32_t major, uint32_t minor,
	       struct udev_data *ret);
/* The value of an "E:KEY=" line, decoded and safe to show; NULL when there is none. */
char *udev_get(const struct udev_data *u, struct arena *a, const char *key);
/* Its stable names (/dev/disk/by-id and by-path), and the best of them for people. */
struct strings udev_links(const struct udev_data *u, struct arena *a);
char *best_link(const struct strings *links); /* NULL when none is an identity */
/* Ranks a name in /dev/disk/by-id: higher is better for people, 0 is unusable. */
unsigned by_id_rank(const char *name);

/* Without udev's word, on a live machine: libblkid's low-level probe of the node. */
struct blkid_answer {
	char *fs_type, *fs_version, *fs_label, *fs_uuid, *table;
	char *entry_name, *entry_type, *entry_uuid, *entry_flags; /* of a partition's entry */
};
void probe_blkid(struct arena *a, const char *path, struct blkid_answer *ret);
