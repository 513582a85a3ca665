# SPDX-License-Identifier: GPL-3.0-or-later
{ config, lib, pkgs, ... }:
{
  imports = [
    ./hardware-configuration.nix
    ../../variants/sample.nix
  ];

  networking.hostName = "uefi-sample";
  time.timeZone = "Europe/Berlin";
  i18n.defaultLocale = "de_DE.UTF-8";
  console.keyMap = "de";

  boot.loader.systemd-boot.enable = true;
  boot.loader.systemd-boot.configurationLimit = 10;
  boot.loader.timeout = lib.mkForce 1;
  boot.loader.efi.canTouchEfiVariables = true;
  boot.kernelParams = [ "threadirqs" ] ++ [ "console=tty0" "console=ttyS0,115200n8" ];
  boot.kernelModules = lib.mkIf config.zramSwap.enable [ "snd-seq" ];

  environment.systemPackages = with pkgs; [ vim kdePackages.kate (writeShellScriptBin "x" "true") ];

  users.mutableUsers = false;
  users.users."audio-user" = {
    isNormalUser = true;
    extraGroups = [ "wheel" "audio" "realtime" ];
    hashedPasswordFile = "/var/lib/archibald/passwords/audio-user";
    openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAmuD1dVfSIeCNWTQbfFQpTJ8hnJrEc0mGwv0KY4Dyy5 sample" ];
  };
  users.users.guest = {
    isNormalUser = true;
    shell = pkgs.bashInteractive;
  };

  zramSwap.enable = lib.mkDefault true;
  system.stateVersion = "24.11";
}
