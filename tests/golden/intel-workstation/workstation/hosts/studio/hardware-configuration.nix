# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# ASUS System Product Name: 12th Gen Intel(R) Core(TM) i9-12900K, 62.5 GiB
# system disk: Samsung SSD 980 PRO 2TB, 1.8 TiB, nvme
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
    device = "/dev/disk/by-uuid/10c15f16-2e5b-53ce-8af5-7fe33517986e";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/6796-0016";
    fsType = "vfat";
    options = [
      "fmask=0077"
      "dmask=0077"
      "nosuid"
      "nodev"
      "noexec"
    ];
  };

  swapDevices = [
    {
      device = "/dev/disk/by-uuid/2b2b7f03-6185-5c60-a0b4-bb5081842997";
    }
  ];

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
