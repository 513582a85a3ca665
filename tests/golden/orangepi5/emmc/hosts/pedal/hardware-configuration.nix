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
    device = "/dev/disk/by-uuid/46b7b074-15b6-53e4-ba18-80d41de44955";
    fsType = "f2fs";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/e48af230-333c-57c4-83e7-a9c2b0b7a0c2";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  swapDevices = [
    {
      device = "/dev/disk/by-uuid/af0fadd4-22a9-5c5a-9a1b-04aab70bea9e";
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
