"""What processes use, as the kernel counts it."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(roots):
    """Of these processes, all that descend from them, and those that they have already reaped; user and system."""
    return sum(_clock(pid) for root in roots for pid in _family(root)) + sum(map(_reaped, roots))


def peak_megabytes(pid):
    """The most memory that was ever resident."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


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
