"""Conditions, and what is built on them: events, semaphores, barriers, queues, timers.

Why one place: in the standard library all of these wait in `Condition.wait` and are woken by
`Condition.notify`. Guarantees: a wait is recorded on the object that the user's code made (the
event, not the condition inside it), from the moment the condition's lock is let go to the moment
it is asked for again, with what ended it (`notices.py`); nothing is recorded for what a library
made for itself, whose `wait` is the library's own.

A condition that the user made with a lock of its own, or with a probed one, shows that lock too:
`with condition:` waits for and holds it. Without a lock given, lock and condition are one object.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import islice
from types import FrameType, SimpleNamespace
from typing import Any, NamedTuple

from ..events import Deed, Flag, Kind, ObjectKind
from . import notices
from .owner import creation_site, made_by_user, user_site
from .recorder import recorder
from .sync import ProbedLock, new_rlock, seen_from
from .threads import timeout_value

_OBJECT = "_threadlab_object"

_Condition = threading.Condition
_condition_init = _Condition.__init__
_FUTURE_INIT = Future.__init__.__code__
_bare_saving: Any = (
    _Condition._release_save,  # type: ignore[attr-defined]
    _Condition._acquire_restore,  # type: ignore[attr-defined]
)
_notify = _Condition.notify
_wait_for_code = _Condition.wait_for.__code__
_init_timer = threading.Timer.__init__

#: Class, kind, and what a notify of its condition is (None: the caller's name tells).
_BUILT_ON_CONDITIONS: tuple[tuple[type, ObjectKind, Deed | None], ...] = (
    (threading.Event, ObjectKind.EVENT, Deed.SET),
    (threading.Semaphore, ObjectKind.SEMAPHORE, Deed.RELEASED),
    (threading.Barrier, ObjectKind.BARRIER, None),
)


class _Mark:
    """What a condition's notify records: *always*, or only where somebody waits."""

    __slots__ = ("always", "deed", "number")

    def __init__(self, number: int, deed: Deed | None, always: bool) -> None:
        self.number = number
        self.deed = deed
        self.always = always


class _Saved(NamedTuple):
    """What `wait` keeps while it waits: the lock's own state, and ours."""

    held: Any
    waiter: Any
    cell: notices.Cell
    timeout: int


def install() -> None:
    """Patch `threading.Condition` and the classes of `threading` that are built on it."""
    notices.install()
    _Condition._threadlab_mark = None  # type: ignore[attr-defined]
    _Condition.__init__ = initialise  # type: ignore[method-assign]
    _Condition.notify = notify  # type: ignore[method-assign]
    for made, kind, deed in _BUILT_ON_CONDITIONS:
        watch_class(made, kind, functools.partial(_mark_inner, deed))
    threading.Timer.__init__ = initialise_timer  # type: ignore[method-assign]


def watch_class(made: type, kind: ObjectKind, ready: Callable[[Any, int], None]) -> None:
    """Number the instances of *made* that users make.

    *ready* is called with each such instance and its number.
    """
    init = made.__init__  # type: ignore[misc]
    # Not asked of an instance's `__dict__`: to make that slows the instance down.
    made._threadlab_object = 0  # type: ignore[attr-defined]

    @functools.wraps(init)
    def patched(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        if self._threadlab_object or not made_by_user(self):
            return
        number = recorder.registry.add_object(kind, creation_site(self))
        self._threadlab_object = number
        ready(self, number)

    made.__init__ = patched  # type: ignore[misc]


def _mark_inner(deed: Deed | None, instance: Any, number: int) -> None:
    mark(instance._cond, number, deed=deed, always=deed is not None)


def mark(
    condition: Any,
    number: int,
    *,
    wait: Kind = Kind.WAIT_BEGIN,
    deed: Deed | None = None,
    always: bool = False,
) -> None:
    """Record the waits of *condition* as waits of kind *wait* for object *number*.

    What ends them is a *deed*, or is told by the name of the function that notifies; it is
    recorded where somebody waits, or *always*.
    """
    release_save, acquire_restore = _saving(condition)
    condition._threadlab_mark = _Mark(number, deed, always)

    def releasing() -> Any:
        frame = sys._getframe(1)
        waiter = frame.f_locals.get("waiter")
        timeout = timeout_value(frame.f_locals.get("timeout"))
        if waiter is None or not timeout:  # not called by `wait`; or a look, and no wait
            return release_save()
        above = frame.f_back
        flags = Flag.INDIRECT if above and above.f_code is _wait_for_code else 0
        site = user_site(frame)
        cell = notices.expect(waiter)
        held = release_save()
        recorder.record(wait, number, timeout, site, flags)
        return _Saved(held, waiter, cell, timeout)

    def restoring(saved: Any) -> Any:
        if type(saved) is not _Saved:
            return acquire_restore(saved)
        ticket = saved.cell[0]
        notices.over(saved.waiter)
        expired = saved.timeout >= 0 and not ticket and _ran_out(sys._getframe(1))
        recorder.record(Kind.WAIT_END, number, ticket, flags=Flag.TIMED_OUT if expired else 0)
        return acquire_restore(saved.held)

    condition._release_save, condition._acquire_restore = releasing, restoring


def _saving(condition: Any) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """Return what lets go of the condition's lock for a wait, and what takes it again.

    Neither refers to the condition: a bare one is gone with the last name for it, without a
    garbage collection.
    """
    kind = type(condition)
    if (kind._release_save, kind._acquire_restore) != _bare_saving:
        return condition._release_save, condition._acquire_restore
    own = condition.__dict__  # has those of an RLock
    # The library's own functions, for a trace function of the script's, which counts them.
    release_save, acquire_restore = (
        functools.partial(function, SimpleNamespace(_lock=condition._lock))
        for function in _bare_saving
    )
    return own.get("_release_save", release_save), own.get("_acquire_restore", acquire_restore)


def _ran_out(frame: FrameType) -> bool:
    """Whether `Condition.wait`, in *frame*, got what it waited for; False where it does not say."""
    return frame.f_locals.get("gotit") is False


@functools.wraps(_condition_init)
def initialise(self: Any, lock: Any = None) -> None:
    """Make a condition; one that the user makes is shown, and its lock with it."""
    # Each task of a pool makes one: not worth to be looked through.
    if sys._getframe(1).f_code is _FUTURE_INIT or not made_by_user(self):
        _condition_init(self, lock)
        return
    number = recorder.registry.add_object(ObjectKind.CONDITION, creation_site(self))
    if lock is None:
        lock = new_rlock(number=number)
    _condition_init(self, lock)
    if isinstance(lock, ProbedLock):
        _show_lock(self, lock)
    mark(self, number, deed=Deed.NOTIFIED, always=True)


def _show_lock(condition: Any, lock: ProbedLock) -> None:
    """Let the condition use *lock* so that its records name the user's line."""
    condition._lock = seen_from(lock, 1)
    raw = lock.threadlab_raw
    if hasattr(raw, "_is_owned"):
        return

    def is_owned() -> bool:
        # As `Condition` asks a lock that does not know its owner, without leaving a record.
        if raw.acquire(False):
            raw.release()
            return False
        return True

    condition._is_owned = is_owned


@functools.wraps(_notify)
def notify(self: Any, n: Any = 1) -> None:
    """Notify, and record who did and whom it wakes."""
    # One Python frame more at a place that is a call of a Python function anyway.
    marked: _Mark | None = self._threadlab_mark
    if marked is not None:
        waiters = self._waiters
        if (waiters or marked.always) and isinstance(n, int) and n >= 0 and self._is_owned():
            deed = notices.deed_of(sys._getframe(1)) if marked.deed is None else marked.deed
            notices.tell(marked.number, deed, islice(waiters, n), len(waiters))
    _notify(self, n)


@functools.wraps(_init_timer)
def initialise_timer(self: Any, *arguments: Any, **named: Any) -> None:
    """Make a timer; the event that ends its waiting is the timer itself."""
    _init_timer(self, *arguments, **named)
    number = self._threadlab_object
    if number and made_by_user(self):
        mark(self.finished._cond, number, wait=Kind.TIMER_WAIT, deed=Deed.CANCELLED)
