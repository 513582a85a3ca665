# SPDX-License-Identifier: GPL-3.0-or-later
#
# The system that hosts/HOST describes, from parts the live machine holds: a kernel, an
# initrd, a small userland and the system itself, as derivations like NixOS's own.
#
#   nix-build closure.nix --argstr flake DIR --argstr host HOST --argstr system x86_64-linux
#
# What is missing or of the wrong kind is an error.  Defaults are NixOS's own, and only
# where a configuration may well leave an option out.
{ flake, host, system }:
let
  config = import ./standin.nix { inherit flake host; };

  inherit (builtins)
    all any attrNames concatStringsSep elem elemAt filter hasAttr head isAttrs isBool isInt isList
    isString length listToAttrs map match replaceStrings split toString typeOf;
  fail = message: throw "archibald stand-in: ${message}";
  unique = builtins.foldl' (acc: x: if elem x acc then acc else acc ++ [ x ]) [ ];
  concatMap = f: list: builtins.concatLists (map f list);
  optional = cond: x: if cond then [ x ] else [ ];
  lines = list: concatStringsSep "" (map (l: l + "\n") list);
  bit = b: if b then "1" else "0";
  quote = s: "'" + replaceStrings [ "'" ] [ "'\\''" ] s + "'";

  # --- options -----------------------------------------------------------------------

  parts = path: filter isString (split "\\." path);
  at = set: names:
    if names == [ ] then { found = true; value = set; }
    else if isAttrs set && hasAttr (head names) set then at set.${head names} (builtins.tail names)
    else { found = false; };
  kinds = {
    string = isString;
    bool = isBool;
    int = isInt;
    set = isAttrs;
    strings = v: isList v && all isString v;
    list = isList;
  };
  checked = kind: name: value:
    if kinds.${kind} value then value
    else fail "A definition for option `${name}' is not of type ${kind} but ${typeOf value}";
  need = kind: path:
    let r = at config (parts path); in
    if r.found then checked kind path r.value
    else fail "The option `${path}' is used but not defined";
  opt = kind: path: default:
    let r = at config (parts path); in if r.found then checked kind path r.value else default;
  # The same inside a submodule, whose unknown names are errors.
  sub = name: set: allowed:
    let unknown = filter (n: !elem n allowed) (attrNames set); in
    if !isAttrs set then fail "A definition for option `${name}' is not a set"
    else if unknown != [ ] then fail "The option `${name}.${head unknown}' is not one this stand-in carries out"
    else {
      need = kind: field:
        if set ? ${field} then checked kind "${name}.${field}" set.${field}
        else fail "The option `${name}.${field}' is used but not defined";
      opt = kind: field: default:
        if set ? ${field} && set.${field} != null then checked kind "${name}.${field}" set.${field} else default;
    };
  # A word of a table below.
  word = name: s:
    if match "[^ \t\n|]+" s != null then s else fail "${name}: \"${s}\" cannot be used";

  # --- identity ----------------------------------------------------------------------

  hostName =
    let n = need "string" "networking.hostName"; in
    if n == host then n
    else fail "networking.hostName is \"${n}\" in hosts/${host}: nixos-rebuild finds a host by its name";
  platform =
    let r = at config [ "nixpkgs" "hostPlatform" ]; v = if r.found && isAttrs r.value then r.value.system or "" else r.value; in
    if !r.found then fail "The option `nixpkgs.hostPlatform' is used but not defined; a flake has no implicit system"
    else if v == system then v
    else fail "a '${toString v}' is required to build this host, but this machine is a '${system}'";
  stateVersion = need "string" "system.stateVersion";
  timeZone = word "time.timeZone" (need "string" "time.timeZone");
  locale = word "i18n.defaultLocale" (opt "string" "i18n.defaultLocale" "en_US.UTF-8");
  keyMap = word "console.keyMap" (opt "string" "console.keyMap" "us");

  # --- file systems, encryption, swap -------------------------------------------------

  device = name: s:
    let byLabel = s.opt "string" "label" null; d = s.opt "string" "device" null; in
    if d != null then word "${name}.device" d
    else if byLabel != null then "/dev/disk/by-label/${word "${name}.label" byLabel}"
    else fail "The option `${name}.device' is used but not defined";

  earlyPaths = [ "/" "/nix" "/nix/store" "/var" "/var/log" "/var/lib" "/var/lib/nixos" "/etc" "/usr" ];
  fileSystems =
    let set = need "set" "fileSystems"; in
    if !(set ? "/") then fail "The ‘fileSystems’ option does not specify your root file system."
    else map
      (mountPoint:
        let
          name = "fileSystems.\"${mountPoint}\"";
          s = sub name set.${mountPoint} [ "device" "label" "fsType" "options" "neededForBoot" "mountPoint" "noCheck" "autoFormat" ];
        in
        {
          mountPoint = if match "/.*" mountPoint != null then word name mountPoint else fail "${name} is not an absolute path";
          device = device name s;
          fsType = word "${name}.fsType" (s.need "string" "fsType");
          options = map (word "${name}.options") (s.opt "strings" "options" [ "defaults" ]);
          early = elem mountPoint earlyPaths || s.opt "bool" "neededForBoot" false;
        })
      (attrNames set);
  mountLine = f: concatStringsSep " " [ f.mountPoint f.device f.fsType (if f.options == [ ] then "defaults" else concatStringsSep "," f.options) ];
  fsTypes = unique (map (f: f.fsType) fileSystems
    ++ wanted "boot.initrd.supportedFilesystems" ++ wanted "boot.supportedFilesystems");
  # Both forms of the option: a list, or a set of booleans.
  wanted = path:
    let r = at config (parts path); in
    if !r.found then [ ]
    else if isAttrs r.value then filter (n: r.value.${n}) (attrNames r.value)
    else checked "strings" path r.value;

  luksSet = opt "set" "boot.initrd.luks.devices" { };
  luks = map
    (name:
      let s = sub "boot.initrd.luks.devices.\"${name}\"" luksSet.${name}
        [ "device" "allowDiscards" "bypassWorkqueues" "preLVM" "name" ]; in
      concatStringsSep " " [
        (word "the name of a LUKS device" name)
        (word "boot.initrd.luks.devices.${name}.device" (s.need "string" "device"))
        (concatStringsSep "," ([ "plain" ] ++ optional (s.opt "bool" "allowDiscards" false) "discard"
          ++ optional (s.opt "bool" "bypassWorkqueues" false) "no-queues"))
      ])
    (attrNames luksSet);

  swap = map
    (value:
      let
        s = sub "swapDevices.*" value [ "device" "label" "priority" "options" "size" "discardPolicy" "randomEncryption" ];
        random = value.randomEncryption or false;
        encrypted = if isAttrs random then random.enable or false else random;
      in
      {
        inherit encrypted;
        line = concatStringsSep " " [
          (device "swapDevices.*" s)
          (toString (s.opt "int" "size" 0))
          (toString (s.opt "int" "priority" (-1)))
          (let o = s.opt "strings" "options" [ "defaults" ]; in if o == [ ] then "defaults" else concatStringsSep "," o)
          (bit encrypted)
        ];
      })
    (opt "list" "swapDevices" [ ]);
  # Where a hibernated system lies; for NixOS it has to be one of the swap devices, too.
  resume =
    let d = opt "string" "boot.resumeDevice" ""; in
    if d == "" then [ ] else [ (word "boot.resumeDevice" d) ];
  needsLuks = luks != [ ] || any (s: s.encrypted) swap;
  zram = opt "bool" "zramSwap.enable" false;
  zramAlgorithm = word "zramSwap.algorithm" (opt "string" "zramSwap.algorithm" "zstd");
  zramLine = "${toString (opt "int" "zramSwap.memoryPercent" 50)} ${zramAlgorithm} ${toString (opt "int" "zramSwap.priority" 5)}";

  # --- kernel ------------------------------------------------------------------------

  fsModules = {
    ext4 = [ "ext4" ];
    ext3 = [ "ext4" ];
    ext2 = [ "ext4" ];
    btrfs = [ "btrfs" ];
    xfs = [ "xfs" ];
    f2fs = [ "f2fs" ];
    vfat = [ "vfat" "nls_cp437" "nls_ascii" "nls_iso8859-1" "nls_utf8" ];
    tmpfs = [ ];
    none = [ ];
  };
  modulesOf = types: unique (concatMap
    (t: fsModules.${t} or (fail "the file system type \"${t}\" is not one this stand-in can mount")) types
    ++ [ "crc32c_generic" "crc32_generic" ]);
  earlyTypes = unique (map (f: f.fsType) (filter (f: f.early) fileSystems)
    ++ wanted "boot.initrd.supportedFilesystems");
  cryptModules = [ "dm_mod" "dm_crypt" "aes_generic" "xts" "cbc" "essiv" "sha256_generic" "sha512_generic" "af_alg" "algif_skcipher" "algif_hash" ];
  available = opt "strings" "boot.initrd.availableKernelModules" [ ];
  forced = opt "strings" "boot.initrd.kernelModules" [ ] ++ (if luks != [ ] then [ "dm_mod" "dm_crypt" ] else [ ]);
  kernelModules = opt "strings" "boot.kernelModules" [ ];
  kernelParams = map (word "boot.kernelParams") (opt "strings" "boot.kernelParams" [ ])
    ++ [ "loglevel=${toString (opt "int" "boot.consoleLogLevel" 4)}" ];
  # As systemd does it: the first virtual terminal, and each serial console there is.
  consoles = unique ([ "tty1" ] ++ map (m: if match "tty[0-9]+" (head m) != null then "tty1" else head m)
    (filter (m: m != null) (map (match "console=([A-Za-z0-9]+)(,.*)?") kernelParams)));

  # --- boot loader -------------------------------------------------------------------

  systemdBoot = opt "bool" "boot.loader.systemd-boot.enable" false;
  extlinux = opt "bool" "boot.loader.generic-extlinux-compatible.enable" false;
  # NixOS has GRUB on unless something turns it off, and systemd-boot does.
  grub = opt "bool" "boot.loader.grub.enable" (!systemdBoot);
  loaders = optional systemdBoot "systemd-boot" ++ optional extlinux "extlinux" ++ optional grub "grub";
  loader =
    if length loaders > 1 then fail "more than one boot loader is enabled: ${concatStringsSep ", " loaders}"
    else if loaders == [ ] then fail "no boot loader is enabled"
    else head loaders;
  esp = opt "string" "boot.loader.efi.efiSysMountPoint" "/boot";
  # Where kernels and entries go when not to the ESP.
  xbootldr = opt "string" "boot.loader.systemd-boot.xbootldrMountPoint" "";
  touchVariables = opt "bool" "boot.loader.efi.canTouchEfiVariables" false;
  timeout =
    let r = at config [ "boot" "loader" "timeout" ]; in
    if !r.found then "5" else if r.value == null then "" else toString (checked "int" "boot.loader.timeout" r.value);
  grubDevices =
    let
      one = opt "string" "boot.loader.grub.device" "";
      devices = opt "strings" "boot.loader.grub.devices" [ ] ++ optional (one != "") one;
    in
    if loader != "grub" then [ ]
    else if devices == [ ] then fail "You must set the option ‘boot.loader.grub.devices’ or 'boot.loader.grub.mirroredBoots' to make the system bootable."
    else if elem "nodev" devices || opt "bool" "boot.loader.grub.efiSupport" false then
      fail "GRUB for UEFI is not something this stand-in installs: use systemd-boot, or GRUB on a disk"
    else map (word "boot.loader.grub.device") devices;
  vfatIsMounted = point: any (f: f.mountPoint == point && f.fsType == "vfat") fileSystems;
  bootSpec =
    if loader == "systemd-boot" && !vfatIsMounted esp then
      fail "boot.loader.efi.efiSysMountPoint is ${esp}, and fileSystems has no vfat there"
    else if xbootldr == esp then
      fail "The XBOOTLDR mount point '${xbootldr}' cannot be the same as the ESP mount point '${esp}'"
    else if xbootldr != "" && !vfatIsMounted xbootldr then
      fail "boot.loader.systemd-boot.xbootldrMountPoint is ${xbootldr}, and fileSystems has no vfat there"
    else lines [
      "loader=${loader}"
      "esp=${quote esp}"
      "xbootldr=${quote xbootldr}"
      "touch_variables=${bit touchVariables}"
      "timeout=${quote timeout}"
      "editor=${bit (opt "bool" "boot.loader.systemd-boot.editor" true)}"
      "console_mode=${quote (opt "string" "boot.loader.systemd-boot.consoleMode" "keep")}"
      "grub_devices=${quote (concatStringsSep " " grubDevices)}"
      "cryptodisk=${bit (opt "bool" "boot.loader.grub.enableCryptodisk" false)}"
      "params=${quote (concatStringsSep " " kernelParams)}"
    ];

  # --- accounts ----------------------------------------------------------------------

  mutableUsers = opt "bool" "users.mutableUsers" true;
  userSet = { root = { }; } // opt "set" "users.users" { };
  groupSet = opt "set" "users.groups" { };
  users = map
    (name:
      let
        full = "users.users.\"${name}\"";
        value = userSet.${name};
        s = sub full value [
          "isNormalUser" "isSystemUser" "uid" "group" "extraGroups" "home" "createHome" "homeMode"
          "description" "shell" "packages" "linger" "useDefaultShell" "hashedPassword"
          "initialHashedPassword" "hashedPasswordFile" "openssh" "name"
        ];
        root = name == "root";
        normal = s.opt "bool" "isNormalUser" false;
        normalOrSystem = normal || s.opt "bool" "isSystemUser" false;
        keys = sub "${full}.openssh" (value.openssh or { }) [ "authorizedKeys" ];
        keySet = sub "${full}.openssh.authorizedKeys" (keys.opt "set" "authorizedKeys" { }) [ "keys" ];
        field = f: v: if match "[^|\n:]*" v != null then v else fail "${full}.${f} has a character it cannot have";
        source =
          if s.opt "string" "hashedPasswordFile" null != null then "file:${value.hashedPasswordFile}"
          else if s.opt "string" "hashedPassword" null != null then "hash:${hash "hashedPassword" value.hashedPassword}"
          else if s.opt "string" "initialHashedPassword" null != null then "initial:${hash "initialHashedPassword" value.initialHashedPassword}"
          else "none:";
        hash = f: v: if match "[!*]|\\$[^|\n:]+" v != null then v else fail "${full}.${f} is not a password hash";
      in
      if match "[a-z_][a-z0-9_-]*" name == null then fail "${full}: this is not a user name"
      else if !root && !normalOrSystem then fail "Exactly one of ${full}.isSystemUser and ${full}.isNormalUser must be set."
      else if !root && !normal && !(value ? group) then fail "${full}.group is unset."
      else {
        inherit name normal;
        admin = root || elem "wheel" (s.opt "strings" "extraGroups" [ ]);
        canLogIn = source != "none:" || keySet.opt "strings" "keys" [ ] != [ ];
        passwordFile = s.opt "string" "hashedPasswordFile" "";
        groups = map (word "${full}.extraGroups") (s.opt "strings" "extraGroups" [ ]);
        group = word "${full}.group" (s.opt "string" "group" (if root then "root" else "users"));
        keys = keySet.opt "strings" "keys" [ ];
        line = concatStringsSep "|" [
          name
          (if root then "0" else toString (s.opt "int" "uid" ""))
          (s.opt "string" "group" (if root then "root" else "users"))
          (field "description" (s.opt "string" "description" (if root then "System administrator" else "")))
          (field "home" (s.opt "string" "home" (if root then "/root" else if normal then "/home/${name}" else "/var/empty")))
          (bit (root || s.opt "bool" "createHome" normal))
          (s.opt "string" "homeMode" "700")
          (bit (root || normal || s.opt "bool" "useDefaultShell" false))
          source
        ];
      })
    (attrNames userSet);
  lockedOut = !mutableUsers && !any (u: u.admin && u.canLogIn) users;
  groupNames = unique (attrNames groupSet ++ concatMap (u: [ u.group ] ++ u.groups) users);
  groupLine = name: concatStringsSep "|" [
    name
    (toString ((groupSet.${name} or { }).gid or ""))
    (concatStringsSep "," (unique (map (u: u.name) (filter (u: elem name u.groups) users)
      ++ (groupSet.${name} or { }).members or [ ])))
  ];
  accounts =
    if lockedOut then fail "Neither the root account nor any wheel user has a password or SSH authorized key. You must set one to prevent being locked out of your system."
    else users;

  # --- derivations -------------------------------------------------------------------

  make = name: script: args: derivation ({
    inherit name system;
    builder = "/bin/sh";
    args = [ "-euc" script ];
    PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    preferLocalBuild = true;
  } // args);
  store = name: builtins.path { inherit name; path = ./lib + "/${name}"; };
  version = head (filter isString (split "\n" (builtins.readFile "/usr/lib/archibald-vm/version")));
  image = if system == "aarch64-linux" then "Image" else "bzImage";

  kernel = make "linux-${version}" ''
    mkdir "$out"
    cp /usr/lib/archibald-vm/vmlinuz "$out/${image}"
  '' { };

  moduleTree = store "module-tree";

  initrd = make "initrd-linux-${version}" ''
    root=$NIX_BUILD_TOP/root
    mkdir "$out" "$root"
    cp -dR /usr/lib/archibald-vm/initrd/. "$root"
    if [ -n "$luks" ]; then cp -dR /usr/lib/archibald-vm/luks/. "$root"; fi
    sh ${moduleTree} ${version} "$root/usr" $modules
    mkdir -p "$root/etc" "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/mnt-root"
    cp ${store "stage-1"} "$root/init"
    chmod 755 "$root/init"
    printf %s "$luks" > "$root/etc/luks"
    printf %s "$mounts" > "$root/etc/mounts"
    printf %s "$forced" > "$root/etc/modules"
    printf %s "$resume" > "$root/etc/resume"
    cd "$root"
    find . | LC_ALL=C sort | busybox cpio -o -H newc > "$out/initrd" 2> /dev/null
  '' {
    modules = unique (available ++ forced ++ modulesOf earlyTypes ++ (if luks != [ ] then cryptModules else [ ]));
    luks = lines luks;
    forced = lines forced;
    resume = lines resume;
    mounts = lines (map mountLine (filter (f: f.early) fileSystems));
  };

  userland = make "system-path" ''
    mkdir "$out"
    cp -dR /usr/lib/archibald-vm/userland/. "$out"
    if [ "$crypt" = 1 ]; then cp -dR /usr/lib/archibald-vm/luks/. "$out"; fi
    sh ${moduleTree} ${version} "$out/usr" $modules
  '' {
    crypt = bit needsLuks;
    modules = unique (available ++ modulesOf fsTypes ++ (if needsLuks then cryptModules else [ ])
      ++ (if zram then [ "zram" zramAlgorithm ] else [ ]) ++ optional (loader == "systemd-boot") "efivarfs");
    # Those that are only wished for, as NixOS only logs when one cannot be loaded.
    OPTIONAL = concatStringsSep " " kernelModules;
  };

  text = builtins.toFile;
in
make "nixos-system-${hostName}-${stateVersion}" ''
  [ -f "/usr/share/zoneinfo/$zone" ] || { echo "time.timeZone: \"$zone\" does not exist" >&2; exit 1; }
  mkdir -p "$out/etc/pam.d"
  ln -s ${kernel}/${image} "$out/kernel"
  ln -s ${initrd}/initrd "$out/initrd"
  ln -s ${userland} "$out/sw"
  printf %s "$system" > "$out/system"
  printf %s "$params" > "$out/kernel-params"
  printf %s "$label" > "$out/nixos-version"
  cp ${text "boot" bootSpec} "$out/boot"
  cp ${text "mounts" (lines (map mountLine (filter (f: !f.early) fileSystems)))} "$out/etc/mounts"
  cp ${text "swap" (lines (map (s: s.line) swap))} "$out/etc/swap"
  cp ${text "resume" (lines resume)} "$out/etc/resume"
  cp ${text "zram" (if zram then zramLine + "\n" else "")} "$out/etc/zram"
  cp ${text "users" (lines (map (u: u.line) accounts))} "$out/etc/users"
  cp ${text "groups" (lines (map groupLine groupNames))} "$out/etc/groups"
  cp ${text "keys" (lines (concatMap (u: map (k: "${u.name} ${k}") u.keys) users))} "$out/etc/keys"
  cp ${text "password-files" (lines (filter (f: f != "") (map (u: u.passwordFile) users)))} "$out/etc/password-files"
  cp ${text "consoles" (lines consoles)} "$out/etc/consoles"
  cp ${text "kernel-modules" (lines kernelModules)} "$out/etc/kernel-modules"
  cp -L "/usr/share/zoneinfo/$zone" "$out/etc/localtime"
  echo "LANG=${locale}" > "$out/etc/locale.conf"
  echo "KEYMAP=${keyMap}" > "$out/etc/vconsole.conf"
  echo "${hostName}" > "$out/etc/hostname"
  cp ${store "pam"} "$out/etc/pam.d/login"
  cp ${store "pam"} "$out/etc/pam.d/other"
  sed "s,@userland@,${userland},g; s,@system@,$out,g; s,@mutable@,${bit mutableUsers},g" \
    ${store "stage-2"} > "$out/init"
  chmod 755 "$out/init"
'' {
  inherit platform;
  zone = timeZone;
  params = concatStringsSep " " kernelParams;
  label = "${stateVersion}.standin";
}
