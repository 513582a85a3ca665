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

  swapDevices = [ { device = "/dev/disk/by-partuuid/@swap@"; } ];

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
}
