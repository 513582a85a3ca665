# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# Dell Inc. PowerEdge R740: Intel(R) Xeon(R) Silver 4208 CPU @ 2.10GHz, 125.6 GiB
# system disk: ST2400MM0129, 2.1 TiB, sas
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
    "ahci"
    "xhci_pci"
    "nvme"
    "mpt3sas"
    # the root disk is sas
    "sd_mod"
  ];

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/abc60eda-0c3c-5876-af59-cd3d22fc46e2";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/8AF4-2EE9";
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

  # started by UEFI, whose variables cannot be written: the removable path is used
  boot.loader = {
    systemd-boot = {
      enable = true;
      configurationLimit = 10;
      # With the editor anyone at the keyboard could start a root shell.
      editor = false;
    };
    efi = {
      canTouchEfiVariables = false;
      efiSysMountPoint = "/boot";
    };
  };

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
  hardware.cpu.intel.updateMicrocode = lib.mkDefault config.hardware.enableRedistributableFirmware;
}
