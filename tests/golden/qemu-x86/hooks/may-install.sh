#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
test "$ARCHIBALD_HOOK" != never
