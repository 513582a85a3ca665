# SPDX-License-Identifier: GPL-3.0-or-later
#
# The foundation of every variant: language, console, remote access and Nix itself. All are
# defaults, so that what a host's own file says holds.
{ lib, pkgs, ... }:

{
  time.timeZone = lib.mkDefault "UTC";
  i18n = {
    defaultLocale = lib.mkDefault "en_US.UTF-8";
    # Of glibc's locales some are listed without the suffix that others have in their names
    # (hi_IN/UTF-8), and for NixOS's list of single ones they do not exist. With all of them it is
    # nixpkgs's own package, which comes from the cache and with the medium, boards included: what
    # it takes (220 MB) is less than the compiler that builds single ones.
    supportedLocales = lib.mkDefault [ "all" ];
  };
  console.keyMap = lib.mkDefault "us";

  # Keys let in over the network, passwords do not.
  services.openssh = {
    enable = lib.mkDefault true;
    settings = {
      PasswordAuthentication = lib.mkDefault false;
      KbdInteractiveAuthentication = lib.mkDefault false;
      PermitRootLogin = lib.mkDefault "prohibit-password";
    };
  };

  nix = {
    settings = {
      experimental-features = [
        "nix-command"
        "flakes"
      ];
      auto-optimise-store = lib.mkDefault true;
    };
    gc = {
      automatic = lib.mkDefault true;
      dates = lib.mkDefault "weekly";
      options = lib.mkDefault "--delete-older-than 30d";
    };
  };

  # Only the name people read: programs that ask for ID=nixos still find a NixOS.
  system.nixos.distroName = lib.mkDefault "ArchibaldOS";

  # git: a flake in a repository is read by it. The installer's program is there when its source
  # is part of the flake.
  environment.systemPackages = [ pkgs.git ] ++ lib.optional (pkgs ? archibald) pkgs.archibald;
}
