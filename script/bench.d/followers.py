"""Clients that wait for changes while others are measured."""

import json
import re
import socket
import time
import urllib.request
from contextlib import ExitStack, contextmanager

# nginx lets one client have so many.
EACH_CLIENT = 250


@contextmanager
def waiting(server, count):
    """`count` requests that wait at the end of the feed, each on a connection of its own."""
    request = f"GET /changes?after={_end(server)}&wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with ExitStack() as connections:
        for number in range(count):
            source = f"127.0.0.{2 + number // EACH_CLIENT}", 0
            address = "127.0.0.1", server.port
            connections.enter_context(socket.create_connection(address, source_address=source)).sendall(request)
        while int(re.search(r"^identityd_followers\S* (\d+)", _get(server, "metrics"), re.MULTILINE)[1]) < count:
            time.sleep(0.01)
        yield


def _end(server):
    cursor = ""
    while True:
        page = json.loads(_get(server, f"changes?limit=1000{cursor}"))
        if not page["changes"]:
            return page["next"]
        cursor = f"&after={page['next']}"


def _get(server, path):
    with urllib.request.urlopen(server.url + path) as answer:
        return answer.read().decode()
