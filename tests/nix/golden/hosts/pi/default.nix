# Written by archibald 0.1.0 for the variant archibaldOS-orangepi5.
# This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos
{ ... }:

{
  imports = [
    ./hardware-configuration.nix
    ../../variants/archibaldOS-orangepi5.nix
  ];

  networking.hostName = "pi";

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
    # The board's vendor kernel stays: it has the drivers.
    kernel.realtime = false;
    rtirq = {
      enable = true;
      # Interrupt threads by priority, highest first.
      nameList = "snd_usb_audio";
    };
  };

  # Lets PipeWire ask for real-time priority.
  security.rtkit.enable = true;
  services.pipewire = {
    enable = true;
    alsa.enable = true;
    pulse.enable = true;
    jack.enable = true;

    # 128 samples hold on RK3588 without PREEMPT_RT; 256 is safer.
    extraConfig.pipewire."92-low-latency"."context.properties" = {
      "default.clock.quantum" = 128;
      # What a program may ask for at least.
      "default.clock.min-quantum" = 128;
    };
  };

  boot.kernelParams = [
    # The board's serial port.
    "console=ttyS2,1500000n8"
    # Seven of eight cores run without a timer tick.
    "nohz_full=1-7"

    "cpufreq.default_governor=performance"
  ];

  # Whoever is at the console is logged in without a password.
  services.getty.autologinUser = "audio-user";

  # The release this machine was installed with. It says how data on this machine is laid out, not
  # which packages it gets: upgrades leave it alone.
  system.stateVersion = "24.11";
}
