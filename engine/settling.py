"""Rows that change for a while and then stay as they are: tasks, which are taken and end later.

Why: a table packs what never changes again (`engine.table`), but a row of a task is written three
times, far behind the end of the table. So the newest rows stand in plain arrays, and a chunk of
them is packed once nearly all of its rows are settled; the few that are not are kept aside.

Guarantees: reading gives what was written last; a chunk is packed only where at most one row in
64 is kept aside, so a row takes few bytes whatever is still open; writing a batch costs what is
in the batch, but for rows that change after all, which are written one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.columns import Ints
from engine.memory import Memory
from engine.table import Table

NONE = -1  # a time that has not come yet
CHUNK = 4096
_ASIDE = 64  # of so many rows one may be kept aside

Entries = npt.NDArray[Any]
#: The columns of some rows, by name.
Rows = dict[str, Entries]


class SettlingTable:
    """Rows of *fields* (name, type, whether it is a time that may be `NONE`).

    The first field is a time that always is. *is_settled* says of rows which ones are not
    expected to change any more.
    """

    def __init__(
        self,
        fields: Sequence[tuple[str, npt.DTypeLike, bool]],
        memory: Memory,
        is_settled: Callable[[Rows], npt.NDArray[np.bool_]],
    ) -> None:
        self.names = [name for name, _, _ in fields]
        self._later = [name for name, _, may_be_none in fields if may_be_none]
        self._base = self.names[0]
        self._is_settled = is_settled
        self._packed = Table([(name, kind) for name, kind, _ in fields], memory)
        self._aside: dict[int, dict[str, int]] = {}
        self._newest: Rows = {name: np.empty(64, kind) for name, kind, _ in fields}
        self._begin = 0  # where the newest rows stand in their arrays
        self._end = 0

    def __len__(self) -> int:
        return len(self._packed) + self._end - self._begin

    def extend(self, rows: Rows) -> None:
        """Append *rows*."""
        self._settle()
        count = len(rows[self._base])
        self._make_room(count)
        for name, column in rows.items():
            self._newest[name][self._end : self._end + count] = column
        self._end += count

    def _make_room(self, count: int) -> None:
        size = self._end - self._begin
        if self._end + count <= len(self._newest[self._base]):
            return
        # What was packed leaves room in front; half of it empty, the rest is moved there.
        room = max(64, size + count, 2 * size)
        for name, column in self._newest.items():
            moved = np.empty(room, column.dtype)
            moved[:size] = column[self._begin : self._end]
            self._newest[name] = moved
        self._begin, self._end = 0, size

    def put(self, name: str, places: Ints, values: Entries) -> None:
        """Write *values* into a column at *places*; of two for one place the later one stays."""
        offset = self._begin - len(self._packed)
        is_new = places >= len(self._packed)
        if is_new.all():
            self._newest[name][places + offset] = values
            return
        self._newest[name][places[is_new] + offset] = values[is_new]
        old = ~is_new
        for place, value in zip(places[old].tolist(), values[old].tolist(), strict=True):
            if place not in self._aside:
                self._aside[place] = self.row(place)
            self._aside[place][name] = value

    def row(self, place: int) -> dict[str, int]:
        """Return row number *place*."""
        packed = len(self._packed)
        if place >= packed:
            at = place - packed + self._begin
            return {name: column[at].item() for name, column in self._newest.items()}
        if place in self._aside:
            return dict(self._aside[place])
        found = dict(zip(self.names, self._packed.row(place), strict=True))
        for name in self._later:
            late = found[name]
            found[name] = NONE if late & 1 else found[self._base] + (late >> 1)
        return found

    def entry(self, name: str, place: int) -> int:
        """Return one entry of the first column, or of one that is no time."""
        packed = len(self._packed)
        if place >= packed:
            return int(self._newest[name][place - packed + self._begin])
        kept = self._aside.get(place)
        return int(self._packed[name][place]) if kept is None else kept[name]

    def rows(self, begin: int, end: int, names: Sequence[str] = ()) -> Rows:
        """Return the columns *names* (none: all) of the rows [begin, end)."""
        packed = len(self._packed)
        offset = self._begin - packed
        new = slice(max(begin, packed) + offset, max(end, packed) + offset)
        found = {name: self._newest[name][new] for name in names or self.names}
        if begin >= packed:
            return found
        stop = min(end, packed)
        base = self._packed[self._base][begin:stop]
        for name, column in found.items():
            old = base if name == self._base else self._packed[name][begin:stop]
            if name in self._later:
                old = np.where(old & 1, NONE, base + (old >> 1))
            found[name] = np.concatenate((old, column))
        self._add_aside(found, begin, stop)
        return found

    def _add_aside(self, found: Rows, begin: int, stop: int) -> None:
        few = len(self._aside) < stop - begin
        for place in self._aside if few else range(begin, stop):
            kept = self._aside.get(place)
            if kept is not None and begin <= place < stop:
                for name, column in found.items():
                    column[place - begin] = kept[name]

    def _settle(self) -> None:
        """Pack the oldest of the newest rows, chunk by chunk, where they are settled."""
        while self._end - self._begin >= 2 * CHUNK:
            part = slice(self._begin, self._begin + CHUNK)
            rows = {name: column[part] for name, column in self._newest.items()}
            is_open = np.flatnonzero(~self._is_settled(rows))
            if len(is_open) * _ASIDE > CHUNK:
                return
            first = len(self._packed)
            for place in is_open.tolist():
                self._aside[first + place] = {n: c[place].item() for n, c in rows.items()}
            base = rows[self._base]
            for name in self._later:
                # Relative to the first one, a time takes few bytes; odd ones have not come.
                rows[name] = np.where(rows[name] == NONE, 1, (rows[name] - base) << 1)
            self._packed.extend(*(rows[name] for name in self.names))
            self._begin += CHUNK
