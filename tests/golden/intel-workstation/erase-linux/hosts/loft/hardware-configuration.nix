# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# ASUS System Product Name: 12th Gen Intel(R) Core(TM) i9-12900K, 62.5 GiB
# system disk: Samsung SSD 970 EVO Plus 1TB, 931.5 GiB, nvme
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
    # a storage or USB controller found
    "xhci_pci"
    "ahci"
    "nvme"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/5f3d1dfa-4457-5af1-a2b7-8db67d3ba45f";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/2750-8D9D";
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

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
  hardware.cpu.intel.updateMicrocode = lib.mkDefault config.hardware.enableRedistributableFirmware;
}
