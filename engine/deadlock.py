"""Decides whether a run is deadlocked, and says so only when it is certain.

A cycle of waits is certain at once when only its own threads could end it: every lock in it is an
RLock (only its owner can release that) and no wait in it has a time-out. A plain Lock may be
released by anyone, so a cycle with Locks, or threads that wait for ever without a cycle, are
certain only when nobody is left who could act: every living thread of every process waits without
a time-out, all that happened is known up to now, and no signal handler could run.
A thread inside C code that no probe knows looks as if it ran, and so counts as one that could.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import WAIT_KINDS, Kind, ObjectKind, State
from engine.lanes import Slice
from engine.names import name_of
from engine.process_sentences import clause
from engine.processes import from_outside, main_lane
from engine.sentences import Book
from engine.trace import Trace

_LOCKS = (ObjectKind.LOCK, ObjectKind.RLOCK)


@dataclass(frozen=True, slots=True)
class Wait:
    """*thread* (lane) waits for object *obj*, which *holder* (lane, or None) would have to end."""

    thread: int
    obj: int
    holder: int | None


@dataclass(frozen=True, slots=True)
class Deadlock:
    """Threads that wait for ever: *cycle* (empty where there is none) and all that are *stuck*."""

    cycle: tuple[Wait, ...]
    stuck: tuple[Wait, ...]
    certain: bool
    since: int

    def sentence(self, trace: Trace) -> str:
        """Say who waits for what."""
        book = Book.of(trace)
        return "; ".join(_said(book, wait, self.since) for wait in self.cycle or self.stuck)


def _said(book: Book, wait: Wait, since: int) -> str:
    trace, name = book.trace, book.trace.threads[wait.thread].name
    piece = trace.state_at(wait.thread, since)
    told = None
    if piece is not None and piece.kind not in (Kind.LOCK_WAIT, Kind.JOIN_WAIT):
        told = clause(book, trace.event(piece.event))
    if told is not None and told.verb == "waits":
        return f"{name} {told.verb} {''.join(part.text for part in told.rest)}"
    said = f"{name} waits for {name_of(trace, wait.obj)}"
    if wait.holder is not None and trace.objects[wait.obj].kind in _LOCKS:
        said += f", held by {trace.threads[wait.holder].name}"
    return said


def find(trace: Trace, *, complete: bool) -> Deadlock | None:
    """Return the deadlock that the trace shows at its end, or None.

    *complete* says that all that happened is known and that no process, signal handler or thread
    outside the trace could act.
    """
    now = trace.now
    alive = [
        (thread.index, current)
        for thread in trace.threads
        if thread.begin is not None
        and thread.end is None
        and (current := trace.state_at(thread.index, now))
        and current.state is not State.NONE
    ]
    waits = {lane: _wait(trace, lane, current) for lane, current in alive}
    untimed = {
        lane: wait
        for (lane, current), wait in zip(alive, waits.values(), strict=True)
        if wait is not None and _is_untimed(trace, current)
    }
    cycle = _cycle(untimed)
    owners_only = bool(cycle) and all(
        trace.objects[wait.obj].kind is ObjectKind.RLOCK for wait in cycle
    )
    everyone = bool(alive) and len(untimed) == len(alive)
    if not cycle and not (complete and everyone):
        return None
    since = max(current.start for lane, current in alive if lane in untimed)
    return Deadlock(cycle, tuple(untimed.values()), owners_only or (complete and everyone), since)


def _wait(trace: Trace, lane: int, current: Slice) -> Wait | None:
    if current.state not in (State.WAITS_LOCK, State.WAITS_OTHER):
        return None
    holder: int | None = None
    if current.state is State.WAITS_LOCK:
        hold = trace.locks.hold_at(current.obj, trace.now)
        holder = hold.thread if hold else None
    elif current.kind in (Kind.JOIN_WAIT, Kind.SHUTDOWN_WAIT):
        holder = next((t.index for t in trace.threads if t.object == current.obj), None)
    elif current.kind is Kind.RESULT_WAIT:
        holder = trace.tasks.runner_of(current.obj)
    elif current.kind is Kind.PROCESS_WAIT:
        holder = main_lane(trace, current.obj)
    return Wait(lane, current.obj, holder)


def _is_untimed(trace: Trace, current: Slice) -> bool:
    value = trace.event(current.event).value
    if current.kind not in WAIT_KINDS or from_outside(trace, current.obj):
        return False
    return isinstance(value, (int, float)) and value < 0


def _cycle(waits: dict[int, Wait]) -> tuple[Wait, ...]:
    for start in waits:
        path: list[int] = []
        lane: int | None = start
        while lane is not None and lane in waits and lane not in path:
            path.append(lane)
            lane = waits[lane].holder
        if lane is not None and lane in path:
            return tuple(waits[member] for member in path[path.index(lane) :])
    return ()
