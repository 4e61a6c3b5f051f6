"""What was printed up to a moment, as the lines that a terminal would show.

Why: a script may print without end; the console must know how many lines there were without
laying out more than the last few hundred.

Guarantees: pieces of several threads that share a line stay in one line, in the order in which
they were printed; what is read is what is shown; long lines and huge pieces are cut, visibly.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

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


def line_count(trace: Trace, pieces: int) -> int:
    """Return how many lines the first *pieces* pieces of output are; the last may be open."""
    is_open = bool(pieces) and not trace.outputs[pieces - 1].text.endswith("\n")
    return trace.outputs.line_ends(pieces) + is_open


def lines_upto(trace: Trace, pieces: int, until: int, limit: int) -> list[Line]:
    """Return the last *limit* of the first *until* lines that the first *pieces* pieces are."""
    if until < line_count(trace, pieces):
        pieces = min(pieces, trace.outputs.piece_of_line(until - 1) + 1)
    over = max(0, line_count(trace, pieces) - until)
    found = last_lines(trace, pieces, limit + over)
    return found[: len(found) - over]


def last_lines(trace: Trace, pieces: int, limit: int) -> list[Line]:
    """Return the last *limit* lines of the first *pieces* pieces of output, oldest first."""
    wanted: list[Output] = []
    ends = 0
    for output in itertools.islice(trace.outputs.backwards(pieces), 50 * limit):
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
    line, end, more = text.partition("\n")
    if not more and line.isprintable():  # nearly all: a line as `print` writes it
        if line:
            _extend(lines[-1], Piece(output.thread, output.stream, line))
        if end:
            lines.append([])
        return
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
    if len(line) == 1 and len(line[0].text) <= LINE_LENGTH:
        return tuple(line)
    room = LINE_LENGTH
    kept = []
    for piece in line:
        if room <= 0:
            break
        text = piece.text if len(piece.text) <= room else piece.text[:room] + CUT
        kept.append(Piece(piece.thread, piece.stream, text))
        room -= len(piece.text)
    return tuple(kept)
