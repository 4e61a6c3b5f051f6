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

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.columns import Ints
from engine.lanes import Lane
from engine.table import TableColumn

SLACK = 512  # rows that a page may have on either side of those that were asked for


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one stretch: *first* is the number of the first, *events* are the rows."""

    first: int
    events: Ints

    def __contains__(self, row: int) -> bool:
        return self.first <= row < self.first + len(self.events)


class Merged:
    """Rows of some lanes of a trace: their events, or where *slices* is set their slices.

    *arrival* gives a time near that of a row by its number, where such is known: with it, a row is
    found in a few steps rather than in a dozen.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        *,
        slices: bool = False,
        arrival: Callable[[int], int] | None = None,
    ) -> None:
        self.times: list[TableColumn] = [lane.starts if slices else lane.times for lane in lanes]
        self.numbers: list[TableColumn] = [lane.firsts if slices else lane.events for lane in lanes]
        self._arrival = arrival

    def __len__(self) -> int:
        return sum(map(len, self.times))

    def counts(self, t: int) -> list[int]:
        """Return how many rows of each lane are not later than *t* (ns)."""
        return [times.index_at(t) for times in self.times]

    def rank(self, t: int) -> int:
        """Return how many rows are not later than *t* (ns)."""
        return sum(self.counts(t))

    def page(self, row: int, count: int) -> Page:
        """Return a page that holds the rows [row, row + count), as far as there are so many."""
        row = max(0, min(row, len(self)))
        begins = self._bracket(row, upper=False)
        ends = self.above(min(len(self), row + count))
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

    def above(self, row: int) -> list[int]:
        """Return how many rows each lane has up to a time that has at least *row*, hardly more."""
        return self._bracket(row, upper=True)

    def _bracket(self, row: int, *, upper: bool) -> list[int]:
        """Narrow down where row number *row* lies, and return the counts on one side of it.

        By what is known of the order of arrival first, then by proportion, every third time by
        halves.
        """
        starts = [times[0] for times in self.times if len(times)]
        ends = [times[-1] for times in self.times if len(times)]
        low, low_rank, lows = min(starts, default=0) - 1, 0, [0] * len(self.times)
        highs = [len(times) for times in self.times]
        high, high_rank = max(ends, default=0), sum(highs)
        turn = 0
        while high - low > 1 and (high_rank - row if upper else row - low_rank) > SLACK:
            guess = self._guess(turn, row, (low, low_rank), (high, high_rank), upper=upper)
            guess = min(high - 1, max(low + 1, guess))
            counts = self.counts(guess)
            rank = sum(counts)
            if rank < row or (rank == row and not upper):
                low, low_rank, lows = guess, rank, counts
            else:
                high, high_rank, highs = guess, rank, counts
            turn += 1
        return highs if upper else lows

    def _guess(
        self, turn: int, row: int, low: tuple[int, int], high: tuple[int, int], *, upper: bool
    ) -> int:
        """Return a time at which row number *row* may be; *low* and *high* are (time, rank)."""
        if not turn and self._arrival is not None:
            near = row + (SLACK // 2 if upper else -SLACK // 2)
            return self._arrival(max(0, min(len(self) - 1, near)))
        span = high[0] - low[0]
        if turn % 3 == 2:
            return low[0] + span // 2
        return low[0] + span * (row - low[1]) // max(1, high[1] - low[1])
