# SPDX-License-Identifier: GPL-3.0-or-later
#
# The variants, in the order in which they are named to people.
[
  "iso"
  "orangepi5"
  "arm-generic"
  "server"
]
