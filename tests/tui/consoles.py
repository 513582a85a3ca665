#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One installation, offered on several terminals.

    consoles.py --archibald PROGRAM      (as root; nothing is agreed to, nothing is written)

The first that presses Enter has it, the other one says where it goes on; given up, it is offered on
both again. Who starts a second one meanwhile is told where the first one is.
"""
import argparse
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time

CTRL_C = "\x03"


class Console:
    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.name = os.ttyname(self.slave)
        self.said = ""

    def wait(self, words):
        """Until it was said; what came before is forgotten."""
        end = time.monotonic() + 60
        while words not in self.said:
            if time.monotonic() > end:
                raise SystemExit(f"{self.name}: no {words!r} in\n{self.said}")
            if select.select([self.master], [], [], 0.2)[0]:
                self.said += os.read(self.master, 65536).decode(errors="replace")
        self.said = self.said.split(words, 1)[1]

    def send(self, text):
        os.write(self.master, text.encode())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archibald", required=True)
    args = parser.parse_args()
    if os.geteuid() != 0:
        print("only root may install: not run")
        return 77
    one, two = Console(), Console()
    with tempfile.TemporaryDirectory() as tmp:
        install = [str(pathlib.Path(args.archibald).resolve()), "install", "--no-answers", "--ui",
                   "plain", "--state", f"{tmp}/state"]
        offer = subprocess.Popen([*install, "--consoles", f"{one.name},{two.name}"],
                                 stdin=subprocess.DEVNULL, start_new_session=True)
        for c in one, two:
            c.wait("ArchibaldOS can be installed. Press Enter to do it here.")
        two.send("noise without an end of line")
        one.send("\r")
        one.wait("Keyboard [")
        two.wait(f"ArchibaldOS is being installed on {one.name}.")
        second = subprocess.run(install, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                check=False)
        if (second.returncode != 4 or
                f"is running on this machine, on {one.name}\n" not in second.stderr):
            raise SystemExit(f"the second one: {second.returncode}\n{second.stderr}")
        two.send("\r")
        two.wait(f"ArchibaldOS is being installed on {one.name}.")
        # Given up, it is everybody's again.
        one.send(CTRL_C)
        one.wait("Stop the installation (yes/no) [no]: ")
        one.send("yes\r")
        one.wait("cancelled; nothing was touched")
        for c in one, two:
            c.wait("ArchibaldOS can be installed. Press Enter to do it here.")
        two.send("\r")
        two.wait("Keyboard [")
        one.wait(f"ArchibaldOS is being installed on {two.name}.")
        # A service that is stopped takes all of them along.
        offer.send_signal(signal.SIGTERM)
        if offer.wait(20) != 5:
            raise SystemExit(f"stopped, it ended with {offer.returncode}")
    print("one installation on two terminals")
    return 0


sys.exit(main())
