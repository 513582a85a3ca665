/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpus: sets of processors in the kernel's list format, "0-3,8" (cpuset(7)). */
#pragma once

#include <stddef.h>

#include "base/mem.h"

enum { CPUS_MAX = 1024 };

/* The numbers of a list, in its order; how many, at most `max`. Numbers from CPUS_MAX on are left
 * out: a list may name more than there can be. */
size_t cpus_parse(const char *text, unsigned *cpus, size_t max);
/* The list of numbers that rise: "0-2,5". From the arena. */
char *cpus_text(struct arena *a, const unsigned *cpus, size_t count);
