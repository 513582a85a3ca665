#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A terminal that goes away ends the interview; nothing goes on asking nobody.

    hangup.py --archibald PROGRAM
"""
import argparse
import fcntl
import itertools
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent


def hear(master):
    """What it says, until it has been silent for a moment: then it waits for a key."""
    patience = 30
    while select.select([master], [], [], patience)[0]:
        os.read(master, 1 << 16)
        patience = 0.5


def ends_after_hangup(archibald, ui, root, hear_hangup, keys):
    """Starts the interview on a terminal, takes the terminal away, waits for the end."""
    pid, master = pty.fork()
    if pid == 0:
        # Without the signal only the terminal itself tells.
        signal.signal(signal.SIGHUP, signal.SIG_DFL if hear_hangup else signal.SIG_IGN)
        os.environ["TERM"] = "xterm-256color"
        os.execv(archibald, [archibald, "ask", "--ui", ui, "--root", str(root),
                              "--out", str(root.parent / f"{ui}{hear_hangup}{keys}.json")])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    hear(master)
    for _ in range(keys):
        os.write(master, b"\r")
        hear(master)
    os.close(master)
    for _ in range(200):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            # Cancelled, or by the signal; a usage error would prove nothing.
            ok = os.waitstatus_to_exitcode(status) in (5, -signal.SIGHUP)
            return f"{ui}: ended ({os.waitstatus_to_exitcode(status)})" if ok else None
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archibald", required=True)
    archibald = str(pathlib.Path(parser.parse_args().archibald).resolve())
    faults = 0
    with tempfile.TemporaryDirectory() as tmp:
        root = pathlib.Path(tmp) / "root"
        subprocess.run([sys.executable, TESTS / "tools/unpack-machine",
                        TESTS / "machines/qemu-x86/root.txt", root], check=True)
        # Without a key the first text stands there; with one a list, with two the next question.
        for ui, hear, keys in itertools.product(("dialog", "plain"), (True, False), (0, 1, 2)):
            end = ends_after_hangup(archibald, ui, root, hear, keys)
            print(end or f"FAIL {ui}: did not end as cancelled within 20 s of losing its terminal")
            faults += not end
    sys.exit(1 if faults else 0)


main()
