#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small expect for the serial console of a virtual machine.

  serial.py login  --user NAME --password TEXT [--check 'COMMAND =~ REGEX']... [OPTIONS] -- VM...
  serial.py refuse --user NAME --password TEXT [OPTIONS] -- VM...
  serial.py attach SOCKET

VM... is the command that starts the machine (tests/vm/run -S @SOCKET@ uefi-disk ...);
@SOCKET@ becomes the socket's path.  login proves that the account gets a shell, runs
`id`, `hostname`, `cat /proc/cmdline` and `findmnt` there and then each COMMAND, which
must exit with 0 and print what REGEX finds.  refuse proves the opposite, and that the
machine came as far as to refuse.  attach connects this terminal to a socket until the
machine ends or Control-] is pressed.

  --passphrase TEXT  what to answer when the first stage asks to unlock a disk
  --hibernate        after all that, send it to sleep, start it again, and go on in the same shell
  --host NAME        the host name that the login prompt must show
  --print COMMAND    run it after login and print what it says (repeatable)
  --timeout SECONDS  for the machine to start (240)
  --log FILE         keep all that passed over the line
  --show             print it as it comes, too

The class Serial serves other scripts: from serial import Serial.
"""
import argparse
import codecs
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import tty

# Colours, cursor movement and the like: matched text is free of them.
ESCAPES = re.compile(r"\x1b(\[[0-9;?=]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78cDM])")

# What a machine prints that will not come up any more.
HOPELESS = (
    r"An error occurred in stage 1 of the boot process[^\n]*\n",
    r"emergency mode",
    r"Kernel panic[^\n]*\n",
    r"grub rescue>",
    r"\nerror: [^\n]*\n",
    r"BdsDxe: No bootable option[^\n]*",
    r"BdsDxe: failed to (?:load|start)[^\n]*Shell[^\n]*",
)


class Failure(Exception):
    """The machine did not do what was expected."""


class Serial:
    """A connection to the socket of a serial port; text is matched once and in order."""

    def __init__(self, path, log=None, show=False, alive=None, deadline=60):
        self.everything = ""
        self.unread = ""
        self.log = open(log, "w", encoding="utf-8") if log else None
        self.show = show
        self.alive = alive or (lambda: True)
        end = time.monotonic() + deadline
        while True:
            self.line = socket.socket(socket.AF_UNIX)
            try:
                self.line.connect(path)
                break
            except OSError:
                self.line.close()
                if not self.alive():
                    raise Failure("the virtual machine did not start") from None
                if time.monotonic() > end:
                    raise Failure(f"nothing listens on {path}") from None
                time.sleep(0.1)
        self.line.settimeout(0.5)
        # A character may come in two pieces.
        self.decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.open = True

    def _read(self):
        try:
            data = self.line.recv(65536)
        except TimeoutError:
            return
        except OSError:
            data = b""
        if not data:
            self.open = False
            return
        text = self.decode(data)
        if self.log:
            self.log.write(text)
            self.log.flush()
        if self.show:
            sys.stderr.write(text)
            sys.stderr.flush()
        self.everything += text
        self.unread = ESCAPES.sub("", self.unread + text.replace("\r", ""))

    def expect(self, *patterns, timeout=30, hopeless=()):
        """Wait for the earliest of the patterns; its index and its match."""
        end = time.monotonic() + timeout
        while True:
            found = [(m.start(), i, m) for i, p in enumerate(patterns + tuple(hopeless))
                     if (m := re.search(p, self.unread))]
            if found:
                _, i, match = min(found, key=lambda f: f[:2])
                if i >= len(patterns):
                    raise Failure(f"the machine gave up: {match.group().strip()}")
                self.unread = self.unread[match.end():]
                return i, match
            wanted = " or ".join(repr(p) for p in patterns)
            if not self.open:
                raise Failure(f"the machine ended before {wanted}")
            if time.monotonic() > end:
                raise Failure(f"no {wanted} within {timeout} s")
            self._read()

    def send(self, text):
        self.line.sendall(text.encode())

    def sendline(self, text):
        self.send(text + "\r")

    def transcript(self, lines=60):
        text = ESCAPES.sub("", self.everything).replace("\r", "")
        return "\n".join(text.splitlines()[-lines:])

    def close(self):
        self.line.close()
        if self.log:
            self.log.close()


def unlock_until(serial, wanted, passphrase=None, timeout=240):
    """From power-on to what is wanted, by the passphrase if it is asked for."""
    end = time.monotonic() + timeout
    asked = 0
    while True:
        i, match = serial.expect(wanted, r"Passphrase for ([^\n]*): ", hopeless=HOPELESS,
                                 timeout=max(1, end - time.monotonic()))
        if i == 0:
            break
        asked += 1
        if passphrase is None:
            raise Failure(f"it asks for the passphrase of {match.group(1)}, and none was given")
        if asked > 3:
            raise Failure("the passphrase does not unlock the disk")
        serial.sendline(passphrase)


def reach_password(serial, user, host=None, passphrase=None, timeout=240):
    """From power-on to the question for the password."""
    prompt = (re.escape(host) if host else r"[A-Za-z0-9-]+") + r" login: "
    unlock_until(serial, prompt, passphrase, timeout)
    serial.sendline(user)
    serial.expect(r"Password: ", timeout=60)


def log_in(serial, user, password, **how):
    """From power-on to a shell in which `run` works."""
    reach_password(serial, user, **how)
    serial.sendline(password)
    i, _ = serial.expect(r"[$#] $", r"Login incorrect", timeout=60)
    if i == 1:
        raise Failure(f"the login of {user} was refused")
    # Without echo and prompt, what comes back is the commands' output.
    serial.sendline("stty -echo cols 1000; PS1=; PROMPT_COMMAND=; printf '%s\\n' re''ady")
    serial.expect(r"ready\n", timeout=30)


def be_refused(serial, user, password, **how):
    """From power-on to a refusal."""
    reach_password(serial, user, **how)
    serial.sendline(password)
    i, _ = serial.expect(r"Login incorrect", r"[$#] $", timeout=60)
    if i == 1:
        raise Failure(f"the login of {user} was not refused")


def run(serial, command, timeout=60):
    """Run a command in the shell: (status, output)."""
    serial.sendline(f"{command}; printf '@%s@%d@\\n' status $?")
    _, match = serial.expect(r"(?s)(.*?)@status@(\d+)@\n", timeout=timeout)
    return int(match.group(2)), match.group(1)


def fall_asleep(serial, timeout=240):
    """From a shell to a machine without power. What the shell has in its memory, to be asked for."""
    mark = secrets.token_hex(8)
    run(serial, f"mark={mark}")
    serial.sendline("echo > /run/hibernate")
    end = time.monotonic() + timeout
    while serial.open:
        if time.monotonic() > end:
            raise Failure(f"it does not turn its power off within {timeout} s")
        serial._read()
    if match := re.search(r"\[FAILED\][^\n]*", serial.everything):
        raise Failure(match.group())
    return mark


def wake_up(serial, mark, passphrase=None, timeout=240):
    """From power-on to the shell that was left. A login would mean that it started afresh."""
    unlock_until(serial, r"resuming from [^\n]*\n", passphrase, timeout)
    end = time.monotonic() + timeout
    while True:
        # Awake or not, nothing says so by itself: the shell's prompt is empty. Without quotes, since
        # half of a line may be lost on the way.
        serial.sendline("echo @awake@$mark@")
        try:
            serial.expect(f"@{mark}@\n", timeout=5, hopeless=(*HOPELESS, "Stage 2", " login: "))
            return
        except Failure as error:
            if "gave up" in str(error) or not serial.open or time.monotonic() > end:
                raise


def check(serial, checks, prints=()):
    for wanted in ("id", "hostname", "cat /proc/cmdline", "findmnt --real -o TARGET,SOURCE,FSTYPE,OPTIONS") + tuple(prints):
        status, output = run(serial, wanted)
        print(f"    $ {wanted}\n" + "".join(f"    {line}\n" for line in output.splitlines()), end="")
        if status != 0:
            raise Failure(f"`{wanted}` exits with {status}")
    for item in checks:
        command, regex = item
        status, output = run(serial, command)
        if status != 0 or not re.search(regex, output, re.MULTILINE):
            raise Failure(f"`{command}` exits with {status} and prints {output!r}, which has no {regex!r}")
        print(f"    ok: {command} =~ {regex}")


def attach(path):
    """This terminal, raw, on the machine's serial line."""
    serial = Serial(path)
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        while True:
            ready, _, _ = select.select([0, serial.line], [], [])
            if serial.line in ready:
                data = serial.line.recv(65536)
                if not data:
                    break
                os.write(1, data)
            if 0 in ready:
                data = os.read(0, 1024)
                if not data or b"\x1d" in data:
                    break
                serial.line.sendall(data)
    except OSError:
        pass
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        serial.close()
        print()
    return 0


def parsed_check(text):
    command, separator, regex = text.partition(" =~ ")
    if not separator:
        raise argparse.ArgumentTypeError("'COMMAND =~ REGEX' is wanted")
    re.compile(regex)
    return command, regex


def main():
    if any(a in ("-h", "--help") for a in sys.argv[1:2]):
        print(__doc__.strip())
        return 0
    if sys.argv[1:2] == ["attach"] and len(sys.argv) == 3:
        try:
            return attach(sys.argv[2])
        except Failure as error:
            print(f"serial.py: {error}", file=sys.stderr)
            return 1
    if "--" not in sys.argv:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    cut = sys.argv.index("--")
    vm = sys.argv[cut + 1:]
    parser = argparse.ArgumentParser(prog="serial.py")
    parser.add_argument("mode", choices=("login", "refuse"))
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--passphrase")
    parser.add_argument("--host")
    parser.add_argument("--check", action="append", default=[], type=parsed_check)
    parser.add_argument("--print", action="append", default=[], dest="prints")
    parser.add_argument("--timeout", type=float, default=240)
    parser.add_argument("--log")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--hibernate", action="store_true")
    args = parser.parse_args(sys.argv[1:cut])

    sys.stdout.reconfigure(line_buffering=True)
    # A signal that ends this script ends the machine, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if args.mode == "login":
            mark = session(vm, args, stay_logged_in)
            if args.hibernate:
                session(vm, args, lambda *rest: wake(mark, *rest))
        else:
            session(vm, args, stay_out)
        return 0
    except Failure as error:
        print(f"serial.py: {error}", file=sys.stderr)
        return 1


def session(vm, args, talk):
    """Start the machine, talk to it, and take its power away. What the talk returned."""
    place = tempfile.mkdtemp(prefix="archibald-serial.")
    path = os.path.join(place, "serial")
    started = time.monotonic()
    machine = subprocess.Popen([w.replace("@SOCKET@", path) for w in vm], stdin=subprocess.DEVNULL)
    serial = None
    try:
        serial = Serial(path, log=args.log, show=args.show, alive=lambda: machine.poll() is None)
        result = talk(serial, args, started)
        failed = re.findall(r"\[FAILED\][^\r\n]*", serial.everything)
        if failed:
            raise Failure("the machine started, but: " + "; ".join(failed))
        return result
    except Failure:
        if serial:
            print("--- the serial console's last lines", file=sys.stderr)
            print(serial.transcript(), file=sys.stderr)
            print("---", file=sys.stderr)
        raise
    finally:
        if serial:
            serial.close()
        machine.terminate()
        machine.wait()
        shutil.rmtree(place, ignore_errors=True)


def ways(args):
    return {"host": args.host, "passphrase": args.passphrase, "timeout": args.timeout}


def stay_logged_in(serial, args, started):
    log_in(serial, args.user, args.password, **ways(args))
    print(f"    {args.user} is logged in, {time.monotonic() - started:.0f} s after power-on")
    check(serial, args.check, args.prints)
    return fall_asleep(serial, args.timeout) if args.hibernate else None


def stay_out(serial, args, started):
    be_refused(serial, args.user, args.password, **ways(args))
    print(f"    {args.user} is refused, {time.monotonic() - started:.0f} s after power-on")


def wake(mark, serial, args, started):
    wake_up(serial, mark, args.passphrase, args.timeout)
    print(f"    awake, with what the shell remembers, {time.monotonic() - started:.0f} s after power-on")
    check(serial, args.check)


if __name__ == "__main__":
    sys.exit(main())
