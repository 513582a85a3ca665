# SPDX-License-Identifier: GPL-3.0-or-later
#
# Variant 1 as a medium: Plasma 6 to look at and play with, Calamares and the text installer to
# install from. The workstation's own module is iso.nix.
{
  config,
  lib,
  modulesPath,
  pkgs,
  ...
}:

let
  inherit (config.archibald) facts;
  user = facts.liveUser;
  artwork = pkgs.callPackage ./artwork.nix { };
in
{
  imports = [
    "${modulesPath}/installer/cd-dvd/installation-cd-graphical-calamares-plasma6.nix"
    ./iso.nix
    ./installer.nix
    ./boot-menu.nix
  ];

  archibald = {
    desktop = "plasma6";
    tuning.enable = true;
  };

  nixpkgs.hostPlatform = lib.mkDefault facts.system;
  networking.hostName = lib.mkDefault "archibaldos";

  # Logged in without being asked (the imported module does that); the password is for the lock
  # screen and for `su`. Over the network it opens nothing.
  users.users.${user.name} = {
    extraGroups = user.groups;
    initialPassword = user.password;
    # NixOS's media have an empty one, and of two the last would count.
    initialHashedPassword = lib.mkForce null;
  };
  services.getty.helpLine = lib.mkForce ''
    The account "${user.name}" has the password "${user.password}"; root has none.
    `archibald install` installs ArchibaldOS from here.

    Over the network only keys let in: put yours into ~/.ssh/authorized_keys.
  '';

  isoImage = {
    isoBaseName = "archibaldOS";
    volumeID = "archibaldos-${config.system.nixos.release}";
    appendToMenuLabel = " Live";
    splashImage = "${artwork}/share/archibald/menu-bios.png";
    efiSplashImage = "${artwork}/share/archibald/menu-efi.png";
  };
  environment.systemPackages = [ artwork ];

  # The medium's store is a read-only image below memory: nothing there can be freed or linked, and
  # what a collector throws away is missing when the installation needs it.
  nix = {
    gc.automatic = false;
    settings.auto-optimise-store = false;
  };
}
