"""Pictures of crowded lanes, one a lane, that outlive a frame.

Why: a window that glides or pans shows mostly what it showed before. The pixels of a sheet stand on
a grid that begins at the run's start, so they serve another window at the same zoom; only what
comes into view, and the pixels in which the lane grows, are looked up. While somebody zooms every
sheet is stale at once, so a frame makes what fits in `BUDGET_MS`, the oldest first, and shows the
others' pixels of the zoom before where they belong.

Guarantees: a pixel is reused only while nothing that it shows can have changed; `unfinished` says
whether another frame is due; a lane that was never shown is there at once, if need be with edges
of pixels that are half a group of slices off until the next frames; sheets are as
wide as three windows at most, and kept for `KEPT` lanes; one pixel is one of the device, so
pictures are crisp on dense screens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QElapsedTimer, QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from engine.lanes import Lane
from gui.painting.lane_painter import FIRST_LOCK, Looks, lanes_picture
from gui.painting.level_of_detail import pixel_states
from gui.time_axis import Scale

Bytes = npt.NDArray[np.uint8]
KEPT = 200
BUDGET_MS = 4
LIVE_BUDGET_MS = 3  # while events arrive: taking them in is part of the same frame
_AHEAD = 64  # pixels are looked up in strips as wide as this: the cost is that of calls
_SAME = 1e-7  # the span of a panned window differs in the last digits
_LIKE = 0.02  # a zoom nearer than this to a sheet's own is shown by it while it goes on changing


@dataclass(frozen=True, slots=True)
class Crowded:
    """One lane to paint: *box* says where (y and height), *until* where it ends (ns)."""

    number: int
    lane: Lane
    box: QRectF
    until: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels of a window: number *first* up to *stop*, each *length* ns long."""

    length: float
    first: int
    stop: int

    @classmethod
    def of(cls, scale: Scale, density: float) -> Grid:
        """Return the grid of the window *scale* with *density* pixels to one of ours."""
        length = scale.per_pixel / density
        return cls(length, math.floor(scale.start / length), math.ceil(scale.end / length))


class Sheet:
    """The pixels of one lane at one zoom.

    Attributes:
        length: ns a pixel.
        first: the number of the first pixel, counted from the run's start.
        states, locks: what each shows (State; the number of a picture's colour, 0: no lock held).
        made: in which frame it was brought up to date last.
        is_rough: its pixels are not exact yet.
    """

    def __init__(self, length: float) -> None:
        self.length = length
        self.first = 0
        self.made = 0
        self.is_rough = False
        self.states: Bytes = np.zeros(0, np.uint8)
        self.locks: Bytes = np.zeros(0, np.uint8)
        self._known = (-1, -1)  # slices and end of the lane when it was looked at
        self._sure = 0  # pixels before this number cannot change any more

    @property
    def stop(self) -> int:
        """The number behind that of the last pixel."""
        return self.first + len(self.states)

    def is_current(self, crowded: Crowded, first: int, stop: int) -> bool:
        """Whether it holds the pixels [*first*, *stop*) as they are now."""
        first, stop = self._within(crowded, first, stop)
        return first >= stop or (self.first <= first and stop <= self._still_so(crowded))

    def update(
        self, crowded: Crowded, first: int, stop: int, numbers: Bytes, *, exact: bool
    ) -> None:
        """Hold the pixels [*first*, *stop*) as they are now, and some around.

        *numbers* gives the colour's number of each lock, by object number.
        """
        first, stop = self._within(crowded, first // _AHEAD * _AHEAD, -(-stop // _AHEAD) * _AHEAD)
        begin, end = self.first, max(self.first, self._still_so(crowded))
        room = stop - first
        begin, end = max(begin, first - room), min(end, stop + room)
        if begin >= end or begin > stop or end < first:
            begin = end = first
        kept = slice(begin - self.first, end - self.first)
        states, locks = [self.states[kept]], [self.locks[kept]]
        for left, right, place in ((first, begin, 0), (end, stop, 2)):
            if left < right:
                edges = np.rint(np.arange(left, right + 1) * self.length).astype(np.int64)
                pixels = pixel_states(crowded.lane, edges, crowded.until, exact=exact)
                states.insert(place, pixels.states)
                locks.insert(place, numbers[pixels.locks])
        self.states, self.locks = np.concatenate(states), np.concatenate(locks)
        self.first = min(first, begin)
        self.is_rough = not exact
        self._known = (len(crowded.lane.starts), crowded.until)
        self._sure = math.floor(min(crowded.until, crowded.lane.starts.last()) / self.length)

    def shown(self, grid: Grid, states: Bytes, locks: Bytes) -> None:
        """Write what each pixel of *grid* shows into *states* and *locks*; none: as they are."""
        share = self.length / grid.length
        if _is_near(grid.length, self.length, _SAME):
            moved = round(grid.first / share) - grid.first
            first = max(grid.first, self.first - moved)
            stop = min(grid.stop, self.stop - moved)
            part = slice(first + moved - self.first, stop + moved - self.first)
            if first < stop:
                states[first - grid.first : stop - grid.first] = self.states[part]
                locks[first - grid.first : stop - grid.first] = self.locks[part]
            return
        first = max(grid.first, round(self.first * share))
        stop = min(grid.stop, round(self.stop * share))
        if first < stop:
            places = (np.arange(first + 0.5, stop) / share).astype(np.int64) - self.first
            part = slice(first - grid.first, stop - grid.first)
            self.states.take(places, mode="clip", out=states[part])
            self.locks.take(places, mode="clip", out=locks[part])

    def _within(self, crowded: Crowded, first: int, stop: int) -> tuple[int, int]:
        """Return what of [*first*, *stop*) lies where the lane is known."""
        first = max(first, math.floor(crowded.lane.begin / self.length))
        return first, max(first, min(stop, math.floor(crowded.until / self.length) + 1))

    def _still_so(self, crowded: Crowded) -> int:
        """Return up to which number its pixels are what the lane shows now."""
        count, until = self._known
        if self.is_rough:
            return self.first
        if count != len(crowded.lane.starts):
            return min(self._sure, self.stop)
        return self.stop if until == crowded.until else min(self.stop, int(until // self.length))


class Sheets:
    """The sheets of all lanes of one trace.

    Attributes:
        unfinished: the frame shows lanes as they were a little before; another frame is due.
    """

    def __init__(self) -> None:
        self.unfinished = False
        self._sheets: dict[int, Sheet] = {}
        self._clock = QElapsedTimer()
        self._frame = 0
        self._length = 0.0
        self._slices = 0
        self._picture = QImage()
        self._drawn: tuple[object, ...] = ()

    def clear(self) -> None:
        """Forget everything: another trace."""
        self._sheets.clear()

    def begin_frame(self) -> None:
        """Start the frame's budget, of which other shapes take their part."""
        self._clock.start()

    def paint(
        self,
        painter: QPainter,
        look: Looks,
        crowded: Sequence[Crowded],
        scale: Scale,
        ranks: dict[int, int],
    ) -> None:
        """Draw the lanes *crowded*; *ranks* says which colour each lock has."""
        self._frame += 1
        grid = Grid.of(scale, look.scale)
        self._freshen(crowded, grid, _lock_numbers(ranks))
        by_height: dict[int, list[Crowded]] = {}
        for lane in crowded:
            by_height.setdefault(max(1, round(lane.box.height() * look.scale)), []).append(lane)
        x = round(scale.x(grid.first * grid.length) * look.scale) / look.scale
        for height, lanes in by_height.items():
            tops = [round(lane.box.top() * look.scale) for lane in lanes]
            picture = self._picture_of(look, lanes, [top - min(tops) for top in tops], height, grid)
            painter.drawImage(QPointF(x, min(tops) / look.scale), picture)

    def _freshen(self, crowded: Sequence[Crowded], grid: Grid, numbers: Bytes) -> None:
        """Bring sheets up to date, the oldest first, as many as the budget allows."""
        self.unfinished = False
        made = 0
        slices = sum(len(lane.lane.starts) for lane in crowded)
        budget = BUDGET_MS if slices == self._slices else min(BUDGET_MS, LIVE_BUDGET_MS)
        self._slices = slices
        is_still = _is_near(grid.length, self._length, _SAME)
        self._length = grid.length
        allowed = _SAME if is_still else _LIKE
        for lane in sorted(crowded, key=lambda lane: self._age(lane.number)):
            sheet = self._sheets.get(lane.number)
            fits = sheet is not None and _is_near(grid.length, sheet.length, allowed)
            first, stop = grid.first, grid.stop
            if sheet is not None and fits:
                share = grid.length / sheet.length
                first, stop = math.floor(first * share), math.ceil(stop * share)
                self.unfinished |= not _is_near(share, 1.0, _SAME)
                if sheet.is_current(lane, first, stop):
                    continue
            exact = not made or self._clock.elapsed() < budget
            self.unfinished |= not exact
            if sheet is not None and not exact:
                continue
            if sheet is None or not fits:
                sheet = self._sheets[lane.number] = Sheet(grid.length)
            sheet.update(lane, first, stop, numbers, exact=exact)
            sheet.made = self._frame
            made += 1
        self._forget(crowded)

    def _age(self, number: int) -> int:
        sheet = self._sheets.get(number)
        return 0 if sheet is None else sheet.made

    def _forget(self, crowded: Sequence[Crowded]) -> None:
        if len(self._sheets) > KEPT:
            seen = {lane.number for lane in crowded}
            gone = sorted(set(self._sheets) - seen, key=self._age)
            for number in gone[: len(self._sheets) - KEPT]:
                del self._sheets[number]

    def _picture_of(
        self, look: Looks, crowded: Sequence[Crowded], tops: list[int], height: int, grid: Grid
    ) -> QImage:
        """Return the picture of all *crowded* lanes, from the last frame where it is the same."""
        sheets = [self._sheets[lane.number] for lane in crowded]
        drawn = (look, tops, height, grid, [(id(sheet), sheet.made) for sheet in sheets])
        if drawn != self._drawn:
            states = np.zeros((len(sheets), grid.stop - grid.first), np.uint8)
            locks = np.zeros_like(states)
            for place, sheet in enumerate(sheets):
                sheet.shown(grid, states[place], locks[place])
            self._picture = lanes_picture(look, states, locks, tops, height, grid.first)
            self._picture.setDevicePixelRatio(look.scale)
            self._drawn = drawn
        return self._picture


def _is_near(one: float, other: float, share: float) -> bool:
    return abs(one - other) <= share * one


def _lock_numbers(ranks: dict[int, int]) -> Bytes:
    """Return the number of each lock among a picture's colours, by object number (0: none)."""
    numbers = np.zeros(max(ranks, default=0) + 1, np.uint8)
    for lock, rank in ranks.items():
        numbers[lock] = FIRST_LOCK + rank % (256 - FIRST_LOCK)
    return numbers
