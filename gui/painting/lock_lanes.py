"""Paints the lane of a lock: who held it when, and above that how many waited.

Why: a lane of a thread tells what it waits for; only a lane of the lock tells that all of them wait
for the same thing, and for whom.

Guarantees: a frame costs pixels, not holds (`engine.pyramids`); a holder is told by colour and,
where there is room, by its chip's sign and its name; the height of the queue is labelled.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.columns import Ints
from engine.contention import Contention, WaiterSeries
from engine.locks import LockHistory
from engine.pyramids import Holders, MostWaiters
from gui.labels import duration, object_name
from gui.painting.holder_bar import Floats, paint_holder, paint_plain_holders
from gui.painting.lane_painter import HATCH, looks
from gui.painting.lock_pictures import (
    Grid,
    LockPictures,
    Pixels,
    holder_pixels,
    queue_pixels,
)
from gui.painting.rows import Row
from gui.theme import Theme, body_font, mix, numbers_font
from gui.time_axis import LABEL_WIDTH, Scale

MOST_SHAPES = 2_500
_CROWDED = 4  # px a hold: below, bars are too narrow to be told apart
_ADDED_AT_ONCE = 50_000  # rows a frame: some 3 ms
_FEW_ROWS = 8
_FEW_BARS = 8  # of a lane
_LEFT = 10
_THREE_LINES = 58  # px of a lane: from here on its head has room for them


@dataclass(frozen=True, slots=True)
class Lanes:
    """What one frame shows: the queues, the window, which lock and which thread are chosen."""

    queues: Contention
    scale: Scale
    lock: int | None = None
    lane: int | None = None


class LockLanes:
    """The painter. What it keeps between frames is derived from the trace."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._holders: dict[int, Holders] = {}
        self._queues: Contention | None = None
        self._look = looks(theme.name, 1.0)
        self._unfinished = False
        self._pictures = LockPictures()
        self._is_crowd = False  # so many lanes that bars bear no names
        self._left = 0

    def paint(self, painter: QPainter, shown: Lanes, rows: list[Row], colors: dict[int, QColor],
              width: int) -> bool:  # fmt: skip
        """Draw the locks of *rows*; say whether another frame is due to finish them.

        *colors* are those of the locks.
        """
        if shown.queues is not self._queues:
            self._queues = shown.queues
            self._holders.clear()
            self._pictures.clear()
        self._look = looks(self.theme.name, painter.device().devicePixelRatioF())
        self._unfinished = False
        self._pictures.begin_frame()
        self._left = _ADDED_AT_ONCE if shown.queues.is_complete else 0
        self._is_crowd = len(rows) > _FEW_ROWS
        limit = min(
            MOST_SHAPES // max(1, len(rows)), int((shown.scale.right - shown.scale.left) / _CROWDED)
        )
        for row in rows:
            self._head(painter, shown, row, colors, width)
        painter.save()
        painter.setClipRect(
            QRectF(shown.scale.left, 0, shown.scale.right - shown.scale.left, 1e6),
            Qt.ClipOperation.IntersectClip,
        )
        painter.setBrushOrigin(QPointF(shown.scale.x(0) % HATCH, 0))
        for row in rows:
            self._lane(painter, shown, row, limit)
        painter.restore()
        return self._unfinished or self._pictures.unfinished

    def _head(
        self, painter: QPainter, shown: Lanes, row: Row, colors: dict[int, QColor], width: int
    ) -> None:
        theme, trace = self.theme, shown.queues.trace
        if row.number == shown.lock:
            painter.fillRect(QRectF(0, row.top, width, row.height), theme.selection)
        painter.fillRect(QRectF(0, row.top + row.height - 1, width, 1), theme.line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.get(row.number, theme.quiet), 2))
        painter.setBrush(theme.field)
        painter.drawRoundedRect(QRectF(_LEFT + 1, row.top + 9, 12, 12), 3.5, 3.5)
        room = LABEL_WIDTH - _LEFT - 28
        painter.setFont(body_font(13))
        painter.setPen(theme.text)
        name = painter.fontMetrics().elidedText(
            object_name(trace, row.number), Qt.TextElideMode.ElideMiddle, room
        )
        painter.drawText(QPointF(_LEFT + 22, row.top + 20), name)
        painter.setFont(numbers_font(11))
        painter.setPen(theme.quiet)
        for number, words in enumerate(_head_words(shown.queues, row)):
            painter.drawText(QPointF(_LEFT + 22, row.top + 35 + 14 * number), words)

    def _lane(self, painter: QPainter, shown: Lanes, row: Row, limit: int) -> None:
        queue, bar = boxes(row)
        series = shown.queues.series.get(row.number)
        history = shown.queues.trace.locks.histories.get(row.number)
        if history is not None:
            self._bars(painter, shown, row.number, history, bar, limit)
        else:
            self._without_holder(painter, shown.scale, bar)
        if series is not None and len(series.counts):
            self._queue(painter, shown, row.number, series, queue, limit)

    def _without_holder(self, painter: QPainter, scale: Scale, bar: QRectF) -> None:
        painter.setFont(body_font(11))
        painter.setPen(self.theme.quiet)
        room = QRectF(scale.left + 6, bar.top(), scale.right - scale.left - 12, bar.height())
        words = "who came through is not recorded for a semaphore"
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)

    # ---- holders

    def _bars(
        self,
        painter: QPainter,
        shown: Lanes,
        lock: int,
        history: LockHistory,
        box: QRectF,
        limit: int,
    ) -> None:
        scale = shown.scale
        first = max(0, history.starts.index_at(int(scale.start)) - 1)
        last = history.starts.index_at(int(scale.end))
        if last - first > limit:
            self._columns(painter, shown, lock, history, box)
            return
        starts, threads = history.starts[first:last], history.threads[first:last]
        ends = history.ends[first:last]
        ends = np.where(ends < 0, shown.queues.trace.now, ends)
        per_pixel = scale.per_pixel
        lefts = np.maximum(scale.left + (starts - scale.start) / per_pixel, scale.left - 8)
        rights = np.minimum(scale.left + (ends - scale.start) / per_pixel, scale.right + 8)
        seen = np.flatnonzero(rights >= scale.left)
        if self._is_crowd and len(seen) > _FEW_BARS:
            paint_plain_holders(painter, self.theme, threads[seen], lefts[seen], rights[seen], box)
        else:
            self._named_bars(
                painter, shown, threads[seen], lefts[seen], rights[seen], (ends - starts)[seen], box
            )
        if shown.lane is not None:
            painter.setPen(QPen(self.theme.text, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for number in seen[(threads[seen] == shown.lane) & (rights - lefts > 3)[seen]].tolist():
                piece = QRectF(
                    lefts[number], box.top(), rights[number] - lefts[number], box.height()
                )
                painter.drawRoundedRect(piece.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    def _named_bars(
        self,
        painter: QPainter,
        shown: Lanes,
        threads: Ints,
        lefts: Floats,
        rights: Floats,
        lasted: Ints,
        box: QRectF,
    ) -> None:
        columns = (threads, lefts, rights, lasted)
        trace, scale = shown.queues.trace, shown.scale
        for thread, left, right, ns in zip(*(column.tolist() for column in columns), strict=True):
            piece = QRectF(left, box.top(), max(1.0, right - left), box.height())
            paint_holder(painter, self.theme, trace, thread, piece, ns, scale)

    def _columns(
        self, painter: QPainter, shown: Lanes, lock: int, history: LockHistory, box: QRectF
    ) -> None:
        """Draw who held it longest in each pixel; its height says for how much of the time."""
        holders = self._holders.get(lock)
        if holders is None:
            holders = self._holders[lock] = Holders(history)
        if not self._is_added_up(holders):
            return
        now = shown.queues.trace.now

        def make(grid: Grid) -> Pixels:
            found = holders.in_pixels(grid.start, grid.per_pixel, grid.width, now)
            return holder_pixels(found, lambda t: self.theme.thread_color(t).rgba(), grid)

        end = history.ends[-1]
        version = (self.theme.name, len(history.starts), end, now if end < 0 else 0)
        self._pictures.paint(painter, ("bars", lock), version, shown.scale, box, make)

    # ---- the queue

    def _queue(
        self,
        painter: QPainter,
        shown: Lanes,
        lock: int,
        series: WaiterSeries,
        box: QRectF,
        limit: int,
    ) -> None:
        scale, highest = shown.scale, max(1, series.highest)
        first = max(0, series.times.index_at(int(scale.start)) - 1)
        last = series.times.index_at(int(scale.end))
        foot = box.bottom()
        if last - first > limit:
            self._queue_picture(painter, shown, lock, series, box)
        else:
            corners = self._corners(shown, series, range(first, last))
            points = [QPointF(x, foot - count / highest * box.height()) for x, count in corners]
            self._area(painter, scale, box, points)
        painter.setPen(QPen(mix(self.theme.line, self.theme.pane, 0.9), 1))
        painter.drawLine(QLineF(scale.left, foot + 0.5, scale.right, foot + 0.5))

    def _is_added_up(self, rows: Holders | MostWaiters) -> bool:
        """Add rows up, as many as this frame has left for it; say whether all are."""
        before = rows.rows
        complete = rows.update(self._left)
        self._left -= rows.rows - before
        self._unfinished |= not complete
        return complete

    def _queue_picture(
        self, painter: QPainter, shown: Lanes, lock: int, series: WaiterSeries, box: QRectF
    ) -> None:
        if not self._is_added_up(series.most):
            return
        now, highest = shown.queues.trace.now, max(1, series.highest)

        def make(grid: Grid) -> Pixels:
            most = series.most.in_pixels(grid.start, grid.per_pixel, grid.width, now)
            return queue_pixels(most, highest, self._look, grid)

        goes_on = now if series.counts.last() else 0
        version = (self.theme.name, len(series.times), highest, goes_on)
        self._pictures.paint(painter, ("queue", lock), version, shown.scale, box, make)

    def _area(self, painter: QPainter, scale: Scale, box: QRectF, points: list[QPointF]) -> None:
        """Fill what is below the curve *points*, and draw it where somebody waits."""
        # Steps need no smoothing, and rectangles cost a tenth of a polygon with a pattern.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.lock_wait)
        foot = box.bottom()
        painter.drawRects(
            [
                QRectF(left.x(), left.y(), right.x() - left.x(), foot - left.y())
                for left, right in itertools.pairwise(points)
                if right.x() > left.x() and left.y() < foot
            ]
        )
        painter.save()  # where nobody waits there is no line
        above = QRectF(scale.left, box.top() - 1, scale.right - scale.left, box.height() + 0.3)
        painter.setClipRect(above, Qt.ClipOperation.IntersectClip)
        painter.setPen(QPen(self.theme.lock_wait, 1))
        painter.drawPolyline(QPolygonF(points))
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _corners(self, shown: Lanes, series: WaiterSeries, steps: range) -> list[tuple[float, int]]:
        """Return the corners of the curve in the window."""
        scale = shown.scale
        edge = min(scale.x(shown.queues.trace.now), scale.right)
        part = slice(steps.start, steps.stop)
        before, corners = 0, [(scale.left - 2, 0)]
        for time, count in zip(
            series.times[part].tolist(), series.counts[part].tolist(), strict=True
        ):
            x = min(max(scale.x(time), scale.left - 2), edge)
            corners += [(x, before), (x, count)]
            before = count
        return [*corners, (edge, before)]


def _head_words(queues: Contention, row: Row) -> list[str]:
    """Return the lines below a lock's name: what it cost, and how high the queue's curve is."""
    if not queues.waits(row.number):
        return ["never waited for"]
    series = queues.series.get(row.number)
    most = f"max {series.highest if series else 0}"
    waited = duration(queues.waited(row.number))
    if row.height >= _THREE_LINES:
        return [f"waited {waited}", f"{most} at once"]
    return [f"{waited} · {most}"]


def boxes(row: Row) -> tuple[QRectF, QRectF]:
    """Return where the queue and the holders of a lock's *row* stand (x and width left open)."""
    inner = row.height - 9
    queue = round(inner * 0.46)
    return (
        QRectF(0, row.top + 4, 0, queue),
        QRectF(0, row.top + 4 + queue + 1, 0, inner - queue),
    )
