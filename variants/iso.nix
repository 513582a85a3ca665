# SPDX-License-Identifier: GPL-3.0-or-later
#
# Variant 1, installed: the x86_64 workstation with a real-time kernel. The medium that shows and
# installs it is live.nix.
{ lib, ... }:

{
  imports = [
    ./variant.nix
    ./base.nix
    ./users.nix
    ./branding.nix
    ./audio.nix
    ./desktop.nix
    ./constrained-builds.nix
  ];

  archibald.variant = lib.mkDefault "iso";
}
