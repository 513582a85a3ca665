# Written by archibald 0.1.0: this machine as it was found, and its disk as it was laid out.
# Settings of your own belong in default.nix, where they outlive this file.
#
# Dell Inc. OptiPlex 755: Intel(R) Core(TM)2 Duo CPU     E8400  @ 3.00GHz, 3.7 GiB
# system disk: KINGSTON SA400S37120G, 111.7 GiB, sata
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
    "uhci_hcd"
    "ehci_pci"
    "ahci"
    # the root disk is sata
    "sd_mod"
  ];

  boot.initrd.luks.devices.cryptroot = {
    device = "/dev/disk/by-uuid/b370a0ea-b68c-583b-a999-be4f64735020";
  };

  fileSystems."/" = {
    device = "/dev/disk/by-uuid/e19f9b3d-a261-5307-9bf1-567c3bf2f534";
    fsType = "xfs";
    options = [ "noatime" ];
  };

  fileSystems."/boot" = {
    device = "/dev/disk/by-uuid/22fb936e-54b2-5b35-b705-61d593ded5ea";
    fsType = "ext4";
    options = [ "noatime" ];
  };

  swapDevices = [
    {
      device = "/swapfile";
      # MiB; NixOS makes the file when it is not there.
      size = 27648;
    }
  ];

  # started by BIOS: GRUB in a BIOS boot partition
  boot.loader = {
    grub = {
      enable = true;
      device = "/dev/disk/by-id/ata-KINGSTON_SA400S37120G_50026B7600000006";
      configurationLimit = 20;
    };
  };

  nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux";
  hardware.cpu.intel.updateMicrocode = lib.mkDefault config.hardware.enableRedistributableFirmware;
}
