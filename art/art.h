/* SPDX-License-Identifier: GPL-3.0-or-later */
/* art: DeMoD's ASCII art, compiled in. Pure ASCII, at most 72 columns. */
#pragma once

#include "base/embedded.h"

extern const struct embedded art_files[]; /* "banner" */
