"""Run a command to its end without a pipe, a reader thread, or anything left behind.

Why a file and no pipe: a process that the command leaves behind would keep the pipe open, and us
reading. Guarantees: the command and all that it started are gone when `run` returns or raises;
it is ended when its time is over, when it says too much, or when nobody waits any more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine import environment, tree

_SLICE = 0.05


class Cancelled(Exception):
    """Nobody waits for the result any more."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What came of a command.

    Attributes: status (its exit status, minus a signal's number; None where it was ended), text
    (what it said on both streams), seconds (from its start to its end), others (how many cores
    other programs kept busy meanwhile; None where that cannot be told).
    """

    status: int | None
    text: str
    seconds: float
    others: float | None = None


def run(
    command: Sequence[str],
    *,
    limit: float | None,
    most: int,
    directory: Path | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Aside:
    """Run *command*, whose first part is an interpreter, for at most *limit* seconds.

    At most *most* bytes of what it says are returned; at 16 times as many it is ended. Raises
    OSError and ValueError where it cannot be started, and Cancelled.
    """
    begun, busy, own = time.perf_counter(), _busy_seconds(), _own_seconds()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=directory or tempfile.gettempdir(),
            env=environment.for_child(command[0]),
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            status: int | None = None
            while status is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    status = process.wait(_SLICE)
                    break
                if cancelled():
                    raise Cancelled
                late = limit is not None and time.perf_counter() - begun > limit
                if late or os.fstat(said.fileno()).st_size > 16 * most:
                    break
            seconds = time.perf_counter() - begun
        finally:
            if process.returncode is None:
                tree.kill(process.pid)
                process.wait()
            elif sys.platform != "win32":
                # What it left behind, by its group: the number alone may be another's by now.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
        said.seek(0)
        others = None
        if sys.platform != "win32":  # where the time of ended children is not kept
            others = max(0.0, _busy_seconds() - busy - (_own_seconds() - own)) / seconds
        return Aside(status, said.read(most).decode("utf-8", "replace"), seconds, others)


def _busy_seconds() -> float:
    """Return how long all cores have been busy since the machine began."""
    times = psutil.cpu_times()
    return sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq"))


def _own_seconds() -> float:
    """Return how long this process and its ended children have computed."""
    return sum(os.times()[:4])
