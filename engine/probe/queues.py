"""Queues: how long they are after each put and get, and who waits for them.

Guarantees: only queues that the user's code makes are shown; lengths are read under the queue's
own lock, by one step of a pipe, so no place to give the GIL away is added; a subclass that brings
its own `_put` and `_get` works as before, and then shows waits but no lengths.
"""

from __future__ import annotations

import _queue
import functools
import queue
from collections.abc import Iterator
from itertools import repeat, starmap
from typing import Any

from ..events import Kind, ObjectKind
from .conditions import watch_class
from .owner import called_by_user, user_site
from .recorder import recorder
from .threads import timeout_value

_CONDITIONS = ("not_empty", "not_full", "all_tasks_done")
_SILENT: Iterator[None] = iter(())


def install() -> None:
    """Patch the four classes of `queue`."""
    queue.Queue._threadlab_put = queue.Queue._threadlab_get = _SILENT  # type: ignore[attr-defined]
    watch_class(queue.Queue, ObjectKind.QUEUE, _CONDITIONS, _add_pipes)
    for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue):
        _watch_moves(kind)
    queue.SimpleQueue = SimpleQueue  # type: ignore[misc]


def _add_pipes(instance: Any, number: int) -> None:
    held = getattr(instance, "queue", None)
    if held is None:  # a subclass that keeps its items elsewhere
        return
    lengths = starmap(len, repeat((held,)))
    # The user's line is two frames up: `_put` is called by `put`.
    for name, kind in (("_threadlab_put", Kind.QUEUE_PUT), ("_threadlab_get", Kind.QUEUE_GET)):
        instance.__dict__[name] = recorder.pipe(kind, number, values=lengths, site=2)


def _watch_moves(kind: type[queue.Queue[Any]]) -> None:
    patched: Any = kind
    bare_put, bare_get = patched._put, patched._get

    @functools.wraps(bare_put)
    def _put(self: Any, item: Any) -> None:
        bare_put(self, item)
        None in self._threadlab_put  # noqa: B015 - one step of the pipe, without a call

    @functools.wraps(bare_get)
    def _get(self: Any) -> Any:
        item = bare_get(self)
        None in self._threadlab_get  # noqa: B015 - one step of the pipe, without a call
        return item

    patched._put, patched._get = _put, _get


class _SimpleQueueType(type):
    """Lets a library's bare `SimpleQueue` count as one."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _queue.SimpleQueue)


class SimpleQueue(_queue.SimpleQueue[Any], metaclass=_SimpleQueueType):
    """A `queue.SimpleQueue` that shows its length and its waits; a library gets the bare one."""

    threadlab_number = 0

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        """Make a queue for the user, or a bare one for a library."""
        if not called_by_user():
            return _queue.SimpleQueue(*arguments, **named)
        made = super().__new__(cls, *arguments, **named)
        made.threadlab_number = recorder.registry.add_object(ObjectKind.QUEUE, user_site())
        return made

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put *item* on the queue."""
        super().put(item, block, timeout)
        recorder.record(Kind.QUEUE_PUT, self.threadlab_number, self.qsize())

    def put_nowait(self, item: Any) -> None:
        """Put *item* on the queue."""
        self.put(item, False)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take an item, and wait for one if need be."""
        number = self.threadlab_number
        try:
            item = super().get(False)
        except queue.Empty:
            if not block:
                raise
        else:
            recorder.record(Kind.QUEUE_GET, number, self.qsize())
            return item
        recorder.record(Kind.WAIT_BEGIN, number, timeout_value(timeout))
        try:
            item = super().get(True, timeout)
        finally:
            recorder.record(Kind.WAIT_END, number)
        recorder.record(Kind.QUEUE_GET, number, self.qsize())
        return item

    def get_nowait(self) -> Any:
        """Take an item if there is one."""
        return self.get(False)
