# SPDX-License-Identifier: GPL-3.0-or-later
#
# For images that are flashed or cloned. `archibald first-boot` asks what an image leaves open
# before anybody can log in, on every console, or takes archibald-answers.json of the boot
# partition. And cards are copied later, too: a system that finds itself on other hardware than it
# last ran on gets host keys and a machine id of its own, so that no two machines share an identity.
#
# Until the first boot is done nobody gets in over the network: the servers wait for it, and do not
# start when it fails. Then it runs again at the next start. On the consoles it cannot fail: what
# went wrong, or was given up, is offered there again.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  hasProgram = pkgs ? archibald;
  unlocked =
    user:
    lib.any (value: !(lib.elem value [ null "!" "*" ])) [
      user.password
      user.hashedPassword
      user.initialPassword
      user.initialHashedPassword
    ];
  declaresKeys =
    user: user.openssh.authorizedKeys.keys != [ ] || user.openssh.authorizedKeys.keyFiles != [ ];
  firstBoot = "archibald-first-boot.service";
  # Nobody is asked for a name before there is one to give.
  later.after = [ firstBoot ];
  # By `requires` as well: what is only ordered would start after a failure.
  never = {
    after = [ firstBoot ];
    requires = [ firstBoot ];
  };
in
{
  # Whoever has the image would have the password of every machine made from it.
  assertions = lib.concatLists (
    lib.mapAttrsToList (name: user: [
      {
        assertion = !(unlocked user);
        message = ''
          The account "${name}" has a password that is known to everybody who has this image. The
          first boot asks for one: leave it out.
        '';
      }
      {
        # They would come again at each start, whatever the first boot did about them.
        assertion = !(declaresKeys user);
        message = ''
          The account "${name}" has SSH keys whose owner could log in to every machine made from this
          image. The first boot asks for keys: leave users.users.${name}.openssh.authorizedKeys out.
        '';
      }
    ]) config.users.users
  );

  # Nobody's yet: its accounts get their keys by the first boot.
  archibald.reference = lib.mkDefault true;
  # By this the program knows what the image is.
  system.nixos.variant_id = lib.mkDefault config.archibald.variant;
  # Then /etc/hostname is a plain file, which the first boot writes.
  networking.hostName = lib.mkOverride 900 "";
  # The same for /etc/localtime: with a time zone here it would be this one again at the next start.
  time.timeZone = lib.mkOverride 900 null;
  # By it the first boot finds and joins Wi-Fi networks.
  networking.networkmanager.enable = lib.mkDefault true;
  # A socket is open long before there is an answer to anything.
  services.openssh.startWhenNeeded = lib.mkForce false;

  systemd.services = {
    "getty@" = lib.mkIf hasProgram later;
    "serial-getty@" = lib.mkIf hasProgram later;
    display-manager = lib.mkIf (hasProgram && config.services.displayManager.enable) later;
    sshd = lib.mkIf (hasProgram && config.services.openssh.enable) never;

    # Without a condition: when it is done the program says so and ends.
    archibald-first-boot = lib.mkIf hasProgram {
      description = "What this image leaves open";
      wantedBy = [ "multi-user.target" ];
      # sshd would go with it.
      restartIfChanged = false;
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
        # Each console gets what fits it: dialogs where a terminal answers, else plain lines.
        ExecStart = "${pkgs.archibald}/bin/archibald first-boot --consoles active";
        # What is done without anybody is seen by whoever looks. It also keeps systemd from writing
        # that a job is running into the conversation.
        StandardOutput = "journal+console";
        StandardError = "journal+console";
        TimeoutStartSec = "infinity";
      };
    };

    archibald-identity = {
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
        # Nothing in it is nothing known.
        before=
        [ ! -e "$known" ] || before=$(cat "$known")
        [ "$before" != "$hardware" ] || exit 0
        if [ -n "$before" ]; then
          rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
          # systemd makes a new one at the next start; now it is in use.
          echo uninitialized > /etc/machine-id
        fi
        # A cut must not leave half of it, and not the new hardware with the old identity.
        printf '%s\n' "$hardware" > "$known.new"
        sync -f /etc/machine-id "$known.new"
        mv "$known.new" "$known"
      '';
    };
  };
}
