"""The board of lanes: what stands where in the Activity pane, and what of it is in view.

Why apart from the view: laying out follows the trace, the choice, the filter, the size and the
scroll bar, and none of these is painting or a key.

Guarantees: a frame in which nothing was chosen and no thread began costs O(1); rows are laid out
once a change. What is under a pointer that moved within `STILL_MS` keeps its place, as far as
scrolling can do that, and lanes keep their height: new threads appear below; lanes grow only when
the pointer has left. A filter that looks at time is looked through `LOOK_MS` a frame, at most once
in `AGAIN_MS`; an order by time is made anew at most once in `SORT_MS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollBar, QWidget

from engine.trace import Trace
from gui.lane_choice import LaneChoice
from gui.lane_filter import LaneFinder
from gui.painting.rows import Group, Plan, Row, Rows
from gui.painting.ruler import RULER
from gui.time_axis import TimeAxis

STILL_MS = 2_000
LOOK_MS = 3
AGAIN_MS = 250
SORT_MS = 1_000
BAR = 10  # px, the scroll bar


class LaneBoard(QObject):
    """Where lanes stand.

    Attributes:
        choice: what a person wants to see.
        rows: all rows.
        groups: the lanes that are shown below each process's heading, or folded into it.
        scroll: the scroll bar of those that are not pinned.
        shown: how many lanes are shown, in a folded process too.
        trace: whose lanes they are.
        totals: how many threads each process has, shown or not.
        kept: the lane that should stay in view, if it is, or None.
        view: the pane.

    Signals:
        changed(): rows, their places, or how many are shown.
    """

    changed = Signal()

    def __init__(self, view: QWidget, axis: TimeAxis) -> None:
        super().__init__(view)
        self.view = view
        self._axis = axis
        self.trace = Trace()
        self.choice = LaneChoice(self)
        self.rows = Rows(self.trace, 0)
        self.groups: dict[int, Sequence[int]] = {}
        self.totals: Counter[int] = Counter()
        self.shown = 0
        self.kept: int | None = None
        self._names: list[int] = []  # what the filter by name found last
        self._threads = 0
        self._is_squeezed = False  # rows do not fit, so that what is pointed at stays
        self._room = 0  # px, when rows were laid out last
        self._is_loose = False  # lanes could be higher: they grow when the pointer leaves
        self._finder = LaneFinder(self.trace)
        self._looked: tuple[object, ...] = ()
        self._since_look = QElapsedTimer()
        self._since_names = QElapsedTimer()
        self._since_names.start()
        self._pointer: float | None = None
        self._since_move = QElapsedTimer()
        self.scroll = QScrollBar(Qt.Orientation.Vertical, view)
        self.scroll.setAccessibleName("Scroll lanes")
        self.scroll.valueChanged.connect(self.changed)
        self._later = QTimer(self)
        self._later.setObjectName("lanes to look through")
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._look)
        self.choice.changed.connect(self._chosen)

    # ---- what makes it change

    def show(self, trace: Trace) -> None:
        """Show the lanes of *trace*, as it is now."""
        if trace is not self.trace:
            self.trace, self._threads = trace, -1
            self.rows = Rows(Trace(), 0)
            self._finder, self._looked = LaneFinder(trace), ()
        if len(trace.threads) != self._threads:
            self._threads = len(trace.threads)
            self.choice.meet(trace)
            self.lay_out()
        elif self._is_renamed() or (self._is_squeezed and not self._is_watched):
            self.lay_out()
        self._look()

    def _is_renamed(self) -> bool:
        """Whether threads that took another name are found now, or no longer."""
        if not self.choice.filter.text or self._since_names.elapsed() < AGAIN_MS:
            return False
        return self._names != self._named()

    def _chosen(self) -> None:
        self._looked = ()
        self._finder.give_up()
        self.lay_out()
        self._look()

    def lay_out(self) -> None:
        """Put every row where it belongs, and what is looked at where it was."""
        anchor = self._anchor()
        plan = self._plan()
        room = self.room
        kept = self.rows.lane_height if self.rows.order and room == self._room else 0
        self._room = room
        fitting = Rows(self.trace, room, plan)
        self._is_squeezed = kept > fitting.lane_height and self._is_watched
        self._is_loose = 0 < kept < fitting.lane_height and self._pointer is not None
        holds = self._is_squeezed or self._is_loose
        self.rows = Rows(self.trace, room, plan, lane_height=kept) if holds else fitting
        self.groups = {group.process: group.lanes for group in plan.groups}
        self.totals = Counter(thread.process for thread in self.trace.threads)
        self.shown = sum(len(group.lanes) for group in plan.groups) + len(plan.pinned)
        self._fit_bar()
        if anchor is not None:
            self._put_back(*anchor)
        self.changed.emit()

    def _fit_bar(self) -> None:
        head, room = self.rows.head, max(0, self.room - self.rows.head)
        self.scroll.setGeometry(QRect(self.view.width() - BAR, RULER + head, BAR, room))
        self.scroll.setRange(0, max(0, self.rows.total - room))
        self.scroll.setPageStep(max(1, room))
        self.scroll.setSingleStep(self.rows.lane_height)
        self.scroll.setVisible(self.rows.total > room)

    def _plan(self) -> Plan:
        trace, choice = self.trace, self.choice
        whole = Plan.of(trace)
        if not (choice.pinned or choice.folded or choice.is_filtering or choice.by_waiting):
            return whole
        pinned = dict.fromkeys(choice.pinned)
        wanted = self._wanted()
        waited = self._finder.waited if choice.by_waiting else {}
        groups = []
        for group in whole.groups:
            lanes = [n for n in group.lanes if n in wanted and n not in pinned]
            if waited:
                lanes.sort(key=lambda lane: -waited.get(lane, 0))
            if lanes:
                groups.append(Group(group.process, lanes, group.process in choice.folded))
        return Plan(groups, list(pinned), whole.headings)

    def _named(self) -> list[int]:
        """Return the lanes that are not hidden and have the name that is asked for."""
        choice, text = self.choice, self.choice.filter.text.casefold()
        self._since_names.start()
        return [
            thread.index
            for thread in self.trace.threads
            if thread.index not in choice.hidden and text in thread.name.casefold()
        ]

    def _wanted(self) -> set[int]:
        self._names = self._named()
        named = set(self._names)
        if self.choice.filter.looks_at_time and self._finder.found is not None:
            return named & self._finder.found
        return named

    # ---- looking through the lanes

    @property
    def is_looking(self) -> bool:
        """Whether it is not known yet which lanes are wanted: those that may be are shown."""
        return self.choice.filter.looks_at_time and self._finder.found is None

    def _look(self) -> None:
        choice, finder = self.choice, self._finder
        if not (choice.filter.looks_at_time or choice.by_waiting):
            finder.give_up()
            return
        if not finder.is_looking:
            self._begin_to_look()
        before = finder.found, finder.waited
        if finder.step(LOOK_MS):
            self._keep_watched(*before)
            if (finder.found, finder.waited) != before:
                self.lay_out()
        if finder.is_looking:
            self._later.start(0)

    def _begin_to_look(self) -> None:
        axis, trace = self._axis, self.trace
        now = (axis.start, axis.end, len(trace), len(trace.threads), trace.now)
        if now == self._looked:
            return
        again = AGAIN_MS if self.choice.filter.looks_at_time else SORT_MS
        if self._looked and self._since_look.elapsed() < again:
            if not self._later.isActive():
                self._later.start(again)
            return
        self._looked = now
        self.choice.meet(trace)
        self._since_look.start()
        start, end = max(0, int(axis.start)), max(0, int(axis.end))
        choice = self.choice
        self._finder.begin(self._named(), choice.filter, start, end, waits=choice.by_waiting)

    def _keep_watched(self, found: frozenset[int] | None, waited: dict[int, int]) -> None:
        """Take no lane away, and change no order, while somebody points at the lanes."""
        finder = self._finder
        if self._is_watched and found is not None and finder.found is not None:
            finder.found |= found
            finder.waited = waited or finder.waited

    # ---- what stays where it is

    def pointed(self, y: float | None) -> None:
        """Note that the pointer moved to *y* px of the pane, or left it (None)."""
        self._pointer = y
        self._since_move.start()
        if y is None and (self._is_squeezed or self._is_loose):
            self.lay_out()

    @property
    def _is_watched(self) -> bool:
        return self._pointer is not None and self._since_move.elapsed() < STILL_MS

    def _anchor(self) -> tuple[Row, int] | None:
        """Return the row that should keep its place, and that place, or None."""
        row = self.row_at(self._pointer) if self._pointer is not None else None
        if row is None and self.kept is not None:
            row = self.rows.row_of(self.kept)
            row = row.moved(self.offset) if row is not None and self.is_seen(row) else None
        if row is None or (row.is_lane and self.rows.is_pinned(row.number)):
            return None
        return row, row.top

    def _put_back(self, row: Row, top: int) -> None:
        now = self.rows.row_of(row.number) if row.is_lane else self.rows.heading_of(row.number)
        if now is not None and not (row.is_lane and self.rows.is_pinned(row.number)):
            wanted = self.rows.head + now.top - top
            if wanted > self.scroll.maximum():  # there is nothing below: room is left free there
                self.scroll.setMaximum(wanted)
                self._is_squeezed = True
            self.scroll.setValue(wanted)

    # ---- what is in view

    @property
    def room(self) -> int:
        """The px below the ruler."""
        return max(0, self.view.height() - RULER)

    @property
    def offset(self) -> int:
        """How far down, below the ruler, the first row that scrolls begins."""
        return self.rows.head - self.scroll.value()

    def scrolled(self) -> list[Row]:
        """Return the rows in view that scroll, by their places below the ruler."""
        top = self.scroll.value()
        seen = self.rows.visible(top, top + max(0, self.room - self.rows.head))
        return [row.moved(self.offset) for row in seen]

    def row_at(self, y: float) -> Row | None:
        """Return the row at *y* px of the pane, by its place below the ruler."""
        inner = y - RULER
        if inner < 0:
            return None
        if inner < self.rows.head:
            place = int(inner // self.rows.lane_height)
            return self.rows.pinned[place] if place < len(self.rows.pinned) else None
        row = self.rows.row_at(inner - self.offset)
        return None if row is None else row.moved(self.offset)

    def lane_at(self, y: float) -> int | None:
        """Return the lane at *y* px of the pane, or None on a heading and where there is none."""
        row = self.row_at(y)
        return row.number if row is not None and row.is_lane else None

    def row_of(self, lane: int) -> Row | None:
        """Return where *lane* stands below the ruler: in its row, or in its process's summary."""
        row = self.rows.row_of(lane)
        if row is not None and self.rows.is_pinned(lane):
            return row
        if row is None and lane < len(self.trace.threads):
            group = self.rows.folded.get(self.trace.threads[lane].process)
            row = self.rows.summary_of(group.process) if group and lane in group.lanes else None
        return None if row is None else row.moved(self.offset)

    def is_seen(self, row: Row) -> bool:
        """Whether some of *row*, one of `rows` that scrolls, is in view."""
        top = row.top - self.scroll.value()
        return top + row.height > 0 and top < self.room - self.rows.head

    def reveal(self, row: Row | None) -> None:
        """Scroll as little as needed to show the whole *row* of `rows`."""
        if row is None or (row.is_lane and self.rows.is_pinned(row.number)):
            return
        room = self.room - self.rows.head
        top = min(self.scroll.value(), row.top)
        self.scroll.setValue(max(row.top + row.height - room, top))

    def stops(self) -> list[Row]:
        """Return the rows that the keyboard walks: lanes, and headings of processes."""
        return [row for row in (*self.rows.pinned, *self.rows.rows) if not row.is_summary]
