"""The map of the whole run: a slim strip that says where in the run the panes look.

Why: ten seconds at a microsecond's zoom are ten million windows; a person needs to see where the
busy parts are, and to get there.

Guarantees: what it shows is added up from every slice (`engine.overview`), a bounded number a
frame; while the sums are not complete it says so; what the mouse can do the keyboard can do as
well; it draws `(trace, t)`, the axis and its marks, and keeps derived sums only.
"""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QLineF, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.events import State
from engine.overview import Overview
from engine.trace import Trace
from gui.cursor import Cursor
from gui.gestures import TimeGestures
from gui.labels import duration
from gui.overlay import keeps_escape
from gui.painting.crowd import crowd_image, threads_in
from gui.painting.marks import bookmark_pixels, paint_hits
from gui.theme import Theme, body_font, numbers_font
from gui.time_axis import LABEL_WIDTH, RIGHT_MARGIN, Scale, TimeAxis
from gui.tips import plain

TITLE = "Map of the run"
HEIGHT = 34  # px
_TOP, _FOOT = 4, 4
_GRIP = 5  # px to either side of an edge of the frame
_LEAST = 6  # px: a frame is never narrower, or nobody would find it
_DESCRIBE_EVERY = 250  # ms: a screen reader cannot read sixty sentences a second
_FRESH_MS = 120  # while a run goes on the picture is stretched for so long
_KEYS = "Click to go there; drag the frame or its edges"
_WORDS = (
    (State.RUNNING, "running"),
    (State.WAITS_LOCK, "waiting for a lock"),
    (State.WAITS_OTHER, "waiting for another"),
    (State.SLEEPING, "sleeping"),
)


class MiniMap(QWidget):
    """The strip. Nothing of it is kept but what is derived from the trace."""

    def __init__(
        self, theme: Theme, cursor: Cursor, axis: TimeAxis, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cursor = cursor
        self._axis = axis
        self._trace = Trace()
        self._t = 0
        self._overview = Overview()
        self._complete = True
        self._picture: tuple[tuple[object, ...], int, QImage] | None = None
        self._drawn_at = (0, 0)
        self._age = QElapsedTimer()
        self._late = QTimer(self)  # what a run did last is drawn even if no frame follows
        self._late.setObjectName("map of the run")
        self._late.setSingleShot(True)
        self._late.setInterval(_FRESH_MS)
        self._late.timeout.connect(self.update)
        self._keys = TimeGestures(self, cursor, axis)
        self._grabbed: tuple[str, float] | None = None  # what of the frame, and where (ns off)
        self._describe = QTimer(self)
        self._describe.setObjectName("description of the map")
        self._describe.setSingleShot(True)
        self._describe.setInterval(_DESCRIBE_EVERY)
        self._describe.timeout.connect(self._say)
        axis.changed.connect(self._moved)
        axis.marks.changed.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(TITLE)
        self.setToolTip(_KEYS)
        self._say()

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""
        if trace is not self._trace:
            self._overview, self._picture = Overview(), None
        self._trace, self._t = trace, t
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Be a slim strip."""
        return QSize(900, HEIGHT)

    @property
    def is_complete(self) -> bool:
        """Whether every slice that is over is in the picture."""
        return self._complete

    @property
    def scale(self) -> Scale:
        """The whole run, and the window where it reaches beyond, over the strip's width."""
        end = max(float(self._trace.now), 1.0)
        return Scale(0.0, end, LABEL_WIDTH, max(LABEL_WIDTH + 1.0, self.width() - RIGHT_MARGIN))

    def frame(self) -> QRectF:
        """Return the window's place in px."""
        scale = self.scale
        left = min(max(scale.x(self._axis.start), scale.left), scale.right - _LEAST)
        right = max(min(scale.x(self._axis.end), scale.right), scale.left + _LEAST)
        if right - left < _LEAST:
            middle = (left + right) / 2
            left, right = middle - _LEAST / 2, middle + _LEAST / 2
        return QRectF(left, 2, right - left, self.height() - 4)

    def _moved(self) -> None:
        if not self._describe.isActive():
            self._describe.start()
        self.update()

    def _say(self) -> None:
        start, end = max(0.0, self._axis.start), min(self._axis.end, float(self._trace.now))
        words = f"The panes show {duration(start)} to {duration(max(start, end))}"
        self.setAccessibleDescription(f"{words} of {duration(self._trace.now)}")

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the threads' states, the window's frame, the marks and the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = self.scale
        painter.setPen(QPen(self._theme.line, 1))
        painter.drawLine(QLineF(0, 0.5, self.width(), 0.5))
        self._paint_words(painter)
        if self._trace.threads and self._trace.now:
            self._paint_crowd(painter, scale)
            self._paint_marks(painter, scale)
            self._paint_frame(painter, scale)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 2, -1, -1), 6, 6)
        painter.end()
        if not self._complete:
            self.update()

    def _paint_words(self, painter: QPainter) -> None:
        painter.setPen(self._theme.quiet)
        painter.setFont(body_font(11))
        words = "whole run" if self._complete else "adding up…"
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(12, 0, 70, self.height()), int(left), words)
        painter.setFont(numbers_font(11))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        room = QRectF(70, 0, LABEL_WIDTH - 78, self.height())
        painter.drawText(room, int(right), duration(self._trace.now) if self._trace.now else "")

    def _paint_crowd(self, painter: QPainter, scale: Scale) -> None:
        until, picture = self._drawn(painter.device().devicePixelRatioF())
        right = scale.x(until)
        place = QRectF(scale.left, _TOP, max(1.0, right - scale.left), HEIGHT - _TOP - _FOOT)
        painter.drawImage(place, picture)

    def _drawn(self, density: float) -> tuple[int, QImage]:
        """Return the picture, and up to when it goes: made anew a few times a second at most."""
        scale, kept = self.scale, self._picture
        width = max(1, round((scale.right - scale.left) * density))
        look = (self._theme.name, width, density)
        is_old = kept is None or kept[0] != look or not self._complete
        moment = (self._trace.now, len(self._trace))
        news = moment != self._drawn_at
        if news and not is_old and self._age.elapsed() < _FRESH_MS:
            self._late.start()
        elif news or is_old:
            self._drawn_at = moment
            self._complete = self._overview.update(self._trace)
            tall = round((HEIGHT - _TOP - _FOOT) * density)
            crowd = threads_in(self._overview, self._trace, width)
            kept = self._picture = (look, self._trace.now, crowd_image(self._theme, crowd, tall))
            self._age.start()
        assert kept is not None
        return kept[1], kept[2]

    def _paint_marks(self, painter: QPainter, scale: Scale) -> None:
        marks = self._axis.marks
        if marks.selection.stretch is not None:
            start, end = marks.selection.stretch
            tint = QColor(self._theme.accent)
            tint.setAlphaF(0.3)
            wide = max(1.0, scale.x(end) - scale.x(start))
            painter.fillRect(QRectF(scale.x(start), 2, wide, HEIGHT - 4), tint)
        paint_hits(painter, self._theme, scale, marks, HEIGHT - 7, HEIGHT - 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.text)
        for x in bookmark_pixels(scale, marks):
            painter.drawPolygon([QPointF(x - 3.5, 1), QPointF(x + 3.5, 1), QPointF(x, 7)])

    def _paint_frame(self, painter: QPainter, scale: Scale) -> None:
        frame = self.frame()
        veil = QColor(self._theme.pane)
        veil.setAlphaF(0.5)
        painter.fillRect(QRectF(scale.left, 2, frame.left() - scale.left, HEIGHT - 4), veil)
        painter.fillRect(QRectF(frame.right(), 2, scale.right - frame.right(), HEIGHT - 4), veil)
        painter.setPen(QPen(self._theme.quiet, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setPen(QPen(self._theme.text, 2))
        for x in (frame.left() + 0.5, frame.right() - 0.5):
            painter.drawLine(QLineF(x, frame.center().y() - 5, x, frame.center().y() + 5))
        x = scale.x(self._t)
        painter.setPen(QPen(self._theme.accent, 2))
        painter.drawLine(QLineF(x, 2, x, HEIGHT - 2))

    # ---- what a person does

    def _part_at(self, at: QPointF) -> str:
        """Return what of the frame is at *at*: "start", "end", "frame", or "" outside."""
        frame = self.frame()
        # A narrow frame is grabbed at its edges from outside, or nothing is left to move it by.
        inner = min(_GRIP, frame.width() / 4)
        if frame.left() - _GRIP <= at.x() < frame.left() + inner:
            return "start"
        if frame.right() - inner < at.x() <= frame.right() + _GRIP:
            return "end"
        return "frame" if frame.left() <= at.x() <= frame.right() else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the frame, an edge of it, or go to where the press was and take it there."""
        at = event.position()
        if event.button() != Qt.MouseButton.LeftButton or at.x() < LABEL_WIDTH:
            return
        part = self._part_at(at)
        self._cursor.hold()
        t = self.scale.t(at.x())
        if not part:
            part = "frame"
            half = self._axis.span / 2
            self._axis.show_range(t - half, t + half)
        start, end = self._axis.aim
        self._grabbed = (part, t - (end if part == "end" else start))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move or stretch the window."""
        at = event.position()
        if self._grabbed is None:
            edge = self._part_at(at) in ("start", "end")
            shape = Qt.CursorShape.SplitHCursor if edge else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.setToolTip(plain(self.words_at(at.x())))
            return
        part, offset = self._grabbed
        (start, end), t = self._axis.aim, self.scale.t(at.x()) - offset
        if part == "frame":
            self._axis.pan((t - start) / (end - start))
        elif part == "start":
            self._axis.put(min(t, end - 1), end)
        else:
            self._axis.put(start, max(t, start + 1))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole run."""
        self._cursor.hold()
        self._axis.fit_smoothly(self._trace.now)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom on what is under the pointer; sideways pans."""
        turned = event.angleDelta()
        if turned.x():
            self._cursor.hold()
            self._axis.pan(-turned.x() / 1200)
        else:
            self._axis.zoom(1.25 ** (-turned.y() / 120), self.scale.t(event.position().x()))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep Escape for the ruler while there is one: it would stop a run."""
        if self._axis.marks.selection.stretch is not None and keeps_escape(event):
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pan (arrows), zoom (Up, Down), go to an end, or what a key means on every axis."""
        key, total = event.key(), self._trace.now
        if self._keys.key(event, total):
            return
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        start, end = self._axis.aim
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._cursor.hold()
            self._axis.pan(-0.1 if key == Qt.Key.Key_Left else 0.1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._axis.zoom(0.8 if key == Qt.Key.Key_Up else 1.25, (start + end) / 2)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._cursor.hold()
            middle = 0 if key == Qt.Key.Key_Home else total
            self._axis.show_range(middle - (end - start) / 2, middle + (end - start) / 2)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            half = (end - start) / 2
            self._axis.show_range(self._cursor.time - half, self._cursor.time + half)
        else:
            super().keyPressEvent(event)

    def words_at(self, x: float) -> str:
        """Return what the run did at *x*: how many threads were in which state, on average."""
        t = self.scale.t(x)
        if x < LABEL_WIDTH or not 0 <= t <= self._trace.now or not self._trace.now:
            return _KEYS
        counts = threads_in(self._overview, self._trace, self._overview.columns(self._trace.now))
        column = counts[min(len(counts) - 1, int(t / self._trace.now * len(counts)))]
        parts = [f"{column[state]:.1f} {words}" for state, words in _WORDS if column[state] >= 0.05]
        said = ", ".join(parts) or "no thread"
        return f"About {duration(t)}: {said} (on average)\n{_KEYS}"
