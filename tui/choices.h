/* SPDX-License-Identifier: GPL-3.0-or-later */
/* choices: finding one among many by a part of its name; both front ends search alike. */
#pragma once

#include <stdbool.h>

#include "answers/answers.h"

/* Is every word of `part` in the choice's label, without regard to case and to what separates
 * words ("new york" finds America/New_York)? */
bool choice_matches(const struct choice *c, const char *part);
