"""`sys.stdin`: a thread that waits for somebody to type is seen to wait.

Why at the raw end: whatever reads (`input`, a loop over `sys.stdin`, `read`, a library) comes by
here, and nothing else does. Guarantees: bytes, encodings, the prompt and the end of file are those
of the bare stream; a wait is recorded only where there is one: the descriptor is asked first
whether something is there already. A read gives the GIL away when bare too, so the record adds no
place where it could be taken; one thread reads at a time (the buffer's own lock), and those behind
it are seen to wait as well.
"""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from _thread import get_ident
from collections.abc import Callable
from typing import Any

from ..events import Kind
from .recorder import recorder


class WatchedInput(io.FileIO):
    """The raw end of `sys.stdin`. Attributes: reader (the thread in a read, or 0)."""

    def __init__(self) -> None:
        super().__init__(0, "r", closefd=False)
        self.name = "<stdin>"
        self.reader = 0

    def readinto(self, buffer: Any, /) -> Any:
        """Read into *buffer* what is there, at least one byte or the end."""
        return _waiting(self, super().readinto, buffer)

    def read(self, size: int | None = -1, /) -> Any:
        """Read at most *size* bytes."""
        return _waiting(self, super().read, -1 if size is None else size)

    def readall(self) -> Any:
        """Read up to the end."""
        return _waiting(self, super().readall, always=True)


def _waiting(
    raw: WatchedInput, read: Callable[..., Any], *arguments: Any, always: bool = False
) -> Any:
    """Read; record a wait around it if there is nothing to read yet."""
    raw.reader = get_ident()
    try:
        if not always and _is_ready():
            return read(*arguments)
        return _recorded(read, *arguments)
    finally:
        raw.reader = 0


def _recorded(read: Callable[..., Any], *arguments: Any) -> Any:
    recorder.record(Kind.INPUT_WAIT)
    try:
        return read(*arguments)
    finally:
        recorder.record(Kind.INPUT_END)


def _is_ready() -> bool:
    """Whether a read of descriptor 0 would return at once. Windows cannot say so of a pipe."""
    if sys.platform == "win32":
        return False
    try:
        return bool(select.select([0], [], [], 0)[0])
    except (OSError, ValueError):  # closed: the read says so itself
        return True


class SharedReader(io.BufferedReader):
    """The buffer between; it lets one thread in, the others wait for input behind that one."""


def _behind_others(name: str) -> Callable[..., Any]:
    bare: Any = getattr(io.BufferedReader, name)

    def read(self: SharedReader, *arguments: Any) -> Any:
        raw: Any = self.raw
        if raw.reader in (0, get_ident()):
            return bare(self, *arguments)
        return _recorded(bare, self, *arguments)

    read.__name__, read.__qualname__, read.__doc__ = name, bare.__qualname__, bare.__doc__
    return read


for _name in ("peek", "read", "read1", "readinto", "readinto1", "readline"):
    setattr(SharedReader, _name, _behind_others(_name))


def install() -> None:
    """Replace `sys.stdin` where a read of it could wait, and it is no console of Windows."""
    bare: Any = sys.stdin
    raw: Any = getattr(getattr(bare, "buffer", None), "raw", None)
    if not isinstance(raw, io.FileIO) or not _can_wait():
        return
    raw = WatchedInput()
    text: Any = io.TextIOWrapper(
        SharedReader(raw),
        encoding=bare.encoding,
        errors=bare.errors,
        newline=None if sys.platform == "win32" else "\n",
        line_buffering=bare.line_buffering,
    )
    text.mode = "r"
    sys.stdin = sys.__stdin__ = text  # type: ignore[misc]
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: setattr(raw, "reader", 0))


def _can_wait() -> bool:
    """Whether descriptor 0 is neither a file on disk nor the null device."""
    try:
        here = os.fstat(0)
        return not stat.S_ISREG(here.st_mode) and here.st_rdev != os.stat(os.devnull).st_rdev
    except OSError:
        return False


def encoding() -> str:
    """Return how the bytes of `sys.stdin` are decoded, for whoever types them."""
    return str(getattr(sys.stdin, "encoding", None) or "utf-8")
