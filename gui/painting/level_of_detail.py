"""A lane with more slices than pixels: the state that fills most of each pixel.

Why: a lane may have a million slices. Sums of the time in each state up to every slice make any
pixel's shares a difference of two of them, so a frame costs the pixels, not the slices
(1e6 slices in 32 lanes, 1,450 px: 4.6 ms; adding up the slices themselves: 30 ms and more).

Guarantees: shares are exact, no slice is skipped; the sums only ever grow at their end, and are
kept for lanes that need them, 40 bytes a slice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.events import State
from engine.lanes import Lane

STATES = 5  # as many as State has; the column of NONE (0) holds the time with a lock held
_HELD = 0


@dataclass(frozen=True, slots=True)
class Pixels:
    """One entry a pixel: *states* (State) and *locks* (object number held there, 0: none)."""

    states: npt.NDArray[np.uint8]
    locks: npt.NDArray[np.uint32]


class Sums:
    """The time spent in each state before each slice of one lane."""

    def __init__(self) -> None:
        self._sums = np.zeros((1024, STATES), np.int64)
        self._size = 0

    def update(self, lane: Lane) -> npt.NDArray[np.int64]:
        """Return one row a slice: ns in each state before it began (column 0: lock held)."""
        count = len(lane.starts)
        if count > len(self._sums):
            grown = np.zeros((max(count, 2 * len(self._sums)), STATES), np.int64)
            grown[: self._size] = self._sums[: self._size]
            self._sums = grown
        done = max(1, self._size)
        if count > done:
            # Row i needs slice i-1 as a whole: its length and its state.
            before = slice(done - 1, count - 1)
            length = np.diff(lane.starts.view[done - 1 : count])
            fresh = self._sums[done:count]
            states = lane.states.view[before]
            for state in range(1, STATES):
                fresh[:, state] = np.where(states == state, length, 0)
            fresh[:, _HELD] = np.where(lane.helds.view[before] != 0, length, 0)
            np.cumsum(fresh, axis=0, out=fresh)
            fresh += self._sums[done - 1]
        self._size = count
        return self._sums[:count]


def pixel_states(
    lane: Lane, sums: npt.NDArray[np.int64], start: float, end: float, width: int, until: float
) -> Pixels:
    """Return the dominant state of each of *width* pixels that share [start, end] (ns).

    Nothing is known after *until* (the thread's end, or the trace's), nor before the first slice.
    """
    edges = np.linspace(start, end, width + 1).astype(np.int64)
    starts = lane.starts.view
    inside = np.clip(edges, int(starts[0]), max(int(starts[0]), int(until)))
    index = starts.indices_at(inside) - 1
    upto = np.ascontiguousarray(sums[index].T)  # a row a state: five times faster to compare
    rest = inside - starts[index]
    state_now = lane.states.view[index]
    held_now = lane.helds.view[index]
    upto[state_now, np.arange(width + 1)] += rest
    upto[_HELD] = sums[index, _HELD] + np.where(held_now != 0, rest, 0)
    shares = np.diff(upto, axis=1)
    held = shares[_HELD].copy()
    total = np.diff(inside)
    shares[State.NONE] = total - shares[1:].sum(axis=0)
    states = np.argmax(shares, axis=0).astype(np.uint8)
    states[total <= 0] = State.NONE
    # Which lock: the one of the last slice in the pixel that holds one, among the last two.
    last = held_now[1:]
    locks = np.where(last != 0, last, lane.helds.view[np.maximum(index[1:] - 1, 0)])
    locks = np.where(held * 2 > total, locks, np.uint32(0)).astype(np.uint32)
    locks[states == State.NONE] = 0
    return Pixels(states, locks)
