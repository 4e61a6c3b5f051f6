"""Other bookmarks for a run that is in a file already.

Why: a run is kept in the history when it ends, and bookmarks are set while it is looked at. The
events of a long run need not be packed again for that.

Guarantees: everything but the bookmarks is copied as it is; the file is changed as a whole or not
at all; a file that is damaged is left alone, so that what can be read of it stays readable.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from engine.bookmarks import Bookmark
from engine.formats import manifest
from engine.formats.archive import Reader, Writer
from engine.formats.errors import Damaged, RunFileError, whole_file

_NEW = ("manifest.json", "checksums.json")


def amend(path: Path, bookmarks: Iterable[Bookmark]) -> None:
    """Give the run in the file at *path* other *bookmarks*. Raises RunFileError."""
    try:
        with path.open("rb") as file:
            reader = Reader(file)
            try:
                said = manifest.amended(reader.read("manifest.json"), bookmarks)
            except Damaged:
                said = b""
            if reader.is_cut or reader.damage or not said:
                raise RunFileError(f"{path.name} is damaged; its bookmarks were not changed.")
            _rewrite(reader, path, said)
    except OSError as error:
        raise RunFileError(f"{path} cannot be read: {error.strerror or error}.") from error


def _rewrite(reader: Reader, path: Path, said: bytes) -> None:
    with whole_file(path) as file:
        writer = Writer(file)
        writer.add("manifest.json", said)
        for name, entry in reader.entries.items():
            if name not in _NEW:
                writer.copy(entry, reader.packed(name))
        writer.add("checksums.json", json.dumps(writer.checksums).encode())
        writer.finish()
