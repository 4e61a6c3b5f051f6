"""Locks and reentrant locks of the accelerator: what `composed_locks` makes, in C.

Guarantees: those of `sync`; a call offers the GIL where the bare lock's does, and nowhere else.
"""

from __future__ import annotations

from typing import Any

from .lock_types import LockType, ProbedLock, ReentrantType, bare_lock_type, bare_reentrant
from .recorder import recorder

_native: Any = recorder.accelerator


class PlainLock(ProbedLock, _native.Lock, metaclass=LockType):  # type: ignore[misc]
    """A `threading.Lock` that records."""

    __slots__ = ()
    # So that `isinstance(lock, _thread.LockType)` holds, as it does for the bare lock.
    __class__ = property(lambda self: bare_lock_type)

    @property
    def threadlab_raw(self) -> Any:
        """The same lock, which records nothing."""
        return _native.Lock(0, 0, self)


class ReentrantLock(ProbedLock, _native.RLock, metaclass=ReentrantType):  # type: ignore[misc]
    """A `threading.RLock` that records."""

    __slots__ = ()
    __class__ = property(lambda self: bare_reentrant)

    @property
    def threadlab_raw(self) -> Any:
        """The same lock, which records nothing."""
        return _native.RLock(0, 0, self)


ReentrantLock.__name__ = ReentrantLock.__qualname__ = "RLock"
ReentrantLock.__module__ = "_thread"
_native.wear(PlainLock, "_thread.lock")
_native.wear(ReentrantLock, "_thread.RLock")  # after `__name__`, which would take it off


def new_lock(number: int, depth: int) -> PlainLock:
    """Return a lock that records as object *number*."""
    made: PlainLock = _native.Lock.__new__(PlainLock, number, depth)
    return made


def new_rlock(number: int, depth: int) -> ReentrantLock:
    """Return a reentrant lock that records as object *number*."""
    made: ReentrantLock = _native.RLock.__new__(ReentrantLock, number, depth)
    return made


def seen_from(lock: ProbedLock, depth: int) -> ProbedLock:
    """Return the same lock, as a library uses it on behalf of the user, *depth* frames above."""
    kind, bare = (
        (ReentrantLock, _native.RLock)
        if isinstance(lock, ReentrantLock)
        else (PlainLock, _native.Lock)
    )
    made: ProbedLock = bare.__new__(kind, lock.threadlab_number, depth, lock)
    return made
