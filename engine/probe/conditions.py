"""Conditions, and what is built on them: events, semaphores, barriers, queues.

Why one place: in the standard library all of these wait in `Condition.wait`. Guarantees: a wait
is recorded on the object that the user's code made (the event, not the condition inside it), from
the moment the condition's lock is let go to the moment it is asked for again; nothing is recorded
for what a library made for itself.

A condition that the user made with a lock of its own, or with a probed one, shows that lock too:
`with condition:` waits for and holds it. Without a lock given, lock and condition are one object.
"""

from __future__ import annotations

import functools
import threading
from _thread import get_ident
from collections.abc import Callable
from typing import Any

from ..events import Kind, ObjectKind
from .owner import creation_site, made_by_user, user_site
from .recorder import recorder
from .sync import ProbedLock, new_rlock, seen_from
from .threads import timeout_value

_OBJECT = "_threadlab_object"
_NOTIFIES = "_threadlab_notifies"

_Condition = threading.Condition
_condition_init = _Condition.__init__
_wait, _notify = _Condition.wait, _Condition.notify
_timeouts: dict[int, int] = {}

#: Class, kind, and the attributes that hold its conditions.
_BUILT_ON_CONDITIONS: tuple[tuple[type, ObjectKind, tuple[str, ...]], ...] = (
    (threading.Event, ObjectKind.EVENT, ("_cond",)),
    (threading.Semaphore, ObjectKind.SEMAPHORE, ("_cond",)),
    (threading.Barrier, ObjectKind.BARRIER, ("_cond",)),
)


def install() -> None:
    """Patch `threading.Condition` and the classes of `threading` that are built on it."""
    _Condition.__init__ = initialise  # type: ignore[method-assign]
    _Condition.wait = wait  # type: ignore[method-assign]
    _Condition.notify = notify  # type: ignore[method-assign]
    for made, kind, names in _BUILT_ON_CONDITIONS:
        watch_class(made, kind, names)


def watch_class(
    made: type,
    kind: ObjectKind,
    names: tuple[str, ...],
    ready: Callable[[Any, int], None] = lambda instance, number: None,
) -> None:
    """Number the instances of *made* that users make, and their conditions *names* with them.

    *ready* is called with each such instance and its number.
    """
    init = made.__init__  # type: ignore[misc]

    @functools.wraps(init)
    def patched(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        if _OBJECT in self.__dict__ or not made_by_user(self):
            return
        number = recorder.registry.add_object(kind, creation_site(self))
        self.__dict__[_OBJECT] = number
        for name in names:
            mark(getattr(self, name), number, notifies=kind is ObjectKind.EVENT)
        ready(self, number)

    made.__init__ = patched  # type: ignore[misc]


def mark(condition: Any, number: int, notifies: bool = False) -> None:
    """Record the waits of *condition* as waits for object *number*."""
    release_save, acquire_restore = condition._release_save, condition._acquire_restore
    condition.__dict__[_OBJECT] = number
    condition.__dict__[_NOTIFIES] = notifies

    def releasing() -> Any:
        site = user_site()
        held = release_save()
        recorder.record(Kind.WAIT_BEGIN, number, _timeouts.pop(get_ident(), -1), site)
        return held

    def restoring(held: Any) -> None:
        recorder.record(Kind.WAIT_END, number)
        acquire_restore(held)

    condition._release_save, condition._acquire_restore = releasing, restoring


@functools.wraps(_condition_init)
def initialise(self: Any, lock: Any = None) -> None:
    """Make a condition; one that the user makes is shown, and its lock with it."""
    if not made_by_user(self):
        _condition_init(self, lock)
        return
    number = recorder.registry.add_object(ObjectKind.CONDITION, creation_site(self))
    if lock is None:
        lock = new_rlock(number=number)
    _condition_init(self, lock)
    if isinstance(lock, ProbedLock):
        _show_lock(self, lock)
    mark(self, number, notifies=True)


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


@functools.wraps(_wait)
def wait(self: Any, timeout: float | None = None) -> bool:
    """Wait, and keep the time-out for the record that is made when the lock is let go."""
    if _OBJECT in self.__dict__:
        _timeouts[get_ident()] = timeout_value(timeout)
    return _wait(self, timeout)


@functools.wraps(_notify)
def notify(self: Any, n: int = 1) -> None:
    """Notify, and record how many waited."""
    # One Python frame more at a place that is a call of a Python function anyway.
    if self.__dict__.get(_NOTIFIES):
        recorder.record(Kind.NOTIFY, self.__dict__[_OBJECT], len(self._waiters))
    _notify(self, n)
