# Written by archibald 0.1.0 for the variant arm-generic.
# This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos
{ ... }:

{
  imports = [
    ./hardware-configuration.nix
    ../../variants/arm-generic.nix
  ];

  networking.hostName = "berry";

  time.timeZone = "UTC";
  i18n.defaultLocale = "en_US.UTF-8";
  console.keyMap = "us";

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
    # interrupt handlers run as threads, so that audio can outrank them
    "threadirqs"
    # messages on the screen, too
    "console=tty0"
    # log and login on the serial line of the installation
    "console=ttyAMA10,115200n8"
  ];

  # The release this machine was installed with. It says how data on this machine is laid out, not
  # which packages it gets: upgrades leave it alone.
  system.stateVersion = "24.11";
}
