"""What was printed, and what was typed: pieces of text in order of time.

Why: a script may print without end. A list of texts grows without bound and takes ten times what
was printed; here pieces are columns, and their texts one column of letters, under the trace's
account of memory: past its limit the oldest ones are on disk.

Guarantees: nothing is dropped; ascending in time, a late piece is put where its time belongs;
looking up a time, a piece, or how many lines were printed by then costs the logarithm of how many
there are; adding is amortised O(1).
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import overload

import numpy as np

from engine.columns import Ints
from engine.memory import Memory
from engine.table import Table

_NEWEST = 512  # pieces that are kept as they came
_NEWEST_TEXT = 1 << 16  # letters of them
_LARGE = 1 << 16  # bytes; the last text as large as this is kept decoded
_AT_ONCE = 256
_NOBODY = 2**32 - 1
_PIECE = (
    ("time", np.int64),
    ("ends", np.int64),
    ("place", np.int64),
    ("bytes", np.int64),
    ("thread", np.uint32),
    ("stream", np.uint8),
)


@dataclass(frozen=True, slots=True)
class Output:
    """A piece of printed text. *thread* is -1 where no thread is known; *stream* is 1 or 2.

    What a person typed is here too, with *stream* 0, as a terminal shows both.
    """

    time: int
    thread: int
    stream: int
    text: str


class OutputTable(Sequence[Output]):
    """Every piece, ascending in time; each is made when asked for."""

    def __init__(self, memory: Memory) -> None:
        self._pieces = Table(_PIECE, memory)
        self._letters = Table((("letter", np.uint8),), memory)  # UTF-8, one text after the other
        self._large = (-1, -1, "")  # a large text that was read last: place, size
        self._newest: list[Output] = []
        #: How many lines had ended before each of the newest ones, and at last.
        self._ends = [0]
        self._size = 0  # letters in the newest ones

    def __len__(self) -> int:
        return len(self._pieces) + len(self._newest)

    def add(self, output: Output) -> None:
        """Add one piece where its time belongs; pieces arrive almost in order."""
        newest = self._newest
        if not newest and len(self._pieces) and output.time < self._pieces["time"].last():
            self._add_late(output)
            return
        if newest and output.time < newest[-1].time:
            if output.time < newest[0].time:
                self._pack()
                self._add_late(output)
                return
            newest.insert(bisect_right(newest, output.time, key=attrgetter("time")), output)
            self._count(self._ends[0])
        else:
            newest.append(output)
            self._ends.append(self._ends[-1] + output.text.count("\n"))
        self._size += len(output.text)
        if len(newest) >= _NEWEST or self._size >= _NEWEST_TEXT:
            self._pack()

    def extend(self, outputs: Iterable[Output]) -> None:
        """Add several pieces."""
        for output in outputs:
            self.add(output)

    def _count(self, before: int) -> None:
        counts = (output.text.count("\n") for output in self._newest)
        self._ends = list(itertools.accumulate(counts, initial=before))

    def _pack(self) -> None:
        """Move the newest pieces into columns."""
        newest = self._newest
        if not newest:
            return
        texts = [_encoded(output.text) for output in newest]
        sizes = np.array([len(text) for text in texts], np.int64)
        places = len(self._letters) + np.cumsum(sizes) - sizes
        self._letters.extend(np.frombuffer(b"".join(texts), np.uint8))
        self._pieces.extend(
            np.array([output.time for output in newest], np.int64),
            np.array(self._ends[1:], np.int64),
            places,
            sizes,
            np.array([output.thread & _NOBODY for output in newest], np.uint32),
            np.array([output.stream for output in newest], np.uint8),
        )
        self._ends = self._ends[-1:]
        self._newest = []
        self._size = 0

    def _add_late(self, output: Output) -> None:
        """Put a piece among those that are packed, near their end."""
        place = self._pieces["time"].index_at(output.time)
        later = [self._pieces[name][place:].copy() for name, _ in _PIECE]
        lines = output.text.count("\n")
        before = int(self._pieces["ends"][place - 1]) if place else 0
        text = _encoded(output.text)
        self._pieces.cut(place)
        self._pieces.append(
            output.time,
            before + lines,
            len(self._letters),
            len(text),
            output.thread & _NOBODY,
            output.stream,
        )
        self._letters.extend(np.frombuffer(text, np.uint8))
        later[1] += lines
        self._pieces.extend(*later)
        self._ends = [self._ends[0] + lines]

    # ---- looking things up

    @overload
    def __getitem__(self, index: int) -> Output: ...
    @overload
    def __getitem__(self, index: slice) -> list[Output]: ...
    def __getitem__(self, index: int | slice) -> Output | list[Output]:
        """Return piece number *index*, or a range of them."""
        if isinstance(index, slice):
            begin, end, step = index.indices(len(self))
            if step == 1:
                return list(self._between(begin, max(begin, end)))
            return [self[place] for place in range(begin, end, step)]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        packed = len(self._pieces)
        return (
            next(self._between(place, place + 1))
            if place < packed
            else self._newest[place - packed]
        )

    def _between(self, begin: int, end: int) -> Iterator[Output]:
        packed = len(self._pieces)
        stop = min(end, packed)
        if begin < stop:
            columns = {name: self._pieces[name][begin:stop] for name, _ in _PIECE}
            texts = self._read(columns["place"], columns["bytes"])
            rows = zip(
                *(columns[name].tolist() for name in ("time", "thread", "stream")), strict=True
            )
            for (time, thread, stream), text in zip(rows, texts, strict=True):
                yield Output(time, -1 if thread == _NOBODY else thread, stream, text)
        yield from self._newest[max(begin, packed) - packed : max(end, packed) - packed]

    def _read(self, places: Ints, sizes: Ints) -> Iterator[str]:
        """Yield the texts at *places*; those that stand close together are read at once."""
        begin, end = int(places.min()), int((places + sizes).max())
        if end - begin > _LARGE:
            yield from map(self._text, places.tolist(), sizes.tolist())
            return
        data = self._letters["letter"][begin:end].tobytes()
        for place, size in zip((places - begin).tolist(), sizes.tolist(), strict=True):
            yield data[place : place + size].decode("utf-8", "surrogatepass")

    def _text(self, place: int, size: int) -> str:
        if self._large[:2] == (place, size):
            return self._large[2]
        data = self._letters["letter"][place : place + size].tobytes()
        text = data.decode("utf-8", "surrogatepass")
        if size >= _LARGE:
            self._large = (place, size, text)
        return text

    def __iter__(self) -> Iterator[Output]:
        for begin in range(0, len(self), _AT_ONCE):
            yield from self._between(begin, min(len(self), begin + _AT_ONCE))

    def backwards(self, pieces: int) -> Iterator[Output]:
        """Yield the first *pieces* pieces, the last one first; reads no more than is taken."""
        end = pieces
        size = 16
        while end > 0:
            begin = max(0, end - size)
            yield from reversed(list(self._between(begin, end)))
            end, size = begin, min(_AT_ONCE, 2 * size)

    def index_at(self, t: int) -> int:
        """Return how many pieces were printed up to *t* (ns)."""
        newest = self._newest
        if newest and newest[0].time <= t:
            return len(self._pieces) + bisect_right(newest, t, key=attrgetter("time"))
        return self._pieces["time"].index_at(t)

    def line_ends(self, pieces: int) -> int:
        """Return how many line ends the first *pieces* pieces hold."""
        packed = len(self._pieces)
        if pieces >= packed:
            return self._ends[pieces - packed]
        return int(self._pieces["ends"][pieces - 1]) if pieces else 0

    def piece_of_line(self, line: int) -> int:
        """Return how many pieces come before the one that ends line number *line* (from 0)."""
        packed = len(self._pieces)
        if line >= self._ends[0]:
            return packed + bisect_right(self._ends, line) - 1
        return self._pieces["ends"].index_at(line)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
