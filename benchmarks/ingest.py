"""What an event costs the window: time and memory to take it in, and to tell a state later.

Beside the plain way: a list of tuples, a list of indices a thread, and dictionaries of who holds
what, filled from the same batches in the same run.
"""

from __future__ import annotations

import time
import tracemalloc
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.streams import BATCH, MIXES, an_empty_trace, stream
from benchmarks.table import Row, median
from engine.events import Kind, State
from engine.trace import EventColumns, Trace
from engine.waits import graph_at

EVENTS = 1_000_000
MANY = 10_000_000
MEMORY_EVENTS = 4_000_000
PLAIN_EVENTS = 200_000
GOAL_RATE = 500_000
GOAL_BYTES = 40
GOAL_MS = 2.0
_MOMENTS = 60


@dataclass
class Plain:
    """The store that one would write first."""

    events: list[tuple[int, int, int, int, int, int, int]] = field(default_factory=list)
    of_thread: dict[int, list[int]] = field(default_factory=dict)
    holders: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    series: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def append(self, batch: EventColumns) -> None:
        """Take one batch."""
        for row in zip(*(column.tolist() for column in batch), strict=True):
            when, value, kind, _, obj, _, thread = row
            self.of_thread.setdefault(thread, []).append(len(self.events))
            self.events.append(row)
            if kind == Kind.LOCK_ACQUIRED:
                self.holders.setdefault(obj, []).append((when, thread))
            elif kind == Kind.LOCK_RELEASED:
                self.holders.setdefault(obj, []).append((when, -1))
            elif kind in (Kind.STORE, Kind.QUEUE_PUT, Kind.QUEUE_GET):
                self.series.setdefault(obj, []).append((when, value))

    def state_at(self, t: int) -> int:
        """Look up every thread, lock and value at *t*; return how many were found."""
        found = 0
        for numbers in self.of_thread.values():
            found += bisect_right(numbers, t, key=lambda number: self.events[number][0]) > 0
        for history in (*self.holders.values(), *self.series.values()):
            found += bisect_right(history, t, key=lambda entry: entry[0]) > 0
        return found


def measure() -> list[Row]:
    """Measure every mix at `EVENTS`, and the mix of all at `MANY`."""
    return [
        *(_rate(mix, threads) for mix in MIXES for threads in (8, 64)),
        _growth(),
        *(_bytes(*how) for how in (("mix", 8), ("mix", 64), ("locks", 64), ("stores", 8))),
        *_moments(),
    ]


def _seconds(take: Callable[[EventColumns], object], batches: Iterable[EventColumns]) -> float:
    """Return the seconds on a core: other programs do not count."""
    begin = time.thread_time()
    for batch in batches:
        take(batch)
    return time.thread_time() - begin


def _rate(mix: str, threads: int) -> Row:
    batches = list(stream(mix, EVENTS, threads))
    trace = an_empty_trace(threads)
    ours = _seconds(lambda batch: trace.append(*batch), batches) / EVENTS
    few = batches[: PLAIN_EVENTS // BATCH]
    plain = _seconds(Plain().append, few) / (len(few) * BATCH)
    note = f"{1 / ours:,.0f} events a second; goal {GOAL_RATE:,} on less than half a core"
    what = f"take in: {mix}, {threads} threads"
    return Row(what, ours * 1e6, plain * 1e6, "us an event", note=note)


def _growth() -> Row:
    """Compare the last batches of a trace with the first ones."""
    trace = an_empty_trace(8)
    costs = [_seconds(lambda b: trace.append(*b), [b]) for b in stream("mix", 2 * EVENTS, 8)]
    part = len(costs) // 5
    first, last = median(costs[part : 2 * part]) * 1e3, median(costs[-part:]) * 1e3
    return Row(f"a batch of {BATCH} at the end / at the start", last, first, "ms", 1.5)


def filled(mix: str, events: int, threads: int) -> Trace:
    """Return a trace of *events* events."""
    trace = an_empty_trace(threads)
    for batch in stream(mix, events, threads):
        trace.append(*batch)
    return trace


def _traced(make: Callable[[], object]) -> float:
    """Return the bytes that are in use for what *make* returns."""
    tracemalloc.start()
    try:
        kept = make()
        size = tracemalloc.get_traced_memory()[0]
        del kept
    finally:
        tracemalloc.stop()
    return float(size)


def _bytes(mix: str, threads: int) -> Row:
    ours = _traced(lambda: filled(mix, MEMORY_EVENTS, threads)) / MEMORY_EVENTS

    def plain() -> Plain:
        made = Plain()
        for batch in stream(mix, PLAIN_EVENTS, threads):
            made.append(batch)
        return made

    other = _traced(plain) / PLAIN_EVENTS
    verdict = "met" if ours <= GOAL_BYTES else "missed"
    note = f"{MEMORY_EVENTS:,} events; goal {GOAL_BYTES} bytes: {verdict}"
    return Row(f"memory: {mix}, {threads} threads", ours, other, "bytes an event", note=note)


def _moments() -> list[Row]:
    threads = 64
    begin = time.thread_time()
    trace = filled("mix", MANY, threads)
    rate = MANY / (time.thread_time() - begin)
    moments = np.linspace(trace.now * 0.05, trace.now * 0.95, _MOMENTS).astype(np.int64).tolist()
    note = f"{MANY:,} events, {threads} threads; made and taken in at {rate:,.0f} a second"
    return [
        Row(f"state at t: {what}", _milliseconds(ask, moments), None, "ms", GOAL_MS, note)
        for what, ask in _questions(trace).items()
    ]


def _questions(trace: Trace) -> dict[str, Callable[[int], object]]:
    lanes = range(len(trace.lanes))
    return {
        "lanes": lambda t: [trace.state_at(lane, t) for lane in lanes],
        "lines": lambda t: [trace.site_at(lane, t) for lane in lanes],
        "holders": lambda t: [trace.locks.hold_at(lock, t) for lock in trace.locks.histories],
        "who waits for whom": lambda t: graph_at(trace, t),
        "values": lambda t: [
            (series.text_at(t), series.lost_at(t)) for series in trace.values.series.values()
        ],
        "the last 50 events": lambda t: trace.recent(t, 50),
        "waiting for a lock": lambda t: [
            lane for lane in lanes if (s := trace.state_at(lane, t)) and s.state is State.WAITS_LOCK
        ],
    }


def _milliseconds(ask: Callable[[int], object], moments: list[int]) -> float:
    costs = []
    for moment in moments:
        begin = time.thread_time()
        ask(moment)
        costs.append(time.thread_time() - begin)
    return median(costs) * 1e3
