"""Integer columns as few bytes, and back with every size checked.

Why: an event's seven columns take 30 bytes; what differs between neighbours takes far fewer. Each
column of a chunk becomes the distance from its least entry (times: from their neighbour, first),
in the smallest unsigned type that holds it. Deflate then has a third of the bytes to look at,
which is quicker and smaller (docs/decisions/0020-run-files.md).

Guarantees: exact for every int64; `unpack` allocates only what the count that was checked needs,
and raises ValueError for bytes that do not fit it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

COUNT = struct.Struct("<I")
#: bytes an entry, 1 where neighbours are subtracted, first entry (of such), least entry
_COLUMN = struct.Struct("<BBqq")
_WIDTHS = {0: "u1", 1: "u1", 2: "<u2", 4: "<u4", 8: "<u8"}


def pack(columns: Sequence[npt.NDArray[np.generic]], ascending: Sequence[bool]) -> bytes:
    """Return *columns* (integers, of one length) as bytes; *ascending* ones as differences."""
    count = len(columns[0])
    parts = [COUNT.pack(count)]
    for column, differs in zip(columns, ascending, strict=True):
        parts.extend(_pack(column.astype(np.int64), differs) if count else ())
    return b"".join(parts)


def _pack(column: Ints, differs: bool) -> tuple[bytes, bytes]:
    first = 0
    if differs:
        first = int(column[0])
        column = np.diff(column, prepend=column[:1])
    least = int(column.min())
    above = (column - np.int64(least)).view(np.uint64)
    most = int(above.max())
    # Times always take a byte, so that no file can claim a million events by none at all.
    width = next(w for w in _WIDTHS if most < 1 << (8 * w) and (w or not differs))
    body = above.astype(_WIDTHS[width]).tobytes() if width else b""
    return _COLUMN.pack(width, differs, first, least), body


def unpack(data: bytes, ascending: Sequence[bool], most: int) -> list[Ints]:
    """Return the columns of *data*, at most *most* entries each. Raises ValueError."""
    if len(data) < COUNT.size:
        raise ValueError("no count")
    (count,) = COUNT.unpack_from(data)
    if count > most:
        raise ValueError(f"{count} entries where at most {most} may be")
    offset = COUNT.size
    columns = []
    for differs in ascending:
        if not count:
            columns.append(np.empty(0, np.int64))
            continue
        if len(data) < offset + _COLUMN.size:
            raise ValueError("a column is missing")
        width, said, first, least = _COLUMN.unpack_from(data, offset)
        offset += _COLUMN.size
        if width not in _WIDTHS or said != differs or len(data) < offset + width * count:
            raise ValueError("a column of another layout")
        columns.append(_unpack(data, offset, width, count, first, least, differs))
        offset += width * count
    if offset != len(data):
        raise ValueError("bytes behind the last column")
    return columns


def _unpack(
    data: bytes, offset: int, width: int, count: int, first: int, least: int, differs: bool
) -> Ints:
    if not width:
        return np.full(count, least, np.int64)
    column = np.frombuffer(data, _WIDTHS[width], count, offset).astype(np.uint64).view(np.int64)
    column += np.int64(least)  # int64 wraps, as the subtraction did
    if differs:
        # The first difference is that from itself: nothing.
        column[0] = first
        np.cumsum(column, out=column)
    return column
