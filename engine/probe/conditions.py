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
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..events import Deed, Kind, ObjectKind
from . import notices
from .owner import creation_site
from .recorder import recorder
from .sync import ProbedLock, new_rlock, seen_from

if TYPE_CHECKING or not hasattr(recorder.accelerator, "Mark"):
    from . import composed_conditions as forms
else:
    from . import native_conditions as forms

_OBJECT = "_threadlab_object"

_Condition: Any = threading.Condition
_condition_init = _Condition.__init__
_CALLS = ("_release_save", "_acquire_restore", "_is_owned")
_bare_calls = {name: getattr(_Condition, name) for name in _CALLS}
_init_timer = threading.Timer.__init__

#: Class, kind, and what a notify of its condition is (None: the caller's name tells).
_BUILT_ON_CONDITIONS: tuple[tuple[type, ObjectKind, Deed | None], ...] = (
    (threading.Event, ObjectKind.EVENT, Deed.SET),
    (threading.Semaphore, ObjectKind.SEMAPHORE, Deed.RELEASED),
    (threading.Barrier, ObjectKind.BARRIER, None),
)


def install() -> None:
    """Patch `threading.Condition` and the classes of `threading` that are built on it."""
    notices.install()
    forms.install()
    _Condition.__init__ = initialise
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
        if self._threadlab_object or not recorder.made_by_user(self):
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
    release_save, acquire_restore, is_owned = (_call(condition, name) for name in _CALLS)
    forms.mark(condition, number, wait, deed, always, (release_save, acquire_restore, is_owned))


def _call(condition: Any, name: str) -> Callable[..., Any]:
    """Return what *condition* calls as *name*: of the three that a lock may bring or not.

    It does not refer to the condition: a bare one is gone with the last name for it, without a
    garbage collection.
    """
    found: Callable[..., Any] = getattr(condition, name)
    if getattr(found, "__func__", None) is not _bare_calls[name]:
        return found  # that of an RLock, or a subclass's own
    return _of_lock(name, condition._lock)


def _of_lock(name: str, lock: Any) -> Callable[..., Any]:
    # The library's own function, for a trace function of the script's, which counts it.
    return functools.partial(_bare_calls[name], SimpleNamespace(_lock=lock))


@functools.wraps(_condition_init)
def initialise(self: Any, lock: Any = None) -> None:
    """Make a condition; one that the user makes is shown, and its lock with it."""
    if not recorder.made_by_user(self):
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
    if not hasattr(raw, "_is_owned"):  # a lock is then asked by trying it, which is no attempt
        condition._is_owned = _of_lock("_is_owned", raw)


@functools.wraps(_init_timer)
def initialise_timer(self: Any, *arguments: Any, **named: Any) -> None:
    """Make a timer; the event that ends its waiting is the timer itself."""
    _init_timer(self, *arguments, **named)
    number = self._threadlab_object
    if number and recorder.made_by_user(self):
        mark(self.finished._cond, number, wait=Kind.TIMER_WAIT, deed=Deed.CANCELLED)
