"""The last events up to a time, over all threads.

Guarantees: the cost depends on the threads and on how many events are asked for, not on how many
there are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.columns import Ints
from engine.lanes import Lane


def last_events(lanes: Sequence[Lane], t: int, count: int) -> Ints:
    """Return the indices of the last *count* events up to *t* (ns), ascending in time.

    Takes few events of each lane first, and more only of those lanes that could hold more of the
    last ones: with a thousand lanes, *count* of each would be half a million.
    """
    if not lanes or count <= 0:
        return np.empty(0, np.int64)
    ends = [lane.times.index_at(t) for lane in lanes]
    few = max(16, 4 * count // len(lanes))
    begins = [max(0, end - few) for end in ends]
    times = _gather(lanes, "times", begins, ends)
    oldest = _oldest(times, count)
    wider = [
        max(0, end - count) if begin and lane.times[begin] >= oldest else begin
        for lane, begin, end in zip(lanes, begins, ends, strict=True)
    ]
    if wider != begins:
        begins = wider
        times = _gather(lanes, "times", begins, ends)
        oldest = _oldest(times, count)
    # Which event it was is asked of the lanes alone that have one of the last.
    is_last = times >= oldest
    edges = np.cumsum([0, *(end - begin for begin, end in zip(begins, ends, strict=True))])
    numbers = np.diff(np.concatenate(([0], np.cumsum(is_last)))[edges])
    begins = [end - number for end, number in zip(ends, numbers.tolist(), strict=True)]
    events = _gather(lanes, "events", begins, ends)
    return events[np.lexsort((events, times[is_last]))[-count:]]


def _oldest(times: Ints, count: int) -> int:
    """Return the time of the last but *count* of *times*; -1 where there are not so many."""
    if len(times) < count:
        return -1
    return int(np.partition(times, len(times) - count)[len(times) - count])


def _gather(lanes: Sequence[Lane], column: str, begins: list[int], ends: list[int]) -> Ints:
    """Return [begin, end) of every lane's *column*, one behind the other."""
    parts = [
        getattr(lane, column)[begin:end]
        for lane, begin, end in zip(lanes, begins, ends, strict=True)
        if begin < end
    ]
    return np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64)
