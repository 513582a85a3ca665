# SPDX-License-Identifier: GPL-3.0-or-later
#
# The outputs of the flake in `root`, with checkouts for its inputs and without a lock file, a
# download or a copy in a store. NixOS's manual is left out: it reads the meta data of every package.
{
  root,
  nixpkgs,
  musnix,
  rk3588,
  # A directory whose default.nix is nixpkgs with ./overlay.nix; `run` makes it.
  wrapped,
  modules ? [ ],
}:

let
  call =
    path: inputs:
    let
      self = (import (path + "/flake.nix")).outputs (inputs // { inherit self; }) // {
        outPath = toString path;
      };
    in
    self;

  quick =
    { lib, ... }:
    {
      # Stronger than what installation media force.
      documentation.enable = lib.mkOverride 10 false;
      nixpkgs.overlays = [ (import ./overlay.nix) ];
    };

  plain = call nixpkgs { };
  nixpkgs' = plain // {
    lib = plain.lib // {
      nixosSystem =
        args: plain.lib.nixosSystem (args // { modules = args.modules ++ [ quick ] ++ modules; });
    };
    # For `import nixpkgs`.
    outPath = toString wrapped;
  };
in
call root {
  nixpkgs = nixpkgs';
  musnix = call musnix { nixpkgs = nixpkgs'; };
  nixos-rk3588 = {
    outPath = toString rk3588;
  };
}
