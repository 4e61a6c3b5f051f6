"""Futures: who waits for a result, who brings it, and where its callbacks run.

Guarantees: a task ends before anyone gets its result; a callback is told by the thread that runs
it, before it runs; a future that the script makes itself is shown by its own name; those that a
library makes, outside of a pool that is shown, are not.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable
from concurrent.futures import Future, _base
from typing import Any

from ..events import Flag, Kind, ObjectKind
from .owner import NOWHERE, Site, is_user_file, user_site
from .recorder import recorder
from .texts import Text, call_texts, error_text, short_repr
from .threads import timeout_value

_DONE = frozenset({_base.FINISHED, _base.CANCELLED, _base.CANCELLED_AND_NOTIFIED})
_in_map = getattr(getattr(_base, "_result_or_cancel", None), "__code__", None)


def install() -> None:
    """Patch `concurrent.futures.Future`."""
    _watch_making()
    for name in ("result", "exception"):
        _watch_result(name, getattr(Future, name))
    _watch_ends()
    _watch_callbacks()


def _watch_making() -> None:
    init = Future.__init__

    @functools.wraps(init)
    def initialise(self: Any) -> None:
        init(self)
        if recorder.user_at(1):
            self._threadlab_task = recorder.registry.add_object(ObjectKind.FUTURE, user_site())

    patched: Any = Future
    # Not asked of an instance's `__dict__`: to make that slows the instance down.
    patched._threadlab_task = patched._threadlab_pool = 0
    patched._threadlab_in_thread = False
    patched.__init__ = initialise


def _watch_result(name: str, bare: Any) -> None:
    @functools.wraps(bare)
    def waiting(self: Any, timeout: float | None = None) -> Any:
        task = self._threadlab_task
        limit = timeout_value(timeout)
        # The state is read without the future's lock, as a look alone must not wait for it.
        if not task or not limit or self._state in _DONE:
            return bare(self, timeout)
        in_map = sys._getframe(1).f_code is _in_map
        begins = Flag.INDIRECT if in_map else 0
        recorder.record(Kind.RESULT_WAIT, task, limit, flags=begins)
        ends = 0
        try:
            return bare(self, timeout)
        except TimeoutError as error:
            ends = 0 if error is self._exception else Flag.TIMED_OUT
            raise
        finally:
            recorder.record(Kind.RESULT_END, task, flags=ends)

    setattr(Future, name, waiting)


def _watch_ends() -> None:
    begin, cancel = Future.set_running_or_notify_cancel, Future.cancel
    succeed, fail = Future.set_result, Future.set_exception

    @functools.wraps(begin)
    def set_running_or_notify_cancel(self: Any) -> bool:
        begins = begin(self)
        if begins and self._threadlab_in_thread:
            recorder.record(Kind.TASK_BEGIN, self._threadlab_task, 0, NOWHERE)
        return begins

    @functools.wraps(cancel)
    def watched_cancel(self: Any) -> bool:
        before, after = self.cancelled(), cancel(self)
        if after and not before and self._threadlab_task:
            recorder.record(Kind.TASK_CANCELLED, self._threadlab_task)
            recorder.registry.forget(self._threadlab_task)
        return after

    @functools.wraps(succeed)
    def set_result(self: Any, result: Any) -> None:
        if self._threadlab_task:
            end_task(self._threadlab_task, result)
        succeed(self, result)

    @functools.wraps(fail)
    def set_exception(self: Any, exception: Any) -> None:
        if self._threadlab_task and exception is not None:
            end_task(self._threadlab_task, exception, raised=True)
        fail(self, exception)

    patched: Any = Future
    patched.set_running_or_notify_cancel, patched.cancel = (
        set_running_or_notify_cancel,
        watched_cancel,
    )
    patched.set_result, patched.set_exception = set_result, set_exception


def end_task(number: int, result: object, raised: bool = False) -> None:
    """Record the end of a task, before anyone can see its result."""
    if type(result) is int:  # a number needs no text: tens of thousands a second may come
        recorder.record(Kind.TASK_END, number, result)
    else:
        text = error_text(result) if isinstance(result, BaseException) else short_repr(result)
        recorder.record(Kind.TASK_END, number, Text(text), flags=Flag.RAISED if raised else 0)
    recorder.registry.forget(number)


def _watch_callbacks() -> None:
    patched: Any = Future
    invoke, add = patched._invoke_callbacks, patched.add_done_callback

    @functools.wraps(invoke)
    def _invoke_callbacks(self: Any) -> None:
        if self._done_callbacks and self._threadlab_task:
            _tell_callbacks(self._threadlab_task, self._done_callbacks)
        invoke(self)

    @functools.wraps(add)
    def add_done_callback(self: Any, fn: Any) -> None:
        if self._threadlab_task and self.done():  # it runs here and now
            _tell_callbacks(self._threadlab_task, [fn])
        add(self, fn)

    patched._invoke_callbacks, patched.add_done_callback = _invoke_callbacks, add_done_callback


def _tell_callbacks(number: int, callbacks: Iterable[Any]) -> None:
    """Record those of *callbacks* that are the user's own functions; libraries add some too."""
    places = [(call_texts(callback, ())[0], _place(callback)) for callback in callbacks]
    mine = [(name, site) for name, site in places if site is not NOWHERE]
    if mine:
        names = ", ".join(name for name, _ in mine)
        recorder.record(Kind.CALLBACKS, number, Text(names), mine[0][1])


def _place(function: Any) -> Site:
    while isinstance(function, functools.partial):
        function = function.func
    code = getattr(function, "__code__", None)
    file = getattr(code, "co_filename", "")
    return (file, code.co_firstlineno) if code is not None and is_user_file(file) else NOWHERE
