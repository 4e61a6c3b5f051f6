"""Where each lane stands: its height, its place, and the headings of processes.

Guarantees: all lanes are equally high, as high as there is room for within `LOWEST`..`HIGHEST`;
pinned lanes stand above all others, and apart from them, in at most half of the height; finding
what is at a y, and what is in view, is O(log n); laying out is O(n).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from engine.trace import Trace

HIGHEST = 50  # px
LOWEST = 14
HEADING = 24
SUMMARY, LEAST_SUMMARY = 34, 26  # px: the one lane of a folded process
DIVIDER = 3  # px below the pinned lanes


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a lane, or what belongs to a process as a whole: its heading, its summary.

    *top* and *height* in px; *number* is that of a lane, or of a process.
    """

    top: int
    height: int
    number: int
    is_heading: bool
    is_summary: bool = False

    @property
    def is_lane(self) -> bool:
        """Whether *number* is that of a lane."""
        return not self.is_heading

    def moved(self, by: int) -> Row:
        """Return the same row, *by* px further down."""
        return replace(self, top=self.top + by)


@dataclass(frozen=True, slots=True)
class Group:
    """The lanes of one process that are to be shown, from top to bottom."""

    process: int
    lanes: Sequence[int]
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be shown. With *headings* each group has one."""

    groups: Sequence[Group]
    pinned: Sequence[int] = ()
    headings: bool = False

    @classmethod
    def of(cls, trace: Trace) -> Plan:
        """Return the plan that shows every lane of *trace*, by process, in order of start."""
        groups: dict[int, list[int]] = {}
        for thread in trace.threads:
            groups.setdefault(thread.process, []).append(thread.index)
        made = [Group(process, groups[process]) for process in sorted(groups)]
        return cls(made, headings=len(made) > 1)

    @property
    def lanes(self) -> int:
        """How many lanes have a place of their own."""
        open_ones = sum(len(group.lanes) for group in self.groups if not self._folds(group))
        return len(self.pinned) + open_ones

    def _folds(self, group: Group) -> bool:
        return group.is_folded and self.headings


class Placement(Protocol):
    """Knows where lanes stand."""

    def row_of(self, lane: int) -> Row | None:
        """Return the row of *lane*, or None when there is none."""
        ...


class Rows:
    """All rows of a plan in a pane *height* px high.

    Attributes: pinned (rows that do not scroll; their tops count from the first of them), rows
    (those below, from top to bottom, their tops from the first one), head (px that the pinned take,
    their divider included), lane_height, total (px of what scrolls), order (lane numbers),
    folded (the processes that show a summary).
    """

    def __init__(
        self,
        trace: Trace,
        height: int,
        plan: Plan | None = None,
        *,
        lane_height: int | None = None,
    ) -> None:
        """Lay out *plan* (None: all of *trace*), in lanes of *lane_height* if that is given."""
        plan = plan or Plan.of(trace)
        self.lane_height = lane_height or _lane_height(plan, height)
        held = min(len(plan.pinned), max(1, height // 2 // self.lane_height))
        self.pinned: list[Row] = []
        self.rows: list[Row] = []
        self.folded: dict[int, Group] = {}
        for lane in plan.pinned[:held]:
            top = len(self.pinned) * self.lane_height
            self.pinned.append(Row(top, self.lane_height, lane, is_heading=False))
        self.head = len(self.pinned) * self.lane_height + (DIVIDER if self.pinned else 0)
        self.total = 0
        for lane in plan.pinned[held:]:  # more than the pane can hold scroll with the others
            self._add(self.lane_height, lane)
        for group in plan.groups:
            self._add_group(group, headings=plan.headings)
        self.order = [row.number for row in (*self.pinned, *self.rows) if row.is_lane]
        self._tops = [row.top for row in self.rows]
        self._place = {row.number: place for place, row in enumerate(self.rows) if row.is_lane}
        self._pinned = {row.number: row for row in self.pinned}
        self._headings = {
            row.number: place
            for place, row in enumerate(self.rows)
            if row.is_heading and not row.is_summary
        }

    def _add(
        self, height: int, number: int, *, heading: bool = False, summary: bool = False
    ) -> None:
        self.rows.append(Row(self.total, height, number, heading or summary, summary))
        self.total += height

    def _add_group(self, group: Group, *, headings: bool) -> None:
        if headings:
            self._add(HEADING, group.process, heading=True)
            if group.is_folded:
                self.folded[group.process] = group
                height = max(LEAST_SUMMARY, min(SUMMARY, self.lane_height))
                self._add(height, group.process, summary=True)
                return
        for lane in group.lanes:
            self._add(self.lane_height, lane)

    # ---- what scrolls, in its own coordinates

    def visible(self, top: int, bottom: int) -> list[Row]:
        """Return the rows, of those that scroll, that touch [top, bottom)."""
        first = max(0, bisect_right(self._tops, top) - 1)
        return self.rows[first : bisect_right(self._tops, bottom - 1)]

    def row_at(self, y: float) -> Row | None:
        """Return the row, of those that scroll, at *y*, or None past the last one."""
        return self.rows[bisect_right(self._tops, y) - 1] if 0 <= y < self.total else None

    def lane_at(self, y: float) -> int | None:
        """Return the lane at *y*, or None on a heading and past the last one."""
        row = self.row_at(y)
        return row.number if row is not None and row.is_lane else None

    def row_of(self, lane: int) -> Row | None:
        """Return the row of *lane*, pinned or not, or None when it has none of its own."""
        place = self._place.get(lane)
        return self._pinned.get(lane) if place is None else self.rows[place]

    def is_pinned(self, lane: int) -> bool:
        """Whether *lane* stands above those that scroll."""
        return lane in self._pinned

    def heading_of(self, process: int) -> Row | None:
        """Return the heading of *process*, or None when it has none."""
        place = self._headings.get(process)
        return None if place is None else self.rows[place]

    def summary_of(self, process: int) -> Row | None:
        """Return the row that stands for all threads of *process* while it is folded, or None."""
        place = self._headings.get(process)
        return self.rows[place + 1] if place is not None and process in self.folded else None


def _lane_height(plan: Plan, height: int) -> int:
    room = height - (DIVIDER if plan.pinned else 0)
    for group in plan.groups if plan.headings else ():
        room -= HEADING + (SUMMARY if group.is_folded else 0)
    return max(LOWEST, min(HIGHEST, room // max(1, plan.lanes)))
