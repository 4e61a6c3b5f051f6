"""A stretch of a thread as a bar in its identity colour, with who it is where there is room.

Guarantees: colour never stands alone where a sign has room; words never leave the bar.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPaintEngine, QPainter, QPixmap

from engine.columns import Ints
from engine.sentences import called
from engine.trace import Trace
from gui.labels import duration
from gui.painting.heads import short_name
from gui.theme import THEMES, Theme, body_font, chip_label, numbers_font
from gui.time_axis import Scale

Floats = npt.NDArray[np.float64]
_SIGN_FROM = 16  # px: below, not even a chip's sign fits
_NAME_FROM = 56  # px: below, a name would be two letters


def paint_holder(
    painter: QPainter,
    theme: Theme,
    trace: Trace,
    thread: int,
    box: QRectF,
    lasted: float,
    scale: Scale,
    more: str = "",
) -> None:
    """Draw a stretch of *thread* in its colour, with as much of who it is as there is room for.

    *more* stands between its name and how long it *lasted* (ns).
    """
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.thread_color(thread))
    if box.width() < 6:
        painter.drawRect(box)
        return
    painter.drawRoundedRect(box, 3.5, 3.5)
    left, right = max(box.left(), scale.left), min(box.right(), scale.right)
    if right - left < _SIGN_FROM or box.height() < 12:
        return
    sign = chip_label(thread)
    painter.setPen(theme.ink)
    wide = _advance(sign, is_bold=True)
    if wide + 8 > right - left:
        return
    middle = Qt.AlignmentFlag.AlignVCenter
    _paint_sign(painter, theme, sign, QRectF(left + 5, box.top(), wide + 2, box.height()))
    if right - left < _NAME_FROM:
        return
    room = int(right - left - wide - 18)
    name = called(trace, thread)
    words = " · ".join(part for part in (name, more, duration(lasted)) if part)
    painter.setFont(_font(is_bold=False))
    if _advance(words, is_bold=False) > room:
        words = short_name(name, painter.fontMetrics(), room)
    if len(words) >= 3:
        place = QRectF(left + wide + 11, box.top(), room + 4, box.height())
        painter.drawText(place, middle, words)


def paint_plain_holders(
    painter: QPainter,
    theme: Theme,
    threads: Ints,
    lefts: Floats,
    rights: Floats,
    box: QRectF,
) -> None:
    """Draw many stretches, from *lefts* to *rights* (px), with signs but without names.

    A fifth of the cost of `paint_holder`, for lanes by the dozen with bars by the hundred.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    top, high = box.top(), box.height()
    widths = np.maximum(1.0, rights - lefts - 1.0)  # a gap, as there is no round corner
    for thread in np.unique(threads).tolist():
        mine = np.flatnonzero(threads == thread)
        spans = zip(lefts[mine].tolist(), widths[mine].tolist(), strict=True)
        painter.setBrush(theme.thread_color(thread))
        painter.drawRects([QRectF(left, top, width, high) for left, width in spans])
        sign = chip_label(thread)
        least = _advance(sign, is_bold=True) + 8
        for left in lefts[mine[widths[mine] >= max(least, _SIGN_FROM)]].tolist():
            _paint_sign(painter, theme, sign, QRectF(left + 4, top, least, high))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _paint_sign(painter: QPainter, theme: Theme, sign: str, box: QRectF) -> None:
    if painter.paintEngine().type() is QPaintEngine.Type.SVG:  # there text stays text
        painter.setFont(_font(is_bold=True))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, sign)
        return
    drawn = _sign(theme.name, sign, painter.device().devicePixelRatioF())
    top = box.center().y() - drawn.deviceIndependentSize().height() / 2
    painter.drawPixmap(QPointF(round(box.left()), round(top)), drawn)


@lru_cache(maxsize=512)
def _sign(theme_name: str, sign: str, scale: float) -> QPixmap:
    """Return *sign* as a picture: a text costs ten times as much, and signs are many."""
    metrics = QFontMetrics(_font(is_bold=True))
    wide, tall = metrics.horizontalAdvance(sign) + 2, metrics.height()
    pixmap = QPixmap(round(wide * scale), round(tall * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setFont(_font(is_bold=True))
    painter.setPen(THEMES[theme_name].ink)
    painter.drawText(QPointF(0, metrics.ascent()), sign)
    painter.end()
    return pixmap


@cache
def _font(*, is_bold: bool) -> QFont:
    return numbers_font(11, QFont.Weight.Bold) if is_bold else body_font(11)


@lru_cache(maxsize=2048)
def _advance(words: str, *, is_bold: bool) -> int:
    return QFontMetrics(_font(is_bold=is_bold)).horizontalAdvance(words)
