"""Pools of processes: whose worker a process is, so that a task is one task in all of them.

Guarantees: a worker knows its pool and its tasks by the identities that the submitting process gave
them; nothing is pickled for it but one text. A helper thread, hidden as long as it only carries
tasks and results about, is a lane from the moment at which it calls the user's code back.
"""

from __future__ import annotations

import contextlib
import functools
from _thread import get_ident
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import ProcessPoolExecutor
from multiprocessing import process
from typing import Any

from ..events import Kind
from .owner import is_user_file
from .pools import POOL
from .recorder import recorder
from .shared_objects import pool_identity

IDENTITY = "_threadlab_pool_identity"
_OBJECT = "_threadlab_object"
#: The pool that a thread is starting a worker for.
_for_pool: dict[int, str] = {}


def install() -> None:
    """Patch how the pools start their workers, and how they call the user back."""
    _watch_starts()
    _watch_executors()
    _watch_callbacks()


@contextlib.contextmanager
def starting_workers_of(pool: int) -> Iterator[None]:
    """While it lasts, the processes that this thread starts are workers of *pool* (0: of none)."""
    _for_pool[get_ident()] = pool_identity(pool)
    try:
        yield
    finally:
        _for_pool.pop(get_ident(), None)


def _watch_starts() -> None:
    made: Any = process.BaseProcess
    start = made.start

    @functools.wraps(start)
    def watched_start(self: Any) -> None:
        identity = _for_pool.get(get_ident())
        if identity:
            self.__dict__[IDENTITY] = identity
        start(self)

    made.start = watched_start


def _watch_executors() -> None:
    made: Any = ProcessPoolExecutor
    spawn_process, start_manager = made._spawn_process, made._start_executor_manager_thread

    @functools.wraps(spawn_process)
    def _spawn_process(self: Any) -> None:
        with starting_workers_of(self.__dict__.get(POOL, 0)):
            spawn_process(self)

    @functools.wraps(start_manager)
    def start_executor_manager_thread(self: Any) -> None:
        start_manager(self)
        if POOL in self.__dict__:  # who waits for it waits for the pool
            self._executor_manager_thread.__dict__[_OBJECT] = self.__dict__[POOL]

    made._spawn_process = _spawn_process
    made._start_executor_manager_thread = start_executor_manager_thread


@contextlib.contextmanager
def shown_while_called_back(task: int, callbacks: Sequence[Any]) -> Iterator[None]:
    """Show the helper thread that calls *callbacks* for *task*, which is idle before and after."""
    thread = recorder.registry.numbers[get_ident()]
    if not (any(map(_is_users, callbacks)) and recorder.registry.show_thread(thread)):
        yield
        return
    pool = recorder.registry.told("objects", task).get("pool", task)
    recorder.record(Kind.IDLE_END, pool)
    try:
        yield
    finally:
        recorder.record(Kind.IDLE_BEGIN, pool, -1)


def _is_users(callback: Any) -> bool:
    code = getattr(getattr(callback, "__func__", callback), "__code__", None)
    return code is None or is_user_file(code.co_filename)


def _watch_callbacks() -> None:
    made: Any = Future
    invoke = made._invoke_callbacks

    @functools.wraps(invoke)
    def invoke_callbacks(self: Any) -> None:
        if POOL not in self.__dict__ or not self._done_callbacks:
            invoke(self)
            return
        with shown_while_called_back(self.__dict__[POOL], self._done_callbacks):
            invoke(self)

    made._invoke_callbacks = invoke_callbacks
