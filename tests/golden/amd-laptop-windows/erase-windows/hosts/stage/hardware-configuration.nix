# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# LENOVO 21K3CTO1WW: AMD Ryzen 7 PRO 7840U w/ Radeon 780M Graphics, 30.1 GiB
# system disk: SAMSUNG MZVL21T0HCLR-00BL7, 953.8 GiB, nvme
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
    "nvme"
    "xhci_pci"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/ba03c28d-60c3-5125-812d-7bd3ec1d894c";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/D5A4-2A2D";
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

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
  hardware.cpu.amd.updateMicrocode = lib.mkDefault config.hardware.enableRedistributableFirmware;
}
