# SPDX-License-Identifier: GPL-3.0-or-later
{ ... }:
{
  imports = [ ./hardware-configuration.nix ];

  networking.hostName = "bios-sample";
  time.timeZone = "UTC";

  boot.loader.grub = {
    enable = true;
    device = "/dev/disk/by-id/virtio-disk0";
  };
  boot.loader.timeout = 1;
  boot.kernelParams = [ "isolcpus=1" "console=tty0" "console=ttyS0,115200n8" ];

  users.users."audio-user" = {
    isNormalUser = true;
    extraGroups = [ "wheel" "audio" ];
    hashedPasswordFile = "/var/lib/archibald/passwords/audio-user";
  };

  system.stateVersion = "24.11";
}
