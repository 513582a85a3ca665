# SPDX-License-Identifier: GPL-3.0-or-later
# expect: networking.hostName = 3 is not
{ lib, ... }:

{
  config = {
    networking.hostName = 3;
  };
}
