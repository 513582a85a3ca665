# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialogs on a serial line, as a terminal shows them, and a person's keys."""
import pathlib
import sys
import time

import pyte
from serial import Failure

UP, DOWN, RIGHT, ENTER, TAB, HELP, ESC = ("\x1b[A", "\x1b[B", "\x1b[C", "\r", "\t", "\x1bOP", "\x1b")


class Screen:
    """What a VT220 shows of the line; with a directory, as pictures as well."""

    def __init__(self, line, pictures=None):
        self.line, self.fed = line, 0
        self.pictures, self.taken = pictures, 0
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.Stream(self.screen)

    def text(self):
        self.stream.feed(self.line.everything[self.fed:])
        self.fed = len(self.line.everything)
        return "\n".join(row.rstrip() for row in self.screen.display)

    def wait(self, *words, timeout=180):
        end = time.monotonic() + timeout
        while not all(word in " ".join(self.text().split()) for word in words):
            if time.monotonic() > end or not self.line.open:
                raise Failure(f"no {words} within {timeout} s; the screen is\n{self.text()}")
            self.line._read()
        # What is on its way still belongs to this screen.
        self.line._read()
        if self.pictures:
            self.take(words[0])

    def take(self, name):
        # Half of a screen is no picture; a run never stands still.
        for _ in range(20):
            so_far = len(self.line.everything)
            self.line._read()
            if len(self.line.everything) == so_far:
                break
        sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "tui"))
        import picture
        self.text()
        self.taken += 1
        name = "".join(c if c.isalnum() else "-" for c in name)
        picture.save(self.screen, f"{self.pictures}/{self.taken:02}-{name}.png")

    def answer(self, title, keys, *words, timeout=180):
        self.wait(title, *words, timeout=timeout)
        print(f"    {title}")
        self.line.send(keys)
