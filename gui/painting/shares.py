"""Each thread's share of a core over time, from the readings of its CPU time.

Why: readings come at odd moments, other ones for each thread; to be stacked they need one grid.
Guarantees: a share is the difference of two points on the recorded readings, joined by straight
lines; the grid stands at multiples of its step, so it does not wobble while the window glides;
nothing is said past the last reading.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.trace import Trace
from gui.painting.ruler import nice_step
from gui.time_axis import Scale

Floats = npt.NDArray[np.float64]
MOST_BANDS = 16
_POINTS = 160  # across the pane
_FINEST = 50e6  # ns; finer than the readings is noise


@dataclass(frozen=True, slots=True)
class Shares:
    """The bands, from the foot up.

    *lanes*: a thread each, -1 for all the others together; *times*: the middles of the grid's
    cells (ns); *shares*: [band, cell], 1 stands for one core.
    """

    lanes: list[int]
    times: Floats
    shares: Floats

    @property
    def peak(self) -> float:
        """The greatest sum."""
        return float(self.shares.sum(axis=0).max(initial=0.0))


def shares_in(trace: Trace, scale: Scale) -> Shares:
    """Return the shares in the window *scale*: the busiest threads, grouped by process."""
    series = trace.cpu.series
    last = max((each.times.last() for each in series.values()), default=0)
    first = min((int(each.times.view[0]) for each in series.values()), default=0)
    step = max(_FINEST, nice_step(scale.end - scale.start, _POINTS))
    begin = max(0, math.floor(max(scale.start, first) / step))
    stop = math.floor(min(scale.end + step, last) / step)
    edges: Floats = np.arange(begin, stop + 1, dtype=np.float64) * step
    if len(edges) < 2:
        return Shares([], np.empty(0), np.empty((0, 0)))
    used = {lane: _used(trace, lane, edges) for lane in series}
    busiest = sorted(used, key=lambda lane: float(used[lane][0] - used[lane][-1]))
    kept = [lane for lane in busiest[:MOST_BANDS] if used[lane][-1] > used[lane][0]]
    kept.sort(key=lambda lane: (trace.threads[lane].process, lane))
    rows = [np.clip(np.diff(used[lane]) / step, 0, 1) for lane in kept]
    rest = [np.diff(used[lane]) / step for lane in busiest[MOST_BANDS:]]
    if rest and float(np.sum(rest)) > 0:
        kept.append(-1)
        rows.append(np.sum(rest, axis=0))
    middles = (edges[:-1] + edges[1:]) / 2
    return Shares(kept, middles, np.array(rows).reshape(len(kept), len(middles)))


def _used(trace: Trace, lane: int, edges: Floats) -> Floats:
    """Return the CPU time (ns) of *lane* at *edges*; constant before and after its readings."""
    series = trace.cpu.series[lane]
    times = series.times.view
    first, stop = np.searchsorted(times, [edges[0], edges[-1]]).tolist()
    part = slice(max(0, first - 1), stop + 1)
    found: Floats = np.interp(edges, times[part].astype(np.float64), series.used.view[part])
    return found
