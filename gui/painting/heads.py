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
from gui import icons
from gui.chips import CHIP, paint_chip
from gui.painting.rows import DIVIDER, Row
from gui.theme import THEMES, Theme, body_font
from gui.time_axis import LABEL_WIDTH

LEFT = 10


def paint_head(
    painter: QPainter,
    theme: Theme,
    trace: Trace,
    row: Row,
    width: int,
    *,
    chosen: bool,
    pin: str = "",
) -> None:
    """Draw the ground, the hairline and the head of the lane *row*, *width* px wide.

    *pin* is the icon at its right end, "pin" or "pinned", or '' for none.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    if chosen:
        painter.fillRect(QRectF(0, row.top, width, row.height), theme.selection)
    if row.height >= 24:
        foot = row.top + row.height - 1
        painter.fillRect(QRectF(0, foot, width, 1), theme.line)
    name = trace.threads[row.number].name
    if painter.paintEngine().type() is QPaintEngine.Type.SVG:  # there text stays text
        painter.save()
        painter.translate(0, row.top)
        _draw_head(painter, theme, row.number, name, row.height, pin)
        painter.restore()
        return
    scale = painter.device().devicePixelRatioF()
    head = _head(theme.name, row.number, name, row.height, pin, scale)
    painter.drawPixmap(QPointF(0, row.top), head)


def paint_heading(
    painter: QPainter, theme: Theme, row: Row, width: int, words: tuple[str, str], *, folded: bool
) -> None:
    """Draw the heading of a process: a triangle that says whether it is *folded*, and *words*.

    The first of them is its name, the second what is said of its threads.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.fillRect(QRectF(0, row.top, width, row.height), theme.field)
    icons.paint(
        painter, "next" if folded else "fold", QRectF(LEFT - 2, row.top + 6, 12, 12), theme.quiet
    )
    left = LEFT + 16
    painter.setFont(body_font(12, QFont.Weight.DemiBold))
    painter.setPen(theme.text)
    metrics = painter.fontMetrics()
    room = max(0, width - left - 24)
    name = metrics.elidedText(words[0], Qt.TextElideMode.ElideMiddle, room)
    painter.drawText(QPointF(left, row.top + 16), name)
    left += metrics.horizontalAdvance(name) + 12
    painter.setFont(body_font(12))
    painter.setPen(theme.quiet)
    rest = painter.fontMetrics().elidedText(
        words[1], Qt.TextElideMode.ElideRight, max(0, width - left - 24)
    )
    painter.drawText(QPointF(left, row.top + 16), rest)


def pin_box(row: Row) -> QRectF:
    """Return where the pin of the lane *row* stands, at the right end of its head."""
    side = min(20, row.height)
    return QRectF(LABEL_WIDTH - side - 4, row.top + (row.height - side) / 2, side, side)


def paint_divider(painter: QPainter, theme: Theme, top: int, width: int) -> None:
    """Draw the line that parts pinned lanes from those that scroll, at *top*."""
    painter.fillRect(QRectF(0, top, width, DIVIDER), theme.line)


@lru_cache(maxsize=512)
def _head(theme_name: str, index: int, name: str, height: int, pin: str, scale: float) -> QPixmap:
    pixmap = QPixmap(round(LABEL_WIDTH * scale), round(height * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _draw_head(painter, THEMES[theme_name], index, name, height, pin)
    painter.end()
    return pixmap


def _draw_head(
    painter: QPainter, theme: Theme, index: int, name: str, height: int, pin: str
) -> None:
    # In a thin lane the chip is a pill: its number needs the width.
    side = min(CHIP, height - 2)
    paint_chip(painter, theme, index, QRectF(LEFT, (height - side) / 2, CHIP, side))
    painter.setFont(body_font(13 if height >= 24 else 12 if height >= 18 else 11))
    painter.setPen(theme.text)
    right = LABEL_WIDTH - 2
    if pin:
        box = pin_box(Row(0, height, index, is_heading=False))
        right = int(box.left())
        size = min(14.0, box.height() - 2)
        inner = QRectF(0, 0, size, size)
        inner.moveCenter(box.center())
        icons.paint(painter, pin, inner, theme.accent if pin == "pinned" else theme.quiet)
    left = LEFT + CHIP + 7
    room = QRectF(left, 0, right - left, height)
    words = short_name(name, painter.fontMetrics(), int(room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)


def short_name(name: str, metrics: QFontMetrics, width: int) -> str:
    """Return as much of a thread's name as fits into *width* px, its number before all else.

    Python calls a thread 'Thread-7 (function)': the function is the same for all of them.
    """
    if metrics.horizontalAdvance(name) > width and name.endswith(")") and " (" in name:
        name = name[: name.index(" (")]
    return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width)
