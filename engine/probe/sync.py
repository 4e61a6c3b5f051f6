"""`threading.Lock` and `RLock`, seen without being changed.

Why so: CPython offers the GIL at calls made by Python code, at backward jumps and on entry to a
Python function. A wrapper written in Python adds such places while the lock is held, and with
them thousands of waits that never were. So `with lock:` runs only C: each special method is a
slot of the instance that holds a composition of C callables, and stepping it records and acts
without one Python frame. An explicit `acquire()` has to take arguments, which no composition
can; it is a Python function that steps the same pipeline by `for`, which offers nothing, and
then makes one C call, because bare `acquire()` is itself a call and offers the GIL when it
returns, with the lock held.

A wait is recorded only when there is one: try, then record the wait, then block.
"""

from __future__ import annotations

import _io
import _thread
import functools
import sys
import threading
from collections.abc import Callable
from functools import partial
from itertools import repeat, starmap
from operator import call, not_
from typing import Any

from ..events import Kind, ObjectKind
from . import owner
from .recorder import recorder

_bare_rlock = threading.RLock
_LockType = type(_thread.allocate_lock())
_RLockType = type(threading.RLock())
_GIVE_EMPTY = {None: ()}.get


class _Steps:
    """An iterable that begins anew each time, in C: `any` and `all` run its operations."""

    __slots__ = ("__iter__",)

    def __init__(self, *operations: Callable[[], object]) -> None:
        # The type's slot finds the member descriptor, and that finds this.
        object.__setattr__(self, "__iter__", partial(map, call, operations))


class _Leave(_io._IOBase):  # type: ignore[name-defined, misc]
    """Turns `__exit__(type, value, traceback)` into a call without arguments: its own `close`."""

    __slots__ = ("close",)
    closed = True  # or the base would call `close` once more when this is freed


class _Probed:
    """What Lock and RLock have in common: the slots that hold the compositions."""

    __slots__ = (
        "__enter__",
        "__exit__",
        "__weakref__",
        "_number",
        "_raw",
        "acquire",
        "release",
    )

    _kind = ObjectKind.LOCK

    def __init__(self, raw: Any, number: int) -> None:
        self._raw = raw
        self._number = number
        leave = _Leave()
        leave.close = _released(raw, number, depth=0)
        self.release = leave.close
        object.__setattr__(self, "__enter__", _taken(raw, number, depth=0))
        object.__setattr__(self, "__exit__", leave.__exit__)
        self.acquire = _acquire(raw, number)

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle '{_type_name(self._raw)}' object")

    def __copy__(self) -> Any:
        raise TypeError(f"cannot pickle '{_type_name(self._raw)}' object")

    def __deepcopy__(self, memo: object) -> Any:
        raise TypeError(f"cannot pickle '{_type_name(self._raw)}' object")

    def __repr__(self) -> str:
        return repr(self._raw)

    def _at_fork_reinit(self) -> None:
        self._raw._at_fork_reinit()


class ProbedLock(_Probed):
    """A `threading.Lock` of the script."""

    __slots__ = ("_is_owned", "acquire_lock", "locked", "locked_lock", "release_lock")

    def __init__(self, raw: Any, number: int) -> None:
        super().__init__(raw, number)
        self.locked = self.locked_lock = raw.locked
        # A Condition asks this way; without it, it would try to acquire, and be recorded trying.
        self._is_owned = raw.locked
        self.acquire_lock, self.release_lock = self.acquire, self.release


class ProbedRLock(_Probed):
    """A `threading.RLock` of the script."""

    __slots__ = ("_is_owned",)
    _kind = ObjectKind.RLOCK

    def __init__(self, raw: Any, number: int) -> None:
        super().__init__(raw, number)
        self._is_owned = raw._is_owned

    def _release_save(self) -> Any:
        for _ in range(_depth(self._raw)):
            recorder.add(Kind.LOCK_RELEASED, self._number)
        return self._raw._release_save()

    def _acquire_restore(self, state: Any) -> None:
        self._raw._acquire_restore(state)
        for _ in range(state[0]):
            recorder.add(Kind.LOCK_ACQUIRED, self._number)

    def _recursion_count(self) -> int:
        return _depth(self._raw)


def _depth(raw: Any) -> int:
    """How often its owner holds an RLock; only its repr says so on every version."""
    return int(repr(raw).split("count=")[1].split()[0]) if raw._is_owned() else 0


def _type_name(raw: Any) -> str:
    kind = type(raw)
    return f"{kind.__module__}.{kind.__qualname__}"


def _taken(raw: Any, number: int, depth: int) -> Callable[[], bool]:
    """Return a C callable: try; if that fails record the wait and block; record; give True."""
    wait = recorder.pipe(Kind.LOCK_WAIT, number, repeat(-1), depth=depth)
    acquired = map(not_, recorder.pipe(Kind.LOCK_ACQUIRED, number, depth=depth))
    take = _Steps(partial(raw.acquire, False), partial(next, wait), raw.acquire)
    both: Any = _Steps(partial(any, take), partial(next, acquired))
    return partial(all, both)


def _released(raw: Any, number: int, depth: int) -> Callable[[], None]:
    """Return a C callable: record, then release, so that no other ownership overlaps; None."""
    record = recorder.pipe(Kind.LOCK_RELEASED, number, depth=depth)
    return partial(next, starmap(raw.release, map(_GIVE_EMPTY, record)))  # type: ignore[arg-type]


def _acquire(raw: Any, number: int) -> Callable[..., bool]:
    steps = map(call, repeat(_taken(raw, number, depth=1)))
    got = recorder.pipe(Kind.LOCK_ACQUIRED, number, depth=1)

    def acquire(blocking: bool = True, timeout: float = -1) -> bool:
        if blocking is True and timeout == -1:
            for ok in steps:  # noqa: B007 - one step
                break
            return bool(ok)  # the one offer that bare acquire() makes, with the lock held
        return _acquire_within(raw, number, got, blocking, timeout)

    return acquire


def _acquire_within(raw: Any, number: int, got: Any, blocking: Any, timeout: Any) -> bool:
    """Acquire with a time-out or without blocking; errors are the bare lock's own."""
    if not blocking or (isinstance(timeout, (int, float)) and timeout == 0):
        ok = raw.acquire(blocking, timeout)
        if ok:
            recorder.add(Kind.LOCK_ACQUIRED, number)
        else:
            recorder.add(Kind.LOCK_TRY_FAILED, number)
        return bool(ok)
    if not isinstance(timeout, (int, float)) or timeout < 0 or timeout > threading.TIMEOUT_MAX:
        ok = raw.acquire(blocking, timeout)  # raises, or waits for ever for blocking=1
        recorder.add(Kind.LOCK_ACQUIRED, number)
        return bool(ok)
    if raw.acquire(False):
        recorder.add(Kind.LOCK_ACQUIRED, number)
        return True
    recorder.add(Kind.LOCK_WAIT, number, value=int(timeout * 1e9))
    ok = False
    try:
        ok = raw.acquire(True, timeout)
    finally:
        recorder.add(Kind.LOCK_ACQUIRED if ok else Kind.LOCK_WAIT_FAILED, number)
    return bool(ok)


def _new_lock() -> Any:
    raw = _thread.allocate_lock()
    if not (recorder.active and owner.is_user(sys._getframe(2))):
        return raw
    return ProbedLock(raw, recorder.new_object(ObjectKind.LOCK))


def _new_rlock(*arguments: Any, **named: Any) -> Any:
    raw = _bare_rlock(*arguments, **named)
    if not (recorder.active and owner.is_user(sys._getframe(2))):
        return raw
    return ProbedRLock(raw, recorder.new_object(ObjectKind.RLOCK))


class _LockMeta(type):
    """On 3.13 `threading.Lock` is a type: `isinstance(x, threading.Lock)` has to go on working."""

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        if arguments or named:
            return _thread.allocate_lock(*arguments, **named)  # raises bare's own TypeError
        return _new_lock()

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, (_LockType, ProbedLock))


def _lock_factory() -> Any:
    if isinstance(threading.Lock, type):

        def refuse(cls: type, **named: object) -> None:
            raise TypeError("type '_thread.lock' is not an acceptable base type")

        made = _LockMeta("lock", (), {"__module__": "_thread"})
        made.__init_subclass__ = classmethod(refuse)  # type: ignore[assignment]
        return made

    @functools.wraps(_thread.allocate_lock)
    def allocate_lock() -> Any:
        return _new_lock()

    return allocate_lock


def install() -> None:
    """Put the probed primitives in `threading`; those already made stay bare."""
    threading.Lock = _lock_factory()

    @functools.wraps(_bare_rlock)
    def rlock(*arguments: Any, **named: Any) -> Any:
        return _new_rlock(*arguments, **named)

    threading.RLock = rlock  # type: ignore[assignment, misc]
