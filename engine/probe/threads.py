"""Threads: when they are started, begin and end, wait for each other, and are renamed.

Why in place: `_MainThread`, `Timer`, `isinstance` and subclasses that override `run` depend on
`threading.Thread` being itself. Guarantees: every thread that `threading` starts is a lane, also
one that a library starts for the user; helper threads of `multiprocessing` are announced as
hidden; a join is recorded only when the other thread is alive, so only when it waits.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from _thread import get_ident
from concurrent.futures import _base
from types import FrameType
from typing import Any

from ..events import Flag, Kind, ObjectKind
from .failures import Failure, unhandled, without_probes
from .owner import creation_site, made_by_user
from .recorder import NOWHERE, recorder
from .registry import thread_entry
from .texts import Text

_NUMBER = "_threadlab_number"  # of the lane
_OBJECT = "_threadlab_object"  # of the thread object
_EXECUTORS = os.path.dirname(_base.__file__) + os.sep
_HELPERS = ("multiprocessing.", "concurrent.futures.process")
_THREADS_LIKE_PROCESSES = "multiprocessing.dummy"  # a ThreadPool's workers

_Thread = threading.Thread
_init, _start, _join = _Thread.__init__, _Thread.start, _Thread.join
_bootstrap_inner = _Thread._bootstrap_inner  # type: ignore[attr-defined]
_name = _Thread.name


def install() -> None:
    """Patch `threading.Thread` and announce the main thread."""
    recorder.registry.add_main_thread()
    _Thread.__init__ = initialise  # type: ignore[method-assign]
    _Thread.start = start  # type: ignore[method-assign]
    _Thread.join = join  # type: ignore[method-assign]
    _Thread._bootstrap_inner = bootstrap_inner  # type: ignore[attr-defined]
    _Thread.name = property(_name.fget, set_name, doc=_name.__doc__)  # type: ignore[attr-defined,assignment]


def number_of(thread: threading.Thread) -> int:
    """Return the number of *thread*'s lane; 0, the main thread's, when it has none."""
    return int(thread.__dict__.get(_NUMBER, 0))


@functools.wraps(_init)
def initialise(self: threading.Thread, *arguments: Any, **named: Any) -> None:
    """Make a thread and give the thread object a number."""
    _init(self, *arguments, **named)
    target = getattr(self, "_target", None)
    self.__dict__[_OBJECT] = recorder.registry.add_object(
        ObjectKind.THREAD,
        creation_site(self),
        named=made_by_user(self),
        target=getattr(target, "__qualname__", ""),
    )


@functools.wraps(_start)
def start(self: Any) -> None:
    """Start a thread, after its lane has been announced."""
    obj = self.__dict__.get(_OBJECT, 0)
    if obj and not self._ident and _NUMBER not in self.__dict__:
        entry = thread_entry(self, obj)
        self.__dict__[_NUMBER] = recorder.registry.add_thread(**entry, **_hidden())
        _watch_failure(self)
        recorder.record(Kind.THREAD_START, obj)
    _start(self)


@functools.wraps(_bootstrap_inner)
def bootstrap_inner(self: threading.Thread) -> None:
    """Run a thread from its first moment to its last."""
    number = number_of(self)
    if not number:
        _bootstrap_inner(self)
        return
    ident = get_ident()
    recorder.registry.numbers[ident] = number
    recorder.registry.update(
        "threads", number, ident=ident, native_id=threading.get_native_id(), name=self.name
    )
    recorder.record(Kind.THREAD_BEGIN, site=NOWHERE)
    try:
        _bootstrap_inner(self)
    finally:
        recorder.record(Kind.THREAD_END, site=NOWHERE)


@functools.wraps(_join)
def join(self: Any, timeout: float | None = None) -> None:
    """Wait for a thread to end, and record it if there is a wait."""
    obj = self.__dict__.get(_OBJECT, 0)
    limit = timeout_value(timeout)
    wait = None
    if obj and limit and self._ident not in (None, get_ident()) and _goes_on(self):
        wait = _wait_of(sys._getframe(1))
    if wait is None:
        _join(self, timeout)
        return
    recorder.record(wait, obj, limit)
    try:
        _join(self, timeout)
    finally:
        flags = Flag.TIMED_OUT if limit > 0 and _goes_on(self) else 0
        recorder.record(Kind.JOIN_END, obj, flags=flags)


def _goes_on(thread: Any) -> bool:
    """Whether *thread* has not ended. Unlike `is_alive`, it leaves no trace in the thread."""
    lock = getattr(thread, "_tstate_lock", None)  # up to Python 3.12; None once it has ended
    if lock is not None:
        return bool(lock.locked())
    # From 3.13 on, and as 3.14 calls it.
    handle = getattr(thread, "_handle", None) or getattr(thread, "_os_thread_handle", None)
    return handle is not None and not handle.is_done()


def _wait_of(caller: FrameType) -> Kind | None:
    """Return which wait it is that joins a thread; None: one that is shown already."""
    if not caller.f_code.co_filename.startswith(_EXECUTORS):
        return Kind.JOIN_WAIT
    # `_python_exit`: the end of the script waits for the workers of every pool.
    return Kind.SHUTDOWN_WAIT if caller.f_code.co_name == "shutdown" else None


def set_name(self: threading.Thread, name: str) -> None:
    """Rename a thread, and say so."""
    _name.fset(self, name)  # type: ignore[attr-defined]
    number = number_of(self)
    if number or self is threading.main_thread():
        recorder.registry.update("threads", number, name=self.name)


def timeout_value(timeout: float | None) -> int:
    """Return a time-out in ns, -1 where there is none; 0 for what is no time to wait at all."""
    if not isinstance(timeout, int | float) or timeout > threading.TIMEOUT_MAX:
        return -1
    return int(timeout * 1e9) if timeout > 0 else 0  # what is not a number is not above 0


def _hidden() -> dict[str, Any]:
    """Whether the thread being started is a helper inside `multiprocessing`."""
    module = sys._getframe(2).f_globals.get("__name__", "")
    is_helper = module.startswith(_HELPERS) and module != _THREADS_LIKE_PROCESSES
    return {"hidden": True} if is_helper else {}


def _watch_failure(thread: threading.Thread) -> None:
    """Note what ends *thread*, then let `threading` say so as it always does."""
    invoke = thread._invoke_excepthook  # type: ignore[attr-defined]

    def noting(this: threading.Thread) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, SystemExit):
            without_probes(error)
            failure = Failure.of(error, this.name)
            unhandled.append(failure)
            recorder.record(Kind.RAISED, 0, Text(failure.headline), failure.site)
        invoke(this)

    thread._invoke_excepthook = noting  # type: ignore[attr-defined]
