#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.py --tool REPORT_TOOL --net ARCHIBALD_NET --archibald ARCHIBALD: reports to a receiver that is not there, comes
late, goes away, is slow, says 500, loses replies, has a stranger's certificate, or never answers.
What is said must arrive once and in its order, and none of it may hold up whoever says it."""
import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import lab
import receiver

SECRET = "geheim"
faults, passed = [], 0
lock = threading.Lock()


def expect(what, condition, detail=""):
    global passed
    with lock:
        if condition:
            passed += 1
        else:
            faults.append(f"{what}\n{str(detail)[-1500:]}")


class Receiver:
    def __init__(self, the_lab, name, port, mode="ok", certificate=None):
        self.lab, self.port, self.certificate = the_lab, port, certificate
        self.file = the_lab.work / f"{name}.received"
        self.file.write_text("")
        self.mode(mode)
        self.process = None

    def mode(self, word):
        pathlib.Path(f"{self.file}.mode").write_text(word)

    def start(self):
        keys = [self.lab.work / f"{self.certificate}.{end}" for end in ("crt", "key")] \
            if self.certificate else []
        self.process = subprocess.Popen(self.lab.there(
            sys.executable, lab.HERE / "receiver.py", self.port, self.file, *keys))
        for _ in range(200):
            if f":{self.port:04X} " in pathlib.Path(
                    f"/proc/{self.lab.far.pid}/net/tcp").read_text():
                return self
            time.sleep(0.05)
        raise SystemExit(f"nothing listens on port {self.port}")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def runs(self):
        return list(receiver.collect(self.file.read_text().splitlines()).values())

    def address(self):
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://fleet:{SECRET}@answers.test:{self.port}/in?token={SECRET}"


class Tool:
    """report_tool at work, in a state directory of its own (or of one before it)."""

    def __init__(self, args, work, address, events=20, pause=100, size=10, state=None):
        self.events = events
        self.state = state or pathlib.Path(tempfile.mkdtemp(dir=work))
        self.process = subprocess.Popen(
            [args.tool, args.net, self.state, address, str(events), str(pause), str(size)],
            stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(work / "authority.crt")})

    def end(self):
        self.text = self.process.communicate(timeout=120)[0]
        self.slowest = int((re.search(r"slowest: (\d+) ms", self.text) or [0, -1])[1])
        self.closed = int((re.search(r"closed: (\d+) ms", self.text) or [0, -1])[1])
        return self

    def spool(self):
        return (self.state / "report.jsonl").read_text()


def complete(what, tool, run, dropped=0):
    """All events of the tool once, in their order, behind the head; the log and the result."""
    seqs = [e["seq"] for e in run["events"]]
    expect(f"{what}: all events", seqs == list(range(1, tool.events + 4)) or dropped, seqs)
    expect(f"{what}: head", run["head"]["machine"] == {"macs": ["52:54:00:12:34:56"],
           "serial": "SN 1"} and run["head"]["hostName"] == "rack1" and
           run["head"]["plan"] == "the-plan", run["head"])
    expect(f"{what}: result", run.get("result", {}).get("events") == tool.events + 3 and
           run["result"]["status"] == 0, run.get("result"))
    expect(f"{what}: log", "installLog" in run)


def one(what, args, the_lab, port, change=None, mode="ok", absent=False, said="", **more):
    """A run to its end while `change` does something to the receiver; it must be complete."""
    r = Receiver(the_lab, what.replace(" ", "-"), port, mode)
    if not absent:
        r.start()
    tool = Tool(args, the_lab.work, r.address(), **more)
    if change:
        change(r, tool)
    tool.end()
    runs = r.runs()
    expect(f"{what}: one run", len(runs) == 1, runs)
    if runs:
        complete(what, tool, runs[0])
    expect(f"{what}: never waited for", 0 <= tool.slowest < 1000, tool.text)
    expect(f"{what}: said", re.search(said, tool.text) if said else "said" not in tool.text,
           tool.text)
    r.stop()
    return tool, runs


def comes_and_goes(r, _):
    time.sleep(2)
    r.start()
    time.sleep(3)
    r.stop()
    time.sleep(2)
    r.start()


def then_ok(seconds):
    def change(r, _):
        time.sleep(seconds)
        r.mode("ok")
    return change


def no_secret(_, tool):
    """Neither in a command line nor in an environment, while it runs."""
    time.sleep(1)
    seen = 0
    for process in pathlib.Path("/proc").iterdir():
        try:
            if (process / "cmdline").read_text().split("\0")[0].endswith("/archibald-net"):
                seen += 1
                expect("no secret in argv", SECRET not in (process / "cmdline").read_text())
                expect("no secret in the environment",
                       SECRET not in (process / "environ").read_text(errors="replace"))
        except OSError:
            pass
    # report_tool's own argument has it; archibald-net's must not.
    expect("archibald-net was looked at", seen >= 1, seen)
    del tool


def cable(the_lab):
    def change(*_):
        time.sleep(1)
        the_lab.cable(False)
        time.sleep(4)
        the_lab.cable(True)
    return change


def never(what, args, the_lab, r, said):
    """What cannot be delivered ends after a bounded time, is said, and is kept for the next run."""
    tool = Tool(args, the_lab.work, r.address(), events=5).end()
    expect(f"{what}: bounded", 25000 < tool.closed < 40000, tool.text)
    expect(f"{what}: said why", re.search(said, tool.text), tool.text)
    expect(f"{what}: said at the end", "not everything could be reported; what is left is in" in
           tool.text, tool.text)
    expect(f"{what}: not waited for", 0 <= tool.slowest < 1000, tool.text)
    expect(f"{what}: kept", tool.spool().count("\n") == 5 + 3 + 3, tool.spool())
    expect(f"{what}: no secret in the spool", SECRET not in tool.spool() + tool.text)
    return tool


def kept_for_later(args, the_lab):
    """The next run delivers what the one before could not, then its own."""
    r = Receiver(the_lab, "later", 9101, "stall").start()
    first = never("a receiver that never answers", args, the_lab, r, "too slow|timed out|")
    expect("why, in words", "allback" not in first.text and
           "the installation goes on" not in first.text, first.text)
    r.mode("ok")
    second = Tool(args, the_lab.work, r.address(), events=7, state=first.state).end()
    runs = r.runs()
    expect("two runs", len(runs) == 2, runs)
    for what, tool, run in zip(("the first", "the second"), (first, second), runs):
        complete(what, tool, run)
    third = Tool(args, the_lab.work, r.address(), events=3, state=first.state).end()
    expect("a third begins a new file", third.spool().count("\n") == 3 + 3 + 3, third.spool())
    expect("and is alone", len(r.runs()) == 3 and "said" not in third.text, third.text)
    r.stop()


def another_receiver(args, the_lab):
    """What one could not be told is not another's."""
    dead = Receiver(the_lab, "dead", 9109)
    first = Tool(args, the_lab.work, dead.address(), events=5)
    time.sleep(2)
    first.process.kill()
    first.process.wait()
    r = Receiver(the_lab, "another", 9110).start()
    second = Tool(args, the_lab.work, r.address(), events=7, state=first.state).end()
    runs = r.runs()
    expect("another receiver gets its own run alone", len(runs) == 1, runs)
    complete("another receiver", second, runs[-1])
    kept = "".join(p.read_text() for p in first.state.iterdir())
    expect("its address is not kept", SECRET not in kept, kept)
    r.stop()


def silent_at_last(args, the_lab):
    """The last cause that is one is said, and not that the time was over."""
    r = Receiver(the_lab, "silent", 9111, "500").start()
    tool = Tool(args, the_lab.work, r.address(), events=5)
    time.sleep(3)
    r.mode("stall")
    tool.end()
    expect("the cause is kept", "status 500" in tool.text and "allback" not in tool.text and
           "waited for" not in tool.text, tool.text)
    r.stop()


def killed(args, the_lab):
    """kill -9: archibald-net ends too, and the next run goes on behind what was sent."""
    r = Receiver(the_lab, "killed", 9102).start()
    first = Tool(args, the_lab.work, r.address(), events=1000)
    time.sleep(4)
    r.mode("500")
    time.sleep(2)
    children = pathlib.Path(f"/proc/{first.process.pid}/task/{first.process.pid}/children")
    child = children.read_text().split()[0]
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    time.sleep(0.5)
    expect("archibald-net has ended with it", not pathlib.Path(f"/proc/{child}/exe").exists())
    with open(first.state / "report.jsonl", "a", encoding="utf-8") as spool:
        spool.write('{"v":1,"seq":999,"ki')  # as a write that was cut off
    r.mode("ok")
    second = Tool(args, the_lab.work, r.address(), events=5, state=first.state).end()
    runs = r.runs()
    expect("both runs are there", len(runs) == 2, r.file.read_text())
    if len(runs) == 2:
        seqs = [e["seq"] for e in runs[0]["events"]]
        expect("the first without a gap", seqs == list(range(1, len(seqs) + 1)) and len(seqs) > 30,
               seqs)
        expect("and without one sent twice", runs[0]["twice"] == 0, runs[0]["twice"])
        complete("after a kill", second, runs[1])
    r.stop()


def full(args, the_lab):
    """More than the spool holds: what programs said is dropped and counted, the rest is there."""
    r = Receiver(the_lab, "full", 9103, "500").start()
    tool = Tool(args, the_lab.work, r.address(), events=1200, pause=0, size=20000)
    size = 0
    for _ in range(600):
        time.sleep(0.1)
        now = (tool.state / "report.jsonl").stat().st_size if (tool.state / "report.jsonl").exists() \
            else 0
        if size and now == size:
            break
        size = now
    r.mode("ok")
    tool.end()
    run = r.runs()[0]
    dropped = run["result"]["dropped"]
    expect("dropped and counted", 0 < dropped < 1200 and
           len(run["events"]) + dropped == 1203, (dropped, len(run["events"])))
    expect("bounded", len(tool.spool()) < 18 << 20, len(tool.spool()))
    expect("what matters is there", [e["kind"] for e in run["events"]][-2:] == ["end", "done"])
    complete("a full spool", tool, run, dropped)
    r.stop()


def refused(args, the_lab):
    """A machine that nobody watches and that is not installed says so, too. The disk is one that
    no machine has."""
    r = Receiver(the_lab, "refused", 9108).start()
    key = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF"
           " admin@example")
    answers = {"version": 1, "variant": "server", "hostName": "rack1", "report": r.address(),
               "disk": {"path": "/dev/archibald-none"}, "users": {"admin": {"sshKeys": [key]}}}
    state = the_lab.work / "refused"
    for name, status, said in (("rack1", 4, "there is no disk /dev/archibald-none"),
                               ("-rack-", 3, "hostName: \"-rack-\" cannot be used")):
        file = the_lab.work / "refused.json"
        file.write_text(json.dumps({**answers, "hostName": name}))
        done = subprocess.run([args.archibald, "install", file, "--ui", "none", "--state", state],
                              text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                              timeout=100)
        runs = r.runs()
        expect(f"status {status}", done.returncode == status and said in done.stderr, done)
        expect(f"{status} is reported", runs and runs[-1]["result"]["status"] == status and
               len(runs[-1]["events"]) == 1 and said in runs[-1]["events"][0]["why"] and
               "plan" not in runs[-1]["head"], runs)
    kept = "".join(p.read_text(errors="replace") for p in state.iterdir())
    expect("no secret is kept", SECRET not in kept + r.file.read_text(), kept)
    r.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True, type=pathlib.Path)
    parser.add_argument("--net", required=True, type=pathlib.Path)
    parser.add_argument("--archibald", required=True, type=pathlib.Path)
    args = parser.parse_args()
    args.tool, args.net = args.tool.resolve(), args.net.resolve()
    args.archibald = args.archibald.resolve()
    lab.enter()
    with tempfile.TemporaryDirectory() as tmp:
        the_lab = lab.Lab(tmp)
        the_lab.odd(the_lab.www / "ok.json")
        the_lab.wait()
        # The cable is everybody's: alone, and first.
        one("no cable", args, the_lab, 9000, cable(the_lab), events=60,
            said="cannot be delivered now(.|\n)*delivered again")
        tls = [Receiver(the_lab, name, port, certificate=name).start()
               for name, port in (("stranger", 9104), ("early", 9105), ("good", 9106))]
        jobs = [
            (one, "a good receiver", args, the_lab, 9001, no_secret),
            (one, "comes and goes", args, the_lab, 9002, comes_and_goes, "ok", True,
             "cannot be delivered now(.|\n)*delivered again"),
            (one, "says 500", args, the_lab, 9003, then_ok(4), "500", False,
             "status 500.*\n(.|\n)*delivered again"),
            (one, "is slow", args, the_lab, 9004, None, "slow 2"),
            (one, "cuts", args, the_lab, 9005, then_ok(3), "cut", False, "cannot be delivered"),
            (one, "says 404", args, the_lab, 9006, then_ok(3), "404", False, "status 404"),
            (kept_for_later, args, the_lab),
            (another_receiver, args, the_lab),
            (silent_at_last, args, the_lab),
            (killed, args, the_lab),
            (full, args, the_lab),
            (never, "a stranger's certificate", args, the_lab, tls[0], "certificate|issuer"),
            (never, "a wrong clock", args, the_lab, tls[1],
             "by this machine's clock the server's certificate is not valid yet"),
        ]
        threads = [threading.Thread(target=job[0], args=job[1:]) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _, runs = one("loses replies", args, the_lab, 9007, then_ok(4), "lose", False,
                      "cannot be delivered")
        expect("lost replies are events sent twice", runs and runs[0]["twice"] > 0, runs)
        refused(args, the_lab)
        secure = Tool(args, the_lab.work, tls[2].address()).end()
        complete("over TLS", secure, tls[2].runs()[0])
        expect("nothing to say", "said" not in secure.text, secure.text)
    for fault in faults:
        print("FAIL", fault)
    print(f"{passed} passed, {len(faults)} failed")
    sys.exit(1 if faults or passed < 110 else 0)


main()
