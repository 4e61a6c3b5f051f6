"""The log of one process in plain Python, and the iterators that write to it.

Why: where no C compiler has made the accelerator (`native_log`), this does the same. CPython
offers the GIL at calls, backward jumps and function entries of Python code. A probe that adds
such a place while a lock is held makes waits that the script alone does not have (measured:
5,000 to 20,000 on 200,000 acquisitions). So a record is written by one step of an endless
iterator built of C callables, and nothing in it runs Python code.

Guarantees, under the GIL: one step of a pipe takes the time, the thread and the line, and
appends, with no switch of threads in between: the log is in the order of time. A thread's first
record may run `ThreadNumbers.__missing__` (a thread that no probe saw start); nothing else is
Python. Without a GIL there is none to give away, and an iterator shared by threads is not safe to
step: a pipe is an object with a method there (`SharedPipe`), and the log is in an order that
agrees with every lock: what is let go is noted before, what is taken after.

A composed pipe needs a Python frame to take the line from. C code at the very bottom of a thread
(`_thread.start_new_thread(lock.release, ())`, `atexit.register(lock.release)`) has none, and
gets a ValueError; wrap such a call in a function. (The accelerator has no such limit.)
"""

from __future__ import annotations

import struct
import sys
from _thread import get_ident
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat, starmap
from operator import attrgetter, itemgetter
from time import perf_counter_ns
from typing import Any

from ..events import Flag, pack_batch
from .owner import NOWHERE, Site, has_gil
from .reading import computed
from .registry import Registry
from .texts import value_text

Record = tuple[Any, int, int, int, Site]
EACH: repeat[tuple[()]] = repeat(())

_line_of = attrgetter("f_code.co_filename", "f_lineno")
_value, _time, _thread, _what, _site = map(itemgetter, range(5))
_DOUBLE = struct.Struct("<d")
_AS_INT = struct.Struct("<q")
_INT64 = range(-(2**63), 2**63)


class SharedPipe:
    """One pipe that many threads may step at once."""

    __slots__ = ("_depth", "_line", "_log", "_values", "_what")

    def __init__(
        self, log: PythonLog, what: int, values: Iterable[object], site: int | Site
    ) -> None:
        self._log = log
        self._what = what
        self._values = iter(values)
        self._depth = site + 1 if isinstance(site, int) else -1
        self._line = NOWHERE if isinstance(site, int) else site

    def __iter__(self) -> Iterator[None]:
        return self

    def __next__(self) -> None:
        self._step(self._depth + 1)

    def __contains__(self, _: object) -> bool:
        try:
            self._step(self._depth + 1)
        except StopIteration:  # the values have nothing to record there
            return False
        return True

    def _step(self, depth: int) -> None:
        value = next(self._values)
        line: Site = self._line if not depth else _line_of(sys._getframe(depth))
        self._log.append(value, self._what, line)


class PythonLog:
    """Records not yet sent: (value, time, thread, what, site).

    Attributes: registry, the names behind the numbers; records.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.records: list[Record] = []
        self._times: Iterator[int] = starmap(perf_counter_ns, EACH)
        self._threads: Iterator[int] = map(registry.numbers.__getitem__, starmap(get_ident, EACH))
        self._sites: dict[int, Iterator[Site]] = {}
        self._shared = not has_gil()

    def pipe(self, what: int, values: int | Iterable[object], site: int | Site) -> Iterator[None]:
        """Return an endless iterator each of whose steps (`None in pipe`) appends one record.

        *site* is a fixed line, or how many Python frames above who steps it to take it from.
        *values* is one number for all, or is stepped before the time is taken.
        """
        stepped = repeat(values) if isinstance(values, int) else values
        if self._shared:
            return SharedPipe(self, what, stepped, site)
        lines = self._lines(site) if isinstance(site, int) else repeat(site)
        columns = zip(stepped, self._times, self._threads, repeat(what), lines)
        return map(self.records.append, columns)

    def name_pipe(
        self,
        what: int,
        namespace: dict[str, Any],
        name: str,
        values: Iterable[object],
        site: Site,
    ) -> Iterator[None]:
        """Return a pipe that records what *namespace* holds under *name*, as *values* gives it."""
        return self.pipe(what, values, site)

    def append(self, value: object, what: int, site: Site, thread: int | None = None) -> None:
        """Append one record from Python code, where the GIL may be given away anyway."""
        threads = self._threads if thread is None else (thread,)
        columns = zip((value,), self._times, threads, (what,), (site,), strict=False)
        # `for` offers the GIL to nobody, so that the time and the place in the log agree.
        for _ in map(self.records.append, columns):
            break

    def take(self, limit: int) -> bytes | None:
        """Return the next at most *limit* records as a BATCH message, or None.

        Only one thread at a time may call this.
        """
        now = perf_counter_ns()
        chunk = self.records[:limit]
        del self.records[: len(chunk)]  # atomic, as the slice is; new records stand behind it
        return self._pack(chunk, now) if chunk else None

    def clear(self) -> None:
        """Forget what was recorded."""
        self.records.clear()

    def troubles(self) -> tuple[int, int]:
        """Return how often a writer was held up, and how many records were lost."""
        return 0, 0

    def _lines(self, depth: int) -> Iterator[Site]:
        found = self._sites.get(depth)
        if found is None:
            frames: Callable[[int], object] = sys._getframe
            found = self._sites[depth] = map(_line_of, starmap(frames, repeat((depth,))))
        return found

    def _pack(self, chunk: list[Record], now: int) -> bytes:
        values = list(map(_value, chunk))
        whats = list(map(_what, chunk))
        if set(map(type, values)) != {int}:
            self._encode(values, whats)
        try:
            packed = array("q", values)
        except OverflowError:
            self._encode(values, whats)
            packed = array("q", values)
        columns = {
            "value": packed,
            "time": array("Q", map(_time, chunk)),
            "what": array("Q", whats),
            "thread": array("I", map(_thread, chunk)),
            "site": array("I", map(self.registry.sites.__getitem__, map(_site, chunk))),
        }
        return pack_batch(columns, now)

    def _encode(self, values: list[Any], whats: list[int]) -> None:
        """Turn what is no 64-bit integer into a float's bits or the number of a text."""
        for index, read in enumerate(values):
            flag, values[index] = encoded(read, self.registry.texts)
            whats[index] |= flag << 8


def encoded(read: object, texts: Mapping[str, int]) -> tuple[int, int]:
    """Return (flags, 64 bits) for a value as it was read: itself, a float, or a text's number."""
    value = computed(read)
    if type(value) is int and value in _INT64:
        return 0, value
    if type(value) is float:
        bits: int = _AS_INT.unpack(_DOUBLE.pack(value))[0]
        return Flag.FLOAT, bits
    return Flag.TEXT, texts[value_text(value)]
