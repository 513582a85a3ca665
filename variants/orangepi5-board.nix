# SPDX-License-Identifier: GPL-3.0-or-later
#
# The board: kernel, device tree and firmware from nixos-rk3588, the file that its flake calls
# nixosModules.boards.orangepi5.core.
{
  config,
  lib,
  options,
  pkgs,
  rk3588Source,
  ...
}:

let
  image = import "${rk3588Source}/modules/sd-image/orangepi5.nix" {
    inherit config lib;
    rk3588.nixpkgs = pkgs.path;
  };
in
{
  imports = [ "${rk3588Source}/modules/boards/orangepi5.nix" ];

  # The kernel is made by the same compiler as the rest, native or cross.
  _module.args.rk3588.pkgsKernel = pkgs;

  # The overlay that switches the M.2 slot from SATA to PCIe stands only in the module of their
  # image; an installed system has its root there, too.
  hardware.deviceTree.overlays = lib.mkIf (!(options ? sdImage)) image.hardware.deviceTree.overlays;

  boot = {
    # Their list is forced, because most modules of NixOS's are built in or absent here. These are
    # the installer's other file systems; of them only xfs is a module.
    supportedFilesystems = lib.mkForce [
      "f2fs"
      "xfs"
    ];
    initrd.availableKernelModules = lib.mkForce [ "xfs" ];
  };
}
