"""The stretch of time that all panes with a time axis show.

Why: lanes, value and CPU curves are read against each other, so a moment must stand at the same
x in all of them.

Guarantees: the span stays within [`SHORTEST`, `LONGEST`]; `changed` is emitted once for each
change and never without one; the conversion is linear and exact in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

LABEL_WIDTH = 136  # px: the column of names, also where there are none, so that axes align
RIGHT_MARGIN = 14  # px
SHORTEST = 1_000.0  # ns
LONGEST = 86_400e9
FIRST_SPAN = 1e9
GROWS_TO = 12e9  # a live window grows up to here, so that short runs stay in view as a whole
LIVE_EDGE = 0.88  # where the present stands in a window that glides
LEAD = 0.02  # the share of the window that is left free before 0


@dataclass(frozen=True, slots=True)
class Scale:
    """A window of time laid over pixels: *start*..*end* in ns stand at *left*..*right* in px."""

    start: float
    end: float
    left: float
    right: float

    @property
    def per_pixel(self) -> float:
        """Nanoseconds in one pixel."""
        return (self.end - self.start) / max(1.0, self.right - self.left)

    def x(self, t: float) -> float:
        """Return the x of time *t*."""
        return self.left + (t - self.start) / self.per_pixel

    def t(self, x: float) -> float:
        """Return the time at *x*."""
        return self.start + (x - self.left) * self.per_pixel


class TimeAxis(QObject):
    """The visible range of time.

    Attributes:
        start, end: the range, in ns since the run's start; start may lie a little before 0.
        total: the length of the run as last told by `fit` or `follow`, in ns.

    Signals:
        changed(): the range has changed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.start = -LEAD * FIRST_SPAN
        self.end = self.start + FIRST_SPAN
        self.total = 0.0
        self._grows = True

    @property
    def span(self) -> float:
        """The visible length of time in ns."""
        return self.end - self.start

    def scale(self, width: float, left: float = LABEL_WIDTH) -> Scale:
        """Return the conversion for a pane *width* px wide whose plot begins at *left*."""
        return Scale(self.start, self.end, left, max(left + 1.0, width - RIGHT_MARGIN))

    def zoom(self, factor: float, at: float) -> None:
        """Show *factor* times as much time (below 1: closer); *at* (ns) stays where it is."""
        if factor <= 0:
            raise ValueError(f"a zoom factor is positive, not {factor}")
        span = min(LONGEST, max(SHORTEST, self.span * factor))
        share = (at - self.start) / self.span
        self._grows = False
        self._set(at - share * span, span)

    def pan(self, fraction: float) -> None:
        """Move the window by *fraction* of its span; positive goes later."""
        self._grows = False
        self._set(self.start + fraction * self.span, self.span)

    def fit(self, total: float) -> None:
        """Show the run as a whole, *total* ns long."""
        self.total = total
        span = min(LONGEST, max(SHORTEST, total * 1.1))
        self._grows = True
        self._set(-LEAD * span, span)

    def reset(self) -> None:
        """Go back to the first second: a new run begins."""
        self.total = 0.0
        self._grows = True
        self._set(-LEAD * FIRST_SPAN, FIRST_SPAN)

    def follow(self, now: float) -> None:
        """Keep *now* in view: grow while the run is short and nobody zoomed, then glide."""
        self.total = max(self.total, now)
        span = self.span
        if now <= self.start + LIVE_EDGE * span and now >= self.start:
            return
        if self._grows and span < GROWS_TO:
            span = min(GROWS_TO, max(span, now / (LIVE_EDGE - LEAD)))
        self._set(max(-LEAD * span, now - LIVE_EDGE * span), span)

    def keep_visible(self, t: float) -> None:
        """Move the window, when *t* has left it, so that *t* stands near its beginning."""
        if not self.start <= t <= self.end:
            self._set(t - 0.1 * self.span, self.span)

    def _set(self, start: float, span: float) -> None:
        # Half a window past either end is as far as there is something to look at.
        start = max(-0.5 * span, min(start, max(self.total - 0.5 * span, -LEAD * span)))
        if (start, start + span) != (self.start, self.end):
            self.start, self.end = start, start + span
            self.changed.emit()
