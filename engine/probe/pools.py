"""Executors: tasks, who runs them, who waits for their results, and who has nothing to do.

Guarantees: a task is submitted before it begins and ends before anyone gets its result; the
functions of the user run without a frame of ours around them, so tracebacks stay as they were;
executors that a library makes for itself are not shown.
"""

from __future__ import annotations

import _queue
import functools
from _thread import get_ident
from collections.abc import Iterable
from concurrent.futures import _base, process, thread
from typing import Any

from ..events import Deed, Kind, ObjectKind
from . import futures
from .conditions import mark
from .counting import counter
from .loops import asyncio_makes
from .owner import NOWHERE, creation_site, made_by_user
from .recorder import recorder
from .shared_objects import identity, pool_identity, task_identity
from .texts import call_texts

POOL = "_threadlab_pool"
_COUNT = "_threadlab_count"

_get, _is_empty = _queue.SimpleQueue.get, _queue.SimpleQueue.empty

#: What a thread is submitting: (executor, function, arguments). Its `_WorkItem` is made before it
#: is queued, and brings the future.
_submitting: dict[int, tuple[Any, Any, Iterable[object]]] = {}


def install() -> None:
    """Patch the two executors, their work items, futures and the waits for several of them."""
    for made in (thread.ThreadPoolExecutor, process.ProcessPoolExecutor):
        _watch_making(made)
        _watch_submit(made)
        _watch_shutdown(made)
    for item in (thread._WorkItem, process._WorkItem):
        _watch_items(item)
    futures.install()
    _watch_waits()


class _WorkQueue(_queue.SimpleQueue[Any]):
    """A thread pool's queue: a worker that waits at it has nothing to do."""

    pool = 0

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        # Asked first: an exception for each item costs more than the queue.
        if not (block and _is_empty(self)):
            try:
                return _get(self, False)
            except _queue.Empty:
                if not block:
                    raise
        recorder.record(Kind.IDLE_BEGIN, self.pool, -1, NOWHERE)
        try:
            return _get(self, block, timeout)
        finally:
            recorder.record(Kind.IDLE_END, self.pool, 0, NOWHERE)


def _watch_making(made: Any) -> None:
    init = made.__init__

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        loop_makes_it = asyncio_makes(self)
        if not (loop_makes_it or made_by_user(self)):
            return
        extra: dict[str, Any] = (
            {"name": "asyncio's pool", "owner": "asyncio"} if loop_makes_it else {}
        )
        number = recorder.registry.add_object(
            ObjectKind.POOL,
            creation_site(self),
            workers=self._max_workers,
            flavour=_flavour(self),
            shared=identity(),
            **extra,
        )
        self.__dict__[POOL] = number
        self.__dict__[_COUNT] = counter(0)
        if isinstance(self, thread.ThreadPoolExecutor):
            self._work_queue = _WorkQueue()
            self._work_queue.pool = number

    made.__init__ = initialise


def _flavour(executor: Any) -> str:
    if isinstance(executor, process.ProcessPoolExecutor):
        return "process"
    names = {base.__name__ for base in type(executor).__mro__}
    return "interpreter" if "InterpreterPoolExecutor" in names else "thread"


def _watch_submit(made: Any) -> None:
    submit = made.submit

    @functools.wraps(submit)
    def watched_submit(self: Any, fn: Any, /, *arguments: Any, **named: Any) -> Any:
        if POOL not in self.__dict__:
            return submit(self, fn, *arguments, **named)
        _submitting[get_ident()] = self, fn, (*arguments, *named.values())
        try:
            return submit(self, fn, *arguments, **named)
        finally:
            _submitting.pop(get_ident(), None)

    made.submit = watched_submit


def _watch_shutdown(made: Any) -> None:
    shutdown = made.shutdown

    @functools.wraps(shutdown)
    def watched_shutdown(self: Any, *arguments: Any, **named: Any) -> None:
        if POOL in self.__dict__:  # before it happens: its workers end by this
            recorder.record(Kind.POOL_SHUTDOWN, self.__dict__[POOL])
        shutdown(self, *arguments, **named)

    made.shutdown = watched_shutdown


def _watch_items(item: Any) -> None:
    init = item.__init__

    @functools.wraps(init)
    def initialise(self: Any, future: Any, *rest: Any) -> None:
        init(self, future, *rest)
        submitted = _submitting.pop(get_ident(), None)
        if submitted is not None:
            _submit(*submitted[:1], future, *submitted[1:])

    item.__init__ = initialise


def _submit(executor: Any, future: Any, fn: Any, arguments: Iterable[object]) -> None:
    pool, position = executor.__dict__[POOL], executor.__dict__[_COUNT]()
    function, texts = call_texts(fn, arguments)
    add_task = recorder.registry.add_task
    if isinstance(executor, thread.ThreadPoolExecutor):
        number = add_task(pool, position, function, texts)
        future._threadlab_in_thread = True
        waiting = executor._work_queue.qsize()
    else:  # the worker's process knows it by its identity
        shared = task_identity(pool_identity(pool), position)
        number = add_task(pool, position, function, texts, shared)
        waiting = len(executor._pending_work_items)
    future._threadlab_task, future._threadlab_pool = number, pool
    recorder.record(Kind.TASK_SUBMIT, number, waiting + 1)


def _watch_waits() -> None:
    """`wait` and `as_completed` wait for an event that they make: show it as the pool.

    The thread that finishes a future sets the event, and so says that it did.
    """
    base: Any = _base
    install_waiters = base._create_and_install_waiters

    @functools.wraps(install_waiters)
    def create_and_install_waiters(fs: Any, return_when: Any) -> Any:
        waiter = install_waiters(fs, return_when)
        pool = _pool_of(fs)
        if pool is not None:
            completed = return_when == base._AS_COMPLETED
            wait = Kind.COMPLETED_WAIT if completed else Kind.FUTURES_WAIT
            mark(waiter.event._cond, pool, wait=wait, deed=Deed.FINISHED)
        return waiter

    base._create_and_install_waiters = create_and_install_waiters


def _pool_of(fs: Iterable[Any]) -> int | None:
    """Return the pool of one of the futures *fs*, or one that has none itself, or None."""
    for name in ("_threadlab_pool", "_threadlab_task"):
        for future in fs:
            number: int = getattr(future, name)
            if number:
                return number
    return None
