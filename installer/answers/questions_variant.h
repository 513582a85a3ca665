/* SPDX-License-Identifier: GPL-3.0-or-later */
/* questions_variant: the proposals and offers of the question about the variant, for the
 * table in questions.c. */
#pragma once

#include "answers/answers.h"

struct choices offer_variants(const struct interview *v, struct arena *a);
const char *propose_variant(const struct interview *v, struct arena *a);
bool variant_is_open(const struct interview *v); /* not of an image that says what it is */
const char *show_variant(const struct interview *v, struct arena *a);
