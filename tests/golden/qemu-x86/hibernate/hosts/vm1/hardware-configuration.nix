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
    device = "/dev/disk/by-uuid/bf860fe3-b687-506f-9e46-df038fd70535";
  };

  boot.initrd.luks.devices.cryptroot = {
    device = "/dev/disk/by-uuid/cad36d08-0c08-54bc-9bef-53c968a4a77d";
  };

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/87d6f5bf-d39b-5999-bc7a-0ef85e173908";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/c500d480-5a7d-52a7-9c9c-7e31fd4e0607";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  swapDevices = [
    {
      device = "/dev/disk/by-uuid/929e5750-7c1c-5128-bb1a-8471812dba9c";
    }
  ];
  # Where a hibernated system lies.
  boot.resumeDevice = "/dev/disk/by-uuid/929e5750-7c1c-5128-bb1a-8471812dba9c";

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
