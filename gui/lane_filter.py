"""Which lanes have what a filter asks for, and how long each waited for locks.

Why: a lane may have a million slices, and a person types, scrolls and follows a run meanwhile; so
lanes are looked through a piece a frame, and what was added up once is kept.

Guarantees: exact: a lane is found if and only if it was in the state, or waited for the lock, for
some time of the stretch, or held the lock within it; a pass costs its two ends and a step a block
of slices between them (`engine.digest`); nothing is told before the pass is through.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
from PySide6.QtCore import QElapsedTimer

from engine.causes import WAITS, Cause
from engine.digest import ROWS, LaneDigest, LaneSums, Steps
from engine.events import State
from engine.locks import LockHistory
from engine.trace import Trace
from gui.lane_choice import LaneFilter

#: What of a lane's time is which of its states.
_CAUSES: dict[State, list[Cause]] = {
    State.RUNNING: [Cause.RUNNING],
    State.SLEEPING: [Cause.SLEEPING],
    State.WAITS_LOCK: [Cause.LOCK],
    State.WAITS_OTHER: [cause for cause in WAITS if cause != Cause.LOCK],
}


class LaneFinder:
    """Looks through the lanes of one trace.

    Attributes:
        found: the lanes of the last pass that went through, or None before the first.
        waited: ns that each lane waited for locks, by that pass; empty if it did not ask.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.found: frozenset[int] | None = None
        self.waited: dict[int, int] = {}
        self._digests: dict[int, LaneDigest] = {}
        self._holders: dict[int, HolderDigest] = {}
        self._kinds = np.zeros(0, np.uint8)
        self._pass: Steps | None = None
        self._clock = QElapsedTimer()

    @property
    def is_looking(self) -> bool:
        """Whether a pass has begun and is not through."""
        return self._pass is not None

    def begin(
        self, lanes: Sequence[int], wanted: LaneFilter, start: int, end: int, *, waits: bool
    ) -> None:
        """Begin to look through *lanes* from *start* to *end* (ns); with *waits* over the run.

        A pass that is not through is given up.
        """
        trace = self._trace
        if len(self._kinds) != len(trace.objects):
            self._kinds = trace.objects.kinds()
        self._pass = self._look(lanes, wanted, start, end, waits=waits)

    def give_up(self) -> None:
        """Forget the pass, and what was found."""
        self._pass = self.found = None

    def step(self, milliseconds: float) -> bool:
        """Go on for about so long; say whether a pass has come through."""
        if self._pass is None:
            return False
        self._clock.start()
        while self._clock.nsecsElapsed() < milliseconds * 1e6:
            if next(self._pass, self) is self:
                self._pass = None
                return True
        return False

    def _look(
        self, lanes: Sequence[int], wanted: LaneFilter, start: int, end: int, *, waits: bool
    ) -> Steps:
        trace = self._trace
        end = min(end, trace.now)
        holders: set[int] = set()
        if wanted.lock is not None:
            history = trace.locks.histories.get(wanted.lock)
            if history is not None:
                digest = self._holders.setdefault(wanted.lock, HolderDigest(history))
                holders = yield from digest.between(start, end)
        found: list[int] = []
        waited: dict[int, int] = {}
        for lane in lanes:
            if wanted.looks_at_time and end > start:
                sums = yield from self._sums(lane, start, end)
                if _matches(sums, wanted, is_holder=lane in holders):
                    found.append(lane)
            if waits:
                sums = yield from self._sums(lane, 0, trace.now)
                waited[lane] = int(sums.by_cause[Cause.LOCK])
            yield
        self.found = frozenset(found) if wanted.looks_at_time else frozenset(lanes)
        self.waited = waited

    def _sums(self, lane: int, start: int, end: int) -> Generator[None, None, LaneSums]:
        trace = self._trace
        if not len(trace.lanes[lane].starts):
            return LaneSums()
        over = trace.threads[lane].end
        upto = end if over is None else min(end, over)
        if upto <= start:
            return LaneSums()
        digest = self._digests.setdefault(lane, LaneDigest(trace.lanes[lane]))
        sums = yield from digest.between(start, upto, self._kinds)
        return sums


def _matches(sums: LaneSums, wanted: LaneFilter, *, is_holder: bool) -> bool:
    if wanted.states:
        causes = [cause for state in wanted.states for cause in _CAUSES.get(state, ())]
        if not sums.by_cause[causes].any():
            return False
    if wanted.lock is None or is_holder:
        return True
    waits = sums.waits
    return bool(((waits.locks == wanted.lock) & (waits.waited > 0)).any())


class HolderDigest:
    """Which threads held one lock."""

    def __init__(self, history: LockHistory) -> None:
        self._history = history
        self._blocks: dict[int, frozenset[int]] = {}

    def between(self, start: int, end: int) -> Generator[None, None, set[int]]:
        """Return the threads that held it between *start* and *end* (ns)."""
        history = self._history
        found: set[int] = set()
        place = history.starts.index_at(start)
        if place:
            held_until = int(history.ends[place - 1])
            if held_until < 0 or held_until > start:
                found.add(int(history.threads[place - 1]))
        last = history.starts.index_at(end - 1)
        while place < last:
            block, within = divmod(place, ROWS)
            stop = min(last, (block + 1) * ROWS)
            if within or stop - place < ROWS or stop > history.settled:
                found.update(np.unique(history.threads[place:stop]).tolist())
            else:
                if block not in self._blocks:
                    threads = np.unique(history.threads[place:stop])
                    self._blocks[block] = frozenset(threads.tolist())
                found |= self._blocks[block]
            place = stop
            yield
        return found
