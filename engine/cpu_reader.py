"""Reads the CPU time of each thread of a process tree, from outside.

Linux gives nanoseconds in `/proc/<pid>/task/<tid>/schedstat`; elsewhere psutil gives the
thread's user and system seconds. Guarantees: a process that vanishes meanwhile is left out,
never an error.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time

import psutil

#: (raw time ns, pid, native thread id, cumulative ns on a core)
Reading = tuple[int, int, int, int]


def read(pids: list[int]) -> list[Reading]:
    """Return one reading for each thread of *pids*."""
    return [reading for pid in pids for reading in (_linux(pid) if _LINUX else _psutil(pid))]


_LINUX = sys.platform == "linux" and os.path.exists("/proc/self/schedstat")


def _linux(pid: int) -> list[Reading]:
    readings: list[Reading] = []
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/task"):
            with (
                contextlib.suppress(OSError, ValueError, IndexError),
                open(f"/proc/{pid}/task/{name}/schedstat", "rb") as file,
            ):
                used = int(file.read().split()[0])
                readings.append((time.perf_counter_ns(), pid, int(name), used))
    return readings


def _psutil(pid: int) -> list[Reading]:
    with contextlib.suppress(psutil.Error):
        return [
            (
                time.perf_counter_ns(),
                pid,
                int(thread.id),
                int((thread.user_time + thread.system_time) * 1e9),
            )
            for thread in psutil.Process(pid).threads()
        ]
    return []
