"""The zip around a run: written whole or not at all, read without trusting a word of it.

Why not `zipfile` for reading: a file that was cut has lost its central directory, which stands at
the end, and one that was made to harm may have two that disagree. So the reader walks the local
headers from the front, and the central directory is only the end of them. What it does not know
(names, methods, encryption, zip64) it refuses.

Guarantees: nothing is ever extracted to a path; an entry is unpacked only up to the size that it
declares, and only where that is at most `MOST_SHRUNK` times its size in the file; a damaged header
costs the entries that it hides, not the file; the work is linear in the file's size.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from typing import BinaryIO, NamedTuple

from engine.formats.errors import Damaged, RunFileError

LOCAL = struct.Struct("<4sHHHHHIIIHH")
LOCAL_MAGIC = b"PK\x03\x04"
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_CENTRAL_MAGIC = b"PK\x01\x02"
_END = struct.Struct("<4sHHHHIIH")
_NO_DATE = (
    0x0021  # the first of January 1980: a zip must name a day, the manifest tells the real one
)
END_MAGICS = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06")
#: Every name that a run's file may hold.
NAME = re.compile(
    rb"manifest\.json|script\.py|lesson\.toml|checksums\.json"
    rb"|tables/(processes|threads|sites|objects|texts|gaps|outputs)/[0-9]{6}\.json"
    rb"|(cpu|events)/[0-9]{6}\.bin"
)
#: The writer stores as it is what would shrink by more, so the reader can refuse it: a zip bomb.
MOST_SHRUNK = 100
SMALL = 4096
LARGEST_ENTRY = 1 << 28
LARGEST_FILE = 0xFFFFFFFF
LEVEL = 1
MOST_ENTRIES = 200_000
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIPTOR = 1, 8
_SEARCH = 1 << 20


class Entry(NamedTuple):
    """One entry as its local header describes it; *offset* is that of its first byte."""

    name: str
    offset: int
    stored: int
    size: int
    crc: int
    method: int


class Reader:
    """The entries of one open file.

    Attributes: entries (by name), is_cut (the file ends within an entry, or without an end),
    damage (headers that could not be read).
    """

    def __init__(self, file: BinaryIO, *, only_first: bool = False) -> None:
        self._file = file
        self._only_first = only_first
        self._length = file.seek(0, os.SEEK_END)
        self.entries: dict[str, Entry] = {}
        self.is_cut = True
        self.damage = 0
        self._scan()

    def read(self, name: str) -> bytes:
        """Return the bytes of entry *name*; Damaged when it is missing or does not fit its sum."""
        entry = self.entries.get(name)
        if entry is None:
            raise Damaged(f"{name} is missing")
        self._file.seek(entry.offset)
        stored = self._file.read(entry.stored)
        if entry.method == _STORED:
            data = stored
        else:
            inflate = zlib.decompressobj(-15)
            try:
                data = inflate.decompress(stored, entry.size + 1)
            except zlib.error:
                raise Damaged(f"{name} cannot be unpacked") from None
            if not inflate.eof:
                raise Damaged(f"{name} is not as long as it says")
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise Damaged(f"{name} does not fit its checksum")
        return data

    def packed(self, name: str) -> bytes:
        """Return the bytes of entry *name* as they stand in the file; KeyError without one."""
        entry = self.entries[name]
        self._file.seek(entry.offset)
        return self._file.read(entry.stored)

    def _scan(self) -> None:
        position = 0
        while position + 4 <= self._length:
            self._file.seek(position)
            head = self._file.read(LOCAL.size)
            if head[:4] in END_MAGICS:
                self.is_cut = False
                return
            found = self._entry(position, head)
            if found is None:
                self.damage += 1
                following = self._next_header(position + 1)
                if following is None:
                    return
                position = following
                continue
            end = found.offset + found.stored
            if end > self._length:
                return
            self._add(found)
            if self._only_first:
                return
            position = end if self._continues(end) else found.offset

    def _continues(self, position: int) -> bool:
        """Whether another header, the end, or nothing at all stands at *position*.

        Where not, this entry's own length is damaged, and the next header is searched for.
        """
        if position >= self._length:
            return True
        self._file.seek(position)
        magic = self._file.read(4)
        return magic == LOCAL_MAGIC or magic in END_MAGICS

    def _entry(self, position: int, head: bytes) -> Entry | None:
        """Return the entry whose local header is *head*, or None where that is none of ours."""
        if len(head) < LOCAL.size or head[:4] != LOCAL_MAGIC:
            return None
        _, _, flags, method, _, _, crc, stored, size, named, extra = LOCAL.unpack(head)
        if not 0 < named <= 64:
            self._refuse_strange(b"")
            return None
        name = self._file.read(named)
        if not NAME.fullmatch(name):
            self._refuse_strange(name)
            return None
        text = name.decode("ascii")
        if flags & (_ENCRYPTED | _DESCRIPTOR) or method not in (_STORED, _DEFLATED):
            raise RunFileError(
                f"{text} is packed in a way that ThreadLab does not write. Was the file unpacked "
                "and packed again? Open the one that ThreadLab saved."
            )
        if size > LARGEST_ENTRY or (size > SMALL and size > MOST_SHRUNK * stored):
            raise RunFileError(
                f"{text} says that it unpacks to {size:,} bytes from {stored:,}: no run that "
                "ThreadLab saves does. The file was made by something else; nothing was opened."
            )
        if method == _STORED and stored != size:
            return None
        offset = position + LOCAL.size + named + extra
        return Entry(text, offset, stored, size, crc, method)

    def _refuse_strange(self, name: bytes) -> None:
        """Refuse an entry that is none of ours; within damaged parts it may be anything."""
        if self.damage:
            return
        shown = name.decode("utf-8", "backslashreplace")[:80]
        raise RunFileError(
            f"It holds {shown!r}, which no run that ThreadLab saves does. It is another kind of "
            "zip file, or was changed; nothing was opened."
        )

    def _add(self, entry: Entry) -> None:
        if entry.name in self.entries:
            raise RunFileError(
                f"It holds {entry.name} twice, so nobody can say which one is true. The file was "
                "changed; nothing was opened."
            )
        if len(self.entries) >= MOST_ENTRIES:
            raise RunFileError(f"It holds more than {MOST_ENTRIES:,} parts; nothing was opened.")
        self.entries[entry.name] = entry

    def _next_header(self, position: int) -> int | None:
        while position < self._length:
            self._file.seek(position)
            block = self._file.read(_SEARCH + 3)
            found = block.find(LOCAL_MAGIC)
            if found >= 0:
                return position + found
            position += _SEARCH
        return None


class Writer:
    """Writes entries one behind the other, then the central directory (`finish`).

    What shrinks by more than `MOST_SHRUNK` is stored, so that the reader may refuse it.
    Attributes: checksums (of the entries so far, by name).
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._directory: list[bytes] = []
        self._offset = 0
        self.checksums: dict[str, int] = {}

    def add(self, name: str, data: bytes, least: int = 0) -> None:
        """Add *data* as entry *name*; it is stored when it would shrink below *least* bytes."""
        if len(data) > LARGEST_ENTRY:
            raise RunFileError(
                f"{name} would hold {len(data):,} bytes in one piece, more than a run's file "
                f"takes ({LARGEST_ENTRY:,}). Did the script print one text of that length?"
            )
        deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
        body, method = deflate.compress(data) + deflate.flush(), _DEFLATED
        bomb = len(data) > SMALL and len(data) > MOST_SHRUNK * len(body)
        if bomb or len(body) < least or len(body) >= len(data):
            body, method = data, _STORED
        self._put(Entry(name, 0, len(body), len(data), zlib.crc32(data), method), body)

    def copy(self, entry: Entry, body: bytes) -> None:
        """Add *entry* of another file as it is there, its packed *body* and all."""
        self._put(entry, body)

    def _put(self, entry: Entry, body: bytes) -> None:
        self.checksums[entry.name] = entry.crc
        encoded = entry.name.encode("ascii")
        sizes = (entry.crc, len(body), entry.size, len(encoded), 0)
        common = (20, 0, entry.method, 0, _NO_DATE, *sizes)
        self._directory.append(
            _CENTRAL.pack(_CENTRAL_MAGIC, 20, *common, 0, 0, 0, 0, self._offset) + encoded
        )
        self._write(LOCAL.pack(LOCAL_MAGIC, *common) + encoded + body)

    def finish(self) -> None:
        """Write the central directory, by which other programs read the file."""
        start, count = self._offset, len(self._directory)
        if count > 0xFFFF:
            raise RunFileError(f"A run of {count:,} parts is more than a run's file takes.")
        self._write(b"".join(self._directory))
        size = self._offset - start
        self._write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))

    def _write(self, data: bytes) -> None:
        if self._offset + len(data) > LARGEST_FILE:
            raise RunFileError("The run needs more than 4 GB, which is more than its file takes.")
        self._file.write(data)
        self._offset += len(data)
