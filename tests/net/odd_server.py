#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""odd_server.py PORT FILE: a web server that does by turns what a bad network does.

/cut      half of the bytes that were promised    /stall    a head, then nothing
/drip     a byte each half second, all of it      /close    no reply at all
/flaky/N  503 for N times, then the file          /endless  no length, and no end
/big      two MiB                                 /count    how often each path was asked
/away/URL a redirection             /choices  300, and the file without a place
"""
import collections
import http.server
import json
import pathlib
import sys
import threading
import time

port, body = int(sys.argv[1]), pathlib.Path(sys.argv[2]).read_bytes()
counts = collections.Counter()
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def head(self, length=None, status=200, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, data, status=200):
        self.head(len(data), status)
        self.wfile.write(data)

    def do_GET(self):
        with lock:
            counts[self.path] += 1
            times = counts[self.path]
        word, _, rest = self.path[1:].partition("/")
        try:
            self.answer(word, rest, times)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.close_connection = True

    def answer(self, word, rest, times):
        if word == "cut":
            self.head(len(body))
            self.wfile.write(body[: len(body) // 2])
        elif word == "stall":
            self.head(len(body))
            self.wfile.flush()
            time.sleep(60)
        elif word == "drip":
            self.head(20)
            for byte in b'{ "version":    1 }\n':
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        elif word == "flaky":
            self.send(body if times > int(rest) else b"", 200 if times > int(rest) else 503)
        elif word == "endless":
            self.head()
            while True:
                self.wfile.write(b" " * 65536)
        elif word == "big":
            self.send(b" " * (2 << 20))
        elif word == "count":
            self.send(json.dumps(counts).encode())
        elif word == "away":
            self.head(0, 302, Location=rest)
        elif word == "choices":
            self.send(body, 300)
        elif word != "close":
            self.send(b"", 404)


http.server.ThreadingHTTPServer(("", port), Handler).serve_forever()
