# SPDX-License-Identifier: GPL-3.0-or-later
#
# The pictures of branding/, drawn when the system is built: wallpapers, the Plymouth theme, the
# menus of the medium, and the icon.
{ librsvg, runCommand }:

runCommand "archibald-artwork" { nativeBuildInputs = [ librsvg ]; } ''
  cd ${./branding}

  wallpapers=$out/share/wallpapers/ArchibaldOS
  mkdir -p $wallpapers
  for drawing in wallpaper-*.svg; do
    name=''${drawing#wallpaper-}
    rsvg-convert --width 3840 --output $wallpapers/''${name%.svg}.png $drawing
  done

  theme=$out/share/plymouth/themes/archibald
  mkdir -p $theme
  for drawing in logo trough bar; do
    rsvg-convert --output $theme/$drawing.png $drawing.svg
  done
  cp archibald.script $theme
  substitute archibald.plymouth $theme/archibald.plymouth --subst-var out

  # The sizes that SYSLINUX and GRUB expect.
  menus=$out/share/archibald
  mkdir -p $menus
  rsvg-convert --width 800 --height 600 --output $menus/menu-bios.png wallpaper-wave.svg
  rsvg-convert --width 1920 --output $menus/menu-efi.png wallpaper-wave.svg

  icons=$out/share/icons/hicolor/scalable/apps
  mkdir -p $icons
  cp logo.svg $icons/archibald.svg
''
