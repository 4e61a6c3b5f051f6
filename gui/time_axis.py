"""The stretch of time that all panes with a time axis show.

Why: lanes, value and CPU curves are read against each other, so a moment must stand at the same
x in all of them.

Guarantees: the span stays within [`SHORTEST`, `LONGEST`]; `changed` is emitted once for each
change and never without one; the conversion is linear and exact in both directions. A window that
follows moves with the frame clock, not when a batch arrives; what moves by itself is there within
`MOTION_MS`, and at once where the system asks for no motion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Signal

from gui.marks import Marks

LABEL_WIDTH = 136  # px: the column of names, also where there are none, so that axes align
RIGHT_MARGIN = 14  # px
SHORTEST = 1_000.0  # ns
LONGEST = 86_400e9
FIRST_SPAN = 1e9
GROWS_TO = 12e9  # a live window grows up to here, so that short runs stay in view as a whole
LIVE_EDGE = 0.88  # where the present stands in a window that glides
LEAD = 0.02  # the share of the window that is left free before 0
MARGIN = 0.12  # the share left free on either side of a stretch that is looked at
MOTION_MS = 140
SETTLES = 60e6  # ns: by then two thirds of a difference from the present have gone
_AHEAD = 0.02  # of a window
_FAR = 0.05  # of a window: from here on the window travels, it was somewhere else


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
        marks: what stands on the axis beside its ticks.
        motion: whether `show` and `glide` may take a moment.
        by_itself: it is the clock that moves the window just now, and no person.

    Signals:
        changed(): the range has changed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, marks: Marks | None = None) -> None:
        super().__init__(parent)
        self.start = -LEAD * FIRST_SPAN
        self.end = self.start + FIRST_SPAN
        self.total = 0.0
        self.marks = Marks(parent=self) if marks is None else marks
        self.motion = False
        self.by_itself = False
        self._grows = True
        self._live: float | None = None  # the present as it glides
        self._travel = QVariantAnimation(self)
        self._travel.setDuration(MOTION_MS)
        self._travel.setStartValue(0.0)
        self._travel.setEndValue(1.0)
        self._travel.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._travel.valueChanged.connect(self._travelled)
        self._from = self._to = (0.0, 0.0)
        self._sets = self._set  # what a travel sets the range by

    @property
    def span(self) -> float:
        """The visible length of time in ns."""
        return self.end - self.start

    @property
    def is_travelling(self) -> bool:
        """Whether the window is on its way to where `show` sent it."""
        return self._travel.state() == QVariantAnimation.State.Running

    @property
    def aim(self) -> tuple[float, float]:
        """The range when nothing moves any more: (start, end)."""
        start, span = self._to if self.is_travelling else (self.start, self.span)
        return start, start + span

    def scale(self, width: float, left: float = LABEL_WIDTH) -> Scale:
        """Return the conversion for a pane *width* px wide whose plot begins at *left*."""
        return Scale(self.start, self.end, left, max(left + 1.0, width - RIGHT_MARGIN))

    def zoom(self, factor: float, at: float) -> None:
        """Show *factor* times as much time (below 1: closer); *at* (ns) stays where it is."""
        if factor <= 0:
            raise ValueError(f"a zoom factor is positive, not {factor}")
        self._arrive()
        span = min(LONGEST, max(SHORTEST, self.span * factor))
        share = (at - self.start) / self.span
        self._grows = False
        self._set(at - share * span, span)

    def pan(self, fraction: float) -> None:
        """Move the window by *fraction* of its span; positive goes later."""
        self._arrive()
        self._grows = False
        self._set(self.start + fraction * self.span, self.span)

    def fit(self, total: float) -> None:
        """Show the run as a whole, *total* ns long, at once."""
        self._travel.stop()
        self._set(*self._whole(total))

    def fit_smoothly(self, total: float) -> None:
        """Go to the run as a whole, *total* ns long."""
        self._go(*self._whole(total))

    def show(self, start: float, end: float) -> None:
        """Go to the stretch [start, end] (ns), a little room on either side of it."""
        room = MARGIN * max(SHORTEST, end - start)
        self.show_range(start - room, end + room)

    def show_range(self, start: float, end: float) -> None:
        """Go to exactly [start, end] (ns), as far as the bounds allow."""
        span = min(LONGEST, max(SHORTEST, end - start))
        self._grows = False
        self._go((start + end - span) / 2, span)

    def put(self, start: float, end: float) -> None:
        """Show exactly [start, end] (ns) at once, as far as the bounds allow."""
        self._travel.stop()
        span = min(LONGEST, max(SHORTEST, end - start))
        self._grows = False
        self._set(start, span)

    def reset(self) -> None:
        """Go back to the first second: a new run begins."""
        self._travel.stop()
        self.total = 0.0
        self._grows = True
        self._live = None
        self._set(-LEAD * FIRST_SPAN, FIRST_SPAN)

    def follow(self, now: float) -> None:
        """Keep *now* in view: grow while the run is short and nobody zoomed, then glide."""
        self._live = now
        self._set_by_itself(*self._following(now))

    def glide(self, now: float, elapsed: float) -> bool:
        """Do what `follow` does, smoothly, one frame of *elapsed* ns after the last.

        The window goes on at the pace of the clock and is drawn towards *now*, so that a present
        that comes in jerks (a batch, a late frame) moves it evenly; a window that was elsewhere
        travels to the present. Returns whether it is there: if not, another frame is due.
        """
        if not self.motion:
            self.follow(now)
            return True
        share = -math.expm1(-elapsed / SETTLES)
        live = now if self._live is None else self._live + elapsed
        # A present that has jumped past a window is another one: a pause that was cut out, a run.
        live = now if abs(now - live) > self.span else live + (now - live) * share
        # Ahead of what is known it goes a little only: the present may have come to a stop.
        self._live = min(live, now + _AHEAD * self.span)
        self._travel.stop()
        return self._approach(*self._following(self._live), elapsed)

    def accompany(self, t: float, elapsed: float) -> None:
        """Keep *t*, a moment that moves by itself, in view: glide with it where it is late in view.

        A window from which it is gone begins anew with it. *elapsed* is as for `glide`.
        """
        start, end = self.aim
        edge = start + LIVE_EDGE * (end - start)
        if edge < t <= end and not self.is_travelling:
            self._approach(t - LIVE_EDGE * self.span, self.span, elapsed)
        elif not start <= t <= end:
            self._go(t - 0.1 * (end - start), end - start, by_itself=True)

    def _approach(self, start: float, span: float, elapsed: float) -> bool:
        """Set the range; where that would be a jump, go a part of the way, and return False."""
        away, growth = start - self.start, span / self.span
        near = abs(away) <= _FAR * span + elapsed and abs(growth - 1) <= _FAR
        share = 1.0 if near or not self.motion else -math.expm1(-2 * elapsed / SETTLES)
        self._set_by_itself(*self._between((self.start, self.span), (start, span), share))
        return share >= 1.0

    def _between(
        self, begin: tuple[float, float], end: tuple[float, float], share: float
    ) -> tuple[float, float]:
        """Return the range (start, span) after *share* of the way from *begin* to *end*.

        Lengths change in proportion, so that a zoom is as quick at its end as at its start.
        """
        (start, span), (start_to, span_to) = begin, end
        if share >= 1.0:
            return end
        length = span * (span_to / span) ** share
        eased = share if span == span_to else (length - span) / (span_to - span)
        return start + (start_to - start) * eased, length

    def keep_visible(self, t: float) -> None:
        """Move the window, when *t* has left it, so that *t* stands near its beginning."""
        start, end = self.aim
        if not start <= t <= end:
            self._go(t - 0.1 * (end - start), end - start)

    def _whole(self, total: float) -> tuple[float, float]:
        self.total = total
        self._grows = True
        span = min(LONGEST, max(SHORTEST, total * 1.1))
        return -LEAD * span, span

    def _following(self, now: float) -> tuple[float, float]:
        """Return the range (start, span) in which *now* is seen as the present."""
        self.total = max(self.total, now)
        span = self.span
        if now <= self.start + LIVE_EDGE * span and now >= self.start:
            return self.start, span
        if self._grows and span < GROWS_TO:
            span = min(GROWS_TO, max(span, now / (LIVE_EDGE - LEAD)))
        return max(-LEAD * span, now - LIVE_EDGE * span), span

    def _go(self, start: float, span: float, *, by_itself: bool = False) -> None:
        self._travel.stop()
        self._sets = self._set_by_itself if by_itself else self._set
        if not self.motion:
            self._sets(start, span)
            return
        self._from, self._to = (self.start, self.span), (self._bounded(start, span), span)
        if self._from != self._to:
            self._travel.start()

    def _travelled(self, share: float) -> None:
        if not self.is_travelling:  # the value of a travel that was stopped or is being set up
            return
        self._sets(*self._between(self._from, self._to, share))

    def _arrive(self) -> None:
        """Be where the window was on its way to: a person goes on from there."""
        if self.is_travelling:
            self._travel.stop()
            self._set(*self._to)

    def _bounded(self, start: float, span: float) -> float:
        # Half a window past either end is as far as there is something to look at.
        return max(-0.5 * span, min(start, max(self.total - 0.5 * span, -LEAD * span)))

    def _set_by_itself(self, start: float, span: float) -> None:
        self.by_itself = True
        try:
            self._set(start, span)
        finally:
            self.by_itself = False

    def _set(self, start: float, span: float) -> None:
        start = self._bounded(start, span)
        if (start, start + span) != (self.start, self.end):
            self.start, self.end = start, start + span
            self.changed.emit()
