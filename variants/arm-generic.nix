# SPDX-License-Identifier: GPL-3.0-or-later
#
# Variant 3: ARM64 machines without a module of their own, as a base to adapt. No real-time kernel
# (the variant's file does not ask for one) and nothing that names a board.
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

  archibald.variant = lib.mkDefault "arm-generic";

  # Boards are started by U-Boot, which reads extlinux.conf; a host started by UEFI says so itself.
  boot.loader.grub.enable = lib.mkDefault false;
}
