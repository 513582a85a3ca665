/* SPDX-License-Identifier: GPL-3.0-or-later */
/* questions_builds: proposals for building on a machine with less than 32 GB of memory (section 4.3
 * of the distribution's specification). Used by the question table only. */
#pragma once

#include "answers/answers.h"

bool builds_may_starve(const struct interview *v); /* under 32 GB: the question is asked */
bool builds_constrained(const struct interview *v);
const char *propose_build_swap(const struct interview *v, struct arena *a);
const char *propose_build_jobs(const struct interview *v, struct arena *a);
const char *propose_build_cores(const struct interview *v, struct arena *a);
const char *propose_build_memory(const struct interview *v, struct arena *a);
const char *propose_build_isolation(const struct interview *v, struct arena *a);
bool build_isolation_fits(const struct interview *v, const char *text, struct str *why);
