"""`queue.Queue` and its kin: their length at each put and get, and who waits for what.

`_put` and `_get` run with the queue's mutex held, so the probe is a `None in pipe`: one step in
C, no call. Each replacement is one Python function that makes the same call as the original.
Queues that the script did not make have an empty pipe, which is one failed containment test.
"""

from __future__ import annotations

import heapq
import queue
from itertools import repeat, starmap
from typing import Any

from ..events import Kind, ObjectKind
from . import threads
from .recorder import recorder


def _watch(made: Any, number: int) -> None:
    # Two frames above the pipe's code stands put() or get(), and above that who called it.
    for name, kind in (("_threadlab_put", Kind.QUEUE_PUT), ("_threadlab_get", Kind.QUEUE_GET)):
        length = starmap(made.queue.__len__, repeat(()))
        setattr(made, name, recorder.pipe(kind, number, length, depth=2))


def _put(self: Any, item: Any) -> None:
    self.queue.append(item)
    None in self._threadlab_put  # noqa: B015


def _get(self: Any) -> Any:
    item = self.queue.popleft()
    None in self._threadlab_get  # noqa: B015
    return item


def _get_last(self: Any) -> Any:
    item = self.queue.pop()
    None in self._threadlab_get  # noqa: B015
    return item


def _put_by_priority(self: Any, item: Any) -> None:
    heapq.heappush(self.queue, item)
    None in self._threadlab_put  # noqa: B015


def _get_by_priority(self: Any) -> Any:
    item = heapq.heappop(self.queue)
    None in self._threadlab_get  # noqa: B015
    return item


def install() -> None:
    """Patch the queues in place."""
    base: Any = queue.Queue
    base._threadlab_put = base._threadlab_get = ()
    waits = ("not_empty", "not_full", "all_tasks_done")
    threads.mark_when_made(base, ObjectKind.QUEUE, *waits, then=_watch)
    base._put, base._get = _put, _get
    lifo: Any = queue.LifoQueue
    lifo._put, lifo._get = _put, _get_last
    priority: Any = queue.PriorityQueue
    priority._put, priority._get = _put_by_priority, _get_by_priority
