"""Draws a critical path over the lanes of threads: a line from lane to lane.

Why: the path is understood where the threads are; the line leads through work in a lane and, at
each wake-up, to the lane of who was set free.

Guarantees: drawn over the lanes, it hides no label; it costs pixels, not steps; a lane that is
folded away is passed through where its process stands, or not at all.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.trace import Trace
from gui.painting.lane_scene import bar_box
from gui.painting.path_lane import Turn
from gui.painting.rows import Row
from gui.path_finder import PathFinder
from gui.theme import Theme
from gui.time_axis import Scale

_LINE = 3.0  # px
_HALO = 6.0
_APART = 10  # px from one change of lanes to the next
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
    along, across = _lines(finder.picture.turns(scale), places)
    if along.isEmpty():
        return
    # Turns shorter than this would become a wall of lines; there the lanes tell enough.
    is_dense = across.elementCount() > 2 * (scale.right - scale.left) / _APART
    halo, faint = QColor(theme.pane), QColor(theme.text)
    halo.setAlphaF(0.75)
    faint.setAlphaF(0.3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if is_dense:
        painter.setPen(QPen(faint, 1))
        painter.drawPath(across)
        across.clear()
    along.addPath(across)
    for color, width in ((halo, _HALO), (theme.text, _LINE)):
        pen = QPen(color, width)
        pen.setCapStyle(Qt.PenCapStyle.SquareCap)
        painter.setPen(pen)
        painter.drawPath(along)


def _lines(turns: list[Turn], places: Places) -> tuple[QPainterPath, QPainterPath]:
    """Return the path along lanes, and from lane to lane: straight down or up at a wake-up."""
    along, across = QPainterPath(), QPainterPath()
    last: QPointF | None = None
    for turn in turns:
        row = places.row_of(turn.lane)
        if row is None:
            last = None
            continue
        y = row.top + (1.5 if row.height >= _ROOMY else bar_box(row).top() - row.top)
        begin, end = QPointF(turn.left, y), QPointF(max(turn.right, turn.left + 0.5), y)
        if last is not None and abs(last.x() - turn.left) < 1.5:
            across.moveTo(QPointF(turn.left, last.y()))
            across.lineTo(begin)
        along.moveTo(begin)
        along.lineTo(end)
        last = end
    return along, across
