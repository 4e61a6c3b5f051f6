"""Pools of processes: whose worker a process is, so that a task is one task in all of them.

Guarantees: a worker knows its pool and its tasks by the identities that the submitting process gave
them; nothing is pickled for it but one text.
"""

from __future__ import annotations

import functools
from _thread import get_ident
from concurrent.futures.process import ProcessPoolExecutor
from multiprocessing import process
from typing import Any

from .pools import POOL
from .shared_objects import pool_identity

IDENTITY = "_threadlab_pool_identity"
#: The pool that a thread is starting a worker for.
_for_pool: dict[int, str] = {}


def install() -> None:
    """Patch how the pools start their workers."""
    _watch_starts()
    _watch_executors()


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
    spawn_process = made._spawn_process

    @functools.wraps(spawn_process)
    def _spawn_process(self: Any) -> None:
        _for_pool[get_ident()] = pool_identity(self.__dict__.get(POOL, 0))
        try:
            spawn_process(self)
        finally:
            _for_pool.pop(get_ident(), None)

    made._spawn_process = _spawn_process
