# SPDX-License-Identifier: GPL-3.0-or-later
#
# The desktops. `archibald.desktop` brings one with everything it needs; a generated host may set
# NixOS's own options instead, and gets the same programs beside its window manager.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.archibald;
  inherit (config.services.xserver) windowManager xkb;
  is = desktop: cfg.desktop == desktop;
  wayland = is "plasma6" || is "hyprland";
  x11 = is "dwm" || is "i3";
  graphical = wayland || x11;
  inherit (config.programs) hyprland;
in
{
  config = {
    services = {
      desktopManager.plasma6.enable = lib.mkIf (is "plasma6") (lib.mkDefault true);
      xserver = {
        enable = lib.mkIf x11 (lib.mkDefault true);
        windowManager.dwm.enable = lib.mkIf (is "dwm") (lib.mkDefault true);
        windowManager.i3.enable = lib.mkIf (is "i3") (lib.mkDefault true);
        displayManager.lightdm.enable = lib.mkIf x11 (lib.mkDefault true);
      };
      displayManager = lib.mkIf graphical {
        sddm = lib.mkIf wayland {
          enable = lib.mkDefault true;
          wayland.enable = lib.mkDefault true;
        };
        defaultSession = lib.mkDefault (
          if is "plasma6" then
            "plasma"
          else if is "hyprland" then
            "hyprland"
          else
            "none+${cfg.desktop}"
        );
        autoLogin = lib.mkIf (cfg.autoLogin != null) {
          enable = lib.mkDefault true;
          user = lib.mkDefault cfg.autoLogin;
        };
      };
    };
    programs.hyprland.enable = lib.mkIf (is "hyprland") (lib.mkDefault true);

    # Hyprland asks neither X's settings nor libxkbcommon's variables: its own default is "us". This
    # file it reads where a home has none, and then writes none of its own there.
    environment.etc."xdg/hypr/hyprland.conf" = lib.mkIf hyprland.enable {
      text = lib.mkDefault ''
        # Hyprland's own settings with this machine's keyboard. To have your own, copy this file to
        # ~/.config/hypr/hyprland.conf.
        source = ${hyprland.package}/share/hypr/hyprland.conf

        input {
            kb_layout = ${xkb.layout}
            kb_variant = ${xkb.variant}
            kb_options = ${xkb.options}
        }
      '';
    };

    # What the window managers' own key bindings start, and NixOS does not bring: without a
    # terminal and a menu one stands before an empty screen.
    environment.systemPackages =
      lib.optionals windowManager.dwm.enable [
        pkgs.dmenu
        pkgs.st
      ]
      ++ lib.optionals hyprland.enable [
        pkgs.kitty
        pkgs.wofi
      ];

    # Laptops move between networks; the desktops' applets speak to NetworkManager.
    networking.networkmanager.enable = lib.mkIf (
      config.services.xserver.enable || config.services.displayManager.enable
    ) (lib.mkDefault true);
  };
}
