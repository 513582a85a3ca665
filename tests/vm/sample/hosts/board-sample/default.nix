# SPDX-License-Identifier: GPL-3.0-or-later
{ ... }:
{
  imports = [ ./hardware-configuration.nix ];

  networking.hostName = "board-sample";
  time.timeZone = "UTC";

  boot.loader.grub.enable = false;
  boot.loader.generic-extlinux-compatible.enable = true;
  boot.loader.timeout = 1;
  boot.kernelParams = [ "console=tty0" "console=ttyAMA0,115200n8" ];

  users.users."audio-user" = {
    isNormalUser = true;
    extraGroups = [ "wheel" "audio" ];
    hashedPasswordFile = "/var/lib/archibald/passwords/audio-user";
  };

  swapDevices = [ { device = "/swapfile"; size = 64; } ];
  system.stateVersion = "24.11";
}
