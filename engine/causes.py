"""What a thread's time goes to: running, sleeping, or waiting, and for what.

Why: a lane has four states; a table that says where the time went must tell a wait for a lock from
one for a queue. Guarantees: every slice has exactly one cause, so the times of all causes add up to
the time in which the thread was there.
"""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.events import Kind, ObjectKind, State


class Cause(enum.IntEnum):
    """What a stretch of a thread's time went to, in the order in which tables show them."""

    NONE = 0  # not begun, or ended
    RUNNING = 1
    LOCK = 2
    JOIN = 3  # of a thread, or until a pool's workers have ended
    QUEUE = 4  # get, put, join
    CONDITION = 5
    EVENT = 6
    SEMAPHORE = 7
    BARRIER = 8
    FUTURE = 9  # result, wait, as_completed, the iteration of map
    IDLE = 10  # a pool's worker without work
    PROCESS = 11  # that another process ends
    PIPE = 12
    MANAGER = 13  # an answer of a manager's process
    INPUT = 14
    TIMER = 15
    LOOP = 16  # an event loop has nothing to run
    EXIT = 17  # the main thread, at the end of the script
    OTHER = 18
    SLEEPING = 19


CAUSES = len(Cause)
#: What a table calls each.
CAUSE_WORDS = {
    Cause.NONE: "not there",
    Cause.RUNNING: "Running",
    Cause.LOCK: "Lock",
    Cause.JOIN: "Join",
    Cause.QUEUE: "Queue",
    Cause.CONDITION: "Condition",
    Cause.EVENT: "Event",
    Cause.SEMAPHORE: "Semaphore",
    Cause.BARRIER: "Barrier",
    Cause.FUTURE: "Future",
    Cause.IDLE: "No task",
    Cause.PROCESS: "Process",
    Cause.PIPE: "Pipe",
    Cause.MANAGER: "Manager",
    Cause.INPUT: "Input",
    Cause.TIMER: "Timer",
    Cause.LOOP: "Event loop",
    Cause.EXIT: "End of script",
    Cause.OTHER: "Other wait",
    Cause.SLEEPING: "Sleeping",
}
#: The causes that are waits for somebody else.
WAITS = tuple(cause for cause in Cause if Cause.LOCK <= cause <= Cause.OTHER)

_BY_STATE = np.zeros(256, np.uint8)
_BY_STATE[State.RUNNING] = Cause.RUNNING
_BY_STATE[State.WAITS_LOCK] = Cause.LOCK
_BY_STATE[State.WAITS_OTHER] = Cause.OTHER
_BY_STATE[State.SLEEPING] = Cause.SLEEPING
_BY_KIND = np.full(256, Cause.OTHER, np.uint8)
for _kind, _cause in {
    Kind.JOIN_WAIT: Cause.JOIN,
    Kind.SHUTDOWN_WAIT: Cause.JOIN,
    Kind.GET_WAIT: Cause.QUEUE,
    Kind.PUT_WAIT: Cause.QUEUE,
    Kind.QUEUE_JOIN_WAIT: Cause.QUEUE,
    Kind.RESULT_WAIT: Cause.FUTURE,
    Kind.FUTURES_WAIT: Cause.FUTURE,
    Kind.COMPLETED_WAIT: Cause.FUTURE,
    Kind.IDLE_BEGIN: Cause.IDLE,
    Kind.PROCESS_WAIT: Cause.PROCESS,
    Kind.INPUT_WAIT: Cause.INPUT,
    Kind.TIMER_WAIT: Cause.TIMER,
    Kind.LOOP_WAIT: Cause.LOOP,
    Kind.EXIT_WAIT: Cause.EXIT,
}.items():
    _BY_KIND[_kind] = _cause
_BY_OBJECT = np.full(256, Cause.OTHER, np.uint8)
for _object, _cause in {
    ObjectKind.CONDITION: Cause.CONDITION,
    ObjectKind.EVENT: Cause.EVENT,
    ObjectKind.SEMAPHORE: Cause.SEMAPHORE,
    ObjectKind.BARRIER: Cause.BARRIER,
    ObjectKind.QUEUE: Cause.QUEUE,
    ObjectKind.PROCESS: Cause.PROCESS,
    ObjectKind.PIPE: Cause.PIPE,
    ObjectKind.PROXY: Cause.MANAGER,
}.items():
    _BY_OBJECT[_object] = _cause
_PIPE = int(ObjectKind.PIPE)


def causes_of(
    states: npt.NDArray[Any],
    kinds: npt.NDArray[Any],
    objs: npt.NDArray[Any],
    object_kinds: npt.NDArray[np.uint8],
) -> npt.NDArray[np.uint8]:
    """Return the cause of each slice, of which *states*, *kinds* and *objs* are the columns.

    *object_kinds* are the kinds of the trace's objects, by number.
    """
    causes: npt.NDArray[np.uint8] = _BY_STATE[states]
    waits = np.flatnonzero(causes == Cause.OTHER)
    if len(waits):
        kind = kinds[waits]
        of_object = object_kinds[np.minimum(objs[waits], len(object_kinds) - 1)]
        by_object = (kind == Kind.WAIT_BEGIN) | (of_object == _PIPE)
        causes[waits] = np.where(by_object, _BY_OBJECT[of_object], _BY_KIND[kind])
    return causes


def cause_of(state: State, kind: Kind, object_kind: ObjectKind) -> Cause:
    """Return the cause of one slice that began with *kind*, on an object of *object_kind*."""
    states, kinds, none, objects = (
        np.array([number], np.uint8) for number in (int(state), int(kind), 0, int(object_kind))
    )
    return Cause(int(causes_of(states, kinds, none, objects)[0]))
