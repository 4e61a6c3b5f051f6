"""Pictures of crowded lanes, cut into tiles that outlive a frame.

Why: a window that glides or pans shows mostly what it showed before. A tile covers 256 pixels at
one zoom and stands at a multiple of its own length, so it can be shown again at another place;
only the tile in which the lane grows is made anew. While somebody zooms every tile is stale at
once (32 lanes with 1e6 slices: 30 ms), so a frame makes what fits in `BUDGET_MS`, and stretches
the tiles of the zoom before for the rest until the next frame.

Guarantees: a tile is reused only while nothing that it shows can have changed; `unfinished` says
whether a stretched one was shown; tiles are kept near the window only, and for `KEPT` lanes.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QElapsedTimer, QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from engine.lanes import Lane
from gui.painting.lane_painter import Looks, pixel_rows
from gui.painting.level_of_detail import Sums, pixel_states
from gui.time_axis import Scale

COLUMNS = 256  # a multiple of the hatches' period, so that they meet
KEPT = 200
BUDGET_MS = 5
_NEAR = 8  # tiles to either side of the window


@dataclass(frozen=True, slots=True)
class _Tile:
    image: QImage
    count: int  # slices of the lane when it was made
    upto: float  # the end of what it shows
    complete: bool  # the lane had gone past it


@dataclass(slots=True)
class _LaneTiles:
    """The tiles of one lane at one zoom, height and look."""

    per_pixel: float
    height: int
    look: Looks
    tiles: dict[int, _Tile] = field(default_factory=dict)


class Tiles:
    """The tiles of all lanes of one trace.

    Attributes:
        unfinished: the frame shows lanes stretched from another zoom; another frame is due.
    """

    def __init__(self) -> None:
        self.unfinished = False
        self._sums: dict[int, Sums] = {}
        self._lanes: OrderedDict[int, _LaneTiles] = OrderedDict()
        self._clock = QElapsedTimer()

    def clear(self) -> None:
        """Forget everything: another trace."""
        self._sums.clear()
        self._lanes.clear()

    def begin_frame(self) -> None:
        """Start the frame's budget."""
        self.unfinished = False
        self._clock.start()

    def paint(
        self,
        painter: QPainter,
        look: Looks,
        lane: Lane,
        number: int,
        scale: Scale,
        box: QRectF,
        until: int,
        colors: dict[int, int],
    ) -> None:
        """Draw lane *number* into *box* (y and height) up to *until* (ns)."""
        height = int(box.height())
        kept = self._lanes.get(number)
        # The span of a panned window differs in the last digits; a tile must not mind.
        same_zoom = kept is not None and abs(scale.per_pixel / kept.per_pixel - 1) < 1e-7
        same_look = kept is not None and kept.look is look and kept.height == height
        if kept is None or not (same_zoom and same_look):
            if kept is not None and same_look and self._clock.elapsed() >= BUDGET_MS:
                self.unfinished = True
                _draw(painter, kept, scale, box)
                return
            kept = self._lanes[number] = _LaneTiles(scale.per_pixel, height, look)
            if len(self._lanes) > KEPT:
                self._lanes.popitem(last=False)
        self._freshen(kept, lane, number, scale, until, colors)
        _draw(painter, kept, scale, box)

    def _freshen(
        self,
        kept: _LaneTiles,
        lane: Lane,
        number: int,
        scale: Scale,
        until: int,
        colors: dict[int, int],
    ) -> None:
        length = kept.per_pixel * COLUMNS
        first = math.floor(scale.start / length)
        last = math.floor(min(scale.end, until) / length)
        stale = [
            index
            for index in range(first, last + 1)
            if not _is_fresh(kept.tiles.get(index), lane, min(until, (index + 1) * length))
        ]
        if not stale:
            return
        # Neighbours in one go: the cost is that of calls, not of pixels.
        wanted = range(stale[0], stale[-1] + 1)
        sums = self._sums.setdefault(number, Sums()).update(lane)
        width = len(wanted) * COLUMNS
        start, end = wanted.start * length, wanted.stop * length
        pixels = pixel_states(lane, sums, start, end, width, until)
        rows = np.ascontiguousarray(pixel_rows(kept.look, pixels, kept.height, colors))
        image = QImage(
            rows.data, width, kept.height, width * 4, QImage.Format.Format_ARGB32_Premultiplied
        )
        for place, index in enumerate(wanted):
            over = (index + 1) * length
            complete = until >= over and lane.starts.last() >= over
            part = image.copy(place * COLUMNS, 0, COLUMNS, kept.height)
            kept.tiles[index] = _Tile(part, len(lane.starts), min(until, over), complete)
        for index in [i for i in kept.tiles if not first - _NEAR <= i <= last + _NEAR]:
            del kept.tiles[index]


def _is_fresh(tile: _Tile | None, lane: Lane, upto: float) -> bool:
    return tile is not None and (
        tile.complete or (tile.count == len(lane.starts) and tile.upto == upto)
    )


def _draw(painter: QPainter, kept: _LaneTiles, scale: Scale, box: QRectF) -> None:
    length = kept.per_pixel * COLUMNS
    width = length / scale.per_pixel
    stretched = abs(width - COLUMNS) > 0.01
    for index, tile in kept.tiles.items():
        x = scale.x(index * length)
        if x + width < scale.left or x > scale.right:
            continue
        if stretched:
            painter.drawImage(QRectF(x, box.top(), width, tile.image.height()), tile.image)
        else:
            painter.drawImage(QPointF(round(x), box.top()), tile.image)
