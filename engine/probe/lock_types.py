"""What every probed lock is, whatever it is made of: how it looks to the script.

Guarantees: `threading.Lock` is a function up to Python 3.12 and a type from 3.13 on, where
`isinstance(x, Lock)` works and `class A(Lock)` does not; both hold here. A lock that a library
makes is the bare one. Copy and pickle are refused in the bare lock's own words. A class that
inherits from a reentrant lock's type inherits from the bare type, and is not seen.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable
from typing import Any

from .recorder import recorder

bare_lock = threading.Lock
bare_lock_type: Any = _thread.LockType
bare_allocate: Any = _thread.allocate_lock
bare_reentrant: Any = _thread.RLock
LOCK_IS_TYPE = isinstance(bare_lock, type)
_RLOCK_CODE = threading.RLock.__code__  # type: ignore[attr-defined]


class ProbedLock:
    """A lock, or a reentrant lock, that records.

    Attributes: threadlab_number (of the object), threadlab_raw (the same lock, which records
    nothing).
    """

    __slots__ = ()

    threadlab_number: Any
    threadlab_raw: Any

    def __reduce_ex__(self, protocol: Any) -> Any:
        refuses: Any = bare_reentrant() if hasattr(self, "_is_owned") else bare_allocate()
        return refuses.__reduce_ex__(protocol)


class LockType(type):
    """What makes a probed plain lock's class stand for `threading.Lock` where that is a type."""

    #: Makes a lock for the user.
    make: Callable[[], Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> LockType:
        """Make the class of a probed lock, and refuse to make one that inherits from it."""
        for base in bases:
            if isinstance(base, LockType):
                raise TypeError("type '_thread.lock' is not an acceptable base type")
        made = super().__new__(mcs, name, bases, body)
        made.__name__ = made.__qualname__ = "lock"
        made.__module__ = "_thread"
        return made

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        """Do what calling `threading.Lock`, or a lock's type, does."""
        if not LOCK_IS_TYPE:  # `type(lock)()`, which only ever raises
            return bare_lock_type(*arguments, **named)
        if arguments or named or not recorder.user_at(1):
            return bare_lock(*arguments, **named)
        return LockType.make()

    def __instancecheck__(cls, instance: object) -> bool:
        return type(instance) in (cls, bare_lock_type)


class ReentrantType(type):
    """The type of the reentrant lock that records, which stands for the bare lock's type.

    Attributes: make, which makes a lock for the user.
    """

    make: Callable[[], Any]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        """Make the type, or a class that inherits from it: then of the bare type."""
        if not any(isinstance(base, ReentrantType) for base in bases):
            return super().__new__(mcs, name, bases, body)
        body.setdefault("__module__", sys._getframe(1).f_globals.get("__name__"))
        bare = (bare_reentrant if isinstance(base, ReentrantType) else base for base in bases)
        return type(name, tuple(bare), body)

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        """Make a lock for whoever calls, or calls `threading.RLock`."""
        depth = 2 if sys._getframe(1).f_code is _RLOCK_CODE else 1
        if arguments or named or not recorder.user_at(depth):
            return bare_reentrant(*arguments, **named)
        return ReentrantType.make()

    def __instancecheck__(cls, instance: object) -> bool:
        return super().__instancecheck__(instance) or isinstance(instance, bare_reentrant)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return super().__subclasscheck__(subclass) or issubclass(subclass, bare_reentrant)
