# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# AMD Ryzen 7 5800X, 8 cores, 31.3 GiB of memory
{
  config,
  lib,
  modulesPath,
  ...
}:

{
  imports = [
    (modulesPath + "/installer/scan/not-detected.nix")
  ];

  boot.initrd.availableKernelModules = [
    # PCI 144d:a808, the disk of the root
    "nvme"
    # USB keyboards and disks
    "xhci_pci"
    "usbhid"
    "usb_storage"
  ];

  boot.initrd.luks.devices.root = {
    device = "/dev/disk/by-uuid/0d6f8e9a-94cc-4b5e-8bd0-3d8a6b1e2f77";
    allowDiscards = true;
  };

  fileSystems."/" = {
    device = "/dev/mapper/root";
    fsType = "ext4";
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/77aa1b52-8a7e-4a0a-8b39-5d3b2f6f7e11";
    fsType = "ext4";
  };

  swapDevices = [
    {
      device = "/var/swapfile";
      # MiB; NixOS makes the file when it is not there.
      size = 4096;
    }
  ];
  zramSwap = {
    enable = true;
    memoryPercent = 50;
  };

  # Started by a BIOS: GRUB stands in the disk's BIOS boot partition.
  boot.loader = {
    grub = {
      enable = true;
      device = "/dev/disk/by-id/ata-ST9250315AS_5VC1ABCD";
      configurationLimit = 10;
    };
  };

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
  hardware.cpu.intel.updateMicrocode = lib.mkDefault config.hardware.enableRedistributableFirmware;
}
