# SPDX-License-Identifier: GPL-3.0-or-later
#
# A variant without a machine: what the flake builds as archibaldOS-arm-generic and
# archibaldOS-server, and, with carried.nix, what the medium carries so that an installation needs
# no network. The disk is named by labels, all by default: whoever builds on it sets a disk of their
# own.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  x86 = pkgs.stdenv.hostPlatform.isx86;
in
{
  archibald.reference = true;

  networking.hostName = lib.mkDefault "archibaldos";
  nixpkgs.hostPlatform = lib.mkDefault config.archibald.facts.system;
  system.stateVersion = lib.mkDefault lib.trivial.release;

  fileSystems = {
    "/" = {
      device = lib.mkDefault "/dev/disk/by-label/nixos";
      fsType = lib.mkDefault "ext4";
    };
    "/boot" = lib.mkIf x86 {
      device = lib.mkDefault "/dev/disk/by-label/ESP";
      fsType = lib.mkDefault "vfat";
      options = [
        "fmask=0077"
        "dmask=0077"
      ];
    };
  };

  boot.loader = {
    systemd-boot.enable = lib.mkDefault x86;
    generic-extlinux-compatible.enable = lib.mkDefault (!x86);
    grub.enable = lib.mkDefault false;
  };
}
