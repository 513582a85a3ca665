/* SPDX-License-Identifier: GPL-3.0-or-later */
/* questions_storage: the proposals, offers and conditions of the questions about disks, for the
 * table in questions.c. */
#pragma once

#include "answers/answers.h"

const char *show_disks(const struct interview *v, struct arena *a);
struct choices offer_disks(const struct interview *v, struct arena *a);
struct choices offer_data_disks(const struct interview *v, struct arena *a);
bool disk_is_open(const struct interview *v);
extern const char *const disk_modes[];
const char *propose_disk_mode(const struct interview *v, struct arena *a);
struct choices offer_disk_modes(const struct interview *v, struct arena *a);
bool has_disk_modes(const struct interview *v);
bool is_mode_partitions(const struct interview *v);
bool hibernation_fits(const struct interview *v, const char *text, struct str *why);
bool partitions_fit(const struct interview *v, const char *text, struct str *why);
const char *show_partitions(const struct interview *v, struct arena *a);
const char *show_disk_mode(const struct interview *v, struct arena *a);
const char *show_loss(const struct interview *v, struct arena *a);
bool disk_needs_erase(const struct interview *v);
bool has_other_disk(const struct interview *v);
bool has_data_disk(const struct interview *v);
bool data_point_fits(const struct interview *v, const char *text, struct str *why);
bool data_disk_needs_erase(const struct interview *v);
const char *propose_file_system(const struct interview *v, struct arena *a);
bool is_btrfs(const struct interview *v);
bool is_encrypted(const struct interview *v);
bool passphrase_open(const struct interview *v);
const char *propose_discards(const struct interview *v, struct arena *a);
bool swap_has_size(const struct interview *v);
const char *propose_swap(const struct interview *v, struct arena *a);
const char *propose_swap_size(const struct interview *v, struct arena *a);
