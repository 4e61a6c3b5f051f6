"""What the script prints, told at once, with the thread that printed it.

Why not a pipe: bytes in a pipe do not say who wrote them, and one buffer more could be lost in a
crash. Guarantees: a flushed write is sent before it returns; a reader that stalls holds the
writer up, as a slow terminal does; encodings and error handlers are those of a terminal with
UTF-8; `fileno()` is the real descriptor, which C code and subprocesses write to.

Two roads must not change the order. A subprocess, `os.write` and C code write to the pipe that
the descriptor is, the script's `print` goes over our connection. So a piece is only sent once
the pipe is empty, and ThreadLab takes what was sent before it takes what came through the pipe
later. A descriptor that the script has closed, or led elsewhere with `os.dup2`, is no longer that
pipe: then its bytes go where they would go without us.
"""

from __future__ import annotations

import io
import os
import sys
from _thread import get_ident
from time import perf_counter_ns, sleep  # the real ones, whatever the script puts there
from typing import Any

from ..events import OUTPUT_HEADER, Message
from .link import Link
from .recorder import recorder

#: Up to this size a message is one write to the socket, so that a signal handler that raises
#: cannot leave half of it behind.
LARGEST_PIECE = 16_000
#: Nobody takes longer to empty a pipe, unless he is stopped: then only the order may suffer.
_LOOKS_AT_PIPE = 2_000
_SECONDS_BETWEEN_LOOKS = 0.0005

Place = tuple[int, int]


class RecordedOutput(io.FileIO):
    """The raw end of `sys.stdout` or `sys.stderr` (stream 1 or 2)."""

    #: Of this process; None in a process that is no part of the run, as a fork server.
    link: Link | None = None

    def __init__(self, stream: int) -> None:
        super().__init__(stream, "w", closefd=False)
        self.name = "<stdout>" if stream == 1 else "<stderr>"
        self._stream = stream
        self._place = _place(stream)
        self._is_over = sys.is_finalizing

    def write(self, data: Any, /) -> int:
        """Send *data* (bytes-like); return how many of its bytes were sent."""
        # While the interpreter takes its modules down, ours may be gone before the script's.
        if self._is_over() or not self._is_recorded():
            return super().write(data)
        link = RecordedOutput.link
        assert link is not None
        piece = bytes(data[:LARGEST_PIECE])
        number = recorder.registry.numbers[get_ident()]
        _wait_until_empty(self._stream)
        now = perf_counter_ns()
        link.send(OUTPUT_HEADER.pack(Message.OUTPUT, self._stream, number, now) + piece)
        return super().write(data) if link.lost else len(piece)

    def _is_recorded(self) -> bool:
        link = RecordedOutput.link
        return link is not None and not link.lost and _place(self._stream) == self._place


def install() -> None:
    """Replace `sys.stdout` and `sys.stderr`."""
    sys.stdout = sys.__stdout__ = _text_stream(1, "strict", sys.stdout)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _text_stream(2, "backslashreplace", sys.stderr)  # type: ignore[misc]


def connect(link: Link) -> None:
    """Send over *link* from now on."""
    RecordedOutput.link = link


def _text_stream(stream: int, errors: str, bare: Any) -> io.TextIOWrapper:
    raw = RecordedOutput(stream)
    # With `-u` or PYTHONUNBUFFERED there is no buffer, and a script may ask.
    unbuffered = isinstance(getattr(bare, "buffer", None), io.FileIO)
    text: Any = io.TextIOWrapper(
        raw if unbuffered else io.BufferedWriter(raw),
        encoding="utf-8",
        errors=errors,
        line_buffering=True,
        write_through=unbuffered,
    )
    text.mode = "w"
    made: io.TextIOWrapper = text
    return made


def _place(stream: int) -> Place | None:
    """Return which file the descriptor is; None when it is closed."""
    try:
        status = os.fstat(stream)
    except OSError:
        return None
    return status.st_dev, status.st_ino


if sys.platform == "win32":

    def _wait_until_empty(stream: int) -> None:
        """Windows does not tell how full a pipe is."""

else:
    import fcntl
    import termios

    def _wait_until_empty(stream: int) -> None:
        """Wait until ThreadLab has taken what others wrote to the pipe before."""
        unread = bytes(4)
        for _ in range(_LOOKS_AT_PIPE):
            try:
                if not any(fcntl.ioctl(stream, termios.FIONREAD, unread)):
                    return
            except OSError:
                return  # no pipe: a file, or a system that does not say
            sleep(_SECONDS_BETWEEN_LOOKS)
