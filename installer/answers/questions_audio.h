/* SPDX-License-Identifier: GPL-3.0-or-later */
/* questions_audio: what there is to offer and propose of desktops and audio, for the table in
 * questions.c. */
#pragma once

#include "answers/answers.h"

bool has_desktops(const struct interview *v);
struct choices offer_desktops(const struct interview *v, struct arena *a);
const char *propose_desktop(const struct interview *v, struct arena *a);
bool has_audio(const struct interview *v);
const char *propose_quantum(const struct interview *v, struct arena *a);
