"""Conditions that record, in Python, where there is no accelerator.

Guarantees: those of `conditions`. Unlike the form in C (`native_conditions`) this one adds a Python
frame to `notify`, at a place that is a call of a Python function anyway.
"""

from __future__ import annotations

import functools
import sys
from itertools import islice
from threading import Condition
from types import FrameType
from typing import Any, NamedTuple

from ..events import Deed, Flag, Kind
from . import notices
from .native_conditions import LockCalls
from .owner import user_site
from .recorder import recorder
from .threads import timeout_value

_notify = Condition.notify
_wait_for_code = Condition.wait_for.__code__


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
    """Patch `Condition.notify`."""
    patched: Any = Condition
    patched._threadlab_mark = None
    patched.notify = notify


def mark(
    condition: Any, number: int, wait: Kind, deed: Deed | None, always: bool, calls: LockCalls
) -> None:
    """Let *condition*, which makes these *calls* of its lock, record: see `conditions.mark`."""
    release_save, acquire_restore, _ = calls
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


def _ran_out(frame: FrameType) -> bool:
    """Whether `Condition.wait`, in *frame*, got what it waited for; False where it does not say."""
    return frame.f_locals.get("gotit") is False


@functools.wraps(_notify)
def notify(self: Any, n: Any = 1) -> None:
    """Notify, and record who did and whom it wakes."""
    marked: _Mark | None = self._threadlab_mark
    if marked is not None:
        waiters = self._waiters
        if (waiters or marked.always) and isinstance(n, int) and n >= 0 and self._is_owned():
            deed = notices.deed_of(sys._getframe(1)) if marked.deed is None else marked.deed
            waited = len(waiters)
            notices.tell(marked.number, deed, islice(waiters, min(n, waited)), waited)
    _notify(self, n)
