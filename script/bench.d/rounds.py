"""The rounds: every load in each of them, next to what it is compared with."""

import datetime
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import database
import followers
import load
import statements
from instance import seconds_to_first_answer
from machine import machine
from processes import peak_megabytes
from stack import AnsweringNginx, Server

CONNECTIONS = (1, 16, 64)
# (what is asked, the load, connections); `pgbench` executes the same statements without the service.
RUNS = [
    *((server, name, connections) for connections in CONNECTIONS for name in ("known", "new")
      for server in ("main", "baseline", "pgbench")),
    ("main", "mix-90-5-4-1", 16), ("main", "mix-80-15-5", 16),
    ("nginx", "known", 16), ("main", "live", 16), ("quiet", "known", 16),
    ("followed", "known", 16),
    ("small", "known", 16), ("large", "known", 16),
    *(("main", f"cluster-{contacts}", 16) for contacts in (1, 10, 100, 1000)),
    ("main", "hot", 32), ("main", "same", 32), ("empty", "new", 32),
    *(("main", name, connections) for connections in CONNECTIONS
      for name in ("known-email", "known-phone", "linked", "merged", "merged-apart")),
    *(("main", name, connections) for connections in (1, 64) for name in ("mix-90-5-4-1", "mix-80-15-5")),
]
# The ids that a request takes, of contacts and evidence, and of changes: so that a load is what its name says.
WRITES = {"known": (0, 0), "new": (1, 0), "linked": (1, 0), "merged": (1, 1)}
MERGES = {"merged": 1, "merged-apart": 1, "mix-90-5-4-1": 0.01}
FOLLOWERS = 1000
# Requests a second that no machine answers: identities are kept ready for so many.
FASTEST, FASTEST_MERGER = 200_000, 8_000


class Bench:
    def __init__(self, options):
        self._options = options
        self._state = Path(os.environ["STATE_DIR"])
        self._runs = [run for run in RUNS if (not options.loads or run[1] in options.loads)
                      and (run[0] != "baseline" or os.environ["BASELINE"])]
        self._asked = {server for server, _, _ in self._runs}
        self._next_number = 2 * max(options.size, options.small)
        self._began = time.monotonic()
        self._servers = {}

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for server in self._servers.values():
            server.terminate()
        for server in self._servers.values():
            server.wait_for_end()

    def figures(self):
        began = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        self._prepare_databases()
        first_answers = [
            1000 * seconds_to_first_answer(self._state / "first.sock", os.environ["BINARY"], database.url("empty"))
            for _ in range(5)]
        self._start_servers()
        rounds = range(self._options.rounds)
        runs = []
        for number in rounds:
            self._say(f"round {number + 1} of {len(rounds)}")
            runs += [self._measure(number, *run) for run in self._runs]
        self._say("another instance, added under load")
        main = self._servers["main"]
        peak = peak_megabytes(main.instances[0])
        shares = [load.share_of_added_instance(main, min(1, 2 * self._options.seconds), **self._numbers("main"))
                  for number in rounds]
        return {
            "began": began, "machine": machine(), "rounds": len(rounds), "seconds": self._options.seconds,
            "session_defaults": self._defaults, "tables": self._tables, "runs": runs,
            "milliseconds_to_first_answer": first_answers, "peak_megabytes": peak, "shares": shares,
        }

    def _prepare_databases(self):
        binary, baseline = os.environ["BINARY"], os.environ["BASELINE"]
        database.create("empty", binary)
        self._defaults, self._scripts = statements.observe(
            binary, "empty", self._state / "log/postgres.log", self._state / "observed.sock")
        sizes = {"main": self._options.size, "small": self._options.small, "large": self._options.large}
        self._sizes = {name: size for name, size in sizes.items() if name in self._asked | {"main"}}
        kept = {name: database.kept(size, binary, self._say) for name, size in self._sizes.items()}
        self._tables = {name: database.growth(name) for name in sorted(set(kept.values()))}
        # What is written stays out of what is kept.
        database.copy(kept["main"], "main")
        self._databases = kept | {"main": "main", "quiet": "main", "followed": "main", "empty": "empty"}
        if "baseline" in self._asked:
            older = database.kept(self._options.size, baseline, self._say)
            if older != kept["main"]:
                database.copy(older, "baseline")
            self._databases["baseline"] = "main" if older == kept["main"] else "baseline"

    def _start_servers(self):
        folder = self._state / "servers"
        for name in sorted(set(self._databases.values())):
            self._say(f"warming {name}")
            database.warm(name)
        for name in self._asked - {"pgbench", "nginx"} | {"main"}:
            self._servers[name] = Server(
                folder / name, os.environ["BASELINE" if name == "baseline" else "BINARY"],
                database.url(self._databases[name]), "warning" if name == "quiet" else "info")
        if "nginx" in self._asked:
            self._servers["nginx"] = AnsweringNginx(folder / "nginx")
        for name, server in self._servers.items():
            server.wait_for_start()
            load.wrk(server, "known", 16, min(0.5, self._options.seconds), **self._numbers(name))

    def _measure(self, number, server_name, name, connections):
        row = {"round": number, "server": server_name, "load": name, "connections": connections}
        numbers, seconds = self._numbers(server_name), self._options.seconds
        if server_name == "pgbench":
            script = self._state / f"{name}.pgbench"
            script.write_text(self._scripts[name])
            return row | load.pgbench(script, connections, seconds, "main", self._defaults, **numbers)
        server = self._servers[server_name]
        if server_name == "nginx":
            return row | load.wrk(server, name, connections, seconds, **numbers)

        table = self._databases[server_name]
        if server_name == "empty":
            database.sql(table, "TRUNCATE contact, evidence, change")
        if name in MERGES:
            numbers["mergeable"], numbers["pairs"] = self._add_mergeable(table, MERGES[name])
        logged, before = server.log_size(), database.written(table)
        with followers.waiting(server, FOLLOWERS) if server_name == "followed" else nullcontext():
            row |= load.wrk(server, name, connections, seconds, **numbers)
        row["retries"] = server.retries_since(logged)
        self._check_written(row, [after - earlier for after, earlier in zip(database.written(table), before)])
        return row

    def _numbers(self, server_name):
        """What loads.lua and pgbench make identities of. No two loads draw the same: the second would find them cached."""
        size = self._sizes.get(server_name, self._options.size)
        first = self._take(FASTEST)
        return {"clusters": database.clusters(size), "first": first, "mergeable": 0, "pairs": 0, "seed": first}

    def _take(self, per_second):
        taken = self._next_number
        self._next_number += int(per_second * self._options.seconds) + 1000
        return taken

    def _add_mergeable(self, table, share):
        before = self._next_number
        first = self._take(2 * FASTEST_MERGER * share)
        count = self._next_number - before
        database.add_primaries(table, first, count)
        return first, count // 2

    def _check_written(self, row, written):
        """A load that does something else than its name says measures nothing."""
        expected = WRITES.get(row["load"].partition("-")[0].replace("cluster", "known"))
        if not expected or row["errors"]:  # which are reported at the end
            return
        for count, each in zip(written, expected):
            # Ids are lost to retries, and the load before may have had a request under way on each connection.
            if count < each * row["requests"] or not each and count > max(CONNECTIONS):
                raise SystemExit(f"{row['requests']} requests of {row['load']} took {written} ids of contacts and changes")

    def _say(self, text):
        print(f"{time.monotonic() - self._began:4.0f} s  {text}", file=sys.stderr)
