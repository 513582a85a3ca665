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

  boot.initrd.luks.devices.cryptroot = {
    device = "/dev/disk/by-uuid/a4ce80ba-747b-5c12-b685-5437c19e864d";
  };

  boot.initrd.luks.devices.cryptdata = {
    device = "/dev/disk/by-uuid/ea5b5a4d-610f-56f8-9e8e-be673edf981a";
  };

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/1a4d4c7f-e7be-5cc3-8ff6-050543cb3ed3";
    fsType = "btrfs";
    options = [
      "subvol=@"
      "compress=lzo"
      "noatime"
    ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/2840-F462";
    fsType = "vfat";
    options = [
      "fmask=0077"
      "dmask=0077"
      "nosuid"
      "nodev"
      "noexec"
    ];
  };

  fileSystems."/home" = {
    device = "/dev/disk/by-uuid/1a4d4c7f-e7be-5cc3-8ff6-050543cb3ed3";
    fsType = "btrfs";
    options = [
      "subvol=@home"
      "compress=lzo"
      "noatime"
    ];
  };

  fileSystems."/nix" = {
    device = "/dev/disk/by-uuid/1a4d4c7f-e7be-5cc3-8ff6-050543cb3ed3";
    fsType = "btrfs";
    options = [
      "subvol=@nix"
      "compress=lzo"
      "noatime"
    ];
  };

  fileSystems."/srv/samples" = {
    device = "/dev/disk/by-uuid/df7ff4f4-c896-5531-9952-7bb86a06a62a";
    fsType = "xfs";
    options = [
      "noatime"
      "nofail"
      "x-systemd.device-timeout=10s"
      "x-systemd.before=local-fs.target"
    ];
  };

  fileSystems."/swap" = {
    device = "/dev/disk/by-uuid/1a4d4c7f-e7be-5cc3-8ff6-050543cb3ed3";
    fsType = "btrfs";
    options = [
      "subvol=@swap"
      "compress=lzo"
      "noatime"
    ];
  };

  fileSystems."/var/log" = {
    device = "/dev/disk/by-uuid/1a4d4c7f-e7be-5cc3-8ff6-050543cb3ed3";
    fsType = "btrfs";
    options = [
      "subvol=@log"
      "compress=lzo"
      "noatime"
    ];
  };

  swapDevices = [
    {
      device = "/swap/swapfile";
      # MiB; NixOS makes the file when it is not there.
      size = 8192;
    }
  ];

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
