"""CPU time per thread, as read from outside the script's process.

Why: reading it inside costs the script 580 ns each time and disturbs the GIL. Guarantees: each
entry is a reading (cumulative ns on a core); a share is the difference of two readings, and is
None where there are fewer than two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.columns import Column


@dataclass(frozen=True, slots=True)
class OnCore:
    """The ns that a thread was on a core: at least *least*, at most *most*."""

    least: int
    most: int


class CpuSeries:
    """One thread's readings. Attributes: times (ns since the run's start), used (ns on a core)."""

    def __init__(self) -> None:
        self.times = Column(np.int64)
        self.used = Column(np.int64)

    def share_at(self, t: int, window: int = 200_000_000) -> float | None:
        """Return the share of one core used in the *window* ns that end at *t*; 0..1, or None."""
        last = self.times.index_at(t) - 1
        first = max(0, self.times.index_at(t - window) - 1)
        if last <= first:
            return None
        elapsed = int(self.times.view[last]) - int(self.times.view[first])
        used = int(self.used.view[last]) - int(self.used.view[first])
        return min(1.0, used / elapsed) if elapsed > 0 else None

    def between(self, start: int, end: int, begin: int, finish: int) -> OnCore | None:
        """Return how long the thread was on a core from *start* to *end*; None: never read.

        It lives from *begin* to *finish*. Nothing is interpolated: what was used between two
        readings may have been used at any time between them, so the answer is a least and a most.
        """
        times, used = self.times, self.used
        if not len(times):
            return None
        start, end = max(start, begin), min(end, finish)
        if end <= start:
            return OnCore(0, 0)
        inside, last = times.index_at(start - 1), times.index_at(end) - 1
        before, after = times.index_at(start) - 1, times.index_at(end - 1)
        # Certain: what was used between the readings within.
        least = int(used.view[last]) - int(used.view[inside]) if last > inside else 0
        # Possible: what was used between the readings around, or all of the time beyond them.
        floor = int(used.view[before]) if before >= 0 else 0
        if after == len(times):
            ceiling = int(used.last()) + max(0, end - max(start, times.last()))
        else:
            ceiling = int(used.view[after])
            if before >= 0:
                around = int(times.view[after]) - int(times.view[before]) - (end - start)
                least = max(least, ceiling - floor - around)
        most = max(least, min(end - start, ceiling - floor))
        return OnCore(min(least, end - start), min(most, end - start))


class CpuTable:
    """The readings of every thread, by lane."""

    def __init__(self) -> None:
        self.series: dict[int, CpuSeries] = {}

    def add(self, thread: int, time: int, used: int) -> None:
        """Add one reading: *used* ns on a core in all, read at *time* ns."""
        series = self.series.get(thread)
        if series is None:
            series = self.series[thread] = CpuSeries()
        if time > series.times.last(-1):
            series.times.append(time)
            series.used.append(used)

    def seconds(self, thread: int) -> float | None:
        """Return the CPU seconds of *thread* at the last reading, or None without one."""
        series = self.series.get(thread)
        return series.used.last() / 1e9 if series else None
