"""Where the rows of the value view stand: one curve each, stacked on the shared axis of time.

Why rows: a balance of 10,000 and a list of three share no scale, so each value has its own.
Guarantees: one row has all the room; many keep a height that can be read, and are scrolled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gui.painting.steps import Steps

LEAST = 58  # px, a row that can be read
TEXT_ROW = 44  # px, a row of nothing but texts
BAND = 22  # px, the strip of a value that is no number
_FOOT, _HEAD = 9, 11  # px of room for dots
_WORDS = 20  # px of room for the words of an expected line


@dataclass(slots=True)
class Row:
    """One value: *curve* in the strip of *height* px from *top* on (px of the view).

    Attributes: name (of the watch or queue); label (what to call it); curve (None where nothing
    was recorded); note (why there is none); number (its place among all rows, shown or not).
    """

    name: str
    label: str
    curve: Steps | None
    note: str = ""
    number: int = 0
    top: float = 0.0
    height: float = 0.0

    @property
    def bottom(self) -> float:
        """Where the row ends."""
        return self.top + self.height

    @property
    def is_numeric(self) -> bool:
        """Whether there is a curve to draw."""
        return self.curve is not None and not self.curve.is_text

    @property
    def least_height(self) -> int:
        """How much room it needs."""
        return LEAST if self.curve is None or not self.curve.is_text else TEXT_ROW

    def range(self) -> tuple[float, float]:
        """Return the values that must find room: the recorded ones and the expected one."""
        curve = self.curve
        if curve is None or curve.is_text:
            return 0.0, 1.0
        low, high = curve.low, curve.high
        if curve.expected is not None:
            low, high = min(low, curve.expected), max(high, curve.expected)
        return (low, high) if high > low else (low - 1, high + 1)

    def y(self, value: float) -> float:
        """Return the y of *value* in px of the view."""
        low, high = self.range()
        foot, head = self._plot()
        return foot - (value - low) / (high - low) * (foot - head)

    def scaled(self) -> tuple[float, float]:
        """Return (value at the foot, px per unit) of the curve's part of the row."""
        low, high = self.range()
        foot, head = self._plot()
        return low, (foot - head) / (high - low)

    def foot(self) -> float:
        """Return the y of the least value."""
        return self._plot()[0]

    def band(self) -> tuple[float, float]:
        """Return the top and the bottom of the strip for texts."""
        if self.is_numeric:
            return self.bottom - BAND - 3, self.bottom - 3
        middle = self.top + self.height / 2
        return middle - BAND / 2, middle + BAND / 2

    def _plot(self) -> tuple[float, float]:
        curve = self.curve
        texts = BAND if curve is not None and curve.has_texts and not curve.is_text else 0
        words = _WORDS if curve is not None and curve.expected is not None else _HEAD
        foot = self.bottom - _FOOT - texts
        return foot, min(foot - 4, self.top + words)


class Rows:
    """The rows, and how far they are scrolled.

    Attributes: rows (all of them, in order, shown or not); offset (px).
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.offset = 0.0
        self._room = (0.0, 0.0)
        self._height = 0.0

    def lay_out(self, rows: Sequence[Row], top: float, height: float) -> None:
        """Give each row its place in *height* px from *top* on."""
        self.rows = list(rows)
        self._room = (top, height)
        least = float(sum(row.least_height for row in self.rows))
        spare = max(0.0, height - least) / max(1, len(self.rows))
        if any(row.is_numeric for row in self.rows):  # curves profit from room, texts do not
            numeric = sum(row.is_numeric for row in self.rows)
            spare = max(0.0, height - least) / numeric
        self._height = max(height, least)
        self.offset = max(0.0, min(self.offset, self._height - height))
        some_numeric = any(row.is_numeric for row in self.rows)
        y = top - self.offset
        for number, row in enumerate(self.rows):
            grows = row.is_numeric or not some_numeric
            row.number, row.top = number, y
            row.height = row.least_height + (spare if grows else 0.0)
            y += row.height

    @property
    def is_scrollable(self) -> bool:
        """Whether not all rows find room."""
        return self.hidden_height > 0.5

    @property
    def hidden_height(self) -> float:
        """How many px find no room."""
        return self._height - self._room[1]

    def visible(self) -> list[Row]:
        """Return the rows of which something can be seen."""
        top, height = self._room
        return [row for row in self.rows if row.bottom > top and row.top < top + height]

    def at(self, y: float) -> Row | None:
        """Return the row at *y* px of the view."""
        return next((row for row in self.visible() if row.top <= y < row.bottom), None)

    def offset_for(self, row: Row) -> float:
        """Return the offset nearest to the present one at which all of *row* can be seen."""
        top, height = self._room
        above, below = top - row.top, row.bottom - (top + height)
        if above > 0:
            return self.offset - above
        return self.offset + below if below > 0 else self.offset
