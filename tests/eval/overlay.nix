# SPDX-License-Identifier: GPL-3.0-or-later
#
# Some checkouts lack Haskell's largest file. Its programs that NixOS needs are then played by
# another derivation; nothing that is asserted depends on what they are.
final: prev:

let
  hackage = prev.path + "/pkgs/development/haskell-modules/hackage-packages.nix";
  player = final.hello // {
    compiler = final.gcc;
  };
in
if builtins.pathExists hackage then
  { }
else
  {
    pandoc = player;
    shellcheck = player;
    shellcheck-minimal = player;
    nixfmt-rfc-style = player;
  }
