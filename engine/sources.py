"""One process of a run, as the intake knows it: its numbers and what they stand for in the trace.

Guarantees: a number that was never announced stands for none (0); one that is out of range is
refused, before room is made for it.
"""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.events import ObjectKind, WireError
from engine.trace import Process

LATE_NS = 100_000_000  # from here on a process is behind; a busy machine delays a batch by less


class Decoders(dict[int, codecs.IncrementalDecoder]):
    r"""From a stream's bytes to text, a stream apart; a character may come in two pieces.

    Bytes that are no UTF-8 are shown as such: `\xff`.
    """

    def __missing__(self, stream: int) -> codecs.IncrementalDecoder:
        made = self[stream] = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        return made


@dataclass(slots=True)
class Helpers:
    """The helper threads of a process, which are no lanes: when one was seen to run last.

    Attributes: natives (their native numbers); ran (raw time, 0: never).
    """

    natives: set[int] = field(default_factory=set)
    ran: int = 0
    _used: dict[int, int] = field(default_factory=dict)

    def read(self, native: int, raw: int, used: int) -> None:
        """Take a reading of the CPU time of a thread that is no lane."""
        if native in self.natives and self._used.get(native) != used:
            self._used[native] = used
            self.ran = raw


@dataclass(slots=True)
class Source:
    """One process's connections and its numbering.

    Attributes: process; lanes, objects, sites, texts (its numbers to the trace's); known (raw
    time up to which all is known), late (how long ago that was when it was taken in, in ns);
    is_quiet (nothing has come since); goodbye (how it ended, once it said so); open (connections);
    hidden (helper threads' numbers); hidden_acts (whether one of these has run code of the
    user's, as a callback of a process pool's future: it may do so again, unseen); helpers.
    """

    process: Process
    lanes: dict[int, int] = field(default_factory=dict)
    objects: npt.NDArray[np.uint32] = field(default_factory=lambda: np.zeros(256, np.uint32))
    sites: npt.NDArray[np.uint32] = field(default_factory=lambda: np.zeros(256, np.uint32))
    texts: npt.NDArray[np.uint32] = field(default_factory=lambda: np.zeros(256, np.uint32))
    known: int = 0
    late: int = 0
    is_quiet: bool = False
    goodbye: dict[str, Any] | None = None
    hidden: set[int] = field(default_factory=set)
    hidden_acts: bool = False
    helpers: Helpers = field(default_factory=Helpers)
    native: dict[int, int] = field(default_factory=dict)
    decoders: Decoders = field(default_factory=Decoders)

    def heard(self, upto: int, *, quiet: bool) -> None:
        """Note that all that happened up to *upto* (raw time) is known now."""
        self.known = max(self.known, upto)
        self.late = time.perf_counter_ns() - self.known
        self.is_quiet = quiet

    def is_behind(self, *, more: bool) -> bool:
        """Whether more has happened than was taken in: its threads are then not where they were.

        *more* says that messages wait to be taken in.
        """
        going = self.goodbye is None and self.process.end is None
        return going and (self.late > LATE_NS or (more and not self.is_quiet))


def known_until(sources: Iterable[Source], now: int, *, more: bool) -> int:
    """Return the raw time up to which lanes may go on in a state that was recorded.

    That is *now*, as a rule; *more* says that messages wait to be taken in. A process that records
    more than is taken in is shown only as far as it is known: to let its lanes go on up to now
    would show waits and ownerships that nobody observed. One that says nothing for a while is not
    late: a thread of it may hold the GIL in C, and that is what it does.
    """
    return min([now, *(source.known for source in sources if source.is_behind(more=more))])


def put(table: npt.NDArray[np.uint32], number: int, target: int) -> npt.NDArray[np.uint32]:
    """Return *table* with *target* as what *number* stands for. Raises WireError."""
    if not 0 <= number < 2**26:
        raise WireError(f"number {number} is out of range")
    if number >= len(table):
        table = np.concatenate([table, np.zeros(max(number + 1 - len(table), len(table)), "u4")])
    table[number] = target
    return table


def translate(table: npt.NDArray[np.uint32], numbers: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """Look *numbers* up; those that were never announced become 0 (none)."""
    known = numbers < len(table)
    return np.where(known, table[np.where(known, numbers, 0)], 0).astype(np.uint32)


def task_entry(
    number: int, pool: int, position: int, function: str, arguments: str, shared: str
) -> dict[str, Any]:
    """Return what the child says of a task in few words as it says it of any object."""
    told = {"pool": pool, "label": f"task {position}", "function": function, "arguments": arguments}
    if shared:
        told["shared"] = shared
    return {"number": number, "kind": ObjectKind.TASK, **told}


def json_of(message: bytes) -> dict[str, Any]:
    """Return the object of JSON behind the first byte of *message*. Raises WireError."""
    try:
        said = json.loads(message[1:])
    except ValueError as error:
        raise WireError(f"a message that is not JSON: {error}") from error
    if not isinstance(said, dict):
        raise WireError("a message that is not an object")
    return said
