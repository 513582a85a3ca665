# Written by archibald 0.1.0 for the variant orangepi5.
# This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos
{ ... }:

{
  imports = [
    ./hardware-configuration.nix
    ../../variants/orangepi5.nix
  ];

  networking.hostName = "pedal";

  time.timeZone = "UTC";
  i18n.defaultLocale = "en_US.UTF-8";
  console.keyMap = "us";
  services.xserver.xkb.layout = "us";

  # `passwd` works and lasts: the password files below only start an account.
  users.mutableUsers = true;

  users.users.audio-user = {
    isNormalUser = true;
    extraGroups = [
      "audio"
      "jackaudio"
      "realtime"
      "video"
      "wheel"
    ];
    # One line, the hash; only root reads it, and it is no part of the world-readable Nix store.
    hashedPasswordFile = "/var/lib/archibald/passwords/audio-user";
  };

  # Members of wheel administer this machine without a password.
  security.sudo.wheelNeedsPassword = false;

  # Over the network only keys let in, no passwords.
  services.openssh = {
    enable = true;
    settings = {
      PasswordAuthentication = false;
      KbdInteractiveAuthentication = false;
    };
  };

  musnix = {
    enable = true;
    # without PREEMPT_RT: the board's own kernel stays
    kernel.realtime = false;
    rtirq = {
      enable = true;
      # Interrupt threads by priority, highest first.
      nameList = "snd_usb_audio usb";
    };
  };

  # Lets PipeWire ask for real-time priority.
  security.rtkit.enable = true;
  services.pipewire = {
    enable = true;
    alsa.enable = true;
    pulse.enable = true;
    jack.enable = true;

    # ARM boards without PREEMPT_RT: 128 is stable, 256 for maximum stability
    extraConfig.pipewire."92-low-latency"."context.properties" = {
      "default.clock.quantum" = 128;
      # What a program may ask for at least.
      "default.clock.min-quantum" = 32;
    };
  };

  boot.kernelParams = [
    # these cores run without the periodic tick, where the kernel of the board is built for it
    # (NO_HZ_FULL)
    "nohz_full=1-7"
    # full clock from the first moment on, before the system sets its governor
    "cpufreq.default_governor=performance"
    # messages on the screen, too
    "console=tty0"
    # log and login on the serial line of the installation
    "console=ttyS2,1500000n8"
  ];

  # a frequency change in the middle of a period costs an xrun
  powerManagement.cpuFreqGovernor = "performance";

  services.xserver.windowManager.dwm.enable = true;
  services.xserver.enable = true;
  services.xserver.displayManager.lightdm.enable = true;
  services.displayManager.defaultSession = "none+dwm";
  # Whoever is at the screen is logged in without a password.
  services.displayManager.autoLogin = {
    enable = true;
    user = "audio-user";
  };

  # The release this machine was installed with. It says how data on this machine is laid out, not
  # which packages it gets: upgrades leave it alone.
  system.stateVersion = "24.11";
}
