#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""receiver.py PORT FILE [CERTIFICATE KEY]: takes reports, and is as bad at it as it is told to be.

Every line that was accepted is appended to FILE. The file FILE.mode says what to do now: "ok";
"500", "403", ...: that status; "slow SECONDS": accept, but late; "cut": take half and hang up;
"lose": accept, and hang up before saying so; "stall": never answer.

Also what others use it with: collect(lines) gives the runs, each event once and in its order.
"""
import http.server
import json
import pathlib
import ssl
import sys
import threading
import time


def collect(lines):
    """{run: {"head": ..., "events": [...], "log": ..., "result": ..., "batches": N, "twice": N}}.
    Fails where a batch does not begin with its head."""
    runs, now = {}, None
    for line in lines:
        item = json.loads(line)
        if item["kind"] == "report":
            now = runs.setdefault(item["run"], {"events": {}, "batches": 0, "twice": 0})
            now["head"] = item
            now["batches"] += 1
        elif item["kind"] in ("installLog", "result"):
            now[item["kind"]] = item
        else:
            now["twice"] += item["seq"] in now["events"]
            now["events"][item["seq"]] = item
    for run in runs.values():
        run["events"] = [run["events"][seq] for seq in sorted(run["events"])]
    return runs


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    file = None
    lock = threading.Lock()

    def log_message(self, *args):
        pass

    def do_POST(self):
        mode = pathlib.Path(f"{self.file}.mode")
        word, _, rest = (mode.read_text().strip() if mode.exists() else "ok").partition(" ")
        length = int(self.headers["Content-Length"])
        self.close_connection = True
        if word == "stall":
            time.sleep(600)
            return
        if word == "cut":
            self.rfile.read(length // 2)
            return
        body = self.rfile.read(length)
        if word == "slow":
            time.sleep(float(rest))
        if word not in ("ok", "slow", "lose"):
            self.send_response(int(word))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        with self.lock, open(self.file, "ab") as out:
            out.write(body)
        if word == "lose":
            return
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main():
    port, Handler.file = int(sys.argv[1]), sys.argv[2]
    server = http.server.ThreadingHTTPServer(("", port), Handler)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
