"""A value's history as a curve: steps, thinned to what a screen can show.

Guarantees: steps are horizontal, then vertical, at the times that were recorded; a thinned curve
keeps the least and the greatest value of every pixel, so no outlier disappears.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.columns import Ints
from engine.pool_moment import waiting_over_time
from engine.series import Series
from engine.table import LATEST, TableColumn
from engine.trace import Trace
from gui.time_axis import Scale

Floats = npt.NDArray[np.float64]
_CROWDED = 40  # steps a pixel: from here on groups of 16 steps are as good
_DENSE = 2  # stores a pixel: from here on a curve is thinned


@dataclass(slots=True)
class Steps:
    """One curve: *values* hold from *times* (ns, ascending) on; *threads* wrote them.

    *name* is the watch or the queue, *label* what to call it beside others. *series* is what it
    was made of, None for what was derived from tasks. *has_texts*: some values are no numbers.
    """

    label: str
    times: npt.NDArray[np.int64] | TableColumn
    values: Floats | TableColumn
    threads: npt.NDArray[np.uint32] | TableColumn
    is_queue: bool = False
    series: Series | None = None
    expected: float | None = None
    is_text: bool = False
    has_texts: bool = False
    name: str = ""
    low: float = field(default=0.0)
    high: float = field(default=1.0)

    def index_at(self, t: float) -> int:
        """Return the number of the step in force at *t*, -1 before the first."""
        if isinstance(self.times, TableColumn):
            return self.times.index_at(int(min(max(t, -1.0), LATEST))) - 1
        return int(np.searchsorted(self.times, t, side="right")) - 1

    def indices_near(self, times: Floats, pixel: float) -> Ints:
        """Return how many steps there are up to each of *times*; between the first and last two.

        Where there are `_CROWDED` steps a *pixel* (ns) and more, a time may be moved by a quarter
        of one: then it is taken from groups of steps.
        """
        if self.series is None:
            return np.searchsorted(self.times, times, side="right")
        column = self.series.times
        first, last = column.index_at(int(times[0])), column.index_at(int(times[-1]))
        if last - first > _CROWDED * len(times):
            self.series.extremes.catch_up()
            places = self.series.extremes.indices_near(times, pixel / 4)
        else:
            places = column.indices_at(np.floor(times))
        places[0], places[-1] = first, last
        return np.clip(places, first, last)

    def times_of(self, places: Ints) -> Floats:
        """Return when the steps at *places* (ascending) were made, in ns."""
        found = self.times[places] if self.series is None else self.series.extremes.times_of(places)
        return found.astype(np.float64)

    def values_of(self, places: Ints) -> Floats:
        """Return the values of the steps at *places* (ascending)."""
        return (
            self.values[places] if self.series is None else self.series.extremes.values_of(places)
        )

    def extremes(self, begins: Ints, ends: Ints) -> tuple[Floats, Floats]:
        """Return the least and the greatest number among the steps [begin, end) of each pair."""
        if self.series is not None:
            self.series.extremes.catch_up()
            return self.series.extremes.of(begins, ends)
        edges = np.column_stack((begins, ends)).ravel()
        low, high = np.append(self.values, np.inf), np.append(self.values, -np.inf)
        return np.minimum.reduceat(low, edges)[::2], np.maximum.reduceat(high, edges)[::2]

    def text_at(self, t: float) -> str:
        """Return the value at *t* as text, '' before the first store."""
        index = self.index_at(t)
        if index < 0:
            return ""
        if self.series is not None:
            return self.series.texts[index]
        return f"{self.values[index]:g}"


class Collector:
    """Makes the curves of a trace; keeps the range of each, so that a frame looks at new steps."""

    def __init__(self) -> None:
        self._trace: Trace | None = None
        self._ranges: dict[tuple[int, str], tuple[int, float, float, bool]] = {}
        self._waiting: tuple[int, Steps] | None = None

    def collect(self, trace: Trace) -> list[Steps]:
        """Return the curves of *trace*: watched values, queues, or the tasks of a pool."""
        if trace is not self._trace:
            self._trace = trace
            self._ranges.clear()
            self._waiting = None
        several = len({process for process, _ in trace.values.series}) > 1
        curves = []
        for (process, key), series in trace.values.series.items():
            if not len(series.times):
                continue
            owner = trace.processes[process].name if process < len(trace.processes) else ""
            label = f"{series.name} · {owner}" if several else series.name
            curves.append(self._steps(series, (process, key), label))
        if not any(not curve.is_queue for curve in curves) and trace.tasks.tasks:
            waiting = self._tasks_waiting(trace)
            if waiting is not None:
                curves.append(waiting)
        return curves

    def _steps(self, series: Series, key: tuple[int, str], label: str) -> Steps:
        values, extremes = series.values.view, series.extremes
        seen, low, high, has_texts = self._ranges.get(key, (0, np.inf, -np.inf, False))
        if seen < len(values):
            extremes.catch_up()
            begin = np.array([min(seen, len(values) - 1)])
            least, greatest = extremes.of(begin, np.array([len(values)]))
            low, high = min(low, float(least[0])), max(high, float(greatest[0]))
            rest = values[len(values) - extremes.pending() :]
            has_texts = has_texts or extremes.has_gaps or bool(np.isnan(rest).any())
            self._ranges[key] = (len(values), low, high, has_texts)
        return Steps(
            label,
            series.times.view,
            values,
            series.threads.view,
            series.is_queue,
            series,
            series.expected,
            not np.isfinite(low),
            has_texts,
            series.watch,
            low,
            high,
        )

    def _tasks_waiting(self, trace: Trace) -> Steps | None:
        """Return how many tasks waited in the pool's queue."""
        if self._waiting is not None and self._waiting[0] == len(trace):
            return self._waiting[1]
        times, waiting, by = waiting_over_time(trace.tasks)
        values = waiting.astype(np.float64)
        found = Steps(
            "tasks waiting in the queue",
            times,
            values,
            by.astype(np.uint32),
            is_queue=True,
            name="tasks waiting in the queue",
            low=0.0,
            high=float(values.max(initial=0.0)),
        )
        self._waiting = (len(trace), found)
        return found


def step_points(curve: Steps, scale: Scale, begin: float, end: float) -> tuple[Floats, Floats]:
    """Return the corners of *curve* from *begin* to *end* (ns), thinned for *scale*."""
    begin, end = max(begin, scale.start), min(end, scale.end)
    first = max(0, curve.index_at(begin))
    stop = curve.index_at(end) + 1
    if stop <= first or end < begin:
        return np.empty(0), np.empty(0)
    if stop - first > _DENSE * (scale.right - scale.left):
        return _thinned(curve, scale, begin, end)
    times = curve.times[first:stop].astype(np.float64)
    x = np.repeat(np.append(times, end), 2)[1:-1]
    y = np.repeat(curve.values[first:stop], 2)
    x[0] = max(x[0], begin)
    return x, y


def _thinned(curve: Steps, scale: Scale, begin: float, end: float) -> tuple[Floats, Floats]:
    """Return at most four corners a pixel: what was, the least, the greatest, what is then."""
    width = int(np.ceil((end - begin) / scale.per_pixel))
    edges: Floats = begin + np.arange(width + 1.0) * scale.per_pixel
    edges[-1] = end
    places = curve.indices_near(edges, scale.per_pixel)
    begins, ends = places[:-1], places[1:]
    some = np.flatnonzero(begins < ends)
    begins, ends = begins[some], ends[some]
    low, high = curve.extremes(begins, ends)
    low[np.isinf(low)] = high[np.isinf(high)] = np.nan
    times = np.maximum(curve.times_of(begins), begin)
    after = curve.values_of(ends - 1)
    before = np.append(np.nan, after[:-1])
    x, y = np.repeat(times, 4), np.column_stack((before, low, high, after)).ravel()
    if places[0]:  # what was in force as the window begins
        x, y = np.append(begin, x), np.append(curve.values_of(places[:1] - 1), y)
        y[1] = y[0]
    else:
        y[0] = low[0]
    y[~np.isfinite(y)] = np.nan
    return np.append(x, end), np.append(y, y[-1])
