"""Paints the visible part of all lanes.

Why: a frame must cost what is seen, not what was recorded. Only rows in view are looked at; a lane
with few slices in view is painted as shapes with labels, one with many as a picture of the
dominant state of each pixel.

Guarantees: at most `MOST_SHAPES` shapes a frame; what is kept between frames (brushes, sums of
time, the last picture's states) is derived and can be thrown away at any moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPaintEngine, QPainter

from engine.columns import Ints
from engine.events import State
from engine.lanes import Slice
from engine.trace import Trace
from gui.labels import lock_ranks, slice_label
from gui.links import Link
from gui.painting.lane_painter import (
    HATCH,
    looks,
    paint_arrow,
    paint_end,
    paint_runnable,
    paint_slice,
)
from gui.painting.rows import Placement, Row
from gui.painting.sheets import Crowded, Sheets
from gui.theme import Theme
from gui.time_axis import Scale

MOST_SHAPES = 400
_LABEL_FROM = 34  # px: below, not even an elided word fits
_LABEL_HEIGHT = 18  # px: below, no word fits
_CROWDED = 4  # px a slice: below, shapes are too narrow to be told apart
_LOW_SHARE = 0.5  # of a core; a running thread below it waits for one (or for the GIL)
_STATES = list(State)


@dataclass(frozen=True, slots=True)
class Moment:
    """What one frame shows."""

    trace: Trace
    t: int
    scale: Scale


class LaneScene:
    """The painter of lanes."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._trace: Trace | None = None
        self._sheets = Sheets()
        self._ranks: dict[int, int] = {}
        self._colors: dict[int, QColor] = {}
        self._look = looks(theme.name, 1.0)
        self._origin: float | None = None

    def paint(self, painter: QPainter, moment: Moment, seen: list[Row]) -> bool:
        """Draw the lanes *seen*; say whether another frame is due to finish them."""
        if moment.trace is not self._trace:
            self._trace = moment.trace
            self._sheets.clear()
        self._look = looks(self.theme.name, painter.device().devicePixelRatioF())
        self._ranks = lock_ranks(moment.trace)
        self._colors = {lock: self.theme.lock_color(rank) for lock, rank in self._ranks.items()}
        # Hatches hold on to a moment of the run, so that they glide with the slices.
        self._sheets.begin_frame()
        density = self._look.scale
        origin = round(moment.scale.x(0) * density) % self._look.period / density
        painter.setBrushOrigin(QPointF(origin, 0))
        is_vector = painter.paintEngine().type() is QPaintEngine.Type.SVG
        self._origin = None if is_vector else origin
        lanes = [row for row in seen if not row.is_heading]
        limit = MOST_SHAPES // max(1, len(lanes))
        limit = min(limit, int((moment.scale.right - moment.scale.left) / _CROWDED))
        crowded = []
        for row in lanes:
            many = self._lane(painter, moment, row, limit)
            if many is not None:
                crowded.append(many)
        painter.setBrushOrigin(QPointF(0, 0))
        self._sheets.paint(painter, self._look, crowded, moment.scale, self._ranks)
        return self._sheets.unfinished

    def _lane(self, painter: QPainter, moment: Moment, row: Row, limit: int) -> Crowded | None:
        """Draw a lane of at most *limit* slices in view; return one that has more."""
        trace, scale = moment.trace, moment.scale
        lane, thread = trace.lanes[row.number], trace.threads[row.number]
        if not len(lane.starts):
            return None
        until = trace.now if thread.end is None else min(thread.end, trace.now)
        box = bar_box(row)
        is_crowded = lane.pyramid.has_more_than(limit, scale.start, scale.end)
        if not is_crowded:
            span = lane.span(int(scale.start), int(scale.end))
            is_crowded = span.stop - span.start > limit
            if not is_crowded:
                self._shapes(painter, moment, row, box, span, until)
        if thread.end is not None and scale.start <= thread.end <= scale.end:
            paint_end(painter, self._look, scale.x(thread.end), box.center().y(), row.height)
        return Crowded(row.number, lane, box, until) if is_crowded else None

    def _shapes(
        self,
        painter: QPainter,
        moment: Moment,
        row: Row,
        box: QRectF,
        span: slice,
        until: int,
    ) -> None:
        lane, scale = moment.trace.lanes[row.number], moment.scale
        if span.stop <= span.start:
            return
        starts = lane.starts[span]
        end = int(lane.starts[span.stop]) if span.stop < len(lane.starts) else until
        ends = np.append(starts[1:], min(until, end))
        lefts, rights = self._whole_pixels(scale, np.stack((starts, ends)))
        states, helds = lane.states[span].tolist(), lane.helds[span].tolist()
        shown = (lane.states[span] != State.NONE) & (ends >= starts)
        has_words = row.height >= _LABEL_HEIGHT
        told = lane.slices(span) if has_words else []
        drawn = list(zip(lefts.tolist(), (rights - lefts).tolist(), states, helds, strict=True))
        for place in np.flatnonzero(shown).tolist():
            left, width, state, held = drawn[place]
            piece = QRectF(left, box.top(), max(1.0, width), box.height())
            text = ""
            if has_words and width >= _LABEL_FROM:
                task = moment.trace.tasks.of_worker(row.number, int(starts[place]))
                text = slice_label(moment.trace, row.number, told[place], task)
            paint_slice(
                painter,
                self._look,
                _STATES[state],
                piece,
                self._colors.get(held),
                labelled=bool(text) and state == State.RUNNING,
                origin=self._origin,
            )
            if state == State.RUNNING and width > 2 * HATCH:
                start, end = int(starts[place]), int(ends[place])
                self._off_core(painter, moment, row.number, piece, start, end)
            if text:
                self._label(painter, moment.scale, row, told[place], piece, text)

    def _whole_pixels(self, scale: Scale, times: Ints) -> npt.NDArray[np.float64]:
        """Return the x of *times*, on whole pixels of the device: sharp, and thrice as quick."""
        x = scale.left + (times - scale.start) / scale.per_pixel
        density = self._look.scale
        found: npt.NDArray[np.float64] = np.rint(
            np.clip(x, scale.left - 8, scale.right + 8) * density
        )
        return found / density

    def _label(
        self, painter: QPainter, scale: Scale, row: Row, told: Slice, piece: QRectF, text: str
    ) -> None:
        left = max(piece.left(), scale.left) + 7
        room = QRectF(left, piece.top(), min(piece.right(), scale.right) - left - 4, piece.height())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._look.label_font)
        painter.setPen(self.theme.text)
        if told.state is State.RUNNING:
            painter.setFont(self._look.label_bold)
            painter.setPen(self.theme.on_state)
            room.adjust(0, -1, 0, -3 if told.held else 0)
        elif told.state is State.SLEEPING:
            if row.height < 34:
                return
            painter.setFont(self._look.small_font)
            painter.setPen(self.theme.quiet)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            room = QRectF(left - 4, row.top, room.width() + 6, piece.center().y() - row.top - 5)
        words, width = _elided(painter.font().key(), text, int(room.width()))
        if len(words) < 4 and words != text:
            return
        if told.state in (State.WAITS_LOCK, State.WAITS_OTHER):
            back = QColor(self.theme.pane)
            back.setAlphaF(0.62)  # quietens the hatch behind the words, and leaves it a hatch
            middle = room.center().y()
            painter.fillRect(QRectF(left - 3, middle - 8.5, width + 6, 17), back)
        painter.drawText(room, flags, words)

    def _off_core(
        self, painter: QPainter, moment: Moment, lane: int, piece: QRectF, start: int, end: int
    ) -> None:
        """Hatch the stretches of a running slice in which the thread was rarely on a core."""
        series = moment.trace.cpu.series.get(lane)
        if series is None:
            return
        times = series.times.view
        first, last = np.searchsorted(times, [start, end], side="left").tolist()
        first = max(first, int(np.searchsorted(times, moment.scale.start)) - 1)
        last = min(last, int(np.searchsorted(times, moment.scale.end)) + 1)
        if last - first < 2:
            return
        stride = max(1, (last - first) // 200)
        chosen = slice(first, last, stride)
        elapsed = np.diff(times[chosen])
        low = np.diff(series.used.view[chosen]) < _LOW_SHARE * elapsed
        edges = times[chosen]
        # What is left at either end is shorter than a reading; it goes with its neighbour, or the
        # live edge would flicker.
        reach = moment.scale.x(int(elapsed.max())) - moment.scale.x(0) + 1
        for begin, stop in _runs(low):
            left = max(piece.left(), moment.scale.x(int(edges[begin])))
            right = min(piece.right(), moment.scale.x(int(edges[stop])))
            left = piece.left() if begin == 0 and left - piece.left() < reach else left
            at_end = stop == len(low) and piece.right() - right < reach
            right = piece.right() if at_end else right
            if right > left:
                paint_runnable(
                    painter,
                    self._look,
                    QRectF(left, piece.top(), right - left, piece.height()),
                )

    def paint_link(self, painter: QPainter, moment: Moment, rows: Placement, link: Link) -> None:
        """Draw the arrow of *link* from who did it to whom it set free."""
        source, target = rows.row_of(link.source), rows.row_of(link.target)
        if source is None or target is None:
            return
        start = QPointF(moment.scale.x(link.time), bar_box(source).center().y())
        end = QPointF(moment.scale.x(link.end), bar_box(target).center().y())
        halo = QColor(self.theme.pane)
        painter.setOpacity(0.8)
        for shift in (-1.5, 1.5):
            offset = QPointF(shift, shift)
            paint_arrow(painter, halo, start + offset, end + offset)
        painter.setOpacity(1)
        paint_arrow(painter, self.theme.text, start, end)


@lru_cache(maxsize=4096)
def _elided(font: str, text: str, room: int) -> tuple[str, int]:
    """Return as much of *text* as fits into *room* px, and how wide that is."""
    described = QFont()
    described.fromString(font)
    metrics = QFontMetrics(described)
    words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    return words, metrics.horizontalAdvance(words)


def bar_box(row: Row) -> QRectF:
    """Return where the slices of *row* stand within it (x and width left open)."""
    gap = 2 if row.height < 24 else max(4, round(row.height * 0.18))
    return QRectF(0, row.top + gap, 0, row.height - 2 * gap)


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return [begin, stop) of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.view(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
