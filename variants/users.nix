# SPDX-License-Identifier: GPL-3.0-or-later
#
# Groups and accounts. A generated host declares its own accounts by the names the person chose;
# images and reference systems get the ones that the variant's file requires.
{
  config,
  lib,
  ...
}:

let
  cfg = config.archibald;
  variants = map (name: lib.importJSON (./. + "/${name}.json")) (import ./names.nix);
  # Names of accounts that only a key opens, on whichever variant: "admin".
  keyOnly = lib.unique (
    map (account: account.name) (
      lib.filter (account: account.login == "key") (lib.concatMap (v: v.accounts) variants)
    )
  );
  required = lib.filter (account: account.required or false) cfg.facts.accounts;

  # The options by which NixOS gives an account a password.
  passwordOptions = [
    "password"
    "hashedPassword"
    "hashedPasswordFile"
    "initialPassword"
    "initialHashedPassword"
  ];
  hasPassword =
    user:
    lib.any (
      option:
      !(lib.elem user.${option} [
        null
        "!"
        "*"
      ])
    ) passwordOptions;
in
{
  options = {
    archibald = {
      accounts.create = lib.mkOption {
        type = lib.types.bool;
        default = cfg.reference;
        defaultText = lib.literalMD "on images; a generated host declares its own";
        description = "Whether to create the accounts that the variant's file requires.";
      };
      autoLogin = lib.mkOption {
        type = lib.types.nullOr lib.types.str;
        default =
          if cfg.accounts.create && cfg.facts.autoLogin or false then (lib.head required).name else null;
        defaultText = lib.literalMD "the variant's first account, on images of variants that say so";
        description = "Who is logged in at the console, or on the desktop, without being asked.";
      };
    };

    # A declaration of the same option adds to its submodule, so this meets the account wherever
    # it is declared: in a generated host, by hand, or below.
    users.users = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule (
          { name, ... }:
          {
            config = lib.mkIf (lib.elem name keyOnly) { hashedPassword = lib.mkDefault "!"; };
          }
        )
      );
    };
  };

  config = {
    users.groups = {
      # Real-time scheduling and locked memory, see audio.nix; and the JACK server's sockets.
      realtime = { };
      jackaudio = { };
    };

    users.users = lib.mkIf cfg.accounts.create (
      lib.listToAttrs (
        map (
          account:
          lib.nameValuePair account.name {
            isNormalUser = true;
            extraGroups = account.groups;
          }
        ) required
      )
    );

    # Administration never asks for a password: `admin` has none to type.
    security.sudo.wheelNeedsPassword = lib.mkDefault false;

    # For a key-only account the server's own setting does not matter.
    services.openssh.extraConfig = lib.mkAfter ''
      Match User ${lib.concatStringsSep "," keyOnly}
        PasswordAuthentication no
        KbdInteractiveAuthentication no
      Match All
    '';

    services.getty.autologinUser = lib.mkIf (cfg.autoLogin != null) (lib.mkDefault cfg.autoLogin);

    assertions = map (name: {
      assertion = !(config.users.users ? ${name}) || !(hasPassword config.users.users.${name});
      message = ''
        The account "${name}" logs in by key only: give it users.users.${name}.openssh.authorizedKeys
        and none of ${lib.concatStringsSep ", " passwordOptions}.
      '';
    }) keyOnly;
  };
}
