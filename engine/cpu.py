"""CPU time per thread, as read from outside the script's process.

Why: reading it inside costs the script 580 ns each time and disturbs the GIL. Guarantees: each
entry is a reading (cumulative ns on a core); a share is the difference of two readings, and is
None where there are fewer than two.
"""

from __future__ import annotations

import numpy as np

from engine.columns import Column


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
