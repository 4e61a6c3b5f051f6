"""Two runs on one axis of time and with one cursor.

Why: two runs are read against each other, so a moment of one must stand above the same moment of
the other: the same time since the start, or since the first thread was started.

Guarantees: whichever of the two a person moves, the other follows in the same step, *offset* later;
nothing is told in circles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject

from engine.trace import Trace
from gui.cursor import Cursor
from gui.marks import Marks
from gui.selection import Selection
from gui.time_axis import TimeAxis


@dataclass(frozen=True, slots=True)
class Times:
    """What the views of one run share."""

    cursor: Cursor
    axis: TimeAxis
    selection: Selection


def first_start(trace: Trace) -> int | None:
    """Return when the first thread that the script started began (ns), or None without one."""
    begun = [thread.begin for thread in trace.threads[1:] if thread.begin is not None]
    return min(begun, default=None)


class LinkedTime(QObject):
    """The times of run A and of run B. Attributes: a, b; offset (B's time less A's, in ns)."""

    def __init__(self, a: Trace, b: Trace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._traces = (a, b)
        self.a, self.b = self._times(), self._times()
        self.offset = 0
        self._telling = False
        for one, other, sign in ((self.a, self.b, 1), (self.b, self.a, -1)):
            one.cursor.moved.connect(self._cursor_teller(one, other, sign))
            one.axis.changed.connect(self._axis_teller(one, other, sign))
        self.align(0)

    def _times(self) -> Times:
        selection = Selection(self)
        return Times(Cursor(self), TimeAxis(self, Marks(selection, self)), selection)

    def align(self, offset: int) -> None:
        """Let A's moment 0 stand above B's moment *offset* (ns); show both as a whole."""
        self.offset = offset
        self._telling = True
        # Each may be looked at as far as the other goes.
        ends = [trace.now for trace in self._traces]
        self.a.cursor.end = max(ends[0], ends[1] - offset)
        self.b.cursor.end = max(ends[1], ends[0] + offset)
        self.a.cursor.seek(self.a.cursor.end)
        self.b.cursor.seek(self.a.cursor.time + offset)
        self._telling = False
        self.fit()

    def align_starts(self, first_threads: bool) -> bool:
        """Align by the start of the runs, or of their first threads; False where one has none."""
        starts = [first_start(trace) for trace in self._traces] if first_threads else [0, 0]
        one, other = starts
        if one is None or other is None:
            return False
        self.align(other - one)
        return True

    def fit(self) -> None:
        """Show both runs as a whole."""
        for each in (self.a, self.b):
            each.axis.total = max(self.a.cursor.end, self.b.cursor.end)
        begin, end = min(0, -self.offset), self.a.cursor.end
        room = 0.04 * max(1, end - begin)
        self.a.axis.show_range(begin - room / 2, end + room)

    def _cursor_teller(self, one: Times, other: Times, sign: int) -> Callable[[object], None]:
        def tell(_time: object) -> None:
            if not self._telling:
                self._telling = True
                other.cursor.seek(one.cursor.time + sign * self.offset)
                self._telling = False

        return tell

    def _axis_teller(self, one: Times, other: Times, sign: int) -> Callable[[], None]:
        def tell() -> None:
            if not self._telling:
                self._telling = True
                away = sign * self.offset
                other.axis.show_range(one.axis.start + away, one.axis.end + away)
                self._telling = False

        return tell
