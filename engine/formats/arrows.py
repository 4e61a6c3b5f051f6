"""Who made whom go on: the pairs of moments that a timeline joins by an arrow.

Guarantees: both ends were recorded; where the giver is not known there is no arrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.events import Kind, State
from engine.trace import Trace


class Arrow(NamedTuple):
    """*source* (thread) at *start* (ns) let *target* (thread) go on at *end* (ns)."""

    words: str
    source: int
    start: int
    target: int
    end: int


def arrows(trace: Trace) -> Iterator[Arrow]:
    """Yield every arrow: locks handed over, tasks taken, threads started and woken."""
    for lane in range(len(trace.lanes)):
        yield from _handovers(trace, lane)
    for task in trace.tasks:
        if task.taken is not None and task.worker is not None and task.submitted <= task.taken:
            yield Arrow("task", task.submitter, task.submitted, task.worker, task.taken)
    yield from _starts(trace)
    yield from _notices(trace)


def _handovers(trace: Trace, number: int) -> Iterator[Arrow]:
    """Yield the release that ended each wait of one thread for a lock."""
    lane = trace.lanes[number]
    waits = np.flatnonzero(lane.states[:-1] == State.WAITS_LOCK)
    ends = lane.starts.view[waits + 1]
    locks = lane.objs.view[waits]
    for lock in np.unique(locks).tolist():
        history = trace.locks.histories.get(lock)
        if history is None or len(history.starts) < 2:
            continue
        begins, over, owners = history.starts[:], history.ends[:], history.threads[:]
        got = ends[locks == lock]
        place = np.searchsorted(begins, got, side="right") - 1
        good = (place > 0) & (begins[place] == got) & (owners[place] == number)
        place = place[good]
        given = over[place - 1]
        sound = (given >= 0) & (given <= begins[place])
        place = place[sound]
        for source, start, end in zip(
            owners[place - 1].tolist(),
            over[place - 1].tolist(),
            begins[place].tolist(),
            strict=True,
        ):
            yield Arrow("lock", source, start, number, end)


def _starts(trace: Trace) -> Iterator[Arrow]:
    by_object = {thread.object: thread for thread in trace.threads if thread.object}
    columns = trace.columns()
    for index in np.flatnonzero(columns.kind == Kind.THREAD_START).tolist():
        thread = by_object.get(int(columns.obj[index]))
        start = int(columns.time[index])
        if thread is not None and thread.begin is not None and start <= thread.begin:
            yield Arrow("start", int(columns.thread[index]), start, thread.index, thread.begin)


def _notices(trace: Trace) -> Iterator[Arrow]:
    """Yield what ended each wait for a notification, where the wait's end names it."""
    columns = trace.columns()
    for index in np.flatnonzero((columns.kind == Kind.WAIT_END) & (columns.value > 0)).tolist():
        lane, end = int(columns.thread[index]), int(columns.time[index])
        place = trace.notices.event_of(trace.threads[lane].process, int(columns.value[index]))
        if place is None or columns.obj[place] != columns.obj[index]:
            continue
        start = int(columns.time[place])
        if start <= end:
            yield Arrow("notice", int(columns.thread[place]), start, lane, end)
