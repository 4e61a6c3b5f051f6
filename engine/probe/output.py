"""Printed text, with the thread and the moment, without changing how printing behaves.

Why not a wrapper around `print`: `print(x)` writes the text and the line's end separately, and a
Python function between the two would offer the GIL there and tear lines that plain Python never
tears. Here `sys.stdout` is an ordinary line-buffered text stream, as in a terminal; only its
lowest layer is ours, and it is entered where plain Python would give the GIL away to write(2).
"""

from __future__ import annotations

import io
import sys

from .recorder import recorder


class RecordedOutput(io.FileIO):
    """The lowest layer of a standard stream: sends what is written, with thread and time."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._stream = descriptor

    def write(self, data: object, /) -> int:
        """Send the bytes at once; give how many they were."""
        taken = bytes(data)  # type: ignore[call-overload]
        recorder.printed(self._stream, taken)
        return len(taken)


def install() -> None:
    """Put recorded streams in place of `sys.stdout` and `sys.stderr`."""
    for name, descriptor, errors in (("stdout", 1, "strict"), ("stderr", 2, "backslashreplace")):
        raw = RecordedOutput(descriptor)
        stream = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding="utf-8", errors=errors, line_buffering=True
        )
        stream.mode = "w"
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
