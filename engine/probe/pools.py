"""`concurrent.futures`: tasks, workers and results.

The executors' own code runs unchanged; what is seen are its seams. The thread pool's work queue
is a `SimpleQueue` of ours (put: a task is submitted; get: a worker is idle, then takes a task);
`Future.set_result` ends a task; a wait for a result is a wait on the future's own condition,
which carries the mark. Nothing of ours stands in a task's traceback, or is pickled.
"""

from __future__ import annotations

import functools
import itertools
import queue
import sys
from concurrent import futures
from concurrent.futures import _base, process, thread
from typing import Any

from ..events import Flag, Kind, ObjectKind
from . import owner, threads
from .recorder import recorder, short

_TASK = "_threadlab_task"


class WorkQueue(queue.SimpleQueue):  # type: ignore[type-arg]
    """A thread pool's queue of work. Attributes: pool (its object number)."""

    def __init__(self, pool: int) -> None:
        super().__init__()
        self.pool = pool
        self._counter = itertools.count()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Enqueue; a work item (None only wakes a worker) is a task from here on."""
        if item is not None and not hasattr(item, _TASK):
            function = getattr(item, "fn", None) or getattr(item, "task", (None,))[0]
            number = new_task(self.pool, next(self._counter), function)
            setattr(item, _TASK, number)
            follow(item.future, number)
            recorder.add(Kind.TASK_SUBMIT, number, value=self.qsize() + 1)
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Dequeue; a worker that finds nothing is idle until it does."""
        try:
            item = super().get_nowait()
        except queue.Empty:
            if not block:
                raise
            recorder.add(Kind.IDLE_BEGIN, self.pool, value=threads.nanoseconds(timeout))
            try:
                item = super().get(block, timeout)
            finally:
                recorder.add(Kind.IDLE_END, self.pool)
        if item is not None and not item.future.cancelled():
            recorder.add(Kind.TASK_BEGIN, getattr(item, _TASK, 0))
        return item

    def get_nowait(self) -> Any:
        """Dequeue without waiting."""
        return self.get(block=False)


def new_task(pool: int, index: int, function: Any) -> int:
    """Announce a task."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__)
    return recorder.new_object(
        ObjectKind.TASK, f"task {index}", pool=pool, label=f"task {index}", function=name
    )


def follow(future: Any, task: int) -> None:
    """Have waits for *future* and its end recorded as those of *task*."""
    setattr(future, _TASK, task)
    threads.mark(future._condition, Kind.RESULT_WAIT, Kind.RESULT_END, task)


def _patch_future() -> None:
    future: Any = _base.Future
    set_result, set_exception, cancel = future.set_result, future.set_exception, future.cancel

    @functools.wraps(set_result)
    def probed_set_result(self: Any, result: Any) -> None:
        if task := getattr(self, _TASK, 0):
            recorder.add(Kind.TASK_END, task, value=_text(result))
        set_result(self, result)

    @functools.wraps(set_exception)
    def probed_set_exception(self: Any, exception: Any) -> None:
        if task := getattr(self, _TASK, 0):
            told = threads.failure(exception) if exception else {"type": "", "message": ""}
            text = f"{told['type']}: {told['message']}"
            recorder.add(Kind.TASK_END, task, value=text, flags=Flag.RAISED)
        set_exception(self, exception)

    @functools.wraps(cancel)
    def probed_cancel(self: Any) -> bool:
        done = bool(cancel(self))
        task = getattr(self, _TASK, 0)
        if done and task and not getattr(self, "_threadlab_cancelled", False):
            self._threadlab_cancelled = True
            recorder.add(Kind.TASK_CANCELLED, task)
        return done

    future.set_result, future.set_exception = probed_set_result, probed_set_exception
    future.cancel = probed_cancel


def _text(result: Any) -> str:
    text = short(result)
    return repr(text) if isinstance(result, str) else text


def _patch_waiters() -> None:
    """`wait` and `as_completed` block on an event that the library makes for each call."""
    waiter: Any = _base._Waiter  # type: ignore[attr-defined]
    init = waiter.__init__

    @functools.wraps(init)
    def probed_init(self: Any) -> None:
        init(self)
        if recorder.active and owner.user_site(sys._getframe(1)):
            threads.mark(self.event._cond, Kind.WAIT_BEGIN, Kind.WAIT_END, _any_task())

    waiter.__init__ = probed_init


@functools.cache
def _any_task() -> int:
    return recorder.new_object(ObjectKind.EVENT, "any of the futures")


def _patch_thread_pool() -> None:
    executor: Any = thread.ThreadPoolExecutor
    init = executor.__init__

    @functools.wraps(init)
    def probed_init(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        if recorder.active and owner.is_user(sys._getframe(1)):
            number = recorder.new_object(
                ObjectKind.POOL, workers=self._max_workers, flavour="thread"
            )
            self._work_queue = WorkQueue(number)

    executor.__init__ = probed_init


def _patch_process_pool() -> None:
    executor: Any = process.ProcessPoolExecutor
    init, submit = executor.__init__, executor.submit

    @functools.wraps(init)
    def probed_init(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        if recorder.active and owner.is_user(sys._getframe(1)):
            self._threadlab_object = recorder.new_object(
                ObjectKind.POOL, workers=self._max_workers, flavour="process"
            )
            self._threadlab_counter = itertools.count()

    @functools.wraps(submit)
    def probed_submit(self: Any, fn: Any, /, *arguments: Any, **named: Any) -> Any:
        pool = getattr(self, "_threadlab_object", 0)
        if not pool:
            return submit(self, fn, *arguments, **named)
        task = new_task(pool, next(self._threadlab_counter), _submitted(fn, arguments))
        recorder.add(Kind.TASK_SUBMIT, task)
        future = submit(self, fn, *arguments, **named)
        with future._condition:  # its end is recorded here or in set_result, never twice
            follow(future, task)
            if future.done():
                recorder.add(Kind.TASK_END, task)
        return future

    executor.__init__, executor.submit = probed_init, probed_submit


def _submitted(function: Any, arguments: tuple[Any, ...]) -> Any:
    """The script's own function: `map` submits a partial of one of the library's."""
    if isinstance(function, functools.partial) and function.func is process._process_chunk:  # type: ignore[attr-defined]
        return function.args[0]
    return function


def install() -> None:
    """Patch the executors in place."""
    assert futures.ThreadPoolExecutor is thread.ThreadPoolExecutor
    _patch_future()
    _patch_waiters()
    _patch_thread_pool()
    _patch_process_pool()
