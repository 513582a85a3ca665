# SPDX-License-Identifier: GPL-3.0-or-later
"""An image of the distribution as a file: made, read, and looked into without starting it."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MIB = 1 << 20
DISK, BOOT = 2048 * MIB, 96 * MIB  # the medium; its FAT partition
FIRST = MIB                        # where that begins; the root comes after it
ROOT = FIRST + BOOT
ANSWERS = "archibald-answers.json"
SEED = bytes(32)
MAKERS_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMakersKeyMakersKeyMakersKeyMakersKey00000 maker\n"
os.environ["PATH"] += ":/usr/sbin:/sbin"
os.environ["MTOOLS_SKIP_CHECK"] = "1"


def call(*argv, **more):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True, **more)


def debugfs(image, commands, at=0, write=False):
    """Runs debugfs on the file system at `at`; its complaints are errors."""
    with tempfile.NamedTemporaryFile("w", suffix=".debugfs") as script:
        script.write("".join(c + "\n" for c in commands))
        script.flush()
        where = f"{image}?offset={at}" if at else str(image)
        done = call("debugfs", *(["-w"] if write else []), "-f", script.name, where)
    wrong = [line for line in done.stderr.splitlines()
             if not line.startswith("debugfs 1.") and "File exists" not in line and
             "directory already exists" not in line and "changing ownership" not in line and
             "File not found by ext2_lookup" not in line]
    if wrong:
        raise RuntimeError(f"debugfs on {image}: {wrong[:5]}")
    return done.stdout


def write(disk, path, text):
    """A file of the root, in a directory that is made when it is missing."""
    with tempfile.NamedTemporaryFile("w") as f:
        f.write(text)
        f.flush()
        debugfs(disk, [f"mkdir {os.path.dirname(path)}", f"rm {path}", f"write {f.name} {path}"], at=ROOT,
                write=True)


def tree_commands(tree):
    """What puts a directory's content into the file system."""
    for path in sorted(tree.rglob("*")):
        inside = "/" + str(path.relative_to(tree))
        if path.is_symlink():
            yield f"symlink {inside} {os.readlink(path)}"
        elif path.is_dir():
            yield f"mkdir {inside}"
        else:
            yield f"write {path} {inside}"


def stage(build, arch, variant, tree):
    """What the image has more than the Debian it is made of."""
    call("cmake", "--install", build, "--prefix", tree / "usr", "--strip",
         env=os.environ | {"STRIP": "llvm-strip"})
    units = tree / "etc/systemd/system"
    wants = units / "multi-user.target.wants"
    wants.mkdir(parents=True)
    for unit in (HERE / "units").iterdir():
        # The program's own unit as it is; of the others what the module adds to them.
        if unit.name.startswith("archibald-"):
            shutil.copy(unit, units)
            (wants / unit.name).symlink_to(f"../{unit.name}")
        else:
            (units / f"{unit.name}.d").mkdir()
            shutil.copy(unit, units / f"{unit.name}.d/first-boot.conf")
    if variant:
        release = (HERE / "os-release").read_text() + f"VARIANT_ID={variant}\n"
        (tree / "usr/lib").mkdir(parents=True, exist_ok=True)
        (tree / "usr/lib/os-release").write_text(release)
    # Its maker's ways in.
    for home in (tree / "home/audio-user/.ssh", tree / "root/.ssh"):
        home.mkdir(parents=True)
        (home / "authorized_keys").write_text(MAKERS_KEY)
    fstab = "LABEL=archibald / ext4 defaults 0 0\n"
    # A computer has it mounted, a board's firmware partition is not.
    if arch == "amd64":
        fstab += "LABEL=BOOT /boot vfat umask=0077 0 0\n"
    (tree / "etc/fstab").write_text(fstab)


def make(base, build, arch, to, variant=None):
    """The image as it is flashed onto a medium that is larger than it."""
    base, to = pathlib.Path(base), pathlib.Path(to)
    with tempfile.TemporaryDirectory(dir=to.parent) as work:
        tree, boot, root = pathlib.Path(work, "tree"), f"{work}/boot", f"{work}/root"
        tree.mkdir()
        stage(build, arch, variant, tree)
        call("cp", "--sparse=always", base / "root.ext4", root)
        debugfs(root, [f"rm {name}" for name in (["/usr/lib/os-release"] if variant else []) +
                       ["/etc/fstab"]] + list(tree_commands(tree)), write=True)
        call("mkfs.vfat", "-n", "BOOT", "-C", boot, BOOT // 1024)
        call("mcopy", "-s", "-i", boot, *sorted((base / "boot").iterdir()), "::")
        if arch == "amd64":
            # As "bootctl install" leaves it.
            pathlib.Path(work, "seed").write_bytes(SEED)
            call("mcopy", "-i", boot, f"{work}/seed", "::/loader/random-seed")
        with open(to, "wb") as f:
            f.truncate(ROOT + os.stat(root).st_size + MIB)
        kinds = ("label: gpt", "U", "L") if arch == "amd64" else ("label: dos", "c, bootable", "83")
        call("sfdisk", "-q", to, input=f"{kinds[0]}\nstart=1MiB, size={BOOT // MIB}MiB, type={kinds[1]}\n"
             f"size={os.stat(root).st_size // MIB}MiB, type={kinds[2]}\n")
        for part, at in ((boot, FIRST), (root, ROOT)):
            call("dd", f"if={part}", f"of={to}", "bs=1M", f"seek={at // MIB}", "conv=notrunc,sparse")
        # Its table knows nothing of the medium's size.
        os.truncate(to, DISK)


def put_answers(disk, content):
    """bytes: the file; None: none; "directory": that under its name."""
    at = f"{disk}@@{FIRST}"
    for command in ("mdel", "mrd"):
        subprocess.run([command, "-i", at, f"::{ANSWERS}"], capture_output=True, check=False)
    if content == "directory":
        call("mmd", "-i", at, f"::{ANSWERS}")
    elif content is not None:
        with tempfile.NamedTemporaryFile() as f:
            f.write(content)
            f.flush()
            call("mcopy", "-o", "-i", at, f.name, f"::{ANSWERS}")


def get_from_boot(disk, name):
    """A file of the FAT partition; None: there is none."""
    done = subprocess.run(["mtype", "-i", f"{disk}@@{FIRST}", f"::{name}"], capture_output=True,
                          check=False)
    return done.stdout if done.returncode == 0 else None


def get_answers(disk):
    return get_from_boot(disk, ANSWERS)


def boot_bytes(disk):
    """The FAT partition, with what is not in a file any more."""
    with open(disk, "rb") as f:
        f.seek(FIRST)
        return f.read(BOOT)


class Look:
    """What a disk says after the power went: its journal is replayed on a copy."""

    def __init__(self, disk, work, name="look"):
        self.disk = pathlib.Path(work, f"{name}.img")
        call("qemu-img", "convert", "-O", "raw", disk, self.disk)
        self.tree = pathlib.Path(work, name)
        shutil.rmtree(self.tree, ignore_errors=True)
        self.tree.mkdir()
        where = f"{self.disk}?offset={ROOT}"
        subprocess.run(["e2fsck", "-E", "journal_only", "-y", where], capture_output=True, check=False)
        self.fsck = subprocess.run(["e2fsck", "-fn", where], capture_output=True, text=True, check=False)
        debugfs(self.disk, [f"rdump {d} {self.tree}" for d in
                            ("/etc", "/var/lib/archibald", "/var/lib/systemd", "/home", "/root",
                             "/var/log")],
                at=ROOT)
        if (self.tree / "archibald").is_dir():
            (self.tree / "archibald").rename(self.tree / "state")
        self.answers = get_answers(self.disk)
        self.seed = get_from_boot(self.disk, "loader/random-seed")

    def text(self, path):
        file = self.tree / path
        return file.read_text() if file.is_file() else None

    def bytes(self, path):
        file = self.tree / path
        return file.read_bytes() if file.is_file() else None

    def mode(self, path):
        """As it is in the file system, not in the copy."""
        out = debugfs(self.disk, [f"stat {path}"], at=ROOT)
        match = re.search(r"Mode: +(\d+).*?User: +(\d+) +Group: +(\d+)", out, re.S)
        return match and match.groups()

    def sizes(self):
        """Of the root partition and of its file system."""
        table = json.loads(call("sfdisk", "-J", self.disk).stdout)["partitiontable"]
        head = call("dumpe2fs", "-h", f"{self.disk}?offset={ROOT}").stdout
        blocks = int(re.search(r"Block count: +(\d+)", head).group(1))
        size = int(re.search(r"Block size: +(\d+)", head).group(1))
        return table["partitions"][1]["size"] * 512, blocks * size

    def table_problems(self):
        """What sfdisk finds wrong with the partition table: nothing, as text."""
        done = subprocess.run(["sfdisk", "--verify", self.disk], capture_output=True, text=True, check=False)
        return "" if "No errors detected" in done.stdout and not done.stderr else done.stdout + done.stderr

    def identity(self):
        keys = {p.name: p.read_text() for p in sorted((self.tree / "etc/ssh").glob("ssh_host_*.pub"))}
        return {"machine id": self.text("etc/machine-id"), "host keys": keys,
                "random seed": self.bytes("systemd/random-seed")}

    def outcome(self, host):
        """All that must be the same, whatever happened on the way."""
        found = {"state": sorted(str(p.relative_to(self.tree)) for p in (self.tree / "state").rglob("*")
                                 if not p.name.endswith(".log")),
                 "half written": sorted(str(p.relative_to(self.tree)) for d in ("etc", "state", "home")
                                        for p in (self.tree / d).rglob("*.new"))}
        for path in ("etc/hostname", "etc/locale.conf", "etc/vconsole.conf",
                     f"etc/nixos/hosts/{host}/default.nix",
                     f"etc/nixos/hosts/{host}/hardware-configuration.nix", "etc/nixos/flake.nix",
                     "home/audio-user/.ssh/authorized_keys", "root/.ssh/authorized_keys",
                     "state/passwords/audio-user"):
            found[path] = self.text(path)
        found["etc/localtime"] = os.readlink(self.tree / "etc/localtime")
        found["passwords"] = [line.split(":")[:2] for line in self.text("etc/shadow").splitlines()
                              if line.split(":")[0] in ("audio-user", "admin", "root")]
        found["sizes"] = self.sizes()
        found["file system"] = self.fsck.returncode
        found["answers"] = self.answers
        found["modes"] = [self.mode(p) for p in ("/var/lib/archibald/passwords",
                                                 "/var/lib/archibald/passwords/audio-user",
                                                 "/home/audio-user/.ssh/authorized_keys")]
        return found
