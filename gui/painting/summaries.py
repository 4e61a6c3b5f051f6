"""The one lane of a folded process: how many of its threads ran, waited and slept at each moment.

Why: a folded process must not look as if it did nothing. Bands stand upon each other as in the map
of the whole run.

Guarantees: exact for each pixel (`engine.crowd`); a frame spends `BUDGET_MS` on all of them, or
one thread's time on each, and says whether another is due; until then the last picture stands
where its time belongs. While a run goes on a picture is made anew at most every `FRESH_MS`.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QElapsedTimer, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from engine.columns import Ints
from engine.crowd import crowd
from engine.trace import Trace
from gui.painting.crowd import crowd_image
from gui.painting.rows import Row
from gui.theme import Theme, body_font
from gui.time_axis import LABEL_WIDTH, Scale

BUDGET_MS = 3
FRESH_MS = 120
_STEP = 2  # px a column
_AHEAD = 0.25  # of a window, on either side: it glides


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a picture shows: columns *first* to *stop*, each *length* ns, of *lanes* up to *now*."""

    length: float
    first: int
    stop: int
    lanes: tuple[int, ...]
    events: int
    now: int

    def edges(self) -> Ints:
        edges: Ints = np.rint(np.arange(self.first, self.stop + 1) * self.length).astype(np.int64)
        return edges


class _Summary:
    """One process's picture, and the next one while it is being made."""

    def __init__(self) -> None:
        self.wanted: _Wanted | None = None
        self.made: Generator[None, None, Ints] | None = None
        self.shown: _Wanted | None = None
        self.threads = np.zeros((0, 0))
        self.age = QElapsedTimer()
        self.image: tuple[tuple[object, ...], QImage] | None = None

    @property
    def peak(self) -> int:
        """How many threads fill the whole height."""
        return max(1, math.ceil(float(self.threads.sum(axis=1).max(initial=0.0)) - 1e-6))


class Summaries:
    """The pictures of all folded processes of one trace."""

    def __init__(self) -> None:
        self._trace: Trace | None = None
        self._summaries: dict[int, _Summary] = {}
        self._clock = QElapsedTimer()

    def begin_frame(self, trace: Trace) -> None:
        """Start a frame's budget; another *trace* begins anew."""
        if trace is not self._trace:
            self._trace = trace
            self._summaries.clear()
        self._clock.start()

    def paint(
        self, painter: QPainter, theme: Theme, row: Row, lanes: Sequence[int], scale: Scale
    ) -> bool:
        """Draw what *lanes* do into *row*; say whether another frame is due."""
        assert self._trace is not None
        summary = self._summaries.setdefault(row.number, _Summary())
        due = self._refresh(summary, self._trace, tuple(lanes), scale)
        if summary.shown is not None:
            self._draw(painter, theme, row, summary, scale)
        return due

    def _refresh(
        self, summary: _Summary, trace: Trace, lanes: tuple[int, ...], scale: Scale
    ) -> bool:
        wanted = self._wants(summary, trace, lanes, scale)
        if summary.shown == wanted:
            return False
        stale = summary.wanted is None or not _is_near(summary.wanted, wanted)
        if summary.made is None or stale:
            live = summary.shown is not None and _is_near(summary.shown, wanted)
            if live and summary.age.elapsed() < FRESH_MS:
                return True
            summary.wanted = wanted
            ends = [trace.threads[n].end for n in lanes]
            untils = [wanted.now if end is None else min(end, wanted.now) for end in ends]
            each = zip((trace.lanes[n] for n in lanes), untils, strict=True)
            summary.made = crowd(each, wanted.edges())
        return not self._go_on(summary)

    def _wants(
        self, summary: _Summary, trace: Trace, lanes: tuple[int, ...], scale: Scale
    ) -> _Wanted:
        """Return what would serve *scale*: the columns that are there, if they do."""
        length = scale.per_pixel * _STEP
        first, stop = math.floor(scale.start / length), math.ceil(scale.end / length)
        for known in (summary.wanted, summary.shown):
            same = known is not None and abs(known.length / length - 1) < 1e-7
            if known and same and known.first <= first and stop <= known.stop:
                return _Wanted(known.length, known.first, known.stop, lanes, len(trace), trace.now)
        more = round((stop - first) * _AHEAD)
        return _Wanted(length, first - more, stop + more, lanes, len(trace), trace.now)

    def _go_on(self, summary: _Summary) -> bool:
        """Go on with the next picture as long as the budget lasts; say whether it is complete."""
        while summary.made is not None:
            try:
                next(summary.made)
            except StopIteration as done:
                assert summary.wanted is not None
                summary.shown, summary.made = summary.wanted, None
                lengths = np.maximum(np.diff(summary.shown.edges()), 1)
                summary.threads = done.value / lengths[:, None]
                summary.image = None
                summary.age.start()
            if self._clock.nsecsElapsed() >= BUDGET_MS * 1e6:
                break
        return summary.made is None

    def _draw(
        self, painter: QPainter, theme: Theme, row: Row, summary: _Summary, scale: Scale
    ) -> None:
        shown = summary.shown
        assert shown is not None
        density = painter.device().devicePixelRatioF()
        height = row.height - 4
        key = (theme.name, height, density)
        if summary.image is None or summary.image[0] != key:
            wide = np.repeat(summary.threads, max(1, round(_STEP * density)), axis=0)
            image = crowd_image(theme, wide, round(height * density), summary.peak)
            summary.image = key, image
        left = scale.x(shown.first * shown.length)
        right = scale.x(shown.stop * shown.length)
        painter.save()
        plot = QRectF(LABEL_WIDTH, row.top, scale.right - LABEL_WIDTH, row.height)
        painter.setClipRect(plot, Qt.ClipOperation.IntersectClip)
        painter.drawImage(QRectF(left, row.top + 2, right - left, height), summary.image[1])
        painter.restore()
        if row.height >= 14:
            painter.setFont(body_font(11))
            painter.setPen(theme.quiet)
            high = "1 thread high" if summary.peak == 1 else f"{summary.peak} threads high"
            painter.drawText(QPointF(26, row.top + row.height / 2 + 4), high)


def _is_near(one: _Wanted, other: _Wanted) -> bool:
    """Whether both are the same columns of the same lanes, at whatever moment."""
    return (one.length, one.first, one.stop, one.lanes) == (
        other.length, other.first, other.stop, other.lanes,
    )  # fmt: skip
