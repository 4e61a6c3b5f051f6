"""Draws a critical path over the lanes of threads: a line from lane to lane.

Why: the path is understood where the threads are; the line leads through work in a lane and, at
each wake-up, to the lane of who was set free.

Guarantees: drawn over the lanes, it hides no label; it costs pixels, not steps; a lane that is
folded away is passed through where its process stands, or not at all.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.trace import Trace
from gui.painting.lane_scene import bar_box
from gui.painting.rows import Row
from gui.path_finder import PathFinder
from gui.theme import Theme
from gui.time_axis import Scale

_LINE = 3.0  # px
_HALO = 6.0
_ROOMY = 24  # px of a lane: from here on there is room above its slices


class Places(Protocol):
    """Where lanes stand."""

    def row_of(self, lane: int) -> Row | None:
        """Return the row of *lane*, or None where it has none."""


def paint_path_overlay(
    painter: QPainter, theme: Theme, trace: Trace, finder: PathFinder, places: Places, scale: Scale
) -> None:
    """Draw what *finder* has found of *trace*, if it is to be shown here."""
    if not finder.on_lanes:
        return
    finder.look(trace)
    line = QPainterPath()
    last: QPointF | None = None
    for lane, left, right in finder.picture.stretches(scale):
        row = places.row_of(lane)
        if row is None:
            last = None
            continue
        y = row.top + (1.5 if row.height >= _ROOMY else bar_box(row).top() - row.top)
        begin, end = QPointF(left, y), QPointF(max(right, left + 0.5), y)
        # From the lane before straight down or up: that is the moment of the wake-up.
        if last is not None and abs(last.x() - left) < 1.5:
            line.lineTo(begin)
        else:
            line.moveTo(begin)
        line.lineTo(end)
        last = end
    if line.isEmpty():
        return
    halo = QColor(theme.pane)
    halo.setAlphaF(0.75)
    painter.setBrush(QColor(0, 0, 0, 0))
    for color, width in ((halo, _HALO), (theme.text, _LINE)):
        painter.setPen(QPen(color, width))
        painter.drawPath(line)
