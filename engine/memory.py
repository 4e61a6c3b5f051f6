"""How much memory the full parts of a trace take, and what is done past a limit.

Why: a run of an hour must not take all memory of the machine, and must stay scrollable. Past the
limit the oldest parts are written to a file in a private folder and read from there, through the
system's page cache, whenever somebody looks.

Guarantees: nothing is lost: what cannot be written stays in memory, and `trouble` says so; the
file is gone when the trace is; a part is written once, in one piece with its neighbours.
"""

from __future__ import annotations

import mmap
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine.packed import Packed

_PIECE = 4 << 20  # bytes written at once: a few milliseconds


class Part:
    """Rows of a table that are full: *columns* from row number *begin* on, *size* of each.

    *level* says how often smaller ones were put together.
    """

    __slots__ = ("begin", "columns", "in_memory", "level", "size")

    def __init__(self, begin: int, size: int, columns: list[Packed], level: int = 0) -> None:
        self.level = level
        self.begin = begin
        self.size = size
        self.columns = columns
        self.in_memory = sum(column.nbytes for column in columns)


class Memory:
    """The account of one trace.

    Attributes: limit (bytes that a trace may take; None: no limit), used (bytes that its full parts
    and what is held beside them take in memory), spilled (bytes on disk), trouble (why nothing more
    is written to disk; or empty).
    """

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self.used = 0
        self.spilled = 0
        self.trouble = ""
        self.on_trouble: Callable[[str], None] = lambda text: None
        self._parts: OrderedDict[Part, None] = OrderedDict()  # in memory, the oldest first
        self._file: _File | None = None
        self._lock = threading.Lock()  # a run is opened by two threads, each with its tables

    def add(self, part: Part) -> None:
        """Take a new part to account, and write the oldest ones to disk where the limit says so."""
        with self._lock:
            self._parts[part] = None
            self.used += part.in_memory
            self._keep_to_limit()

    def remove(self, part: Part) -> None:
        """Forget a part that was unpacked."""
        with self._lock:
            self.used -= part.in_memory
            self._parts.pop(part, None)

    def hold(self, size: int) -> None:
        """Take *size* more bytes to account (or fewer) that cannot go to disk."""
        with self._lock:
            self.used += size
            self._keep_to_limit()

    def keep_to_limit(self) -> None:
        """Write the oldest parts to disk until the rest keeps to the limit."""
        with self._lock:
            self._keep_to_limit()

    def _keep_to_limit(self) -> None:
        while self.limit is not None and self.used > self.limit:
            if self.trouble or not self._spill():
                return

    def _spill(self) -> bool:
        """Write some of the oldest parts; False where that cannot be done."""
        chosen: list[Part] = []
        size = 0
        for part in self._parts:
            if size >= _PIECE:
                break
            chosen.append(part)
            size += part.in_memory
        if not chosen:
            return False
        columns = [c for part in chosen for c in part.columns if c.data is not None]
        try:
            if self._file is None:
                self._file = _File()
            kept = self._file.write([column.data for column in columns])
        except OSError as error:
            self.trouble = (
                "The older part of this run cannot be moved to disk "
                f"({error.strerror or error}), so it stays in memory, past the limit that was set. "
                "Free some space on the disk, or raise the limit."
            )
            self.on_trouble(self.trouble)
            return False
        for column, data in zip(columns, kept, strict=True):
            column.data = data
        for part in chosen:
            part.in_memory = 0
            del self._parts[part]
        self.used -= size
        self.spilled += size
        return True


class _File:
    """One private file that only grows, and is removed with the object."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="threadlab-trace-"))
        self._end = 0
        self._maps: list[mmap.mmap] = []
        try:
            self._file = (folder / "parts").open("w+b", buffering=0)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._close = weakref.finalize(self, _remove, self._file, self._maps, folder)

    def write(self, arrays: list[Any]) -> list[Any]:
        """Write *arrays*; return the same ones, read from the file. Raises OSError."""
        sizes = [-(-array.nbytes // 8) * 8 for array in arrays]
        total = sum(sizes)
        whole = bytearray(total)
        places = np.cumsum([0, *sizes]).tolist()
        for array, place in zip(arrays, places, strict=False):
            whole[place : place + array.nbytes] = memoryview(array).cast("B")
        step = mmap.ALLOCATIONGRANULARITY
        length = -(-total // step) * step
        # Written, not mapped for writing: a full disk is an error then, not a signal.
        whole.extend(bytes(length - total))
        self._file.seek(self._end)
        rest = memoryview(whole)
        while rest:
            rest = rest[self._file.write(rest) :]
        window = mmap.mmap(self._file.fileno(), length, access=mmap.ACCESS_READ, offset=self._end)
        self._maps.append(window)
        self._end += length
        return [
            np.frombuffer(window, array.dtype, len(array), place)
            for array, place in zip(arrays, places, strict=False)
        ]


def _remove(file: Any, maps: list[mmap.mmap], folder: Path) -> None:
    file.close()
    maps.clear()  # unmapped when the last array that reads one is gone
    shutil.rmtree(folder, ignore_errors=True)
