"""Tasks inside the worker processes of a `ProcessPoolExecutor`.

Guarantees: nothing is pickled that would not be pickled without us, but for one number; a task
has the same label here as in the process that submitted it (`task 0` is the executor's first).
"""

from __future__ import annotations

import functools
import multiprocessing
from concurrent.futures import process
from typing import Any

from ..events import Kind, ObjectKind
from .blocking import blocked
from .futures import end_task
from .process_pools import IDENTITY
from .recorder import recorder
from .shared_objects import task_identity
from .texts import call_texts


class _CallQueue:
    """A worker's view of the queue of calls: it notes idle times and beginnings."""

    def __init__(self, calls: Any, pool: int, identity: str) -> None:
        self._calls = calls
        self._pool = pool
        self._identity = identity
        self.task = 0

    def get(self, block: bool = True) -> Any:
        take = functools.partial(self._calls.get, block=block)
        item = blocked(self._pool, None, take, kind=Kind.IDLE_BEGIN, ends=Kind.IDLE_END)
        if item is not None:
            function, arguments = call_texts(item.fn, (*item.args, *item.kwargs.values()))
            self.task = recorder.registry.add_object(
                ObjectKind.TASK,
                pool=self._pool,
                label=f"task {item.work_id}",
                function=function,
                arguments=arguments,
                shared=task_identity(self._identity, item.work_id),
            )
            recorder.record(Kind.TASK_BEGIN, self.task)
        return item


_queues: list[_CallQueue] = []


def install() -> None:
    """Patch what a worker process runs; pickled by name, it is the bare one elsewhere."""
    patched: Any = process
    worker, send_back = patched._process_worker, patched._sendback_result

    @functools.wraps(worker)
    def _process_worker(call_queue: Any, *arguments: Any, **named: Any) -> None:
        identity = getattr(multiprocessing.current_process(), IDENTITY, "")
        if not identity:  # a library's pool, or one that a bare process made
            worker(call_queue, *arguments, **named)
            return
        pool = recorder.registry.add_object(ObjectKind.POOL, shared=identity)
        watched = _CallQueue(call_queue, pool, identity)
        _queues.append(watched)
        worker(watched, *arguments, **named)

    @functools.wraps(send_back)
    def _sendback_result(result_queue: Any, work_id: int, *rest: Any, **named: Any) -> None:
        if _queues:
            failure = named.get("exception")
            # A failure is sent wrapped, with its traceback as text.
            failure = getattr(failure, "exc", failure)
            result = named.get("result") if failure is None else failure
            end_task(_queues[-1].task, result, failure is not None)
        send_back(result_queue, work_id, *rest, **named)

    patched._process_worker, patched._sendback_result = _process_worker, _sendback_result
