#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialogs as terminals show them, compared with tests/tui/golden/.

    screens.py --archibald PROGRAM [TERM-COLUMNSxROWS...]

A recorded machine whose disks call themselves hostile things is asked for its answers through a
pseudo-terminal, and a terminal emulator (pyte, so Debian's own python) keeps what is seen.
UPDATE_GOLDEN=1 rewrites; look at the difference. On the way it is checked that the terminal is
given back as it was, and that the password never shows.
"""
import argparse
import difflib
import fcntl
import os
import pathlib
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

import pyte

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"
ENTER, TAB, ESC, CTRL_C, F1 = "\r", "\t", "\x1b", "\x03", {"linux": "\x1b[[A"}
ALL = [f"{term}-{size}" for term in ("linux", "xterm-256color", "vt100", "vt220")
       for size in ("80x24", "100x30", "132x43")]
UTF8 = ("linux", "xterm-256color")
PASSWORD = "correct horse"


class Terminal:
    def __init__(self, argv, term, columns, rows):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw, self.open = b"", True
        self.master, slave = pty.openpty()
        self.size(columns, rows)
        self.slave = slave
        self.before = termios.tcgetattr(slave)
        locale = "C.UTF-8" if term in UTF8 else "C"
        environment = {"PATH": os.environ["PATH"], "TERM": term, "LC_ALL": locale, "HOME": "/",
                       # pyte knows lines as Unicode only.
                       "NCURSES_NO_UTF8_ACS": "1"}
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave,
                                        env=environment, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        data = os.read(self.master, 65536)
        self.raw += data
        self.stream.feed(data)
        return True

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip() + "\n"

    def wait(self, word):
        """Until the word is on the screen and nothing more comes."""
        end = time.monotonic() + 20
        while word not in self.text():
            if time.monotonic() > end:
                raise SystemExit(f"no {word!r} on the screen:\n{self.text()}")
            self.read(0.2)
        while self.read(0.6):
            pass

    def settle(self):
        """libdialog waits half a second for a size to stay."""
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            self.read(0.1)

    def send(self, keys):
        os.write(self.master, keys.encode())


def scenes(term, columns, rows):
    """(name, keys to send first, a word of the screen that follows)"""
    help_key = F1.get(term, "\x1bOP")
    return [
        ("welcome", "", "memory"),
        ("search", ENTER, "Keyboard:"),
        ("found", "de", "of 193 match"),
        ("menu", ENTER, "Variant:"),
        ("help", help_key, "Allowed:"),
        ("back to the menu", ENTER, "Variant:"),
        ("Esc asks", ESC, "Stop the installation"),
        ("no answer is lost", ENTER, "Variant:"),
        ("Ctrl-C asks", CTRL_C, "Stop the installation"),
        ("nor by that", ENTER, "Variant:"),
        (None, ENTER, "Locale:"),
        ("back keeps the answer", TAB + TAB + ENTER, "Variant:"),
        (None, ENTER, "Locale:"),
        (None, ENTER, "Time zone:"),
        (None, "berlin" + ENTER, "Host name:"),
        ("refused", "_" + ENTER, "cannot be used"),
        ("hostile disks", "\x7f" + ENTER, "Disk ("),
        ("resized", (columns + 8, rows + 3), "Disk ("),
        ("plain lines until it is larger", (70, 20), "3 /dev/sdd"),
        (None, (columns, rows), "Disk:"),
        ("dialogs again", "2" + ENTER, "File system ("),
    ]


def play(archibald, name, root, tmp):
    term, size = name.rsplit("-", 1)
    columns, rows = map(int, size.split("x"))
    out = pathlib.Path(tmp) / "answers.json"
    t = Terminal([archibald, "ask", "--ui", "dialog", "--root", root, "--out", str(out)],
                 term, columns, rows)
    seen = []
    for title, action, word in scenes(term, columns, rows):
        if isinstance(action, tuple):
            t.size(*action)
            t.settle()
        elif action:
            t.send(action)
        t.wait(word)
        if title:
            seen.append(f"=== {title}\n{t.text()}")
    if b"the dialogs need 80 x 24" not in t.raw:
        raise SystemExit(f"{name}: it was not said that the terminal is too small")
    # Leaves by a signal: the terminal must be as it was.
    t.process.terminate()
    end = time.monotonic() + 10
    while t.process.poll() is None and time.monotonic() < end:
        t.read(0.1)
    if t.process.poll() != 5:
        raise SystemExit(f"{name}: SIGTERM ended it with {t.process.poll()}")
    if termios.tcgetattr(t.slave) != t.before:
        raise SystemExit(f"{name}: the terminal was not given back as it was")
    if out.exists():
        raise SystemExit(f"{name}: cancelled, and there is an answer file")
    os.close(t.slave)
    os.close(t.master)
    return "".join(seen)


def plain_asks_too(archibald, root, tmp):
    """Ctrl-C is a signal there."""
    t = Terminal([archibald, "ask", "--ui", "plain", "--root", root, "--out", f"{tmp}/plain.json"],
                 "vt220", 80, 24)
    t.wait("Keyboard [us]:")
    t.send(CTRL_C)
    t.wait("Stop the installation (yes/no) [no]:")
    t.send(ENTER)
    t.wait("[no]:\nKeyboard [us]:")
    t.send("\x04")
    t.wait("cancelled")
    t.process.wait(10)
    if t.process.returncode != 5:
        raise SystemExit(f"plain lines: the end of input ended it with {t.process.returncode}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archibald", required=True)
    parser.add_argument("names", nargs="*", default=ALL)
    args = parser.parse_args()
    archibald = str(pathlib.Path(args.archibald).resolve())
    faults = 0
    with tempfile.TemporaryDirectory() as tmp:
        root = f"{tmp}/root"
        subprocess.run([TOP / "tests/tools/unpack-machine",
                        TOP / "tests/machines/eight-disks/root.txt", root], check=True)
        plain_asks_too(archibald, root, tmp)
        for name in args.names:
            actual = play(archibald, name, root, tmp)
            path = HERE / "golden" / f"{name}.txt"
            if UPDATE:
                path.parent.mkdir(exist_ok=True)
                path.write_text(actual)
            elif not path.exists() or path.read_text() != actual:
                faults += 1
                print(f"FAIL {name} is seen otherwise than in {path.relative_to(TOP)}")
                expected = path.read_text() if path.exists() else ""
                sys.stdout.writelines(difflib.unified_diff(
                    expected.splitlines(True), actual.splitlines(True), "expected", "actual"))
    print(f"{len(args.names)} terminals, {faults} differ")
    return 1 if faults else 0


sys.exit(main())
