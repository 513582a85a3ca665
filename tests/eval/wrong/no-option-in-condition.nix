# SPDX-License-Identifier: GPL-3.0-or-later
# expect: no option services.opensshd.enable
{ lib, ... }:

{
  services = lib.mkIf true { opensshd.enable = lib.mkDefault true; };
}
