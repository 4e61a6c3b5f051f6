"""The whole run in a thousand columns: how long threads ran, waited and slept in each.

Why: a map of the run is drawn in every frame, whatever was recorded; and it must not lie, so it
adds up every slice instead of looking at some.

Guarantees: the sums are exact; a slice is added once, at most `AT_ONCE` of them a call, so that
opening ten million events stops no frame; when the run outgrows its columns each two become one.
What is not over yet is kept apart (`states` adds it), as it grows with the clock.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.events import State
from engine.lanes import Lane
from engine.trace import Trace

COLUMNS = 1024
FIRST_LENGTH = 1 << 20  # ns
AT_ONCE = 100_000  # slices: some 4 ms
STATES = len(State)

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


class Overview:
    """The sums of one trace.

    Attributes: length (ns of a column, a power of two), version (grows with each change of what
    is over).
    """

    def __init__(self) -> None:
        self.length = FIRST_LENGTH
        self.version = 0
        self._sums = np.zeros((COLUMNS, STATES))
        self._added: list[int] = []  # slices of each lane that are in the sums
        self._turn = 0

    def update(self, trace: Trace, most: int = AT_ONCE) -> bool:
        """Add slices that are over, at most *most*; say whether all of them are in now."""
        self._fit(trace.now)
        self._added += [0] * (len(trace.lanes) - len(self._added))
        room = most
        for _ in trace.lanes:
            # Lanes take turns, so that no busy one keeps the others waiting.
            number = self._turn % len(trace.lanes)
            room -= self._add(trace.lanes[number], number, room)
            if room <= 0:
                return False
            self._turn += 1
        return True

    def columns(self, now: int) -> int:
        """Return how many columns a run of *now* ns has."""
        return min(COLUMNS, now // self.length + 1)

    def states(self, trace: Trace) -> Floats:
        """Return the ns spent in each state (NONE: nothing, 0) a column, over all threads.

        The last column is as long as the run is into it. Before `update` is done, what it has not
        reached yet is missing.
        """
        count = self.columns(trace.now)
        sums = self._sums[:count].copy()
        begins, ends, states = [], [], []
        for number, lane in enumerate(trace.lanes[: len(self._added)]):
            # The slice that goes on, where no other one is waiting to be added.
            if self._added[number] == len(lane.starts) - 1:
                end = trace.threads[number].end
                begins.append(lane.starts.last())
                ends.append(trace.now if end is None else min(end, trace.now))
                states.append(int(lane.states[-1]))
        if begins:
            self._spread(sums, np.array(begins), np.array(ends), np.array(states))
        sums[:, State.NONE] = 0
        return sums

    def _fit(self, now: int) -> None:
        """Make columns long enough for a run of *now* ns."""
        while now >= self.length * COLUMNS:
            self._sums[: COLUMNS // 2] = self._sums[0::2] + self._sums[1::2]
            self._sums[COLUMNS // 2 :] = 0
            self.length *= 2
            self.version += 1

    def _add(self, lane: Lane, number: int, room: int) -> int:
        """Add at most *room* slices of a lane that are over; return how many."""
        done = self._added[number]
        stop = min(len(lane.starts) - 1, done + room)
        if stop <= done:
            return 0
        edges = lane.starts[done : stop + 1]
        self._spread(self._sums, edges[:-1], edges[1:], lane.states[done:stop])
        self._added[number] = stop
        self.version += 1
        return stop - done

    def _spread(self, sums: Floats, begins: Longs, ends: Longs, states: npt.NDArray[Any]) -> None:
        """Add stretches [begin, end) in a state to the columns that they touch."""
        size = len(sums)
        state = states.astype(np.int64)
        first, last = begins // self.length, ends // self.length
        within = first == last
        flat = np.bincount(
            first[within] * STATES + state[within], (ends - begins)[within], size * STATES
        )
        sums += flat[: size * STATES].reshape(size, STATES)
        across = np.flatnonzero(~within)
        if not len(across):
            return
        first, last, state = first[across], last[across], state[across]
        heads = (first + 1) * self.length - begins[across]
        tails = ends[across] - last * self.length
        # What is covered from end to end begins and stops somewhere: a sum of steps.
        steps = np.zeros((size + 1, STATES))
        np.add.at(steps, (first + 1, state), float(self.length))
        np.add.at(steps, (np.minimum(last, size), state), -float(self.length))
        sums += np.cumsum(steps[:size], axis=0)
        np.add.at(sums, (first, state), heads)
        inside = last < size
        np.add.at(sums, (last[inside], state[inside]), tails[inside])
