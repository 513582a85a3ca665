# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# Xunlong Orange Pi 5 (rockchip,rk3588s)
{ lib, ... }:

{
  boot.initrd.availableKernelModules = [
    # The root is on NVMe.
    "nvme"
    "phy-rockchip-naneng-combphy"
    "pcie-dw-rockchip"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/3f0e6e6c-1d5b-4b4e-8f68-0f4d2c1f3b5a";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  systemd.tmpfiles.rules = [
    # Who plays may record.
    "d /srv/samples 2775 root audio -"

    "d /srv/\${x} 2775 root audio -"
  ];

  swapDevices = [ ];
  zramSwap = {
    enable = true;
    memoryPercent = 50;
  };

  # Started by U-Boot, which reads extlinux.conf.
  boot.loader = {
    grub.enable = false;
    generic-extlinux-compatible = {
      enable = true;
      configurationLimit = 5;
    };
  };

  nixpkgs.hostPlatform = lib.mkDefault "aarch64-linux";
}
