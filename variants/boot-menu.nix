# SPDX-License-Identifier: GPL-3.0-or-later
#
# "Install ArchibaldOS (text)" in the medium's boot menus. isoImage has no option for entries of
# one's own, so the finished menus are edited: the new entry is the first one again, with another
# title and kernel parameters of its own. A menu without such an entry ends the build.
{ lib, pkgs, ... }:

let
  title = "Install ArchibaldOS (text)";
  # The splash would hide what the installer writes.
  parameter = "archibald.install plymouth.enable=0";

  # GRUB: from "menuentry" to "}" at the beginning of a line; ours goes right behind it.
  grubEntry = pkgs.writeText "grub-entry.awk" ''
    { print }
    !found && /^menuentry / {
      sub(/'[^']*'/, "'${title}'")
      inside = found = 1
    }
    inside && /^  *linux / { $0 = $0 " ${parameter}" }
    inside { entry = entry $0 "\n" }
    inside && /^}/ {
      printf "%s", entry
      inside = 0
    }
    END { exit !(found && entry ~ / ${parameter}\n/) }
  '';

  # SYSLINUX: from "LABEL boot" to the empty line; ours goes to the end.
  isolinuxEntry = pkgs.writeText "isolinux-entry.awk" ''
    { print }
    /^LABEL boot$/ {
      inside = 1
      $0 = "LABEL archibald-install"
    }
    /^$/ { inside = 0 }
    inside && /^MENU LABEL / { $0 = "MENU LABEL ${title}" }
    inside && /^APPEND / { $0 = $0 " ${parameter}" }
    inside { entry = entry $0 "\n" }
    END {
      printf "\n%s", entry
      exit !(entry ~ / ${parameter}\n/)
    }
  '';

  edited = {
    "/isolinux/isolinux.cfg" =
      source:
      pkgs.runCommand "isolinux.cfg" { inherit source; } ''
        awk -f ${isolinuxEntry} $source > $out
      '';

    "/EFI" =
      source:
      pkgs.runCommand "efi-directory"
        {
          inherit source;
          nativeBuildInputs = [ pkgs.buildPackages.grub2_efi ];
        }
        ''
          cp -r --no-preserve=mode $source $out
          awk -f ${grubEntry} $source/BOOT/grub.cfg > $out/BOOT/grub.cfg
          grub-script-check $out/BOOT/grub.cfg
        '';

    # The same file once more, in the file system that the firmware reads.
    "/boot/efi.img" =
      source:
      pkgs.runCommand "efi-image"
        {
          inherit source;
          nativeBuildInputs = [
            pkgs.buildPackages.dosfstools
            pkgs.buildPackages.mtools
          ];
        }
        ''
          cp --no-preserve=mode $source $out
          mcopy -i $out ::/EFI/BOOT/grub.cfg old.cfg
          awk -f ${grubEntry} old.cfg > grub.cfg
          touch --date=2000-01-01 grub.cfg
          mcopy -o -p -m -i $out grub.cfg ::/EFI/BOOT/grub.cfg
          fsck.vfat -vn $out
        '';
  };
in
{
  # A second declaration may add what the first does not have: a function over the whole list.
  options.isoImage.contents = lib.mkOption {
    apply = map (
      item:
      if edited ? ${item.target} then item // { source = edited.${item.target} item.source; } else item
    );
  };
}
