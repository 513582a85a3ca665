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

/* The variant keeps cores for audio, and that is wanted. */
bool cores_can_be_kept(const struct interview *v);
bool tuning_is_open(const struct interview *v);
bool cores_are_open(const struct interview *v);
const char *show_cores(const struct interview *v, struct arena *a);
/* As many as the variant names. "none" where the machine has too few. */
const char *propose_cores(const struct interview *v, struct arena *a);
/* Processors of this machine, and not the one that starts it; `what` they are kept for. */
bool cores_can_be_isolated(const struct interview *v, const char *text, const char *what,
			   struct str *why);
/* The same, or "none". */
bool cores_fit(const struct interview *v, const char *text, struct str *why);

/* The processors that are kept for audio by the answers, "1-3"; NULL: none are. */
const char *cores_for_audio(const struct interview *v);
/* The variant would keep some, and nobody said no, but the machine has too few. */
bool cores_are_few(const struct interview *v);
