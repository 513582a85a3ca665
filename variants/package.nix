# SPDX-License-Identifier: GPL-3.0-or-later
#
# The program of this repository: plans, installs and verifies. `source` is the flake's, which the
# package carries along as what it installs.
{
  lib,
  stdenv,
  btrfs-progs,
  cmake,
  cryptsetup,
  curl,
  dialog,
  dosfstools,
  e2fsprogs,
  f2fs-tools,
  json_c,
  libxcrypt,
  makeWrapper,
  ncurses,
  ninja,
  openssl,
  parted,
  pkg-config,
  python3,
  squashfs-tools-ng,
  util-linux,
  xfsprogs,
  source,
  version,
}:

stdenv.mkDerivation {
  pname = "archibald";
  inherit version;
  src = source;

  strictDeps = true;
  nativeBuildInputs = [
    cmake
    makeWrapper
    ninja
    pkg-config
    python3 # tools/document
  ];
  buildInputs = [
    cryptsetup
    curl
    dialog # libdialog
    json_c
    libxcrypt
    ncurses
    openssl # the hashes of store paths
    parted
    squashfs-tools-ng # libsquashfs: the medium's image
    util-linux # libblkid and libuuid
  ];
  cmakeFlags = [ (lib.cmakeBool "ARCHIBALD_TESTS" false) ];

  # The programs it starts; a PATH that has them already goes first.
  postInstall = ''
    wrapProgram $out/libexec/archibald/archibald-install --suffix PATH : ${
      lib.makeBinPath [
        btrfs-progs
        dosfstools
        e2fsprogs
        f2fs-tools
        util-linux
        xfsprogs
      ]
    }
  '';

  meta = {
    description = "Installer of ArchibaldOS, a NixOS distribution for real-time audio";
    license = lib.licenses.gpl3Plus;
    platforms = [
      "x86_64-linux"
      "aarch64-linux"
    ];
    mainProgram = "archibald";
  };
}
