"""The events, or the slices, of several threads in one order of time.

Why: a table has rows by number, and a trace keeps events in the order of arrival, in which those
of different processes interleave by batch. An order of all of them would cost as much as they do;
here a row is found by counting, in the lanes, how many come before a time.

Guarantees: nothing is kept, so what arrives later, and what arrives late, needs no work; a row is
the number of an event in the trace (for a slice: of the event that began it), rows ascend by time
and then by that number; the cost depends on the threads and on how many rows are asked for, by the
logarithm on how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.columns import Ints
from engine.lanes import Lane
from engine.table import TableColumn

SLACK = 512  # rows that a page may have on either side of those that were asked for
_FIRST, _LAST = -1, 1 << 62


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one stretch: *first* is the number of the first, *events* are the rows."""

    first: int
    events: Ints

    def __contains__(self, row: int) -> bool:
        return self.first <= row < self.first + len(self.events)


class Merged:
    """Rows of some lanes of a trace: their events, or where *slices* is set their slices."""

    def __init__(self, lanes: Sequence[Lane], *, slices: bool = False) -> None:
        self.times: list[TableColumn] = [lane.starts if slices else lane.times for lane in lanes]
        self.numbers: list[TableColumn] = [lane.firsts if slices else lane.events for lane in lanes]

    def __len__(self) -> int:
        return sum(map(len, self.times))

    def counts(self, t: int) -> list[int]:
        """Return how many rows of each lane are not later than *t* (ns)."""
        return [times.index_at(t) for times in self.times]

    def rank(self, t: int) -> int:
        """Return how many rows are not later than *t* (ns)."""
        return sum(times.index_at(t) for times in self.times)

    def page(self, row: int, count: int) -> Page:
        """Return a page that holds the rows [row, row + count), as far as there are so many."""
        row = max(0, min(row, len(self)))
        begin = self._below(row)
        end = self.above(min(len(self), row + count))
        begins, ends = self.counts(begin), self.counts(end)
        return Page(sum(begins), self.gather(begins, ends)[1])

    def gather(
        self, begins: Sequence[int], ends: Sequence[int], *beside: Sequence[TableColumn]
    ) -> list[Ints]:
        """Return times, rows and columns *beside* them of [begin, end) of every lane.

        They are in the order of rows; each of *beside* has a column for each lane.
        """
        ranges = [
            (lane, slice(*part))
            for lane, part in enumerate(zip(begins, ends, strict=True))
            if part[0] < part[1]
        ]
        found = [
            np.concatenate(
                [np.empty(0, np.int64), *(columns[lane][part] for lane, part in ranges)]
            ).astype(np.int64)
            for columns in (self.times, self.numbers, *beside)
        ]
        order = np.lexsort((found[1], found[0]))
        return [column[order] for column in found]

    def row_of(self, time: int, event: int) -> int:
        """Return the number of the row of *event*, which is at *time* (ns)."""
        begins, ends = self.counts(time - 1), self.counts(time)
        tied = self.gather(begins, ends)[1]
        return sum(begins) + int(np.searchsorted(tied, event))

    def _below(self, row: int) -> int:
        """Return a time up to which there are at most *row* rows, and hardly fewer."""
        return self._bracket(row, upper=False)

    def above(self, row: int) -> int:
        """Return a time up to which there are at least *row* rows, and hardly more."""
        return self._bracket(row, upper=True)

    def _bracket(self, row: int, *, upper: bool) -> int:
        """Narrow down where row number *row* lies: by proportion, every third time by halves."""
        starts = [times[0] for times in self.times if len(times)]
        ends = [times[-1] for times in self.times if len(times)]
        if not starts:
            return _LAST if upper else _FIRST
        low, low_rank = min(starts) - 1, 0
        high, high_rank = max(ends), len(self)
        turn = 0
        while high - low > 1 and (high_rank - row if upper else row - low_rank) > SLACK:
            turn += 1
            span = high - low
            if turn % 3:
                guess = low + span * (row - low_rank) // max(1, high_rank - low_rank)
            else:
                guess = low + span // 2
            guess = min(high - 1, max(low + 1, guess))
            rank = self.rank(guess)
            if rank < row or (rank == row and not upper):
                low, low_rank = guess, rank
            else:
                high, high_rank = guess, rank
        return int(high if upper else low)
