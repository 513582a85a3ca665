# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# QEMU Standard PC (Q35 + ICH9, 2009): QEMU Virtual CPU version 2.5+, 1.9 GiB
# system disk: no model name, 20.0 GiB, virtio
{ lib, modulesPath, ... }:

{
  imports = [
    (modulesPath + "/profiles/qemu-guest.nix")
  ];

  boot.initrd.availableKernelModules = [
    # a storage or USB controller found
    "virtio_pci"
    "ahci"
    # the root disk is virtio
    "virtio_blk"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/2c75105c-1379-5b9b-a4f4-b9cd5b8d5845";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  swapDevices = [ ];
  zramSwap = {
    enable = true;
    memoryPercent = 50;
  };

  # started by BIOS: GRUB in a BIOS boot partition
  boot.loader = {
    grub = {
      enable = true;
      device = "/dev/vda";
      configurationLimit = 20;
    };
  };

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
}
