"""The names under which a script gets at locks, in `threading` and in `_thread`.

Why the names of `_thread` too: `threading.Lock` is pickled by the name that it has there (a manager
sends it to its server), and scripts use them. `threading.RLock` stays the very function that it is;
what it calls is replaced, so that its warnings, its signature and its source are its own.
"""

from __future__ import annotations

import _thread
import threading
from typing import Any

from .lock_types import (
    LOCK_IS_TYPE,
    LockType,
    ProbedLock,
    bare_allocate,
    bare_lock_type,
    bare_reentrant,
)
from .recorder import recorder
from .stand_ins import StandIn


def install(plain: type, reentrant: type) -> None:
    """Put *plain* and *reentrant*, the types that record, where the bare ones are."""

    def allocate_lock(*arguments: Any, **named: Any) -> Any:
        if arguments or named or not recorder.user_at(1):
            return bare_allocate(*arguments, **named)
        bare_allocate()  # for a profile function of the script's own, which counts it
        return LockType.make()

    for made in {*plain.__mro__, *reentrant.__mro__}:  # what `help` would find
        if issubclass(made, ProbedLock):
            made.__doc__ = None
    plain.__doc__, reentrant.__doc__ = bare_lock_type.__doc__, bare_reentrant.__doc__
    low: Any = _thread
    high: Any = threading
    low.allocate_lock = low.allocate = StandIn(bare_allocate, allocate_lock)
    low.LockType = plain
    if LOCK_IS_TYPE:
        high.Lock = low.lock = plain
    else:
        high.Lock = low.allocate_lock
    high._CRLock = low.RLock = reentrant
