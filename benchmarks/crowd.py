"""Runs with very many slices, or very many stores of one value, that can go on growing.

Made from a seed alone, so what is painted beside it sees the same. Each thread waits for its
lock, holds it, runs and sleeps, over and over; how long each of that takes drifts in the course of
the run, so that at any zoom some pixels are clear and others are close.
"""

from __future__ import annotations

import numpy as np

from engine.events import Kind, ObjectKind
from engine.trace import EventColumns, Object, Process, Thread, Trace

_PATTERN = np.array(
    [Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.SLEEP_BEGIN], np.uint8
)
_BATCH = 1 << 16
_SLICE_NS = 60_000  # a slice in one lane, on average
_STORE_NS = 2_000


class _Growing:
    """A trace that grows by the batch. Attributes: trace."""

    def __init__(self) -> None:
        self.trace = Trace()
        self.trace.processes.append(Process(0, 1, 0, "main", 0))

    def grow(self, events: int) -> None:
        """Let *events* more happen."""
        while events > 0:
            count = min(_BATCH, events)
            self.trace.append(*self.batch(count))
            events -= count

    def batch(self, count: int) -> EventColumns:
        """Return what happens next, *count* events; by a subclass."""
        raise NotImplementedError


class Crowd(_Growing):
    """A trace of *lanes* threads, a slice an event. Attributes: trace."""

    def __init__(self, lanes: int) -> None:
        super().__init__()
        for index in range(lanes):
            self.trace.objects.append(Object(1 + index, ObjectKind.LOCK, 0, f"lock {index}", "", 0))
            name = f"Thread-{index}" if index else "MainThread"
            self.trace.add_thread(Thread(index, 0, name, index, index, False))
        self._made = np.random.default_rng(4)
        self._turns = np.zeros(lanes, np.int64)
        self._time = 0.0

    def batch(self, count: int) -> EventColumns:
        """Return what happens next, *count* events."""
        lanes = len(self._turns)
        thread = self._made.integers(0, lanes, count)
        order = np.argsort(thread, kind="stable")
        begins = np.searchsorted(thread[order], np.arange(lanes))
        turn = np.empty(count, np.int64)
        turn[order] = np.arange(count) - begins[thread[order]]
        turn += self._turns[thread]
        self._turns += np.bincount(thread, minlength=lanes)
        kind = _PATTERN[turn % 4]
        drift = 1.3 + np.sin(turn / 900 + thread) * np.sin(turn / 37)
        gaps = self._made.exponential(_SLICE_NS / lanes, count) * drift
        times = self._time + np.cumsum(gaps)
        self._time = float(times[-1])
        return EventColumns(
            times.astype(np.int64),
            np.full(count, -1, np.int64),
            kind,
            np.zeros(count, np.uint8),
            np.where(kind != Kind.SLEEP_BEGIN, 1 + thread, 0).astype(np.uint32),
            np.zeros(count, np.uint32),
            thread.astype(np.uint32),
        )


class Stores(_Growing):
    """A trace of eight threads that store one value. Attributes: trace."""

    def __init__(self) -> None:
        super().__init__()
        extra: dict[str, object] = {"variable": "level"}
        self.trace.objects.append(Object(1, ObjectKind.STORE_POINT, 0, "level", "", 0, extra))
        for index in range(8):
            self.trace.add_thread(Thread(index, 0, f"Thread-{index}", index, index, False))
        self._made = np.random.default_rng(5)
        self._time = 0

    def batch(self, count: int) -> EventColumns:
        """Return what happens next, *count* events."""
        times = self._time + np.cumsum(self._made.integers(1, 2 * _STORE_NS, count))
        self._time = int(times[-1])
        waves = 1_000 * np.sin(times / 3e7) + 300 * np.sin(times / 4e5)
        values = (waves + self._made.normal(0, 200, count)).astype(np.int64)
        return EventColumns(
            times,
            values,
            np.full(count, int(Kind.STORE), np.uint8),
            np.zeros(count, np.uint8),
            np.ones(count, np.uint32),
            np.zeros(count, np.uint32),
            self._made.integers(0, 8, count).astype(np.uint32),
        )
