# SPDX-License-Identifier: GPL-3.0-or-later
#
# Variant 4: a headless server. musnix is imported (by the flake, for every variant) and off;
# nothing here draws or sounds.
{ config, lib, ... }:

let
  admin = config.users.users.admin or null;
  keys = admin.openssh.authorizedKeys;
in
{
  imports = [
    ./variant.nix
    ./base.nix
    ./users.nix
    ./constrained-builds.nix
  ];

  archibald.variant = lib.mkDefault "server";

  musnix.enable = lib.mkDefault false;
  virtualisation.docker.enable = lib.mkDefault true;

  # What NixOS would bring for desktops.
  fonts.fontconfig.enable = lib.mkDefault false;
  xdg = {
    autostart.enable = lib.mkDefault false;
    icons.enable = lib.mkDefault false;
    mime.enable = lib.mkDefault false;
    sounds.enable = lib.mkDefault false;
  };

  assertions = [
    {
      assertion =
        !(
          config.services.xserver.enable
          || config.services.displayManager.enable
          || config.services.pipewire.enable
          || config.boot.plymouth.enable
        );
      message = ''
        The variant server is headless: services.xserver, services.displayManager,
        services.pipewire and boot.plymouth stay off. For sound or a screen take another variant.
      '';
    }
    {
      # With no key nobody would ever get in: passwords do not, on this variant.
      assertion = config.archibald.reference || admin == null || keys.keys != [ ] || keys.keyFiles != [ ];
      message = "users.users.admin.openssh.authorizedKeys is empty: nobody could log in to this server.";
    }
  ];
}
