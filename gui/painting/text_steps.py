"""Values that are no numbers, drawn as steps with their text.

Guarantees: as many boxes as a screen can show, however many steps there are; steps that are
narrower than a box are drawn together as a dense strip, so none disappears; a text that has no
room is elided, and the tooltip has all of it.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from gui.painting.steps import Steps
from gui.theme import Theme, body_font, mix
from gui.time_axis import Scale

_NARROW = 4.0  # px: below this a step has no box of its own
_READABLE = 26.0  # px: from here on its text is written


def paint_text_steps(
    painter: QPainter, theme: Theme, curve: Steps, scale: Scale, band: tuple[float, float],
    now: float, cursor: float,
) -> None:  # fmt: skip
    """Draw the steps of *curve* that are no numbers between the y of *band*."""
    first = max(0, curve.index_at(scale.start))
    stop = curve.index_at(min(scale.end, now)) + 1
    if stop <= first or curve.series is None:
        return
    times = curve.times[first:stop].astype(np.float64)
    ends = np.append(times[1:], curve.times[stop] if stop < len(curve.times) else now)
    lefts = np.maximum(scale.left, (times - scale.start) / scale.per_pixel + scale.left)
    rights = np.minimum(scale.right, (ends - scale.start) / scale.per_pixel + scale.left)
    texts = np.isnan(curve.values[first:stop])
    top, bottom = band
    _paint_dense(painter, theme, lefts, rights, texts, band)
    painter.setFont(body_font(12))
    metrics = painter.fontMetrics()
    for index in np.flatnonzero(texts & (rights - lefts >= _NARROW)).tolist():
        left, right = float(lefts[index]), float(rights[index])
        box = QRectF(left, top, right - left - 1, bottom - top)
        painter.setOpacity(1.0 if times[index] <= cursor else 0.45)
        painter.fillRect(box, theme.field)
        writer = theme.thread_color(int(curve.threads[first + index]))
        painter.fillRect(QRectF(left, top, 3, bottom - top), writer)
        if right - left > _READABLE:
            painter.setPen(theme.text)
            room = box.adjusted(8, 0, -2, 0)
            text = metrics.elidedText(
                curve.series.texts[first + index], Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    painter.setOpacity(1.0)


def _paint_dense(
    painter: QPainter,
    theme: Theme,
    lefts: np.ndarray[tuple[int], np.dtype[np.float64]],
    rights: np.ndarray[tuple[int], np.dtype[np.float64]],
    texts: np.ndarray[tuple[int], np.dtype[np.bool_]],
    band: tuple[float, float],
) -> None:
    """Fill the stretches of steps that are too narrow for boxes of their own."""
    narrow = texts & (rights - lefts < _NARROW)
    if not narrow.any():
        return
    edges = np.flatnonzero(np.diff(narrow.astype(np.int8), prepend=0, append=0))
    color = mix(theme.quiet, theme.pane, 0.45)
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        left, right = float(lefts[begin]), float(rights[end - 1])
        painter.fillRect(QRectF(left, band[0], max(1.0, right - left), band[1] - band[0]), color)
