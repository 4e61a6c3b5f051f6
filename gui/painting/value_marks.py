"""What stands in and beside a row of the value view: names, values, dots, losses, notes.

Guarantees: words that do not fit are elided, never drawn over a curve's figures; a dot has its
writer's colour; a lost update is crossed only where the change of every store is known.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPaintEngine,
    QPainter,
    QPen,
    QPixmap,
)

from gui.painting.steps import Steps
from gui.painting.value_rows import LEAST, Row
from gui.theme import THEMES, Theme, body_font, mix, numbers_font
from gui.time_axis import LABEL_WIDTH, Scale

_LEFT = 12.0  # px, where words begin
_FIGURES = 52.0  # px, the room of the lowest and the highest value


def paint_range(painter: QPainter, theme: Theme, row: Row, *, named: bool) -> None:
    """Write the lowest and the highest value at their heights."""
    if row.curve is None:
        return
    painter.setFont(numbers_font(11))
    painter.setPen(theme.quiet)
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    high, low = row.y(row.curve.high), row.y(row.curve.low)
    for value, y in ((row.curve.high, high), (row.curve.low, low)):
        # The name has the first line of a row for itself.
        room = QRectF(LABEL_WIDTH - 66, max(row.top + 22 if named else row.top, y - 8), 60, 16)
        if y == high or y - max(high, row.top + 30 if named else 0) > 12:
            painter.drawText(room, int(flags), _number(value))
        if low == high:
            break


def range_left(row: Row) -> float:
    """Return where the numbers of `paint_range` begin: how much is free on their left."""
    if row.curve is None or not row.is_numeric:
        return LABEL_WIDTH
    metrics = QFontMetricsF(numbers_font(11))
    ends = (row.curve.low, row.curve.high)
    return LABEL_WIDTH - 6 - max(metrics.horizontalAdvance(_number(end)) for end in ends)


def _number(value: float) -> str:
    return f"{value:.6g}"


def paint_heading(
    painter: QPainter, theme: Theme, row: Row, value: str, ink: QColor, *, chosen: bool
) -> None:
    """Write the row's name, and below it its value at the cursor."""
    if chosen:
        painter.fillRect(QRectF(3, row.top + 3, 3, row.height - 6), theme.accent)
    wide = LABEL_WIDTH - _LEFT - 6
    top = row.top + min(19.0, row.height / 2 - 4)
    painter.setFont(body_font(12, QFont.Weight.DemiBold))
    painter.setPen(mix(ink, theme.text, 0.6))
    # "Account.balance of alice" has room for "balance of alice". Both ends of a path tell it
    # apart: account_a.balance, account_b.balance, account_b.owner.
    label = row.label.partition(".")[2] if " of " in row.label else row.label
    name = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideMiddle, int(wide))
    painter.drawText(QPointF(_LEFT, top), name)
    painter.setFont(numbers_font(14 if row.height >= LEAST else 12, QFont.Weight.DemiBold))
    painter.setPen(theme.text)
    wide -= _FIGURES if row.is_numeric else 0
    shown = painter.fontMetrics().elidedText(value, Qt.TextElideMode.ElideRight, int(wide))
    painter.drawText(QPointF(_LEFT, top + 18), shown)


def paint_note(painter: QPainter, theme: Theme, row: Row, right: float) -> None:
    """Say in the row why it shows no value."""
    painter.setPen(theme.quiet)
    painter.setFont(body_font(12))
    room = QRectF(LABEL_WIDTH + 8, row.top + 2, right - LABEL_WIDTH - 16, row.height - 4)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(room, int(flags), row.note)


def paint_expected(painter: QPainter, theme: Theme, scale: Scale, row: Row, value: float) -> None:
    """Draw the line at which the value should end."""
    y = row.y(value)
    pen = QPen(theme.quiet, 1)
    pen.setDashPattern([5, 4])
    painter.setPen(pen)
    painter.drawLine(QLineF(scale.left, y, scale.right, y))
    painter.setFont(numbers_font(11))
    text = f"expected {value:g}"
    width = painter.fontMetrics().horizontalAdvance(text)
    painter.drawText(QPointF(scale.right - width - 2, y - 5), text)


def paint_dots(
    painter: QPainter, theme: Theme, scale: Scale, row: Row, part: slice, t: int
) -> None:
    """Draw a dot for each store of *part*, in its writer's colour; cross those that lost some."""
    curve = row.curve
    if curve is None:
        return
    begin = max(part.start, curve.index_at(scale.start - 1) + 1)
    if begin >= part.stop:
        return
    times, values = curve.times[begin : part.stop], curve.values[begin : part.stop]
    threads = curve.threads[begin : part.stop].tolist()
    small = part.stop - part.start > 300
    radius = 2.8 if small else 4.5 if row.height > LEAST + 20 else 3.6
    low, unit = row.scaled()
    x = scale.left + (times - scale.start) / scale.per_pixel
    y = row.foot() - (values - low) * unit
    later = int(np.searchsorted(times, t, side="right"))
    painter.setOpacity(1.0)
    for place in np.flatnonzero(np.isfinite(values)).tolist():
        if place >= later:
            painter.setOpacity(0.45)
        spot = QPointF(float(x[place]), float(y[place]))
        _put_dot(painter, theme, threads[place], spot, radius, ringed=not small)
    for place in _stale(curve, begin, part.stop):
        painter.setOpacity(1.0 if place < later else 0.45)
        painter.setPen(QPen(theme.bad, 2))
        below = QPointF(float(x[place]), float(y[place]) + radius + 5)
        for side in (1, -1):
            arm = QPointF(3 * side, 3)
            painter.drawLine(below - arm, below + arm)
    painter.setOpacity(1.0)


def _put_dot(
    painter: QPainter, theme: Theme, thread: int, spot: QPointF, radius: float, *, ringed: bool
) -> None:
    """Copy the dot of a writer to *spot*, on whole pixels of the device; draw it in an SVG."""
    if painter.paintEngine().type() is QPaintEngine.Type.SVG:
        _draw_dot(painter, theme, thread, spot, radius, ringed=ringed)
        return
    density = painter.device().devicePixelRatioF()
    dot = _dot(theme.name, thread, radius, density, ringed=ringed)
    corner = spot * density - QPointF(dot.width(), dot.height()) / 2
    painter.drawPixmap(QPointF(round(corner.x()), round(corner.y())) / density, dot)


@lru_cache(maxsize=512)
def _dot(theme_name: str, thread: int, radius: float, density: float, *, ringed: bool) -> QPixmap:
    """Return the dot of a writer: drawn anew each time it would cost ten times as much."""
    half = math.ceil(radius + 1.5)
    pixmap = QPixmap(round(2 * half * density), round(2 * half * density))
    pixmap.setDevicePixelRatio(density)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    center = QPointF(half, half)
    _draw_dot(painter, THEMES[theme_name], thread, center, radius, ringed=ringed)
    painter.end()
    return pixmap


def _draw_dot(
    painter: QPainter, theme: Theme, thread: int, spot: QPointF, radius: float, *, ringed: bool
) -> None:
    painter.setPen(QPen(theme.pane, 1.5) if ringed else QPen(Qt.PenStyle.NoPen))
    painter.setBrush(theme.thread_color(thread))
    painter.drawEllipse(spot, radius, radius)


def _stale(curve: Steps, begin: int, stop: int) -> list[int]:
    """Return which of the steps [*begin*, *stop*) lost an update, counted from *begin*."""
    series = curve.series
    if series is None or not series.change_known or curve.is_queue:
        return []
    totals = series.stale[max(0, begin - 1) : stop].astype(np.int64)
    lost = np.diff(totals, prepend=0) if begin == 0 else np.diff(totals)
    return np.flatnonzero(lost).tolist()
