"""The child's standard input, from outside: what a person types, and its end.

Why not simply written: a script that does not read lets its pipe fill up, and whoever writes then
waits; that would be the window. So the pipe does not block, and what it does not take yet is kept
here and offered again at every pump.

Guarantees: no method waits; what is kept is bounded (`MOST_KEPT`); the end of input comes behind
everything that was typed; the pipe is closed exactly once.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import IO, Literal

#: What the child reads: what the window types, what ThreadLab itself would read, or nothing.
Source = Literal["pipe", "own", "none"]

#: Bytes typed ahead that a script has not read, besides those in the pipe.
MOST_KEPT = 1 << 20


def handle(source: Source) -> int | None:
    """Return what `subprocess` needs to give a child *source* as its standard input."""
    if source == "pipe":
        return subprocess.PIPE
    if source == "own":
        with contextlib.suppress(OSError):
            os.fstat(0)
            return None  # inherited: a pipe, a file or a terminal
    return subprocess.DEVNULL


class StandardInput:
    """The writing end. Attributes: is_open (something can still be typed)."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self.is_open = pipe is not None
        self._pipe = pipe
        self._kept = bytearray()
        if pipe is not None and (sys.platform != "win32" or sys.version_info >= (3, 12)):
            os.set_blocking(pipe.fileno(), False)

    def write(self, data: bytes) -> bool:
        """Give *data* to the child; False, and nothing was taken, when it cannot be."""
        if not self.is_open or len(self._kept) + len(data) > MOST_KEPT:
            return False
        self._kept += data
        self.flush()
        return True

    def end(self) -> None:
        """Let the child read the end of its input behind what was typed."""
        self.is_open = False
        self.flush()

    def flush(self) -> None:
        """Offer again what the pipe has not taken yet."""
        if self._pipe is None:
            return
        try:
            while self._kept:
                del self._kept[: os.write(self._pipe.fileno(), self._kept)]
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more
            self.close()
            return
        if not self.is_open:
            self.close()

    def close(self) -> None:
        """Close the pipe; what was not taken is forgotten."""
        pipe, self._pipe, self.is_open = self._pipe, None, False
        self._kept.clear()
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
