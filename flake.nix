# SPDX-License-Identifier: GPL-3.0-or-later
{
  description = "ArchibaldOS: a NixOS distribution for real-time audio";

  # flake.lock says which revisions; `nix flake update` takes newer ones, and the result is a
  # change like any other, to be looked at and committed.
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.11";
    musnix = {
      url = "github:musnix/musnix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    # Two of its modules are used, by their files: its own inputs (image generators, commit hooks)
    # would all have to be on the medium.
    nixos-rk3588 = {
      url = "github:gnull/nixos-rk3588";
      flake = false;
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      musnix,
      nixos-rk3588,
    }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forSystems = lib.genAttrs systems;
      pkgsFor = forSystems (
        system:
        import nixpkgs {
          inherit system;
          overlays = [ self.overlays.default ];
        }
      );

      variant = name: lib.importJSON (./variants + "/${name}.json");

      # What becomes /etc/nixos: the flake and the program that it builds, without anybody's hosts
      # and without tests. CMakeLists.txt installs the same.
      distribution = lib.fileset.toSource {
        root = ./.;
        fileset = lib.fileset.unions (
          map lib.fileset.maybeMissing [
            ./CMakeLists.txt
            ./CMakePresets.json
            ./LICENSE
            ./README.md
            ./art
            ./flake.lock
            ./flake.nix
            ./installer
            ./nix-config-gen
            ./partition
            ./tools
            ./tui
            ./variants
          ]
        );
      };
      hasProgram = builtins.pathExists ./CMakeLists.txt;

      # musnix is part of every system, also where it is off, and so is the overlay: a host's own
      # file need not know of either.
      common = {
        imports = [ musnix.nixosModules.musnix ];
        nixpkgs.overlays = [ self.overlays.default ];
      };
      mkSystem =
        modules:
        lib.nixosSystem {
          # By specialArgs, because what is imported depends on it.
          specialArgs.rk3588Source = nixos-rk3588;
          modules = [ common ] ++ modules;
        };
      # With its variant's name: the medium's list of roots has it (variants/installer.nix). And with
      # its values, for whoever asks what a medium carries.
      toplevel =
        modules:
        let
          inherit (mkSystem modules) config pkgs;
        in
        config.system.build.toplevel
        // {
          inherit config pkgs;
          inherit (config.archibald) variant;
        };

      # The same system, compiled on x86_64.
      cross = modules: mkSystem (modules ++ [ { nixpkgs.buildPlatform = "x86_64-linux"; } ]);

      orangepi5 = [
        ./variants/orangepi5-image.nix
        { nixpkgs.hostPlatform = "aarch64-linux"; }
      ];
      arm-generic = [
        ./variants/arm-generic.nix
        ./variants/reference.nix
      ];
      server = [
        ./variants/server.nix
        ./variants/reference.nix
      ];
      workstation = desktop: [
        ./variants/iso.nix
        ./variants/reference.nix
        { archibald.desktop = desktop; }
      ];

      live = [
        ./variants/live.nix
        {
          archibald.medium = {
            inherit distribution;
            source = self;
            inputs = [
              nixpkgs
              musnix
              nixos-rk3588
            ];
            systems = map (modules: toplevel (modules ++ [ ./variants/carried.nix ])) (
              map workstation (variant "iso").desktops ++ [ server ]
            );
          };
        }
      ];

      variantConfigurations = {
        archibaldOS-iso = mkSystem live;
        archibaldOS-orangepi5 = mkSystem orangepi5;
        archibaldOS-arm-generic = mkSystem arm-generic;
        archibaldOS-server = mkSystem server;
      };

      hosts = import ./variants/hosts.nix { inherit lib; } ./hosts;

      programs = forSystems (
        system: lib.optionalAttrs hasProgram { inherit (pkgsFor.${system}) archibald; }
      );

      inherit (self) nixosConfigurations;
      build = name: nixosConfigurations.${name}.config.system.build;
    in
    {
      nixosConfigurations =
        variantConfigurations // lib.mapAttrs (_: directory: mkSystem [ directory ]) hosts;

      # For flakes of one's own. orangepi5 wants specialArgs.rk3588Source, a source of nixos-rk3588;
      # first-boot goes with one of the others, for an image that is flashed or cloned.
      nixosModules =
        lib.genAttrs
          [
            "iso"
            "live"
            "orangepi5"
            "arm-generic"
            "server"
            "first-boot"
          ]
          (name: {
            imports = [
              common
              (./variants + "/${name}.nix")
            ];
          });

      overlays.default =
        final: _:
        lib.optionalAttrs hasProgram {
          archibald = final.callPackage ./variants/package.nix {
            source = distribution;
            version = lib.head (
              builtins.match ".*project\\(archibald VERSION ([0-9.]+).*" (builtins.readFile ./CMakeLists.txt)
            );
          };
        };

      packages = lib.recursiveUpdate programs {
        x86_64-linux = {
          archibaldOS-iso = (build "archibaldOS-iso").isoImage;
          archibaldOS-orangepi5 = (cross orangepi5).config.system.build.sdImage;
          archibaldOS-arm-generic = (cross arm-generic).config.system.build.toplevel;
          archibaldOS-server = (build "archibaldOS-server").toplevel;
        };
        aarch64-linux = {
          archibaldOS-orangepi5 = (build "archibaldOS-orangepi5").sdImage;
          archibaldOS-arm-generic = (build "archibaldOS-arm-generic").toplevel;
        };
      };

      devShells = forSystems (system: {
        default = pkgsFor.${system}.callPackage ./variants/devshell.nix { };
      });

      checks = forSystems (
        system:
        programs.${system}
        // lib.optionalAttrs (system == "x86_64-linux") {
          server = (build "archibaldOS-server").toplevel;
        }
        // lib.optionalAttrs (system == "aarch64-linux") {
          arm-generic = (build "archibaldOS-arm-generic").toplevel;
        }
      );

      formatter = forSystems (system: pkgsFor.${system}.nixfmt-rfc-style);
    };
}
