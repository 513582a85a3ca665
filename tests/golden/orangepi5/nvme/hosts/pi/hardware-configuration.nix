# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# Xunlong Orange Pi 5: 4x Cortex-A55 + 4x Cortex-A76, 7.7 GiB
# system disk: WD_BLACK SN770 500GB, 465.7 GiB, nvme
{ lib, modulesPath, ... }:

{
  imports = [
    (modulesPath + "/installer/scan/not-detected.nix")
  ];

  boot.initrd.availableKernelModules = [
    # a storage or USB controller found
    "nvme"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/2ee099eb-6c15-57c1-8d3f-b5b1962d146e";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  swapDevices = [ ];
  zramSwap = {
    enable = true;
    memoryPercent = 50;
  };

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
