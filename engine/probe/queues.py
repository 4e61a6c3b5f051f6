"""Queues: how long they are after each put and get, and who waits for them.

Guarantees: only queues that the user's code makes are shown; lengths are read under the queue's
own lock, by one step of a pipe, so no place to give the GIL away is added; a subclass that brings
its own `_put` and `_get` works as before, and then shows waits but no lengths.
"""

from __future__ import annotations

import _queue
import functools
import queue
from _thread import get_ident
from collections.abc import Iterator
from itertools import repeat, starmap
from typing import Any

from ..events import Deed, Flag, Kind, ObjectKind
from .conditions import mark, watch_class
from .notices import ticket_for
from .owner import user_site
from .recorder import recorder
from .threads import timeout_value

#: The conditions of a queue, and what a thread does that waits for one.
_CONDITIONS = (
    ("not_empty", Kind.GET_WAIT),
    ("not_full", Kind.PUT_WAIT),
    ("all_tasks_done", Kind.QUEUE_JOIN_WAIT),
)
_SILENT: Iterator[None] = iter(())

_BareSimpleQueue = _queue.SimpleQueue


def install() -> None:
    """Patch the four classes of `queue`."""
    bare: Any = queue.Queue
    bare._threadlab_put = bare._threadlab_get = bare._threadlab_done = _SILENT
    watch_class(queue.Queue, ObjectKind.QUEUE, _watch)
    for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue):
        _watch_moves(kind)
    _watch_done(queue.Queue)
    SimpleQueue.__doc__ = _BareSimpleQueue.__doc__
    patched: Any = _queue  # by whose name it is pickled
    patched.SimpleQueue = queue.SimpleQueue = SimpleQueue  # type: ignore[misc]


def _watch(instance: Any, number: int) -> None:
    for name, wait in _CONDITIONS:
        mark(getattr(instance, name), number, wait=wait)
    instance._threadlab_done = recorder.pipe(Kind.QUEUE_DONE, number, site=1)
    _add_pipes(instance, number)


def _add_pipes(instance: Any, number: int) -> None:
    held = getattr(instance, "queue", None)
    if held is None:  # a subclass that keeps its items elsewhere
        return
    lengths = starmap(len, repeat((held,)))
    # The user's line is two frames up: `_put` is called by `put`.
    for name, kind in (("_threadlab_put", Kind.QUEUE_PUT), ("_threadlab_get", Kind.QUEUE_GET)):
        setattr(instance, name, recorder.pipe(kind, number, values=lengths, site=2))


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


def _watch_done(kind: type[queue.Queue[Any]]) -> None:
    patched: Any = kind
    bare_done = patched.task_done

    @functools.wraps(bare_done)
    def task_done(self: Any) -> None:
        bare_done(self)
        None in self._threadlab_done  # noqa: B015 - one step of the pipe, without a call

    patched.task_done = task_done


class _SimpleQueueType(type):
    """Lets a library's bare `SimpleQueue` count as one."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _BareSimpleQueue)


class SimpleQueue(_queue.SimpleQueue[Any], metaclass=_SimpleQueueType):
    """A `queue.SimpleQueue` that shows its length and its waits; a library gets the bare one.

    An item lies in it together with the ticket of its put, so that a wait for it knows who put
    it: the order of the records does not tell that where several threads put at once.
    """

    __slots__ = ("threadlab_number", "threadlab_waiting")

    threadlab_number: int
    threadlab_waiting: set[int]  # idents of the threads that wait

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        """Make a queue for the user, or a bare one for a library."""
        users = recorder.user_at(1)
        if cls is SimpleQueue and not users:
            return _BareSimpleQueue(*arguments, **named)
        made = super().__new__(cls, *arguments, **named)
        made.threadlab_number, made.threadlab_waiting = 0, set()
        if users:
            made.threadlab_number = recorder.registry.add_object(ObjectKind.QUEUE, user_site())
        return made

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put *item* on the queue."""
        number, ticket = self.threadlab_number, 0
        if number:  # before it happens: whoever waits for it goes on after this
            recorder.record(Kind.QUEUE_PUT, number, self.qsize() + 1)
            if self.threadlab_waiting:
                ticket = ticket_for(number, Deed.PUT)
        super().put((item, ticket), block, timeout)

    def put_nowait(self, item: Any) -> None:
        """Put *item* on the queue."""
        self.put(item, False)

    def get(self, block: bool = True, timeout: Any = None) -> Any:
        """Take an item, and wait for one if need be."""
        if timeout is not None and (not isinstance(timeout, int | float) or timeout < 0):
            return super().get(block, timeout)[0]  # for the bare one to refuse
        number, box = self.threadlab_number, None
        try:
            box = super().get(False)
        except queue.Empty:
            if not block:
                raise
        # Outside of the `except`: what is raised now must not tell of that first try.
        item = self._wait(number, timeout) if box is None else box[0]
        if number:
            recorder.record(Kind.QUEUE_GET, number, self.qsize())
        return item

    def _wait(self, number: int, timeout: Any) -> Any:
        ticket = flags = 0
        self.threadlab_waiting.add(get_ident())
        if number:
            recorder.record(Kind.GET_WAIT, number, timeout_value(timeout))
        try:
            item, ticket = super().get(True, timeout)
        except queue.Empty:
            flags = Flag.TIMED_OUT
            raise
        finally:
            self.threadlab_waiting.discard(get_ident())
            if number:
                recorder.record(Kind.WAIT_END, number, ticket, flags=flags)
        return item

    def get_nowait(self) -> Any:
        """Take an item if there is one."""
        return self.get(False)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _BareSimpleQueue().__reduce_ex__(protocol)  # the bare one's own refusal


SimpleQueue.__module__ = "_queue"
for _name in ("put", "put_nowait", "get", "get_nowait"):
    functools.update_wrapper(getattr(SimpleQueue, _name), getattr(_BareSimpleQueue, _name))
