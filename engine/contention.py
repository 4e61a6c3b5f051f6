"""How many threads waited for each lock, and since when: the queue before it as a curve.

Why: who had a lock is half of the picture (`engine.locks`); what it cost is how many stood before
it, and for how long in all. Locks are put in order by that.

Guarantees: exact, for every moment: a thread is counted from the event that began its wait to the
next one that ends it, as in its lane; an event is looked at once, at most `AT_ONCE` of them a call;
what processes tell late is put where its time belongs. A semaphore has a queue but no holder: who
of those that came through is still inside is not recorded.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.columns import Column, Ints, grouped
from engine.events import Kind, ObjectKind
from engine.lanes import NOT_A_STATE, STATE_TABLE
from engine.memory import Memory
from engine.pyramids import MostWaiters
from engine.table import Table
from engine.trace import Trace

AT_ONCE = 16_000  # events: some 2 ms
_STEP = (("time", np.int64), ("count", np.uint32))
_COUNT = 1
_KEPT = 64
_LATEST = 2**62


class WaiterSeries:
    """How many waited for one lock.

    Attributes: times (ns), counts (from each time on), highest (of all counts), most (the greatest
    count of each pixel).
    """

    def __init__(self, memory: Memory) -> None:
        self._steps = Table(_STEP, memory)
        self.times, self.counts = self._steps["time"], self._steps["count"]
        self.most = MostWaiters(self.times, self.counts)
        self.highest = 0

    def at(self, t: int) -> int:
        """Return how many waited at *t* (ns)."""
        place = self.times.index_at(t) - 1
        return int(self.counts[place]) if place >= 0 else 0

    def add(self, times: Ints, deltas: Ints) -> None:
        """Add changes of the number, ascending in time; late ones go where they belong."""
        place = len(self.times)
        if place and int(times[0]) <= self.times.last():
            place = self.times.index_at(int(times[0]) - 1)
        before = int(self.counts[place - 1]) if place else 0
        if place < len(self.times):
            later = self.times[place:].copy()
            changes = np.diff(self.counts[place:].astype(np.int64), prepend=before)
            self._steps.cut(place)
            self.most.cut(place)
            times, deltas = np.concatenate([later, times]), np.concatenate([changes, deltas])
            order = np.argsort(times, kind="stable")
            times, deltas = times[order], deltas[order]
        counts = before + np.cumsum(deltas)
        # Of changes at one moment only the outcome was there to be seen.
        last = np.append(times[1:] != times[:-1], [True])
        times, counts = times[last], counts[last]
        changed = np.diff(counts, prepend=before) != 0
        self.highest = max(self.highest, int(counts.max()))
        self._steps.extend(times[changed], counts[changed])


class Contention:
    """The queues of one trace's locks.

    Attributes: trace, series (of each lock that was ever waited for, by object number).
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.series: dict[int, WaiterSeries] = {}
        self._done = 0
        self._object_kinds = Column(np.uint8)
        #: Of each object: ns waited for it by waits that are over, waits begun, first and last use.
        self._waited, self._begun = np.zeros(_KEPT, np.int64), np.zeros(_KEPT, np.int64)
        self._first, self._last = np.full(_KEPT, _LATEST, np.int64), np.full(_KEPT, -1, np.int64)
        self._held = np.zeros(_KEPT, np.int64)
        #: Of each thread: what it waits for (0: no lock), and since when.
        self._wants, self._since = np.zeros(_KEPT, np.int64), np.zeros(_KEPT, np.int64)

    @property
    def is_complete(self) -> bool:
        """Whether every event is in it."""
        return self._done == len(self.trace)

    def update(self, most: int = AT_ONCE) -> bool:
        """Take in events that are new, at most *most*; say whether all of them are in now."""
        stop = min(len(self.trace), self._done + most)
        if stop > self._done:
            objects = self.trace.objects
            self._object_kinds.extend(objects.kinds(len(self._object_kinds)))
            self._make_room()
            columns = self.trace.columns(self._done, stop)
            self._use(columns.time, columns.kind, columns.obj)
            self._queue(columns.time, columns.kind, columns.obj, columns.thread)
            self._done = stop
        return self.is_complete

    def waited(self, lock: int) -> int:
        """Return the ns that all threads together have waited for *lock* so far."""
        open_ones = np.flatnonzero(self._wants == lock)
        going_on = int((self.trace.now - self._since[open_ones]).sum())
        return (int(self._waited[lock]) if lock < len(self._waited) else 0) + going_on

    def waits(self, lock: int) -> int:
        """Return how often a thread had to wait for *lock*."""
        return int(self._begun[lock]) if lock < len(self._begun) else 0

    def ranked(self) -> list[int]:
        """Return the locks that were ever waited for, the one that cost the most first."""
        total = self._waited.copy()
        open_ones = np.flatnonzero(self._wants)
        np.add.at(total, self._wants[open_ones], self.trace.now - self._since[open_ones])
        locks = np.flatnonzero(self._begun)
        ranked: list[int] = locks[np.lexsort((locks, -total[locks]))].tolist()
        return ranked

    def used(self, start: float, end: float) -> list[int]:
        """Return the locks never waited for that were used from *start* to *end* (ns), or about it.

        "Used" means that the time from its first use to its last one, or to now while it is held,
        touches the stretch; `engine.locks` knows whether it was held in it.
        """
        last = np.where(self._held > 0, _LATEST, self._last)
        there = (self._first <= end) & (last >= start) & (self._begun == 0)
        found: list[int] = np.flatnonzero(there).tolist()
        return found

    @property
    def known(self) -> int:
        """How many locks were taken or waited for at all."""
        return int(((self._last >= 0) | (self._begun > 0)).sum())

    def _make_room(self) -> None:
        for names, need, empty in (
            (("_waited", "_begun", "_held"), len(self._object_kinds), 0),
            (("_first",), len(self._object_kinds), _LATEST),
            (("_last",), len(self._object_kinds), -1),
            (("_wants", "_since"), len(self.trace.threads), 0),
        ):
            for name in names:
                have: Ints = getattr(self, name)
                if need > len(have):
                    grown = np.full(max(need, 2 * len(have)), empty, np.int64)
                    grown[: len(have)] = have
                    setattr(self, name, grown)

    def _use(self, time: Ints, kind: npt.NDArray[Any], obj: npt.NDArray[Any]) -> None:
        """Note when each lock was first and last taken or given back."""
        taken = kind == Kind.LOCK_ACQUIRED
        places = np.flatnonzero(taken | (kind == Kind.LOCK_RELEASED))
        lock = obj[places]
        np.minimum.at(self._first, lock, time[places])
        np.maximum.at(self._last, lock, time[places])
        np.add.at(self._held, lock, np.where(taken[places], 1, -1))

    def _queue(
        self,
        time: Ints,
        kind: npt.NDArray[Any],
        obj: npt.NDArray[Any],
        thread: npt.NDArray[Any],
    ) -> None:
        """Add the waits that begin or end with these events."""
        places = np.flatnonzero(STATE_TABLE[kind] != NOT_A_STATE)
        if not len(places):
            return
        places = places[grouped(thread[places])]
        time, kind, obj, thread = time[places], kind[places], obj[places], thread[places]
        wants = np.where(self._is_queued(kind, obj), obj, 0).astype(np.int64)
        firsts = np.flatnonzero(np.diff(thread.astype(np.int64), prepend=-1))
        lasts = np.append(firsts[1:], len(thread)) - 1
        wanted, since = np.roll(wants, 1), np.roll(time, 1)
        wanted[firsts], since[firsts] = self._wants[thread[firsts]], self._since[thread[firsts]]
        self._wants[thread[lasts]], self._since[thread[lasts]] = wants[lasts], time[lasts]
        begins, ends = np.flatnonzero(wants), np.flatnonzero(wanted)
        np.add.at(self._begun, wants[begins], 1)
        np.add.at(self._waited, wanted[ends], time[ends] - since[ends])
        locks = np.concatenate([wants[begins], wanted[ends]])
        if not len(locks):
            return
        times = np.concatenate([time[begins], time[ends]])
        deltas = np.repeat([1, -1], [len(begins), len(ends)])
        order = np.lexsort((times, locks))
        locks, times, deltas = locks[order], times[order], deltas[order]
        edges = [*np.flatnonzero(np.diff(locks, prepend=-1)).tolist(), len(locks)]
        for begin, end in itertools.pairwise(edges):
            lock = int(locks[begin])
            if lock not in self.series:
                self.series[lock] = WaiterSeries(self.trace.memory)
            self.series[lock].add(times[begin:end], deltas[begin:end])

    def _is_queued(self, kind: npt.NDArray[Any], obj: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Return which events begin a wait for a lock or a semaphore."""
        known = self._object_kinds.view
        of_object = known[np.minimum(obj, len(known) - 1)]
        places = (kind == Kind.WAIT_BEGIN) & (of_object == ObjectKind.SEMAPHORE)
        queued: npt.NDArray[np.bool_] = (kind == Kind.LOCK_WAIT) | places
        return queued
