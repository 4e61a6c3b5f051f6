"""The contention view: a lane a lock, who held it when, and how many waited.

Why: lanes of threads show that somebody waits; which lock it is that all of them wait for, and how
long each holder kept them, is seen in lanes of locks.

Guarantees: a function of `(trace, t)`, the axis and the selection; what is derived is made only
while the pane is seen, a bounded part a frame, and it says so until all is there; locks without a
lane are counted; what the mouse can do the keyboard can do as well.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollBar, QSizePolicy, QWidget

from engine.contention import Contention
from engine.critical_path import Segment
from engine.path_words import summary
from engine.trace import Trace
from gui import tips
from gui.contention_words import described, lock_tip, lock_total, path_tip
from gui.cursor import Cursor
from gui.gestures import TimeGestures
from gui.labels import lock_ranks
from gui.lock_list import LockList
from gui.painting.lane_painter import looks
from gui.painting.lock_lanes import Lanes, LockLanes
from gui.painting.marks import paint_marks
from gui.painting.path_lane import PATH_ROW, paint_path_row
from gui.painting.rows import Row
from gui.painting.ruler import RULER, paint_cursor, paint_gaps, paint_grid, paint_ruler
from gui.panels.path_buttons import PathButtons
from gui.path_finder import PathFinder
from gui.selection import Selection
from gui.theme import Theme, body_font
from gui.time_axis import LABEL_WIDTH, Scale, TimeAxis

TITLE = "Contention"
SUBTITLE = "who held each lock, and how many waited"
_TOP = RULER + PATH_ROW  # px above the lanes of locks
_BAR = 10  # px, the scroll bar
_FOOT = 22  # px, the line that counts what has no lane
_HIGHEST, _LOWEST = 72, 44  # px of a lock's lane
_CATCH_UP = 0.004  # s of taking in what is new, in a frame
_SORT_MS = 1000  # while a run goes on, lanes change places no more often
_DESCRIBE_EVERY = 250  # ms: a screen reader cannot read sixty sentences a second


class ContentionView(QWidget):
    """The lanes of locks.

    Attributes: shown (which locks have a lane), queues (who waited for them), finder (of the
    critical path).
    """

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        axis: TimeAxis,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cursor = cursor
        self._axis = axis
        self._selection = selection
        self._trace = Trace()
        self._t = 0
        self.queues = Contention(self._trace)
        self._lanes = LockLanes(theme)
        self._gestures = TimeGestures(self, cursor, axis)
        self.shown = LockList()
        self.finder = PathFinder(selection)
        self.finder.changed.connect(self._repaint)
        self._sorted = QElapsedTimer()
        self._sorted_at: tuple[object, ...] = ()
        self._scroll = QScrollBar(Qt.Orientation.Vertical, self)
        self._scroll.setAccessibleName("Scroll locks")
        self._scroll.valueChanged.connect(self._repaint)
        self._describe = QTimer(self)
        self._describe.setObjectName("contention description")
        self._describe.setSingleShot(True)
        self._describe.setInterval(_DESCRIBE_EVERY)
        self._describe.timeout.connect(self._say)
        axis.changed.connect(self._repaint)
        axis.marks.changed.connect(self._repaint)
        selection.changed.connect(self._chosen)
        self._buttons = PathButtons(self.finder)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._gestures.stretch_at = self._stretch_at
        self._gestures.listen()
        self.setAccessibleName(TITLE)
        self._say()

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""
        if trace is not self._trace:
            self._trace, self.queues = trace, Contention(trace)
            self.shown, self._sorted_at = LockList(), ()  # the numbers were those of another run
        self._t = t
        self.finder.look(trace)
        if not self._describe.isActive():
            self._describe.start()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = self._lanes.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for two lanes; more are scrolled to."""
        return QSize(520, _TOP + 2 * _HIGHEST)

    def minimumSizeHint(self) -> QSize:
        """Be content with one."""
        return QSize(LABEL_WIDTH + 120, _TOP + _LOWEST)

    def _repaint(self) -> None:
        self.update()

    def _say(self) -> None:
        said = described(self.queues, self.shown.locks, self._t)
        path = self.finder.path
        if path.segments:
            said = f"Critical path: {summary(self._trace, path)}. {said}"
        self.setAccessibleDescription(said)

    def header(self) -> PathButtons:
        """Return the buttons of the critical path, for the pane's header."""
        return self._buttons

    # ---- what stands where

    @property
    def row_height(self) -> int:
        """How high the lane of a lock is (px)."""
        room = self.height() - _TOP
        return max(_LOWEST, min(_HIGHEST, room // max(1, len(self.shown.locks))))

    @property
    def scrolled(self) -> int:
        """How far the lanes are scrolled (px)."""
        return self._scroll.value()

    def _catch_up(self) -> bool:
        """Take in what is new, and list the locks; say whether everything is in."""
        until = time.perf_counter() + _CATCH_UP
        while not (complete := self.queues.update()) and time.perf_counter() < until:
            pass
        moment = (len(self._trace), self._trace.now, self._axis.start, self._axis.end)
        if moment == self._sorted_at:
            return complete
        unseen = self.queues.known != len(self.shown.locks) + self.shown.hidden
        # What costs the most may change with each event: lanes that swap places cannot be read.
        settled = self._sorted_at[:1] == moment[:1]
        if settled or unseen or not self._sorted_at or self._sorted.elapsed() >= _SORT_MS:
            self.shown.fill(self.queues, self._axis.start, self._axis.end)
            self._sorted.start()
        self._sorted_at = moment
        self._lay_out()
        return complete

    def _lay_out(self) -> None:
        room = max(0, self.height() - _TOP - (_FOOT if self.shown.hidden else 0))
        total = len(self.shown.locks) * self.row_height
        self._scroll.setGeometry(QRect(self.width() - _BAR, _TOP, _BAR, room))
        self._scroll.setRange(0, max(0, total - room))
        self._scroll.setPageStep(max(1, room))
        self._scroll.setSingleStep(self.row_height)
        self._scroll.setVisible(total > room)

    def _rows(self) -> list[Row]:
        """Return the rows in view, as they stand in the scrolled area."""
        top, high = self._scroll.value(), self.row_height
        first = max(0, top // high)
        last = min(len(self.shown.locks), (top + self.height() - _TOP) // high + 1)
        return [
            Row(number * high, high, self.shown.locks[number], is_heading=False)
            for number in range(first, last)
        ]

    def _lock_at(self, y: float) -> int | None:
        place = int(y - _TOP + self._scroll.value()) // self.row_height
        inside = y >= _TOP and 0 <= place < len(self.shown.locks)
        return self.shown.locks[place] if inside else None

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ruler, the lanes, what has none, and the cursor."""
        complete = self._catch_up()
        self.finder.look(self._trace)
        painter = QPainter(self)
        scale = self._gestures.scale
        if not self._trace.threads:
            painter.setPen(self._theme.quiet)
            painter.setFont(body_font(13))
            words = "Nothing has run yet: press Run."
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
        else:
            self._paint_lanes(painter, scale, complete=complete)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        painter.end()
        if not complete:
            self.update()

    def _paint_lanes(self, painter: QPainter, scale: Scale, *, complete: bool) -> None:
        foot = self.height() - (_FOOT if self.shown.hidden or not complete else 0)
        paint_ruler(painter, self._theme, scale)
        paint_grid(painter, self._theme, scale, RULER - 10, foot)
        look = looks(self._theme.name, painter.device().devicePixelRatioF())
        paint_path_row(painter, look, self.finder, scale, RULER, self.width())
        if not self.shown.locks:
            painter.setPen(self._theme.quiet)
            painter.setFont(body_font(13))
            room = QRectF(0, _TOP, self.width(), self.height() - _TOP)
            words = self._why_empty(complete=complete)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
        painter.save()
        painter.setClipRect(QRectF(0, _TOP, self.width(), foot - _TOP))
        painter.translate(0, _TOP - self._scroll.value())
        ranks = lock_ranks(self._trace)
        rows = self._rows()
        colors = {row.number: self._theme.lock_color(ranks.get(row.number, 0)) for row in rows}
        shown = Lanes(self.queues, scale, self._selection.lock, self._selection.lane)
        if self._lanes.paint(painter, shown, rows, colors, self.width()):
            self.update()
        painter.restore()
        paint_gaps(painter, self._theme, scale, self._trace.gaps, RULER, foot)
        paint_marks(painter, self._theme, scale, self._axis.marks, foot)
        if scale.start <= self._t <= scale.end:
            paint_cursor(painter, self._theme.accent, scale.x(self._t), 0, foot, handle=True)
        if foot < self.height():
            painter.setPen(self._theme.quiet)
            painter.setFont(body_font(12))
            room = QRectF(12, foot, self.width() - 24, _FOOT)
            words = self.shown.more_words() if complete else "adding up…"
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)

    def _why_empty(self, *, complete: bool) -> str:
        if not complete:
            return "Adding up who waited…"
        return "No lock has been used in this run."

    # ---- what a person does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scrub or pan, and choose the lock that was pressed, and who held it there."""
        self._gestures.mouse(event)
        if self._gestures.is_measuring or event.button() != Qt.MouseButton.LeftButton:
            return
        lock, x = self._lock_at(event.position().y()), event.position().x()
        at = int(self._gestures.scale.t(x)) if x >= LABEL_WIDTH else self._t
        segment = self._segment_at(event.position())
        if segment is not None:
            self._selection.choose(segment.lane, at, segment.held or None)
        elif lock is not None:
            self._choose(lock, at)

    def _segment_at(self, position: QPointF) -> Segment | None:
        """Return the step of the critical path at *position*, or None."""
        if position.x() < LABEL_WIDTH or not RULER <= position.y() < _TOP:
            return None
        return self.finder.picture.at(int(self._gestures.scale.t(position.x())))

    def _choose(self, lock: int, at: int) -> None:
        hold = self._trace.locks.hold_at(lock, at) if at <= self._trace.now else None
        if hold is None:
            self._selection.choose(lock=lock)
        else:
            self._selection.choose(hold.thread, at, lock)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on scrubbing or panning."""
        self._gestures.mouse(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self._gestures.mouse(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom on the ownership under the pointer."""
        self._gestures.zoom_on(event.position())

    def _stretch_at(self, place: QPointF) -> tuple[float, float] | None:
        return self._stretch(self._lock_at(place.y()), int(self._gestures.scale.t(place.x())))

    def _stretch(self, lock: int | None, at: int) -> tuple[float, float] | None:
        hold = self._trace.locks.hold_at(lock, at) if lock is not None else None
        if hold is None:
            return None
        return hold.start, self._trace.now if hold.end is None else hold.end

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, pan, or scroll the lanes."""
        if not self._gestures.wheel(event):
            self._scroll.setValue(self._scroll.value() - event.angleDelta().y() // 2)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom, pan, choose a lock, walk through its ownerships."""
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not event.modifiers():
            self._walk(forwards=key == Qt.Key.Key_Right)
        elif self._gestures.key(event, self._trace.now, self._chosen_stretch()):
            return
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.shown.locks:
            self._choose_next(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._cursor.seek(0 if key == Qt.Key.Key_Home else self._trace.now)
            self._axis.keep_visible(self._cursor.time)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selection.lock is not None:
            self._choose(self._selection.lock, self._t)
        elif key == Qt.Key.Key_P and not event.modifiers():
            self.finder.set_on_lanes(not self.finder.on_lanes)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._buttons.copy_text()
        elif key == Qt.Key.Key_Escape and self._selection.lock is not None:
            self._selection.clear()
        else:
            super().keyPressEvent(event)

    def _chosen_stretch(self) -> tuple[float, float] | None:
        return self._stretch(self._selection.lock, self._t)

    def _choose_next(self, step: int) -> None:
        locks, chosen = self.shown.locks, self._selection.lock
        place = locks.index(chosen) + step if chosen in locks else 0
        self._choose(locks[max(0, min(len(locks) - 1, place))], self._t)

    def _chosen(self) -> None:
        """Scroll as little as needed to show the chosen lock, wherever it was chosen."""
        if self._selection.lock in self.shown.locks:
            top = self.shown.locks.index(self._selection.lock) * self.row_height
            least = top + self.row_height - self._scroll.pageStep()
            self._scroll.setValue(max(least, min(self._scroll.value(), top)))
        self.update()

    def _walk(self, *, forwards: bool) -> None:
        """Go to where the chosen lock was next taken or given back."""
        lock = self._selection.lock
        history = self._trace.locks.histories.get(lock) if lock is not None else None
        if lock is None or history is None:
            return
        place = history.starts.index_at(self._t if forwards else self._t - 1)
        near = [*history.starts[max(0, place - 1) : place + 1].tolist()]
        near += history.ends[max(0, place - 1) : place + 1].tolist()
        if forwards:
            found = min((t for t in near if t > self._t), default=None)
        else:
            found = max((t for t in near if 0 <= t < self._t), default=None)
        if found is not None:
            self._cursor.seek(found)
            self._axis.keep_visible(found)
            self._choose(lock, found)

    def event(self, event: QEvent) -> bool:
        """Answer a resting pointer with what is under it; take a pinch."""
        if self._gestures.event(event):
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tips.show(event, self.tooltip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def tooltip_at(self, position: QPointF) -> str:
        """Return what to say about *position*: who held the lock, since when, who waited."""
        if RULER <= position.y() < _TOP:
            return path_tip(self._trace, self.finder.path, self._segment_at(position))
        lock = self._lock_at(position.y())
        if lock is None:
            return ""
        if position.x() < LABEL_WIDTH:
            return lock_total(self.queues, lock)
        at = int(self._gestures.scale.t(position.x()))
        return lock_tip(self.queues, lock, at) if 0 <= at <= self._trace.now else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the lanes the new room."""
        self._lay_out()
