# SPDX-License-Identifier: GPL-3.0-or-later
#
# For images. Cards are copied: a system that finds itself on other hardware than it last ran on
# gets host keys and a machine id of its own, so that no two machines share an identity. An image
# itself carries none; NixOS makes them when they are missing.
#
# And for what an image leaves open: `archibald first-boot` asks it before anybody can log in, on
# every console, or takes archibald-answers.json of the boot partition.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  unlocked =
    user:
    lib.any (value: !(lib.elem value [ null "!" "*" ])) [
      user.password
      user.hashedPassword
      user.initialPassword
      user.initialHashedPassword
    ];
in
{
  # Whoever has the image would have the password of every machine made from it.
  assertions = lib.mapAttrsToList (name: user: {
    assertion = !(unlocked user);
    message = ''
      The account "${name}" has a password that is known to everybody who has this image. The first
      boot asks for one: leave it out.
    '';
  }) config.users.users;

  # By this the program knows what the image is.
  system.nixos.variant_id = lib.mkDefault config.archibald.variant;
  # Then /etc/hostname is a plain file, which the first boot writes.
  networking.hostName = lib.mkOverride 900 "";

  # Nobody is asked for a name before there is one to give.
  systemd.services."getty@".after = [ "archibald-first-boot.service" ];
  systemd.services."serial-getty@".after = [ "archibald-first-boot.service" ];

  # Without a condition: when it is done the program says so and ends.
  systemd.services.archibald-first-boot = lib.mkIf (pkgs ? archibald) {
    description = "What this image leaves open";
    wantedBy = [ "multi-user.target" ];
    after = [
      "archibald-identity.service"
      "local-fs.target"
      "systemd-machine-id-commit.service"
    ];
    before = [
      "display-manager.service"
      "getty.target"
      "sshd.service"
    ];
    path = [
      pkgs.btrfs-progs
      pkgs.coreutils
      pkgs.e2fsprogs
      pkgs.kbd
      pkgs.networkmanager
      pkgs.openssh
      pkgs.shadow
      pkgs.xfsprogs
      "/run/current-system/sw"
    ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = "${pkgs.archibald}/bin/archibald first-boot --ui plain --consoles active";
      TimeoutStartSec = "infinity";
    };
  };

  systemd.services.archibald-identity = {
    description = "A new identity on new hardware";
    wantedBy = [ "multi-user.target" ];
    # sshd makes the host keys that are missing when it starts.
    before = [ "sshd.service" ];
    path = [ pkgs.coreutils ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      StateDirectory = "archibald";
    };
    script = ''
      for file in /sys/firmware/devicetree/base/serial-number /sys/class/dmi/id/product_uuid; do
        if [ -r "$file" ]; then
          hardware=$(tr -d '\0' < "$file")
          break
        fi
      done
      # Nothing to tell this machine by: then nothing is lost that may be in use.
      [ -n "''${hardware:-}" ] || exit 0

      known=$STATE_DIRECTORY/hardware
      if [ -e "$known" ] && [ "$(cat "$known")" != "$hardware" ]; then
        rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
        # systemd makes a new one at the next start; now it is in use.
        echo uninitialized > /etc/machine-id
      fi
      printf '%s\n' "$hardware" > "$known"
    '';
  };
}
