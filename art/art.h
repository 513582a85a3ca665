/* SPDX-License-Identifier: GPL-3.0-or-later */
/* art: DeMoD LLC's ASCII art, compiled in, at most 76 columns wide. "small-ascii" and "small-utf8"
 * leave room for what stands below them on 80 x 24, the large ones are for larger screens. No
 * colour is in them: the front end gives it one where there are any. */
#pragma once

#include "base/embedded.h"

extern const struct embedded art_files[];
