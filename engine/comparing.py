"""Two runs beside each other: their figures, added up from what was recorded.

Why apart from `comparison`: what a figure is and how it is told changes for other reasons than
where it comes from.

Guarantees: both traces are only read; a figure that a run has no record of is None.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace

from engine.causes import Cause
from engine.comparison import NOT_RECORDED, Comparison, Figure, LockFigures, Side, Unit
from engine.formats.record import Record
from engine.names import name_of
from engine.report import named_series
from engine.statistics import LockUse, Measured, Stay, statistics
from engine.trace import Trace

MOST_LOCKS = 12
MOST_LINES = 400  # changed lines of a script that are kept


def compare(a: Record, b: Record) -> Comparison:
    """Compare two runs; both traces are only read."""
    one, other = statistics(a.trace), statistics(b.trace)
    removed, added, lines = _script(a.script, b.script)
    return Comparison(
        Side.of(a),
        Side.of(b),
        _figures(a, b, one, other),
        _locks(a.trace, b.trace, one, other),
        _values(a.trace, b.trace),
        lines,
        removed,
        added,
    )


def whole_or_not(record: Record, problems: tuple[str, ...]) -> Record:
    """Return *record* as it can be compared: of one with *problems*, the end is not known."""
    return replace(record, outcome=None) if problems else record


def _figures(a: Record, b: Record, one: Measured, other: Measured) -> tuple[Figure, ...]:
    sums = (_Sums(a, one), _Sums(b, other))

    def figure(key: str, name: str, unit: Unit, less: str = "less", more: str = "more") -> Figure:
        one, other = (getattr(each, key) for each in sums)
        return Figure(key, name, unit, one, other, less, more)

    return (
        figure("elapsed", "Elapsed", "s", "faster", "slower"),
        figure("lived", "Until the last thread ended", "s", "faster", "slower"),
        figure("events", "Events recorded", "count", "fewer"),
        figure("threads", "Threads", "count", "fewer"),
        figure("processes", "Processes", "count", "fewer"),
        figure("cpu", "CPU time used", "s"),
        figure("cores", "Cores busy on average", "cores"),
        figure("lock_waits", "Waits for locks", "count", "fewer"),
        figure("lock_wait", "Time waiting for locks", "s"),
        figure("longest_lock_wait", "Longest wait for a lock", "s", "shorter", "longer"),
        figure("other_wait", "Time waiting for other things", "s"),
        figure("longest_wait", "Longest wait for anything", "s", "shorter", "longer"),
        figure("sleeping", "Time asleep", "s"),
        figure("lost_updates", "Lost updates", "count", "fewer"),
    )  # fmt: skip


class _Sums:
    """The figures of one run, each None where it was not recorded."""

    def __init__(self, record: Record, measured: Measured) -> None:
        trace = record.trace
        threads, locks = measured.threads, measured.locks
        self.elapsed = record.outcome.seconds if record.outcome else None
        ends = [thread.end for thread in trace.threads]
        known_ends = [end for end in ends if end is not None]
        self.lived = max(known_ends) / 1e9 if ends and len(known_ends) == len(ends) else None
        self.events, self.threads = len(trace), len(trace.threads)
        self.processes = len(trace.processes)
        readings = [trace.cpu.seconds(lane) for lane in range(len(trace.threads))]
        known = [reading for reading in readings if reading is not None]
        self.cpu = sum(known) if known else None
        self.cores = self.cpu / self.elapsed if self.cpu is not None and self.elapsed else None
        self.lock_waits = sum(lock.contended for lock in locks)
        self.lock_wait = sum(thread.by_cause.get(Cause.LOCK, 0) for thread in threads) / 1e9
        self.longest_lock_wait = (
            max((_length(lock.longest_wait) for lock in locks), default=0) / 1e9
        )
        waited = sum(thread.waited for thread in threads) / 1e9
        self.other_wait = max(0.0, waited - self.lock_wait)
        stays = [thread.longest.length for thread in threads if thread.longest]
        self.longest_wait = max(stays, default=0) / 1e9
        self.sleeping = sum(thread.by_cause.get(Cause.SLEEPING, 0) for thread in threads) / 1e9
        self.lost_updates = _lost(trace)


def _length(stay: Stay | None) -> int:
    return stay.length if stay else 0


def _lost(trace: Trace) -> float | None:
    """Return the updates lost of all values; None where some are not known, or none is watched."""
    losses = [
        series.lost_at(trace.now)
        for series in named_series(trace).values()
        if series.counts_losses and series.low is not None
    ]
    known = [loss for loss in losses if loss is not None]
    return sum(known) if losses and len(known) == len(losses) else None


def _locks(a: Trace, b: Trace, one: Measured, other: Measured) -> tuple[LockFigures, ...]:
    """Return the locks of both runs by their names; several of one name are added up."""
    uses = (_by_name(a, one), _by_name(b, other))
    there = tuple({name_of(t, n) for n in range(1, len(t.objects))} for t in (a, b))
    waited = {
        name: max(use[name].waited if name in use else 0 for use in uses)
        for name in dict.fromkeys((*uses[0], *uses[1]))
    }
    found = []
    for name in sorted(waited, key=lambda name: -waited[name])[:MOST_LOCKS]:
        both = [
            use.get(name, LockUse(0, 0, 0, 0, None, 0, None) if name in known else None)
            for use, known in zip(uses, there, strict=True)
        ]
        found.append(LockFigures(name, _of_lock(both[0], both[1])))
    return tuple(found)


def _by_name(trace: Trace, measured: Measured) -> dict[str, LockUse]:
    found: dict[str, LockUse] = {}
    for use in measured.locks:
        name = name_of(trace, use.lock)
        before = found.get(name)
        found[name] = use if before is None else _added(before, use)
    return found


def _added(one: LockUse, other: LockUse) -> LockUse:
    def longer(*stays: Stay | None) -> Stay | None:
        there = [stay for stay in stays if stay is not None]
        return max(there, key=lambda stay: stay.length, default=None)

    return LockUse(
        one.lock,
        one.acquisitions + other.acquisitions,
        one.contended + other.contended,
        one.held + other.held,
        longer(one.longest_hold, other.longest_hold),
        one.waited + other.waited,
        longer(one.longest_wait, other.longest_wait),
    )


def _of_lock(one: LockUse | None, other: LockUse | None) -> tuple[Figure, ...]:
    """Return the figures of one lock; None stands for a run that has none of that name."""

    def counts(key: str, name: str, read: Callable[[LockUse], int]) -> Figure:
        a, b = (None if use is None else read(use) for use in (one, other))
        return Figure(key, name, "count", a, b, "fewer", absent="not there")

    def times(
        key: str, name: str, read: Callable[[LockUse], int], less: str = "less", more: str = "more"
    ) -> Figure:
        a, b = (None if use is None else read(use) / 1e9 for use in (one, other))
        return Figure(key, name, "s", a, b, less, more, "not there")

    def wait(use: LockUse) -> int:
        return _length(use.longest_wait)

    def hold(use: LockUse) -> int:
        return _length(use.longest_hold)

    return (
        counts("acquisitions", "acquired", lambda use: use.acquisitions),
        counts("contended", "acquired after a wait", lambda use: use.contended),
        times("waited", "waited for", lambda use: use.waited),
        times("longest_wait", "longest wait", wait, "shorter", "longer"),
        times("held", "held", lambda use: use.held),
        times("longest_hold", "longest hold", hold, "shorter", "longer"),
    )


def _values(a: Trace, b: Trace) -> tuple[tuple[str, str, str], ...]:
    """Return (name, at the end of A, of B) of what was watched in either."""
    both = (named_series(a), named_series(b))
    ends = []
    for trace, series in zip((a, b), both, strict=True):
        ends.append({name: each.text_at(trace.now) for name, each in series.items()})
    names = dict.fromkeys((*ends[0], *ends[1]))
    return tuple(
        (name, ends[0].get(name, NOT_RECORDED), ends[1].get(name, NOT_RECORDED)) for name in names
    )


def _script(a: str, b: str) -> tuple[int, int, tuple[str, ...]]:
    """Return how many lines went and came, and those lines as in a unified diff."""
    if a == b:
        return 0, 0, ()
    removed = added = 0
    lines: list[str] = []
    for line in difflib.unified_diff(a.splitlines(), b.splitlines(), "A", "B", lineterm="", n=1):
        if line.startswith("-") and not line.startswith("---"):
            removed += 1
        elif line.startswith("+") and not line.startswith("+++"):
            added += 1
        if len(lines) < MOST_LINES:
            lines.append(line)
    return removed, added, tuple(lines)
