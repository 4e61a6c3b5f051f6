"""Draws what stands on the axis beside its ticks: the ruler, bookmarks, and hits of a search.

Guarantees: the same in every time pane, so that a mark is found again in the next one; a frame
costs the pixels of the ruler, not the number of hits; a note is drawn and shown as plain text.
"""

from __future__ import annotations

from bisect import bisect_left
from html import escape

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from engine.bookmarks import Bookmark
from gui.marks import Marks
from gui.painting.ruler import RULER
from gui.theme import Theme, numbers_font
from gui.time_axis import Scale

GRIP_TOP = 12  # px: the grips of the ruler stand below, the cursor's handle above
_FLAG = ((0.5, 1.0), (9.5, 1.0), (7.0, 4.5), (9.5, 8.0), (0.5, 8.0))
_HIT = 5  # px
_FLAGS_APART = 4  # px
_MANY = 4096  # hits in view


def bookmark_words(mark: Bookmark) -> str:
    """Return what a tooltip says of a bookmark; a note is no markup, whatever it looks like."""
    words = mark.note or "Bookmark without a note"
    return f"<p>{escape(words)}<br>at {escape(exact(mark.time))}</p>"


def exact(t: int) -> str:
    """Return a moment of the run with all the digits that help: '1.234 567 s'."""
    micros = round(t / 1e3)
    return f"{micros // 1_000_000}.{micros // 1000 % 1000:03} {micros % 1000:03} s"


def length(ns: int) -> str:
    """Return what was measured, to three digits at least: '12.4 ms', '212 ms', '1.204 s'."""
    if ns < 1_000:
        return f"{ns} ns"
    if ns >= 1_000_000_000:
        return f"{ns / 1e9:.3f} s"
    size, unit = (1e6, "ms") if ns >= 1_000_000 else (1e3, "µs")
    amount = ns / size
    return f"{amount:.{2 if amount < 9.995 else 1 if amount < 99.95 else 0}f} {unit}"


def paint_marks(painter: QPainter, theme: Theme, scale: Scale, marks: Marks, height: float) -> None:
    """Draw the marks that are in *scale* over a pane *height* px high."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_hits(painter, theme, scale, marks, RULER - _HIT, RULER)
    for x in bookmark_pixels(scale, marks):
        _paint_flag(painter, theme, x, height)
    if marks.selection.stretch is not None:
        _paint_stretch(painter, theme, scale, marks.selection.stretch, height)
    painter.restore()


def hit_pixels(scale: Scale, marks: Marks) -> list[int]:
    """Return the x of each pixel column in which a hit stands."""
    width = int(scale.right - scale.left)
    first, last = np.searchsorted(marks.hits, [scale.start, scale.end])
    if last - first < _MANY:
        columns = ((marks.hits[first:last] - scale.start) / scale.per_pixel).astype(np.int64)
        columns = np.unique(columns[columns < width])
    else:  # with more hits than pixels each pixel is asked whether it has one
        edges = scale.start + np.arange(width + 1) * scale.per_pixel
        columns = np.flatnonzero(np.diff(np.searchsorted(marks.hits, edges)))
    return [column + round(scale.left) for column in columns.tolist()]


def bookmark_pixels(scale: Scale, marks: Marks) -> list[int]:
    """Return the x of the bookmarks in *scale*; of those that would cover each other, the first."""
    found: list[int] = []
    first = bisect_left(marks.bookmarks, scale.start, key=lambda mark: mark.time)
    for mark in marks.bookmarks[first:]:
        x = round(scale.x(mark.time))
        if mark.time > scale.end:
            break
        if not found or x - found[-1] >= _FLAGS_APART:
            found.append(x)
    return found


def paint_hits(
    painter: QPainter, theme: Theme, scale: Scale, marks: Marks, top: float, bottom: float
) -> None:
    """Draw a tick from *top* to *bottom* in each pixel column that has a hit."""
    if not len(marks.hits):
        return
    # Without antialiasing rectangles are filled ten times as quickly; their edges are pixels'.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.other_wait)
    tall = bottom - top
    painter.drawRects([QRectF(x, top, 2, tall) for x in hit_pixels(scale, marks)])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _paint_flag(painter: QPainter, theme: Theme, x: int, height: float, top: float = 2) -> None:
    """Draw a bookmark's flag at *x*, its staff down to *height*."""
    staff = QColor(theme.quiet)
    staff.setAlphaF(0.55)
    painter.fillRect(QRectF(x, top + 12, 1, height - top - 12), staff)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.text)
    painter.drawPolygon(QPolygonF([QPointF(x + dx, top + dy) for dx, dy in _FLAG]))
    painter.fillRect(QRectF(x, top, 1, 12), theme.text)


def _paint_stretch(
    painter: QPainter, theme: Theme, scale: Scale, stretch: tuple[int, int], height: float
) -> None:
    start, end = stretch
    if end < scale.start or start > scale.end:
        return
    left, right = max(scale.x(start), scale.left), min(scale.x(end), scale.right)
    tint = QColor(theme.accent)
    tint.setAlphaF(0.13)
    painter.fillRect(QRectF(left, RULER, right - left, height - RULER), tint)
    tint.setAlphaF(0.3)
    painter.fillRect(QRectF(left, GRIP_TOP, right - left, RULER - GRIP_TOP), tint)
    for t in stretch:
        if scale.start <= t <= scale.end:
            x = round(scale.x(t)) + 0.5
            painter.setPen(QPen(theme.accent, 1))
            painter.drawLine(QLineF(x, GRIP_TOP, x, height))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.accent)
            painter.drawRoundedRect(QRectF(x - 2.5, GRIP_TOP, 5, RULER - GRIP_TOP - 2), 2, 2)
    _paint_length(painter, theme, scale, left, right, length(end - start))


def _paint_length(
    painter: QPainter, theme: Theme, scale: Scale, left: float, right: float, words: str
) -> None:
    """Write the length into the ruler: over the stretch, or beside it where it is too narrow."""
    painter.setFont(numbers_font(11, QFont.Weight.DemiBold))
    wide = painter.fontMetrics().horizontalAdvance(words) + 14
    x = (left + right - wide) / 2
    if right - left < wide + 8:
        x = right + 5 if right + 5 + wide <= scale.right else left - 5 - wide
    box = QRectF(min(max(x, scale.left), scale.right - wide), GRIP_TOP - 3, wide, 17)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.accent)
    painter.drawRoundedRect(box, 8, 8)
    painter.setPen(theme.on_accent)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
