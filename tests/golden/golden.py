#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what archibald says about recorded machines with what it should say.

    golden.py --archibald PROGRAM [CASE...]

A machine is tests/machines/NAME/root.txt. tests/golden/NAME/ holds what detect must say of it
(detect.txt, detect.json) and folders with answers: CASE/answers.json, and either plan.txt,
plan.json and hosts/ as plan and generate must write them, or refusal.txt (exit status and
standard error). UPDATE_GOLDEN=1 rewrites all of them; review the difference.

Two properties are checked on the way: a plan made from the recorded JSON is the same as one made
from the recorded root, and the same call gives the same bytes twice.
"""
import argparse
import difflib
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


class Failures:
    def __init__(self):
        self.count = 0
        self.compared = 0

    def add(self, text):
        self.count += 1
        print("FAIL", text)

    def compare(self, path, actual):
        """actual (text) against the file; rewrites it when asked to."""
        self.compared += 1
        if UPDATE:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual)
            return
        if not path.exists():
            self.add(f"{path} is missing; UPDATE_GOLDEN=1 writes it")
            return
        expected = path.read_text()
        if expected != actual:
            self.add(f"{path} differs")
            sys.stdout.writelines(difflib.unified_diff(
                expected.splitlines(True), actual.splitlines(True), "expected", "actual"))


def run(archibald, *args, cwd=None):
    done = subprocess.run([archibald, *map(str, args)], capture_output=True, text=True, cwd=cwd,
                          stdin=subprocess.DEVNULL, timeout=120)
    if done.returncode < 0 or "Sanitizer" in done.stderr:
        print(done.stderr)
        raise SystemExit(f"archibald {args} crashed with {done.returncode}")
    return done


def must(done, what, failures):
    if done.returncode != 0:
        failures.add(f"{what}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def check_case(archibald, case, root, machine_json, failures):
    """One answer file for one machine. Runs inside the case so that messages name a short path."""
    plan = run(archibald, "plan", "answers.json", "--root", root, cwd=case)
    if plan.returncode != 0:
        failures.compare(case / "refusal.txt", f"status {plan.returncode}\n{plan.stderr}")
        check = run(archibald, "check", "answers.json", "--root", root, cwd=case)
        if (check.returncode, check.stderr) != (plan.returncode, plan.stderr):
            failures.add(f"{case}: check and plan refuse differently")
        for file in ("plan.txt", "plan.json"):
            if (case / file).exists():
                failures.add(f"{case}: refused, but there is a {file}")
        return
    if (case / "refusal.txt").exists():
        failures.add(f"{case}: accepted, but there is a refusal.txt")
    failures.compare(case / "plan.txt", plan.stdout)
    as_json = must(run(archibald, "plan", "answers.json", "--root", root, "--json", cwd=case),
                   f"{case}: plan --json", failures)
    failures.compare(case / "plan.json", as_json)
    replayed = must(run(archibald, "plan", "answers.json", "--machine", machine_json, "--json",
                        cwd=case), f"{case}: plan --machine", failures)
    if replayed != as_json:
        failures.add(f"{case}: the recorded JSON gives another plan than the recorded root")
    check_generated(archibald, case, root, failures)


def check_generated(archibald, case, root, failures):
    with tempfile.TemporaryDirectory() as out:
        must(run(archibald, "generate", "answers.json", "--root", root, "--out", out, cwd=case),
             f"{case}: generate", failures)
        written = sorted(p.relative_to(out) for p in pathlib.Path(out).rglob("*") if p.is_file())
        for name in written:
            failures.compare(case / name, (pathlib.Path(out) / name).read_text())
        if not UPDATE:
            kept = sorted(p.relative_to(case) for p in (case / "hosts").rglob("*") if p.is_file())
            if kept != written:
                failures.add(f"{case}: expected the files {kept}, got {written}")


def check_machine(archibald, folder, failures):
    machine = TESTS / "machines" / folder.name / "root.txt"
    with tempfile.TemporaryDirectory() as tmp:
        root = pathlib.Path(tmp) / "root"
        subprocess.run([sys.executable, TESTS / "tools" / "unpack-machine", machine, root],
                       check=True)
        text = must(run(archibald, "detect", "--root", root), f"{folder.name}: detect", failures)
        failures.compare(folder / "detect.txt", text)
        as_json = must(run(archibald, "detect", "--root", root, "--json"),
                       f"{folder.name}: detect --json", failures)
        failures.compare(folder / "detect.json", as_json)
        machine_json = pathlib.Path(tmp) / "machine.json"
        machine_json.write_text(as_json)
        for case in sorted(p.parent for p in folder.glob("*/answers.json")):
            check_case(archibald, case, root, machine_json, failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--archibald", required=True)
    parser.add_argument("machines", nargs="*")
    arguments = parser.parse_args()
    archibald = str(pathlib.Path(arguments.archibald).resolve())
    failures = Failures()
    machines = sorted(p for p in (TESTS / "machines").iterdir() if (p / "root.txt").exists())
    for machine in machines:
        if not arguments.machines or machine.name in arguments.machines:
            check_machine(archibald, HERE / machine.name, failures)
    print(f"{failures.compared} files compared, {failures.count} failures")
    if failures.compared == 0:
        raise SystemExit("nothing was compared")
    raise SystemExit(1 if failures.count else 0)


main()
