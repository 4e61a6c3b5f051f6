"""Pictures of a lock's lane where there are more steps than pixels, kept between frames.

Why: a window that glides shows nearly the same in each frame; adding up the pixels of twenty lanes
anew costs three frames' time.

Guarantees: a picture is made for the pixels of the screen, and for a stretch around the window, so
that a pan costs a copy; of those that are out of date at most `BUDGET` seconds are spent a frame
(and one is made in any case), and `unfinished` says that more are due: until then the last picture
is drawn where its time belongs now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from engine.events import State
from engine.pyramids import HolderPixels
from gui.painting.lane_painter import Looks
from gui.time_axis import Scale

BUDGET = 0.002
_AROUND = 0.25  # of the window that a picture reaches beyond it on either side
_KEPT = 128
_SAME = 1e-9

Pixels = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels of a picture: from *start* (ns) on, *width* of *per_pixel* ns, *height* high."""

    start: float
    per_pixel: float
    width: int
    height: int


@dataclass(slots=True)
class _Kept:
    image: QImage
    grid: Grid
    version: Hashable


class LockPictures:
    """The pictures. Attributes: unfinished (some are out of date)."""

    def __init__(self) -> None:
        self.unfinished = False
        self._kept: dict[Hashable, _Kept] = {}
        self._until = 0.0
        self._made = 0

    def begin_frame(self) -> None:
        """Start a frame."""
        self.unfinished = False
        self._until = time.perf_counter() + BUDGET
        self._made = 0

    def clear(self) -> None:
        """Forget all: another trace is shown."""
        self._kept.clear()

    def paint(
        self,
        painter: QPainter,
        key: Hashable,
        version: Hashable,
        scale: Scale,
        box: QRectF,
        make: Callable[[Grid], Pixels],
    ) -> None:
        """Draw the picture called *key* into *box*; *make* gives its pixels, if it is not kept.

        *version* differs when what it shows has changed.
        """
        density = painter.device().devicePixelRatioF()
        kept = self._kept.get(key)
        if kept is None or not _fits(kept, version, scale, density, box.height()):
            if self._made == 0 or time.perf_counter() < self._until:
                kept = self._kept[key] = self._new(version, scale, density, box.height(), make)
                self._made += 1
                if len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
            else:
                self.unfinished = True
        if kept is None:
            return
        grid = kept.grid
        left = scale.x(grid.start)
        width = grid.width * grid.per_pixel / scale.per_pixel
        painter.drawImage(QRectF(left, box.top(), width, box.height()), kept.image)

    def _new(
        self,
        version: Hashable,
        scale: Scale,
        density: float,
        height: float,
        make: Callable[[Grid], Pixels],
    ) -> _Kept:
        per_pixel = scale.per_pixel / density
        start = scale.start - _AROUND * (scale.end - scale.start)
        # On a grid that stays where it is, so that a pixel shows the same time after a pan.
        start = np.floor(start / per_pixel) * per_pixel
        width = int((1 + 2 * _AROUND) * (scale.right - scale.left) * density) + 1
        grid = Grid(float(start), per_pixel, width, max(1, round(height * density)))
        pixels = np.ascontiguousarray(make(grid), np.uint32)
        image = QImage(
            pixels.data, grid.width, grid.height, 4 * grid.width, QImage.Format.Format_ARGB32
        ).copy()
        return _Kept(image, grid, version)


def _fits(kept: _Kept, version: Hashable, scale: Scale, density: float, height: float) -> bool:
    grid = kept.grid
    per_pixel = scale.per_pixel / density
    return (
        kept.version == version
        and abs(grid.per_pixel - per_pixel) <= _SAME * per_pixel
        and grid.height == max(1, round(height * density))
        and grid.start <= scale.start
        and grid.start + grid.width * grid.per_pixel >= scale.end
    )


def holder_pixels(found: HolderPixels, colors: Callable[[int], int], grid: Grid) -> Pixels:
    """Return who held the lock longest in each pixel, as high as the share of its time held."""
    threads, place = np.unique(found.threads, return_inverse=True)
    table = np.array([0 if t < 0 else colors(t) for t in threads.tolist()], np.uint32)
    least = min(2, grid.height)
    tall = np.maximum(least, np.round(found.shares * grid.height))
    tall[found.threads < 0] = 0
    rows = np.arange(grid.height, 0, -1)[:, None]
    pixels: Pixels = np.where(rows <= tall[None, :], table[place.ravel()][None, :], 0)
    return pixels


def queue_pixels(most: npt.NDArray[Any], highest: int, look: Looks, grid: Grid) -> Pixels:
    """Return the curve of how many waited at most in each pixel, *highest* at the top."""
    tall = np.ceil(most / max(1, highest) * grid.height)
    ink = look.stripes(round(grid.start / grid.per_pixel), grid.width)
    down = np.arange(grid.height)
    plain, striped = look.picture_colors()[2 * State.WAITS_LOCK :][:2]
    hatch = np.where(ink[down % look.period], np.uint32(striped), np.uint32(plain))
    rows = (grid.height - down)[:, None]
    filled = np.where(rows <= tall[None, :], hatch, 0)
    edge = (rows == tall[None, :]) & (tall[None, :] > 0)
    pixels: Pixels = np.where(edge, look.theme.lock_wait.rgba(), filled).astype(np.uint32)
    return pixels
