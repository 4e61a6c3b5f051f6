"""Tables that grow at the end: columns of one length, packed as they grow.

Why: a trace is columns by the ten million, and everything looked up in it stands in ascending
order of time. Guarantees: appending is amortised O(1) a row; what is full is packed and never
moves again, but for late rows near the end (`insert`, `cut`); reading costs what is read.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from engine.columns import Ints
from engine.memory import Memory, Part
from engine.packed import BLOCK, Entries, Packed

SMALLEST_PART = 8 * BLOCK  # rows that are packed at once: fewer cost more time, more cost room
_TOGETHER = 8  # so many small parts become a large one, as few are quicker to search
_LEVELS = 2  # times that this happens
_BULK = 2 * SMALLEST_PART  # so many rows that come at once are packed at once
_LARGE = 16 * SMALLEST_PART  # parts of so many rows are left as they are
_ROOM = 16
_TURN = itertools.count()
LATEST = 2.0**62  # no time is later


class Table:
    """Columns of one length. *fields* are (name, type); *memory* keeps account of full parts."""

    __slots__ = (
        "_begins",
        "_columns",
        "_due",
        "_firsts",
        "_memory",
        "_parts",
        "_sealed",
        "_size",
        "_tails",
    )

    def __init__(self, fields: Sequence[tuple[str, npt.DTypeLike]], memory: Memory) -> None:
        self._memory = memory
        self._tails: list[Entries] = [np.empty(_ROOM, kind) for _, kind in fields]
        self._size = 0  # rows in the tails
        # Tables that grow alike (a lane each) would all be packed in the same batch.
        self._due = BLOCK * (1 + next(_TURN) % (SMALLEST_PART // BLOCK))
        self._sealed = 0  # rows in the parts
        self._begins: list[int] = []
        self._parts: list[Part] = []
        self._firsts: list[int] = []  # the first entry of each part's first column
        self._columns = {name: TableColumn(self, slot) for slot, (name, _) in enumerate(fields)}

    def __len__(self) -> int:
        return self._sealed + self._size

    def __getitem__(self, name: str) -> TableColumn:
        """Return the column called *name*."""
        return self._columns[name]

    def extend(self, *columns: npt.NDArray[Any]) -> None:
        """Append rows: one array a column, all of one length."""
        count = len(columns[0])
        if count >= _BULK:
            self._extend_packed(columns)
            return
        if self._size > self._due:
            self._seal()
        self._make_room(self._size + count)
        size = self._size
        end = size + count
        for tail, column in zip(self._tails, columns, strict=True):
            tail[size:end] = column
        self._size = end

    def _extend_packed(self, columns: Sequence[npt.NDArray[Any]]) -> None:
        """Append many rows: packed as they come, but for the last block, one column at a time."""
        size, total = self._size, self._size + len(columns[0])
        count = (total - 1) // BLOCK * BLOCK  # the last row may still change
        packed = []
        for slot, column in enumerate(columns):
            tail = self._tails[slot]
            whole = np.empty(total, tail.dtype)
            whole[:size] = tail[:size]
            whole[size:] = column
            packed.append(Packed(whole[:count]))
            self._tails[slot] = whole[count:].copy()
        self._size = total - count
        self._add(Part(self._sealed, count, packed, _LEVELS if count >= _LARGE else 0))
        self._merge_all()

    def append(self, *row: float) -> None:
        """Append one row."""
        if self._size == len(self._tails[0]):
            self.extend(*(np.array([item]) for item in row))
            return
        for tail, item in zip(self._tails, row, strict=True):
            tail[self._size] = item
        self._size += 1

    def insert(self, place: int, *row: float) -> None:
        """Put one row before row number *place*; meant for places near the end."""
        self._unseal(place)
        self._make_room(self._size + 1)
        at = place - self._sealed
        for tail, item in zip(self._tails, row, strict=True):
            tail[at + 1 : self._size + 1] = tail[at : self._size].copy()
            tail[at] = item
        self._size += 1

    def cut(self, size: int) -> None:
        """Forget all but the first *size* rows."""
        # The last row that stays may be set anew, and what is packed cannot be.
        self._unseal(max(0, size - 1))
        self._size = min(self._size, size - self._sealed)

    def set_last(self, slot: int, item: float) -> None:
        """Change one entry of the last row, which is never packed."""
        self._tails[slot][self._size - 1] = item

    def row(self, index: int) -> list[Any]:
        """Return row number *index* (0 or more) as numbers of Python."""
        if index >= self._sealed:
            place = index - self._sealed
            return [tail.item(place) for tail in self._tails]
        part = self._parts[bisect_right(self._begins, index) - 1]
        place = index - part.begin
        return [column.item(place) for column in part.columns]

    def _make_room(self, need: int) -> None:
        have = len(self._tails[0])
        if need <= have:
            return
        size = max(need, min(2 * have, have + SMALLEST_PART))
        for slot, tail in enumerate(self._tails):
            grown = np.empty(size, tail.dtype)
            grown[: self._size] = tail[: self._size]
            self._tails[slot] = grown

    def _seal(self) -> None:
        """Pack the full blocks of the tails, but for the last row: it may still change."""
        count = (self._size - 1) // BLOCK * BLOCK
        part = Part(self._sealed, count, [Packed(tail[:count]) for tail in self._tails])
        self._add(part)
        rest = self._size - count
        for tail in self._tails:
            tail[:rest] = tail[count : self._size].copy()
        self._size = rest
        self._due = SMALLEST_PART
        self._merge_all()

    def _add(self, part: Part) -> None:
        self._parts.append(part)
        self._begins.append(part.begin)
        self._firsts.append(int(part.columns[0].item(0)))
        self._sealed = part.begin + part.size
        self._memory.add(part)

    def _pop(self) -> Part:
        part = self._parts.pop()
        self._begins.pop()
        self._firsts.pop()
        self._sealed = part.begin
        self._memory.remove(part)
        return part

    def _merge_all(self) -> None:
        while self._merge():
            pass

    def _merge(self) -> bool:
        """Make one part of the last ones, where there are enough of a level; say whether it was."""
        level = self._parts[-1].level
        last = self._parts[-_TOGETHER:]
        if level == _LEVELS or len(last) < _TOGETHER or any(p.level != level for p in last):
            return False
        columns = [
            Packed(np.concatenate([part.columns[slot].part(0, part.size) for part in last]))
            for slot in range(len(self._tails))
        ]
        for _ in last:
            self._pop()
        begin, size = last[0].begin, sum(part.size for part in last)
        self._add(Part(begin, size, columns, _LEVELS if size >= _LARGE else level + 1))
        return True

    def _unseal(self, place: int) -> None:
        """Unpack what holds row number *place* and everything behind it."""
        while self._sealed > place:
            part = self._pop()
            self._make_room(self._size + part.size)
            for tail, column in zip(self._tails, part.columns, strict=True):
                tail[part.size : part.size + self._size] = tail[: self._size].copy()
                tail[: part.size] = column.part(0, part.size)
            self._size += part.size

    # What a column asks of its table.

    def entry(self, slot: int, index: int) -> Any:
        """Return entry number *index* of a column; from the end where it is negative."""
        size = len(self)
        if index < 0:
            index += size
        if not 0 <= index < size:
            raise IndexError(index)
        if index >= self._sealed:
            return self._tails[slot].item(index - self._sealed)
        part = self._parts[bisect_right(self._begins, index) - 1]
        return part.columns[slot].item(index - part.begin)

    def entries(self, slot: int, begin: int, end: int) -> Entries:
        """Return [begin, end) of a column; a window on memory where it is not packed."""
        if begin >= self._sealed:
            return self._tails[slot][begin - self._sealed : end - self._sealed]
        number = bisect_right(self._begins, begin) - 1
        part = self._parts[number]
        if end <= part.begin + part.size:
            return part.columns[slot].part(begin - part.begin, end - part.begin)
        found = []
        for part in self._parts[number:]:
            if part.begin >= end:
                break
            first = max(0, begin - part.begin)
            found.append(part.columns[slot].part(first, min(part.size, end - part.begin)))
        if end > self._sealed:
            found.append(self._tails[slot][: end - self._sealed])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def at(self, slot: int, places: Ints) -> Entries:
        """Return the entries of a column at *places* (0 or more)."""
        tail = self._tails[slot]
        if not self._parts:
            return tail[: self._size][places]
        order = _order(places)
        if order is not None:
            places = places[order]
        found = np.empty(len(places), tail.dtype)
        for number, mine in _split(places, self._begins, self._sealed):
            if number == len(self._parts):
                found[mine] = tail[: self._size][places[mine] - self._sealed]
            else:
                part = self._parts[number]
                found[mine] = part.columns[slot].at(places[mine] - part.begin)
        return found if order is None else found[np.argsort(order)]

    def groups(self, slot: int, numbers: Ints, width: int) -> Entries:
        """Return the entries [n * *width*, (n + 1) * *width*) of a column for each of *numbers*.

        *width* divides `BLOCK`; *numbers* ascend. Past the last entry, that one is repeated.
        """
        tail = self._tails[slot]
        first = self._sealed // width
        edges = [begin // width for begin in self._begins]
        found = []
        for number, mine in _split(numbers, edges, first):
            if number < len(self._parts):
                part = self._parts[number]
                packed = part.columns[slot]
                found.append(packed.groups(numbers[mine] - part.begin // width, width))
                continue
            places = (numbers[mine] - first)[:, None] * width + np.arange(width)
            found.append(tail[np.minimum(places, self._size - 1)])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def count_upto(self, slot: int, t: int) -> int:
        """Return how many entries of an ascending column are <= *t*."""
        tail = self._tails[slot]
        if self._size and tail.item(0) <= t:
            return self._sealed + int(tail[: self._size].searchsorted(t, "right"))
        number = bisect_right(self._firsts_of(slot), t) - 1
        if number < 0:
            return 0
        part = self._parts[number]
        return part.begin + part.columns[slot].count_upto(t)

    def counts_upto(self, slot: int, times: Ints) -> Ints:
        """Return `count_upto` of each of *times*."""
        tail = self._tails[slot][: self._size]
        if not self._parts:
            return np.searchsorted(tail, times, side="right")
        order = _order(times)
        if order is not None:
            times = times[order]
        found = np.zeros(len(times), np.int64)
        for number, mine in _split(times, self._firsts_of(slot), int(tail[0])):
            if number == len(self._parts):
                found[mine] = self._sealed + np.searchsorted(tail, times[mine], side="right")
            else:
                part = self._parts[number]
                found[mine] = part.begin + part.columns[slot].counts_upto(times[mine])
        return found if order is None else found[np.argsort(order)]

    def _firsts_of(self, slot: int) -> list[int]:
        if slot == 0:
            return self._firsts
        return [int(part.columns[slot].item(0)) for part in self._parts]

    def dtype(self, slot: int) -> np.dtype[Any]:
        """Return a column's type."""
        return self._tails[slot].dtype


def _order(numbers: Ints) -> Ints | None:
    """Return the order in which *numbers* ascend; None where they do as they are."""
    if bool((numbers[1:] >= numbers[:-1]).all()):
        return None
    return np.argsort(numbers, kind="stable")


def _split(numbers: Ints, firsts: list[int], last: int) -> Iterator[tuple[int, slice]]:
    """Yield which part the ascending *numbers* belong to, and which ones of them.

    *firsts* and *last* are the least number of each part; smaller ones belong to none.
    """
    edges = [*np.searchsorted(numbers, [*firsts, last], side="left").tolist(), len(numbers)]
    for number, (begin, end) in enumerate(itertools.pairwise(edges)):
        if begin < end:
            yield number, slice(begin, end)


class TableColumn:
    """One column of a table, read as an array is: by number, by range, by an array of numbers.

    Guarantees: an entry alone is a number of Python; anything else is a numpy array, which holds
    until the next append. `==` compares every entry, as arrays do.
    """

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_slot", "_table")

    def __init__(self, table: Table, slot: int) -> None:
        self._table = table
        self._slot = slot

    def __len__(self) -> int:
        return len(self._table)

    @property
    def view(self) -> TableColumn:
        """The entries so far: this column itself."""
        return self

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the entries."""
        return self._table.dtype(self._slot)

    @overload
    def __getitem__(self, index: int | np.integer[Any]) -> Any: ...
    @overload
    def __getitem__(self, index: slice | npt.NDArray[Any] | list[int]) -> Entries: ...
    def __getitem__(self, index: Any) -> Any:
        """Return an entry, a range of them, or those at an array of numbers."""
        if isinstance(index, (int, np.integer)):
            return self._table.entry(self._slot, int(index))
        size = len(self._table)
        if isinstance(index, slice):
            begin, end, step = index.indices(size)
            if step == 1:
                return self._table.entries(self._slot, begin, max(begin, end))
            index = np.arange(begin, end, step)
        index = np.asarray(index)
        if index.dtype == np.bool_:
            index = np.flatnonzero(index)
        index = index.astype(np.int64)
        if len(index) and (int(index.min()) < -size or int(index.max()) >= size):
            raise IndexError(f"an index that is not among {size} entries")
        return self._table.at(self._slot, np.where(index < 0, index + size, index))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Entries:
        """Return all entries as an array."""
        return np.asarray(self[:], dtype)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __eq__(self, other: object) -> Any:
        return self[:] == other

    def __ne__(self, other: object) -> Any:
        return self[:] != other

    def tolist(self) -> list[Any]:
        """Return all entries as numbers of Python."""
        found: list[Any] = self[:].tolist()
        return found

    def last(self, default: int = 0) -> int:
        """Return the last entry, or *default* when there is none."""
        return int(self[-1]) if len(self) else default

    def index_at(self, t: int) -> int:
        """Return how many entries are <= t; the entries must ascend."""
        return self._table.count_upto(self._slot, int(t))

    def groups(self, numbers: Ints, width: int) -> Entries:
        """Return whole groups of *width* entries, a row each; see `Table.groups`."""
        return self._table.groups(self._slot, numbers, width)

    def indices_at(self, times: npt.ArrayLike) -> Ints:
        """Return `index_at` of each of *times* (whole numbers)."""
        return self._table.counts_upto(self._slot, np.asarray(times, np.int64))
