# SPDX-License-Identifier: GPL-3.0-or-later
#
# The machines: every folder of hosts/ with a default.nix, by name. The folder may be absent. What
# a person writes there wrongly is said in a sentence, where Nix would only name a missing file.
{ lib }:

directory:

let
  # "a, b or c"
  either = names: lib.concatStringsSep ", " (lib.init names) + " or " + lib.last names;
  variants = import ./names.nix;

  entries = lib.optionalAttrs (builtins.pathExists directory) (builtins.readDir directory);
  names = lib.attrNames (lib.filterAttrs (_: type: type == "directory") entries);

  # The variants that a file imports, as far as it does so in plain sight.
  imported =
    text:
    lib.concatMap (
      line:
      let
        found = builtins.match "[^#]*\\.\\./\\.\\./variants/([^/[:space:]]+)\\.nix.*" line;
      in
      if found == null then [ ] else found
    ) (lib.splitString "\n" text);

  check =
    name:
    let
      file = directory + "/${name}/default.nix";
      unknown = lib.filter (variant: !(lib.pathExists (directory + "/../variants/${variant}.nix"))) (
        imported (builtins.readFile file)
      );
    in
    if !(builtins.pathExists file) then
      throw "hosts/${name} has no default.nix, which would say what this machine is."
    else if unknown != [ ] then
      throw (
        "hosts/${name}/default.nix imports ../../variants/${lib.head unknown}.nix, which is no variant: "
        + "it may be ${either variants}."
      )
    else
      directory + "/${name}";
in
lib.genAttrs names check
