"""The locks of `multiprocessing`, and what is built on them: who waits, who holds, in any process.

Why here and not in `sync`: these are semaphores of the system behind a Python class, whose
`acquire`, `release` and `_semlock` are plain attributes, and whose `with` runs Python frames of
the library that offer the GIL while the lock is held. The probe stands in the place of the
attributes: `with` runs one Python frame more, next to the bare ones; `release()` is of C callables
alone, as the bare one is.

Conditions, events, barriers and joinable queues all wait at one semaphore of a condition; that
place is probed, so a wait begins when the lock has been let go and ends before it is asked for.

Guarantees: one object in the trace for all processes that share it (`shared_objects`); a wait is
recorded only when it happens; what a library made for itself, and what it is made of inside, stay
bare; nothing is pickled that would not be pickled without us.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from multiprocessing import synchronize
from types import SimpleNamespace
from typing import Any

from ..events import Deed, Flag, Kind, Notice, ObjectKind
from . import shared_objects
from .blocking import blocked
from .composed_locks import ComposedLock, fill
from .recorder import recorder
from .shared_objects import announce, kind_of, known, look_for_imports, maker_site
from .threads import timeout_value

_KINDS: tuple[tuple[type, ObjectKind], ...] = (
    (synchronize.RLock, ObjectKind.RLOCK),
    (synchronize.Lock, ObjectKind.LOCK),
)
#: What a notify does where it is no plain one.
_DEEDS = {ObjectKind.EVENT: Deed.SET, ObjectKind.QUEUE: Deed.DONE, ObjectKind.BARRIER: Deed.ARRIVED}


def install() -> None:
    """Patch the classes of `multiprocessing.synchronize`, and those of shared values later."""
    _watch_semaphores(synchronize.SemLock)
    _watch_conditions(synchronize.Condition)
    _watch_made(synchronize.Event, ObjectKind.EVENT)
    _watch_made(synchronize.Barrier, ObjectKind.BARRIER)
    shared_objects.when_imported("multiprocessing.sharedctypes", _watch_values)


class _Shown:
    """Stands for the `_semlock` of a lock: what records is ours, all else is the bare one's."""

    __slots__ = ("__enter__", "__exit__", "acquire", "number", "outer", "raw", "release")

    def __init__(self, raw: Any, number: int, outer: Any) -> None:
        self.raw, self.number, self.outer = raw, number, outer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def key_of(lock: Any) -> str | None:
    """Return the name of the semaphore of *lock*; None where only a fork can share it."""
    name: str | None = lock._semlock.name
    return name


def _key_of_condition(condition: Any) -> str | None:
    """Return the key of *condition*: not that of the semaphore in it, which is not shown itself."""
    name = key_of(condition._wait_semaphore)
    return None if name is None else f"condition {name}"


def _watch_semaphores(made: Any) -> None:
    init, set_state = made.__init__, made.__setstate__

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        look_for_imports()
        site = maker_site(self)
        if site is not None:
            kind = next((k for t, k in _KINDS if isinstance(self, t)), ObjectKind.SEMAPHORE)
            show(self, announce(kind, site, key=key_of(self), owner=self))

    @functools.wraps(set_state)
    def restore(self: Any, state: Any) -> None:
        set_state(self, state)
        look_for_imports()
        number = known(key_of(self), self)
        if number:
            show(self, number)

    made.__init__, made.__setstate__ = initialise, restore


def show(lock: Any, number: int) -> None:
    """Let *lock* record as object *number*."""
    raw, reentrant = lock._semlock, isinstance(lock, synchronize.RLock)
    if reentrant or isinstance(lock, synchronize.Lock):
        lock._semlock = _lock(raw, number, reentrant=reentrant)
    else:
        lock._semlock = _semaphore(raw, number)
    lock._make_methods()


class _Outer:
    """A lock as methods of the library use it on behalf of the user's line, one frame above."""

    # What lies in a slot is called in C, as `with` finds it.
    __slots__ = ("__enter__", "__exit__", "acquire", "release")


def _lock(raw: Any, number: int, *, reentrant: bool) -> Any:
    """Return what stands for *raw*, the semaphore of a lock."""
    outer: Any = _Outer()
    outer.__enter__ = _enter(raw, number, 2)
    outer.__exit__ = outer.release = _leave(raw, number, reentrant)
    outer.acquire = _acquire(raw, number, 2)
    shown: Any = _Shown(raw, number, outer)
    shown.__enter__, shown.__exit__ = outer.__enter__, outer.__exit__
    shown.acquire, shown.release = _acquire(raw, number, 1), _release(raw, number, reentrant)
    return shown


def _held(raw: Any, reentrant: bool) -> Callable[[], bool]:
    held: Callable[[], bool] = raw._is_mine if reentrant else raw._is_zero
    return held


def _enter(raw: Any, number: int, depth: int) -> Callable[[], bool]:
    """Return what takes the lock for the line *depth* frames above."""
    take = raw.acquire
    waits = recorder.pipe(Kind.LOCK_WAIT, number, values=-1, site=depth)
    acquired = recorder.pipe(Kind.LOCK_ACQUIRED, number, site=depth)
    failed = recorder.pipe(Kind.LOCK_WAIT_FAILED, number, site=depth)

    def enter() -> bool:
        if not take(False):
            None in waits  # noqa: B015 - one step of the pipe, without a call
            try:
                take()
            except BaseException:
                None in failed  # noqa: B015 - one step of the pipe, without a call
                raise
        None in acquired  # noqa: B015 - one step of the pipe, without a call
        return True

    return enter


def _acquire(raw: Any, number: int, depth: int) -> Callable[..., Any]:
    """Return `acquire` with the arguments that it has in `multiprocessing`."""
    enter = _enter(raw, number, depth + 1)
    acquired = recorder.pipe(Kind.LOCK_ACQUIRED, number, site=depth)
    try_failed = recorder.pipe(Kind.LOCK_TRY_FAILED, number, site=depth)

    def acquire(block: bool = True, timeout: float | None = None) -> Any:
        if block and timeout is None:
            return enter()
        # A time-out of nothing is a try.
        is_wait = block and isinstance(timeout, int | float) and timeout > 0
        if not is_wait or raw.acquire(False):
            taken = True if is_wait else raw.acquire(block, timeout)
            None in (acquired if taken else try_failed)  # noqa: B015 - one step of a pipe
            return taken
        recorder.record(Kind.LOCK_WAIT, number, timeout_value(timeout))
        kind, flags = Kind.LOCK_WAIT_FAILED, 0
        try:
            taken = raw.acquire(True, timeout)
            kind, flags = (Kind.LOCK_ACQUIRED, 0) if taken else (kind, Flag.TIMED_OUT)
        finally:
            recorder.record(kind, number, flags=flags)
        return taken

    return acquire


def _leave(raw: Any, number: int, reentrant: bool) -> Callable[..., None]:
    """Return what lets the lock go for the line two frames above; a refusal leaves no record."""
    held, release = _held(raw, reentrant), raw.release
    released = recorder.pipe(Kind.LOCK_RELEASED, number, site=2)

    def leave(*_: Any) -> None:
        if held():
            None in released  # noqa: B015 - one step of the pipe, without a call
        release()

    return leave


def _release(raw: Any, number: int, reentrant: bool) -> Callable[[], None]:
    """Return a `release` for the user's line: C callables alone, as the bare one is."""
    asked = {"_is_owned" if reentrant else "locked": _held(raw, reentrant)}
    composed: Any = object.__new__(ComposedLock)
    fill(composed, SimpleNamespace(acquire=raw.acquire, release=raw.release, **asked), number)
    release: Callable[[], None] = composed.release
    return release


def _semaphore(raw: Any, number: int) -> Any:
    """Return what stands for *raw*, a semaphore that counts."""
    shown: Any = _Shown(raw, number, raw)
    shown.acquire = waiting(raw.acquire, number)
    shown.release = _giving_back(raw.release, number)
    shown.__enter__ = shown.acquire
    shown.__exit__ = lambda *_: shown.release()
    return shown


def waiting(
    acquire: Callable[..., Any], number: int, kind: Kind | None = None
) -> Callable[..., Any]:
    """Return *acquire* of a semaphore, recording a wait for object *number* if there is one.

    With *kind* each blocking call is one, of this kind: a condition's wait, whose lock has been
    let go, is a wait even if it is notified at once.
    """

    def watched(block: bool = True, timeout: float | None = None) -> Any:
        if not block or not isinstance(timeout, int | float | None):
            return acquire(block, timeout)
        if kind is not None or not acquire(False):
            begins = kind or Kind.WAIT_BEGIN
            return blocked(number, timeout, acquire, True, timeout, kind=begins)
        return True

    return watched


def _giving_back(release: Callable[[], None], number: int) -> Callable[[], None]:
    def watched() -> None:
        recorder.record(Kind.NOTIFY, number, Notice(Deed.RELEASED, 0, 0).packed())
        release()

    return watched


def _watch_conditions(made: Any) -> None:
    init, set_state, notify = made.__init__, made.__setstate__, made.notify

    @functools.wraps(init)
    def initialise(self: Any, lock: Any = None, *, ctx: Any) -> None:
        init(self, lock, ctx=ctx)
        site = maker_site(self)
        if site is None:
            return
        number = announce(ObjectKind.CONDITION, site)
        mark(self, number)
        if lock is None:  # lock and condition are one object, as in `threading`
            _keep(key_of(self._lock), number, self._lock)
            show(self._lock, number)
            self._make_methods()
        _use_outer(self)

    @functools.wraps(set_state)
    def restore(self: Any, state: Any) -> None:
        set_state(self, state)
        _use_outer(self)
        number = known(_key_of_condition(self), self)
        if number:
            mark(self, number)

    @functools.wraps(notify)
    def watched_notify(self: Any, n: int = 1) -> None:
        number = self.__dict__.get("_threadlab_notifies")
        if number and self._lock._semlock._is_mine():
            sleeping, woken = self._sleeping_count._semlock, self._woken_count._semlock
            waited = max(0, _value(sleeping) - _value(woken))
            deed = _DEEDS.get(kind_of(number), Deed.NOTIFIED)
            recorder.record(Kind.NOTIFY, number, Notice(deed, waited, 0).packed())
        notify(self, n)

    made.__init__, made.__setstate__, made.notify = initialise, restore, watched_notify
    _watch_entry(made)


def _value(semaphore: Any) -> int:
    try:
        return int(semaphore._get_value())
    except NotImplementedError:  # macOS
        return 0


def _keep(key: str | None, number: int, owner: object) -> None:
    if key is not None:
        shared_objects.keep(key, number, owner)


def mark(condition: Any, number: int) -> None:
    """Record the waits at *condition* as waits for object *number*, here and where it is sent."""
    semaphore = condition._wait_semaphore
    _keep(_key_of_condition(condition), number, condition)
    is_queue = kind_of(number) is ObjectKind.QUEUE
    kind = Kind.QUEUE_JOIN_WAIT if is_queue else Kind.WAIT_BEGIN
    semaphore.acquire = waiting(semaphore.acquire, number, kind)
    condition.__dict__["_threadlab_notifies"] = number


def _watch_made(made: Any, kind: ObjectKind) -> None:
    """Show the waits of each *made* by a user; a spawned process knows it by its condition."""
    init = made.__init__

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        site = maker_site(self)
        if site is not None:
            mark(self._cond, announce(kind, site))

    made.__init__ = initialise


def _watch_values(sharedctypes: Any) -> None:
    """Let the lock of a value or an array record the user's line, not the library's.

    It has the value's name: `counter = Value("i")` makes the lock where `counter` is made.
    """
    base, array = sharedctypes.SynchronizedBase, sharedctypes.SynchronizedArray
    init = base.__init__

    @functools.wraps(init)
    def initialise(self: Any, obj: Any, lock: Any = None, ctx: Any = None) -> None:
        init(self, obj, lock, ctx)
        _use_outer(self)

    base.__init__ = initialise
    _watch_entry(base)
    _watch_items(array)
    sharedctypes.prop_cache.clear()
    sharedctypes.template = sharedctypes.template.replace("self.", "self._threadlab_lock.").replace(
        "self._threadlab_lock._obj", "self._obj"
    )
    sharedctypes.Synchronized.value = sharedctypes.make_property("value")
    for name in ("value", "raw"):
        setattr(sharedctypes.SynchronizedString, name, sharedctypes.make_property(name))


def _watch_entry(made: Any) -> None:
    """Let `with` take the lock of each *made* one frame below the user's line, to know that."""

    def __enter__(self: Any) -> Any:  # noqa: N807 - a method of the library's
        return self._threadlab_lock.__enter__()

    def __exit__(self: Any, *error: Any) -> Any:  # noqa: N807
        return self._threadlab_lock.__exit__(*error)

    made._threadlab_lock = _OwnLock()
    made.__enter__ = functools.wraps(made.__enter__)(__enter__)
    made.__exit__ = functools.wraps(made.__exit__)(__exit__)


def _use_outer(instance: Any) -> None:
    shown = getattr(instance._lock, "_semlock", None)
    if isinstance(shown, _Shown):
        instance.__dict__["_threadlab_lock"] = shown.outer


class _OwnLock:
    """The lock of what has no probed one: what a library made, or before it was patched."""

    def __get__(self, instance: Any, owner: Any) -> Any:
        return instance._lock


def _watch_items(array: Any) -> None:
    """Let the items be read and written under the probed lock, one frame above it as it is bare."""

    def __getitem__(self: Any, i: Any) -> Any:  # noqa: N807 - a method of the library's
        with self._threadlab_lock:
            return self._obj[i]

    def __setitem__(self: Any, i: Any, value: Any) -> None:  # noqa: N807
        with self._threadlab_lock:
            self._obj[i] = value

    def __getslice__(self: Any, start: int, stop: int) -> Any:  # noqa: N807
        with self._threadlab_lock:
            return self._obj[start:stop]

    def __setslice__(self: Any, start: int, stop: int, values: Any) -> None:  # noqa: N807
        with self._threadlab_lock:
            self._obj[start:stop] = values

    for method in (__getitem__, __setitem__, __getslice__, __setslice__):
        setattr(array, method.__name__, functools.wraps(getattr(array, method.__name__))(method))
