# SPDX-License-Identifier: GPL-3.0-or-later
# Outside hosts/, so the stand-in must not follow it.
throw "the stand-in left hosts/HOST"
