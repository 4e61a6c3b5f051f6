"""The value view: the shared values over time, and who wrote them.

Why: a race is visible in the value, as a curve that ends below what was expected.
Guarantees: a step for each store that was recorded; a lost update is marked only where the
change of every store is known; what is beyond the cursor is drawn in a quiet colour.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QWidget

from engine.trace import Trace
from gui.cursor import Cursor
from gui.labels import duration
from gui.painting.figures import Figures
from gui.painting.ruler import RULER
from gui.painting.steps import Collector, Steps, step_points
from gui.painting.time_plot import TimePlot
from gui.theme import Theme, body_font, chip_label, mix, numbers_font
from gui.time_axis import LABEL_WIDTH, TimeAxis

TITLE = "Shared value"
QUESTION = "what the threads have in common"
MOST_DOTS = 2_000
_MOST_CURVES = 12
_TEXT_STRIP = 24  # px, a value that is no number
_BEFORE = "Nothing has run yet: press Run."
_EMPTY = (
    "No value is watched: the script declares no global that its threads store, "
    "and uses no queue and no pool."
)


class ValueView(TimePlot):
    """The values.

    Signals:
        subtitle_changed(str): the names of what is shown, for the pane's header.
    """

    subtitle_changed = Signal(str)
    splits = True

    def __init__(
        self, theme: Theme, cursor: Cursor, axis: TimeAxis, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, cursor, axis, LABEL_WIDTH, parent)
        self._collector = Collector()
        self._curves: list[Steps] = []
        self._subtitle = QUESTION
        self._dots_hidden = False
        self._figures = Figures(theme)
        self.setAccessibleName(TITLE)
        self.setAccessibleDescription(_EMPTY)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""
        self._curves = self._collector.collect(trace)[:_MOST_CURVES]
        super().show_moment(trace, t)
        names = " · ".join(curve.label for curve in self._curves) or QUESTION
        if names != self._subtitle:
            self._subtitle = names
            self.subtitle_changed.emit(names)
        self._figures.show_figures(self.figures)

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        super().set_theme(theme)
        self._figures.set_theme(theme)

    def header(self) -> QWidget:
        """Return the widget with the figures, for the pane's header."""
        return self._figures

    def figures(self) -> list[tuple[str, str]]:
        """Return what the header says at the cursor: (words, figure)."""
        if len(self._curves) != 1:
            found = [(curve.label, curve.text_at(self.t) or "–") for curve in self._curves]
            self.setAccessibleDescription(", ".join(" ".join(pair) for pair in found) or _EMPTY)
            return found[:5]
        curve = self._curves[0]
        found = [("now", curve.text_at(self.t) or "–")]
        if curve.is_queue:
            upto = curve.values[: curve.index_at(self.t) + 1]
            found.append(("highest", f"{upto.max(initial=0.0):g}"))
        if curve.expected is not None:
            found.append(("expected", f"{curve.expected:g}"))
        if curve.series is not None and not curve.is_queue and not curve.is_text:
            lost = curve.series.lost_at(self.t)
            found.append(("lost updates", "not known" if lost is None else f"{lost:g}"))
            if stale := curve.series.stale_at(self.t):
                found.append(("stale writes", str(stale)))
        self.setAccessibleDescription(", ".join(" ".join(pair) for pair in found))
        return found

    def empty_note(self) -> str:
        """Say why there is nothing to see."""
        if self._curves:
            return ""
        return _EMPTY if len(self.trace) else _BEFORE

    def sizeHint(self) -> QSize:
        """Ask for a handful of steps."""
        return QSize(900, 170)

    def minimumSizeHint(self) -> QSize:
        """Be content with a thin strip."""
        return QSize(LABEL_WIDTH + 160, 90)

    # --- curves

    def _color(self, number: int) -> QColor:
        return self._theme.accent if number == 0 else self._theme.lock_color(number)

    def data_key(self) -> tuple[object, ...]:
        """Return what the curves depend on."""
        return (self.trace, len(self.trace), self.trace.now, self.lowest, self.highest)

    def draw_curves(self, *, quiet: bool) -> None:
        """Draw each curve in its colour, a paler one for what is beyond the cursor."""
        scale, now = self.scale, float(self.trace.now)
        for number, curve in enumerate(c for c in self._curves if not c.is_text):
            color = self._color(number)
            pen = QPen(mix(color, self._theme.pane, 0.35), 1.6) if quiet else QPen(color, 2)
            self.curve(*step_points(curve, scale, scale.start, now), pen)

    def set_range(self) -> None:
        """Leave room for all values, the expected ones, and the strips of texts."""
        curves = [curve for curve in self._curves if not curve.is_text]
        values = [value for curve in curves for value in (curve.low, curve.high)]
        values += [curve.expected for curve in curves if curve.expected is not None]
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        if high <= low:
            low, high = low - 1, high + 1
        strips = sum(curve.is_text for curve in self._curves) * _TEXT_STRIP
        height = max(1.0, self.plot_rect().height() - strips)
        # Room for a dot at the foot, and for the words of the expected line at the head.
        unit = (high - low) / max(20.0, height - 30)
        self.lowest = low - (10 + strips) * unit
        self.highest = high + 20 * unit

    # --- words and marks

    def paint_under(self, painter: QPainter) -> None:
        """Draw what the dots mean, and the lowest and the highest value."""
        painter.setPen(self._theme.quiet)
        painter.setFont(body_font(12))
        words = "each dot: who wrote it"
        if self._dots_hidden:
            words = "too many writes for dots: zoom in"
        elif all(curve.is_queue for curve in self._curves):
            words = "each dot: who changed it"
        room = QRectF(12, RULER - 4, LABEL_WIDTH - 40, self.height() - RULER)
        painter.drawText(room, int(Qt.TextFlag.TextWordWrap), words)
        numeric = [curve for curve in self._curves if not curve.is_text]
        if not numeric:
            return
        painter.setFont(numbers_font(11))
        low = min(curve.low for curve in numeric)
        high = max(curve.high for curve in numeric)
        for value in {low, high}:
            y = self.y_of(value)
            room = QRectF(LABEL_WIDTH - 90, y - 8, 84, 16)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            if y > RULER + 30 or value == high:
                painter.drawText(room, int(flags), f"{value:g}")

    def paint_marks(self, painter: QPainter) -> None:
        """Draw the expected lines, the dots, the losses, the labels and the texts."""
        painter.setClipRect(self.plot_rect().adjusted(-6, -6, 8, 8))
        numeric = [curve for curve in self._curves if not curve.is_text]
        for value in {c.expected for c in numeric if c.expected is not None}:
            self._expected(painter, value)
        scale = self.scale
        seen = [
            slice(max(0, c.index_at(scale.start)), c.index_at(min(scale.end, self.trace.now)) + 1)
            for c in numeric
        ]
        self._dots_hidden = sum(part.stop - part.start for part in seen) > MOST_DOTS
        if not self._dots_hidden:
            for curve, part in zip(numeric, seen, strict=True):
                self._dots(painter, curve, part)
        if len(numeric) > 1:
            self._end_labels(painter, numeric)
        for row, curve in enumerate(c for c in self._curves if c.is_text):
            self._texts(painter, curve, row)

    def _expected(self, painter: QPainter, value: float) -> None:
        scale, y = self.scale, self.y_of(value)
        pen = QPen(self._theme.quiet, 1)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.drawLine(QLineF(scale.left, y, scale.right, y))
        painter.setFont(numbers_font(11))
        text = f"expected {value:g}"
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(QPointF(scale.right - width - 2, y - 5), text)

    def _dots(self, painter: QPainter, curve: Steps, part: slice) -> None:
        scale = self.scale
        stale = np.zeros(0)
        if curve.series is not None and curve.series.change_known and not curve.is_queue:
            stale = np.diff(curve.series.stale.view[: part.stop], prepend=0)
        small = part.stop - part.start > 300
        radius = 2.8 if small else 4.5
        ring = QPen(self._theme.pane, 1.5)
        for index in range(part.start, part.stop):
            value = float(curve.values[index])
            time = float(curve.times[index])
            if value != value or time < scale.start:
                continue
            spot = QPointF(scale.x(time), self.y_of(value))
            painter.setOpacity(1.0 if time <= self.t else 0.45)
            painter.setPen(Qt.PenStyle.NoPen if small else ring)
            painter.setBrush(self._theme.thread_color(int(curve.threads[index])))
            painter.drawEllipse(spot, radius, radius)
            if len(stale) and stale[index]:
                painter.setPen(QPen(self._theme.bad, 2))
                below = spot + QPointF(0, radius + 5)
                for side in (1, -1):
                    arm = QPointF(3 * side, 3)
                    painter.drawLine(below - arm, below + arm)
        painter.setOpacity(1.0)

    def _end_labels(self, painter: QPainter, curves: list[Steps]) -> None:
        """Write each curve's name at its end; names that would touch are moved apart."""
        painter.setFont(body_font(11, QFont.Weight.DemiBold))
        end = min(float(max(self.t, 0)), self.scale.end)
        placed: list[float] = []
        for number, curve in enumerate(curves):
            index = curve.index_at(end)
            if index < 0 or curve.values[index] != curve.values[index]:
                continue
            y = self.y_of(float(curve.values[index])) - 6
            while any(abs(y - other) < 13 for other in placed):
                y += 13
            placed.append(y)
            width = painter.fontMetrics().horizontalAdvance(curve.label)
            x = min(self.scale.x(end) - width - 8, self.scale.right - width - 4)
            x = max(x, self.scale.left + 4)
            painter.setPen(mix(self._color(number), self._theme.text, 0.6))
            painter.drawText(QPointF(x, y), curve.label)

    def _texts(self, painter: QPainter, curve: Steps, row: int) -> None:
        """Draw a value that is no number: a strip of its texts."""
        scale = self.scale
        top = self.plot_rect().bottom() - (row + 1) * _TEXT_STRIP
        painter.setFont(body_font(12))
        metrics = painter.fontMetrics()
        first = max(0, curve.index_at(scale.start))
        stop = min(curve.index_at(scale.end) + 1, first + MOST_DOTS)
        for index in range(first, stop):
            last = index + 1 == len(curve.times)
            end = self.trace.now if last else int(curve.times[index + 1])
            left = max(scale.left, scale.x(float(curve.times[index])))
            right = min(scale.right, scale.x(end))
            box = QRectF(left, top + 2, max(1.0, right - left), _TEXT_STRIP - 4)
            painter.fillRect(box, self._theme.field)
            writer = self._theme.thread_color(int(curve.threads[index]))
            painter.fillRect(QRectF(left, top + 2, 3, _TEXT_STRIP - 4), writer)
            if curve.series is not None and right - left > 24:
                text = metrics.elidedText(
                    curve.series.texts[index], Qt.TextElideMode.ElideRight, int(right - left - 12)
                )
                painter.setPen(self._theme.text)
                painter.drawText(box.adjusted(8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(self._theme.quiet)
        painter.setFont(body_font(11))
        painter.drawText(QPointF(scale.left + 4, top - 1), curve.label)

    def tooltip_at(self, x: float, y: float) -> str:
        """Return who wrote what at the store nearest to *x*, *y*, and what got lost."""
        best, reach = "", 12.0
        for curve in self._curves:
            index = curve.index_at(self.scale.t(x + reach))
            for number in range(index, max(-1, index - 200), -1):
                across = abs(self.scale.x(float(curve.times[number])) - x)
                if across > 12:
                    break
                value = float(curve.values[number])
                away = across if curve.is_text else max(across, abs(self.y_of(value) - y))
                if away < reach:
                    best, reach = self._store_words(curve, number), away
        return best

    def _store_words(self, curve: Steps, number: int) -> str:
        thread = int(curve.threads[number])
        time = int(curve.times[number])
        name = self.trace.threads[thread].name if thread < len(self.trace.threads) else "?"
        text = curve.text_at(time) if curve.series is None else curve.series.texts[number]
        words = f"{chip_label(thread)} {name} at {duration(time)}: {curve.label} becomes {text}"
        series = curve.series
        if series is not None and series.change_known and not curve.is_queue:
            view = series.lost.view
            lost = float(view[number]) - (float(view[number - 1]) if number else 0.0)
            if lost:
                words += f"\nwritten from a stale value: {lost:g} lost"
        return words
