"""Where each lane stands: its height, its place, and the headings of processes.

Guarantees: lanes are in the order of their numbers within their process; all are equally high,
as high as there is room for within `LOWEST`..`HIGHEST`; finding what is at a y is O(log n).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from engine.trace import Trace

HIGHEST = 50  # px
LOWEST = 14
HEADING = 24


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a lane, or the heading of a process. *top* and *height* in px."""

    top: int
    height: int
    number: int
    is_heading: bool


class Rows:
    """All rows of a trace in a pane *height* px high.

    Attributes: rows (from top to bottom), lane_height, total (px), order (lane numbers).
    """

    def __init__(self, trace: Trace, height: int) -> None:
        groups: dict[int, list[int]] = {}
        for thread in trace.threads:
            groups.setdefault(thread.process, []).append(thread.index)
        heading = HEADING if len(groups) > 1 else 0
        count = max(1, len(trace.threads))
        room = (height - heading * len(groups)) // count
        self.lane_height = max(LOWEST, min(HIGHEST, room))
        self.rows: list[Row] = []
        top = 0
        for process in sorted(groups):
            if heading:
                self.rows.append(Row(top, heading, process, is_heading=True))
                top += heading
            for lane in groups[process]:
                self.rows.append(Row(top, self.lane_height, lane, is_heading=False))
                top += self.lane_height
        self.total = top
        self.order = [row.number for row in self.rows if not row.is_heading]
        self._tops = [row.top for row in self.rows]
        self._by_lane = {row.number: row for row in self.rows if not row.is_heading}

    def visible(self, top: int, bottom: int) -> list[Row]:
        """Return the rows that touch [top, bottom)."""
        first = max(0, bisect_right(self._tops, top) - 1)
        return self.rows[first : bisect_right(self._tops, bottom - 1)]

    def lane_at(self, y: float) -> int | None:
        """Return the lane at *y*, or None on a heading and past the last one."""
        if not 0 <= y < self.total:
            return None
        row = self.rows[bisect_right(self._tops, y) - 1]
        return None if row.is_heading else row.number

    def row_of(self, lane: int) -> Row | None:
        """Return the row of *lane*, or None when there is none."""
        return self._by_lane.get(lane)
