"""Event loops of asyncio: when one has nothing to run, and which thread ends that.

Why: with `asyncio.to_thread` and `run_in_executor` the loop's thread waits for the pool's, and it
does so in a selector. Guarantees: a wait is recorded only when nothing is ready; it was ended by a
thread only where that thread called into the loop and nothing else was ready; a socket, a signal
or a timer of the loop's own ends it otherwise, and then nobody is named. Selectors that anybody
else uses are the library's own. Nothing of asyncio is imported before the script does it.
"""

from __future__ import annotations

import functools
import os
import selectors
import sys
from types import FrameType
from typing import Any

from ..events import Deed, Flag, Kind, ObjectKind
from .notices import Cell, ticket_for
from .owner import NOWHERE, maker, user_site
from .recorder import recorder
from .threads import timeout_value

_LOOP = "_threadlab_loop"
_CELL = "_threadlab_cell"
_ASYNCIO = os.path.join(os.path.dirname(selectors.__file__), "asyncio") + os.sep
_SELECTORS = ("EpollSelector", "KqueueSelector", "DevpollSelector", "PollSelector")


def install() -> None:
    """Patch the selectors that an event loop may wait in."""
    for name in (*_SELECTORS, "SelectSelector"):
        made = getattr(selectors, name, None)
        if made is not None and "select" in made.__dict__:
            _watch_select(made)


def asyncio_makes(instance: object) -> bool:
    """Whether asyncio makes *instance*, whose `__init__` is running, for code of the user's."""
    frame = maker(instance)
    return (
        frame is not None
        and frame.f_code.co_filename.startswith(_ASYNCIO)
        and user_site(frame) is not NOWHERE
    )


def _watch_select(made: Any) -> None:
    bare = made.select

    @functools.wraps(bare)
    def select(self: Any, timeout: float | None = None) -> Any:
        frame = sys._getframe(1)
        if (timeout is not None and timeout <= 0) or not _is_loop(frame):
            return bare(self, timeout)
        loop = frame.f_locals.get("self")
        number = _number(loop, frame)
        if not number:
            return bare(self, timeout)
        cell: Cell = [0]
        loop.__dict__[_CELL] = cell
        try:
            return bare(self, 0) or _wait(bare, self, timeout, loop, cell)
        finally:
            loop.__dict__.pop(_CELL, None)

    made.select = select


def _is_loop(frame: FrameType) -> bool:
    return frame.f_code.co_name == "_run_once" and frame.f_code.co_filename.startswith(_ASYNCIO)


def _number(loop: Any, frame: FrameType) -> int:
    """Return the number of *loop*, which runs in *frame*; 0 where a library runs it for itself."""
    number = loop.__dict__.get(_LOOP)
    if number is None:
        site = user_site(frame)
        number = 0
        if site is not NOWHERE:
            number = recorder.registry.add_object(ObjectKind.LOOP, site, named=False)
            _watch_calls(type(loop))
        loop.__dict__[_LOOP] = number
    return int(number)


def _wait(bare: Any, selector: Any, timeout: float | None, loop: Any, cell: Cell) -> Any:
    number = loop.__dict__[_LOOP]
    ready: Any = None
    recorder.record(Kind.LOOP_WAIT, number, timeout_value(timeout))
    try:
        ready = bare(selector, timeout)
        return ready
    finally:
        expired = timeout is not None and ready == []
        called = bool(ready) and all(key.fd == _own_socket(loop) for key, _ in ready)
        ticket = cell[0] if called else 0
        recorder.record(Kind.WAIT_END, number, ticket, flags=Flag.TIMED_OUT if expired else 0)


def _own_socket(loop: Any) -> Any:
    """Return the file number of the socket through which other threads wake *loop*."""
    socket = getattr(loop, "_ssock", None)
    return None if socket is None else socket.fileno()


def _watch_calls(made: Any) -> None:
    """Let the loops of class *made* tell who calls into them from another thread."""
    bare = getattr(made, "_write_to_self", None)
    if bare is None or hasattr(bare, "_threadlab_bare"):
        return

    @functools.wraps(bare)
    def _write_to_self(self: Any) -> None:
        cell = self.__dict__.get(_CELL)
        if cell is not None and not cell[0]:
            cell[0] = ticket_for(self.__dict__[_LOOP], Deed.CALLED)
        bare(self)

    _write_to_self._threadlab_bare = bare  # type: ignore[attr-defined]
    made._write_to_self = _write_to_self
