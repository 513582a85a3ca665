# SPDX-License-Identifier: GPL-3.0-or-later
# expect: no option archibald.dekstop
{ lib, ... }:

{
  archibald.dekstop = "i3";
}
