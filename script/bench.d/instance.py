"""An instance without nginx: how soon it answers, and what it has PostgreSQL execute."""

import json
import os
import socket
import struct
import subprocess
import time


class Instance:
    """identityd serve, with its listening socket as standard input."""

    def __init__(self, path, binary, database_url, **settings):
        self._listener = socket.socket(socket.AF_UNIX)
        self._path = str(path)
        self._listener.bind(self._path)
        self._listener.listen(16)
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [binary, "serve"], stdin=self._listener, stderr=subprocess.DEVNULL,
            env=os.environ | {"DATABASE_URL": database_url, "ALLOW_ANONYMOUS": "true"} | settings)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._process.terminate()
        self._process.wait()
        self._listener.close()
        os.unlink(self._path)

    def identify(self, email, phone):
        """One request, over a connection of its own. It waits for the instance to come up."""
        body = json.dumps({"email": email, "phoneNumber": phone}).encode()
        parameters = {"REQUEST_METHOD": "POST", "SCRIPT_NAME": "/identify", "CONTENT_TYPE": "application/json",
                      "CONTENT_LENGTH": str(len(body))}
        pairs = b"".join(bytes([len(name), len(value)]) + name.encode() + value.encode()
                         for name, value in parameters.items())
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._path)
            # FastCGI specification, 3.3: BEGIN_REQUEST as a responder, PARAMS, STDIN, each stream with its end.
            connection.sendall(_record(1, struct.pack(">HB5x", 1, 0)) + _record(4, pairs) + _record(4, b"")
                               + _record(5, body) + _record(5, b""))
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        if b'"contact"' not in answer:
            raise SystemExit("identityd did not answer the first request")


def seconds_to_first_answer(path, binary, database_url):
    with Instance(path, binary, database_url) as instance:
        instance.identify("first@hillvalley.example", "15551234567")
        return time.monotonic() - instance.began


def _record(kind, content):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content
