"""The queues of `multiprocessing`: who puts and takes, how long they are, who waits for what.

A queue counts its items by a semaphore; the probe stands in its place, so the length is
recorded at the moment at which it changes, and before another process can have the item. A
`SimpleQueue` is a pipe with two locks and does not know its length.

Guarantees: a queue is one object in all processes; a wait is recorded only when it happens; queues
that a library made for itself (pools have some) stay bare.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from multiprocessing import queues
from queue import Empty
from typing import Any

from ..events import Kind, ObjectKind
from .blocking import blocked
from .recorder import recorder
from .shared_locks import key_of, mark
from .shared_objects import announce, known, maker_site

_OBJECT = "_threadlab_object"
UNKNOWN = -1


def install() -> None:
    """Patch the three classes of `multiprocessing.queues`."""
    _watch_made(queues.Queue, _show)
    _watch_made(queues.SimpleQueue, lambda queue, number: None)
    _watch_joins(queues.JoinableQueue)
    _watch_gets(queues.Queue)
    _watch_feeder(queues.Queue)
    _watch_simple(queues.SimpleQueue)


def _key(queue: Any) -> str | None:
    name = key_of(queue._rlock)
    return None if name is None else f"queue {name}"


def _watch_made(made: Any, show: Any) -> None:
    init, set_state = made.__init__, made.__setstate__

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        site = maker_site(self)
        if site is not None:
            number = announce(ObjectKind.QUEUE, site, key=_key(self), owner=self)
            self.__dict__[_OBJECT] = number
            show(self, number)

    @functools.wraps(set_state)
    def restore(self: Any, state: Any) -> None:
        set_state(self, state)
        number = known(_key(self), self)
        if number:
            self.__dict__[_OBJECT] = number
            show(self, number)

    made.__init__, made.__setstate__ = initialise, restore


def _show(queue: Any, number: int) -> None:
    """Record each change of the semaphore that counts the free places of *queue*.

    Nothing here refers to the queue or its semaphore, which would keep both alive until the next
    garbage collection: a bare queue's semaphores are gone with the last name for it.
    """
    places = queue._sem
    acquire, release = places.acquire, places.release
    length = _length_of(queue._maxsize, places._semlock._get_value)

    def put(block: bool = True, timeout: float | None = None) -> Any:
        taken = acquire(False)
        if not taken and block:
            taken = blocked(number, timeout, acquire, True, timeout, kind=Kind.PUT_WAIT)
        if taken:
            recorder.record(Kind.QUEUE_PUT, number, length())
        return taken

    def got() -> None:
        release()
        recorder.record(Kind.QUEUE_GET, number, length())

    places.acquire, places.release = put, got


def _length_of(places: int, free_places: Callable[[], int]) -> Callable[[], int]:
    def length() -> int:
        try:
            return places - free_places()
        except NotImplementedError:  # macOS
            return UNKNOWN

    return length


def _watch_gets(made: Any) -> None:
    get = made.get

    @functools.wraps(get)
    def watched(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        number = self.__dict__.get(_OBJECT)
        if not number or not block:
            return get(self, block, timeout)
        try:
            return get(self, False)
        except Empty:
            pass
        return blocked(
            number, timeout, get, self, True, timeout, kind=Kind.GET_WAIT, gives_up=Empty
        )

    made.get = watched


def _watch_joins(made: Any) -> None:
    init, done = made.__init__, made.task_done

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        if _OBJECT in self.__dict__:
            mark(self._cond, self.__dict__[_OBJECT])

    @functools.wraps(done)
    def task_done(self: Any) -> None:
        if _OBJECT in self.__dict__:
            recorder.record(Kind.QUEUE_DONE, self.__dict__[_OBJECT])
        done(self)

    made.__init__, made.task_done = initialise, task_done


def _watch_feeder(made: Any) -> None:
    """Let a wait for the thread that sends a queue's items be a wait for the queue."""
    start = made._start_thread

    @functools.wraps(start)
    def start_thread(self: Any) -> None:
        start(self)
        if _OBJECT in self.__dict__:
            self._thread.__dict__[_OBJECT] = self.__dict__[_OBJECT]

    made._start_thread = start_thread


def _watch_simple(made: Any) -> None:
    get, put = made.get, made.put

    @functools.wraps(get)
    def watched_get(self: Any) -> Any:
        number = self.__dict__.get(_OBJECT)
        if not number:
            return get(self)
        waiting = not self._rlock.acquire(False)
        if waiting:
            blocked(number, None, self._rlock.acquire, kind=Kind.GET_WAIT)
        try:
            read = self._reader.recv_bytes
            data = read() if self._poll() else blocked(number, None, read, kind=Kind.GET_WAIT)
            recorder.record(Kind.QUEUE_GET, number, UNKNOWN)
        finally:
            self._rlock.release()
        return queues._ForkingPickler.loads(data)  # type: ignore[attr-defined]

    @functools.wraps(put)
    def watched_put(self: Any, obj: Any) -> None:
        number = self.__dict__.get(_OBJECT)
        if not number:
            put(self, obj)
            return
        data = queues._ForkingPickler.dumps(obj)  # type: ignore[attr-defined]
        recorder.record(Kind.QUEUE_PUT, number, UNKNOWN)
        if self._wlock is None:  # Windows
            self._writer.send_bytes(data)
        else:
            with self._wlock:
                self._writer.send_bytes(data)

    made.get, made.put = watched_get, watched_put
