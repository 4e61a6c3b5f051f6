"""Paints a critical path as one lane: whose turn it was at each moment.

Guarantees: a frame costs pixels, not steps of the path; a stretch in which a thread waited is
hatched, as it is in the lanes; what is not known of the path is left empty.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from engine.critical_path import CriticalPath, Segment
from engine.path_words import doing, summary
from engine.trace import Trace
from gui.labels import duration
from gui.painting.holder_bar import paint_holder
from gui.painting.lane_painter import HATCH, Looks
from gui.theme import body_font
from gui.time_axis import Scale

MOST_SHAPES = 1_000
_WAITS = frozenset({"waits", "nobody seen", "times out", "wakes", "starts"})
PATH_ROW = 54  # px
_PATH_BAR = 22
_SAID_FROM = 90  # px: below, there is no room for what it did
_HATCHED_FROM = 3  # px: below, a hatch cannot be told from a line


class Finder(Protocol):
    """What has been found."""

    trace: Trace
    path: CriticalPath
    picture: PathPicture

    @property
    def is_complete(self) -> bool:
        """Whether it is that of all that is known."""


class Turn(NamedTuple):
    """A thread's turn on the path, from *left* to *right* (px); *waits*: it only waited."""

    lane: int
    left: float
    right: float
    waits: bool


class PathPicture:
    """A path as columns. Attributes: path; starts, ends (ns), lanes, one entry a segment."""

    def __init__(self, path: CriticalPath) -> None:
        self.path = path
        self.starts = np.array([s.start for s in path.segments], np.int64)
        self.ends = np.array([s.end for s in path.segments], np.int64)
        self.lanes = np.array([s.lane for s in path.segments], np.int64)
        self._waits = np.array([s.why in _WAITS for s in path.segments], np.bool_)

    def at(self, t: int) -> Segment | None:
        """Return the segment at *t* (ns), or None."""
        place = int(np.searchsorted(self.starts, t, side="right")) - 1
        if place < 0 or t > self.ends[place]:
            return None
        return self.path.segments[place]

    def mainly(self, trace: Trace, turn: Turn, scale: Scale) -> str:
        """Return what the thread did for the longest time in its *turn*, in words."""
        begin, end = scale.t(turn.left), scale.t(turn.right)
        first = int(np.searchsorted(self.ends, begin + 1, side="right"))
        sums: dict[str, int] = {}
        for segment in self.path.segments[first : first + MOST_SHAPES]:
            if segment.start >= end:
                break
            words = doing(trace, segment)
            sums[words] = sums.get(words, 0) + segment.end - segment.start
        return max(sums, key=lambda words: sums[words], default="")

    def within(self, scale: Scale) -> range:
        """Return the numbers of the segments in the window."""
        first = int(np.searchsorted(self.ends, scale.start, side="right"))
        return range(first, max(first, int(np.searchsorted(self.starts, scale.end))))

    def turns(self, scale: Scale) -> list[Turn]:
        """Return whose turn it was when in the window; waits are turns of their own.

        Where there are more turns than pixels can tell apart, a pixel goes to the thread that is
        on the path in its middle.
        """
        seen = self.within(scale)
        if len(seen) > MOST_SHAPES:
            width = max(1, int(scale.right - scale.left))
            middles = scale.start + (np.arange(width) + 0.5) * scale.per_pixel
            place = np.searchsorted(self.starts, middles, side="right") - 1
            known = (place >= 0) & (middles <= self.ends[np.maximum(place, 0)])
            lanes = np.where(known, self.lanes[np.maximum(place, 0)], -1)
            waits = np.zeros(width, np.bool_)
            lefts: npt.NDArray[Any] = scale.left + np.arange(width + 1.0)
        else:
            part = slice(seen.start, seen.stop)
            lanes, waits = self.lanes[part], self._waits[part]
            edges = np.append(self.starts[part], self.ends[part][-1:])
            lefts = scale.left + (edges - scale.start) / scale.per_pixel
        return _turns(lanes, waits, lefts)


def _turns(
    lanes: npt.NDArray[np.int64], waits: npt.NDArray[np.bool_], edges: npt.NDArray[Any]
) -> list[Turn]:
    """Return each run of equal *lanes* (-1: of none) and *waits*."""
    if not len(lanes):
        return []
    begins = np.flatnonzero(np.diff(2 * lanes + waits, prepend=-9))
    stops = np.append(begins[1:], len(lanes))
    return [
        Turn(int(lanes[begin]), float(edges[begin]), float(edges[stop]), bool(waits[begin]))
        for begin, stop in zip(begins.tolist(), stops.tolist(), strict=True)
        if lanes[begin] >= 0
    ]


def paint_path_row(
    painter: QPainter, look: Looks, finder: Finder, scale: Scale, top: float, width: int
) -> None:
    """Draw the head, the path and what it was spent on, `PATH_ROW` px high from *top* on."""
    theme = look.theme
    painter.fillRect(QRectF(0, top + PATH_ROW - 1, width, 1), theme.line)
    painter.setFont(body_font(13, QFont.Weight.DemiBold))
    painter.setPen(theme.text)
    painter.drawText(QPointF(10, top + 21), "Critical path")
    path, trace = finder.path, finder.trace
    words = summary(trace, path)
    if not path.segments and not finder.is_complete:
        words = "looking for it…"
    painter.save()
    painter.setClipRect(QRectF(scale.left, top, scale.right - scale.left, PATH_ROW))
    paint_path(painter, look, trace, finder.picture, scale, QRectF(0, top + 6, 0, _PATH_BAR))
    painter.restore()
    painter.setFont(body_font(12))
    painter.setPen(theme.text if path.segments else theme.quiet)
    room = QRectF(scale.left, top + 8 + _PATH_BAR, scale.right - scale.left, 18)
    if path.missing and path.segments:
        words += f" · before {duration(path.begin)}: {path.missing}"
    said = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, said)


def paint_path(
    painter: QPainter, look: Looks, trace: Trace, picture: PathPicture, scale: Scale, box: QRectF
) -> None:
    """Draw the path into *box* (x and width left open)."""
    painter.setBrushOrigin(QPointF(scale.x(0) % HATCH, 0))
    for turn in picture.turns(scale):
        left, right = max(turn.left, scale.left - 8), min(turn.right, scale.right + 8)
        piece = QRectF(left, box.top(), max(1.0, right - left), box.height())
        said = picture.mainly(trace, turn, scale) if right - left > _SAID_FROM else ""
        if turn.waits and right - left >= _HATCHED_FROM:
            _paint_wait(painter, look, turn.lane, piece, scale, said)
        else:
            lasted = (turn.right - turn.left) * scale.per_pixel
            paint_holder(painter, look.theme, trace, turn.lane, piece, lasted, scale, said)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setBrushOrigin(QPointF(0, 0))


def _paint_wait(
    painter: QPainter, look: Looks, lane: int, box: QRectF, scale: Scale, said: str
) -> None:
    """Draw a stretch in which the thread on the path did nothing but wait."""
    inner = box.adjusted(0.75, 0.75, -0.75, -0.75)
    painter.setPen(QPen(look.theme.thread_color(lane), 1.5))
    painter.setBrush(look.other_wait)
    painter.drawRect(inner)
    if not said:
        return
    painter.setFont(body_font(11))
    left = max(box.left(), scale.left) + 6
    room = min(box.right(), scale.right) - left - 6
    metrics = painter.fontMetrics()
    words = metrics.elidedText(said, Qt.TextElideMode.ElideRight, int(room))
    back = QColor(look.theme.pane)
    back.setAlphaF(0.62)
    width = metrics.horizontalAdvance(words)
    painter.fillRect(QRectF(left - 2, box.center().y() - 7.5, width + 4, 15), back)
    painter.setPen(look.theme.text)
    painter.drawText(
        QRectF(left, box.top(), room, box.height()), Qt.AlignmentFlag.AlignVCenter, words
    )
