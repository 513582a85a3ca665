# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# Xunlong Orange Pi 5: 4x Cortex-A55 + 4x Cortex-A76, 7.7 GiB
# system disk: A3A564, 58.2 GiB, emmc
{ lib, modulesPath, ... }:

{
  imports = [
    (modulesPath + "/installer/scan/not-detected.nix")
  ];

  boot.initrd.availableKernelModules = [
    # a storage or USB controller found
    "nvme"
    # the root disk is emmc
    "mmc_block"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/5325e44b-37af-5816-9e54-33f9c1ed16dd";
    fsType = "f2fs";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/715b8231-354b-5031-b4fc-fddbbc313058";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  swapDevices = [
    {
      device = "/dev/disk/by-uuid/bffee171-3593-539e-995a-71a5b48ff58f";
    }
  ];

  # no UEFI: U-Boot reads extlinux.conf
  boot.loader = {
    grub.enable = false;
    generic-extlinux-compatible = {
      enable = true;
      configurationLimit = 20;
    };
  };

  nixpkgs.hostPlatform = lib.mkDefault "aarch64-linux";
}
