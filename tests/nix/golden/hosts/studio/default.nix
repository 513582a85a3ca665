# Written by archibald 0.1.0 for the variant archibaldOS-iso.
# This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos
{ ... }:

{
  imports = [
    ./hardware-configuration.nix
    ../../variants/archibaldOS-iso.nix
  ];

  networking.hostName = "studio";

  time.timeZone = "Europe/Berlin";
  i18n.defaultLocale = "de_DE.UTF-8";
  console.keyMap = "de-latin1-nodeadkeys";
  services.xserver.xkb = {
    layout = "de";
    variant = "nodeadkeys";
  };

  # `passwd` works and lasts: the password files below only start an account.
  users.mutableUsers = true;

  # audio-user administers this machine (wheel).
  users.users.audio-user = {
    isNormalUser = true;
    description = "Jürgen \"Bass\" \${HOME} Müller";
    extraGroups = [
      "audio"
      "jackaudio"
      "realtime"
      "video"
      "wheel"
    ];
    # One line, the hash; only root reads it, and it is no part of the world-readable Nix store.
    hashedPasswordFile = "/var/lib/archibald/passwords/audio-user";
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqPzZq5gkLxrYHwH0JX5zjQq8n4iO7G0p2v9cXkq5dE j@laptop"
    ];
  };

  users.users.guest = {
    isNormalUser = true;
    extraGroups = [ "audio" ];
    hashedPasswordFile = "/var/lib/archibald/passwords/guest";
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
    # PREEMPT_RT: the kernel is built for this machine.
    kernel.realtime = true;
    rtirq = {
      enable = true;
      # Interrupt threads by priority, highest first.
      nameList = "snd_usb_audio snd usb i8042";
    };
  };

  # Lets PipeWire ask for real-time priority.
  security.rtkit.enable = true;
  services.pipewire = {
    enable = true;
    alsa.enable = true;
    pulse.enable = true;
    jack.enable = true;

    # 64 samples at 48 kHz are 1.3 ms; 32 works on dedicated hardware.
    extraConfig.pipewire."92-low-latency"."context.properties" = {
      "default.clock.quantum" = 64;
    };
  };

  boot.kernelParams = [
    # Processors 1 to 3 are kept for audio: no other work, no timer tick.
    "isolcpus=1-3"
    "nohz_full=1-3"
    # Deep sleep takes longer to wake from than a cycle of 64 samples lasts.
    "processor.max_cstate=1"
  ];

  # A steady clock: no cycle waits for one to rise.
  powerManagement.cpuFreqGovernor = "performance";

  services.desktopManager.plasma6.enable = true;
  services.displayManager.sddm = {
    enable = true;
    wayland.enable = true;
  };
  services.displayManager.defaultSession = "plasma";
  # Whoever is at the screen is logged in without a password.
  services.displayManager.autoLogin = {
    enable = true;
    user = "audio-user";
  };

  # The release this machine was installed with. It says how data on this machine is laid out, not
  # which packages it gets: upgrades leave it alone.
  system.stateVersion = "24.11";
}
