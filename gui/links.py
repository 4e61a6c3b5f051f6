"""What is connected with a moment of a thread: who ended its wait, what comes before and after.

Guarantees: a link is an event that was recorded (a release, an end, a notify), never a guess
from order alone; where none was recorded the answer is None.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import State
from engine.lanes import Slice
from engine.trace import Trace
from engine.wakers import ending

_WAITS = (State.WAITS_LOCK, State.WAITS_OTHER)


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


def set_free(trace: Trace, lane: int, t: int) -> Link | None:
    """Return the wait that thread *lane* ended at *t*, the first of them; None where it was none.

    It asks each thread what it waited for at that moment, so it is for a key, not for a frame.
    """
    found = []
    for number, other in enumerate(trace.lanes):
        # A wait may be over in the very moment that ended it.
        pieces = {piece.start: piece for at in (t - 1, t) if (piece := other.slice_at(at))}
        for piece in pieces.values():
            link = who_ended(trace, number, piece) if piece.state in _WAITS else None
            if link is not None and (link.source, link.time) == (lane, t):
                found.append(link)
    return min(found, key=lambda link: (link.end, link.target), default=None)


def other_end(trace: Trace, lane: int, t: int) -> tuple[int, int, int] | None:
    """Return the other end of the arrow at *t* in thread *lane*, or None where there is none.

    That is (thread, a moment of its slice, the moment to look at): who ended the wait there, or
    the wait that an event there ended. So from either end it leads to the other.
    """
    piece = trace.lanes[lane].slice_at(t) if lane < len(trace.lanes) else None
    link = who_ended(trace, lane, piece) if piece and piece.state in _WAITS else None
    if link is not None:
        return link.source, link.time, link.time
    link = set_free(trace, lane, t)
    if link is None:
        return None
    ended = trace.lanes[link.target].slice_at(link.end - 1)
    begin = link.end - 1 if ended is None else max(ended.start, link.end - 1)
    return link.target, begin, link.end


def lock_of(trace: Trace, lane: int, at: int) -> int | None:
    """Return the lock that thread *lane* waits for at *at*, else the one it took last, or None."""
    piece = trace.state_at(lane, at)
    if piece is None:
        return None
    return (piece.obj if piece.state is State.WAITS_LOCK else piece.held) or None


def arrow_words(trace: Trace, lane: int, t: int) -> str:
    """Return where the arrow at *t* in thread *lane* leads, in words; '' where there is none."""
    found = other_end(trace, lane, t)
    if found is None:
        return ""
    piece = trace.lanes[lane].slice_at(t)
    what = "who ended this wait" if piece and piece.state in _WAITS else "the wait that this ended"
    return f"Go to {what}: {trace.threads[found[0]].name}".replace("&", "&&")


def stretch_of(trace: Trace, lane: int | None, at: int) -> tuple[float, float] | None:
    """Return from when to when (ns) thread *lane* did what it did at *at*; None for nothing."""
    if lane is None or lane >= len(trace.lanes) or at > trace.now:
        return None
    piece = trace.lanes[lane].slice_at(at)
    if piece is None or piece.state is State.NONE:
        return None
    return piece.start, trace.now if piece.end is None else piece.end


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
