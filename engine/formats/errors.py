"""What may be wrong with a run's file, in words for a person."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.replacing import NotWritten, replacing


class RunFileError(ValueError):
    """A file that cannot be opened or saved; the text says why and what to do."""


class Damaged(Exception):
    """A part of a file that cannot be read, while the others may be."""


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write that becomes *path* whole or not at all. Raises RunFileError."""
    try:
        with replacing(path) as file:
            yield file
    except NotWritten as error:
        raise RunFileError(str(error)) from error
