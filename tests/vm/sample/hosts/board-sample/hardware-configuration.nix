# SPDX-License-Identifier: GPL-3.0-or-later
# @...@ is filled in by tests/vm/sample-install.
{ lib, ... }:
{
  boot.initrd.availableKernelModules = [ "virtio_pci" "virtio_blk" ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/@root@";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  nixpkgs.hostPlatform = lib.mkDefault "aarch64-linux";
}
