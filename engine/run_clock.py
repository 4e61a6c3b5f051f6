"""The run's own time: from the machine's clock, without the pauses.

Guarantees: time never goes back; a moment inside a pause is the pause's beginning.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Clock:
    """Raw `perf_counter_ns` of the machine to ns of the run, without the pauses."""

    def __init__(self) -> None:
        self.origin: int | None = None
        self._gaps: list[tuple[int, int]] = []
        self._open: int | None = None

    def pause(self, raw: int) -> None:
        """Stop the run's clock at *raw*."""
        self._open = raw

    def resume(self, raw: int) -> int:
        """Let it go on; what lay between is a gap. Returns its length in ns."""
        if self._open is None:
            return 0
        length = raw - self._open
        self._gaps.append((self._open, raw))
        self._open = None
        return length

    def run_time(self, raw: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return *raw* times as ns since the run's start; a time inside a gap is its start."""
        gaps = [*self._gaps, *([(self._open, 2**62)] if self._open is not None else [])]
        out = raw - (self.origin or 0)
        for start, end in gaps:
            out -= np.clip(raw - start, 0, end - start)
        return out

    def at(self, raw: int) -> int:
        """Return one raw time as ns since the run's start."""
        return int(self.run_time(np.array([raw], np.int64))[0])
