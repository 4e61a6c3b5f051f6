"""Where the time of a stretch went: for each thread, and for each lock.

Why: lanes show that threads wait; which lock costs the most, and which thread pays, is a sum.

Guarantees: exact sums of what was recorded, cut at the ends of the stretch; a function of the trace
and the stretch. What happened at one of its ends counts. Time in a pause is not in the trace, so it
is in no sum. `Statistics.of` rests between pieces of work (see `digest`), and what is added up once
is kept for the next stretch.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from engine.causes import WAITS, Cause
from engine.columns import Column
from engine.cpu import OnCore
from engine.digest import HoldDigest, HoldSums, LaneDigest, LaneSums, grouped_waits
from engine.trace import Trace

_AT_ONCE = 8  # threads between two rests, where their sums are known


@dataclass(frozen=True, slots=True)
class Stay:
    """A hold of a lock, or a wait: by whom, since when, how much of it lies in the stretch (ns)."""

    thread: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class ThreadUse:
    """One thread's time in a stretch, in ns.

    Attributes: thread, by_cause (only causes with some time), on_core (None: never measured),
    longest (the longest wait, None: it never waited).
    """

    thread: int
    by_cause: Mapping[Cause, int]
    on_core: OnCore | None
    longest: Stay | None

    def of(self, cause: Cause) -> int:
        """How long *cause* took."""
        return self.by_cause.get(cause, 0)

    @property
    def lived(self) -> int:
        """How long it was there."""
        return sum(self.by_cause.values())

    @property
    def waited(self) -> int:
        """How long it waited for anything but sleep."""
        return sum(map(self.of, WAITS))


@dataclass(frozen=True, slots=True)
class LockUse:
    """One lock in a stretch. Times in ns.

    Attributes: lock, acquisitions (an owner that takes its RLock again is not counted), contended
    (those of them that had to wait), held and waited (in all), longest_hold, longest_wait.
    """

    lock: int
    acquisitions: int
    contended: int
    held: int
    longest_hold: Stay | None
    waited: int
    longest_wait: Stay | None


@dataclass(frozen=True, slots=True)
class Measured:
    """The statistics from *start* to *end* (ns): threads that were there, locks that were used."""

    start: int
    end: int
    threads: tuple[ThreadUse, ...]
    locks: tuple[LockUse, ...]


class Statistics:
    """The sums of one trace, for any stretch."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._lanes: list[LaneDigest] = []
        self._holds: dict[int, HoldDigest] = {}
        self._object_kinds = Column(np.uint8)

    def of(self, start: int, end: int) -> Generator[None, None, Measured]:
        """Return the statistics from *start* to *end* (ns), after as many rests as it takes."""
        end = min(end, self.trace.now)
        sums = yield from self._sums(start, end)
        threads = []
        for number, each in enumerate(sums):
            threads.append(self._thread(number, each, start, end))
            if number % _AT_ONCE == 0:
                yield
        locks = yield from self._locks(sums, start, end, list(self.trace.locks.histories))
        return Measured(start, end, tuple(t for t in threads if t.by_cause), tuple(locks))

    def of_lock(self, lock: int, start: int, end: int) -> Generator[None, None, LockUse]:
        """Return the statistics of one lock alone from *start* to *end* (ns)."""
        end = min(end, self.trace.now)
        sums = yield from self._sums(start, end)
        found = yield from self._locks(sums, start, end, [lock])
        used = (use for use in found if use.lock == lock)
        return next(used, LockUse(lock, 0, 0, 0, None, 0, None))

    def _sums(self, start: int, end: int) -> Generator[None, None, list[LaneSums]]:
        sums: list[LaneSums] = []
        for number, lane in enumerate(self.trace.lanes):
            if number == len(self._lanes):
                self._lanes.append(LaneDigest(lane))
            objects = self.trace.objects
            self._object_kinds.extend(objects.kinds(len(self._object_kinds)))
            kinds = self._object_kinds.view
            sums.append((yield from self._lanes[number].between(start, end, kinds)))
            yield
        return sums

    def _thread(self, number: int, sums: LaneSums, start: int, end: int) -> ThreadUse:
        by_cause = {
            Cause(place): int(sums.by_cause[place])
            for place in np.flatnonzero(sums.by_cause).tolist()
            if place
        }
        thread = self.trace.threads[number]
        series = self.trace.cpu.series.get(number)
        begin = start if thread.begin is None else thread.begin
        finish = end if thread.end is None else thread.end
        core = series.between(start, end, begin, finish) if series else None
        return ThreadUse(number, by_cause, core, self._wait(number, sums, start))

    def _wait(self, number: int, sums: LaneSums, start: int) -> Stay | None:
        if sums.longest.row < 0:
            return None
        since = self.trace.lanes[number].starts[sums.longest.row]
        return Stay(number, max(start, since), sums.longest.length)

    def _locks(
        self, sums: list[LaneSums], start: int, end: int, wanted: Iterable[int]
    ) -> Generator[None, None, list[LockUse]]:
        waits, lanes = grouped_waits([each.waits for each in sums])
        places = {lock: place for place, lock in enumerate(waits.locks.tolist())}
        found = []
        for lock in dict.fromkeys([*wanted, *places]):
            holds, taken = yield from self._held(lock, start, end)
            place = places.get(lock)
            contended = waited = 0
            longest = None
            if place is not None:
                contended, waited = int(waits.contended[place]), int(waits.waited[place])
                length, thread = int(waits.longest[place]), int(lanes[place])
                since = self.trace.lanes[thread].starts[int(waits.row[place])]
                longest = Stay(thread, max(start, since), length) if length else None
            if taken or holds.held or place is not None:
                hold = self._hold(lock, holds, start)
                found.append(LockUse(lock, taken, contended, holds.held, hold, waited, longest))
            yield
        return found

    def _held(self, lock: int, start: int, end: int) -> Generator[None, None, tuple[HoldSums, int]]:
        history = self.trace.locks.histories.get(lock)
        if history is None:
            return HoldSums(), 0
        digest = self._holds.get(lock)
        if digest is None:
            digest = self._holds[lock] = HoldDigest(history)
        taken = history.starts.index_at(end) - history.starts.index_at(start - 1)
        return (yield from digest.between(start, end)), taken

    def _hold(self, lock: int, holds: HoldSums, start: int) -> Stay | None:
        if holds.longest.row < 0:
            return None
        history, row = self.trace.locks.histories[lock], holds.longest.row
        since = max(start, history.starts[row])
        return Stay(history.threads[row], since, holds.longest.length)


def statistics(trace: Trace, start: int = 0, end: int | None = None) -> Measured:
    """Return the statistics of *trace* from *start* to *end* (None: as far as it is known)."""
    steps = Statistics(trace).of(start, trace.now if end is None else end)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: Measured = done.value
            return result
