"""One run of a load: wrk through nginx, or pgbench."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from statistics import mean

from processes import Usage, cpu_seconds, per_request

FOLDER = Path(__file__).parent


def wrk(server, name, connections, seconds, **numbers):
    """Figures of a run: answers in milliseconds, CPU in microseconds a request."""
    usage = Usage(server)
    process = _start_wrk(server, name, connections, **numbers)
    time.sleep(seconds)
    # It counts in whole seconds, but ends in good order at an interrupt.
    figures = json.loads(_end(process, signal.SIGINT).splitlines()[-1])
    requests = figures["requests"]
    if not requests:
        raise SystemExit(f"no request of {name} was answered")
    return {
        "requests": requests,
        "errors": figures["errors"],
        "rate": requests / figures["duration"] * 1e6,
        "p50": figures["p50"] / 1000,
        "p99": figures["p99"] / 1000,
        "slowest": figures["slowest"] / 1000,
    } | per_request(usage.spent(), requests)


def pgbench(script, connections, seconds, database_name, defaults, *, clusters, first, **_):
    """The same of pgbench, without its first second: unlike the service's, its sessions begin cold."""
    # Where the service tries again after a timeout, such as for the lock to extend the table, pgbench ends.
    limits = {name: 0 for name in defaults if name.endswith("_timeout")}
    options = " ".join(f"-c {name}={value}" for name, value in (defaults | limits).items())
    process = _start(
        [f"{os.environ['POSTGRES_BIN']}/pgbench", "--no-vacuum", "--protocol=prepared", f"--client={connections}",
         f"--jobs={min(connections, os.cpu_count())}", "--time=3600", "--progress=1", f"--define=clusters={clusters}",
         f"--define=first={first}", f"--define=clients={connections}", "--define=i=0", f"--file={script}",
         database_name],
        PGOPTIONS=options)
    time.sleep(min(1, 5 * seconds))
    usage = Usage(client=process.pid)
    time.sleep(seconds)
    spent = usage.spent()
    output = _end(process, signal.SIGALRM)  # as it would set itself
    rates = [float(rate) for rate in re.findall(r"^(?:progress: .* s, |tps = )([\d.]+)", output, re.MULTILINE)]
    rate = mean(rates[1:-1] or rates[-1:])  # of each second, and last of all
    return {
        "requests": round(rate * seconds),
        "errors": int(re.search(r"failed transactions: (\d+)", output)[1]),
        "rate": rate,
    } | per_request(spent, rate * seconds)


def share_of_added_instance(server, second, **numbers):
    """Of the CPU that instances use under load, in the second second after another was added."""
    process = _start_wrk(server, "known", 16, **numbers)
    time.sleep(second)
    server.change("--add", 2)
    time.sleep(second)
    begin = [cpu_seconds([pid]) for pid in server.instances]
    time.sleep(second)
    used = [cpu_seconds([pid]) - before for pid, before in zip(server.instances, begin)]
    _end(process, signal.SIGINT)
    server.change("--remove", 1)
    return used[1] / sum(used)


def _start_wrk(server, name, connections, *, clusters, first, mergeable, pairs, seed):
    return _start(
        ["wrk", "--threads=1", f"--connections={connections}", "--duration=1h", "--timeout=10s",
         f"--script={FOLDER / 'loads.lua'}", server.url, "--", name, clusters, first, mergeable, pairs, seed])


def _start(command, **environment):
    return subprocess.Popen([str(word) for word in command], env=os.environ | environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _end(process, signal_number):
    process.send_signal(signal_number)
    output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args[0]} failed: {output}")
    return output

