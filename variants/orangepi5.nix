# SPDX-License-Identifier: GPL-3.0-or-later
#
# Variant 2: the Orange Pi 5 with its vendor kernel. The board's own module comes from the flake's
# input nixos-rk3588; without it (in a harness that gives no rk3588Source) the rest still stands.
{ lib, ... }@args:

{
  imports = [
    ./variant.nix
    ./base.nix
    ./users.nix
    ./branding.nix
    ./audio.nix
    ./desktop.nix
    ./constrained-builds.nix
  ]
  ++ lib.optional (args ? rk3588Source) ./orangepi5-board.nix;

  archibald = {
    variant = lib.mkDefault "orangepi5";
    board = lib.mkDefault "orangepi5";
    # No splash: the boards' display comes up late and Plymouth hangs on it.
    branding.splash = lib.mkDefault false;
  };

  # The vendor kernel stays: it has the drivers, and no PREEMPT_RT.
  musnix.kernel.realtime = lib.mkDefault false;

  # U-Boot reads extlinux.conf.
  boot.loader = {
    grub.enable = lib.mkDefault false;
    generic-extlinux-compatible.enable = lib.mkDefault true;
  };
}
