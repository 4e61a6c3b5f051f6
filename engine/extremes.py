"""The least and the greatest of any stretch of a value's steps, without looking at each.

Why: a value may be stored ten million times, and a curve must show the least and the greatest value
of every pixel, or an outlier would disappear. `GROUP` steps share their least and greatest, `GROUP`
of those groups theirs, and so on; a stretch is put together from the fewest that fill it. When each
group began, and its last value, stand here too, so that a curve of all steps reads none of them.

Guarantees: exact; what is not finite counts as no number; adding steps costs those steps; 2.1 bytes
a step, kept in the account of `engine.memory`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.columns import Ints
from engine.memory import Memory
from engine.table import TableColumn

GROUP = 16
_DIRECT = 16  # entries a stretch on average: so many are looked at themselves
_AT_ONCE = 1 << 16  # entries that are taken in together
_ROOM = 8

Floats = npt.NDArray[np.float64]
Both = tuple[Floats, Floats]  # the least and the greatest ones


class _Level:
    """What groups of one size have as their least and greatest. Attributes: size, low, high."""

    __slots__ = ("high", "low", "size")

    def __init__(self) -> None:
        self.size = 0
        self.low: Floats = np.empty(_ROOM)
        self.high: Floats = np.empty(_ROOM)

    def extend(self, low: Floats, high: Floats) -> None:
        """Add groups."""
        end = self.size + len(low)
        self.low, self.high = _grown(self.low, self.size, end), _grown(self.high, self.size, end)
        self.low[self.size : end], self.high[self.size : end] = low, high
        self.size = end


class Extremes:
    """The extremes of a column of floats beside one of times, as far as `catch_up` has seen them.

    Attributes: has_gaps (some entry is no number).
    """

    def __init__(self, times: TableColumn, column: TableColumn, memory: Memory) -> None:
        self._times = times
        self._column = column
        self._starts: Ints = np.zeros(_ROOM, np.int64)
        self._lasts: Floats = np.zeros(_ROOM)
        self._memory = memory
        self._levels = [_Level()]
        self._taken = 0
        self.has_gaps = False

    @property
    def nbytes(self) -> int:
        """The bytes that it takes."""
        levels = sum(level.low.nbytes + level.high.nbytes for level in self._levels)
        return levels + self._starts.nbytes + self._lasts.nbytes

    def pending(self) -> int:
        """Return how many entries are in no group yet."""
        return len(self._column) - self._levels[0].size * GROUP

    def catch_up(self) -> None:
        """Take in the full groups that the column has got since."""
        whole = len(self._column) // GROUP
        while self._levels[0].size < whole:
            done = self._levels[0].size
            end = min(whole, done + _AT_ONCE // GROUP)
            entries = self._column[done * GROUP : end * GROUP]
            self.has_gaps = self.has_gaps or bool(np.isnan(entries).any())
            self._starts = _grown(self._starts, done, end)
            self._lasts = _grown(self._lasts, done, end)
            self._starts[done:end] = self._times[done * GROUP : end * GROUP][::GROUP]
            self._lasts[done:end] = entries[GROUP - 1 :: GROUP]
            self._add(*_known(entries))
        if self.nbytes != self._taken:
            self._memory.hold(self.nbytes - self._taken)
            self._taken = self.nbytes

    def cut(self, size: int) -> None:
        """Forget what was known of the entries from number *size* on."""
        for level in self._levels:
            size //= GROUP
            level.size = min(level.size, size)

    def indices_near(self, times: Floats, slack: float) -> Ints:
        """Return how many entries there are up to each of *times* (ascending, ns), or nearly.

        A time may be taken up to *slack* ns earlier or later, where that saves looking at entries.
        """
        size = self._levels[0].size
        starts = self._starts[:size]
        groups = np.searchsorted(starts, times, side="right")  # the first one that begins after it
        found: Ints = groups * GROUP
        inside = np.maximum(groups - 1, 0)
        ends = np.append(starts[1:], np.iinfo(np.int64).max)
        before, after = times - starts[inside], ends[inside] - times
        near = (groups == 0) | (np.minimum(before, after) <= slack)
        found -= np.where((groups > 0) & (before <= after), GROUP, 0)
        exact = np.flatnonzero(~near)
        if len(exact):
            found[exact] = self._times.indices_at(np.floor(times[exact]))
        return found

    def times_of(self, places: Ints) -> Ints:
        """Return the times of the entries at *places*."""
        return self._read_few(self._starts, self._times, places // GROUP, places, places % GROUP)

    def values_of(self, places: Ints) -> Floats:
        """Return the entries at *places*."""
        rest = (places + 1) % GROUP
        return self._read_few(self._lasts, self._column, places // GROUP, places, rest)

    def _read_few(
        self,
        kept: npt.NDArray[Any],
        column: TableColumn,
        groups: Ints,
        places: Ints,
        rest: Ints,
    ) -> npt.NDArray[Any]:
        """Return what is *kept* of *groups*, and from *column* what is not (where *rest* is)."""
        size = self._levels[0].size
        asked = np.flatnonzero((rest > 0) | (groups >= size))
        found: npt.NDArray[Any] = kept[np.minimum(groups, max(0, size - 1))]
        found[asked] = column[places[asked]]
        return found

    def whole(self) -> tuple[float, float]:
        """Return the least and the greatest number of all; inf and -inf where there is none."""
        ends = np.array([len(self._column)])
        low, high = self.of(np.zeros(1, np.int64), ends)
        return float(low[0]), float(high[0])

    def of(self, begins: Ints, ends: Ints) -> Both:
        """Return the least and the greatest number of each stretch [begin, end) of entries.

        Both ascend, and stretches do not overlap; inf and -inf where there is no number. What
        `catch_up` has not seen is looked at itself, so call it before.
        """
        return self._of(-1, begins, ends)

    def _add(self, low: Floats, high: Floats) -> None:
        """Add entries below the first level: whole groups of them."""
        number = 0
        while True:
            low = low.reshape(-1, GROUP).min(axis=1)
            high = high.reshape(-1, GROUP).max(axis=1)
            level = self._levels[number]
            level.extend(low, high)
            number += 1
            if number == len(self._levels):
                if level.size < GROUP:
                    return
                self._levels.append(_Level())
            done, whole = self._levels[number].size, level.size // GROUP
            if done == whole:
                return
            part = slice(done * GROUP, whole * GROUP)
            low, high = level.low[part], level.high[part]

    def _of(self, number: int, begins: Ints, ends: Ints) -> Both:
        """Do what `of` says with groups of level *number*, or with entries (-1)."""
        lows, highs = np.full(len(begins), np.inf), np.full(len(begins), -np.inf)
        some = np.flatnonzero(begins < ends)
        if not len(some):
            return lows, highs
        begins, ends = begins[some], ends[some]
        first, stop = int(begins[0]), int(ends[-1])
        few = stop - first <= _DIRECT * len(begins) or number + 1 == len(self._levels)
        if few or stop - first <= GROUP:
            low, high = self._direct(number, begins - first, ends - first, first, stop)
        else:
            low, high = self._in_groups(number, begins, ends)
        lows[some], highs[some] = low, high
        return lows, highs

    def _direct(self, number: int, begins: Ints, ends: Ints, first: int, stop: int) -> Both:
        low, high = self._read(number, slice(first, stop))
        edges = np.column_stack((begins, ends)).ravel()
        # The last edge is behind the last entry, where there is nothing to begin with.
        low, high = np.append(low, np.inf), np.append(high, -np.inf)
        return np.minimum.reduceat(low, edges)[::2], np.maximum.reduceat(high, edges)[::2]

    def _in_groups(self, number: int, begins: Ints, ends: Ints) -> Both:
        """Take whole groups one level up, and look at what is left at either end."""
        left, right = begins // GROUP, ends // GROUP
        cut, rest = begins % GROUP, ends % GROUP
        low, high = self._of(number + 1, np.minimum(left + (cut > 0), right), right)
        places = np.arange(GROUP)
        # What is left in the first group (up to the end, where that is in the same one).
        upto = np.where(cut > 0, np.where(left == right, rest, GROUP), 0)
        inside = (places >= cut[:, None]) & (places < upto[:, None])
        low, high = self._joined(number, left, inside, low, high)
        upto = np.where((cut > 0) & (left == right), 0, rest)
        return self._joined(number, right, places < upto[:, None], low, high)

    def _joined(
        self, number: int, groups: Ints, inside: npt.NDArray[np.bool_], low: Floats, high: Floats
    ) -> Both:
        """Return *low* and *high* with what is *inside* of *groups*, a row each."""
        used = np.flatnonzero(inside.any(axis=1))
        if not len(used):
            return low, high
        inside = inside[used]
        lows, highs = self._read_groups(number, groups[used])
        low[used] = np.minimum(low[used], np.where(inside, lows, np.inf).min(axis=1))
        high[used] = np.maximum(high[used], np.where(inside, highs, -np.inf).max(axis=1))
        return low, high

    def _read(self, number: int, part: slice) -> Both:
        if number < 0:
            return _known(self._column[part])
        level = self._levels[number]
        return level.low[part], level.high[part]

    def _read_groups(self, number: int, groups: Ints) -> Both:
        if number < 0:
            return _known(self._column.groups(groups, GROUP))
        level = self._levels[number]
        places = groups[:, None] * GROUP + np.arange(GROUP)
        places = np.minimum(places, level.size - 1)
        return level.low.take(places), level.high.take(places)


def _grown(array: npt.NDArray[Any], size: int, need: int) -> npt.NDArray[Any]:
    """Return *array* with room for *need* entries; the first *size* are kept."""
    if need <= len(array):
        return array
    grown = np.empty(max(need, len(array) + len(array) // 16 + _ROOM), array.dtype)
    grown[:size] = array[:size]
    return grown


def _known(entries: npt.NDArray[Any]) -> Both:
    finite = np.isfinite(entries)
    if finite.all():
        return entries, entries
    return np.where(finite, entries, np.inf), np.where(finite, entries, -np.inf)
