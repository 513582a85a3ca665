# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# linux,dummy-virt: 2x Cortex-A72, 1.8 GiB
# system disk: no model name, 20.0 GiB, virtio
{ lib, modulesPath, ... }:

{
  imports = [
    (modulesPath + "/profiles/qemu-guest.nix")
  ];

  boot.initrd.availableKernelModules = [
    # a storage or USB controller found
    "virtio_pci"
    # the root disk is virtio
    "virtio_blk"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/7244066f-922b-518b-829b-84d500a9b610";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/C916-DD2D";
    fsType = "vfat";
    options = [
      "fmask=0077"
      "dmask=0077"
      "nosuid"
      "nodev"
      "noexec"
    ];
  };

  swapDevices = [ ];
  zramSwap = {
    enable = true;
    memoryPercent = 50;
  };

  # started by UEFI, whose variables can be written
  boot.loader = {
    systemd-boot = {
      enable = true;
      configurationLimit = 10;
      # With the editor anyone at the keyboard could start a root shell.
      editor = false;
    };
    efi = {
      canTouchEfiVariables = true;
      efiSysMountPoint = "/boot";
    };
  };

  nixpkgs.hostPlatform = lib.mkDefault "aarch64-linux";
}
