/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plan_keeping: what the files share that plan a disk whose table is kept. */
#pragma once

#include "answers/questions_storage.h"
#include "plan/plan.h"

/* What is known of the disk while its request is put together. */
struct keeping {
	const struct interview *v;
	struct plan *plan;
	const struct disk *disk;
	struct layout_request *r;
	LIST_OF(struct old_part) old;
	LIST_OF(struct part_use) uses;
};

/* New partitions beside the ones that stay? */
static inline bool keeping_adds(const struct keeping *k)
{
	return !is_mode_partitions(k->v);
}
static inline void keeping_note(struct keeping *k, const char *text)
{
	strings_add(k->plan->arena, &k->plan->notes, text);
}
/* Content and UUID are the partition's own where they stay. */
struct part_use *keeping_add_use(struct keeping *k, const struct partition *p, enum part_role role,
				 enum part_fate fate, const char *mountpoint);
/* GRUB takes the first one that it finds, whoever made it; NULL: there is none. */
const struct partition *keeping_use_bios_boot(struct keeping *k);
/* The first of that type, of those that an interrupted installation left or of all others. */
const struct partition *partition_of_type(const struct disk *d, const char *type_guid,
					  bool remains);
/* "/dev/sda1 (500 MiB, vfat), ...", for refusals. */
const char *partitions_text(const struct disk *d, struct arena *a);

/* Mode partitions: the uses that the answers name. Errors as plan_make. */
int plan_uses(struct keeping *k, struct err *e) nodiscard;
/* The same once they are laid out: is there room for what goes there? Takes the size of swap. */
int plan_uses_check(const struct keeping *k, const struct layout *l, struct err *e) nodiscard;
