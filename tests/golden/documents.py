#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""documents.py --archibald PROGRAM: what tools/document makes is complete and well-formed, and every
example is accepted on a machine that it is for."""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
TOP = TESTS.parent
# Example: the recorded machine, and what `check` says of it.
EXAMPLES = {"workstation.json": ("qemu-x86", "fit"), "server.json": ("qemu-x86", "fit"),
            "lab.json": ("qemu-x86", "fit"), "fleet.json": ("qemu-x86", "fit"),
            "orangepi5.json": ("orangepi5", "fit"),
            "laptop.json": ("amd-laptop-windows", "fit"),
            "ask.json": ("intel-workstation", "is asked: disk.path, users.")}
faults = []


def expect(what, condition, detail=""):
    if not condition:
        faults.append(f"{what}\n{detail}")


def run(*argv):
    return subprocess.run([*map(str, argv)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def check_examples(archibald, tmp):
    there = {p.name for p in (TOP / "examples").glob("*.json")}
    shown = (TOP / "README.md").read_text() + (TOP / "docs/fleet.md").read_text()
    expect("each is named by the README", all(f"`{n.split('.')[0]}`" in shown for n in there), there)
    expect("every example is in this test's table", there == set(EXAMPLES),
           there ^ set(EXAMPLES))
    for name, (machine, said) in EXAMPLES.items():
        root = tmp / machine
        if not root.exists():
            subprocess.run([sys.executable, TESTS / "tools/unpack-machine",
                            TESTS / "machines" / machine / "root.txt", root], check=True)
        recorded = json.loads(run(archibald, "detect", "--root", root, "--json").stdout)
        for disk in recorded["disks"]:
            disk["bytes"] = max(disk["bytes"], 40 << 30)  # as ./try has it
        (tmp / "machine.json").write_text(json.dumps(recorded))
        done = run(archibald, "check", TOP / "examples" / name, "--machine", tmp / "machine.json")
        text = (TOP / "examples" / name).read_text()
        for file in re.findall(r'"file": "([^"]+)"', text):
            expect(f"{file} of {name} can be run", (TOP / "examples" / file).stat().st_mode & 0o111)
        expect(f"examples/{name} on {machine}", done.returncode == 0 and said in done.stdout,
               done.stdout + done.stderr)


def shown(page):
    """The page as a person reads it, without the breaks of lines and words."""
    done = run("mandoc", "-T", "utf8", "-O", "width=500", page)
    return re.sub(r".\x08", "", done.stdout)


def keys(schema, prefix=""):
    for key, value in schema["properties"].items():
        if value.get("type") == "object" and "title" not in value:
            yield from keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value.get("title")


def check_pages(archibald, out):
    for page in ("archibald.1", "archibald-answers.5"):
        done = run("mandoc", "-T", "lint", "-W", "warning", out / page)
        lines = [x for x in done.stdout.splitlines() if "missing date" not in x]
        expect(f"{page} is well-formed", not lines, "\n".join(lines))
    answers, program = shown(out / "archibald-answers.5"), shown(out / "archibald.1")
    schema = json.loads((out / "answers.schema.json").read_text())
    found = list(keys(schema))
    expect("there are keys", len(found) > 25, found)
    for key, _ in found:
        expect(f"the page has the key {key}", re.search(rf"^ +{re.escape(key)}( |$)", answers, re.M))
    for row in run(archibald, "--describe").stdout.splitlines():
        name = row.split("\t")[0]
        options = run(archibald, name, "--describe").stdout.splitlines()[1:]
        expect(f"the page has {name}", f"archibald {name}" in program)
        for option in options:
            word, value, text = option.split("\t")
            expect(f"the page has {name} {word}", re.search(
                rf"^ +{word}( {re.escape(value)})?( |$)", program, re.M) and text[:40] in program)
    expect("a path is not taken for a request", "/iso/answers.json" in program)


def complete(out, *words):
    script = (f". {out}/archibald.bash; COMP_WORDS=({' '.join(repr(w) for w in words)}); "
              f"COMP_CWORD={len(words) - 1}; _archibald; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    return run("bash", "-c", script).stdout.split()


def check_completions(out):
    for shell, file in (("bash", "archibald.bash"), ("zsh", "_archibald"), ("fish", "archibald.fish")):
        if not shutil.which(shell):
            expect(f"{shell} is installed (tools/setup check)", False)
            continue
        done = run(shell, "-n", out / file)
        expect(f"{shell} reads {file}", done.returncode == 0 and not done.stderr, done.stderr)
    expect("bash: commands", complete(out, "archibald", "de") == ["detect"])
    expect("bash: options", "--machine" in complete(out, "archibald", "check", "--"))
    expect("bash: no other command's options", "--events" not in complete(out, "archibald", "check",
                                                                         "--"))
    expect("bash: values", "none" in complete(out, "archibald", "install", "--ui", ""))
    done = run("fish", "-c", f"source {out}/archibald.fish; complete -C 'archibald detect --'")
    expect("fish: options", "--json" in done.stdout, done.stdout + done.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--archibald", required=True)
    archibald = pathlib.Path(parser.parse_args().archibald).resolve()
    if not shutil.which("mandoc"):
        raise SystemExit("mandoc is not installed: tools/setup check")
    with tempfile.TemporaryDirectory() as tmp:
        out = pathlib.Path(tmp) / "documents"
        subprocess.run([sys.executable, TOP / "tools/document", archibald, out], check=True)
        check_pages(archibald, out)
        check_completions(out)
        check_examples(archibald, pathlib.Path(tmp))
    for fault in faults:
        print("FAIL", fault)
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
