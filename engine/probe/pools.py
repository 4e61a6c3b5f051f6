"""Executors: tasks, who runs them, who waits for their results, and who has nothing to do.

Guarantees: a task is submitted before it begins and ends before anyone gets its result; the
functions of the user run without a frame of ours around them, so tracebacks stay as they were;
executors that a library makes for itself are not shown.
"""

from __future__ import annotations

import _queue
import functools
import itertools
import sys
from _thread import get_ident
from collections.abc import Iterable
from concurrent.futures import Future, _base, process, thread
from typing import Any

from ..events import Deed, Flag, Kind, ObjectKind
from .conditions import mark
from .owner import creation_site, made_by_user
from .recorder import recorder
from .shared_objects import identity, pool_identity, task_identity
from .texts import Text, call_texts, error_text, short_repr
from .threads import timeout_value

POOL = "_threadlab_pool"
_TASK = "_threadlab_task"
_IN_THREAD = "_threadlab_in_thread"
_COUNT = "_threadlab_count"

_in_map = _base._result_or_cancel.__code__  # type: ignore[attr-defined]

#: The executor to which a thread is submitting; `_WorkItem` is made before it is queued.
_submitting: dict[int, Any] = {}


def install() -> None:
    """Patch the two executors, their work items, futures and the waits for several of them."""
    _watch_pool(thread.ThreadPoolExecutor, "thread")
    _watch_pool(process.ProcessPoolExecutor, "process")
    for item in (thread._WorkItem, process._WorkItem):
        _watch_items(item)
    _watch_results()
    _watch_ends()
    _watch_waits()


class _WorkQueue(_queue.SimpleQueue[Any]):
    """A thread pool's queue: a worker that waits at it has nothing to do."""

    pool = 0

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return super().get(False)
        except _queue.Empty:
            if not block:
                raise
        recorder.record(Kind.IDLE_BEGIN, self.pool, -1)
        try:
            return super().get(block, timeout)
        finally:
            recorder.record(Kind.IDLE_END, self.pool)


def _watch_pool(made: Any, flavour: str) -> None:
    init, submit = made.__init__, made.submit

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        if not made_by_user(self):
            return
        number = recorder.registry.add_object(
            ObjectKind.POOL,
            creation_site(self),
            workers=self._max_workers,
            flavour=flavour,
            shared=identity(),
        )
        self.__dict__[POOL] = number
        self.__dict__[_COUNT] = itertools.count()
        if flavour == "thread":
            self._work_queue = _WorkQueue()
            self._work_queue.pool = number

    @functools.wraps(submit)
    def watched_submit(self: Any, fn: Any, /, *arguments: Any, **named: Any) -> Any:
        if POOL not in self.__dict__:
            return submit(self, fn, *arguments, **named)
        _submitting[get_ident()] = self
        try:
            return submit(self, fn, *arguments, **named)
        finally:
            _submitting.pop(get_ident(), None)

    made.__init__, made.submit = initialise, watched_submit


def _watch_items(item: Any) -> None:
    init = item.__init__

    @functools.wraps(init)
    def initialise(self: Any, future: Any, fn: Any, args: Any, kwargs: Any) -> None:
        init(self, future, fn, args, kwargs)
        executor = _submitting.pop(get_ident(), None)
        if executor is not None:
            _submit(executor, future, fn, (*args, *kwargs.values()))

    item.__init__ = initialise


def _submit(executor: Any, future: Any, fn: Any, arguments: Iterable[object]) -> None:
    pool, position = executor.__dict__[POOL], next(executor.__dict__[_COUNT])
    function, texts = call_texts(fn, arguments)
    number = recorder.registry.add_object(
        ObjectKind.TASK,
        pool=pool,
        label=f"task {position}",
        function=function,
        arguments=texts,
        shared=task_identity(pool_identity(pool), position),
    )
    in_thread = isinstance(executor, thread.ThreadPoolExecutor)
    future.__dict__.update({_TASK: number, POOL: pool, _IN_THREAD: in_thread})
    waiting = executor._work_queue.qsize() if in_thread else len(executor._pending_work_items)
    recorder.record(Kind.TASK_SUBMIT, number, waiting + 1)


def _watch_results() -> None:
    for name in ("result", "exception"):
        _watch_result(name, getattr(Future, name))


def _watch_result(name: str, bare: Any) -> None:
    @functools.wraps(bare)
    def waiting(self: Any, timeout: float | None = None) -> Any:
        task = self.__dict__.get(_TASK)
        if task is None or self.done():
            return bare(self, timeout)
        in_map = sys._getframe(1).f_code is _in_map
        begins = Flag.INDIRECT if in_map else 0
        recorder.record(Kind.RESULT_WAIT, task, timeout_value(timeout), flags=begins)
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
        if begins and self.__dict__.get(_IN_THREAD):
            recorder.record(Kind.TASK_BEGIN, self.__dict__[_TASK])
        return begins

    @functools.wraps(cancel)
    def watched_cancel(self: Any) -> bool:
        before, after = self.cancelled(), cancel(self)
        if after and not before and _TASK in self.__dict__:
            recorder.record(Kind.TASK_CANCELLED, self.__dict__[_TASK])
            recorder.registry.forget("objects", self.__dict__[_TASK])
        return after

    @functools.wraps(succeed)
    def set_result(self: Any, result: Any) -> None:
        if _TASK in self.__dict__:
            end_task(self.__dict__[_TASK], result)
        succeed(self, result)

    @functools.wraps(fail)
    def set_exception(self: Any, exception: Any) -> None:
        if _TASK in self.__dict__ and exception is not None:
            end_task(self.__dict__[_TASK], exception, raised=True)
        fail(self, exception)

    patched: Any = Future
    patched.set_running_or_notify_cancel, patched.cancel = (
        set_running_or_notify_cancel,
        watched_cancel,
    )
    patched.set_result, patched.set_exception = set_result, set_exception


def end_task(number: int, result: object, raised: bool = False) -> None:
    """Record the end of a task, before anyone can see its result."""
    text = error_text(result) if isinstance(result, BaseException) else short_repr(result)
    recorder.record(Kind.TASK_END, number, Text(text), flags=Flag.RAISED if raised else 0)
    recorder.registry.forget("objects", number)


def _watch_waits() -> None:
    """`wait` and `as_completed` wait for an event that they make: show it as the pool.

    The thread that finishes a future sets the event, and so says that it did.
    """
    base: Any = _base
    install_waiters = base._create_and_install_waiters

    @functools.wraps(install_waiters)
    def create_and_install_waiters(fs: Any, return_when: Any) -> Any:
        waiter = install_waiters(fs, return_when)
        pool = next((f.__dict__[POOL] for f in fs if POOL in f.__dict__), None)
        if pool is not None:
            completed = return_when == base._AS_COMPLETED
            wait = Kind.COMPLETED_WAIT if completed else Kind.FUTURES_WAIT
            mark(waiter.event._cond, pool, wait=wait, deed=Deed.FINISHED)
        return waiter

    base._create_and_install_waiters = create_and_install_waiters
