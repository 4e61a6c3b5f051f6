"""Half a million events a second into a real window: what it takes in, and how it draws meanwhile.

The events come as messages of a child do, from a thread of their own into a session's inbox, and
go through the intake, the trace and every pane that is seen. Beside it, in the same run, the same
window with the same run when nothing arrives.
"""

from __future__ import annotations

import json
import threading
import time
from array import array

import numpy as np
import numpy.typing as npt

from benchmarks.streams import LOCKS, QUEUES, STORES, stream
from benchmarks.table import Row, median, percentile
from benchmarks.window import Opened, opened
from engine.events import COLUMNS, Message, ObjectKind, pack_batch
from engine.intake import Intake
from engine.session import Session
from engine.trace import EventColumns, joined

RATE = 500_000
SECONDS = 5.0
ROUNDS = 3
GOAL_MS = 16.7
_PERIOD = 0.01  # seconds between two messages, as of a child
_PID = 7


def measure() -> list[Row]:
    """Return the rows of 8 and 64 threads."""
    return [row for threads in (8, 64) for row in _live(threads)]


class _Feed:
    """Sends messages of events, as a child does. Attributes: begin (when the first is due)."""

    def __init__(self, session: Session, threads: int, seconds: float) -> None:
        self._session = session
        size, count = int(RATE * _PERIOD), int(seconds / _PERIOD)
        batches = list(stream("mix", size * 40, threads))
        whole = joined(batches)
        parts = [whole.part(begin, begin + size) for begin in range(0, len(whole.time), size)]
        # Made beforehand: a child makes its own, and a reader gives the GIL away while it reads.
        self.begin = time.perf_counter() + 0.002 * count
        self._messages = []
        for number in range(count):
            begin = int((self.begin + number * _PERIOD) * 1e9)
            times = begin + np.arange(size) * int(_PERIOD * 1e9 / size)
            self._messages.append(_message(parts[number % len(parts)], times.astype(np.uint64)))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="feed")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, window: Opened) -> None:
        """Wait for the first one."""
        window.until(lambda: time.perf_counter() > self.begin)

    def stop(self, window: Opened) -> None:
        """End, once the window has made room for what waits."""
        self._stopped.set()
        window.until(lambda: not self._thread.is_alive())
        window.until(lambda: not self._session._inbox)

    def _work(self) -> None:
        for number, message in enumerate(self._messages):
            now = time.perf_counter()
            self._stopped.wait(max(0.0, self.begin + (number + 1) * _PERIOD - now))
            if self._stopped.is_set():
                return
            self._session._inbox.put(lambda m=message: self._feed(m), wait=True)  # type: ignore[misc]

    def _feed(self, message: bytes) -> None:
        self._session.intake.feed(_PID, message)


def _message(part: EventColumns, times: npt.NDArray[np.uint64]) -> bytes:
    what = part.kind.astype(np.uint64) | part.obj.astype(np.uint64) << np.uint64(16)
    columns = {
        "time": times,
        "value": part.value,
        "what": what,
        "thread": part.thread,
        "site": part.site,
    }
    made: dict[str, array[int]] = {}
    for name, code, _ in COLUMNS:
        made[name] = array(code)
        made[name].frombytes(columns[name].astype(made[name].typecode).tobytes())
    return pack_batch(made, int(times[-1]))


def _live(threads: int) -> list[Row]:
    idle: list[list[float]] = []
    busy: list[list[float]] = []
    taken: list[float] = []
    on_core: list[list[float]] = []
    with opened("lock") as window:
        window.warm()
        session = Session()
        session.wait_ready()
        try:
            _begin(session.intake, threads)
            session.state = "running"
            _show(window, session)
            window.intervals(1.0)
            for _ in range(ROUNDS):
                idle.append(window.intervals(SECONDS))
                feed = _Feed(session, threads, 2 * SECONDS)
                feed.start()
                feed.wait(window)
                before, began = len(session.trace), time.perf_counter()
                busy.append(window.intervals(SECONDS))
                on_core.append(window.on_core)
                taken.append((len(session.trace) - before) / (time.perf_counter() - began))
                feed.stop(window)
        finally:
            session.close()
    return _rows(threads, idle, busy, on_core, taken)


def _show(window: Opened, session: Session) -> None:
    """Show *session* as a run that goes on."""
    bridge = window.main.bridge
    bridge._session, bridge.trace = session, session.trace
    bridge.cursor.reset()
    bridge._set_state("running")


def _rows(
    threads: int,
    idle: list[list[float]],
    busy: list[list[float]],
    on_core: list[list[float]],
    taken: list[float],
) -> list[Row]:
    def middle(rounds: list[list[float]], share: float) -> float:
        return median([percentile(each, share) for each in rounds])

    def frames(what: str, share: float, goal: float) -> Row:
        ours, other = middle(busy, share), middle(idle, share)
        name = f"frame interval, {what}: events arrive / idle, {threads} threads"
        return Row(name, ours, other, "ms", goal)

    note = f"{ROUNDS} rounds of {SECONDS:g} s; {RATE:,} a second are sent"
    core = f"p50; p99 {middle(on_core, 0.99):.1f}; of a core, as others use the machine too"
    return [
        Row(f"taken in, {threads} threads", median(taken), None, "events/s", None, note),
        frames("median", 0.5, 1.1),
        frames("p99", 0.99, 2.0),
        Row(f"a frame, {threads} threads", middle(on_core, 0.5), None, "ms", GOAL_MS, core),
    ]


def _begin(intake: Intake, threads: int) -> None:
    """Announce what the events are about, as a child does."""
    intake.hello({"pid": _PID, "name": "main", "started": time.perf_counter_ns()})
    kinds = [ObjectKind.LOCK] * LOCKS + [ObjectKind.STORE_POINT] * STORES
    kinds += [ObjectKind.QUEUE] * QUEUES
    objects = []
    for number, kind in enumerate(kinds, 1):
        entry = {"number": number, "kind": int(kind), "name": f"{kind.name.lower()} {number}"}
        if kind is ObjectKind.STORE_POINT:
            entry |= {"variable": f"value{number}", "change": 1, "initial": False}
        objects.append(entry)
    said = {
        "sites": [{"number": line, "file": "script.py", "line": line} for line in range(1, 41)],
        "objects": objects,
        "threads": [{"number": n, "name": f"T{n}"} for n in range(threads)],
    }
    intake.feed(_PID, bytes([Message.NAMES]) + json.dumps(said).encode())
