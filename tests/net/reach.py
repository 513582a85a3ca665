#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""reach.py --archibald PROGRAM: how far a machine reaches, by layers, on networks that fail at each
of them, and SSH keys that are fetched (tests/net/lab.py says what is where)."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import lab

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhT4fzZXqzMVnWqDGbnQDPQYYv0B6cxGQ1lTz0u1vkF"
PRIVATE = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"
LAYERS = ("link", "address", "DNS", "time", "cache")
faults, passed = [], 0


def expect(what, condition, detail=""):
    global passed
    if condition:
        passed += 1
    else:
        faults.append(f"{what}\n{detail}")


class Machine:
    def __init__(self, archibald, work):
        self.archibald, self.work = archibald, work
        self.root = work / "machine"
        subprocess.run([sys.executable, lab.TESTS / "tools/unpack-machine",
                        lab.TESTS / "machines/qemu-x86/root.txt", self.root], check=True)

    def run(self, *argv, before=(), **env):
        return subprocess.run([*before, self.archibald, *map(str, argv)], text=True, check=False,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
                              env={"PATH": os.environ["PATH"],
                                   "SSL_CERT_FILE": str(self.work / "authority.crt"), **env})

    def reaches(self, what, verdicts, pattern, url, *more, within=15, **env):
        """verdicts: a sign for each layer, + ok, - failed, ? unknown."""
        begin = time.monotonic()
        done = self.run("detect", "--network", "--cache", url, "--json", *more, **env)
        seconds = time.monotonic() - begin
        state = json.loads(done.stdout or "{}")
        signs = "".join({"ok": "+", "failed": "-", "unknown": "?"}[state[layer]["verdict"]]
                        for layer in LAYERS) if state else "none"
        expect(what, signs == verdicts and re.search(pattern, done.stdout) and seconds < within and
               done.returncode == (0 if verdicts == "+++++" else 1) and not done.stderr,
               f"{signs} after {seconds:.1f} s, status {done.returncode}\n{done.stdout}{done.stderr}")
        expect(f"{what}: every failure has a hint",
               all(("hint" in state[layer]) == (state[layer]["verdict"] == "failed")
                   for layer in LAYERS), done.stdout)

    def key(self, what, keys, status, pattern, *more):
        """pattern: in the configuration that is written, or in what is said instead."""
        answers = self.work / "keys.json"
        answers.write_text(json.dumps({
            "version": 1, "variant": "server", "hostName": "rack1", "disk": {"path": "/dev/vda"},
            "users": {"admin": {"sshKeys": keys}}}))
        out = self.work / f"out{passed}"
        done = self.run("generate", answers, "--root", self.root, "--out", out, "--wait", "0", *more)
        said = done.stdout + done.stderr
        if status == 0 and done.returncode == 0:
            said = (out / "hosts/rack1/default.nix").read_text()
        expect(what, done.returncode == status and re.search(pattern, said),
               f"status {done.returncode}\n{said}")
        expect(f"{what}: nothing of a private key", PRIVATE not in said, said)


def layers(m, the_lab):
    m.reaches("all is well", "+++++", re.escape(lab.CLIENT), "https://answers.test")
    m.reaches("in the clear, too", "+++++", "answers.test", "http://answers.test")
    m.reaches("no cache", "++++-", "status 404", "https://answers.test/none")
    m.reaches("a login page", "++++-", "something else answers", "http://answers.test/portal")
    m.reaches("a name that nobody knows", "++-??", "nobody.test is not known", "https://nobody.test")
    m.reaches("nothing listens", "+++?-", "cannot be reached.*answers.test", "https://answers.test:4443")
    m.reaches("no TLS at all", "+++?-", "does not prove", "https://answers.test:80")
    m.reaches("a stranger", "+++?-", "does not prove who it is: .*self.signed",
              "https://answers.test:3443")
    m.reaches("a certificate that has run out", "++++-", "has run out", "https://answers.test:2443")
    m.reaches("no address of a cache", "++???", "link", "ftp://answers.test")
    m.reaches("a password is not shown", "+++++", r"^(?![\s\S]*geheim)",
              "https://u:geheim@answers.test")
    m.reaches("a proxy", "+++++", "answers.test", "http://answers.test",
              http_proxy=f"http://{lab.SERVER}:3128")
    expect("the proxy was asked",
           "nix-cache-info" in (m.work / "proxy.log").read_text())
    m.reaches("no such proxy", "++-??", "the proxy's name", "http://answers.test",
              http_proxy="http://nobody.test:3128")
    m.reaches("a proxy that is not there", "+++?-", "cannot be reached", "http://answers.test",
              http_proxy=f"http://{lab.SERVER}:3129")


def clock(m):
    """The clock of the program that judges is set back; what is early for the one is late for the
    other."""
    for when, said in (("2001-06-01", "clock says 2001-06-01 .*the server's 20"),
                       ("2045-06-01", "clock says 2045-06-01 .*the server's 20")):
        done = m.run("detect", "--network", "--cache", "https://answers.test", before=("faketime", when))
        expect(f"a clock of {when}", done.returncode == 1 and re.search(said, done.stdout) and
               re.search("(?m)^time +failed", done.stdout) and "date -u -s" in done.stdout, done.stdout)
    done = m.run("detect", "--network", "--cache", "https://answers.test:1443",
                 before=("faketime", "2001-06-01"))
    expect("the clock is named as what makes certificates look bad",
           re.search("(?m)^time +failed .*good certificates look bad", done.stdout) and
           re.search("(?m)^cache +unknown", done.stdout), done.stdout)


def broken(m, the_lab):
    resolv = the_lab.work / "resolv.conf"
    before = resolv.read_text()
    resolv.write_text("nameserver 10.77.0.9\noptions timeout:20\n")
    m.reaches("a name server that is silent", "++-??", "no name server answers",
              "https://answers.test")
    resolv.write_text(before)
    subprocess.run(["ip", "addr", "flush", "dev", "near"], check=True)
    m.reaches("no address", "+-???", "no router or DHCP server", "https://answers.test", within=2)
    the_lab.cable(False)
    m.reaches("no cable", "-????", "(?s)no connection at near.*plug in a cable", "https://answers.test",
              within=2)
    subprocess.run(["ip", "link", "del", "near"], check=True)
    m.reaches("no interface", "-????", "no network interface", "https://answers.test", within=2)


def keys(m, www):
    github = www / "github"
    github.mkdir()
    (github / "ada.keys").write_text(f"{KEY}\n{KEY} second\n")
    (github / "none.keys").write_text("\n")
    (www / "keys").write_text(f"# mine\r\n{KEY} ada@studio\r\n")
    (www / "page").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    (www / "private").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n" + PRIVATE + "\n")
    (www / "hostile").write_text(f"{KEY} \x1b[2J\n")
    (www / "options").write_text(f'command="rm -rf /" {KEY}\n')
    (www / "bytes").write_bytes(os.urandom(4096))
    (www / "large").write_text(f"{KEY}\n" * 20000)
    file = m.work / "my.pub"
    file.write_text(KEY + " file\n")
    m.key("a GitHub user", ["github:ada"], 0, f'"{re.escape(KEY)} ada@github"')
    m.key("an address", ["https://answers.test/keys"], 0, f'"{re.escape(KEY)} ada@studio"')
    m.key("a file", [f"file:{file}"], 0, f'"{re.escape(KEY)} file"')
    m.key("no such user", ["github:bob"], 3, "GitHub knows no user bob")
    m.key("a user without keys", ["github:none"], 3, "no key in it")
    m.key("a page", ["https://answers.test/page"], 3, "web page")
    m.key("a private key", ["https://answers.test/private"], 3, "that is a private key!")
    m.key("control characters", ["https://answers.test/hostile"], 3, "cut off or damaged")
    m.key("options", ["https://answers.test/options"], 3, "options in front")
    m.key("anything", ["https://answers.test/bytes"], 3, "not text|no public key")
    m.key("too large", ["https://answers.test/large"], 3, "1048576 bytes")
    m.key("in the clear", ["http://answers.test/keys"], 3, "over http:// anybody")
    m.key("a way into the clear", ["https://answers.test/downgrade"], 3, "http")
    m.key("a stranger", ["https://answers.test:3443/keys"], 3, "self.signed|issuer")
    m.key("not there", ["https://answers.test/nothing"], 3, "status 404")
    m.key("no file", ["file:/nowhere"], 3, "cannot open /nowhere")
    m.key("a device", ["file:/dev/zero"], 3, "not a file")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archibald", required=True)
    archibald = pathlib.Path(parser.parse_args().archibald).resolve()
    lab.enter()
    with tempfile.TemporaryDirectory() as tmp:
        work = pathlib.Path(tmp)
        the_lab = lab.Lab(work)
        cache = "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n"
        (the_lab.www / "nix-cache-info").write_text(cache)
        (the_lab.www / "portal").mkdir()
        (the_lab.www / "portal/nix-cache-info").write_text("<html>Welcome! Please log in</html>")
        the_lab.odd(the_lab.www / "ok.json")
        the_lab.wait()
        m = Machine(archibald, work)
        layers(m, the_lab)
        clock(m)
        keys(m, the_lab.www)
        broken(m, the_lab)
    for fault in faults:
        print("FAIL", fault)
    print(f"{passed} passed, {len(faults)} failed")
    sys.exit(1 if faults or passed < 70 else 0)


main()
