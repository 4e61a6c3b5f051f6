"""A file that is written whole or not at all.

Why: a script that is half saved is a script that is lost, and a run of an hour is not made again.
What is written goes to a file beside the target, and takes its place once all is on disk.

Guarantees: after an error what was there before is there still, and nothing else was left behind;
a reader sees the old file or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

#: How the file beside the target ends while it is written.
PART = ".part"


class NotWritten(ValueError):
    """A file that could not be written; the text says why and what to do."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write that becomes *path* only when all of it is on disk.

    Raises NotWritten, and leaves what was at *path* as it was, when that fails.
    """
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}{PART}")
    try:
        with _created(temporary) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise NotWritten(_unwritable(path, error)) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _created(path: Path) -> BinaryIO:
    """Make a file that was not there, with the rights that the person's files get."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return open(os.open(path, flags, 0o666), "wb")


def _unwritable(path: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{path.name} was not saved: the disk is full. Make room, or choose another place; "
            "nothing was left behind."
        )
    if error.errno == errno.ENOENT:
        return f"{path} was not saved: its folder does not exist."
    return f"{path} was not saved: {error.strerror or error}. Choose another place."
