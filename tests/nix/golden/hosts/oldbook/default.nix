# Written by archibald 0.1.0 for the variant archibaldOS-iso.
# This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos
{ lib, ... }:

{
  imports = [
    ./hardware-configuration.nix
    ../../variants/archibaldOS-iso.nix
  ];

  networking.hostName = "oldbook";

  time.timeZone = "Europe/Berlin";
  i18n.defaultLocale = "de_DE.UTF-8";
  console.keyMap = "de-latin1-nodeadkeys";
  # The key map is there when the passphrase of the disk is asked.
  console.earlySetup = true;
  services.xserver.xkb.layout = "de";

  # `passwd` works and lasts: the password files below only start an account.
  users.mutableUsers = true;

  users.users.nora = {
    isNormalUser = true;
    extraGroups = [
      "audio"
      "wheel"
    ];
    # One line, the hash; only root reads it, and it is no part of the world-readable Nix store.
    hashedPasswordFile = "/var/lib/archibald/passwords/nora";
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
    kernel.realtime = false;
  };

  # Lets PipeWire ask for real-time priority.
  security.rtkit.enable = true;
  services.pipewire = {
    enable = true;
    alsa.enable = true;
    pulse.enable = true;
    jack.enable = true;

    extraConfig.pipewire."92-low-latency"."context.properties" = {
      "default.clock.quantum" = 16;
      # What a program may ask for at least.
      "default.clock.min-quantum" = 16;
    };
  };

  # It runs from a battery.
  powerManagement.cpuFreqGovernor = lib.mkForce "schedutil";

  services.xserver.windowManager.dwm.enable = true;
  services.xserver.enable = true;
  services.xserver.displayManager.lightdm.enable = true;
  services.displayManager.defaultSession = "none+dwm";

  # The release this machine was installed with. It says how data on this machine is laid out, not
  # which packages it gets: upgrades leave it alone.
  system.stateVersion = "24.11";
}
