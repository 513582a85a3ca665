# SPDX-License-Identifier: GPL-3.0-or-later
# expect: services.openssh.enable = 'yes' is not: boolean
{ lib, ... }:

{
  services.openssh = {
    enable = lib.mkDefault "yes";
  };
}
