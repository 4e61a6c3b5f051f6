"""A plot over the shared axis of time: curves by pyqtgraph, words and marks by us.

Why: pyqtgraph draws curves well, but its axes and labels would not align with the lanes. So it
draws the bare curves into pictures, and those are laid between ruler and grid beneath and marks,
labels and cursor above. A picture is drawn anew only when trace, axis, size or theme have changed:
a cursor that moves costs 1 ms, where a visible `PlotWidget` under an overlay costs 9 to 22.

Guarantees: pyqtgraph is imported after the first paint, never before (it costs 300 ms);
a moment stands at the same x as in the lanes; mouse and keys do what they do there.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from engine.trace import Trace
from gui import tips
from gui.cursor import Cursor
from gui.gestures import TimeGestures
from gui.painting.columns import columns
from gui.painting.marks import paint_marks
from gui.painting.ruler import RULER, paint_cursor, paint_gaps, paint_grid, paint_ruler
from gui.theme import Theme, body_font
from gui.time_axis import LABEL_WIDTH, Scale, TimeAxis

Floats = npt.NDArray[np.float64]
BOTTOM = 8  # px below the plot
_LONGEST = 6_000  # px up and down: smooth edges of more cost milliseconds
_CORNERS = 1.5  # a pixel: from here on a curve is drawn fast


class TimePlot(QWidget):
    """The base of the views that draw curves over time.

    Attributes:
        trace, t: what is shown, and the cursor's time in ns.
        lowest, highest: the values at the foot and the head of the plot.
        splits: whether the curves look otherwise beyond the cursor.
    """

    splits = False

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        axis: TimeAxis,
        left: int = LABEL_WIDTH,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.trace = Trace()
        self.t = 0
        self.lowest, self.highest = 0.0, 1.0
        self._theme = theme
        self._cursor = cursor
        self._axis = axis
        self._left = left
        self._gestures = TimeGestures(self, cursor, axis, left)
        self._pg: Any = None
        self._view: Any = None
        self._box: Any = None
        self._items: list[Any] = []
        self._used = 0
        self._columns: list[tuple[QPointF, QImage]] = []
        self._pictures: dict[bool, tuple[tuple[object, ...], QPixmap]] = {}
        self._late = QTimer(self)
        self._late.setObjectName("late import of pyqtgraph")
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self.prepare)
        axis.changed.connect(self.refresh)
        axis.marks.changed.connect(self.refresh)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._gestures.stretch_at = lambda at: self.stretch_at(at.x(), at.y())
        self._gestures.listen()

    # --- for the views

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""
        self.trace, self.t = trace, t
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self.refresh()

    @property
    def scale(self) -> Scale:
        """The conversion between time and x."""
        return self._axis.scale(self.width(), self._left)

    def plot_rect(self) -> QRect:
        """Return where the curves are, in px."""
        scale = self.scale
        width = max(1, int(scale.right - scale.left))
        return QRect(self._left, RULER, width, max(1, self.height() - RULER - BOTTOM))

    def y_of(self, value: float) -> float:
        """Return the y of *value* in px."""
        box = self.plot_rect()
        share = (value - self.lowest) / ((self.highest - self.lowest) or 1.0)
        return box.bottom() + 1 - share * box.height()

    def draw_curves(self, *, quiet: bool) -> None:
        """Call `curve` for each curve, as it looks beyond the cursor if *quiet*; by a view."""

    def data_key(self) -> tuple[object, ...]:
        """Return what the curves depend on, beside the axis, the size and the theme; by a view."""
        return ()

    def set_range(self) -> None:
        """Set `lowest` and `highest` for what is to be drawn; by a view."""

    def paint_under(self, painter: QPainter) -> None:
        """Draw words beside the plot; by a view."""

    def paint_marks(self, painter: QPainter) -> None:
        """Draw above the curves; by a view."""

    def empty_note(self) -> str:
        """Return why there is nothing to see, or ''; by a view."""
        return ""

    def tooltip_at(self, x: float, y: float) -> str:
        """Return what to say about a place; by a view."""
        return ""

    def stretch_at(self, x: float, y: float) -> tuple[float, float] | None:
        """Return the stretch of time (ns) that a double click there looks at; by a view."""
        return None

    def curve(
        self, times: Floats, values: Floats, pen: QPen | None, fill: QColor | None = None
    ) -> None:
        """Draw one curve through (*times* in ns, *values*), filled down to 0 with *fill*."""
        if self._pg is None:
            return
        if self._used == len(self._items):
            item = self._pg.PlotCurveItem(antialias=True)
            self._box.addItem(item, ignoreBounds=True)
            item.setZValue(self._used)
            self._items.append(item)
        item = self._items[self._used]
        self._used += 1
        scale, box = self.scale, self.plot_rect()
        tall = box.height() / ((self.highest - self.lowest) or 1.0)
        item.setPen(pen)
        item.setFillLevel(None if fill is None else -self.lowest * tall)
        item.setBrush(fill)
        # In pixels, so that pens are as wide on dense screens as on others; and computed here in
        # doubles, for ns since the run's start lose their last digits in a picture's transform.
        x = (times - scale.start) / scale.per_pixel
        # A curve of more corners than pixels is a filled shape: smooth edges cost ten times as much
        # there, and show nothing.
        dense = len(x) > _CORNERS * (scale.right - scale.left)
        if dense and pen is not None:
            item.setPen(QPen(pen.color(), 1))
        item.setData(x, (values - self.lowest) * tall, connect="finite", antialias=not dense)
        item.setVisible(True)

    def steps(self, times: Floats, values: Floats, pen: QPen) -> None:
        """Draw one curve of steps through the corners (*times* in ns, *values*)."""
        scale, room = self.scale, self.plot_rect()
        tall = room.height() / ((self.highest - self.lowest) or 1.0)
        way = float(np.nansum(np.abs(np.diff(values)))) * tall
        if len(times) <= _CORNERS * (scale.right - scale.left) and way < _LONGEST:
            self.curve(times, values, pen)
            return
        x, y = (times - scale.start) / scale.per_pixel, (values - self.lowest) * tall
        density = self.devicePixelRatioF()
        width, height = round(room.width() * density), round(room.height() * density)
        thick = max(1, round(density))
        place, picture = columns(x * density, y * density, width, height, pen.color(), thick)
        picture.setDevicePixelRatio(density)
        self._columns.append((place / density, picture))

    # --- how it works

    def prepare(self) -> None:
        """Import pyqtgraph and make the scene, once."""
        if self._pg is not None:
            return
        pg = self._pg = importlib.import_module("pyqtgraph")
        self._view = pg.GraphicsView(self, background=None)  # never shown: it owns the scene
        self._view.hide()
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0.0)
        self._box.setBorder(None)
        self._view.scene().addItem(self._box)
        self.refresh()

    def refresh(self) -> None:
        """Draw anew at the next frame."""
        self.update()

    def _picture(self, scale: float, *, quiet: bool) -> QPixmap:
        """Return the curves at device *scale*, from the last frame if nothing has changed."""
        room = self.plot_rect()
        look = (self._theme.name, room.size().toTuple(), scale)
        key = (self._axis.start, self._axis.end, *look, *self.data_key())
        kept = self._pictures.get(quiet)
        if kept is not None and kept[0] == key:
            return kept[1]
        self._used = 0
        self._columns.clear()
        self.draw_curves(quiet=quiet)
        for item in self._items[self._used :]:
            item.setVisible(False)
        frame = QRectF(0, 0, room.width(), room.height())
        self._box.setGeometry(frame)
        self._box.setRange(
            xRange=(0.0, frame.width()),
            yRange=(0.0, frame.height()),
            padding=0,
            disableAutoRange=True,
        )
        pixmap = QPixmap(round(room.width() * scale), round(room.height() * scale))
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        scene = self._view.scene()
        scene.prepareForPaint()
        scene.render(painter, frame, frame)
        for place, picture in self._columns:
            painter.drawImage(place, picture)
        painter.end()
        self._pictures[quiet] = (key, pixmap)
        return pixmap

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ruler, grid, curves and marks, or why there is nothing to draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        note = self.empty_note()
        if note:
            painter.setPen(self._theme.quiet)
            painter.setFont(body_font(13))
            inner = self.rect().adjusted(24, 0, -24, 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inner, int(flags), note)
        else:
            self._paint_plot(painter)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        painter.end()
        if self._pg is None:
            self._late.start()

    def _paint_plot(self, painter: QPainter) -> None:
        scale, room = self.scale, self.plot_rect()
        self.set_range()
        paint_ruler(painter, self._theme, scale)
        paint_grid(painter, self._theme, scale, RULER - 10, self.height())
        self.paint_under(painter)
        x = scale.x(self.t)
        if self._pg is not None:
            self._paint_curves(painter, QRectF(room), x)
        painter.save()
        self.paint_marks(painter)
        painter.restore()
        paint_gaps(painter, self._theme, scale, self.trace.gaps, RULER, self.height())
        paint_marks(painter, self._theme, scale, self._axis.marks, self.height())
        if self._left <= x <= scale.right:
            paint_cursor(painter, self._theme.accent, x, 0, self.height(), handle=True)

    def _paint_curves(self, painter: QPainter, room: QRectF, x: float) -> None:
        density = painter.device().devicePixelRatioF()
        split = min(room.right(), max(room.left(), x)) if self.splits else room.right()
        painter.save()
        painter.setClipRect(QRectF(room.left(), room.top(), split - room.left(), room.height()))
        painter.drawPixmap(room.topLeft(), self._picture(density, quiet=False))
        if split < room.right() and self.t < self.trace.now:
            painter.setClipRect(QRectF(split, room.top(), room.right() - split, room.height()))
            painter.drawPixmap(room.topLeft(), self._picture(density, quiet=True))
        painter.restore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scrub or pan."""
        self._gestures.mouse(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on scrubbing or panning."""
        self._gestures.mouse(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self._gestures.mouse(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom on what is under the pointer."""
        self._gestures.zoom_on(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or pan."""
        if not self._gestures.wheel(event):
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom, pan or fit."""
        if not self._gestures.key(event, self.trace.now):
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Answer a resting pointer with what is under it; take a pinch."""
        if self._gestures.event(event):
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.tooltip_at(event.pos().x(), event.pos().y())
            tips.show(event, text, self)
            return True
        return super().event(event)
