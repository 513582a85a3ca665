# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores for tests and benches: paths with Nix's modes and times, their NAR hashes by this file's
own reckoning (a second opinion to store/nar.c), a registration, an image."""
import hashlib
import os
import pathlib
import stat
import subprocess

ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz"


def store_name(name):
    """HASH-NAME, the hash made up from the name: Nix does not check it of paths it is told of."""
    digest = hashlib.sha256(name.encode()).digest()
    return "".join(ALPHABET[b % 32] for b in digest) + "-" + name


class Nar:
    """A NAR that is hashed and measured, not kept."""

    def __init__(self):
        self.hash, self.size = hashlib.sha256(), 0

    def raw(self, data):
        self.hash.update(data)
        self.size += len(data)

    def number(self, n):
        self.raw(n.to_bytes(8, "little"))

    def pad(self, n):
        self.raw(b"\0" * (-n % 8))

    def text(self, *strings):
        for s in strings:
            data = s if isinstance(s, bytes) else s.encode()
            self.number(len(data))
            self.raw(data)
            self.pad(len(data))

    def node(self, path):
        st = os.lstat(path)
        self.text("(", "type")
        if stat.S_ISLNK(st.st_mode):
            self.text("symlink", "target", os.readlink(path))
        elif stat.S_ISDIR(st.st_mode):
            self.text("directory")
            for name in sorted(os.listdir(path)):
                self.text("entry", "(", "name", name, "node")
                self.node(os.path.join(path, name))
                self.text(")")
        else:
            self.file(path, st)
        self.text(")")

    def file(self, path, st):
        self.text("regular")
        if st.st_mode & 0o100:
            self.text("executable", "")
        self.text("contents")
        self.number(st.st_size)
        with open(path, "rb") as f:
            while data := f.read(1 << 20):
                self.raw(data)
        self.pad(st.st_size)


def nar(path):
    """(hexadecimal hash, size) of a tree."""
    n = Nar()
    n.text("nix-archive-1")
    n.node(os.fsencode(path))
    return n.hash.hexdigest(), n.size


def canonical(path):
    """Modes and times as Nix leaves them, links to the outside untouched."""
    path = os.fsencode(path)
    st = os.lstat(path)
    if stat.S_ISDIR(st.st_mode):
        os.chmod(path, 0o755)
        for name in os.listdir(path):
            canonical(os.path.join(path, name))
    if not stat.S_ISLNK(st.st_mode):
        os.chmod(path, 0o555 if st.st_mode & 0o100 or stat.S_ISDIR(st.st_mode) else 0o444)
    os.utime(path, (1, 1), follow_symlinks=False)


def entry(name, digest, size, references=(), deriver=""):
    lines = [f"/nix/store/{name}", digest, str(size), deriver, str(len(references)),
             *(f"/nix/store/{r}" for r in references)]
    return "\n".join(lines) + "\n"


def image(store, registration, file, *options):
    """A squashfs of the store's paths, as NixOS makes its medium's."""
    names = sorted(n for n in os.listdir(store) if not n.startswith("."))
    pathlib.Path(file).unlink(missing_ok=True)
    subprocess.run(["mksquashfs", str(registration), *names, str(file), "-keep-as-directory",
                    "-all-root", "-no-progress", "-quiet", *options], cwd=store, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
