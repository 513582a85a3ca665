# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the medium carries of a variant, beside reference.nix: what the installer writes into a host
# because of the machine or of an answer, so that none of it is missing where there is no network. It
# is switched on and not only added to the closure: what an option builds comes with it. Firmware is
# not here, because virtual machines would get a copy of it: the medium has it for itself.
{ config, ... }:

{
  hardware.cpu = {
    amd.updateMicrocode = true;
    intel.updateMicrocode = true;
  };

  # Priorities of interrupts, which a host has where its answers say so.
  musnix.rtirq.enable = config.musnix.enable;

  # Swap as it is proposed, and what ends a build before memory does.
  zramSwap.enable = true;
  services.earlyoom.enable = true;

  # Whatever the disk's file systems are, and whether it is encrypted.
  boot = {
    supportedFilesystems = [
      "btrfs"
      "ext4"
      "f2fs"
      "vfat"
      "xfs"
    ];
    initrd = {
      supportedFilesystems = [
        "btrfs"
        "ext4"
        "f2fs"
        "xfs"
      ];
      luks.forceLuksSupportInInitrd = true;
    };
  };
}
