"""Sums over a lane's slices and over a lock's ownerships, for any stretch of time, quickly.

Why: a table of where the time went asks for sums over ten million slices, and asks anew each time
the stretch changes. Guarantees: exact, in whole ns; a block of `ROWS` rows that can change no more
is added up once, so a stretch costs its two ends and one step a block between them; every method
that may take long is a generator which rests after each `ROWS` rows, so that a window can paint
meanwhile, and each remembers what it has done if it is not run to its end.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.causes import CAUSES, Cause, causes_of
from engine.columns import Ints
from engine.events import Kind
from engine.lanes import Lane
from engine.locks import LockHistory

ROWS = 4096
Steps = Generator[None, None, None]
_FOREVER = 1 << 62


def _ints(size: int = 0) -> Ints:
    return np.zeros(size, np.int64)


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest of several rows: its length (ns) and its number; -1: there is none."""

    length: int = 0
    row: int = -1

    def or_longer(self, other: Longest) -> Longest:
        """Return the longer of the two, the earlier one where they are equal."""
        if self.row < 0 or (other.row >= 0 and other.length > self.length):
            return other
        return self


@dataclass(frozen=True, slots=True)
class LockWaits:
    """Waits for locks, a row a lock; columns of one length.

    Attributes: locks (object numbers, ascending), contended (acquisitions that had to wait), waited
    (ns), longest (ns), row (which slice was the longest wait).
    """

    locks: Ints = field(default_factory=_ints)
    contended: Ints = field(default_factory=_ints)
    waited: Ints = field(default_factory=_ints)
    longest: Ints = field(default_factory=_ints)
    row: Ints = field(default_factory=_ints)


@dataclass(frozen=True, slots=True)
class LaneSums:
    """Where a lane's time went in a stretch.

    Attributes: by_cause (ns, by the number of the `Cause`), longest (the longest wait for
    anything), waits (those for locks).
    """

    by_cause: Ints = field(default_factory=lambda: _ints(CAUSES))
    longest: Longest = Longest()
    waits: LockWaits = field(default_factory=LockWaits)


@dataclass(frozen=True, slots=True)
class HoldSums:
    """Ownerships of a lock in a stretch: how long in all (ns), and the longest."""

    held: int = 0
    longest: Longest = Longest()


class LaneDigest:
    """The sums of one lane's slices.

    A block holds the slices that begin it up to the next block; it is full when the slice behind it
    is there, as that one's beginning is the end of its last.
    """

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._blocks: dict[int, LaneSums] = {}

    def between(
        self, start: int, end: int, object_kinds: npt.NDArray[np.uint8]
    ) -> Generator[None, None, LaneSums]:
        """Return the sums from *start* to *end*, both included; nothing later is known."""
        starts = self._lane.starts
        first = max(0, starts.index_at(start - 1) - 1)
        last = starts.index_at(end)
        parts = []
        for begin, stop, block in _pieces(first, last):
            if block is None:
                parts.append(self._add_up(begin, stop, start, end, object_kinds))
            else:
                if block not in self._blocks:
                    whole = self._add_up(begin, stop, -_FOREVER, _FOREVER, object_kinds)
                    self._blocks[block] = whole
                    yield
                parts.append(self._blocks[block])
        return _all_of(parts)

    def _add_up(
        self, begin: int, stop: int, start: int, end: int, object_kinds: npt.NDArray[np.uint8]
    ) -> LaneSums:
        """Add the slices [begin, stop) up, cut at *start* and *end*."""
        lane = self._lane
        edges = lane.starts[begin : stop + 1]
        kinds = lane.kinds[begin : stop + 1]
        size = stop - begin
        is_last = len(edges) == size  # the slice behind is not there: this one goes on
        ends = np.append(edges[1:], end) if is_last else edges[1:]
        ends = np.maximum(ends, edges[:size])
        lengths = np.maximum(np.minimum(ends, end) - np.maximum(edges[:size], start), 0)
        objs = lane.objs[begin:stop]
        causes = causes_of(lane.states[begin:stop], kinds[:size], objs, object_kinds)
        # Whole numbers below 2**53 are exact as floats, and so are their sums: 104 days of ns.
        sums = np.bincount(causes, weights=lengths, minlength=CAUSES).astype(np.int64)
        is_wait = (causes >= Cause.LOCK) & (causes <= Cause.OTHER)
        waits = np.flatnonzero(is_wait & (lengths > 0))
        longest = Longest()
        if len(waits):
            place = int(waits[np.argmax(lengths[waits])])
            longest = Longest(int(lengths[place]), begin + place)
        got = np.zeros(size, np.bool_)
        got[: len(kinds) - 1] = kinds[1:] == Kind.LOCK_ACQUIRED
        got &= (ends >= start) & (ends <= end)
        locks = np.flatnonzero((causes == Cause.LOCK) & (got | (lengths > 0)))
        if not len(locks):
            return LaneSums(sums, longest)
        rows = LockWaits(
            objs[locks].astype(np.int64),
            got[locks].astype(np.int64),
            lengths[locks],
            lengths[locks],
            locks + begin,
        )
        return LaneSums(sums, longest, grouped_waits([rows])[0])


class HoldDigest:
    """The sums of one lock's ownerships, which never overlap."""

    def __init__(self, history: LockHistory) -> None:
        self._history = history
        self._blocks: dict[int, HoldSums] = {}

    def between(self, start: int, end: int) -> Generator[None, None, HoldSums]:
        """Return the sums from *start* to *end*; nothing later is known."""
        history = self._history
        first = max(0, history.starts.index_at(start) - 1)
        last = history.starts.index_at(end)
        found = HoldSums()
        for begin, stop, block in _pieces(first, last):
            if block is None or stop > history.settled:
                part = self._add_up(begin, stop, start, end)
            elif block in self._blocks:
                part = self._blocks[block]
            else:
                part = self._blocks[block] = self._add_up(begin, stop, -_FOREVER, _FOREVER)
                yield
            found = HoldSums(found.held + part.held, found.longest.or_longer(part.longest))
        return found

    def _add_up(self, begin: int, stop: int, start: int, end: int) -> HoldSums:
        starts = self._history.starts[begin:stop]
        if not len(starts):  # told anew meanwhile, and fewer of them (see `SharedHistory`)
            return HoldSums()
        ends = self._history.ends[begin:stop]
        ends = np.where(ends < 0, max(end, int(starts[-1])), ends)
        lengths = np.maximum(np.minimum(ends, end) - np.maximum(starts, start), 0)
        place = int(np.argmax(lengths))
        if not lengths[place]:
            return HoldSums()
        return HoldSums(int(lengths.sum()), Longest(int(lengths[place]), begin + place))


def grouped_waits(parts: Sequence[LockWaits]) -> tuple[LockWaits, Ints]:
    """Return the rows of all *parts* with one row a lock, and which part its longest came from."""
    locks, contended, waited, longest, row = (
        np.concatenate([_ints(), *(getattr(part, name) for part in parts)])
        for name in ("locks", "contended", "waited", "longest", "row")
    )
    part = np.repeat(np.arange(len(parts)), [len(each.locks) for each in parts])
    order = np.lexsort((-np.arange(len(locks)), longest, locks))
    last: npt.NDArray[Any] = np.flatnonzero(np.diff(locks[order], append=-1))
    best = order[last]  # of each lock, the longest wait, and of equal ones the first
    names, place = np.unique(locks, return_inverse=True)
    sums = [_ints(len(names)) for _ in range(2)]
    np.add.at(sums[0], place, contended)
    np.add.at(sums[1], place, waited)
    return LockWaits(names, sums[0], sums[1], longest[best], row[best]), part[best]


def _all_of(parts: Sequence[LaneSums]) -> LaneSums:
    """Return the sums of *parts*, which follow each other."""
    if len(parts) == 1:
        return parts[0]
    longest = Longest()
    total = _ints(CAUSES)
    for part in parts:
        longest = longest.or_longer(part.longest)
        total += part.by_cause
    waits = [part.waits for part in parts if len(part.waits.locks)]
    return LaneSums(total, longest, grouped_waits(waits)[0] if waits else LockWaits())


def _pieces(first: int, last: int) -> list[tuple[int, int, int | None]]:
    """Return the rows [first, last) as pieces (begin, end, number of the block, None: of none).

    The first and the last row may be cut, and are never in a block.
    """
    begin, end = -(-(first + 1) // ROWS), (last - 1) // ROWS
    if begin >= end:
        return [(first, last, None)] if first < last else []
    found: list[tuple[int, int, int | None]] = [(first, begin * ROWS, None)]
    found += [(block * ROWS, (block + 1) * ROWS, block) for block in range(begin, end)]
    return [*found, (end * ROWS, last, None)]
