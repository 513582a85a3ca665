# SPDX-License-Identifier: GPL-3.0-or-later
#
# Real-time audio: musnix, PipeWire and the limits of the groups. Whoever imports this also imports
# musnix's own module; the flake does.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (config.archibald) facts;
  realtime = facts.realtimeKernel or false;
  interrupts = facts.rtirq or [ ];
  kernel = config.boot.kernelPackages.kernel;

  # The processors that the kernel's parameters keep free: nothing comes to them by itself.
  kept = lib.findFirst (lib.hasPrefix "nohz_full=") null config.boot.kernelParams;
  ours.serviceConfig.CPUAffinity = lib.mkDefault (lib.removePrefix "nohz_full=" kept);
in
{
  musnix = {
    enable = lib.mkDefault true;
    kernel = {
      realtime = lib.mkDefault realtime;
      # PREEMPT_RT is part of Linux since 6.12, and musnix switches it on there. A nixpkgs from
      # before that has musnix's patched kernel.
      packages = lib.mkDefault (pkgs.linuxPackages_6_12 or pkgs.linuxPackages_latest_rt);
    };
    rtirq = lib.mkIf (interrupts != [ ]) {
      enable = lib.mkDefault true;
      # By falling priority.
      nameList = lib.mkDefault (lib.concatStringsSep " " interrupts);
    };
  };

  # ZFS is not made for PREEMPT_RT: its module uses symbols that such a kernel keeps for itself.
  boot.supportedFilesystems.zfs = lib.mkIf config.musnix.kernel.realtime (lib.mkForce false);

  # Plasma brings it by default, and it sets a governor of its own, over musnix's "performance".
  # Before Plasma's default, behind what a host says.
  services.power-profiles-daemon.enable = lib.mkIf config.musnix.enable (lib.mkOverride 900 false);

  security.rtkit.enable = lib.mkDefault true;
  services.pipewire = {
    enable = lib.mkDefault true;
    alsa.enable = lib.mkDefault true;
    pulse.enable = lib.mkDefault true;
    jack.enable = lib.mkDefault true;
    # PipeWire's keys have dots in them; nested sets would be another, unknown thing to it.
    extraConfig.pipewire."92-low-latency"."context.properties"."default.clock.quantum" =
      lib.mkDefault facts.defaultQuantum;
  };

  systemd.user.services = lib.mkIf (kept != null) {
    pipewire = ours;
    pipewire-pulse = ours;
    wireplumber = ours;
  };

  # musnix gives these to @audio.
  security.pam.loginLimits =
    lib.concatMap
      (group: [
        {
          domain = "@${group}";
          item = "rtprio";
          type = "-";
          value = "99";
        }
        {
          domain = "@${group}";
          item = "memlock";
          type = "-";
          value = "unlimited";
        }
      ])
      [
        "realtime"
        "jackaudio"
      ];

  assertions = [
    {
      assertion =
        config.musnix.kernel.realtime
        -> lib.versionAtLeast kernel.version "6.12" || lib.hasInfix "-rt" kernel.version;
      message =
        "musnix.kernel.realtime is on, but ${kernel.name} knows no PREEMPT_RT: set "
        + "musnix.kernel.packages to Linux 6.12 or later, or to one of musnix's _rt kernels.";
    }
  ];
}
