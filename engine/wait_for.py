"""Who waits for whom at a moment, for every kind of wait: the threads that can end each of them.

Why: `engine.waits` tells what a deadlock rests on: locks, joins, results that are being made. A
person who looks at a moment also asks who a get, a condition or an event waits for.

Guarantees: a target is *certain* where the record leads to it: it holds the lock, it is the thread
that is joined, it works on the task, or it is the one that ended this wait later
(`engine.wakers`). It is only *possible* where it did before what ends such a wait, and nothing says
who will now; where neither is known there is no target. The work of a call is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.events import Kind, State
from engine.lanes import Slice
from engine.names import name_of
from engine.trace import Trace
from engine.waits import blocker
from engine.wakers import ending

#: Events before the moment among which those who did such a thing before are looked for.
LOOKED_AT = 20_000
MOST_ENDINGS = 256  # waits whose later end is looked up
_WAITS = (State.WAITS_LOCK, State.WAITS_OTHER)
_DEEDS = {
    Kind.GET_WAIT: (Kind.QUEUE_PUT, "put into it before"),
    Kind.PUT_WAIT: (Kind.QUEUE_GET, "took from it before"),
    Kind.QUEUE_JOIN_WAIT: (Kind.QUEUE_DONE, "called task_done() before"),
    Kind.WAIT_BEGIN: (Kind.NOTIFY, "woke others there before"),
}
_BLOCKS = {
    Kind.JOIN_WAIT: "has to end",
    Kind.SHUTDOWN_WAIT: "has to end",
    Kind.PROCESS_WAIT: "has to end",
    Kind.RESULT_WAIT: "works on it",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Thread *lane* can end a wait; *words* say why it is known: 'holds it'.

    *certain*: see the module's guarantees. *at* (ns): when it did so, where that was later.
    """

    lane: int
    certain: bool
    words: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Threads *lanes* (the one that waits longest first) wait for *obj* by the same *kind*.

    Attributes: since (ns, of the first), targets (those that can end it; empty: not known).
    """

    lanes: tuple[int, ...]
    kind: Kind
    obj: int
    since: int
    targets: tuple[Target, ...]


def waits_at(trace: Trace, t: int) -> list[Wait]:
    """Return what threads wait for at *t* (ns), what most wait for first."""
    groups: dict[tuple[Kind, int, tuple[Target, ...]], list[tuple[int, int]]] = {}
    pieces = list(_waiting(trace, t))
    before = _Before(trace, t, [piece for _, piece in pieces])
    by_object = {thread.object: thread.index for thread in trace.threads if thread.object}
    for number, (lane, piece) in enumerate(pieces):
        targets = _now(trace, lane, piece, by_object, t)
        if not targets and number < MOST_ENDINGS:
            targets = _later(trace, lane, piece)
        targets = targets or before.targets(lane, piece)
        groups.setdefault((piece.kind, piece.obj, targets), []).append((piece.start, lane))
    found = [
        Wait(tuple(lane for _, lane in sorted(who)), kind, obj, min(who)[0], targets)
        for (kind, obj, targets), who in groups.items()
    ]
    return sorted(found, key=lambda wait: (-len(wait.lanes), wait.since, wait.lanes))


def thing_words(trace: Trace, wait: Wait) -> str:
    """Return what is waited for: 'total_lock', 'shelf, which is empty', 'the other threads'."""
    name = name_of(trace, wait.obj)
    if wait.kind is Kind.EXIT_WAIT:
        return "the other threads to end"
    if wait.kind in (Kind.JOIN_WAIT, Kind.SHUTDOWN_WAIT, Kind.PROCESS_WAIT):
        return f"the end of {name}"
    suffix = {
        Kind.GET_WAIT: ", which is empty",
        Kind.PUT_WAIT: ", which is full",
        Kind.RESULT_WAIT: "'s result",
        Kind.IDLE_BEGIN: "'s next task",
        Kind.QUEUE_JOIN_WAIT: ", until its items are done",
        Kind.TIMER_WAIT: "'s time",
    }
    if wait.kind is Kind.INPUT_WAIT:
        return "input"
    return name + suffix.get(wait.kind, "")


def _waiting(trace: Trace, t: int) -> Iterator[tuple[int, Slice]]:
    for thread, table in zip(trace.threads, trace.lanes, strict=True):
        if thread.end is not None and thread.end <= t:
            continue
        place = table.starts.index_at(t) - 1
        if place < 0 or table.states[place] not in _WAITS:
            continue
        piece = table.slice(place)
        if piece is not None:
            yield thread.index, piece


def _now(
    trace: Trace, lane: int, piece: Slice, by_object: dict[int, int], t: int
) -> tuple[Target, ...]:
    other = blocker(trace, piece, by_object, t)
    if other is None or other == lane:
        return ()
    return (Target(other, True, _BLOCKS.get(piece.kind, "holds it")),)


def _later(trace: Trace, lane: int, piece: Slice) -> tuple[Target, ...]:
    """Return who ended the wait in the end, where that is recorded."""
    how = ending(trace, lane, piece)
    if how.thread is None or how.thread == lane:
        return ()
    return (Target(how.thread, True, how.words, how.time),)


class _Before:
    """Who did before *t* (ns) what ends the waits *pieces*."""

    def __init__(self, trace: Trace, t: int, pieces: Sequence[Slice]) -> None:
        self._trace = trace
        self._who: dict[tuple[Kind, int], list[int]] = {}
        wanted = [piece for piece in pieces if piece.kind in _DEEDS]
        if not wanted:
            return
        end = max(
            (int(lane.events[place - 1]) + 1 for lane in trace.lanes
             if (place := lane.times.index_at(t))), default=0,
        )  # fmt: skip
        columns = trace.columns(max(0, end - LOOKED_AT), end)
        for piece in wanted:
            kind, _ = _DEEDS[piece.kind]
            if (kind, piece.obj) not in self._who:
                mine = (columns.kind == kind) & (columns.obj == piece.obj) & (columns.time <= t)
                self._who[kind, piece.obj] = np.unique(columns.thread[mine]).tolist()

    def targets(self, lane: int, piece: Slice) -> tuple[Target, ...]:
        if piece.kind not in _DEEDS:
            return ()
        kind, words = _DEEDS[piece.kind]
        return tuple(
            Target(other, False, words)
            for other in self._who.get((kind, piece.obj), ())
            if other != lane
        )
