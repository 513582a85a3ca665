/* SPDX-License-Identifier: GPL-3.0-or-later */
/* goodbye: the last screen of an installation: what is there now, who may log in and how, what to
 * do next; and whether to restart now. */
#pragma once

#include "answers/answers.h"
#include "plan/plan.h"
#include "tui/ui.h"

/* What to do next, whole sentences, from what was agreed on. `live_medium`: a node like /dev/sdb
 * that is to be taken out, or NULL. Owned by the caller. */
char *goodbye_text(const struct plan *p, const struct answers *a, const char *live_medium);
/* Says it, and offers to restart or to power off: one of the words of the answer `finish`. Esc and
 * the end of input stay. */
const char *goodbye(struct ui *u, const struct plan *p, const char *text);
