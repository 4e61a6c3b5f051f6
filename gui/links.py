"""What is connected with a moment of a thread: who ended its wait, what comes before and after.

Guarantees: a link is an event that was recorded (a release, an end, a notify), never a guess
from order alone; where none was recorded the answer is None.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import Kind, ObjectKind, State
from engine.lanes import Slice
from engine.trace import Trace

_LOOK_BACK = 400  # events of each thread searched for a notify; a link further off helps nobody


@dataclass(frozen=True, slots=True)
class Link:
    """Thread *source* did *words* at *time* (ns), which ended thread *target*'s wait at *end*."""

    source: int
    time: int
    target: int
    end: int
    words: str


def who_ended(trace: Trace, lane: int, piece: Slice) -> Link | None:
    """Return who ended the wait *piece* of thread *lane*, or None while or where unknown."""
    if piece.end is None:
        return None
    found: tuple[int, int, str] | None = None
    if piece.state is State.WAITS_LOCK:
        found = _released(trace, piece.obj, piece.end)
    elif piece.kind is Kind.JOIN_WAIT:
        found = _ended(trace, piece.obj)
    elif piece.kind is Kind.RESULT_WAIT:
        task = trace.tasks.tasks.get(piece.obj)
        if task and task.ended is not None and task.worker is not None:
            found = task.worker, task.ended, f"finished {task.label}"
    elif piece.kind is Kind.WAIT_BEGIN:
        found = _notified(trace, lane, piece)
    if found is None or found[1] > piece.end:
        return None
    return Link(found[0], found[1], lane, piece.end, found[2])


def _released(trace: Trace, lock: int, until: int) -> tuple[int, int, str] | None:
    history = trace.locks.histories.get(lock)
    if history is None:
        return None
    # At `until` the waiter has it; the ownership before that one is the one that was given up.
    index = history.starts.index_at(until) - 1
    while index >= 0 and not 0 <= int(history.ends.view[index]) <= until:
        index -= 1
    if index < 0:
        return None
    name = trace.objects[lock].name or "the lock"
    return int(history.threads.view[index]), int(history.ends.view[index]), f"released {name}"


def _ended(trace: Trace, obj: int) -> tuple[int, int, str] | None:
    for thread in trace.threads:
        if obj and thread.object == obj and thread.end is not None:
            return thread.index, thread.end, "ended"
    return None


def _notified(trace: Trace, lane: int, piece: Slice) -> tuple[int, int, str] | None:
    is_queue = trace.objects[piece.obj].kind is ObjectKind.QUEUE
    wanted = {
        Kind.NOTIFY: "notified it",
        **({Kind.QUEUE_PUT: "put an item", Kind.QUEUE_GET: "took an item"} if is_queue else {}),
    }
    best: tuple[int, int, str] | None = None
    for index, other in enumerate(trace.lanes):
        if index == lane:
            continue
        last = other.times.index_at(piece.end or 0)
        for number in range(last - 1, max(-1, last - _LOOK_BACK), -1):
            if int(other.times.view[number]) < piece.start:
                break
            event = trace.event(int(other.events.view[number]))
            if event.obj == piece.obj and event.kind in wanted:
                if best is None or event.time > best[1]:
                    best = index, event.time, wanted[event.kind]
                break
    return best


def next_event(trace: Trace, t: int, lane: int | None = None) -> int | None:
    """Return the time of the first event after *t*, of thread *lane* or of any."""
    lanes = trace.lanes if lane is None else [trace.lanes[lane]]
    times = [
        int(each.times.view[index])
        for each in lanes
        if (index := each.times.index_at(t)) < len(each.times)
    ]
    return min(times) if times else None


def previous_event(trace: Trace, t: int, lane: int | None = None) -> int | None:
    """Return the time of the last event before *t*, of thread *lane* or of any."""
    lanes = trace.lanes if lane is None else [trace.lanes[lane]]
    times = [
        int(each.times.view[index - 1])
        for each in lanes
        if (index := each.times.index_at(t - 1)) > 0
    ]
    return max(times) if times else None
