"""Ticks at round times, and the ruler drawn from them.

Guarantees: a step is 1, 2 or 5 times a power of ten; ticks stand at multiples of the step, so they
do not crawl while the window glides; neighbouring labels never touch.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui.theme import Theme, mix, numbers_font
from gui.time_axis import Scale

RULER = 28  # px
_APART = 96  # px between labels at least


def nice_step(span: float, count: float) -> float:
    """Return the smallest 1-2-5 step that divides *span* into at most *count* parts."""
    rough = span / max(1.0, count)
    power = 10.0 ** math.floor(math.log10(rough))
    return next((power * m for m in (1, 2, 5) if power * m >= rough * (1 - 1e-9)), power * 10)


def ticks(scale: Scale) -> tuple[float, list[float]]:
    """Return the step and the times (ns, none before 0) that deserve a label in *scale*."""
    step = max(1.0, nice_step(scale.end - scale.start, (scale.right - scale.left) / _APART))
    first = max(0, math.ceil(scale.start / step))
    return step, [step * n for n in range(first, math.floor(scale.end / step) + 1)]


def time_label(t: float, step: float) -> str:
    """Return *t* in the unit and with the digits that *step* calls for: '0.2 s', '150 ms'."""
    unit, size = next(
        (u for u in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)) if step >= u[1] * 0.0999),
        ("ns", 1.0),
    )
    digits = max(0, -math.floor(math.log10(step / size) + 1e-9))
    return f"{t / size:.{digits}f} {unit}"


def paint_grid(painter: QPainter, theme: Theme, scale: Scale, top: float, bottom: float) -> None:
    """Draw a dotted line at each tick from *top* to *bottom*."""
    pen = QPen(mix(theme.line, theme.pane, 0.85), 1)
    pen.setDashPattern([1, 5])
    painter.setPen(pen)
    for t in ticks(scale)[1]:
        x = round(scale.x(t)) + 0.5
        painter.drawLine(QLineF(x, top, x, bottom))


def paint_ruler(painter: QPainter, theme: Theme, scale: Scale, top: float = 0) -> None:
    """Draw the labels of the ticks, each beside its line, into `RULER` px below *top*."""
    painter.setFont(numbers_font(11))
    painter.setPen(theme.quiet)
    step, times = ticks(scale)
    width = painter.fontMetrics().horizontalAdvance
    for t in times:
        text = time_label(t, step)
        x = scale.x(t) + 5
        if x + width(text) <= scale.right + 10:
            painter.drawText(QPointF(x, top + 18), text)


def paint_cursor(
    painter: QPainter, color: QColor, x: float, top: float, bottom: float, *, handle: bool
) -> None:
    """Draw the cursor's line at *x*, with a small handle in the ruler where it can be dragged."""
    painter.setPen(QPen(color, 2))
    painter.drawLine(QLineF(x, top, x, bottom))
    if handle:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        corners = ((x - 5, top), (x + 5, top), (x + 5, top + 5), (x, top + 10), (x - 5, top + 5))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))


def paint_gaps(
    painter: QPainter,
    theme: Theme,
    scale: Scale,
    gaps: list[tuple[int, int]],
    top: float,
    bottom: float,
) -> None:
    """Mark where the run was paused: its time stands still there, so the gap has no width."""
    for at, length in gaps:
        if not scale.start <= at <= scale.end:
            continue
        x = round(scale.x(at))
        pen = QPen(theme.quiet, 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(QLineF(x + 0.5, top, x + 0.5, bottom))
        painter.fillRect(QRectF(x - 4, top - 10, 3, 9), theme.quiet)
        painter.fillRect(QRectF(x + 1, top - 10, 3, 9), theme.quiet)
        painter.setFont(numbers_font(10))
        painter.drawText(QPointF(x + 8, top - 1), f"paused {length / 1e9:.1f} s")
