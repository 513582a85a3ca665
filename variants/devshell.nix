# SPDX-License-Identifier: GPL-3.0-or-later
#
# The development shell: the packages that the specification names for each architecture, and what
# this repository's program is built with.
{
  lib,
  stdenv,
  mkShell,
  pkgs,
}:

let
  packages = {
    x86_64-linux = [
      "audacity"
      "ardour"
      "fluidsynth"
      "musescore"
      "guitarix"
      "csound"
      "faust"
      "supercollider"
      "qjackctl"
      "surge"
      "vim"
    ];
    aarch64-linux = [
      "jack2"
      "guitarix"
      "puredata"
      "vim"
    ];
  };
in
mkShell {
  packages = map (name: pkgs.${name}) packages.${stdenv.hostPlatform.system};
  inputsFrom = lib.optional (pkgs ? archibald) pkgs.archibald;
}
