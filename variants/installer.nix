# SPDX-License-Identifier: GPL-3.0-or-later
#
# The installer on a medium: the program on the console, on the serial ports and on the desktop,
# what it installs from, and what nixos-install needs when there is no network.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.archibald.medium;

  # Every terminal waits for a key, because one installation runs at a time: the first that begins
  # has the machine, and the others say so.
  terminal = pkgs.writeShellScript "archibald-terminal" ''
    while :; do
      printf '\nEnter installs ArchibaldOS from this terminal. A word and Enter: a shell instead. '
      read -r answer && [ -z "$answer" ] || exit 0
      archibald install
    done
  '';

  # A 8250 port of type 0 is a name without hardware behind it.
  start = pkgs.writeShellScript "archibald-terminals" ''
    systemctl start --no-block archibald-terminal@tty1.service
    for port in /sys/class/tty/ttyS[0-9]* /sys/class/tty/ttyAMA[0-9]* /sys/class/tty/hvc0; do
      if [ -e "$port" ] && [ "$(cat "$port/type" 2> /dev/null || echo some)" != 0 ]; then
        systemctl start --no-block "archibald-terminal@''${port##*/}.service"
      fi
    done
  '';

  giveBack = pkgs.writeShellScript "archibald-give-back" ''
    case $1 in
    tty[0-9]*) getty=getty@$1.service ;;
    *) getty=serial-getty@$1.service ;;
    esac
    systemctl start --no-block "$getty"
  '';

  desktopItem = pkgs.makeDesktopItem {
    name = "archibald-install";
    desktopName = "Install ArchibaldOS (text)";
    comment = "Real-time audio workstation, server or ARM board, with disk encryption";
    exec = "sudo archibald install";
    icon = "archibald";
    terminal = true;
    categories = [ "System" ];
  };
in
{
  options.archibald.medium = {
    distribution = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      description = "The flake that becomes /etc/nixos on installed machines.";
    };
    source = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      description = "The whole source of this medium.";
    };
    inputs = lib.mkOption {
      type = lib.types.listOf lib.types.path;
      default = [ ];
      description = ''
        Sources of the flake's inputs. Under the hashes of the lock file they stand for a download.
      '';
    };
    systems = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      description = "Systems that are carried along, so that an installation has little to build.";
    };
  };

  config = {
    environment.etc = {
      "archibald/distribution" = lib.mkIf (cfg.distribution != null) { source = cfg.distribution; };
      "archibald/source" = lib.mkIf (cfg.source != null) { source = cfg.source; };
      # What `archibald install` copies from this medium's image into the target (store/medium.h).
      # The systems of one variant share nearly everything, so each installation gets the inputs
      # and those of its own variant.
      "archibald/roots".text = lib.concatMapStrings (line: line + "\n") (
        map (system: "${system.variant or "*"} ${system}") cfg.systems
        ++ map (input: "* ${input}") cfg.inputs
      );
    };

    # Where the store's registration is from: isoImage puts that of everything it carries into
    # /nix/store/nix-path-registration, and loads it when the medium starts.
    isoImage.storeContents = cfg.systems ++ cfg.inputs;

    # What a host's own small derivations (its /etc, its units, its boot loader's script) are built
    # with. After nixos/tests/installer.nix of nixpkgs, which installs without a network.
    system.extraDependencies =
      (with pkgs; [
        bintools
        brotli
        brotli.dev
        brotli.lib
        desktop-file-utils
        docbook5
        docbook_xsl_ns
        kbd.dev
        kmod.dev
        libarchive.dev
        libxml2.bin
        libxslt.bin
        perlPackages.ConfigIniFiles
        perlPackages.FileSlurp
        perlPackages.JSON
        perlPackages.ListCompare
        perlPackages.XMLLibXML
        (python3.withPackages (p: [ p.mistune ]))
        shared-mime-info
        sudo
        switch-to-configuration-ng
        texinfo
        unionfs-fuse
        xorg.lndir
      ])
      # GRUB for machines started by BIOS, and systemd-boot for the others.
      ++ (with pkgs; [
        grub2
        grub2_efi
        perlPackages.FileCopyRecursive
        perlPackages.XMLSAX
        perlPackages.XMLSAXBase
        bootspec
        mypy
        zstd.bin
      ]);
    # Without a network the caches are asked once, and not for long.
    nix.settings.connect-timeout = lib.mkDefault 5;

    environment.systemPackages = [ desktopItem ];
    system.activationScripts.archibaldDesktop = {
      deps = [ "users" ];
      # The folder is the live user's, and the medium's own module has made it so.
      text = ''
        if [ -d /home/nixos ]; then
          mkdir -p /home/nixos/Desktop
          chown nixos /home/nixos/Desktop
          ln -sfT ${desktopItem}/share/applications/archibald-install.desktop \
            /home/nixos/Desktop/archibald-install.desktop
        fi
      '';
    };

    systemd.services = {
      archibald-terminals = {
        description = "The installer on the console and the serial ports";
        wantedBy = [ "multi-user.target" ];
        unitConfig.ConditionKernelCommandLine = "archibald.install";
        path = [ pkgs.coreutils ];
        serviceConfig = {
          Type = "oneshot";
          ExecStart = start;
        };
      };

      # Whoever started this machine with that word has agreed for it (README, Unattended).
      archibald-unattended = {
        description = "The installation that asks nobody";
        wantedBy = [ "multi-user.target" ];
        wants = [ "network-online.target" ];
        after = [
          "network-online.target"
          "systemd-udev-settle.service"
        ];
        unitConfig.ConditionKernelCommandLine = "archibald.unattended";
        path = [ "/run/current-system/sw" ];
        serviceConfig = {
          Type = "simple";
          ExecStart = "/run/current-system/sw/bin/archibald install --ui none";
          StandardOutput = "journal+console";
          StandardError = "journal+console";
        };
      };

      "archibald-terminal@" = {
        description = "The installer on %I";
        # Login there ends, and comes back when the installer does.
        conflicts = [
          "getty@%i.service"
          "serial-getty@%i.service"
          "autovt@%i.service"
        ];
        after = [
          "getty@%i.service"
          "serial-getty@%i.service"
          "systemd-user-sessions.service"
          "plymouth-quit-wait.service"
        ];
        path = [ "/run/current-system/sw" ];
        serviceConfig = {
          ExecStart = terminal;
          ExecStopPost = "${giveBack} %i";
          StandardInput = "tty-force";
          StandardOutput = "tty";
          StandardError = "tty";
          TTYPath = "/dev/%I";
          TTYReset = true;
          TTYVHangup = true;
          UtmpIdentifier = "%I";
        };
      };

      # Who chose the text entry gets text, and the memory of the desktop for the installation.
      display-manager.unitConfig.ConditionKernelCommandLine = "!archibald.install";
    };
  };
}
