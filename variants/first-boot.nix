# SPDX-License-Identifier: GPL-3.0-or-later
#
# For images. Cards are copied: a system that finds itself on other hardware than it last ran on
# gets host keys and a machine id of its own, so that no two machines share an identity. An image
# itself carries none; NixOS makes them when they are missing.
{ pkgs, ... }:

{
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
