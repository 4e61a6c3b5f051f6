"""Who ended a wait: a function of the trace, and of what was recorded alone.

Why: "it waited 2 s" helps nobody; "it waited 2 s until main put an item" does. Lanes, story and
tooltips ask here, so that they never disagree.

Guarantees: a waker is named only where the record leads to one event of it: the ticket that a
notifier left with each thread that it woke, the release before an acquisition, the end of the
thread or of the task that was waited for. Order alone never names anybody; where the record does
not tell, the answer is "unknown".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.events import NOTIFIED_KINDS, Deed, Flag, Kind, Notice, ObjectKind, State
from engine.lanes import Slice
from engine.names import name_of
from engine.processes import main_lane
from engine.shared_wakers import only_deed
from engine.trace import Event, Trace

How = Literal["goes on", "woken", "timed out", "unknown"]

_FEW = 6  # events of one thread in which a deed and its notice lie next to each other
_DEEDS = {
    Deed.NOTIFIED: "notified {}",
    Deed.SET: "set {}",
    Deed.RELEASED: "released {}",
    Deed.ARRIVED: "arrived last at {}",
    Deed.LEFT: "left {} as the last",
    Deed.BROKE: "broke {}",
    Deed.ABORTED: "aborted {}",
    Deed.RESET: "reset {}",
    Deed.PUT: "put an item into {}",
    Deed.GOT: "took an item from {}",
    Deed.DONE: "called task_done() for the last item of {}",
    Deed.SHUT: "shut {} down",
    Deed.CANCELLED: "cancelled {}",
    Deed.FINISHED: "finished a task of {}",
    Deed.CALLED: "called into {}",
}

_MOVES = {
    Kind.QUEUE_PUT: "put an item into {}",
    Kind.QUEUE_GET: "took an item from {}",
    Kind.SENT: "sent a message through {}",
    Kind.RECEIVED: "read a message from {}",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a wait ended.

    Attributes: how; thread (the waker's lane, where woken); event (the index in the trace of what
    it did); time (ns, of that event); words (what it did: 'released lock').
    """

    how: How
    thread: int | None = None
    event: int | None = None
    time: int | None = None
    words: str = ""


GOES_ON = Ending("goes on")
TIMED_OUT = Ending("timed out")
UNKNOWN = Ending("unknown")


def ending(trace: Trace, lane: int, piece: Slice) -> Ending:
    """Return what ended the wait (or sleep) *piece* of thread *lane*."""
    last = _end_event(trace, lane, piece)
    if last is None:
        return GOES_ON
    if last.flags & Flag.TIMED_OUT or piece.state is State.SLEEPING:
        return TIMED_OUT
    if piece.kind in NOTIFIED_KINDS:
        return _notified(trace, lane, piece, last)
    if piece.state is State.WAITS_LOCK:
        return _released(trace, lane, piece, last)
    if piece.kind in (Kind.JOIN_WAIT, Kind.SHUTDOWN_WAIT):
        return _thread_ended(trace, piece.obj, last.time)
    if piece.kind is Kind.PROCESS_WAIT:
        return _process_ended(trace, piece.obj, last.time)
    if piece.kind is Kind.RESULT_WAIT:
        return _task_ended(trace, piece.obj, last.time)
    if piece.kind is Kind.IDLE_BEGIN:
        return _given_work(trace, lane, piece, last)
    if piece.kind is Kind.EXIT_WAIT:
        return _last_ended(trace, lane, last.time)
    return UNKNOWN


def _end_event(trace: Trace, lane: int, piece: Slice) -> Event | None:
    """Return the event that ended *piece*, or None while it goes on."""
    if piece.end is None:
        return None
    firsts = trace.lanes[lane].firsts
    place = firsts.index_at(piece.event - 1) + 1
    return trace.event(firsts[place]) if place < len(firsts) else None


def _notified(trace: Trace, lane: int, piece: Slice, last: Event) -> Ending:
    if last.kind is not Kind.WAIT_END or not isinstance(last.value, int):
        return UNKNOWN
    index = trace.notices.event_of(trace.threads[lane].process, last.value)
    if index is None:
        return _by_another_process(trace, lane, piece, last)
    notice = trace.event(index)
    if notice.obj != last.obj or not isinstance(notice.value, int):
        return UNKNOWN
    return Ending("woken", notice.thread, index, notice.time, deed_words(trace, notice))


def _by_another_process(trace: Trace, lane: int, piece: Slice, last: Event) -> Ending:
    if trace.objects[piece.obj].kind is ObjectKind.PROCESS:
        return _process_ended(trace, piece.obj, last.time)
    deed = only_deed(trace, lane, piece, last.time)
    if deed is None:
        return UNKNOWN
    words = _MOVES.get(deed.kind, "").format(name_of(trace, deed.obj)) or deed_words(trace, deed)
    return Ending("woken", deed.thread, deed.index, deed.time, words)


def _process_ended(trace: Trace, obj: int, until: int) -> Ending:
    lane = main_lane(trace, obj)
    end = None if lane is None else trace.threads[lane].end
    if lane is None or end is None or end > until:
        return UNKNOWN
    index = _find(trace, lane, end, Kind.THREAD_END) or _find(trace, lane, end, Kind.CUT)
    return Ending("woken", lane, index, end, "ended")


def deed_words(trace: Trace, notice: Event) -> str:
    """Return what the thread of a NOTIFY event did: 'set ready'."""
    deed = Notice.of(notice.value if isinstance(notice.value, int) else 0).deed
    if deed is Deed.FINISHED:
        for event in _around(trace, notice.thread, notice.index, before=True):
            if event.kind is Kind.TASK_CANCELLED:
                return f"cancelled {name_of(trace, event.obj)}"
            if event.kind is Kind.TASK_END:
                return f"finished {name_of(trace, event.obj)}"
    return _DEEDS[deed].format(name_of(trace, notice.obj))


def _released(trace: Trace, lane: int, piece: Slice, last: Event) -> Ending:
    if last.kind is Kind.LOCK_WAIT_FAILED:
        asked = trace.event(piece.event).value
        return TIMED_OUT if isinstance(asked, int) and asked >= 0 else UNKNOWN
    release = trace.locks.release_before(piece.obj, last.time, lane)
    if last.kind is not Kind.LOCK_ACQUIRED or release is None:
        return UNKNOWN
    thread, time = release
    index = _find(trace, thread, time, Kind.LOCK_RELEASED, piece.obj)
    return Ending("woken", thread, index, time, f"released {name_of(trace, piece.obj)}")


def _thread_ended(trace: Trace, obj: int, until: int) -> Ending:
    for thread in trace.threads:
        if obj and thread.object == obj and thread.end is not None and thread.end <= until:
            index = _find(trace, thread.index, thread.end, Kind.THREAD_END)
            return Ending("woken", thread.index, index, thread.end, "ended")
    return UNKNOWN


def _last_ended(trace: Trace, lane: int, until: int) -> Ending:
    me = trace.threads[lane]
    ended = [
        (other.end, other.index)
        for other in trace.threads
        if other.process == me.process
        and other.index != lane
        and not other.daemon
        and other.end is not None
        and other.end <= until
    ]
    if not ended:
        return UNKNOWN
    time, thread = max(ended)
    return Ending("woken", thread, _find(trace, thread, time, Kind.THREAD_END), time, "ended last")


def _task_ended(trace: Trace, obj: int, until: int) -> Ending:
    task = trace.tasks.tasks.get(obj)
    if task is None or task.ended is None or task.ended > until or task.ended_by is None:
        return UNKNOWN
    verb = "cancelled" if task.cancelled else "raised in" if task.raised else "finished"
    kind = Kind.TASK_CANCELLED if task.cancelled else Kind.TASK_END
    index = _find(trace, task.ended_by, task.ended, kind, obj)
    return Ending("woken", task.ended_by, index, task.ended, f"{verb} {name_of(trace, obj)}")


def _given_work(trace: Trace, lane: int, piece: Slice, last: Event) -> Ending:
    """A worker was idle: the task that it takes next is what it was woken for."""
    for event in _around(trace, lane, last.index, before=False):
        if event.kind is Kind.TASK_BEGIN:
            task = trace.tasks.tasks.get(event.obj)
            if task is None or task.submitted > event.time or task.taken != event.time:
                return UNKNOWN
            index = _find(trace, task.submitter, task.submitted, Kind.TASK_SUBMIT, event.obj)
            words = f"submitted {name_of(trace, event.obj)}"
            return Ending("woken", task.submitter, index, task.submitted, words)
        if event.kind is Kind.THREAD_END:
            return _told_to_end(trace, lane, piece.obj, last.time)
        if event.kind is not Kind.IDLE_END:
            break
    return UNKNOWN


def _told_to_end(trace: Trace, lane: int, pool: int, until: int) -> Ending:
    index = trace.tasks.shutdowns.get(pool)
    if index is not None and (event := trace.event(index)).time <= until:
        words = f"shut {name_of(trace, pool)} down"
        return Ending("woken", event.thread, index, event.time, words)
    process = trace.threads[lane].process
    for thread in trace.threads:  # the main thread is the first one of its process
        if thread.process == process:
            piece = trace.state_at(thread.index, until)
            if piece is not None and piece.kind is Kind.EXIT_WAIT:
                words = "reached the end of the script"
                return Ending("woken", thread.index, piece.event, piece.start, words)
            break
    return UNKNOWN


def _around(trace: Trace, lane: int, index: int, *, before: bool) -> list[Event]:
    """Return the events of a thread next to its event *index*, the nearest first."""
    events = trace.lanes[lane].events
    place = events.index_at(index - 1)
    near = events[max(0, place - _FEW) : place][::-1] if before else events[place : place + _FEW]
    return [trace.event(number) for number in near.tolist()]


def _find(trace: Trace, lane: int, time: int, kind: Kind, obj: int = 0) -> int | None:
    """Return the index of a thread's event of *kind* (on *obj*, if given) at *time*, or None."""
    table = trace.lanes[lane]
    place = table.times.index_at(time) - 1
    while place >= 0 and int(table.times.view[place]) == time:
        event = trace.event(int(table.events.view[place]))
        if event.kind is kind and obj in (0, event.obj):
            return event.index
        place -= 1
    return None
