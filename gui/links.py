"""What is connected with a moment of a thread: who ended its wait, what comes before and after.

Guarantees: a link is an event that was recorded (a release, an end, a notify), never a guess
from order alone; where none was recorded the answer is None.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.lanes import Slice
from engine.trace import Trace
from engine.wakers import ending


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
    found = ending(trace, lane, piece)
    if found.thread is None or found.time is None:
        return None
    return Link(found.thread, found.time, lane, piece.end, found.words)


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
