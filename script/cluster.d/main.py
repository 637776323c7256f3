"""script/test-cluster: builds the cluster, breaks it under load, and judges."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faults
from cluster import Cluster, eventually
from drill import Drill
from hosts import Namespaces

FOLDER = Path(__file__).parent
# From then on, every request must be answered well.
GRACE = 10
# The load goes on for so long after a fault, before it is mended, and after that.
OBSERVED, AFTER = 20, 5


class Load:
    """Clients in a host of their own."""

    def __init__(self, cluster, secret):
        self.results = cluster.folder / "results"
        self.process = subprocess.Popen(
            cluster.client.within(sys.executable, "-B", FOLDER / "load.py", secret, self.results,
                                  *(host.address for host in cluster.webs)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def check(self):
        self.process.stdin.write("check\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.terminate()
        self.process.wait()

    def sent(self, begin, end):
        return [entry for entry in map(json.loads, self.results.read_text().splitlines()) if begin <= entry["sent"] < end]


def strike(cluster, load, fault):
    """The figures of a fault, and what did not hold."""
    begin = time.monotonic()
    course = fault(cluster)
    next(course)
    time.sleep(OBSERVED)
    problems = []
    try:
        next(course)
    except StopIteration as end:
        problems += end.value or []
    eventually(f"{fault.__name__}: the cluster is whole again", cluster.is_whole)
    time.sleep(AFTER)
    checked = load.check()
    end = time.monotonic()
    entries = load.sent(begin, end)
    figures = {kind: sum(entry["kind"] == kind for entry in entries) for kind in ("good", "refused", "bad", "lost")}
    ends = sorted(entry["ended"] for entry in entries if entry["kind"] == "good")
    figures["gap"] = max((later - earlier for earlier, later in zip([begin, *ends], [*ends, end])), default=end - begin)
    figures["slowest"] = max((entry["ended"] - entry["sent"] for entry in entries if entry["kind"] == "good"), default=0)
    not_good = [entry for entry in entries if entry["kind"] != "good"]
    figures["recovered"] = max((entry["sent"] - begin for entry in not_good), default=0)
    problems += [f"{entry['kind']} {entry['sent'] - begin:.1f} s after: {entry['why']}" for entry in not_good
                 if entry["sent"] - begin >= GRACE or entry["kind"] == "bad"
                 or entry["kind"] == "lost" and fault is not faults.first_nginx_dies]
    problems += checked["wrong"]
    print(f"| {fault.__name__.replace('_', ' ')} | {len(entries)} | {figures['gap']:.1f} | {figures['recovered']:.1f} "
          f"| {figures['refused']} | {figures['lost']} | {figures['bad']} | {figures['slowest']:.1f} "
          f"| {checked['looked up']} |",
          flush=True)
    for problem in problems[:10]:
        print(f"    DOES NOT HOLD: {problem}", flush=True)
    return problems


def main():
    chosen = [fault for fault in faults.ALL if not sys.argv[2:] or fault.__name__ in sys.argv[2:]]
    folder = Path(tempfile.mkdtemp(prefix="idcluster.", dir="/dev/shm"))
    folder.chmod(0o711)
    signals = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
    for number in signals:
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        cluster = Cluster(folder, sys.argv[1])
        key = cluster.build()
        load = Load(cluster, key)
        time.sleep(AFTER)
        print("| fault | requests | seconds without service | last not good, s | 503 | no answer | bad | slowest, s | looked up |\n"
              "| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
        problems = sum((strike(cluster, load, fault) for fault in chosen), [])
        load.end()
        said = cluster.identityd(cluster.primary(), "verify")
        print(f"identityd verify: {said.strip()}")
        print("backup and restore:", flush=True)
        problems += Drill(cluster, key).run()
        return 1 if problems else 0
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        Namespaces.end_all()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
