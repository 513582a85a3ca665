# SPDX-License-Identifier: GPL-3.0-or-later
"""lab: two network name spaces with a wire between them: here the machine that installs, there a
server with dnsmasq (names), nginx (files, with certificates of all kinds) and odd_server.py.
Nothing of it is seen by the host's network; all of it ends with the processes."""
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
SERVER, CLIENT = "10.77.0.1", "10.77.0.2"


def enter():
    """Re-executes this script in name spaces of its own, or exits with 77 and says why."""
    if os.environ.get("ARCHIBALD_LAB") == "1":
        return
    missing = [p for p in ("nginx", "dnsmasq", "openssl", "ip", "faketime", "unshare")
               if not shutil.which(p, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if os.geteuid() != 0 or missing:
        print("skipped: network name spaces need root" if os.geteuid()
              else f"skipped: not installed: {' '.join(missing)}")
        sys.exit(77)
    os.environ["ARCHIBALD_LAB"] = "1"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    os.execvp("unshare", ["unshare", "-nmpf", "--mount-proc", "--kill-child", sys.executable,
                          *sys.argv])


class Lab:
    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.www = self.work / "www"
        self.www.mkdir()
        # faketime names what it shares by its process's number, which another lab has as well.
        subprocess.run(["mount", "-t", "tmpfs", "shm", "/dev/shm"], check=True)
        self.far = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
        time.sleep(0.3)
        self.wire()
        self.certificates()
        (self.work / "resolv.conf").write_text(f"nameserver {SERVER}\noptions timeout:1\n")
        subprocess.run(["mount", "--bind", self.work / "resolv.conf",
                        os.path.realpath("/etc/resolv.conf")], check=True)
        self.serve()

    def there(self, *argv):
        return ["nsenter", "-t", str(self.far.pid), "-n", *map(str, argv)]

    def wire(self):
        for line in ("ip link set lo up", "ip link add near type veth peer name far",
                     f"ip link set far netns {self.far.pid}",
                     f"ip addr add {CLIENT}/24 dev near", "ip link set near up"):
            subprocess.run(line.split(), check=True)
        for line in ("ip link set lo up", f"ip addr add {SERVER}/24 dev far", "ip link set far up"):
            subprocess.run(self.there(*line.split()), check=True)

    def certificate(self, name, when, host, authority=None):
        """A key and a certificate made at a time of its own, valid for a year from then."""
        at = ["faketime", when] if when else []
        key, crt = self.work / f"{name}.key", self.work / f"{name}.crt"
        signed = ["-CA", self.work / f"{authority}.crt", "-CAkey",
                  self.work / f"{authority}.key"] if authority else []
        subprocess.run([*at, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", crt,
                        "-days", "365" if authority else "20000", "-subj", f"/CN={name}", "-addext",
                        f"subjectAltName=DNS:{host}", *signed,
                        *(["-addext", "keyUsage=keyCertSign"] if name == "authority" else [])],
                       check=True, capture_output=True)

    def certificates(self):
        self.certificate("authority", "2001-01-01", "authority.test")
        self.certificate("good", None, "answers.test", "authority")
        self.certificate("github", None, "github.com", "authority")
        self.certificate("early", "2040-01-01", "answers.test", "authority")
        self.certificate("late", "2010-01-01", "answers.test", "authority")
        self.certificate("stranger", None, "answers.test")

    def serve(self):
        tls = "".join(f"""
          server {{ listen {port} ssl; root {self.www}; ssl_certificate {self.work}/{name}.crt;
            ssl_certificate_key {self.work}/{name}.key;
            location = /downgrade {{ return 302 http://answers.test/ok.json; }} }}"""
                      for port, name in (("443 default_server", "good"), (1443, "early"), (2443, "late"),
                                         (3443, "stranger")))
        (self.work / "nginx.conf").write_text(f"""
          daemon off; user root; pid {self.work}/nginx.pid; error_log {self.work}/nginx.log;
          worker_processes 1;
          events {{ worker_connections 64; }}
          http {{ access_log {self.work}/access.log; client_body_temp_path {self.work}/body;
            proxy_temp_path {self.work}/proxy; fastcgi_temp_path {self.work}/fcgi;
            uwsgi_temp_path {self.work}/uwsgi; scgi_temp_path {self.work}/scgi;
            server {{ listen 80; root {self.www};
              location = /500 {{ return 500; }}  location = /403 {{ return 403; }} }}
            server {{ listen 3128; access_log {self.work}/proxy.log; resolver {SERVER} ipv6=off;
              location / {{ proxy_pass http://$host$request_uri; }} }}
            server {{ listen 443 ssl; server_name github.com; root {self.www}/github;
              ssl_certificate {self.work}/github.crt; ssl_certificate_key {self.work}/github.key; }}
            {tls}
          }}""")
        (self.www / "ok.json").write_text("{}")
        # The far side has the same files, but not our resolver.
        self.daemons = [
            subprocess.Popen(self.there("dnsmasq", "-k", "--no-resolv", "--no-hosts", "-C",
                                        "/dev/null", "--user=root", "--no-daemon",
                                        f"--address=/answers.test/{SERVER}",
                                        f"--address=/authority.test/{SERVER}",
                                        f"--address=/github.com/{SERVER}",
                                        f"--listen-address={SERVER}", "--bind-interfaces"),
                             stderr=subprocess.DEVNULL),
            subprocess.Popen(self.there("nginx", "-c", self.work / "nginx.conf", "-p", self.work))]

    def odd(self, body):
        self.daemons.append(subprocess.Popen(self.there(sys.executable, HERE / "odd_server.py",
                                                        "8080", body)))

    def wait(self):
        for port in (80, 443, 8080):
            for _ in range(100):
                if subprocess.run(["curl", "-sk", "-m", "1", "-o", "/dev/null",
                                   f"http{'s' if port == 443 else ''}://answers.test:{port}/count"],
                                  check=False).returncode == 0:
                    break
                time.sleep(0.1)
            else:
                raise SystemExit(f"nothing listens on port {port}: see {self.work}/nginx.log")

    def cable(self, up):
        subprocess.run(["ip", "link", "set", "near", "up" if up else "down"], check=True)
