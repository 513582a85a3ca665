# SPDX-License-Identifier: GPL-3.0-or-later
# expect: services.openssh.settings.PermitRootLogin = 'maybe' is not
{ ... }:

{
  services.openssh.settings.PermitRootLogin = "maybe";
}
