"""Who ended a wait for an object that several processes share.

Why apart: within a process a notifier leaves a ticket with the threads that it wakes; no ticket
crosses from one process to another. What can be proven there is less: that only one deed could
have ended the wait.

A deed is recorded before it is done, and done before its thread records anything else; so it lies
in the time between these two records (and a get from a queue, recorded when it is done, in the
time before). Where exactly one deed's time touches the wait, it is what
ended it. A get from a queue or a pipe ends by a message, which may be on its way for longer: there
the wait must also have begun when nothing was on its way.

Guarantees: a deed is named only where no other one could have been it; the work of a call is
bounded.
"""

from __future__ import annotations

import numpy as np

from engine.events import Kind
from engine.lanes import Slice
from engine.trace import Event, Trace

#: More events than these within one wait, and nobody is named.
MOST_EVENTS = 5_000
MOST_LANES = 256

_DEEDS = {
    Kind.GET_WAIT: (Kind.QUEUE_PUT,),
    Kind.PUT_WAIT: (Kind.QUEUE_GET, Kind.RECEIVED),
    Kind.QUEUE_JOIN_WAIT: (Kind.NOTIFY,),
    Kind.WAIT_BEGIN: (Kind.NOTIFY, Kind.SENT),
}


def only_deed(trace: Trace, lane: int, piece: Slice, end: int) -> Event | None:
    """Return the one event that can have ended the wait *piece* of *lane* at *end* (ns), or None.

    None where several could, where none was recorded, and where it would take too long to tell.
    """
    thing = trace.objects[piece.obj]
    shared = str(thing.extra.get("shared") or "proxy")
    if shared.startswith("proxy") or piece.kind not in _DEEDS or len(trace.lanes) > MOST_LANES:
        return None  # a wait for a manager's server ends by its answer, whatever that was
    objects = _ends_of(trace, piece.obj)
    if not _nothing_on_its_way(trace, piece, objects):
        return None
    found: list[Event] = []
    left = MOST_EVENTS
    for other, table in enumerate(trace.lanes):
        times = table.times.view
        first = int(np.searchsorted(times, piece.start, "right"))
        last = int(np.searchsorted(times, end, "right"))
        if piece.kind is Kind.PUT_WAIT:
            last = min(last + 1, len(times))  # a get is recorded when it is done
        else:
            first = max(0, first - 1)
        left -= last - first
        if left < 0:
            return None
        if other != lane:
            found += _deeds(trace, table.events.view[first:last].tolist(), piece, objects)
    return found[0] if len(found) == 1 else None


def _deeds(trace: Trace, events: list[int], piece: Slice, objects: frozenset[int]) -> list[Event]:
    wanted = _DEEDS[piece.kind]
    found = (trace.event(index) for index in events)
    return [event for event in found if event.kind in wanted and event.obj in objects]


def _ends_of(trace: Trace, obj: int) -> frozenset[int]:
    """Return the objects at which a deed ends a wait for *obj*: the other end of a pipe."""
    pipe = trace.objects[obj].extra.get("pipe")
    if pipe is None:
        return frozenset({obj})
    ends = (thing.number for thing in trace.objects.others() if thing.extra.get("pipe") == pipe)
    return frozenset(ends) - {obj}


def _nothing_on_its_way(trace: Trace, piece: Slice, ends: frozenset[int]) -> bool:
    thing = trace.objects[piece.obj]
    if piece.kind is Kind.GET_WAIT:
        series = trace.values.series.get((thing.process, thing.name))
        return series is not None and series.text_at(piece.start) in ("", "0")
    if "pipe" not in thing.extra or piece.kind is Kind.PUT_WAIT:
        return True
    sent = received = 0
    for table in trace.lanes:
        last = table.times.index_at(piece.start)
        if last > MOST_EVENTS:
            return False
        for index in table.events.view[:last].tolist():
            event = trace.event(index)
            sent += event.kind is Kind.SENT and event.obj in ends
            received += event.kind is Kind.RECEIVED and event.obj == piece.obj
    return sent == received
