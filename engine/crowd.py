"""How many threads of a group were in which state, in each part of a stretch of time.

Why: a process that is folded shows one lane for all of its threads. Guarantees: exact, in ns: it
reads the pyramid of each lane, so it costs the parts and not the slices; it rests after each lane.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

import numpy as np

from engine.columns import Ints
from engine.lanes import Lane
from engine.pyramid import HELD, STATES


def time_in_states(lane: Lane, edges: Ints, until: int) -> Ints:
    """Return ns in each state (a column each; NONE: 0) between each two of *edges* (ns, ascending).

    Nothing is known after *until* (the thread's end, or the trace's), nor before its first slice.
    """
    parts = np.zeros((len(edges) - 1, STATES), np.int64)
    if not len(lane.starts):
        return parts
    lane.pyramid.catch_up(lane)
    pyramid = lane.pyramid
    begin = int(pyramid.starts[0])
    first = max(0, int(np.searchsorted(edges, begin, side="right")) - 1)
    stop = min(len(parts), int(np.searchsorted(edges, until, side="left")))
    if stop > first:
        known = np.clip(edges[first : stop + 1], begin, until)
        sums, _ = pyramid.sums_at(lane, known, pyramid.groups_before(known))
        parts[first:stop] = np.diff(sums, axis=0)
        parts[:, HELD] = 0
    return parts


def crowd(lanes: Iterable[tuple[Lane, int]], edges: Ints) -> Generator[None, None, Ints]:
    """Return `time_in_states` added up over *lanes*, each with its end (ns)."""
    total = np.zeros((len(edges) - 1, STATES), np.int64)
    for lane, until in lanes:
        total += time_in_states(lane, edges, until)
        yield
    return total
