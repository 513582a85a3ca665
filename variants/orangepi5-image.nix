# SPDX-License-Identifier: GPL-3.0-or-later
#
# The Orange Pi 5's SD card image: the variant as it is flashed. U-Boot is in the board's SPI flash.
{
  config,
  lib,
  modulesPath,
  rk3588Source,
  ...
}:

{
  imports = [
    ./orangepi5.nix
    ./reference.nix
    ./first-boot.nix
    # As a set and not as a path, because it wants to know where nixpkgs is before there are
    # packages.
    (import "${rk3588Source}/modules/sd-image/orangepi5.nix" {
      inherit config lib;
      rk3588.nixpkgs = "${modulesPath}/../..";
    })
  ];

  sdImage.imageBaseName = "archibaldOS-orangepi5";
  # The first boot asks whether the root grows, and does it in steps that a power cut may part.
  sdImage.expandOnBoot = false;
}
