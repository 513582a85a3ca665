#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""fetch.py --archibald PROGRAM: answers over a network that does everything wrong (tests/net/lab.py
says what is where), and twenty machines that each get their own."""
import argparse
import hashlib
import json
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import threading
import time

import lab

KEY = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF"
       " admin@example")
faults, passed = [], 0


def answers(**more):
    return json.dumps({"version": 1, "variant": "server", "hostName": "rack1",
                       "disk": {"path": "/dev/vda"}, "users": {"admin": {"sshKeys": [KEY]}}, **more})


def expect(what, condition, detail=""):
    global passed
    if condition:
        passed += 1
    else:
        faults.append(f"{what}\n{detail}")


class Machine:
    """A recorded root with a MAC and a serial number of its own."""

    def __init__(self, archibald, work, number=0, authority=None):
        self.archibald, self.authority = archibald, authority
        self.root = work / f"machine{number}"
        subprocess.run([sys.executable, lab.TESTS / "tools/unpack-machine",
                        lab.TESTS / "machines/qemu-x86/root.txt", self.root], check=True)
        self.mac = f"52:54:00:00:01:{number:02x}"
        self.serial = f"SN {number:04d}/A"
        for path in (self.root / "sys/devices").rglob("net/*/address"):
            path.write_text(self.mac + "\n")
        dmi = self.root / "sys/devices/virtual/dmi/id"
        (dmi / "product_serial").write_text(self.serial + "\n")
        (dmi / "product_uuid").write_text(f"00000000-0000-4000-8000-{number:012x}\n")

    def run(self, command, name, *options, **env):
        begin = time.monotonic()
        done = subprocess.run(
            [self.archibald, command, name, "--root", self.root, *options], text=True,
            capture_output=True, stdin=subprocess.DEVNULL, timeout=200,
            env={"PATH": os.environ["PATH"], "SSL_CERT_FILE": str(self.authority), **env})
        done.seconds = time.monotonic() - begin
        return done

    def refused(self, what, name, pattern, *options, within=60, **env):
        done = self.run("check", name, "--wait", "2", *options, **env)
        expect(what, done.returncode == 3 and re.search(pattern, done.stderr) and
               done.seconds < within and not done.stdout,
               f"status {done.returncode} after {done.seconds:.0f} s\n{done.stderr}")

    def accepted(self, what, name, *options, **env):
        done = self.run("check", name, *options, **env)
        expect(what, done.returncode == 0, f"status {done.returncode}\n{done.stderr}")
        return done


def counted(path):
    done = subprocess.run(["curl", "-s", "http://answers.test:8080/count"], capture_output=True,
                          check=True)
    return json.loads(done.stdout).get(path, 0)


def tls(m):
    m.accepted("a good certificate", "https://answers.test/ok.json")
    m.refused("a stranger's certificate", "https://answers.test:3443/ok.json", "self.signed|issuer")
    m.refused("a name that is not the certificate's", f"https://{lab.SERVER}/ok.json",
              "no alternative certificate|does not match")
    m.refused("a clock before the certificate", "https://answers.test:1443/ok.json",
              r"not valid yet\nhint: is the clock right\? It says 20\d\d-\d\d-\d\d \d\d:\d\d UTC")
    m.refused("a clock after the certificate", "https://answers.test:2443/ok.json",
              r"has expired\nhint: is the clock right")
    m.refused("no way back to the clear", "https://answers.test/downgrade", "http")


def bad_network(m, text):
    pin = hashlib.sha256(text.encode()).hexdigest()
    m.accepted("the right hash", "http://answers.test/ok.json", "--sha256", pin)
    m.refused("a wrong hash", "http://answers.test/ok.json", f"SHA-256 is {pin}, wanted 0{{64}}",
              "--sha256", "0" * 64)
    m.refused("no hash", "http://answers.test/ok.json", "64 hexadecimal", "--sha256", "abc")
    m.refused("404", "http://answers.test/no.json", "status 404", within=2)
    m.refused("403 is not tried again", "http://answers.test/403", r"status 403\n", within=2)
    m.refused("500 is tried again", "http://answers.test/500", r"status 500 \(tried 2 times\)")
    m.refused("a name that nobody knows", "http://nobody.test/", "resolve host")
    m.refused("cut in the middle", "http://answers.test:8080/cut", r"tried 2 times")
    expect("a cut connection was tried again", counted("/cut") == 2, counted("/cut"))
    m.refused("no reply", "http://answers.test:8080/close", r"Empty reply.*tried 2 times")
    m.refused("a reply that never comes", "http://answers.test:8080/stall", "too slow|timed out",
              within=40)
    m.refused("too large", "http://answers.test:8080/big", "1048576 bytes that are allowed")
    m.refused("without an end", "http://answers.test:8080/endless", "1048576 bytes that are allowed")
    m.refused("malformed", "http://answers.test/bad.json", r"bad.json:2:\d+: this is not JSON")
    m.refused("not text", "http://answers.test/zeros.json", "not JSON")
    m.refused("not http", "ftp://answers.test/ok.json", "cannot open the answers ftp://")
    m.refused("a password is not shown", "http://u:geheim@answers.test/no.json?token=geheim",
              r"^(?!.*geheim)[\s\S]*answers.test/no.json")
    m.accepted("503 twice, then there", "http://answers.test:8080/flaky/2", "--wait", "20")
    done = m.run("plan", "http://answers.test:8080/drip", "--wait", "5")
    expect("slow but steady", "is missing" in done.stderr, done.stderr)
    m.accepted("a redirection", "http://answers.test:8080/away/http://answers.test/ok.json")
    m.refused("a redirection to nowhere", "http://answers.test:8080/choices",
              r"status 300\nhint: .*does not say where", within=2)
    m.accepted("the longest address", f"http://answers.test/ok.json?{'x' * 4068}"[:4095])
    m.refused("a longer one", f"http://answers.test/ok.json?{'x' * 4069}"[:4096], "too long")
    m.accepted("a proxy", "http://answers.test/ok.json?proxied",
               http_proxy=f"http://{lab.SERVER}:3128")


def dead_keys(m, www):
    """A network is waited for once, however many places are behind it."""
    (www / "keys.json").write_text(answers(users={"admin": {"sshKeys": [
        f"https://answers.test:9/{name}.keys" for name in "abc"]}}))
    done = m.run("check", "http://answers.test/keys.json", "--wait", "4")
    expect("three dead places", done.returncode == 3 and done.stderr.count(".keys: ") >= 3 and
           done.seconds < 7, f"status {done.returncode} after {done.seconds:.1f} s\n{done.stderr}")


def outage(the_lab, m):
    """The cable is put in while the answers are waited for."""
    the_lab.cable(False)
    m.refused("no cable", "http://answers.test/ok.json", "resolve host|connect")
    later = threading.Timer(4, the_lab.cable, [True])
    later.start()
    m.accepted("a cable that comes late", "http://answers.test/ok.json", "--wait", "60")
    later.join()


def labelled(m, work, text):
    """A real file system by its label, never mounted anywhere; a journal that was left open stays
    as it is."""
    image, folder = work / "stick.img", work / "stick"
    folder.mkdir()
    (folder / "answers.json").write_text(text)
    (folder / "hooked.json").write_text(answers(hooks={"before": [{"file": "go.sh"}]}))
    (folder / "lonely.json").write_text(answers(hooks={"before": [{"file": "none.sh"}]}))
    (folder / "go.sh").write_text("#!/bin/sh\n")
    subprocess.run(["mkfs.ext4", "-q", "-L", "STICK", "-d", folder, image, "8M"], check=True,
                   capture_output=True)
    loop = subprocess.run(["losetup", "-f", "--show", image], check=True, text=True,
                          capture_output=True).stdout.strip()
    try:
        recorded = json.loads(subprocess.run(
            [m.archibald, "detect", "--root", m.root, "--json"], check=True,
            capture_output=True).stdout)
        recorded["disks"].append({"path": loop, "bytes": 8 << 20, "sectorBytes": 512, "fsType": "ext4",
                                  "fsLabel": "STICK"})
        machine = work / "stick.json"
        machine.write_text(json.dumps(recorded))
        before = hashlib.sha256(image.read_bytes()).hexdigest()
        for name, status, said in (("label:STICK", 0, "fit"), ("label:stick/answers.json", 3, "labelled stick"),
                                   ("label:STICK/hooked.json", 0, "fit"),
                                   ("label:STICK/lonely.json", 3, "hooks.before[0].file: none.sh"),
                                   ("label:STICK/no.json", 3, "No such file"),
                                   ("label:OTHER", 3, "no file system labelled OTHER")):
            done = subprocess.run([m.archibald, "check", name, "--machine", machine], text=True,
                                  capture_output=True, check=False)
            expect(name, done.returncode == status and said in done.stdout + done.stderr,
                   f"status {done.returncode}\n{done.stderr}")
        expect("nothing was written to it",
               before == hashlib.sha256(image.read_bytes()).hexdigest())
        expect("nothing stays mounted",
               f"{loop} " not in pathlib.Path("/proc/mounts").read_text())
    finally:
        subprocess.run(["losetup", "-d", loop], check=True)


def hooks(m, www):
    """Files beside the answers, fetched with them: there, not there, another one, pinned or not."""
    (www / "h").mkdir()
    hook, file = www / "h/go.sh", www / "h/default.json"
    hook.write_text("#!/bin/sh\nexit 0\n")
    sha256 = hashlib.sha256(hook.read_bytes()).hexdigest()
    url = "http://answers.test/h/{mac}.json"
    file.write_text(answers(hooks={"before": [{"file": "go.sh"}]}))
    pin = hashlib.sha256(file.read_bytes()).hexdigest()
    m.accepted("a hook beside the answers", url)
    done = m.run("plan", url, "--json")
    expect("its hash is in the plan", json.loads(done.stdout)["hooks"][0]["sha256"] == sha256)
    m.refused("pinned answers want pinned hooks", url, "its sha256 is missing", "--sha256", pin)
    file.write_text(answers(hooks={"before": [{"file": "go.sh", "sha256": sha256}]}))
    pin = hashlib.sha256(file.read_bytes()).hexdigest()
    m.accepted("both pinned", url, "--sha256", pin)
    hook.write_text("#!/bin/sh\nexit 1\n")
    m.refused("another hook than the pinned one", url, f"SHA-256 of go.sh is .*, wanted {sha256}")
    hook.write_bytes(bytes(3000000))
    m.refused("a hook that is too large", url, "1048576 bytes that are allowed")
    hook.unlink()
    m.refused("a hook that is not there", url,
              r"default.json:1:\d+: hooks.before\[0\].file: go.sh, beside the answers: .*status 404")


def console(archibald, work, www):
    """With a person there, what cannot be had or used is asked for again; the disk is one that no
    machine has, and the last word is the end of input."""
    (www / "none.json").write_text(answers(disk={"path": "/dev/archibald-none"}))
    ours, theirs = pty.openpty()
    process = subprocess.Popen([archibald, "install", "http://answers.test/no.json", "--ui", "plain",
                                "--state", work / "state", "--wait", "2"], stdin=theirs,
                               stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    said = ""
    for pattern, reply in ((r"status 404[\s\S]*File or address of the answers",
                            "http://answers.test/bad.json\n"),
                           (r"bad.json:2:\d+: this is not JSON[\s\S]*File or address", "/no/such\n"),
                           (r"/no/such: No such file[\s\S]*File or address",
                            "http://answers.test/none.json\n"),
                           ("Keyboard .us.: ", "\x04")):
        end = time.monotonic() + 60
        while not re.search(pattern, said) and time.monotonic() < end:
            if select.select([ours], [], [], 1)[0]:
                said += os.read(ours, 4096).decode(errors="replace")
        expect(f"asked again: {pattern}", re.search(pattern, said), said[-1500:])
        said = ""
        os.write(ours, reply.encode())
    time.sleep(1)
    os.close(ours)
    expect("cancelled by the end of input", process.wait(timeout=60) == 5, process.returncode)


def planned(m, name, url):
    done = m.run("plan", url, "--json", "--wait", "5")
    if done.returncode != 0:
        expect(f"{m.mac} of {url}", False, done.stderr)
        return
    plan = json.loads(done.stdout)
    hosts = [f["path"] for f in plan["files"]]
    expect(f"{m.mac} of {url} is {name}", plan["hostName"] == name and
           all(f"/hosts/{name}/" in path for path in hosts), plan["hostName"])


def one_file(machines, www):
    """The same machines by one file: by MAC, by serial number, and one of which it knows nothing."""
    hosts = [{"match": {"board": "qemu-standard-pc-q35-ich9-2009"}, "swap": {"kind": "none"}}]
    hosts += [{"match": {"mac": m.mac} if i % 2 else {"serial": m.serial}, "hostName": f"seat{i}"}
              for i, m in enumerate(machines[:-1])]
    (www / "all.json").write_text(answers(hosts=hosts))
    for i, m in enumerate(machines):
        planned(m, f"seat{i}" if m is not machines[-1] else "rack1", "http://answers.test/all.json")
    done = machines[0].run("plan", "http://answers.test/all.json", "--json")
    expect("by board, too", json.loads(done.stdout)["swap"] == "none", done.stdout[:200])
    (www / "one.json").write_text(answers(hosts=hosts[1:2]))
    done = machines[-1].run("check", "http://answers.test/one.json")
    expect("no entry is a warning", "No entry of" in done.stderr, done.stderr)


def twenty(archibald, work, www):
    """By MAC, by serial number, and what is left by default; none gets another one's."""
    machines = []
    (www / "m").mkdir()
    (www / "m" / "default.json").write_text(answers(hostName="nobody"))
    for number in range(1, 21):
        m = Machine(archibald, work, number)
        name, url = f"studio{number}", "http://answers.test/m/{mac}.json"
        if number <= 8:
            (www / "m" / f"{m.mac.replace(':', '-')}.json").write_text(answers(hostName=name))
        elif number <= 16:
            url = "http://answers.test/m/{serial}.json"
            (www / "m" / f"{m.serial.replace('/', ',')}.json").write_text(answers(hostName="wrong"))
            folder = www / "m" / m.serial.split("/")[0]
            folder.mkdir()
            (folder / "A.json").write_text(answers(hostName=name))
        else:
            name = "nobody"
        planned(m, name, url)
        machines.append(m)
    one_file(machines, www)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archibald", required=True)
    archibald = pathlib.Path(parser.parse_args().archibald).resolve()
    lab.enter()
    with tempfile.TemporaryDirectory() as tmp:
        work = pathlib.Path(tmp)
        the_lab = lab.Lab(work)
        text = answers()
        (the_lab.www / "ok.json").write_text(text)
        (the_lab.www / "bad.json").write_text('{\n "version": 1,,\n}')
        (the_lab.www / "zeros.json").write_bytes(bytes(5000))
        the_lab.odd(the_lab.www / "ok.json")
        the_lab.wait()
        m = Machine(archibald, work, authority=work / "authority.crt")
        labelled(m, work, text)
        tls(m)
        bad_network(m, text)
        expect("the proxy was asked", "proxied" in (work / "proxy.log").read_text())
        dead_keys(m, the_lab.www)
        outage(the_lab, m)
        twenty(archibald, work, the_lab.www)
        hooks(m, the_lab.www)
        console(archibald, work, the_lab.www)
    for fault in faults:
        print("FAIL", fault)
    print(f"{passed} passed, {len(faults)} failed")
    sys.exit(1 if faults or passed < 90 else 0)


main()
