"""A lane with more slices than pixels: the state that fills most of each pixel.

Why: a lane may have a million slices. The pyramid of the lane (`engine/pyramid.py`) tells how long
it was in each state before any group of 16 slices, so a pixel's shares are a difference of two of
its rows, and a frame costs the pixels, not the slices.

Guarantees: what is shown is exact. Edges of pixels are first moved to the nearest group; where the
lead of the first state over the second is not greater than what that may have changed, the edges
are looked up exactly, slice by slice within their group. A lock is shown only where locks were held
for more than half of the pixel, and only one that was held within it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.columns import Ints
from engine.events import State
from engine.lanes import Lane
from engine.pyramid import HELD


@dataclass(frozen=True, slots=True)
class Pixels:
    """One entry a pixel: *states* (State) and *locks* (object number held there, 0: none)."""

    states: npt.NDArray[np.uint8]
    locks: npt.NDArray[np.uint32]


def pixel_states(lane: Lane, edges: Ints, until: int, *, exact: bool = True) -> Pixels:
    """Return the dominant state of each pixel between two of *edges* (ns, ascending).

    Nothing is known after *until* (the thread's end, or the trace's), nor before the first slice;
    where nothing is known for most of a pixel, it shows nothing. Where it need not be *exact*, an
    edge may lie half a group of slices off, and a lock that may be another one is left out.
    """
    width = len(edges) - 1
    states = np.zeros(width, np.uint8)
    locks = np.zeros(width, np.uint32)
    lane.pyramid.catch_up(lane)
    if len(lane.starts):
        begin = int(lane.pyramid.starts[0])
        first = max(0, int(np.searchsorted(edges, begin, side="right")) - 1)
        stop = min(width, int(np.searchsorted(edges, until, side="left")))
        if stop > first:
            part = slice(first, stop)
            known = edges[first : stop + 1].copy()
            total = np.diff(known)
            known[0], known[-1] = max(begin, int(known[0])), min(until, int(known[-1]))
            states[part], locks[part] = _known(lane, known, total, exact=exact)
            if not total.all():  # pixels of less than 1 ns show what the one before shows
                filled = np.maximum.accumulate(np.where(total > 0, np.arange(first, stop), first))
                states[part], locks[part] = states[filled], locks[filled]
    return Pixels(states, locks)


def _known(
    lane: Lane, edges: Ints, total: Ints, *, exact: bool
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """Return states and locks between *edges*, where all is known, of pixels *total* ns long."""
    pyramid = lane.pyramid
    starts = pyramid.starts
    groups = pyramid.groups_before(edges)
    # The nearer end of the group in which an edge falls; the last group has no end yet.
    after = np.minimum(groups + 1, len(starts) - 1)
    rows = np.where(2 * edges > starts[groups] + starts[after], after, groups)
    times = starts[rows]
    away = np.abs(edges - times)
    sums = pyramid.sums(rows)
    unknown = total - np.diff(edges)
    held, shares = _shares(sums, times, unknown)
    may_differ = away[:-1] + away[1:]
    doubtful = (_lead(shares) <= may_differ) | (np.abs(2 * held - total) <= 2 * may_differ)
    doubtful &= may_differ > 0
    # What is known from the begin of the last group on: was that lock held after the pixel began?
    locks = pyramid.locks[groups[1:]]
    most = np.flatnonzero(2 * held > total)
    upto = pyramid.held(groups[most + 1])
    other = most[upto - sums[most, HELD] <= away[most]]
    if not exact:
        locks[other] = 0
        doubtful[:] = False
    else:
        doubtful[other] = True
    wanted = np.flatnonzero(np.append(doubtful, False) | np.append(False, doubtful))
    if len(wanted):
        sums[wanted], found = pyramid.sums_at(lane, edges[wanted], groups[wanted])
        times[wanted] = edges[wanted]
        held, shares = _shares(sums, times, unknown)
        inner = int(wanted[0] == 0)  # the first edge ends no pixel
        locks[wanted[inner:] - 1] = found[inner:]
    best = np.argmax(shares, axis=0).astype(np.uint8)
    locks[(2 * held <= total) | (best == State.NONE)] = 0
    return best, locks


def _shares(sums: Ints, times: Ints, unknown: Ints) -> tuple[Ints, Ints]:
    """Return ns with a lock held in each pixel, and ns in each state (a row each, NONE first)."""
    shares = np.ascontiguousarray(np.diff(sums, axis=0).T)
    held = shares[HELD].copy()
    shares[State.NONE] = np.diff(times) + unknown - shares[1:].sum(axis=0)
    return held, shares


def _lead(shares: Ints) -> Ints:
    """Return by how much the greatest entry of each column exceeds the next one."""
    best, second = np.maximum(shares[0], shares[1]), np.minimum(shares[0], shares[1])
    for row in shares[2:]:
        second = np.maximum(second, np.minimum(best, row))
        best = np.maximum(best, row)
    lead: Ints = best - second
    return lead
