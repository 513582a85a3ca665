# Written by archibald 0.1.0 for the variant iso.
# This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos
{ ... }:

{
  imports = [
    ./hardware-configuration.nix
    ../../variants/iso.nix
  ];

  networking.hostName = "studio";

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
    # PREEMPT_RT
    kernel.realtime = true;
  };

  # Lets PipeWire ask for real-time priority.
  security.rtkit.enable = true;
  services.pipewire = {
    enable = true;
    alsa.enable = true;
    pulse.enable = true;
    jack.enable = true;

    # x86_64 with PREEMPT_RT: 64 is stable in demanding work, 32 for tracking on tuned hardware
    extraConfig.pipewire."92-low-latency"."context.properties" = {
      "default.clock.quantum" = 64;
      # What a program may ask for at least.
      "default.clock.min-quantum" = 32;
    };
  };

  boot.kernelParams = [
    # interrupt handlers run as threads, so that audio can outrank them
    "threadirqs"
    # these cores are kept from the general scheduler for audio work
    "isolcpus=1-3"
    # no periodic tick on the isolated cores
    "nohz_full=1-3"
    # deep sleep states of Intel processors cost wake-up latency
    "intel_idle.max_cstate=1"
  ];

  services.desktopManager.plasma6.enable = true;
  services.displayManager.sddm = {
    enable = true;
    wayland.enable = true;
  };
  services.displayManager.defaultSession = "plasma";

  # The release this machine was installed with. It says how data on this machine is laid out, not
  # which packages it gets: upgrades leave it alone.
  system.stateVersion = "24.11";
}
