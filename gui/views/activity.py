"""The activity view: one lane a thread, what each did when.

Why: waiting, overlap and turns are seen at a glance only side by side on one axis of time.
Guarantees: a function of `(trace, t)`, the axis and the selection; keeps no history; everything
that the mouse can do here the keyboard can do as well; a text twin says what is at the cursor.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from engine.events import State
from engine.trace import Trace
from gui import links, tips
from gui.cursor import Cursor
from gui.gestures import TimeGestures
from gui.labels import moment_words, state_words
from gui.lane_actions import LaneActions, claims
from gui.lane_board import BAR, LaneBoard
from gui.lane_frame import LaneFrame, NothingFound
from gui.links import Link
from gui.painting.lane_scene import LaneScene, Moment
from gui.painting.legend import Legend
from gui.painting.marks import paint_marks
from gui.painting.path_overlay import paint_path_overlay
from gui.painting.rows import LOWEST, Row, Rows
from gui.painting.ruler import RULER, paint_cursor, paint_gaps, paint_grid, paint_ruler
from gui.path_finder import PathFinder
from gui.selection import Selection
from gui.slice_tip import slice_tip
from gui.theme import Theme, body_font
from gui.time_axis import LABEL_WIDTH, Scale, TimeAxis

TITLE = "Activity"
QUESTION = "who does what, and who waits"
_FINISH_AFTER = 10  # ms: at once would be a second painting in the same frame
_DESCRIBE_EVERY = 250  # ms: a screen reader cannot read sixty sentences a second
_STILL = 4  # px: a right button let go so near is a click, and no drag


class ActivityView(QWidget):
    """The lanes.

    Attributes:
        board: where each lane stands.
        path: the critical path that may be drawn over them, or None.
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
        self._scene = LaneScene(theme)
        self._above = LaneScene(theme)  # of the pinned lanes: each keeps its own pictures
        self._gestures = TimeGestures(self, cursor, axis)
        self._legends: list[Legend] = []
        self.board = LaneBoard(self, axis)
        self._actions = LaneActions(self.board, selection)
        self._frame = LaneFrame(self.board, self._actions, selection)
        self._nothing = NothingFound(self, self.board)
        self.path: PathFinder | None = None
        self._right: QPointF | None = None  # where the right button went down
        self.board.changed.connect(self._repaint)
        self._finish = QTimer(self)
        self._finish.setObjectName("rest of the lanes")
        self._finish.setSingleShot(True)
        self._finish.setInterval(_FINISH_AFTER)
        self._finish.timeout.connect(self._repaint)
        self._describe = QTimer(self)
        self._describe.setObjectName("activity description")
        self._describe.setSingleShot(True)
        self._describe.setInterval(_DESCRIBE_EVERY)
        self._describe.timeout.connect(self._say)
        axis.changed.connect(self._repaint)
        axis.marks.changed.connect(self._repaint)
        selection.changed.connect(self._repaint)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._gestures.stretch_at = self._stretch_at
        self._gestures.listen()
        self.setAccessibleName(TITLE)
        self._say()

    @property
    def rows(self) -> Rows:
        """Where each lane stands."""
        return self.board.rows

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""
        self._trace, self._t = trace, t
        self.board.show(trace)
        if not self._describe.isActive():
            self._describe.start()
        self._repaint()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = self._scene.theme = self._above.theme = theme
        for legend in self._legends:
            legend.set_theme(theme)
        self.update()

    def legend(self) -> Legend:
        """Return a legend for the pane's header; it follows the view's theme."""
        legend = Legend(self._theme)
        self._legends.append(legend)
        legend.destroyed.connect(lambda: self._legends.remove(legend))
        return legend

    def sizeHint(self) -> QSize:
        """Ask for six lanes."""
        return QSize(900, RULER + 6 * 46)

    def minimumSizeHint(self) -> QSize:
        """Be content with three thin lanes."""
        return QSize(LABEL_WIDTH + 160, RULER + 3 * LOWEST)

    def _repaint(self) -> None:
        # Without the scroll bar, which costs as much as all lanes.
        bar = BAR if self.board.scroll.isVisibleTo(self) else 0
        self.update(0, 0, self.width() - bar, self.height())

    def _say(self) -> None:
        if not self._trace.threads:
            self.setAccessibleDescription("No thread has run yet")
            return
        words = moment_words(self._trace, self._t, self._selection.lane)
        self.setAccessibleDescription(". ".join([words, *self._frame.told(self._t)]))

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ruler, names, lanes, arrow and cursor."""
        painter = QPainter(self)
        scale = self._axis.scale(self.width())
        if not self._trace.threads:
            painter.setPen(self._theme.quiet)
            painter.setFont(body_font(13))
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter, "Nothing has run yet: press Run."
            )
        else:
            self._paint_lanes(painter, scale)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _paint_lanes(self, painter: QPainter, scale: Scale) -> None:
        bottom = min(self.height(), RULER + self.rows.head + self.rows.total)
        paint_ruler(painter, self._theme, scale)
        self._frame.paint_corner(painter, self._theme)
        paint_grid(painter, self._theme, scale, RULER - 10, self.height())
        painter.translate(0, RULER)
        moment = Moment(self._trace, self._t, scale)
        below = QRectF(0, self.rows.head, self.width(), self.board.room - self.rows.head)
        unfinished = self._paint_rows(painter, self._scene, moment, self.board.scrolled(), below)
        if self.rows.pinned:
            top = QRectF(0, 0, self.width(), self.rows.head)
            pinned = self.rows.pinned
            unfinished |= self._paint_rows(painter, self._above, moment, pinned, top)
        if unfinished and not self._finish.isActive():
            self._finish.start()
        painter.setClipRect(QRectF(LABEL_WIDTH, 0, scale.right - LABEL_WIDTH, self.board.room))
        if self.path is not None:
            paint_path_overlay(painter, self._theme, self._trace, self.path, self.board, scale)
        link = self._link()
        if link is not None:
            self._scene.paint_link(painter, moment, self.board, link)
        painter.resetTransform()
        painter.setClipping(False)
        paint_gaps(painter, self._theme, scale, self._trace.gaps, RULER, bottom)
        paint_marks(painter, self._theme, scale, self._axis.marks, self.height())
        if scale.start <= self._t <= scale.end:
            x = scale.x(self._t)
            paint_cursor(painter, self._theme.accent, x, 0, self.height(), handle=True)

    def _paint_rows(
        self,
        painter: QPainter,
        scene: LaneScene,
        moment: Moment,
        rows: list[Row],
        within: QRectF,
    ) -> bool:
        """Draw the heads and the slices of *rows*; say whether another frame is due for them."""
        painter.setClipRect(within)
        due = self._frame.paint(painter, self._theme, moment, rows, self.width())
        scale = moment.scale
        painter.setClipRect(
            QRectF(LABEL_WIDTH, within.top(), scale.right - LABEL_WIDTH, within.height())
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        return scene.paint(painter, moment, rows) or due

    def _link(self) -> Link | None:
        lane, at = self._selection.lane, self._selection.time
        if lane is None or at is None or lane >= len(self._trace.threads):
            return None
        piece = self._trace.state_at(lane, at)
        return links.who_ended(self._trace, lane, piece) if piece else None

    # --- what a person does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scrub or pan, choose the lane that was pressed, fold a process, or pin a lane."""
        at = event.position()
        self._right = at if event.button() == Qt.MouseButton.RightButton else None
        if self._right is not None and at.x() < LABEL_WIDTH:
            return
        if event.button() == Qt.MouseButton.LeftButton and self._actions.click(at):
            return
        self._gestures.mouse(event)
        if self._gestures.is_measuring:
            return
        if event.button() == Qt.MouseButton.LeftButton and at.y() >= RULER:
            lane = self.board.lane_at(at.y())
            t = int(self._gestures.scale.t(at.x())) if at.x() >= LABEL_WIDTH else None
            self._choose(lane, t if lane is not None else None)

    def _choose(self, lane: int | None, at: int | None) -> None:
        """Choose a moment of a thread, with the lock that it waits for or holds then."""
        lock = None if lane is None or at is None else links.lock_of(self._trace, lane, at)
        self._selection.choose(lane, at, lock)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on scrubbing or panning; show the pin of the lane under the pointer."""
        self._gestures.mouse(event)
        if self._actions.hover(event.position()):
            self._repaint()

    def leaveEvent(self, event: QEvent) -> None:
        """Show no pin any more."""
        if self._actions.hover(None):
            self._repaint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a right button that did not drag asks for the menu."""
        self._gestures.mouse(event)
        at, self._right = self._right, None
        if at is not None and (event.position() - at).manhattanLength() < _STILL:
            inside = at.x() >= LABEL_WIDTH
            t = int(self._gestures.scale.t(at.x())) if inside else self._t
            row = self.board.row_at(at.y())
            self.menu_of(row, t).popup(event.globalPosition().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show the menu of what is chosen when a key asks; the right button is ours already."""
        event.accept()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            row = self._actions.row()
            place = QPointF(LABEL_WIDTH, RULER + (row.top + row.height if row else 0))
            where = self.mapToGlobal(place.toPoint())
            self.menu_of(row, self._t).popup(where)

    def menu_of(self, row: Row | None, t: int) -> QMenu:
        """Return the menu of *row* at *t* (ns), with the way along the arrow that is there."""
        menu = self._actions.menu(self, row, t)
        lane = row.number if row is not None and row.is_lane else None
        words = None if lane is None else links.arrow_words(self._trace, lane, t)
        if lane is not None and words:
            action = QAction(f"{words}\tEnter", menu)
            action.triggered.connect(partial(self.follow_arrow, lane, t))
            before = menu.actions()[0]
            menu.insertAction(before, action)
            menu.insertSeparator(before)
        return menu

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom on the slice under the pointer; twice on a heading or a pin are two clicks."""
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self._actions.click(event.position()):
            return
        self._gestures.zoom_on(event.position())

    def _stretch_at(self, place: QPointF) -> tuple[float, float] | None:
        lane = self.board.lane_at(place.y()) if place.y() >= RULER else None
        return links.stretch_of(self._trace, lane, int(self._gestures.scale.t(place.x())))

    def _chosen_stretch(self) -> tuple[float, float] | None:
        at = self._selection.time
        return links.stretch_of(self._trace, self._selection.lane, self._t if at is None else at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom, pan, or scroll the lanes."""
        if not self._gestures.wheel(event):
            pixels, turned = event.pixelDelta().y(), event.angleDelta().y()
            bar = self.board.scroll
            bar.setValue(bar.value() - (pixels or turned // 2))
            self._actions.hover(event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom, pan, walk from event to event, choose a lane."""
        key = event.key()
        if self._actions.key(event, self._t):
            return
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            walk = links.next_event if key == Qt.Key.Key_Right else links.previous_event
            found = walk(self._trace, self._t, self._selection.lane)
            if found is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._gestures.measure_to(found)
            elif found is not None:
                self._seek(found)
        elif self._gestures.key(event, self._trace.now, self._chosen_stretch()):
            return
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.follow_chosen()
        elif key == Qt.Key.Key_Home:
            self._seek(0)
        elif key == Qt.Key.Key_End:
            self._seek(self._trace.now)
        elif key == Qt.Key.Key_Escape and self._selection.lane is not None:
            self._selection.clear()
        else:
            super().keyPressEvent(event)

    def follow_chosen(self) -> bool:
        """Go along the arrow of what is chosen; say whether there was a way."""
        lane, at = self._selection.lane, self._selection.time
        return lane is not None and self.follow_arrow(lane, self._t if at is None else at)

    def follow_arrow(self, lane: int, at: int) -> bool:
        """Go from the wait of *lane* at *at* to who ended it, or back; say if that is known."""
        found = links.other_end(self._trace, lane, at)
        if found is None:
            return False
        self._axis.marks.jumping.emit()
        other, chosen, look = found
        self._choose(other, chosen)
        self._cursor.seek(look)
        self._axis.keep_visible(look)
        self.board.reveal(self.rows.row_of(other))
        return True

    def _seek(self, t: int) -> None:
        self._cursor.seek(t)
        self._axis.keep_visible(t)
        if self._selection.lane is not None:
            self._choose(self._selection.lane, t)

    def event(self, event: QEvent) -> bool:
        """Answer a resting pointer with what is under it; take a pinch."""
        if self._gestures.event(event) or claims(event, self._selection.lane):
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.tooltip_at(QPointF(event.pos()))
            tips.show(event, text, self)
            return True
        return super().event(event)

    def tooltip_at(self, position: QPointF) -> str:
        """Return what to say about *position*: the state, how long, for what, who ended it."""
        row = self.board.row_at(position.y())
        if row is None or not row.is_lane:
            inside = position.x() >= LABEL_WIDTH
            at = int(self._gestures.scale.t(position.x())) if inside else None
            return self._frame.heading_tip(row, self._t, at)
        lane = row.number
        trace, thread = self._trace, self._trace.threads[lane]
        if position.x() < LABEL_WIDTH:
            if tip := self._actions.tip(row, position):
                return tip
            daemon = " (daemon)" if thread.daemon else ""
            return f"{thread.name}{daemon}: {state_words(trace, lane, self._t)} at the cursor"
        at = int(self._gestures.scale.t(position.x()))
        piece = trace.state_at(lane, at)
        if piece is None or at > trace.now or piece.state is State.NONE:
            return ""
        return slice_tip(trace, lane, piece, at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the lanes the new room."""
        self.board.lay_out()
