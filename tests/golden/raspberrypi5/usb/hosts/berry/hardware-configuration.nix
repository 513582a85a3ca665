# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# Raspberry Pi 5 Model B Rev 1.0: 4x Cortex-A76, 7.8 GiB
# system disk: PSSD T7 Shield, 465.7 GiB, usb
{ lib, modulesPath, ... }:

{
  imports = [
    (modulesPath + "/installer/scan/not-detected.nix")
  ];

  boot.initrd.availableKernelModules = [
    # the root disk is usb
    "usb_storage"
    "uas"
    "sd_mod"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/cc2a139e-4e98-58a6-aa42-50fc34224087";
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
