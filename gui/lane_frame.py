"""The column of names and the headings, as the board, the choice and the pointer make them.

Guarantees: what a heading says is that of the cursor's moment; for more threads than `FEW` it is
counted anew at most every `AGAIN_MS`, as numbers that people read need not be fresher.
"""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from engine.events import State
from gui.labels import crowd_words, duration, process_name
from gui.lane_actions import LaneActions
from gui.lane_board import LaneBoard
from gui.painting.heads import LEFT, paint_divider, paint_head, paint_heading
from gui.painting.lane_scene import Moment
from gui.painting.rows import DIVIDER, Row
from gui.painting.ruler import RULER
from gui.painting.summaries import Summaries
from gui.pane import EmptyNote
from gui.selection import Selection
from gui.theme import Theme, numbers_font

FEW = 64
AGAIN_MS = 250
_STATES = {
    State.RUNNING: "runs",
    State.WAITS_LOCK: "waits for a lock",
    State.WAITS_OTHER: "waits for another",
    State.SLEEPING: "sleeps",
}


class LaneFrame:
    """Draws what frames the slices."""

    def __init__(self, board: LaneBoard, actions: LaneActions, selection: Selection) -> None:
        self._board = board
        self._actions = actions
        self._selection = selection
        self._summaries = Summaries()
        self._words: dict[int, tuple[object, str]] = {}
        self._age = QElapsedTimer()

    def paint(
        self, painter: QPainter, theme: Theme, moment: Moment, rows: list[Row], width: int
    ) -> bool:
        """Draw the heads of *rows* across *width* px; say whether another frame is due."""
        due = False
        self._summaries.begin_frame(self._board.trace)
        for row in rows:
            if row.is_lane:
                self._paint_lane(painter, theme, row, width)
            elif not row.is_summary:
                self._paint_heading(painter, theme, row, width, moment.t)
            else:
                lanes = self._board.groups.get(row.number, ())
                due |= self._summaries.paint(painter, theme, row, lanes, moment.scale)
        board = self._board.rows
        if board.pinned and rows is board.pinned:
            paint_divider(painter, theme, board.head - DIVIDER, width)
        return due

    def _paint_lane(self, painter: QPainter, theme: Theme, row: Row, width: int) -> None:
        lane = row.number
        chosen = lane == self._selection.lane
        pin = "pin" if chosen or lane == self._actions.hovered else ""
        if lane in self._board.choice.pinned:
            pin = "pinned"
        paint_head(painter, theme, self._board.trace, row, width, chosen=chosen, pin=pin)

    def _paint_heading(self, painter: QPainter, theme: Theme, row: Row, width: int, t: int) -> None:
        folded = row.number in self._board.rows.folded
        words = process_name(self._board.trace, row.number), self.words(row.number, t)
        paint_heading(painter, theme, row, width, words, folded=folded)
        if row.number == self._actions.pointed:
            painter.fillRect(QRectF(0, row.top + row.height - 1, width, 1), theme.quiet)
        if row.number == self._actions.heading:
            painter.setPen(QPen(theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(3, row.top + 1, width - 20, row.height - 2)

    def words(self, process: int, t: int) -> str:
        """Return what the threads of *process* do at *t* (ns)."""
        board = self._board
        lanes = board.groups.get(process, ())
        key = (id(board.trace), t, len(board.trace), lanes, board.totals[process])
        known = self._words.get(process)
        if known is not None and known[0] == key:
            return known[1]
        if known is not None and len(lanes) > FEW and self._age.elapsed() < AGAIN_MS:
            return known[1]
        self._age.start()
        said = crowd_words(board.trace, lanes, t, board.totals[process])
        self._words[process] = key, said
        return said

    def paint_corner(self, painter: QPainter, theme: Theme) -> None:
        """Say beside the ruler what makes the lanes others than those of the run, one by one."""
        board = self._board
        said = []
        if board.choice.is_filtering:
            said.append(f"{board.shown} of {len(board.trace.threads)}")
        if board.choice.by_waiting:
            said.append("by lock waits")
        painter.setFont(numbers_font(11))
        painter.setPen(theme.quiet)
        painter.drawText(QPointF(LEFT, 18), " · ".join(said))

    def heading_tip(self, row: Row | None, t: int, at: int | None = None) -> str:
        """Return what to say about a heading, or a summary *at* a time (ns); '' for None."""
        if row is None:
            return ""
        if row.is_summary and at is not None:
            return self._summary_tip(row.number, at)
        does = "expand" if row.number in self._board.rows.folded else "collapse to one lane"
        name = process_name(self._board.trace, row.number)
        return f"{name}: {self.words(row.number, t)} at the cursor\nClick to {does}"

    def _summary_tip(self, process: int, at: int) -> str:
        board = self._board
        if not 0 <= at <= board.trace.now:
            return ""
        lanes = board.groups.get(process, ())
        said = crowd_words(board.trace, lanes, at, board.totals[process])
        return f"{process_name(board.trace, process)}\nAt {duration(at)}: {said}"

    def told(self, t: int) -> list[str]:
        """Return what a screen reader is told beside the moment."""
        said = []
        process = self._actions.heading
        if process is not None and self._board.rows.heading_of(process) is not None:
            how = "collapsed" if process in self._board.rows.folded else "expanded"
            name = process_name(self._board.trace, process)
            said.append(f"{name}, {how}: {self.words(process, t)}")
        if self._board.choice.is_filtering:
            said.append(f"{self._board.shown} of {len(self._board.trace.threads)} lanes shown")
        return said


class NothingFound(QWidget):
    """What stands where the lanes would: why there are none, and the way back."""

    def __init__(self, view: QWidget, board: LaneBoard) -> None:
        super().__init__(view)
        self._view = view
        self._board = board
        self._note = EmptyNote("")
        self.button = QPushButton("Show all")
        self.button.clicked.connect(board.choice.show_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(1)
        column.addWidget(self._note)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        board.changed.connect(self._update)
        self.hide()

    def _update(self) -> None:
        board = self._board
        empty = bool(board.trace.threads) and not board.rows.rows and board.choice.is_filtering
        if empty:
            top = RULER + board.rows.head
            self.setGeometry(0, top, self._view.width(), max(0, self._view.height() - top))
            self._note.say(
                why_nothing(board), f"None of {len(board.trace.threads)} lanes is shown."
            )
        if empty == self.isHidden():
            self.setVisible(empty)


def why_nothing(board: LaneBoard) -> str:
    """Return why the filter of *board* finds no lane."""
    wanted = board.choice.filter
    asked = []
    if wanted.text:
        asked.append(f"has “{wanted.text}” in its name")
    if wanted.states:
        told = [words for state, words in _STATES.items() if state in wanted.states]
        asked.append(f"{' or '.join(told)} in view")
    if wanted.lock is not None:
        asked.append(f"waits for {wanted.lock_name} or holds it in view")
    if not asked:
        return "Every lane is hidden."
    hidden = " that is not hidden" if board.choice.hidden else ""
    return f"No thread{hidden} {', and '.join(asked)}."
