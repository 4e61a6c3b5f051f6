"""The log of one process, and the iterators that write to it without giving the GIL away.

Why: CPython offers the GIL at calls, backward jumps and function entries of Python code. A probe
that adds such a place while a lock is held makes waits that the script alone does not have
(measured: 5,000 to 20,000 on 200,000 acquisitions). So a record is written by one step of an
endless iterator built of C callables, and nothing in it runs Python code.

Guarantees, under the GIL:
- One step of a pipe takes the time, the thread and the line, and appends, with no switch of
  threads in between: the log is in the order of time.
- A thread's first record may run `ThreadNumbers.__missing__` (a thread that no probe saw start);
  nothing else is Python.

A pipe needs a Python frame to take the line from. C code at the very bottom of a thread
(`_thread.start_new_thread(lock.release, ())`, `atexit.register(lock.release)`) has none, and
gets a ValueError; wrap such a call in a function.
"""

from __future__ import annotations

import sys
import time
from _thread import get_ident
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat, starmap
from operator import attrgetter
from typing import Any

from ..events import Kind, what
from .owner import NOWHERE, Site, user_site
from .registry import Registry

Record = tuple[Any, int, int, int, Site]
EACH: repeat[tuple[()]] = repeat(())

_line_of = attrgetter("f_code.co_filename", "f_lineno")


class Recorder:
    """What the probes of this process write to.

    Attributes:
        log: records not yet sent, (value, time, thread, what, site).
        registry: the names behind the numbers.
        times, threads: endless iterators, the clock and the calling thread's number.
    """

    def __init__(self) -> None:
        self.log: list[Record] = []
        self.registry = Registry()
        self.times: Iterator[int] = starmap(time.perf_counter_ns, EACH)
        self.threads: Iterator[int] = map(
            self.registry.numbers.__getitem__, starmap(get_ident, EACH)
        )
        self._sites: dict[int, Iterator[Site]] = {}

    def sites(self, depth: int) -> Iterator[Site]:
        """Return an endless iterator of the line *depth* Python frames above who steps it."""
        found = self._sites.get(depth)
        if found is None:
            frames: Callable[[int], object] = sys._getframe
            found = self._sites[depth] = map(_line_of, starmap(frames, repeat((depth,))))
        return found

    def pipe(
        self,
        kind: Kind,
        obj: int = 0,
        *,
        values: Iterable[object] = repeat(0),
        site: int | Site = 0,
    ) -> Iterator[None]:
        """Return an endless iterator each of whose steps appends one record.

        *site* is a fixed line, or the depth of the frame to take it from. *values* is stepped
        before the time is taken.
        """
        lines = self.sites(site) if isinstance(site, int) else repeat(site)
        columns = zip(values, self.times, self.threads, repeat(what(kind, obj)), lines)
        return map(self.log.append, columns)

    def record(
        self, kind: Kind, obj: int = 0, value: object = 0, site: Site | None = None, flags: int = 0
    ) -> None:
        """Append one record from Python code, where the GIL may be given away anyway.

        Without *site* the line is the innermost one of the user's own code.
        """
        line = user_site(sys._getframe(1)) if site is None else site
        columns = zip(
            (value,), self.times, self.threads, (what(kind, obj, flags),), (line,), strict=False
        )
        # `for` offers the GIL to nobody, so that the time and the place in the log agree.
        for _ in map(self.log.append, columns):
            break


#: One recorder a process: the probes live in classes of the standard library, of which there is
#: one a process as well.
recorder = Recorder()

__all__ = ["EACH", "NOWHERE", "Record", "Recorder", "Site", "recorder"]
