"""Conditions that record, in the accelerator: what `composed_conditions` does, in C.

Guarantees: those of `conditions`; a condition that is not marked is the library's own in all, and
`Condition.notify` too.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition
from types import BuiltinFunctionType
from typing import Any

from ..events import Deed, Flag, Kind
from .notices import CONDITION, DEEDS
from .recorder import recorder

_native: Any = recorder.accelerator

#: What a condition calls of its lock: `_release_save`, `_acquire_restore`, `_is_owned`.
LockCalls = tuple[Callable[[], Any], Callable[[Any], Any], Callable[[], Any]]


def install() -> None:
    """Tell the accelerator what it goes by."""
    _native.set_up_conditions(
        Condition.notify.__code__,
        Condition.wait_for.__code__,
        {**dict.fromkeys(CONDITION, -1), **DEEDS},
        (Kind.NOTIFY, Kind.WAIT_END),
        (Flag.INDIRECT, Flag.TIMED_OUT),
        (Deed.NOTIFIED, Deed.BROKE, Deed.ABORTED),
    )


def mark(
    condition: Any, number: int, wait: Kind, deed: Deed | None, always: bool, calls: LockCalls
) -> None:
    """Let *condition*, which makes these *calls* of its lock, record: see `conditions.mark`."""
    # A built-in `_is_owned` is a reentrant lock's: what stands there bears its name and its help.
    kind = _native.RLockMark if isinstance(calls[2], BuiltinFunctionType) else _native.Mark
    made = kind(number, wait, -1 if deed is None else deed, always, *calls)
    condition._release_save = made._release_save
    condition._acquire_restore = made._acquire_restore
    condition._is_owned = made._is_owned
