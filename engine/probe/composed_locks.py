"""Locks and reentrant locks that record, composed of C callables in their slots.

Why they are built of C callables in slots: a Python frame would offer the GIL while the lock is
held, and make waits that the script does not have. `with lock:` finds `__enter__` through its
slot's descriptor and calls what lies in it, with no Python code on the way.

The composition. `any(ops)` runs operations until one is true, `all(ops)` until one is false,
where `ops` is an object whose `__iter__` makes a fresh `map(operator.call, operations)`:

    take    = any(try it | note the wait (None) | block until it is ours)
    acquire = all(take   | note the acquisition (None, negated))

Guarantees: those of `sync`, with one exception. An explicit `acquire()` offers the GIL once more
than the bare one, on entry, before the lock is asked for.
"""

from __future__ import annotations

import _io
import _thread
import operator
import re
import threading
from collections.abc import Callable
from functools import partial
from itertools import repeat, starmap
from operator import attrgetter
from typing import Any

from ..events import Kind
from .lock_types import LockType, ProbedLock, ReentrantType, bare_lock_type, bare_reentrant
from .owner import Site, user_site
from .recorder import recorder

Operation = Callable[[], object]
_truth = operator.truth
_not = operator.not_


class _Operations:
    """Iterating over it runs the operations one by one, in C."""

    __slots__ = ("__iter__",)

    def __init__(self, *operations: Operation) -> None:
        self.__iter__ = partial(map, operator.call, operations)


class _Leave(_io._IOBase):
    """Its `__exit__` takes three arguments and calls `close` with none, all in C."""

    __slots__ = ("close",)
    closed = True  # or the destructor would call `close` once more

    def __init__(self, close: Operation) -> None:
        self.close = close  # type: ignore[assignment,method-assign]


class _OfTheLock(property):
    """A method that lies in a slot of the lock: `with` finds it in C, with no frame of Python.

    `contextlib.ExitStack` asks the type for it and hands the lock over; that is a call of ours.
    """

    def __call__(self, lock: ProbedLock, *arguments: object) -> Any:
        return self.__get__(lock)(*arguments)


class ComposedLock(ProbedLock):
    """What a composed lock and a composed reentrant lock have in common.

    Attributes: threadlab_raw (the bare lock inside), threadlab_number.
    """

    __slots__ = (
        "__weakref__",
        "acquire",
        "locked",
        "release",
        "threadlab_enter",
        "threadlab_exit",
        "threadlab_number",
        "threadlab_raw",
    )
    __enter__ = _OfTheLock(attrgetter("threadlab_enter"))
    __exit__ = _OfTheLock(attrgetter("threadlab_exit"))

    threadlab_raw: Any
    threadlab_number: int

    def __repr__(self) -> str:
        return repr(self.threadlab_raw)

    def _at_fork_reinit(self) -> None:
        self.threadlab_raw._at_fork_reinit()


class PlainLock(ComposedLock, metaclass=LockType):
    """A `threading.Lock` that records."""

    __slots__ = ("acquire_lock", "locked_lock", "release_lock")
    # So that `isinstance(lock, _thread.LockType)` holds, as it does for the bare lock.
    __class__ = property(lambda self: bare_lock_type)


class ReentrantLock(ComposedLock, metaclass=ReentrantType):
    """A `threading.RLock` that records."""

    __slots__ = ("_is_owned", "_recursion_count")
    __class__ = property(lambda self: bare_reentrant)

    def _release_save(self) -> Any:
        raw, site = self.threadlab_raw, user_site()
        for _ in range(recursion_count(raw)):
            recorder.record(Kind.LOCK_RELEASED, self.threadlab_number, site=site)
        return raw._release_save()

    def _acquire_restore(self, state: tuple[int, int]) -> None:
        raw, number, site = self.threadlab_raw, self.threadlab_number, user_site()
        acquired = _done(Kind.LOCK_ACQUIRED, number, site)
        steps = _entering(raw, acquired, _noting(Kind.LOCK_WAIT, number, site))
        for _ in map(all, [steps] * state[0]):  # once for each level
            pass


ReentrantLock.__name__ = ReentrantLock.__qualname__ = "RLock"
ReentrantLock.__module__ = "_thread"


def _entering(raw: Any, acquired: Operation, waits: Operation) -> _Operations:
    """Return what `all` has to run to take *raw* and to record it."""
    take = _Operations(partial(raw.acquire, False), waits, raw.acquire)
    return _Operations(partial(any, take), acquired)


def _noting(kind: Kind, number: int, site: int | Site) -> Operation:
    """Return an operation that records and is false: `any` goes on behind it."""
    value = -1 if kind is Kind.LOCK_WAIT else 0
    return partial(next, recorder.pipe(kind, number, values=value, site=site))


def _done(kind: Kind, number: int, site: int | Site) -> Operation:
    """Return an operation that records and is true: `all` goes on behind it."""
    return partial(next, map(_not, recorder.pipe(kind, number, site=site)))


def fill(lock: ComposedLock, raw: Any, number: int, depth: int = 0) -> None:
    """Make *lock* a probe around *raw*.

    *depth* is how many Python frames of a library stand between the user's line and the lock: one
    for a condition's lock, whose `__enter__` is called by `Condition.__enter__`.
    """
    slots: Any = lock  # whose slots hold what a method would be
    slots.threadlab_raw, slots.threadlab_number = raw, number
    slots.locked = getattr(raw, "locked", None)
    enter = _entering(
        raw, _done(Kind.LOCK_ACQUIRED, number, depth), _noting(Kind.LOCK_WAIT, number, depth)
    )
    slots.threadlab_enter = partial(all, enter)
    slots.release = _release(raw, number, depth)
    slots.threadlab_exit = _Leave(slots.release).__exit__
    slots.acquire = _acquire(raw, number, depth + 1)


def _at_once(operations: _Operations) -> bool:
    """Run *operations* until one is false, with no place to give the GIL away in between."""
    for done in map(all, (operations,)):
        return done
    return False


def _release(raw: Any, number: int, depth: int) -> Operation:
    """Return a `release` that records, then releases, and gives None as the bare one does.

    What cannot be released is not recorded, and is left to the bare lock to refuse.
    """
    held = raw._is_owned if hasattr(raw, "_is_owned") else raw.locked
    note = _Operations(held, _done(Kind.LOCK_RELEASED, number, depth))
    noted = starmap(all, repeat((note,)))
    arguments: dict[bool, tuple[()]] = {True: (), False: ()}
    return partial(next, starmap(raw.release, map(arguments.__getitem__, noted)))


def _acquire(raw: Any, number: int, depth: int) -> Callable[..., bool]:
    acquired = _done(Kind.LOCK_ACQUIRED, number, depth)
    waits = _noting(Kind.LOCK_WAIT, number, depth)
    failed = recorder.pipe(Kind.LOCK_TRY_FAILED, number, site=depth)
    blocking_steps = starmap(all, repeat((_entering(raw, acquired, waits),)))
    try_steps = starmap(all, repeat((_Operations(partial(raw.acquire, False), acquired),)))

    def acquire(blocking: bool = True, timeout: float = -1) -> bool:
        at_once = blocking is True and type(timeout) in (int, float) and timeout == 0
        if timeout != -1 and not at_once:
            return _acquire_within(raw, number, blocking, timeout)
        if not blocking or at_once:
            for taken in try_steps:  # noqa: B007 - one step, and no call
                break
            if not taken:
                None in failed  # noqa: B015 - one step of the pipe, without a call
            return _truth(taken)
        for taken in blocking_steps:  # noqa: B007 - one step, and no call
            break
        # The bare call offers the GIL when it is over, the lock held; so does this call.
        return _truth(taken)

    return acquire


def _acquire_within(raw: Any, number: int, blocking: bool, timeout: float) -> bool:
    """Take the lock within *timeout* seconds, or say that it was not to be had."""
    site = user_site()
    acquired = _done(Kind.LOCK_ACQUIRED, number, site)
    if blocking and type(timeout) in (int, float) and 0 <= timeout <= threading.TIMEOUT_MAX:
        if _at_once(_Operations(partial(raw.acquire, False), acquired)):
            return True
        recorder.record(Kind.LOCK_WAIT, number, int(timeout * 1e9), site)
    failed = recorder.pipe(Kind.LOCK_WAIT_FAILED, number, site=site)
    try:
        # What is no time-out gets here as it came, for the bare lock to refuse.
        taken = _at_once(_Operations(partial(raw.acquire, blocking, timeout), acquired))
    except KeyboardInterrupt:
        None in failed  # noqa: B015 - one step of the pipe, without a call
        raise
    if not taken:
        None in failed  # noqa: B015 - one step of the pipe, without a call
    return taken


def recursion_count(raw: Any) -> int:
    """Return how deep the calling thread, its owner, holds the reentrant lock *raw*."""
    if hasattr(raw, "_recursion_count"):
        return int(raw._recursion_count())
    # 3.11 tells it only in words: <locked _thread.RLock object owner=1 count=2 at 0x7f...>
    found = re.search(r" count=(\d+)", repr(raw))
    return int(found[1]) if found else 1


def new_lock(number: int, depth: int) -> PlainLock:
    """Return a lock that records as object *number*."""
    lock: Any = object.__new__(PlainLock)
    fill(lock, _thread.allocate_lock(), number, depth)
    return _with_old_names(lock)


def new_rlock(number: int, depth: int) -> ReentrantLock:
    """Return a reentrant lock that records as object *number*."""
    return _reentrant(_thread.RLock(), number, depth)


def seen_from(lock: ComposedLock, depth: int) -> ComposedLock:
    """Return the same lock, as a library uses it on behalf of the user, *depth* frames above."""
    raw, number = lock.threadlab_raw, lock.threadlab_number
    if isinstance(lock, ReentrantLock):
        return _reentrant(raw, number, depth)
    view = object.__new__(PlainLock)
    fill(view, raw, number, depth)
    return _with_old_names(view)


def _with_old_names(lock: Any) -> PlainLock:
    lock.acquire_lock, lock.release_lock = lock.acquire, lock.release
    lock.locked_lock = lock.locked
    made: PlainLock = lock
    return made


def _reentrant(raw: Any, number: int, depth: int) -> ReentrantLock:
    lock = object.__new__(ReentrantLock)
    fill(lock, raw, number, depth)
    slots: Any = lock
    slots._is_owned = raw._is_owned
    slots._recursion_count = partial(recursion_count, raw)
    return lock
