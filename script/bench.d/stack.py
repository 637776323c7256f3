"""Servers that are measured: script/server, and nginx alone."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


class Server:
    """script/server: nginx, and one instance of an identityd."""

    def __init__(self, directory, binary, database_url, log_level="warning"):
        self.directory, self.port = directory, _free_port()
        self._listed, self._log = directory / "run/instances", directory / "log/identityd.log"
        self._environment = os.environ | {
            "STATE_DIR": str(directory), "PORT": str(self.port), "RATE": "999999", "BINARY": binary,
            "DATABASE_URL": database_url, "LOG_LEVEL": log_level,
            "MAX_CLUSTER_SIZE": "1000000"}
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig=TERM", REPOSITORY / "script/server"], env=self._environment,
            stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL)

    def wait_for_start(self):
        if not self._process.stdout.readline().startswith("identityd ready"):
            raise SystemExit(f"script/server does not start; see {self.directory}/log")
        while not self._listed.exists():  # it may answer before it is listed
            time.sleep(0.01)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    @property
    def nginx(self):
        return [int((self.directory / "run/nginx.pid").read_text())]

    @property
    def instances(self):
        """Their pids, oldest first."""
        return [int(pid) for pid in self._listed.read_text().split()]

    def change(self, option, count):
        """--add or --remove, until there are so many."""
        subprocess.run([REPOSITORY / "script/server", option], env=self._environment, check=True)
        while len(self.instances) != count:
            time.sleep(0.01)

    def log_size(self):
        return self._log.stat().st_size

    def retries_since(self, size):
        """Of the requests that were logged behind this place in the log: how many, by cause."""
        with open(self._log) as log:
            log.seek(size)
            counts = {}
            for cause, count in re.findall(r'"retries_(\w+)":(\d+)', log.read()):
                counts[cause] = counts.get(cause, 0) + int(count)
            return counts

    def terminate(self):
        self._process.terminate()

    def wait_for_end(self):
        self._process.wait()


class AnsweringNginx:
    """nginx by itself, which says 200 to everything."""

    instances = ()

    def __init__(self, directory):
        self.port = _free_port()
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o777)  # as root, nginx's workers are another user
        (directory / "nginx.conf").write_text(f"""
            daemon off; worker_processes auto; pid nginx.pid; error_log stderr;
            events {{ worker_connections 4096; }}
            http {{
                access_log off;
                client_body_temp_path temp; fastcgi_temp_path temp; proxy_temp_path temp;
                scgi_temp_path temp; uwsgi_temp_path temp;
                server {{ listen 127.0.0.1:{self.port}; return 200 "known"; }}
            }}""")
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig=QUIT", "nginx", "-p", directory, "-c", "nginx.conf", "-e", "stderr"])
        self.nginx = [self._process.pid]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def wait_for_start(self):
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.01)

    def terminate(self):
        self._process.terminate()

    def wait_for_end(self):
        self._process.wait()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
