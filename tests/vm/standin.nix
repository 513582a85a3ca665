# SPDX-License-Identifier: GPL-3.0-or-later
#
# A small module evaluator: what hosts/HOST says, and nothing else.
#
#   nix-instantiate --eval --strict --json standin.nix --argstr flake DIR --argstr host HOST
#
# Followed are the imports inside hosts/HOST.  Those that lead out of it (the
# distribution's modules, nixpkgs' own) are not evaluated, since their packages are not
# here; one that lies in the flake must exist, though.  There are no declared options, so
# types cannot be checked here: tests with a real nixpkgs do that.  Attribute sets merge,
# lists concatenate, and two different values of the same priority are an error, as in
# NixOS.
{ flake, host }:
let
  hostDir = "${flake}/hosts/${host}";
  modulesPath = "/nixpkgs/nixos/modules";
  fail = message: throw "archibald stand-in: ${message}";

  inherit (builtins)
    attrNames concatLists concatStringsSep elem elemAt filter foldl' functionArgs genList
    hasAttr head isAttrs isFunction isList isPath isString length listToAttrs mapAttrs
    pathExists readFile split stringLength substring tail toString typeOf;

  hasPrefix = prefix: s: substring 0 (stringLength prefix) s == prefix;
  unique = list: foldl' (acc: x: if elem x acc then acc else acc ++ [ x ]) [ ] list;
  concatMap = f: list: concatLists (map f list);
  optional = cond: x: if cond then [ x ] else [ ];
  genAttrs = names: f: listToAttrs (map (name: { inherit name; value = f name; }) names);

  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkOrder = priority: content: { _type = "order"; inherit priority content; };
  defaultPriority = 100;
  defaultOrder = 1000;

  # The part of nixpkgs' lib that generated files may use.
  lib = {
    inherit mkOverride mkOrder optional genAttrs hasPrefix unique concatMap
      concatStringsSep elem filter head tail length mapAttrs attrNames isList isString;
    mkIf = condition: content: { _type = "if"; inherit condition content; };
    mkMerge = contents: { _type = "merge"; inherit contents; };
    mkOptionDefault = mkOverride 1500;
    mkDefault = mkOverride 1000;
    mkForce = mkOverride 50;
    mkVMOverride = mkOverride 10;
    mkBefore = mkOrder 500;
    mkAfter = mkOrder 1500;
    optionals = cond: list: if cond then list else [ ];
    optionalAttrs = cond: set: if cond then set else { };
    optionalString = cond: s: if cond then s else "";
  };

  # A package stands for its name.  The names that exist are the words of the files, so
  # that both pkgs.vim and `with pkgs; [ vim ]` find them.
  package = name: words: genAttrs words (word: package "${name}.${word}" words) // {
    type = "derivation";
    outPath = name;
    __functor = _: _: package "${name}()" words;
  };
  wordsOf = file:
    unique (filter (x: isString x && x != "") (concatMap
      (x: if isList x then x else [ ])
      (split "([A-Za-z_][A-Za-z0-9_'-]*)" (readFile file))));
  pkgsFor = file: let words = wordsOf file; in genAttrs words (word: package "pkgs.${word}" words);

  # --- the files ---------------------------------------------------------------------

  # load :: path or module -> [ { file, config } ], with what it imports
  load = file: value:
    let
      called = if isFunction value then value args else value;
      args = { inherit config lib modulesPath; pkgs = pkgsFor file; options = { }; };
      missing = filter (n: !(functionArgs value).${n} && !hasAttr n args) (attrNames (functionArgs value));
      module =
        if isFunction value && missing != [ ] then
          fail "${file} wants the argument ${head missing}, which no NixOS module gets by itself"
        else if !isAttrs called then fail "${file} is not a module but a ${typeOf called}"
        else called;
      dir = dirOf file;
      imported = x:
        if isPath x || isString x then loadFile file (absolute dir x) else load file x;
      own =
        if module ? options then fail "${file} declares options; a host only sets them"
        else if module ? config then module.config
        else removeAttrs module [ "imports" "_file" "key" "disabledModules" ];
    in
    concatMap imported (module.imports or [ ]) ++ [{ inherit file; value = own; }];

  dirOf = builtins.dirOf;
  absolute = dir: x:
    let s = toString x; in
    if substring 0 1 s == "/" then s else fail "the import \"${s}\" in ${dir} is not a path";

  loadFile = from: path:
    let
      found =
        if !pathExists path then fail "${from} imports ${path}, which does not exist"
        else if pathExists "${path}/default.nix" then "${path}/default.nix"
        else path;
    in
    if hasPrefix "${modulesPath}/" path then [ ]
    else if hasPrefix "${hostDir}/" path then load found (import found)
    else if hasPrefix "${flake}/" path then (if pathExists path then [ ] else loadFileMissing from path)
    else fail "${from} imports ${path}, which is neither in the flake nor in nixpkgs";
  loadFileMissing = from: path: fail "${from} imports ${path}, which does not exist";

  modules = loadFile "the flake" "${hostDir}/default.nix";

  # --- merging -----------------------------------------------------------------------

  # A definition: { file, value, priority, order, conditions }.  Conditions stay
  # unevaluated until a value is asked for, since they may depend on the result.
  start = m: { inherit (m) file value; priority = defaultPriority; order = defaultOrder; conditions = [ ]; };

  # The wrappers around a value, taken off.
  open = def:
    let v = def.value; kind = if isAttrs v then v._type or "" else ""; in
    if kind == "if" then open (def // { value = v.content; conditions = def.conditions ++ [ v.condition ]; })
    else if kind == "override" then open (def // { value = v.content; inherit (v) priority; })
    else if kind == "order" then open (def // { value = v.content; order = v.priority; })
    else if kind == "merge" then concatMap (x: open (def // { value = x; })) v.contents
    else [ def ];

  isSet = v: isAttrs v && (v.type or "") != "derivation";
  holds = def: builtins.all (c: if c == true || c == false then c else fail "${def.file}: mkIf wants true or false") def.conditions;
  where = defs: concatStringsSep ", " (unique (map (d: d.file) defs));
  show = path: concatStringsSep "." path;

  # merge :: [ name ] -> [ definition ] -> { present, value, clean }
  # value is for `config` (what is not defined is an error there), clean for the output
  # (what is not defined is left out).
  merge = path: wrapped:
    let
      defs = concatMap open wrapped;
      sets = filter (d: isSet d.value) defs;
      names = unique (concatMap (d: attrNames d.value) sets);
      children = genAttrs names (name: merge (path ++ [ name ])
        (map (d: d // { value = d.value.${name}; }) (filter (d: d.value ? ${name}) sets)));
      active = filter holds defs;
      best = foldl' (a: d: if d.priority < a then d.priority else a) 9999 active;
      winners = filter (d: d.priority == best) active;
      kinds = unique (map (d: if isSet d.value then "set" else typeOf d.value) winners);
      first = (head winners).value;
      leaf =
        if length kinds > 1 then
          fail "${show path} is defined as ${concatStringsSep " and as " kinds} (${where winners})"
        else if isList first then
          concatLists (map (d: d.value) (builtins.sort (a: b: a.order < b.order) winners))
        else if builtins.all (d: d.value == first) winners then first
        else fail "${show path} has conflicting definition values (${where winners})";
      isNode = sets != [ ] && length sets == length defs;
    in
    if isNode then {
      present = builtins.any holds defs;
      value = mapAttrs (_: c: c.value) children;
      clean = mapAttrs (_: c: c.clean) (keep children);
    } else {
      present = active != [ ];
      value = if active == [ ] then fail "${show path} is used but has no definition" else leaf;
      clean = leaf;
    };
  keep = children: genAttrs (filter (n: children.${n}.present) (attrNames children)) (n: children.${n});

  merged = merge [ ] (map start modules);
  config = merged.value;
in
if builtins.match "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?" host == null then
  fail "\"${host}\" is not a host name"
else if !pathExists "${hostDir}/default.nix" then
  fail "attribute 'nixosConfigurations.${host}' missing: there is no ${hostDir}/default.nix"
else
  merged.clean
