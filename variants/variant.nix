# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a variant is, from its JSON file: the parameters, groups, packages and limits that the
# installer has compiled in, too. Every variant imports this; nothing of the files is written twice.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.archibald;
  known = import ./names.nix;
  # "a, b or c"
  either =
    names:
    lib.concatStringsSep " or " (
      lib.filter (part: part != "") [
        (lib.concatStringsSep ", " (lib.init names))
        (lib.last names)
      ]
    );

  facts =
    if lib.elem cfg.variant known then
      lib.importJSON (./. + "/${cfg.variant}.json")
    else
      throw ''archibald.variant is "${cfg.variant}", which is no variant: it may be ${either known}.'';

  # A name of the specification, as this nixpkgs spells it.
  package =
    name:
    let
      path = lib.splitString "." (facts.renames.${name} or name);
    in
    lib.attrByPath path (throw (
      "variants/${cfg.variant}.json lists the package ${name}, but nixpkgs ${lib.trivial.release} "
      + "has no ${lib.concatStringsSep "." path}: record its present name under \"renames\"."
    )) pkgs;
  boards = facts.boards or [ ];
in
{
  options.archibald = {
    variant = lib.mkOption {
      type = lib.types.str;
      example = "iso";
      description = "The variant this system is: ${either known}.";
    };
    facts = lib.mkOption {
      type = lib.types.raw;
      readOnly = true;
      internal = true;
      description = "The variant's JSON file.";
    };
    board = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "orangepi5";
      description = "The board the variant is made for, when it is made for one.";
    };
    desktop = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "plasma6";
      description = ''
        The desktop: `plasma6` (about 800 MB of memory when idle), `dwm` (120), `hyprland` (180),
        `i3` (140) or `none`. Null leaves it to NixOS's own options.
      '';
    };
    reference = lib.mkOption {
      type = lib.types.bool;
      default = false;
      internal = true;
      description = ''
        This is the variant itself, as an image or a system to start from, not a machine that the
        installer described: accounts and tuning come from the variant's file.
      '';
    };
    tuning.enable = lib.mkOption {
      type = lib.types.bool;
      default = cfg.reference;
      defaultText = lib.literalMD "on images; a generated host lists what fits its processor";
      description = "Whether to set all kernel parameters of the variant, reserved cores included.";
    };
    software.enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether to install the packages of the variant's manifest.";
    };
  };

  config = {
    archibald.facts = facts;

    assertions = [
      {
        assertion = pkgs.stdenv.hostPlatform.system == facts.system;
        message =
          "The variant ${cfg.variant} is for ${facts.system}, but this system is for "
          + "${pkgs.stdenv.hostPlatform.system}.";
      }
      {
        assertion = cfg.desktop == null || lib.elem cfg.desktop facts.desktops;
        message =
          ''archibald.desktop is "${toString cfg.desktop}"; for the variant ${cfg.variant} it may be ''
          + "${either facts.desktops}.";
      }
      {
        assertion = cfg.board == null || lib.elem cfg.board boards;
        message =
          ''archibald.board is "${toString cfg.board}", but the variant ${cfg.variant} ''
          + (
            if boards == [ ] then "is for no board in particular: leave it out." else "is for ${either boards}."
          );
      }
    ];

    boot.kernelParams = lib.mkIf cfg.tuning.enable (map (p: p.value) facts.kernelParams);

    # musnix sets "performance" itself, as a plain value; this is for variants without it.
    powerManagement.cpuFreqGovernor = lib.mkIf (facts ? governor) (lib.mkDefault facts.governor);

    environment.systemPackages = lib.mkIf cfg.software.enable (
      map package (lib.concatLists (lib.attrValues (facts.manifest or { })))
    );
  };
}
