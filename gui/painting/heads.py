"""The column of names: a chip and a name for each lane, a heading for each process.

Why: text is the dearest thing in a frame (20 microseconds a word), and names hardly ever change,
so each head is drawn once and copied after that.
Guarantees: a head is drawn anew when its name, height, theme or scale differ.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPaintEngine, QPainter, QPixmap

from engine.trace import Trace
from gui.chips import CHIP, paint_chip
from gui.painting.rows import Row
from gui.theme import THEMES, Theme, body_font
from gui.time_axis import LABEL_WIDTH

_LEFT = 10


def paint_head(
    painter: QPainter, theme: Theme, trace: Trace, row: Row, width: int, *, chosen: bool
) -> None:
    """Draw the ground, the hairline and the head of *row*, *width* px wide."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    if row.is_heading:
        process = trace.processes[row.number] if row.number < len(trace.processes) else None
        name = f"{process.name} · process {process.pid}" if process else "process"
        painter.fillRect(QRectF(0, row.top, width, row.height), theme.field)
        painter.setFont(body_font(12, QFont.Weight.DemiBold))
        painter.setPen(theme.quiet)
        painter.drawText(QPointF(_LEFT, row.top + 16), name)
        return
    if chosen:
        painter.fillRect(QRectF(0, row.top, width, row.height), theme.selection)
    if row.height >= 24:
        foot = row.top + row.height - 1
        painter.fillRect(QRectF(0, foot, width, 1), theme.line)
    name = trace.threads[row.number].name
    if painter.paintEngine().type() is QPaintEngine.Type.SVG:  # there text stays text
        painter.save()
        painter.translate(0, row.top)
        _draw_head(painter, theme, row.number, name, row.height)
        painter.restore()
        return
    scale = painter.device().devicePixelRatioF()
    head = _head(theme.name, row.number, name, row.height, scale)
    painter.drawPixmap(QPointF(0, row.top), head)


@lru_cache(maxsize=512)
def _head(theme_name: str, index: int, name: str, height: int, scale: float) -> QPixmap:
    pixmap = QPixmap(round(LABEL_WIDTH * scale), round(height * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _draw_head(painter, THEMES[theme_name], index, name, height)
    painter.end()
    return pixmap


def _draw_head(painter: QPainter, theme: Theme, index: int, name: str, height: int) -> None:
    side = min(CHIP, height - 2)
    paint_chip(painter, theme, index, QRectF(_LEFT, (height - side) / 2, side, side))
    painter.setFont(body_font(13 if height >= 24 else 11))
    painter.setPen(theme.text)
    room = QRectF(_LEFT + CHIP + 7, 0, LABEL_WIDTH - CHIP - _LEFT - 9, height)
    words = short_name(name, painter.fontMetrics(), int(room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)


def short_name(name: str, metrics: QFontMetrics, width: int) -> str:
    """Return as much of a thread's name as fits into *width* px, its number before all else.

    Python calls a thread 'Thread-7 (function)': the function is the same for all of them.
    """
    if metrics.horizontalAdvance(name) > width and name.endswith(")") and " (" in name:
        name = name[: name.index(" (")]
    return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width)
