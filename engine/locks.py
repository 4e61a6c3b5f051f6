"""Who held which lock when.

Guarantees: an ownership begins and ends at recorded events; a lock that another thread released
(allowed for Lock) ends its holder's ownership, and the history says who ended it. A lock that
processes share has one history: what one process tells late is put where its time belongs.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from engine.columns import changes, grouped
from engine.memory import Memory
from engine.table import Table

_FEW = 8  # fewer events than this are walked: arrays would cost more
_HOLD = (("start", np.int64), ("end", np.int64), ("thread", np.uint32), ("ender", np.int64))
_END, _ENDER = 1, 3


@dataclass(frozen=True, slots=True)
class Hold:
    """One ownership of a lock. Times in ns since the run's start; *end* None: still held."""

    lock: int
    thread: int
    start: int
    end: int | None


class LockHistory:
    """One lock's ownerships, in order.

    Attributes: starts, ends (ns; -1 while held), threads, enders (who released it; -1: nobody
    yet, or it is not known).
    """

    def __init__(self, memory: Memory) -> None:
        self._holds = Table(_HOLD, memory)
        self.starts, self.ends = self._holds["start"], self._holds["end"]
        self.threads, self.enders = self._holds["thread"], self._holds["ender"]
        self._depth = 0

    @property
    def settled(self) -> int:
        """How many of the first ownerships never change any more."""
        return max(0, len(self.starts) - 1)

    def acquired(self, time: int, thread: int) -> None:
        """Note that *thread* acquired it; an RLock's owner may do so again."""
        if self._depth and self.threads.last() == thread:
            self._depth += 1
            return
        if self._depth:  # a release that was never recorded (a killed child); the hold is over
            self._end(time, -1)
        self._depth = 1
        self._holds.append(time, -1, thread, -1)

    def released(self, time: int, thread: int) -> None:
        """Note a release by *thread*, whoever has it."""
        if self._depth:
            self._depth -= 1
            if not self._depth:
                self._end(time, thread)

    def extend(
        self,
        times: npt.NDArray[np.int64],
        taken: npt.NDArray[np.bool_],
        threads: npt.NDArray[np.uint32],
    ) -> None:
        """Note acquisitions (*taken*) and releases, in order; the same as one after the other."""
        depth = self._depth + np.cumsum(np.where(taken, 1, -1))
        first = taken & (depth == 1)
        again = taken & (depth > 1)
        begins = np.flatnonzero(first)
        holders = np.concatenate(([self.threads.last()], threads[begins]))
        is_sound = int(depth.min()) >= 0 and not (
            again.any() and (threads[again] != holders[np.cumsum(first)[again]]).any()
        )
        if len(times) < _FEW or not is_sound:
            self._walk(times.tolist(), taken.tolist(), threads.tolist())
            return
        over = np.flatnonzero(~taken & (depth == 0))
        if self._depth and len(over):
            self._end(int(times[over[0]]), int(threads[over[0]]))
            over = over[1:]
        ends = np.full((2, len(begins)), -1, np.int64)
        ends[0, : len(over)] = times[over]
        ends[1, : len(over)] = threads[over]
        self._depth = int(depth[-1])
        self._holds.extend(times[begins], ends[0], threads[begins], ends[1])

    def _walk(self, times: list[int], taken: list[bool], threads: list[int]) -> None:
        for time, is_taken, thread in zip(times, taken, threads, strict=True):
            if is_taken:
                self.acquired(time, thread)
            else:
                self.released(time, thread)

    def _end(self, time: int, ender: int) -> None:
        self._holds.set_last(_END, time)
        self._holds.set_last(_ENDER, ender)


class SharedHistory(LockHistory):
    """The ownerships of a lock of several processes, whose events arrive by turns, in batches.

    A release is recorded before it happens and an acquisition after it, by one clock, so their
    order in time is the true one. The last `REMEMBERED` events are kept, to be told again from
    the place of a late one on.
    """

    REMEMBERED = 100_000

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        #: (time, acquired, thread, depth before it, ownerships before it)
        self._recent: list[tuple[int, bool, int, int, int]] = []

    @property
    def settled(self) -> int:
        """How many of the first ownerships never change any more."""
        return max(0, self._recent[0][4] - 1) if self._recent else 0

    def extend(
        self,
        times: npt.NDArray[np.int64],
        taken: npt.NDArray[np.bool_],
        threads: npt.NDArray[np.uint32],
    ) -> None:
        """Note acquisitions (*taken*) and releases, each where its time belongs.

        Batches of several processes may come together, so the events need not ascend in time.
        """
        rows = zip(times.tolist(), taken.tolist(), threads.tolist(), strict=True)
        self.add(sorted(rows, key=itemgetter(0)))

    def add(self, events: list[tuple[int, bool, int]]) -> None:
        """Note (time, acquired, thread), ascending in time, each where its time belongs."""
        recent = self._recent
        place = bisect_right(recent, events[0][0], key=itemgetter(0))
        later = recent[place:]
        if later:
            self._go_back(*later[0][3:])
            del recent[place:]
            events = sorted([*(event[:3] for event in later), *events], key=itemgetter(0))
        for time, taken, thread in events:
            recent.append((time, taken, thread, self._depth, len(self.starts)))
            if taken:
                self.acquired(time, thread)
            else:
                self.released(time, thread)
        if len(recent) > 2 * self.REMEMBERED:
            del recent[: self.REMEMBERED]

    def _go_back(self, depth: int, ownerships: int) -> None:
        self._holds.cut(ownerships)
        self._depth = depth
        if depth:
            self._end(-1, -1)


class LockTable:
    """The history of every lock that was ever acquired, by object number.

    Attributes: histories.
    """

    def __init__(
        self, memory: Memory, is_shared: Callable[[int], bool] = lambda obj: False
    ) -> None:
        """Make an empty table; *is_shared* says whether several processes know an object."""
        self._memory = memory
        self.histories: dict[int, LockHistory] = {}
        self._is_shared = is_shared

    def extend(
        self,
        times: npt.NDArray[np.int64],
        acquired: npt.NDArray[np.bool_],
        objs: npt.NDArray[np.uint32],
        threads: npt.NDArray[np.uint32],
    ) -> None:
        """Add one batch's acquisitions (True) and releases (False), in order."""
        order = grouped(objs)
        times, acquired, objs, threads = times[order], acquired[order], objs[order], threads[order]
        edges = [*np.flatnonzero(changes(objs)).tolist(), len(objs)]
        firsts = order[edges[:-1]].tolist()
        parts = sorted(zip(firsts, itertools.pairwise(edges), strict=True))
        for _, (begin, end) in parts:  # histories stand in the order of their first event
            part = slice(begin, end)
            obj = int(objs[begin])
            history = self.histories.get(obj)
            if history is None:
                made = SharedHistory if self._is_shared(obj) else LockHistory
                history = self.histories[obj] = made(self._memory)
            history.extend(times[part], acquired[part], threads[part])

    def hold_at(self, lock: int, t: int) -> Hold | None:
        """Return who holds *lock* at *t*, or None."""
        history = self.histories.get(lock)
        index = history.starts.index_at(t) - 1 if history else -1
        if history is None or index < 0:
            return None
        end = int(history.ends.view[index])
        if 0 <= end <= t:
            return None
        return Hold(
            lock,
            int(history.threads.view[index]),
            int(history.starts.view[index]),
            None if end < 0 else end,
        )

    def release_before(self, lock: int, t: int, thread: int) -> tuple[int, int] | None:
        """Return (who, when) of the release after which *thread* acquired *lock* at *t*, or None.

        Nobody had it in between, so this release is the one that let *thread* have it.
        """
        history = self.histories.get(lock)
        place = history.starts.index_at(t) - 1 if history else -1
        while history and place >= 0 and int(history.threads.view[place]) != thread:
            if int(history.starts.view[place]) < t:
                return None
            place -= 1
        if history is None or place < 1 or int(history.starts.view[place]) != t:
            return None
        end, who = int(history.ends.view[place - 1]), int(history.enders.view[place - 1])
        return (who, end) if 0 <= end <= t and who >= 0 else None

    def held_by(self, thread: int, t: int) -> list[int]:
        """Return the locks that *thread* holds at *t*, the one taken first first."""
        mine = []
        for lock, history in self.histories.items():
            place = history.starts.index_at(t) - 1
            # Its end is asked for only of those that were this thread's: each look-up costs.
            if place >= 0 and history.threads[place] == thread:
                end = history.ends[place]
                if end < 0 or end > t:
                    mine.append((history.starts[place], lock))
        return [lock for _, lock in sorted(mine, key=itemgetter(0))]
