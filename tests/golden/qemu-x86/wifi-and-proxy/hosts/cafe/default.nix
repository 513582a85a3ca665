# Written by archibald 0.1.0 for the variant server.
# This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos
{ ... }:

{
  imports = [
    ./hardware-configuration.nix
    ../../variants/server.nix
  ];

  networking.hostName = "cafe";

  # It keeps the Wi-Fi network and its password, apart from the world-readable Nix store.
  networking.networkmanager.enable = true;
  networking.proxy.default = "http://proxy.example:3128";

  time.timeZone = "UTC";
  i18n.defaultLocale = "en_US.UTF-8";
  console.keyMap = "us";

  # `passwd` works and lasts: the password files below only start an account.
  users.mutableUsers = true;

  users.users.admin = {
    isNormalUser = true;
    extraGroups = [
      "wheel"
      "docker"
    ];
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF admin@example"
    ];
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

  musnix.enable = false;

  boot.kernelParams = [
    # messages on the screen, too
    "console=tty0"
    # log and login on the serial line of the installation
    "console=ttyS0,115200n8"
  ];

  # The release this machine was installed with. It says how data on this machine is laid out, not
  # which packages it gets: upgrades leave it alone.
  system.stateVersion = "24.11";
}
