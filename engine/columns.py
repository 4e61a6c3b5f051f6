"""Arrays that grow at the end.

Why: numpy arrays do not grow, and a Python list of a million ints costs eight times as much.
Guarantees: appending is amortised O(1) an entry; `view` is a window on the memory, valid until
the next append, and never a copy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Column:
    """One growable array of a fixed type."""

    __slots__ = ("_data", "_size")

    def __init__(self, dtype: npt.DTypeLike, capacity: int = 64) -> None:
        self._data: npt.NDArray[Any] = np.empty(capacity, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def extend(self, items: npt.ArrayLike) -> None:
        """Append *items* (one dimension, castable to the type)."""
        array = np.asarray(items)
        need = self._size + len(array)
        if need > len(self._data):
            grown = np.empty(max(need, len(self._data) * 2), self._data.dtype)
            grown[: self._size] = self._data[: self._size]
            self._data = grown
        self._data[self._size : need] = array
        self._size = need

    def append(self, item: float) -> None:
        """Append one entry."""
        if self._size == len(self._data):
            self.extend([item])
        else:
            self._data[self._size] = item
            self._size += 1

    def insert(self, place: int, item: float) -> None:
        """Put one entry before entry number *place*; meant for places near the end."""
        self.append(item)
        moved = self._data[place : self._size - 1].copy()
        self._data[place + 1 : self._size] = moved
        self._data[place] = item

    def cut(self, size: int) -> None:
        """Forget all but the first *size* entries."""
        self._size = min(self._size, size)

    @property
    def view(self) -> npt.NDArray[Any]:
        """The entries so far, without a copy."""
        return self._data[: self._size]

    def last(self, default: int = 0) -> int:
        """The last entry, or *default* when there is none."""
        return int(self._data[self._size - 1]) if self._size else default

    def index_at(self, t: int) -> int:
        """Return how many entries are <= t; the entries must ascend."""
        return int(np.searchsorted(self._data[: self._size], t, side="right"))


def grouped(numbers: npt.NDArray[np.uint32]) -> Ints:
    """Return the order in which equal *numbers* (at least one) stand together, each as it came."""
    # A sort of 16 bits is a radix sort, ten times quicker; one of 8 bits goes over them once.
    most = int(numbers.max())
    kind = np.uint8 if most < 1 << 8 else np.uint16 if most < 1 << 16 else np.uint32
    return np.argsort(numbers.astype(kind), kind="stable")


def changes(numbers: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Say of each of *numbers* (at least one) whether it is another than the one before.

    The first one is.
    """
    found = np.empty(len(numbers), np.bool_)
    found[0] = True
    np.not_equal(numbers[1:], numbers[:-1], out=found[1:])
    return found


def distinct(numbers: npt.NDArray[np.uint32]) -> tuple[Ints, Ints, Ints]:
    """Return the different *numbers* (ascending), where each comes first, and which each one is.

    As `np.unique` does, without its sort, which costs ten times as much where numbers are small.
    """
    most = int(numbers.max(initial=0))
    if most > 4 * len(numbers) + 1024:
        found = np.unique(numbers, return_index=True, return_inverse=True)
        return found[0].astype(np.int64), found[1], found[2]
    first = np.full(most + 1, -1, np.int64)
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)  # of equal ones the last one stays
    known = np.flatnonzero(first >= 0)
    place = np.empty(most + 1, np.int64)
    place[known] = np.arange(len(known))
    return known, first[known], place[numbers]
