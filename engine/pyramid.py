"""How long a lane was in each state up to a moment, without looking at its slices.

Why: a lane may have a million slices and a pixel may cover thousands of them; a picture needs, for
the edge of each pixel, how long the thread ran, waited, slept and held a lock before it. The
slices are taken in groups of `GROUP`; for each group the pyramid holds those sums, as distances
from a base that `_SPAN` groups share, and the lane itself is read only inside the group in which
an edge falls.

Guarantees: every sum is exact, in ns; adding slices costs those slices, never what is there; 2.2
bytes a slice, kept in the account of `engine.memory`; sums are looked up in a time that grows with
the logarithm of the lane's length.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.columns import Ints
from engine.events import State
from engine.memory import Memory

GROUP = 16  # slices
STATES = 5  # as many as State has; the column of NONE (0) holds the time with a lock held
HELD = 0
_SHIFT = 4  # a base for 16 groups
_SPAN = 1 << _SHIFT
_WIDE = 1 << 32
_AT_ONCE = 1 << 16  # slices that are taken in together, so that what is in between stays small
_ROOM = 8


class Slices(Protocol):
    """The columns of a lane, as far as they are read here."""

    @property
    def starts(self) -> Any:
        """When each began, in ns."""

    @property
    def states(self) -> Any:
        """The State of each."""

    @property
    def helds(self) -> Any:
        """The lock held in each (0: none)."""

    def slice_rows(self, groups: Ints) -> tuple[Ints, npt.NDArray[Any], npt.NDArray[Any]]:
        """Return starts, states and helds of whole groups of slices, a row each."""
        ...


class Pyramid:
    """The sums of one lane, of which row i tells the time before slice i * `GROUP` began."""

    __slots__ = ("_bases", "_last", "_locks", "_memory", "_rest", "_size", "_starts", "_taken")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._starts: Ints = np.zeros(_ROOM, np.int64)
        self._locks: npt.NDArray[np.uint32] = np.zeros(_ROOM, np.uint32)
        self._rest: npt.NDArray[Any] = np.zeros((_ROOM, STATES), np.uint32)
        self._bases: Ints = np.zeros((1, STATES), np.int64)
        self._last: Ints = np.zeros(STATES, np.int64)  # the sums of the last row
        self._size = 0
        self._taken = 0  # bytes told to the account

    def __len__(self) -> int:
        """How many rows there are."""
        return self._size

    @property
    def nbytes(self) -> int:
        """The bytes that it takes."""
        kept = (self._starts, self._locks, self._rest, self._bases)
        return sum(array.nbytes for array in kept)

    @property
    def starts(self) -> Ints:
        """The start (ns) of the first slice of each group."""
        return self._starts[: self._size]

    @property
    def locks(self) -> npt.NDArray[np.uint32]:
        """The lock that was held last before each group (0: none yet)."""
        return self._locks[: self._size]

    def groups_before(self, times: Ints) -> Ints:
        """Return the last group that began before each of *times*, or the first one."""
        return np.maximum(np.searchsorted(self.starts, times, side="left") - 1, 0)

    def has_more_than(self, slices: int, start: float, end: float) -> bool:
        """Whether more than *slices* slices surely touch [start, end] (ns)."""
        first, stop = np.searchsorted(self.starts, [start, end]).tolist()
        return bool((stop - first - 1) * GROUP > slices)

    def pending(self, count: int) -> int:
        """Return how many of *count* slices are not in it yet."""
        return count - self._size * GROUP

    def sums(self, rows: Ints) -> Ints:
        """Return ns in each state before the group of each of *rows*: (rows, `STATES`)."""
        found: Ints = self._bases.take(rows >> _SHIFT, axis=0)
        found += self._rest.take(rows, axis=0)
        return found

    def held(self, rows: Ints) -> Ints:
        """Return ns with a lock held before the group of each of *rows*."""
        found: Ints = self._bases[rows >> _SHIFT, HELD] + self._rest[rows, HELD]
        return found

    def catch_up(self, lane: Slices) -> None:
        """Take in the slices that *lane* has got since."""
        count = len(lane.starts)
        if count <= self._size * GROUP:
            return
        if not self._size:
            self._add_first(int(lane.starts[0]))
        last = (count - 1) // GROUP  # the row of the last group, which may still grow
        while self._size <= last:
            done = self._size - 1
            upto = min(last, done + _AT_ONCE // GROUP)
            part = slice(done * GROUP, upto * GROUP)
            starts = lane.starts[done * GROUP : upto * GROUP + 1]
            self._add(starts, lane.states[part], lane.helds[part])

    def sums_at(self, lane: Slices, times: Ints, rows: Ints) -> tuple[Ints, npt.NDArray[np.uint32]]:
        """Return ns in each state before each of *times*, and the lock held last before it.

        *rows* says in which group each time lies (`groups_before`); they ascend.
        """
        starts, states, helds = lane.slice_rows(rows)
        count = len(rows)
        edges = np.empty((count, GROUP + 1), np.int64)
        np.minimum(starts, times[:, None], out=edges[:, :GROUP])
        edges[:, GROUP] = times
        lengths = (edges[:, 1:] - edges[:, :-1]).astype(np.float64)
        # Doubles are exact here: a group shorter than 2^53 ns, which is 104 days.
        places = states + np.arange(0, 8 * count, 8)[:, None]
        inside = np.bincount(places.ravel(), lengths.ravel(), 8 * count)
        inside = inside.reshape(count, 8)[:, :STATES]
        holds = helds != 0
        inside[:, HELD] = np.einsum("ij,ij->i", lengths, holds)
        begun = holds & (starts < times[:, None])
        last = GROUP - 1 - np.argmax(begun[:, ::-1], axis=1)
        here = np.arange(count)
        locks = np.where(begun[here, last], helds[here, last], self._locks[rows])
        return self.sums(rows) + inside.astype(np.int64), locks

    def _add_first(self, start: int) -> None:
        self._starts[0] = start
        self._size = 1

    def _add(
        self, starts: Ints, states: npt.NDArray[np.uint8], helds: npt.NDArray[np.uint32]
    ) -> None:
        """Add the rows behind whole groups of slices; *starts* has one entry more."""
        count = len(states) // GROUP
        lengths = np.diff(starts)
        places = states + np.repeat(np.arange(0, 8 * count, 8), GROUP)
        sums = np.bincount(places, lengths, 8 * count).reshape(count, 8)[:, :STATES]
        holds = helds != 0
        sums[:, HELD] = (lengths * holds).reshape(count, GROUP).sum(axis=1)
        size = self._size
        totals = np.cumsum(sums.astype(np.int64), axis=0)
        totals += self._last
        self._last = totals[-1].copy()
        self._make_room(size + count)
        end = size + count
        self._starts[size:end] = starts[GROUP::GROUP]
        seen = np.maximum.accumulate(np.arange(1, len(helds) + 1) * holds)
        seen = seen[GROUP - 1 :: GROUP]
        self._locks[size:end] = np.where(seen, helds[seen - 1], self._locks[size - 1])
        self._put(size, totals)
        self._size = end

    def _put(self, size: int, totals: Ints) -> None:
        """Store *totals* as the rows from *size* on."""
        end = size + len(totals)
        first = -(-size // _SPAN)  # the first base that is made here
        begins = np.arange(first * _SPAN, end, _SPAN)
        self._bases[first : first + len(begins)] = totals[begins - size]
        rest = totals - self._bases[np.arange(size, end) >> _SHIFT]
        if self._rest.dtype == np.uint32 and int(rest.max()) >= _WIDE:
            # Some 256 slices took more than four seconds: a lane as slow as that is never long.
            self._rest = self._rest.astype(np.int64)
            self._tell()
        self._rest[size:end] = rest

    def _make_room(self, need: int) -> None:
        if need <= len(self._starts):
            return
        room = max(need, len(self._starts) + len(self._starts) // 16 + _ROOM)
        self._starts = _grown(self._starts, room, self._size)
        self._locks = _grown(self._locks, room, self._size)
        self._rest = _grown(self._rest, room, self._size)
        self._bases = _grown(self._bases, (room >> _SHIFT) + 1, (self._size >> _SHIFT) + 1)
        self._tell()

    def _tell(self) -> None:
        self._memory.hold(self.nbytes - self._taken)
        self._taken = self.nbytes


def _grown(array: npt.NDArray[Any], room: int, size: int) -> npt.NDArray[Any]:
    grown = np.zeros((room, *array.shape[1:]), array.dtype)
    grown[:size] = array[:size]
    return grown


assert len(State) == STATES
