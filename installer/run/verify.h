/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify: is on the target what must be there before anybody is told that it is installed? */
#pragma once

#include "base/err.h"
#include "plan/plan.h"

/*
 * The system profile leads to a store path with an init; the boot loader of the plan's kind is
 * there, with a menu whose every kernel and initrd exists:
 *   uefi    Boot Loader Specification entries on the ESP, systemd-boot at its own path or at the
 *           removable one
 *   bios    /boot/grub/grub.cfg and GRUB's image in the BIOS boot partition's disk
 *   u-boot  /boot/extlinux/extlinux.conf
 * Reads below `root` only, symlinks resolved inside it. ERR_NOT_FOUND says what is missing.
 */
int verify_target(const struct plan *p, const char *root, struct err *e) nodiscard;
