# Written by archibald 0.1.0 for the variant archibaldOS-server.
# This file is yours. Change it, then: nixos-rebuild switch --flake /etc/nixos
{ ... }:

{
  imports = [
    ./hardware-configuration.nix
    ../../variants/archibaldOS-server.nix
  ];

  networking.hostName = "rack1";

  time.timeZone = "UTC";
  i18n.defaultLocale = "en_US.UTF-8";
  console.keyMap = "us";

  # `passwd` works and lasts: the password files below only start an account.
  users.mutableUsers = true;

  # Only a key lets admin in: without one of these nobody can log in.
  users.users.admin = {
    isNormalUser = true;
    extraGroups = [
      "wheel"
      "docker"
    ];
    openssh.authorizedKeys.keys = [
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqPzZq5gkLxrYHwH0JX5zjQq8n4iO7G0p2v9cXkq5dE ops@one"
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqPzZq5gkLxrYHwH0JX5zjQq8n4iO7G0p2v9cXkq5dE ops@two"
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

  boot.kernelParams = [ "console=ttyS0,115200n8" ];

  # The release this machine was installed with. It says how data on this machine is laid out, not
  # which packages it gets: upgrades leave it alone.
  system.stateVersion = "24.11";
}
