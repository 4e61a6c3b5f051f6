"""Whether each thread's times ascend: what every search in a lane rests on.

Events of one process arrive as they happened, those of different processes interleave, so times
ascend a thread, not over all.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class ThreadOrder:
    """Follows the chunks of one run. Attributes: last (the latest time of each thread)."""

    def __init__(self, threads: int) -> None:
        self.last = np.zeros(threads, np.int64)
        self._latest = 0

    def accepts(self, time: npt.NDArray[np.int64], thread: npt.NDArray[np.int64]) -> bool:
        """Take the next chunk; False, and nothing taken, when a thread's time goes back in it."""
        if not len(time):
            return True
        if time[0] < self._latest or not bool((time[1:] >= time[:-1]).all()):
            order = np.argsort(thread, kind="stable")
            of, at = thread[order], time[order]
            begins = np.flatnonzero(np.diff(of, prepend=-1))
            back = at[1:] < at[:-1]
            back[begins[1:] - 1] = False
            if back.any() or bool((at[begins] < self.last[of[begins]]).any()):
                return False
        self._take(time, thread)
        return True

    def mended(
        self, time: npt.NDArray[np.int64], thread: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Take the next chunk, and return its times with none before its thread's last one."""
        if self.accepts(time, thread):
            return time
        time = time.copy()
        for number in np.unique(thread).tolist():
            mine = thread == number
            time[mine] = np.maximum(np.maximum.accumulate(time[mine]), self.last[number])
        self._take(time, thread)
        return time

    def _take(self, time: npt.NDArray[np.int64], thread: npt.NDArray[np.int64]) -> None:
        self.last[thread] = time  # of those of one thread the last one stays
        self._latest = max(self._latest, int(time.max()))
