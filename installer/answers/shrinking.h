/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shrinking: which partitions can make room for the system, and how much ("disk.shrink" of an
 * answer file). Pure, from the facts: an estimate. What the file system's own tool allows is asked
 * before anything is written (partition/shrink.h).
 */
#pragma once

#include "answers/answers.h"

/* What a partition that becomes smaller must keep: what is in it, and some room to go on with; no
 * more than the file system has, which a run that was cut off may have made smaller. Bytes, whole
 * MiB. */
uint64_t shrink_least(const struct partition *p);
/* The free area that begins where the partition ends once it has so many bytes; 0 bytes: there is
 * none. */
struct disk_area shrink_area(const struct disk *d, const struct partition *p, uint64_t bytes,
			     struct arena *a);
/* Why it cannot be made smaller here, with what can be done; NULL: it can. From the arena. */
const char *shrink_obstacle(const struct facts *f, const struct disk *d, const struct partition *p,
			    struct arena *a);
/* Does the disk have one that leaves a new system so much room? */
bool shrink_possible(const struct facts *f, const struct disk *d, uint64_t needed);
/* The one that the answers name (its node, its PARTUUID, or its number); NULL: none. */
const struct partition *shrink_partition(const struct interview *v);

/* For the question table. */
bool is_mode_shrink(const struct interview *v);
const char *show_shrink(const struct interview *v, struct arena *a);
struct choices offer_shrink(const struct interview *v, struct arena *a);
const char *propose_shrink(const struct interview *v, struct arena *a);
bool shrink_fits(const struct interview *v, const char *text, struct str *why);
const char *show_shrink_to(const struct interview *v, struct arena *a);
const char *propose_shrink_to(const struct interview *v, struct arena *a);
bool shrink_to_fits(const struct interview *v, const char *text, struct str *why);
