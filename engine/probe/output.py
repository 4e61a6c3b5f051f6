"""What the script prints, told at once, with the thread that printed it.

Why not a pipe: bytes in a pipe do not say who wrote them, and one buffer more could be lost in a
crash. Guarantees: a flushed write is sent before it returns; a reader that stalls holds the
writer up, as a slow terminal does; encodings and error handlers are those of a terminal with
UTF-8; `fileno()` is the real descriptor, which C code and subprocesses write to.
"""

from __future__ import annotations

import io
import sys
import time
from _thread import get_ident
from typing import Any

from ..events import OUTPUT_HEADER, Message
from .link import Link
from .recorder import recorder

#: Up to this size a message is one write to the socket, so that a signal handler that raises
#: cannot leave half of it behind.
LARGEST_PIECE = 16_000


class RecordedOutput(io.FileIO):
    """The raw end of `sys.stdout` or `sys.stderr` (stream 1 or 2)."""

    #: Of this process; None in a process that is no part of the run, as a fork server.
    link: Link | None = None

    def __init__(self, stream: int) -> None:
        super().__init__(stream, "w", closefd=False)
        self.name = "<stdout>" if stream == 1 else "<stderr>"
        self._stream = stream

    def write(self, data: Any, /) -> int:
        """Send *data* (bytes-like); return how many of its bytes were sent."""
        link = RecordedOutput.link
        if link is None:
            return super().write(data)
        piece = bytes(data[:LARGEST_PIECE])
        number = recorder.registry.numbers[get_ident()]
        now = time.perf_counter_ns()
        link.send(OUTPUT_HEADER.pack(Message.OUTPUT, self._stream, number, now) + piece)
        return len(piece)


def install() -> None:
    """Replace `sys.stdout` and `sys.stderr`."""
    sys.stdout = sys.__stdout__ = _text_stream(1, "strict")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text_stream(2, "backslashreplace")  # type: ignore[misc]


def connect(link: Link) -> None:
    """Send over *link* from now on."""
    RecordedOutput.link = link


def _text_stream(stream: int, errors: str) -> io.TextIOWrapper:
    text: Any = io.TextIOWrapper(
        io.BufferedWriter(RecordedOutput(stream)),
        encoding="utf-8",
        errors=errors,
        line_buffering=True,
    )
    text.mode = "w"
    made: io.TextIOWrapper = text
    return made
