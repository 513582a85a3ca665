/* SPDX-License-Identifier: GPL-3.0-or-later */
/* steps: what each kind of step checks beforehand, when it counts as done already, and does. */
#pragma once

#include "run/run.h"

struct step_ops {
	/* Before anything is destroyed. NULL: nothing can be known yet. */
	int (*check)(struct run *r, const struct step *s, struct err *e);
	/* The journal says done; is it still true? NULL: do it again each time. */
	bool (*still_done)(struct run *r, const struct step *s);
	int (*run)(struct run *r, const struct step *s, struct err *e);
	/* Changes nothing on the disk: done again, what was done after it stays done. */
	bool harmless;
};

extern const struct step_ops step_table[STEP_KINDS];
