# SPDX-License-Identifier: GPL-3.0-or-later
# expect: no option services.pipewire.latency
{ lib, ... }:

{
  services.pipewire.latency = 64;
}
