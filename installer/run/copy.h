/* SPDX-License-Identifier: GPL-3.0-or-later */
/* copy: the step `copy`: the medium's store paths into the target's store, registered, so that
 * nixos-install finds them there. See machine.h's copy_store. */
#pragma once

#include "plan/plan.h"
#include "run/events.h"

int copy_store(const struct plan *p, const char *root, const char *journal, uint32_t weight,
	       const volatile int *cancelled, struct events *ev, struct err *e) nodiscard;
