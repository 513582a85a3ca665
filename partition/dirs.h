/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dirs: a directory and those above it, for mount points and swap files. */
#pragma once

#include "base/err.h"

/* Those that are missing are made with mode 0755 whatever the umask is. */
int dirs_make(const char *path, struct err *e) nodiscard;
/* The same for the directory that a file is to be in. */
int dirs_make_above(const char *path, struct err *e) nodiscard;
