# SPDX-License-Identifier: GPL-3.0-or-later
#
# How ArchibaldOS looks: the boot splash on x86, and wallpapers. Optional as a whole and in parts.
# (The installer's ASCII art is compiled into the program.)
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.archibald.branding;
  artwork = pkgs.callPackage ./artwork.nix { };
  wallpapers = "${artwork}/share/wallpapers/ArchibaldOS";
  x86 = pkgs.stdenv.hostPlatform.isx86;

  # Every person of the running system, not only those that a Nix file declares. Nobody's home is
  # made here: one that is not there yet gets the pictures at the next activation.
  copyToHomes = pkgs.writeShellScript "copy-wallpapers-to-homes" ''
    ${pkgs.getent}/bin/getent passwd | while IFS=: read -r name _ uid gid _ home _; do
      if [ "$uid" -ge 1000 ] && [ "$uid" -lt 60000 ] && [ -d "$home" ]; then
        ${pkgs.util-linux}/bin/setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs \
          ${pkgs.coreutils}/bin/timeout 10 ${pkgs.runtimeShell} \
          ${./branding/copy-wallpapers} ${wallpapers} "$home" ||
          echo "copying the wallpapers to the home of $name failed" >&2
      fi
    done
  '';
in
{
  options.archibald.branding = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether the system shows itself as ArchibaldOS.";
    };
    splash = lib.mkOption {
      type = lib.types.bool;
      default = x86 && config.archibald.facts.splash or false;
      defaultText = lib.literalMD "on x86, for variants with a splash";
      description = "Whether a logo and a progress bar show while the system starts. On x86 only.";
    };
    wallpapers = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Whether there are wallpapers in `/usr/share/wallpapers/ArchibaldOS`, and copies of them in
        each home.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.splash -> x86;
        message = "archibald.branding.splash is for x86 only: on ARM boards Plymouth hangs.";
      }
    ];

    boot.plymouth = lib.mkIf cfg.splash {
      enable = lib.mkDefault true;
      theme = lib.mkDefault "archibald";
      themePackages = [ artwork ];
      logo = lib.mkDefault "${artwork}/share/plymouth/themes/archibald/logo.png";
    };

    systemd.tmpfiles.rules = lib.mkIf cfg.wallpapers [
      "L+ /usr/share/wallpapers/ArchibaldOS - - - - ${wallpapers}"
    ];

    system.activationScripts.copyWallpapers = lib.mkIf cfg.wallpapers {
      # After the accounts and their homes are there.
      deps = [ "users" ];
      text = "${copyToHomes} || true";
    };
  };
}
