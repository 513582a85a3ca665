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
    device = "/dev/disk/by-uuid/d99b8efa-fa33-5f1b-a8fd-250be42a7360";
  };

  boot.initrd.luks.devices.cryptdata = {
    device = "/dev/disk/by-uuid/b9161852-93c1-5c35-8019-48717196e814";
  };

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/7231b426-1c89-52b6-9b55-9f36244e21bd";
    fsType = "btrfs";
    options = [
      "subvol=@"
      "compress=lzo"
      "noatime"
    ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/15D8-A462";
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
    device = "/dev/disk/by-uuid/7231b426-1c89-52b6-9b55-9f36244e21bd";
    fsType = "btrfs";
    options = [
      "subvol=@home"
      "compress=lzo"
      "noatime"
    ];
  };

  fileSystems."/nix" = {
    device = "/dev/disk/by-uuid/7231b426-1c89-52b6-9b55-9f36244e21bd";
    fsType = "btrfs";
    options = [
      "subvol=@nix"
      "compress=lzo"
      "noatime"
    ];
  };

  fileSystems."/srv/samples" = {
    device = "/dev/disk/by-uuid/5c1fa661-8fad-51f1-8dae-f8aec5357943";
    fsType = "xfs";
    options = [ "noatime" ];
  };

  fileSystems."/swap" = {
    device = "/dev/disk/by-uuid/7231b426-1c89-52b6-9b55-9f36244e21bd";
    fsType = "btrfs";
    options = [
      "subvol=@swap"
      "compress=lzo"
      "noatime"
    ];
  };

  fileSystems."/var/log" = {
    device = "/dev/disk/by-uuid/7231b426-1c89-52b6-9b55-9f36244e21bd";
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
