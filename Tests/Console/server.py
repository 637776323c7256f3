"""The service as a person starts it: script/server, with the release binary, nginx and PostgreSQL."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BINARY", str(REPOSITORY / ".build/release/identityd"))


class Server:
    def __init__(self, keys=None):
        """With a dict of names and scopes, for which `secrets` has the keys; or without keys."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        # A socket's path ends at 107 bytes.
        self.folder = tempfile.TemporaryDirectory(prefix="idcon.", dir=os.environ.get("SCRATCH", "/tmp"))
        os.chmod(self.folder.name, 0o755)
        self.state = f"{self.folder.name}/state"
        environment = dict(os.environ, PORT=str(self.port), STATE_DIR=self.state, BINARY=BINARY)
        self.key_file = f"{self.folder.name}/keys"
        self.secrets = {}
        if keys:
            self.lines = {name: self._new_key(name, scopes) for name, scopes in keys.items()}
            self._write_keys()
            environment["API_KEYS_FILE"] = self.key_file
        self.process = subprocess.Popen([REPOSITORY / "script/server"], env=environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.says = ""
        for line in self.process.stdout:
            self.says += line
            if line.startswith("console: "):
                self.console = line.split()[1]
            if line.startswith("curl "):
                return
        raise RuntimeError(f"script/server did not start:\n{self.says}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.folder.cleanup()

    def _new_key(self, name, scopes):
        made = subprocess.run([BINARY, "key", "new", name, "--scope", scopes], check=True, capture_output=True, text=True)
        secret, line = (text.split(maxsplit=1)[1].strip() for text in made.stdout.splitlines()[:2])
        self.secrets[name] = secret
        return line

    def _write_keys(self):
        Path(self.key_file).write_text("\n".join(self.lines.values()) + "\n", encoding="utf-8")
        os.chmod(self.key_file, 0o644)

    def remove_key(self, name):
        """As an operator does: out of the file, and SIGHUP. Returns once the service knows it no more."""
        del self.lines[name]
        self._write_keys()
        for instance in Path(self.state, "run/instances").read_text(encoding="utf-8").split():
            os.kill(int(instance), signal.SIGHUP)
        deadline = time.monotonic() + 20
        while self.send("GET", "/key", secret=self.secrets[name])[0] != 401:
            assert time.monotonic() < deadline, "the key is still known"
            time.sleep(0.05)

    def send(self, method, path, body=None, secret=None):
        headers = {"Content-Type": "application/json"}
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        request = urllib.request.Request(self.url + path, method=method, headers=headers,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def order(self, email=None, phone=None, key=None):
        """An order; returns its customer."""
        status, answer = self.send("POST", "/identify", {"email": email, "phoneNumber": phone}, self.secrets.get(key))
        assert status == 200, answer
        return answer["contact"]["primaryContactId"]

    def bridges(self):
        """What the command `report` warns of: the evidence, its customer, and the contacts on both sides."""
        printed = subprocess.run([BINARY, "report", "--limit", "1000"], check=True, capture_output=True, text=True,
                                 env=dict(os.environ, DATABASE_URL=f"host={self.state}/run user=postgres")).stdout
        section = next(text for text in printed.split("\n\n") if text.startswith("The evidence"))
        return [line.split() for line in section.splitlines()[2:]]

    def sql(self, statement):
        subprocess.run(["psql", "--quiet", "--set", "ON_ERROR_STOP=1", "-h", f"{self.state}/run", "-U", "postgres",
                        "-c", statement], check=True, capture_output=True, text=True)
