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

  boot.initrd.luks.devices.cryptswap = {
    device = "/dev/disk/by-uuid/24045965-e743-57c8-8772-1aa11e44343c";
  };

  boot.initrd.luks.devices.cryptroot = {
    device = "/dev/disk/by-uuid/fbf9b786-714d-57e1-bf9a-0366ad63d4c1";
  };

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/30fdc112-5f76-52cc-80b4-a51331a6649f";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/d9c60002-0b94-56fe-bf53-5d742f2f8764";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  swapDevices = [
    {
      device = "/dev/disk/by-uuid/8aa05f63-4146-577f-898d-1a3fa68326b9";
    }
  ];
  # Where a hibernated system lies.
  boot.resumeDevice = "/dev/disk/by-uuid/8aa05f63-4146-577f-898d-1a3fa68326b9";

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
