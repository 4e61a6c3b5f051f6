"""The CPU view: which threads were really on a core.

Why: four threads that compute look busy in their lanes, yet with the GIL they share one core; the
stacked shares show it, for they reach one core's height and no more.
Guarantees: shares come from readings taken outside the script; bands of one process lie
together; where there is no reading, it says so.
"""

from __future__ import annotations

import os

import numpy as np
from PySide6.QtCore import QElapsedTimer, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QWidget

from engine.trace import Trace
from gui.chips import paint_chip
from gui.cursor import Cursor
from gui.painting.figures import READABLE_MS, Figures
from gui.painting.shares import Shares, shares_in
from gui.painting.time_plot import TimePlot
from gui.theme import Theme, body_font, mix, numbers_font
from gui.time_axis import Scale, TimeAxis

TITLE = "CPU share"
QUESTION = "who is really on a core"
LEFT = 60  # px: the column of percents
_IDLE = 0.01  # of a core
_NO_READING = "No reading of the processor's time yet."
_ALL_WAIT = "No thread uses the processor: all of them wait."


class CpuView(TimePlot):
    """The shares, stacked.

    Attributes:
        cores: how many cores the machine has.
    """

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        axis: TimeAxis,
        cores: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, cursor, axis, LEFT, parent)
        self.cores = cores or os.cpu_count() or 1
        self._shares = Shares([], np.empty(0), np.empty((0, 0)))
        self._figures = Figures(theme)
        self._seen: tuple[object, ...] = ()
        self._labels: list[tuple[int, float]] = []
        self._labels_at = -1
        self._age = QElapsedTimer()
        self.setAccessibleName(TITLE)
        self.setAccessibleDescription(_NO_READING)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""
        super().show_moment(trace, t)
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
        self._update_shares()
        words = [f"{self._name(lane)} {_percent(share)}" for lane, share in self.shares_now()]
        self.setAccessibleDescription(", ".join(words) or self.empty_note() or _ALL_WAIT)
        if not self.trace.cpu.series:
            return []
        total = sum(share for _, share in self.shares_now())
        return [("in all", f"{_percent(total)} of a core"), ("cores", str(self.cores))]

    def shares_now(self) -> list[tuple[int, float]]:
        """Return (thread, share of a core) of each band at the cursor, from the foot up."""
        found = []
        for lane in self._shares.lanes:
            series = self.trace.cpu.series.get(lane)
            share = series.share_at(self.t) if series else None
            if share is not None:
                found.append((lane, share))
        return found

    def sizeHint(self) -> QSize:
        """Ask for a pane of its own."""
        return QSize(520, 280)

    def minimumSizeHint(self) -> QSize:
        """Be content with a strip."""
        return QSize(200, 90)

    def _name(self, lane: int) -> str:
        return self.trace.threads[lane].name if lane >= 0 else "the others"

    def _color(self, lane: int) -> QColor:
        if lane < 0:
            return mix(self._theme.quiet, self._theme.pane, 0.5)
        return mix(self._theme.thread_color(lane), self._theme.pane, 0.88)

    def _update_shares(self) -> None:
        axis, series = self._axis, self.trace.cpu.series
        readings = sum(len(each.times) for each in series.values())
        seen = (self.trace, readings, axis.start, axis.end, self.width())
        if seen != self._seen:
            self._seen = seen
            self._shares = shares_in(self.trace, self.scale)

    def empty_note(self) -> str:
        """Say why there is nothing to see."""
        self._update_shares()
        if not self.trace.cpu.series:
            return _NO_READING
        return _ALL_WAIT if self._shares.peak < _IDLE else ""

    # --- curves

    def data_key(self) -> tuple[object, ...]:
        """Return what the bands depend on."""
        return (self._seen, self.lowest, self.highest)

    def set_range(self) -> None:
        """Leave room for the cores in use, at least one, and never more than there are."""
        most = max(1.0, float(np.ceil(self._shares.peak * 1.05)))
        self.lowest, self.highest = 0.0, min(float(self.cores), most) + 0.25

    def draw_curves(self, *, quiet: bool) -> None:
        """Draw the bands from the top down, each filled to the foot: the lower cover the upper."""
        shares = self._shares
        if not shares.lanes:
            return
        tops = np.cumsum(shares.shares, axis=0)
        for band in range(len(shares.lanes) - 1, -1, -1):
            above = band + 1 < len(shares.lanes) and self._is_border(band)
            pen = QPen(self._theme.text if above else self._theme.pane, 2 if above else 1)
            self.curve(shares.times, tops[band], pen, self._color(shares.lanes[band]))

    def _is_border(self, band: int) -> bool:
        """Tell whether the band above belongs to another process."""
        one, other = self._shares.lanes[band], self._shares.lanes[band + 1]
        threads = self.trace.threads
        return one >= 0 and other >= 0 and threads[one].process != threads[other].process

    # --- words and marks

    def paint_under(self, painter: QPainter) -> None:
        """Write 0, one core, and the number of cores beside the plot."""
        painter.setPen(self._theme.quiet)
        painter.setFont(numbers_font(11))
        for cores in range(int(self.highest) + 1):
            y = self.y_of(cores)
            room = QRectF(0, y - 8, LEFT - 8, 16)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room, int(flags), f"{cores * 100} %")

    def paint_marks(self, painter: QPainter) -> None:
        """Draw the lines of whole cores, the shares at the cursor, and each process's name."""
        scale = self.scale
        pen = QPen(mix(self._theme.quiet, self._theme.text, 0.5), 1.2)
        pen.setDashPattern([5, 4])
        painter.setFont(body_font(11))
        for cores in range(1, int(self.highest) + 1):
            y = self.y_of(cores)
            painter.setPen(pen)
            painter.drawLine(QLineF(scale.left, y, scale.right, y))
            words = "one core" if cores == 1 else f"{cores} cores"
            if cores == self.cores:
                words += " · all there are" if cores > 1 else " · the only one"
            width = painter.fontMetrics().horizontalAdvance(words)
            painter.setPen(self._theme.quiet)
            painter.drawText(QPointF(scale.right - width - 4, y - 4), words)
        self._paint_shares(painter, scale)

    def _paint_shares(self, painter: QPainter, scale: Scale) -> None:
        """Write each band's share beside the cursor, where the band is high enough."""
        self._refresh_labels()
        cell = int(np.searchsorted(self._shares.times, self.t)) - 1
        if not 0 <= cell < len(self._shares.times) or not self._labels:
            return
        x = min(scale.x(self.t) + 8, scale.right - 78)
        shares = dict(self._labels)
        foot = 0.0
        painter.setFont(numbers_font(11, QFont.Weight.DemiBold))
        for band, lane in enumerate(self._shares.lanes):
            height = float(self._shares.shares[band, cell])
            middle, pixels = foot + height / 2, self.y_of(foot) - self.y_of(foot + height)
            foot += height
            if pixels < 15 or lane not in shares:
                continue
            y = self.y_of(middle)
            back = QColor(self._theme.pane)
            back.setAlphaF(0.88)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(back)
            painter.drawRoundedRect(QRectF(x, y - 9, 66, 18), 9, 9)
            paint_chip(painter, self._theme, lane, QRectF(x + 2, y - 7, 14, 14))
            painter.setPen(self._theme.text)
            room = QRectF(x + 20, y - 9, 44, 18)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, _percent(shares[lane]))

    def _refresh_labels(self) -> None:
        # People read these numbers: four times a second while time goes on, at once after a seek.
        jumped = abs(self.t - self._labels_at) > 500_000_000 or self.t < self._labels_at
        if jumped or not self._age.isValid() or self._age.elapsed() >= READABLE_MS:
            self._labels, self._labels_at = self.shares_now(), self.t
            self._age.start()

    def tooltip_at(self, x: float, y: float) -> str:
        """Return whose band is at *x*, *y*, and its share there."""
        cell = int(np.searchsorted(self._shares.times, self.scale.t(x)))
        if not 0 <= cell < len(self._shares.times):
            return ""
        foot = 0.0
        for band, lane in enumerate(self._shares.lanes):
            share = float(self._shares.shares[band, cell])
            if self.y_of(foot + share) <= y <= self.y_of(foot):
                return f"{self._name(lane)}{self._of_process(lane)}: {_percent(share)} of a core"
            foot += share
        return ""

    def _of_process(self, lane: int) -> str:
        if lane < 0 or len(self.trace.processes) < 2:
            return ""
        return f" ({self.trace.processes[self.trace.threads[lane].process].name})"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
