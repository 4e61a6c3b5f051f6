"""What was recorded and not yet read: a little in memory, the rest in a file.

Why: a reader may stall (a window that is busy, a machine that swaps) while the script goes on.
Holding the script up would change what is watched, keeping all in memory would end it, and
dropping is no choice. Guarantees: bytes come out in the order in which they went in; at most
`MEMORY` bytes of them are in memory; where the disk is full nothing is taken in (`FullError`),
and what was there before stays whole.
"""

from __future__ import annotations

import collections
import contextlib
import os
from os import getpid
from typing import IO

from .descriptors import out_of_the_way

MEMORY = 16 * 1024 * 1024
_PIECE = 1024 * 1024


class FullError(Exception):
    """There is no room on the disk for more."""


class Backlog:
    """Bytes that wait to be sent, first in, first out.

    Attributes: spilled, how many bytes went through the file so far.
    """

    def __init__(self, folder: str) -> None:
        self.spilled = 0
        self._folder = folder
        self._pieces: collections.deque[memoryview] = collections.deque()
        self._held = 0
        self._file: IO[bytes] | None = None
        self._read = 0
        self._written = 0

    def __len__(self) -> int:
        return self._held + self._written - self._read

    def put(self, piece: bytes | bytearray) -> None:
        """Take *piece* in. Raises FullError where neither memory nor disk has room for it."""
        if self._file is None and self._held + len(piece) <= MEMORY:
            self._pieces.append(memoryview(piece))
            self._held += len(piece)
            return
        self._spill(piece)

    def head(self) -> memoryview:
        """Return the next bytes; empty where there are none."""
        if not self._pieces and self._file is not None:
            self._refill(self._file)
        return self._pieces[0] if self._pieces else memoryview(b"")

    def advance(self, count: int) -> None:
        """Let go of the first *count* bytes of `head`."""
        first = self._pieces.popleft()
        if count < len(first):
            self._pieces.appendleft(first[count:])
        self._held -= count

    def close(self) -> None:
        """Let go of everything."""
        self._pieces.clear()
        self._held = 0
        self._end_file()

    def _spill(self, piece: bytes | bytearray) -> None:
        path = os.path.join(self._folder, f"backlog-{getpid()}-{id(self)}")
        try:
            if self._file is None:
                self._file = _open(path)
            self._file.seek(self._written)
            done = 0
            while done < len(piece):
                done += self._file.write(memoryview(piece)[done:])
        except OSError as error:
            if self._file is not None and self._read == self._written:
                self._end_file()
            raise FullError(str(error.strerror or error)) from error
        self._written += len(piece)
        self.spilled += len(piece)

    def _refill(self, file: IO[bytes]) -> None:
        file.seek(self._read)
        piece = file.read(min(_PIECE, self._written - self._read))
        if piece:
            self._read += len(piece)
            self._held += len(piece)
            self._pieces.append(memoryview(piece))
        if self._read == self._written:
            self._end_file()

    def _end_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None
        self._read = self._written = 0


def _open(path: str) -> IO[bytes]:
    """Open a file that is nobody else's, and is gone with this process."""
    made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    os.unlink(path)
    number = out_of_the_way(made)
    if number is not None:
        os.close(made)
    return open(made if number is None else number, "w+b", buffering=0)
