"""One run of a load: wrk through nginx, or pgbench."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from processes import cpu_seconds

FOLDER = Path(__file__).parent


def wrk(server, name, connections, seconds, **numbers):
    """Figures of a run: answers in milliseconds, CPU in microseconds a request."""
    begin = _cpu(server)
    process = _start_wrk(server, name, connections, **numbers)
    time.sleep(seconds)
    figures = json.loads(_end(process, signal.SIGINT).splitlines()[-1])
    end = _cpu(server)
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
        "cpu": {name: (end[name] - begin[name]) / requests * 1e6 for name in begin},
    }


def pgbench(script, connections, seconds, database_name, defaults, *, clusters, first, **_):
    options = " ".join(f"-c {name}={value}" for name, value in defaults.items())
    begin = _postgres_cpu()
    process = _start(
        [f"{os.environ['POSTGRES_BIN']}/pgbench", "--no-vacuum", "--protocol=prepared", f"--client={connections}",
         f"--jobs={min(connections, os.cpu_count())}", "--time=3600", f"--define=clusters={clusters}",
         f"--define=first={first}", f"--define=clients={connections}", "--define=i=0", f"--file={script}",
         database_name],
        PGOPTIONS=options)
    time.sleep(seconds + connections * 0.007)  # connecting takes its time
    output = _end(process, signal.SIGALRM)  # as it would set itself, in whole seconds
    end = _postgres_cpu()
    requests = int(_number(output, r"actually processed: (\d+)"))
    if not requests:
        raise SystemExit(f"pgbench did not get to one transaction of {script.stem}")
    return {
        "requests": requests,
        "errors": int(_number(output, r"failed transactions: (\d+)")),
        "rate": _number(output, r"tps = ([\d.]+)"),
        "cpu": {"postgres": (end - begin) / requests * 1e6},
    }


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


def _start_wrk(server, name, connections, *, clusters, first, mergeable, seed):
    # It counts in whole seconds, but ends in good order at an interrupt.
    return _start(
        ["wrk", "--threads=1", f"--connections={connections}", "--duration=1h", "--timeout=10s",
         f"--script={FOLDER / 'loads.lua'}", server.url, "--", name, clusters, first, mergeable, seed])


def _start(command, **environment):
    return subprocess.Popen([str(word) for word in command], env=os.environ | environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _end(process, signal_number):
    process.send_signal(signal_number)
    output, complaints = process.communicate()
    if process.returncode:
        raise SystemExit(f"{process.args[0]} failed: {complaints}{output}")
    return output


def _cpu(server):
    return {"nginx": cpu_seconds(server.nginx), "service": cpu_seconds(server.instances), "postgres": _postgres_cpu()}


def _postgres_cpu():
    return cpu_seconds([int(os.environ["POSTGRES_PID"])])


def _number(text, pattern):
    return float(re.search(pattern, text)[1])
