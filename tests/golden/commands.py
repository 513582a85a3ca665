#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line itself: help, versions, exit statuses, and that a refusal writes nothing."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
COMMANDS = ["detect", "check", "plan", "generate", "ask", "install", "schema"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archibald", required=True)
    archibald = str(pathlib.Path(parser.parse_args().archibald).resolve())
    faults = []

    def run(*args, **kw):
        return subprocess.run([archibald, *args], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120, **kw)

    def expect(what, condition, done):
        if not condition:
            faults.append(f"{what}: status {done.returncode}\n{done.stdout}{done.stderr}")

    done = run()
    expect("no command is a usage error", done.returncode == 2 and "usage" in done.stderr, done)
    done = run("explode")
    expect("an unknown command is named", done.returncode == 2 and "explode" in done.stderr, done)
    done = run("--help")
    expect("help lists the commands", done.returncode == 0 and
           all(c in done.stdout for c in COMMANDS), done)
    for command in COMMANDS:
        if command in ("ask", "install") and not os.path.exists(os.path.dirname(archibald) +
                                                       "/archibald-install"):
            continue
        done = run(command, "--help")
        expect(f"{command} --help", done.returncode == 0 and f"archibald {command}" in done.stdout,
               done)
        done = run(command, "--version")
        expect(f"{command} --version", done.returncode == 0 and
               done.stdout.startswith("archibald "), done)
        done = run(command, "--no-such-option")
        expect(f"{command}: unknown option", done.returncode == 2 and
               "--no-such-option" in done.stderr, done)
    if os.path.exists(os.path.dirname(archibald) + "/archibald-install"):
        done = run("ask", "--help")
        expect("ask offers only who asks", "dialog|plain" in done.stdout and
               "none" not in done.stdout, done)
        done = run("ask", "--ui", "none", "--out", "/tmp/archibald-none.json")
        expect("and refuses who does not", done.returncode == 2 and
               done.stderr.endswith("--ui is dialog|plain\n"), done)
        for out in ["/nonexistent/x.json", "/dev/null/x.json", "/tmp/"]:
            done = run("ask", "--ui", "plain", "--out", out)
            expect("what cannot be written is said before the first question",
                   done.returncode in (1, 2) and not done.stdout and out.rstrip("/") in done.stderr +
                   "/tmp", done)
    for root in ["", "mnt"]:
        done = run("install", "--ui", "none", "--root", root)
        expect("--root wants an absolute path", done.returncode == 2 and
               "absolute" in done.stderr, done)
    done = run("plan")
    expect("a missing argument is a usage error", done.returncode == 2, done)
    done = run("plan", "/nonexistent.json")
    expect("a missing file is named", done.returncode == 3 and "/nonexistent.json" in done.stderr,
           done)
    schema = run("schema")
    tree = json.loads(schema.stdout)
    expect("the schema is one", tree["$schema"].endswith("2020-12/schema") and
           tree["additionalProperties"] is False, schema)
    with tempfile.TemporaryDirectory() as tmp:
        root = pathlib.Path(tmp) / "root"
        subprocess.run([sys.executable, TESTS / "tools/unpack-machine",
                        TESTS / "machines/qemu-x86/root.txt", root], check=True)
        bad = pathlib.Path(tmp) / "bad.json"
        bad.write_text('{ "version": 1, "hostName": "-" }')
        out = pathlib.Path(tmp) / "out"
        done = run("generate", str(bad), "--root", str(root), "--out", str(out))
        expect("bad answers are refused with 3 and write nothing",
               done.returncode == 3 and not out.exists(), done)
        asking = pathlib.Path(tmp) / "asking.json"
        asking.write_text('{ "version": 1, "variant": "server", "ask": ["disk", "users"] }')
        done = run("check", str(asking), "--root", str(root))
        expect("what is asked is named", done.returncode == 0 and done.stdout ==
               "The answers can be used. A person is asked: disk.path, users.admin.sshKeys\n", done)
        done = run("plan", str(asking), "--root", str(root))
        expect("what is open cannot be planned", done.returncode == 3 and
               "disk.path: is left open" in done.stderr and
               "users.admin.sshKeys: is left open" in done.stderr, done)
        full = subprocess.run([archibald, "detect", "--root", str(root)], capture_output=False,
                              stdout=open("/dev/full", "w"), stderr=subprocess.PIPE, text=True)
        expect("a full disk is no success", full.returncode == 1 and "standard output" in
               full.stderr, subprocess.CompletedProcess([], full.returncode, "", full.stderr))
    for fault in faults:
        print("FAIL", fault)
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
