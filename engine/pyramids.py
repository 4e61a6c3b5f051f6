"""What fills each pixel of a lock's lane: who held it longest, and how many waited at most.

Why: a lock may be taken a million times in a second; a frame must cost the pixels, not the holds.

Rows are put together by `FACTOR`, these blocks again by `FACTOR`, and so on. A block that lies in
one pixel is taken as a whole; one that touches several is looked into. As blocks do not overlap,
each boundary between pixels lies in one block a level at most, so the work is pixels times levels.

Guarantees: the most waiters and the time in which a lock was held are exact. Who held it longest is
exact among rows; of a block that lies in one pixel, only the thread that held it longest is known.
A block is added up once, and only for lanes that need it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.columns import Column, Ints
from engine.locks import LockHistory
from engine.table import TableColumn

FACTOR = 16
_ROWS_AT_ONCE = 1 << 14
_WIDE = 4096  # blocks of the highest level that are looked at, at most
_MOST_CELLS = 1 << 21


@dataclass(slots=True)
class _Level:
    """Blocks of one size: when each begins, and what is known of it."""

    begins: Column = field(default_factory=lambda: Column(np.int64))
    facts: list[Column] = field(default_factory=list)


class _Pyramid:
    """Blocks over rows whose times are *times*; *facts* are the types of what a block knows."""

    def __init__(self, times: TableColumn, facts: tuple[npt.DTypeLike, ...]) -> None:
        self._times = times
        self._types = facts
        self._levels: list[_Level] = []

    def cut(self, rows: int) -> None:
        """Forget what rests on any but the first *rows*."""
        for number, level in enumerate(self._levels):
            blocks = rows // FACTOR ** (number + 1)
            for column in (level.begins, *level.facts):
                column.cut(blocks)

    @property
    def rows(self) -> int:
        """How many rows are in blocks."""
        return FACTOR * len(self._levels[0].begins) if self._levels else 0

    def _update(self, settled: int, most: int) -> bool:
        """Add blocks of the first *settled* rows, of *most* rows at most; say whether all are in.

        A block is added only when a row follows it, which tells when it ends.
        """
        number, below = 0, settled - 1
        while below >= FACTOR:
            if number == len(self._levels):
                self._levels.append(_Level(facts=[Column(kind) for kind in self._types]))
            level = self._levels[number]
            done = len(level.begins)
            # Rows by the piece, so that little memory is needed at once.
            for begin in range(done, below // FACTOR, _ROWS_AT_ONCE // FACTOR):
                end = min(below // FACTOR, begin + _ROWS_AT_ONCE // FACTOR)
                if number == 0:
                    if most <= 0:
                        return False
                    most -= (end - begin) * FACTOR
                first, last = begin * FACTOR, end * FACTOR
                level.begins.extend(self._begins(number, first, last)[::FACTOR])
                facts = self._facts(number, first, last)
                shaped = [fact.reshape(-1, FACTOR) for fact in facts]
                for column, fact in zip(level.facts, self._fold(number, shaped), strict=True):
                    column.extend(fact)
            below, number = len(level.begins), number + 1
        return True

    def _begins(self, number: int, first: int, last: int) -> Ints:
        if number == 0:
            return self._times[first:last]
        return self._levels[number - 1].begins.view[first:last]

    def _facts(self, number: int, first: int, last: int) -> list[npt.NDArray[Any]]:
        if number == 0:
            return self._rows(first, last)
        return [column.view[first:last] for column in self._levels[number - 1].facts]

    def _rows(self, first: int, last: int) -> list[npt.NDArray[Any]]:
        """Return the facts of the rows [first, last)."""
        raise NotImplementedError

    def _fold(self, number: int, facts: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """Return the facts of blocks, of which *facts* are those of their `FACTOR` parts."""
        raise NotImplementedError

    def _descend(self, start: float, per_pixel: float, width: int) -> tuple[list[Any], Ints]:
        """Return the blocks that lie in one pixel, as (pixel, facts) a level, and the rows left."""
        t0, t1 = int(np.floor(start)), int(np.ceil(start + per_pixel * width))
        low, high = max(0, self._times.index_at(t0) - 1), self._times.index_at(t1)
        pieces: list[tuple[Ints, Ints]] = [(_none(), _none())] * (len(self._levels) + 1)
        number = 0
        while number < len(self._levels):
            # What a higher level does not cover is left at this one: less than a block each end.
            size = len(self._levels[number].begins)
            begin, end = -(-low // FACTOR), min(high // FACTOR, size)
            if begin >= end or high - low <= _WIDE:
                break
            pieces[number] = np.arange(low, begin * FACTOR), np.arange(end * FACTOR, high)
            low, high, number = begin, end, number + 1
        taken: list[Any] = []
        parts = np.arange(low, high)
        for level in range(number, 0, -1):
            before, behind = pieces[level]
            blocks = np.concatenate([before, parts, behind])  # ascending: quicker to read
            begins = self._levels[level - 1].begins.view
            first = np.floor((begins[blocks] - start) / per_pixel).astype(np.int64)
            ends = self._ends(level, blocks)
            last = np.ceil((ends - start) / per_pixel).astype(np.int64) - 1
            last = np.maximum(first, last)
            whole = (first == last) & (first >= 0) & (first < width)
            facts = [column.view[blocks[whole]] for column in self._levels[level - 1].facts]
            taken.append((first[whole], facts))
            # What reaches beyond the window, or over several pixels, is looked into.
            inside = ~whole & (last >= 0) & (first < width)
            parts = (blocks[inside][:, None] * FACTOR + np.arange(FACTOR)).ravel()
        before, behind = pieces[0]
        return taken, np.concatenate([before, parts, behind])

    def _ends(self, level: int, blocks: Ints) -> Ints:
        """Return when each block ends: when the row behind it begins."""
        begins = self._levels[level - 1].begins.view
        behind = blocks + 1
        ends = begins[np.minimum(behind, len(begins) - 1)].copy()
        outside = np.flatnonzero(behind >= len(begins))
        if len(outside):
            ends[outside] = self._times[behind[outside] * FACTOR**level]
        return ends


class MostWaiters(_Pyramid):
    """The greatest of the *counts*, each of which holds from its time on."""

    def __init__(self, times: TableColumn, counts: TableColumn) -> None:
        super().__init__(times, (np.uint32,))
        self._counts = counts

    def update(self, most: int) -> bool:
        """Add blocks of at most *most* rows; say whether all are in."""
        return self._update(len(self._times), most)

    def in_pixels(self, start: float, per_pixel: float, width: int, until: int) -> Ints:
        """Return the greatest count in each of *width* pixels of *per_pixel* ns from *start* on.

        Nothing is known after *until* (ns).
        """
        found = np.zeros(width, np.int64)
        taken, rows = self._descend(start, per_pixel, width)
        for pixels, facts in taken:
            np.maximum.at(found, pixels, facts[0])
        if not len(rows):
            return found
        behind = rows + 1
        begins = self._times[rows]
        ends = np.full(len(rows), until, np.int64)
        known = np.flatnonzero(behind < len(self._times))
        ends[known] = self._times[behind[known]]
        counts = self._counts[rows].astype(np.int64)
        some = np.flatnonzero((counts > 0) & (ends > begins))
        place, pixels, _ = _spread(begins[some], ends[some], start, per_pixel, width)
        np.maximum.at(found, pixels, counts[some][place])
        return found

    def _rows(self, first: int, last: int) -> list[npt.NDArray[Any]]:
        return [self._counts[first:last]]

    def _fold(self, number: int, facts: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        return [facts[0].max(axis=1)]


@dataclass(frozen=True, slots=True)
class HolderPixels:
    """One entry a pixel: *threads* (who held longest; -1: nobody), *shares* (held, 0 to 1)."""

    threads: Ints
    shares: npt.NDArray[np.float64]


class Holders(_Pyramid):
    """The longest holder of the ownerships of one lock."""

    def __init__(self, history: LockHistory) -> None:
        super().__init__(history.starts, (np.uint32, np.int64, np.int64))
        self._history = history

    def update(self, most: int) -> bool:
        """Add blocks of at most *most* ownerships; say whether all are in."""
        return self._update(self._history.settled, most)

    def in_pixels(self, start: float, per_pixel: float, width: int, until: int) -> HolderPixels:
        """Return who held it in each of *width* pixels of *per_pixel* ns from *start* on.

        What is still held at *until* (ns) is held up to there.
        """
        taken, rows = self._descend(start, per_pixel, width)
        begins, ends = self._history.starts[rows], self._history.ends[rows]
        ends = np.where(ends < 0, until, ends)
        place, pixels, lengths = _spread(begins, ends, start, per_pixel, width)
        parts = [(pixels, self._history.threads[rows][place].astype(np.int64), lengths, lengths)]
        for there, (threads, longest, held) in taken:
            parts.append((there, threads.astype(np.int64), longest, held))
        pixel, thread, longest, held = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        total = np.bincount(pixel, held, width)
        best = _longest(pixel, thread, longest, width)
        return HolderPixels(np.where(total > 0, best, -1), np.minimum(1.0, total / per_pixel))

    def _rows(self, first: int, last: int) -> list[npt.NDArray[Any]]:
        starts, ends = self._history.starts[first:last], self._history.ends[first:last]
        lengths = np.maximum(ends - starts, 0)
        return [self._history.threads[first:last], lengths, lengths]

    def _fold(self, number: int, facts: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        threads, longest, held = facts
        same = threads[:, :, None] == threads[:, None, :]
        sums = (same * longest[:, None, :]).sum(axis=2)
        best = np.argmax(sums, axis=1)[:, None]
        return [
            np.take_along_axis(threads, best, 1)[:, 0],
            np.take_along_axis(sums, best, 1)[:, 0],
            held.sum(axis=1),
        ]


def _none() -> Ints:
    return np.empty(0, np.int64)


def _spread(
    begins: Ints, ends: Ints, start: float, per_pixel: float, width: int
) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """Lay stretches over pixels; return, a piece each, which stretch, which pixel, how many ns."""
    left = np.clip((begins - start) / per_pixel, 0, width)
    right = np.clip((ends - start) / per_pixel, 0, width)
    first = np.floor(left).astype(np.int64)
    last = np.maximum(first, np.ceil(right).astype(np.int64) - 1)
    inside = (right > left) & (first < width)
    counts = np.where(inside, np.minimum(last, width - 1) - first + 1, 0)
    place = np.repeat(np.arange(len(begins)), counts)
    pixels = first[place] + np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    lengths = np.minimum(right[place], pixels + 1) - np.maximum(left[place], pixels)
    return place, pixels, lengths * per_pixel


def _longest(pixel: Ints, thread: Ints, lengths: npt.NDArray[np.float64], width: int) -> Ints:
    """Return the thread with the greatest sum of *lengths* in each pixel."""
    if not len(pixel):
        return np.full(width, -1, np.int64)
    count = int(thread.max()) + 1
    if width * count <= _MOST_CELLS:
        sums = np.bincount(pixel * count + thread, lengths, width * count)
        most: Ints = np.argmax(sums.reshape(width, count), axis=1)
        return most
    keys, place = np.unique(pixel * count + thread, return_inverse=True)
    sums = np.bincount(place, lengths)
    order = np.lexsort((sums, keys // count))
    best = np.full(width, -1, np.int64)
    best[keys[order] // count] = keys[order] % count
    return best
