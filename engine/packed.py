"""A full part of a column in few bytes.

Why: the columns of an event take 30 bytes as they come, and what is derived from them as many
again; what differs between neighbours takes far fewer (docs/decisions/0021-trace-in-memory.md).
Each block of `BLOCK` entries is stored as the distance from its least entry, in the smallest
unsigned type that holds those of the whole part.

Guarantees: exact for every integer of 64 bits and every float, bit by bit; an entry is read in
constant time, and searched for, without unpacking anything else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.columns import Ints

BLOCK = 256
_SHIFT = 8
_ALL = 62  # shifts every place to 0: one base for all
_QUICKLY_UNPACKED = 1 << 15  # entries; beyond, eight passes over what is asked are quicker
_UNSIGNED = tuple(
    (int(np.iinfo(kind).max), kind) for kind in (np.uint8, np.uint16, np.uint32, np.uint64)
)

Entries = npt.NDArray[Any]


class Packed:
    """A part of one column. Attributes: size; data (what is left of each entry; None: nothing)."""

    __slots__ = ("_as", "_bases", "_dtype", "_shift", "data", "size")

    def __init__(self, entries: Entries) -> None:
        """Pack *entries*, a multiple of `BLOCK` of them; the type is kept."""
        self._dtype = entries.dtype
        self.size = len(entries)
        #: How whole numbers become the column's type: by value, or bit by bit.
        self._as: type[np.float64] | None = None
        if entries.dtype == np.float64:
            entries = self._whole(entries)
        elif entries.dtype.kind != "u":
            entries = entries.astype(np.int64, copy=False)
        least = int(entries.min())
        total = int(entries.max()) - least
        kind = _width(total)
        self._shift = _ALL
        self._bases: Ints = np.array([least])
        above: Any = entries.dtype.type(least)
        blocks = entries.reshape(-1, BLOCK)
        # Where a byte does for all, only blocks of one value each would take less.
        if kind is not None and (kind is not np.uint8 or bool((blocks[0] == blocks[0, 0]).all())):
            low, high = blocks.min(axis=1), blocks.max(axis=1)
            narrow = _width(int(_distance(high, low, np.uint64).max()))
            if narrow is not kind:
                kind, self._shift, self._bases = narrow, _SHIFT, low.astype(np.int64)
                entries, above = blocks, low[:, None]
        self.data = None if kind is None else _distance(entries, above, kind).reshape(-1)

    def _whole(self, floats: Entries) -> Entries:
        """Return floats as whole numbers: by value where that loses nothing, else bit by bit."""
        with np.errstate(invalid="ignore"):
            numbers = floats.astype(np.int64)
        if np.array_equal(numbers.astype(np.float64).view(np.int64), floats.view(np.int64)):
            return numbers
        self._as = np.float64
        return floats.view(np.int64)

    @property
    def nbytes(self) -> int:
        """The bytes of `data`."""
        return 0 if self.data is None else len(self.data) * self.data.itemsize

    def item(self, place: int) -> int | float:
        """Return one entry."""
        number: int = self._bases.item(place >> self._shift)
        if self.data is not None:
            number += self.data.item(place)
        if self._dtype != np.float64:
            return number
        if self._as is None:
            return float(number)
        return float(np.array([number], np.int64).view(np.float64)[0])

    def part(self, begin: int, end: int) -> Entries:
        """Return the entries [begin, end)."""
        if self._shift == _ALL:
            bases: Any = self._bases[0]
        else:
            first = begin >> _SHIFT
            many = np.repeat(self._bases[first : ((end - 1) >> _SHIFT) + 1], BLOCK)
            bases = many[begin - (first << _SHIFT) : end - (first << _SHIFT)]
        if self.data is None:
            return self._typed(np.full(end - begin, bases, np.int64))
        numbers = self.data[begin:end].astype(np.int64)
        numbers += bases
        return self._typed(numbers)

    def at(self, places: Ints) -> Entries:
        """Return the entries at *places*."""
        numbers = self._bases[places >> self._shift]
        if self.data is not None:
            numbers = numbers + self.data[places].astype(np.int64)
        return self._typed(numbers)

    def groups(self, numbers: Ints, width: int) -> Entries:
        """Return the entries of whole groups of *width*, which divides `BLOCK`, a row each."""
        bases = self._bases[(numbers * width) >> self._shift][:, None]
        if self.data is None:
            return self._typed(np.repeat(bases, width, axis=1))
        rows = self.data.reshape(-1, width).take(numbers, axis=0)
        if self._dtype == np.float64 or rows.dtype == np.uint64:
            return self._typed(rows.astype(np.int64) + bases)
        # In the column's own type: what wraps around there comes out right again.
        return rows + bases.astype(self._dtype) if bases.any() else rows.astype(self._dtype)

    def _typed(self, numbers: Ints) -> Entries:
        return numbers.view(np.float64) if self._as else numbers.astype(self._dtype)

    def count_upto(self, t: int) -> int:
        """Return how many entries are <= *t*; they must ascend, and be whole numbers."""
        # The methods: numpy's functions of these names take twice as long for one number.
        block = int(self._bases.searchsorted(t, "right")) - 1
        if block < 0:
            return 0
        begin = block << _SHIFT
        end = self.size if self._shift == _ALL else begin + BLOCK
        if self.data is None:
            return end
        rest = min(t - self._bases.item(block), (1 << 8 * self.data.itemsize) - 1)
        # A number of another type would have the whole part copied into that type.
        wanted = self.data.dtype.type(rest)
        return begin + int(self.data[begin:end].searchsorted(wanted, "right"))

    def counts_upto(self, times: Ints) -> Ints:
        """Return `count_upto` of each of *times*, in few passes over them."""
        block = np.searchsorted(self._bases, times, side="right") - 1
        bases = self._bases[np.maximum(block, 0)]
        if self.data is None:
            end = self.size if self._shift == _ALL else BLOCK
            return np.where(block < 0, 0, np.maximum(block, 0) * BLOCK + end)
        most = np.uint64(np.iinfo(self.data.dtype).max)
        rest = np.minimum(np.maximum(times - bases, 0).view(np.uint64), most)
        rest = rest.astype(self.data.dtype)
        if self._shift == _ALL:
            found = np.searchsorted(self.data, rest, side="right")
            return np.where(block < 0, 0, found)
        if self.size <= _QUICKLY_UNPACKED:
            return np.searchsorted(self.part(0, self.size), times, side="right")
        place = np.maximum(block, 0) << _SHIFT
        first = place.copy()
        for step in (128, 64, 32, 16, 8, 4, 2, 1):
            place += np.where(self.data[place + step - 1] <= rest, step, 0)
        place += (place - first < BLOCK) & (self.data[np.minimum(place, self.size - 1)] <= rest)
        return np.where(block < 0, 0, place)


def _distance(high: Entries, low: Any, kind: type[np.unsignedinteger[Any]]) -> Entries:
    """Return by how much *high* is above *low*; exact, as 64 bits wrap both ways."""
    found: Entries = high - low
    return (found if found.dtype.kind == "u" else found.view(np.uint64)).astype(kind, copy=False)


def _width(most: int) -> type[np.unsignedinteger[Any]] | None:
    """Return the smallest type for numbers up to *most*; None where all are 0."""
    if not most:
        return None
    return next(kind for limit, kind in _UNSIGNED if most <= limit)
