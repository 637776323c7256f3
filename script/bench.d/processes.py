"""What processes use, as the kernel counts it."""

import os
import resource
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Usage:
    """What the parts of the machine spend from here on."""

    def __init__(self, server=None, client=None):
        self._parts = {"postgres": [int(os.environ["POSTGRES_PID"])]}
        if server:
            self._parts |= {"nginx": server.nginx, "service": server.instances}
        if client:
            self._parts["client"] = [client]
        self._begin = self._now()

    def spent(self):
        """Seconds of CPU, by part."""
        return {name: seconds - self._begin[name] for name, seconds in self._now().items()}

    def _now(self):
        # The clients that aren't given are children of this process, and counted at their end.
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"client": ended.ru_utime + ended.ru_stime, "machine": _busy(), "clock": time.monotonic()} | {
            name: cpu_seconds(pids) for name, pids in self._parts.items()}


def per_request(spent, requests):
    """Microseconds by part, and which share of the machine was spent on something else."""
    parts = {name: seconds for name, seconds in spent.items() if name not in ("machine", "clock")}
    return {
        "cpu": {name: seconds / requests * 1e6 for name, seconds in parts.items()},
        "elsewhere": max(0, spent["machine"] - sum(parts.values())) / spent["clock"] / os.cpu_count(),
    }


def cpu_seconds(roots):
    """Of these processes, all that descend from them, and those that they have already reaped; user and system."""
    return sum(_clock(pid) for root in roots for pid in _family(root)) + sum(map(_reaped, roots))


def peak_megabytes(pid):
    """The most memory that was ever resident."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _busy():
    # proc(5): user, nice, system, idle, iowait, irq, softirq, steal. In hundredths of a second, of all processors.
    fields = [int(field) for field in Path("/proc/stat").read_text().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def _family(pid):
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has just ended, and its parent counts it
        return []
    return [pid] + [descendant for child in children for descendant in _family(int(child))]


def _clock(pid):
    # What clock_getcpuclockid(3) returns: exact, where /proc/PID/stat counts in hundredths of a second.
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0


def _reaped(pid):
    # proc(5): behind the name in parentheses, the fields from the third on.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS
