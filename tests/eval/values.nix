# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `run` asserts of an evaluated system, as plain values.
{ config, pkgs, ... }:

let
  inherit (pkgs) lib;
  enabled = option: option.enable or false;
  kernel = config.boot.kernelPackages.kernel;
  config-of = kernel.structuredExtraConfig or { };
in
{
  inherit (config.boot) kernelParams;
  kernel = {
    inherit (kernel) version;
    preemptRt = (config-of.PREEMPT_RT or { tristate = "n"; }).tristate == "y";
  };
  initrdModules = config.boot.initrd.availableKernelModules;
  supportedFilesystems = lib.attrNames (lib.filterAttrs (_: on: on) config.boot.supportedFilesystems);
  groups = lib.attrNames config.users.groups;
  users = lib.mapAttrs (_: user: {
    groups = lib.sort lib.lessThan (lib.unique user.extraGroups);
    keys = lib.length user.openssh.authorizedKeys.keys;
    inherit (user)
      hashedPassword
      hashedPasswordFile
      initialHashedPassword
      initialPassword
      password
      ;
  }) (lib.filterAttrs (_: user: user.isNormalUser) config.users.users);
  wheelNeedsPassword = config.security.sudo.wheelNeedsPassword;
  sshd = {
    inherit (config.services.openssh) enable extraConfig;
    inherit (config.services.openssh.settings)
      PasswordAuthentication
      KbdInteractiveAuthentication
      PermitRootLogin
      ;
  };
  pipewire = {
    enable = enabled config.services.pipewire;
    # The same values that are written to /etc/pipewire/pipewire.conf.d, by the same function.
    files = lib.mapAttrs (_: builtins.toJSON) config.services.pipewire.extraConfig.pipewire;
    processors = lib.concatMap (
      name:
      lib.toList (config.systemd.user.services.${name}.serviceConfig.CPUAffinity or [ ])
    ) [ "pipewire" "pipewire-pulse" "wireplumber" ];
  };
  musnix = {
    inherit (config.musnix) enable;
    inherit (config.musnix.kernel) realtime;
    rtirq = if enabled config.musnix.rtirq then config.musnix.rtirq.nameList else null;
  };
  limits = map (l: "${l.domain} ${l.item} ${toString l.value}") config.security.pam.loginLimits;
  autoLogin = {
    console = config.services.getty.autologinUser;
    desktop =
      if enabled config.services.displayManager.autoLogin then
        config.services.displayManager.autoLogin.user
      else
        null;
  };
  desktop = {
    plasma6 = enabled config.services.desktopManager.plasma6;
    dwm = enabled config.services.xserver.windowManager.dwm;
    i3 = enabled config.services.xserver.windowManager.i3;
    hyprland = enabled config.programs.hyprland;
    x11 = enabled config.services.xserver;
    manager = enabled config.services.displayManager;
  };
  session = config.services.displayManager.defaultSession;
  plymouth = {
    enable = enabled config.boot.plymouth;
    inherit (config.boot.plymouth) theme;
  };
  services = {
    docker = enabled config.virtualisation.docker;
    earlyoom = enabled config.services.earlyoom;
    networkmanager = enabled config.networking.networkmanager;
    fontconfig = enabled config.fonts.fontconfig;
    rtkit = enabled config.security.rtkit;
    power-profiles = enabled config.services.power-profiles-daemon;
  };
  loader = {
    systemd-boot = enabled config.boot.loader.systemd-boot;
    grub = enabled config.boot.loader.grub;
    extlinux = enabled config.boot.loader.generic-extlinux-compatible;
  };
  governor = config.powerManagement.cpuFreqGovernor;
  deviceTree = {
    inherit (config.hardware.deviceTree) name;
    overlays = map (overlay: overlay.name) config.hardware.deviceTree.overlays;
  };
  place = {
    inherit (config.time) timeZone;
    inherit (config.i18n) defaultLocale;
    inherit (config.console) keyMap;
  };
  # Whether all of glibc's locales are there, as nixpkgs's own package: nothing to build.
  allLocales = config.i18n.glibcLocales.drvPath == pkgs.glibcLocales.drvPath;
  hyprland = config.environment.etc."xdg/hypr/hyprland.conf".text or null;
  nix = {
    inherit (config.nix.settings)
      experimental-features
      auto-optimise-store
      max-jobs
      cores
      ;
    gc = {
      inherit (config.nix.gc) automatic dates options;
    };
    daemon = {
      inherit (config.systemd.services.nix-daemon) environment;
      service = lib.filterAttrs (
        name: _: name == "MemoryMax" || name == "CPUAffinity"
      ) config.systemd.services.nix-daemon.serviceConfig;
    };
  };
  swap = map (swap: {
    inherit (swap) device size;
    # What its unit does before it makes the file.
    before = config.systemd.services."mkswap-${swap.deviceName}".preStart or null;
  }) config.swapDevices;
  # What is no small file of this system's own, and has to be on a medium that installs it.
  parts = map (part: builtins.unsafeDiscardStringContext "${part}") (
    config.environment.systemPackages
    ++ config.system.fsPackages
    ++ config.systemd.packages
    ++ config.boot.initrd.prepend
    ++ config.system.extraDependencies
    ++ [ config.i18n.glibcLocales ]
    ++ lib.optional config.services.earlyoom.enable config.services.earlyoom.package
  );
  useTmpfs = config.boot.tmp.useTmpfs;
  packages = map (p: p.pname or p.name) config.environment.systemPackages;
  etc = lib.attrNames config.environment.etc;
  activation = lib.attrNames config.system.activationScripts;
  tmpfiles = config.systemd.tmpfiles.rules;
  isoImage =
    if config ? isoImage then
      {
        menus = map (item: "${item.target} ${toString item.source}") config.isoImage.contents;
        carried = map toString config.isoImage.storeContents;
        inherit (config.isoImage) volumeID;
      }
    else
      null;
  units = lib.attrNames config.systemd.services;
}
