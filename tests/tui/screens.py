#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialogs as terminals show them, compared with tests/tui/golden/.

    screens.py --archibald PROGRAM --tools DIR [--pictures DIR] [TERM-COLUMNSxROWS|lines...]

A recorded machine whose disks call themselves hostile things is asked for its answers through a
pseudo-terminal, and a terminal emulator (pyte, so Debian's own python) keeps what is seen.
"lines" are plain lines on a
terminal, and one whose type or size nobody knows. What is named is looked at at the same time: most
of it is waiting until nothing moves any more. UPDATE_GOLDEN=1 rewrites; look at the difference, and at the pictures (Debian's python3-pil and
fonts-dejavu-core): a word in the wrong colour is no difference in a text. On the way it is checked that the terminal is
given back as it was, and that the password never shows.
"""
import argparse
import concurrent.futures
import difflib
import fcntl
import os
import pathlib
import pty
import re
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
ENTER, TAB, ESC, CTRL_C, CTRL_D, F1 = "\r", "\t", "\x1b", "\x03", "\x04", {"linux": "\x1b[[A"}
PAGE_UP = {"vt100": "\x1b[5~"}  # which has none: the keys of a VT220, to be ignored
ALL = [f"{term}-{size}" for term in ("linux", "xterm-256color", "vt100", "vt220")
       for size in ("80x24", "100x30", "132x43")]
LINES = "lines"
UTF8 = ("linux", "xterm-256color")
PASSWORD = "correct horse"


class Screen(pyte.Screen):
    """pyte knows no scrolling by CSI S and T, which curses uses on an xterm."""

    def _scroll(self, count, line, move):
        x, y = self.cursor.x, self.cursor.y
        top, bottom = self.margins or (0, self.lines - 1)
        for _ in range(count or 1):
            self.cursor.y = bottom if line else top
            move()
        self.cursor.x, self.cursor.y = x, y

    def scroll_up(self, count=1):
        self._scroll(count, True, self.index)

    def scroll_down(self, count=1):
        self._scroll(count, False, self.reverse_index)


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down"}
    events = pyte.ByteStream.events | {"scroll_up", "scroll_down"}


class Terminal:
    def __init__(self, argv, term, columns, rows, pass_fds=(), answers=False, further=None):
        """answers: the tty knows no size, as of a serial line; the terminal says it when asked."""
        self.screen = Screen(columns, rows)
        self.stream = Stream(self.screen)
        self.raw, self.open = b"", True
        self.master, slave = pty.openpty()
        if answers:
            self.screen.write_process_input = lambda data: os.write(self.master, data.encode())
        else:
            self.size(columns, rows)
        self.slave = slave
        self.before = termios.tcgetattr(slave)
        locale = "C.UTF-8" if term in UTF8 else "C"
        environment = {"PATH": os.environ["PATH"], "TERM": term, "LC_ALL": locale, "HOME": "/",
                       # pyte knows lines as Unicode only.
                       "NCURSES_NO_UTF8_ACS": "1", **(further or {})}
        self.process = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave,
                                        env=environment, start_new_session=True, pass_fds=pass_fds,
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

    def close(self):
        os.close(self.slave)
        os.close(self.master)

    def wait(self, word, still=True):
        """Until the word is on the screen and, where it keeps still, nothing more comes."""
        end = time.monotonic() + 60
        new = True
        while not (new and word in self.text()):
            if time.monotonic() > end:
                raise SystemExit(f"no {word!r} on the screen:\n{self.text()}")
            new = self.read(0.2)
        if not still:
            self.settle(0.6)
        while still and (self.read(0.1) or self.works()):
            pass

    def works(self):
        """It has something to do, even if this machine has no time for it now."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat")
        return self.process.poll() is None and stat.read_text().rsplit(")", 1)[1].split()[0] != "S"

    def settle(self, seconds=1.2):
        """libdialog waits half a second for a size to stay."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.1)

    def send(self, keys):
        os.write(self.master, keys.encode())


def scenes(term, columns, rows):
    """(name, keys to send first, a word of the screen that follows)"""
    help_key = F1.get(term, "\x1bOP")
    down = "\x1b[B" if term in ("linux", "vt220") else "\x1bOB"
    return [
        ("welcome", "", "memory"),
        ("search", ENTER, "Find ["),
        ("found", "de", "of 186 match"),
        ("menu", ENTER, " Variant "),
        ("a long item is told whole", down, "without audio"),
        ("help", help_key, "Allowed:"),
        ("back to the menu", ENTER, " Variant "),
        (None, help_key, "Allowed:"),
        (None, (70, 20), "Variant [iso]:"),  # also while the help is shown
        (None, (columns, rows), " Variant "),
        ("Esc asks", ESC, "Stop the installation?"),
        ("no answer is lost", ENTER, " Variant "),
        ("Ctrl-C asks", CTRL_C, "Stop the installation?"),
        ("nor by that", ESC, " Variant "),
        (None, ENTER, " Locale "),
        ("back keeps the answer", TAB + TAB + ENTER, " Variant "),
        (None, ENTER, " Locale "),
        (None, ENTER, " Time zone "),
        (None, "berlin" + ENTER, "Host name ("),
        ("refused", "_" + ENTER, "cannot be used"),
        (None, "\x7f\x7f\x7f" + ESC, "Stop the installation?"),
        ("what was half typed is still there", ENTER, "archiba "),
        ("also at another size", (columns + 8, rows + 3), "archiba "),
        (None, (columns, rows), "archiba "),
        ("hostile disks", ENTER, " Disk ("),
        ("resized", (columns + 8, rows + 3), " Disk ("),
        ("plain lines until it is larger", (70, 20), "3 /dev/sdd"),
        ("dialogs again", (columns, rows), " Disk ("),
        ("the second one", down + ENTER, " File system ("),
        ("yes or no", ENTER, "Encrypt the disk?"),
        (None, ENTER, " Swap ("),
        ("none is a choice", ENTER, " Disk for samples"),
        (None, ENTER, " Login name ("),
        ("a list of lines", ENTER, " SSH key ("),
        ("a password", TAB + ENTER, " Password ("),
        ("is not shown", PASSWORD, "*" * len(PASSWORD)),
        ("and asked twice", ENTER, "Password, again"),
        (None, PASSWORD + ENTER, " Administrator's SSH key "),
        # What is half typed is answered in lines, and is not what the next field holds.
        (None, TAB + TAB + ENTER, " Password ("),
        (None, PASSWORD, "*" * len(PASSWORD)),
        (None, (70, 20), "Password"),
        (None, PASSWORD + ENTER, "Password again"),
        (None, PASSWORD + ENTER, "Administrator's SSH key"),
        (None, (columns, rows), " Administrator's SSH key "),
        ("labels", TAB + ENTER, " Desktop ("),
        (None, ENTER, " Quantum ("),
        (None, ENTER, " Reserve"),
        (None, ENTER, " Cores for audio ("),
        ("review", ENTER, "Write the answer file"),
        ("the whole plan", down + ENTER, "CREATE"),
        ("the disk is another one", ENTER + down * 2, " Keyboard  "),
    ]


class Recorder:
    """What was seen, as text, and as pictures where they are wanted."""

    def __init__(self, name, pictures):
        self.name, self.pictures, self.seen = name, pictures, []

    def take(self, title, terminal, text=None):
        # The plan's hash is of everything that is installed.
        text = re.sub(r"(plan +)[0-9a-f-]{36}", r"\g<1>" + "0" * 36, text or terminal.text())
        self.seen.append(f"=== {title}\n{text}")
        if self.pictures:
            import picture
            picture.save(terminal.screen, f"{self.pictures}/{self.name}-{len(self.seen):02}-"
                         f"{title.replace(' ', '-').replace('/', '-')}.png")


def play(archibald, name, root, tmp, pictures):
    term, size = name.rsplit("-", 1)
    columns, rows = map(int, size.split("x"))
    out = pathlib.Path(tmp) / f"{name}.json"
    t = Terminal([archibald, "ask", "--ui", "dialog", "--root", root, "--out", str(out)],
                 term, columns, rows)
    seen = Recorder(name, pictures)
    for title, action, word in scenes(term, columns, rows):
        if isinstance(action, tuple):
            t.size(*action)
            t.settle()
        elif action:
            t.send(action)
        t.wait(word)
        if title:
            seen.take(title, t)
    if PASSWORD.encode() in t.raw:
        raise SystemExit(f"{name}: the password was shown")
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
    t.close()
    return "".join(seen.seen)


def moments(term):
    """(what tests/tui/moments_tool.c shows, scenes, how it ends)"""
    down = "\x1b[B" if term in ("linux", "vt220") else "\x1bOB"
    return [
        ("network", [
            ("no network", "", "Join a Wi-Fi network"),
            ("what is within reach", ENTER, "802.1X"),
            ("a password that is elsewhere, too", ENTER, " Wi-Fi password"),
            ("the wrong one", "wrong password" + ENTER, "the password is wrong"),
            (None, ENTER, "802.1X"),
            (None, ENTER, " Wi-Fi password"),
            ("the network is up", "right password" + ENTER, "192.168.7.31"),
        ], ENTER, 0),
        ("failure", [
            ("what failed and what to do", "", "What now:"),
            ("help after a failure", F1.get(term, "\x1bOP"), "Allowed:"),
            (None, ENTER, "What now:"),
            ("Esc asks after a failure", ESC, "End the installation?"),
            (None, ENTER, "What now:"),
            (None, down * 2 + ENTER, "exit leads back to the installer"),
            # Without what stood there before.
            ("back from a shell", "printf '\\033[2J'; exit" + ENTER, "What now:"),
        ], down + ENTER, 2),
        ("end", [
            ("the end", "", "Restart now"),
        ], down * 2 + ENTER, 0),
    ]


def play_moments(program, name, pictures, tmp):
    """Screens that only an installation comes to."""
    term, size = name.rsplit("-", 1)
    columns, rows = map(int, size.split("x"))
    seen = Recorder(name + "-moments", pictures)
    directory = pathlib.Path(tmp) / f"{name}.nmcli"
    directory.mkdir()
    further = {"ARCHIBALD_FAKE_DIR": str(directory), "ARCHIBALD_FAKE_NMCLI": "ok",
               "PATH": f"{TOP}/tests/net/bin:{os.environ['PATH']}", "SHELL": "/bin/sh", "PS1": "# "}
    for moment, scenes_of_it, last, status in moments(term):
        t = Terminal([program, moment], term, columns, rows, further=further)
        for title, action, word in scenes_of_it:
            t.send(action)
            t.wait(word)
            if title:
                seen.take(title, t)
        t.send(last)
        end_of_it = time.monotonic() + 20
        while t.process.poll() is None and time.monotonic() < end_of_it:
            t.read(0.1)
        if t.process.poll() != status:
            raise SystemExit(f"{name}: {moment} ended with {t.process.poll()}, not {status}")
        if termios.tcgetattr(t.slave) != t.before:
            raise SystemExit(f"{name}: {moment} did not give the terminal back as it was")
        t.close()
    return "".join(seen.seen)


def run_scenes(term, columns, rows):
    """(name, what happens in the run, keys, a word of the screen that follows)"""
    return [
        ("a run begins", "b", "", "[>] write a new"),
        ("bytes, pace, path", "bbbbblp", "", "1:57 left"),
        ("what programs say", "", "l", "copying path 'lib20"),
        ("further back", "", PAGE_UP.get(term, "\x1b[5~"), "What the programs say"),
        (None, "", "l", "Installing ArchibaldOS"),
        ("Esc asks in a run", "", ESC, "Stop the installation?"),
        ("a run in a small window", "", (60, 12), "Stop? s: stop"),
        (None, "", "x", "Esc: stop"),
        ("a run in a larger window", "", (columns + 8, rows + 3), "Installing ArchibaldOS"),
        ("an error", "e", "", "No space left on device"),
        (None, "", CTRL_C, "Stop the installation?"),
        ("stopping", "", "s", None),
    ]


def play_run(program, name, pictures):
    """A run on the screen; what time it is, is masked."""
    term, size = name.rsplit("-", 1)
    columns, rows = map(int, size.split("x"))
    theirs, ours = os.pipe()
    t = Terminal(["/bin/bash", "-c", f'exec 3<&{theirs} "$0"', program], term, columns, rows,
                 pass_fds=(theirs,))
    os.close(theirs)
    seen = Recorder(name + "-run", pictures)
    for title, happens, action, word in run_scenes(term, columns, rows):
        os.write(ours, happens.encode())
        if isinstance(action, tuple):
            t.size(*action)
        elif action:
            t.send(action)
        if word is None:
            break
        t.wait(word, still=False)
        if title:
            text = re.sub(r"0:\d\d since the beginning(, \d+ s since the last sign of life|"
                          r", [^\n]* left)? *", "TIMES ", t.text()).replace("  0:0", "  TIMES")
            text = re.sub(r"TIMES\d", "TIMES", text)
            seen.take(title, t, text)
    # Nothing reads on: the program ends when it sees that it is to stop.
    os.close(ours)
    end = time.monotonic() + 10
    while t.process.poll() is None and time.monotonic() < end:
        t.read(0.1)
    if t.process.poll() != 3:
        raise SystemExit(f"{name}: stopping the run ended it with {t.process.poll()}")
    if termios.tcgetattr(t.slave) != t.before:
        raise SystemExit(f"{name}: the terminal was not given back after the run")
    t.close()
    return "".join(seen.seen)


def winsize(t):
    return struct.unpack("HHHH", fcntl.ioctl(t.slave, termios.TIOCGWINSZ, bytes(8)))[:2]


def end(t):
    t.process.terminate()
    t.process.wait(20)
    t.close()


def finds_the_terminal(archibald, root, tmp):
    """Type and size, where nobody has said them."""
    ask = [archibald, "ask", "--root", root, "--out", f"{tmp}/found.json"]
    # A serial line: neither is known.
    t = Terminal(ask, "", 100, 30, answers=True)
    t.wait("Terminal type (TERM) [vt220]:")
    t.send("?" + ENTER)
    t.wait("dumb means plain lines")
    t.send("nonsense" + ENTER)
    t.wait("knows no such terminal")
    t.send(ENTER)
    t.wait("memory")
    if winsize(t) != (30, 100):
        raise SystemExit(f"the terminal has said its size, and the tty has {winsize(t)}")
    end(t)
    # Nobody answers the question for the size.
    t = Terminal(ask, "vt220", 80, 24, answers=True)
    t.screen.write_process_input = lambda data: None
    t.wait("memory")
    if winsize(t) != (24, 80):
        raise SystemExit(f"without an answer 80 x 24 is assumed, not {winsize(t)}")
    end(t)
    # Whoever says dumb has lines, without a question; so has a window that is too small.
    t = Terminal(ask, "dumb", 80, 24)
    t.wait("Keyboard [us]:")
    end(t)
    t = Terminal(ask, "", 80, 24)
    t.wait("Terminal type (TERM) [vt220]:")
    t.send("dumb" + ENTER)
    t.wait("Keyboard [us]:")
    end(t)
    t = Terminal(ask, "vt220", 79, 24)
    t.wait("79 columns and 24 lines; the dialogs need 80 x 24")
    t.wait("Keyboard [us]:")
    end(t)


def plain_asks_too(archibald, root, tmp):
    """Ctrl-C is a signal there, at a password as well: nothing of it is shown, and what was
    answered stays."""
    t = Terminal([archibald, "ask", "--ui", "plain", "--root", root, "--out", f"{tmp}/plain.json"],
                 "vt220", 80, 24)
    t.wait("Keyboard [us]:")
    t.send(CTRL_C)
    t.wait("Stop the installation (yes/no) [no]:")
    t.send(ENTER)
    t.wait("[no]:\nKeyboard [us]:")
    for keys, word in ((ENTER, "Variant [iso]:"), (ENTER, "Locale"), (ENTER, "Time zone"),
                       (ENTER, "Host name"), (ENTER, "Disk:"), ("2" + ENTER, "File system"),
                       (ENTER, "Encrypt the disk"), (ENTER, "Swap"), (ENTER, "Disk for samples"),
                       (ENTER, "Login name"), (ENTER, "SSH key [none]:"), (ENTER, "Password:"),
                       (PASSWORD + CTRL_C, "Stop the installation"),
                       ("no" + ENTER, "[no]: no\nPassword:"), (PASSWORD + ENTER, "Password again:"),
                       (PASSWORD[:4] + CTRL_C, "again:\nNothing has been written"),
                       (ENTER, "[no]:\nPassword again:"),
                       (PASSWORD + ENTER, "Administrator's SSH key [none]:")):
        t.send(keys)
        t.wait(word)
    if PASSWORD[:4].encode() in t.raw:
        raise SystemExit("plain lines: a part of the password was shown")
    if not termios.tcgetattr(t.slave)[3] & termios.ECHO:
        raise SystemExit("plain lines: the terminal was left without echo")
    # Ctrl-D asks, too, as often as it is not said twice.
    t.send(CTRL_D)
    t.wait("Nothing has been written to a disk.\nStop the installation (yes/no) [no]:")
    t.send(ENTER)
    t.wait("Administrator's SSH key [none]:")
    t.send(CTRL_D)
    t.wait("Stop the installation")
    t.send(CTRL_D)
    t.wait("cancelled")
    t.process.wait(10)
    if t.process.returncode != 5:
        raise SystemExit(f"plain lines: the end of input ended it with {t.process.returncode}")
    t.close()


def plain_password(archibald, root, tmp):
    """Whatever ends a password's question gives the terminal back; a shell's Ctrl-Z, after which
    the echo would be on, is no key there."""
    answers = pathlib.Path(tmp) / "password.json"
    answers.write_text('{"version":1,"variant":"iso","keyMap":"us","locale":"en_US.UTF-8",'
                       '"timeZone":"UTC","ask":["users"]}')
    t = Terminal([archibald, "ask", "--ui", "plain", "--root", root, "--out", f"{tmp}/p.json",
                  str(answers)], "vt220", 80, 24)
    for word in ("Login name", "SSH key [none]:", "Password:"):
        t.wait(word)
        if word != "Password:":
            t.send(ENTER)
    if termios.tcgetattr(t.slave)[6][termios.VSUSP] != b"\0":
        raise SystemExit("plain lines: Ctrl-Z stops at a password")
    t.process.terminate()
    t.process.wait(10)
    if termios.tcgetattr(t.slave) != t.before:
        raise SystemExit("plain lines: a signal at a password left the terminal without echo")
    t.close()


def differs(name, actual):
    path = HERE / "golden" / f"{name}.txt"
    if UPDATE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(actual)
        return False
    expected = path.read_text() if path.exists() else ""
    if actual == expected:
        return False
    print(f"FAIL {name} is seen otherwise than in {path.relative_to(TOP)}")
    sys.stdout.writelines(difflib.unified_diff(
        expected.splitlines(True), actual.splitlines(True), "expected", "actual"))
    return True


def look(name, args, root, tmp):
    """What is seen; None of what has no pictures."""
    if name == LINES:
        plain_asks_too(args.archibald, root, tmp)
        plain_password(args.archibald, root, tmp)
        finds_the_terminal(args.archibald, root, tmp)
        return None
    return (play(args.archibald, name, root, tmp, args.pictures) +
            play_run(f"{args.tools}/progress_tool", name, args.pictures) +
            play_moments(f"{args.tools}/moments_tool", name, args.pictures, tmp))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archibald", required=True)
    parser.add_argument("--tools", required=True, help="where the programs of tests/tui are built")
    parser.add_argument("--pictures", help="a directory for pictures of the screens")
    parser.add_argument("names", nargs="*", default=[*ALL, LINES])
    args = parser.parse_args()
    args.archibald = str(pathlib.Path(args.archibald).resolve())
    with tempfile.TemporaryDirectory() as tmp:
        root = f"{tmp}/root"
        subprocess.run([TOP / "tests/tools/unpack-machine",
                        TOP / "tests/machines/eight-disks/root.txt", root], check=True)
        with concurrent.futures.ProcessPoolExecutor(len(args.names)) as pool:
            seen = {name: pool.submit(look, name, args, root, tmp) for name in args.names}
        seen = {name: x.result() for name, x in seen.items()}
    faults = sum(differs(name, text) for name, text in seen.items() if text is not None)
    print(f"{len(args.names)} terminals, {faults} differ")
    return 1 if faults else 0


sys.exit(main())
