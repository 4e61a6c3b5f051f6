"""Who wakes whom: each wait for a notification gets a cell, in which its notifier leaves a ticket.

Why: a notify wakes the threads that waited longest, which the order of the records does not tell
(two that begin to wait at once may be recorded in the other order). So the notifier, who holds the
condition's lock, leaves the number of its own record with those that it is about to wake, and
each of them records that number at the end of its wait.

Guarantees: a ticket is left before its waiter can wake; a waiter without one was woken by
something that no probe saw, or by nobody; a thread that ran out of time before the notify has
none.
"""

from __future__ import annotations

import os
from _thread import LockType
from collections.abc import Callable, Iterable
from types import FrameType

from ..events import Deed, Kind, Notice
from .counting import counter
from .recorder import recorder

Cell = list[int]

#: The functions of a condition that notify, and what others do that call them, by their names.
CONDITION = ("notify", "notify_all", "notifyAll")
DEEDS = {
    "put": Deed.PUT,
    "get": Deed.GOT,
    "task_done": Deed.DONE,
    "shutdown": Deed.SHUT,
    "_release": Deed.ARRIVED,
    "_exit": Deed.LEFT,
    "_break": Deed.BROKE,
    "reset": Deed.RESET,
}


def _tickets() -> Callable[[], int]:
    """Return what gives tickets from 1 on, to the conditions in C too."""
    accelerator = recorder.accelerator
    if accelerator is None:
        return counter()
    accelerator.start_tickets_again()
    following: Callable[[], int] = accelerator.next_ticket
    return following


_next_ticket = _tickets()
#: The waiter's lock, as `Condition` makes one for each wait, to its cell. Keeping the lock keeps
#: its identity from being used again.
_cells: dict[LockType, Cell] = {}


def install() -> None:
    """Let a forked child count from 1 again."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_start_again)


def expect(waiter: LockType) -> Cell:
    """Return the cell of a wait that is about to begin."""
    cell = _cells[waiter] = [0]
    return cell


def over(waiter: LockType) -> None:
    """Forget the cell of a wait that has ended."""
    _cells.pop(waiter, None)


def tell(number: int, deed: Deed, waiters: Iterable[LockType], waited: int) -> None:
    """Record what ends the waits of *waiters* for object *number*, before it does."""
    ticket = 0
    for waiter in waiters:
        cell = _cells.get(waiter)
        if cell is not None and not cell[0]:
            ticket = ticket or _next_ticket()
            cell[0] = ticket
    recorder.record(Kind.NOTIFY, number, Notice(deed, waited, ticket).packed())


def ticket_for(number: int, deed: Deed) -> int:
    """Record a deed that may end a wait for object *number*, and return its ticket."""
    ticket = _next_ticket()
    recorder.record(Kind.NOTIFY, number, Notice(deed, 1, ticket).packed())
    return ticket


def deed_of(frame: FrameType | None) -> Deed:
    """Return what the library's function does that calls `notify` from *frame*."""
    while frame is not None and frame.f_code.co_name in CONDITION:
        frame = frame.f_back
    if frame is None:
        return Deed.NOTIFIED
    deed = DEEDS.get(frame.f_code.co_name, Deed.NOTIFIED)
    if deed is Deed.BROKE and frame.f_back and frame.f_back.f_code.co_name == "abort":
        return Deed.ABORTED
    return deed


def _start_again() -> None:
    global _next_ticket
    _next_ticket = _tickets()
    _cells.clear()
