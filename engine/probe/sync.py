"""Locks and reentrant locks that record who waits, who holds, and who lets go.

Why two forms: where an accelerator was built for this interpreter, a lock is a type in C
(`native_locks`), as fast as the bare one; where there is no compiler it is composed of C callables
(`composed_locks`), two to three times as slow in a loop that does nothing else. Both record the
same, and the tests hold both to it.

Guarantees:
- A wait is recorded only when it happens. A release is recorded before it happens, an
  acquisition after it: no other thread's record can come between.
- `with`, and a release, offer the GIL where a bare lock does and nowhere else. An explicit
  `acquire()` offers it once, after the call, with the lock held: the same place as the bare one.
- What fails, fails as the bare lock does, with its own words; a release that fails leaves no
  record.
- A lock that a library makes is the bare one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..events import ObjectKind
from . import lock_names
from .lock_types import LockType, ProbedLock, ReentrantType
from .owner import user_site
from .recorder import recorder

if TYPE_CHECKING or recorder.accelerator is None:
    from . import composed_locks as locks
else:
    from . import native_locks as locks

__all__ = ["ProbedLock", "install", "new_lock", "new_rlock", "seen_from"]


def new_lock(depth: int = 0, number: int = 0) -> ProbedLock:
    """Return a probed lock, of its own number unless one is given.

    *depth* is how many Python frames of a library stand between the user's line and the lock: one
    for a condition's lock, whose `__enter__` is called by `Condition.__enter__`.
    """
    number = number or recorder.registry.add_object(ObjectKind.LOCK, user_site())
    return locks.new_lock(number, depth)


def new_rlock(depth: int = 0, number: int = 0) -> ProbedLock:
    """Return a probed reentrant lock, of its own number unless one is given."""
    number = number or recorder.registry.add_object(ObjectKind.RLOCK, user_site())
    return locks.new_rlock(number, depth)


def seen_from(lock: Any, depth: int) -> ProbedLock:
    """Return the same lock, as a library uses it on behalf of the user, *depth* frames above."""
    return locks.seen_from(lock, depth)


def install() -> None:
    """Put the locks that record under the names by which a script makes them."""
    LockType.make, ReentrantType.make = staticmethod(new_lock), staticmethod(new_rlock)
    lock_names.install(locks.PlainLock, locks.ReentrantLock)
