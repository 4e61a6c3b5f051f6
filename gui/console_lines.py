"""What was printed up to a moment, as the lines that a terminal would show.

Why: a script may print without end; the console must know how many lines there were without
laying out more than the last few hundred.

Guarantees: pieces of several threads that share a line stay in one line, in the order in which
they were printed; counting costs only what was printed since the last call; long lines and huge
pieces are cut, visibly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate

from engine.trace import Output, Trace

LINE_LENGTH = 2_000  # characters
PIECE_LENGTH = 200_000  # characters of one piece that are looked at
CUT = "…"
# Terminals act on these; here they would only be seen as rubbish.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
_CONTROLS = dict.fromkeys([*range(9), *range(11, 13), *range(14, 32), 127])


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line: printed by *thread* (-1: not known) on *stream* (1 or 2)."""

    thread: int
    stream: int
    text: str


Line = tuple[Piece, ...]


@dataclass(slots=True)
class LineCounter:
    """Counts the lines of a trace's output; a cache of running totals, nothing more."""

    _trace: Trace | None = None
    _counted: list[Output] = field(default_factory=list)
    _totals: list[int] = field(default_factory=list)

    def count(self, trace: Trace, pieces: int) -> int:
        """Return how many line ends the first *pieces* pieces of output hold."""
        if trace is not self._trace:
            self._trace, self._counted, self._totals = trace, [], []
        # A piece that came late is put where its time belongs: what was counted behind it moved.
        while self._counted and (
            len(self._counted) > len(trace.outputs)
            or trace.outputs[len(self._counted) - 1] is not self._counted[-1]
        ):
            self._counted.pop()
            self._totals.pop()
        new = trace.outputs[len(self._counted) :]
        total = self._totals[-1] if self._totals else 0
        ends = accumulate((output.text.count("\n") for output in new), initial=total)
        self._totals.extend(list(ends)[1:])
        self._counted.extend(new)
        return self._totals[pieces - 1] if pieces else 0


def last_lines(trace: Trace, pieces: int, limit: int) -> list[Line]:
    """Return the last *limit* lines of the first *pieces* pieces of output, oldest first."""
    wanted: list[Output] = []
    ends = 0
    for output in reversed(trace.outputs[max(0, pieces - 50 * limit) : pieces]):
        ends += output.text.count("\n")
        wanted.append(output)
        if ends > limit:
            break
    lines: list[list[Piece]] = [[]]
    for output in reversed(wanted):
        _add(lines, output)
    if not lines[-1]:
        lines.pop()
    return [_cut(line) for line in lines[-limit:]]


def _add(lines: list[list[Piece]], output: Output) -> None:
    text = output.text
    if len(text) > PIECE_LENGTH:
        text = CUT + text[-PIECE_LENGTH:]
    text = _ESCAPES.sub("", text.replace("\r\n", "\n")).translate(_CONTROLS)
    for number, part in enumerate(text.split("\n")):
        if number:
            lines.append([])
        if "\r" in part:  # the line is written over from its start, as progress bars do
            lines[-1].clear()
        left = part.rsplit("\r", 1)[-1]
        if left:
            _extend(lines[-1], Piece(output.thread, output.stream, left))


def _extend(line: list[Piece], piece: Piece) -> None:
    last = line[-1] if line else None
    if last and (last.thread, last.stream) == (piece.thread, piece.stream):
        if len(last.text) <= LINE_LENGTH:
            line[-1] = Piece(last.thread, last.stream, last.text + piece.text)
    else:
        line.append(piece)


def _cut(line: list[Piece]) -> Line:
    room = LINE_LENGTH
    kept = []
    for piece in line:
        if room <= 0:
            break
        text = piece.text if len(piece.text) <= room else piece.text[:room] + CUT
        kept.append(Piece(piece.thread, piece.stream, text))
        room -= len(piece.text)
    return tuple(kept)
