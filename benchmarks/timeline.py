"""What a frame of the timeline costs: up to ten million slices in lanes, a curve of as many steps.

Each row drives a real pane offscreen and measures from the change until it is painted, with the
taking in of events where they arrive. Beside it, in the same run, the same data in pyqtgraph and in
a plain loop that paints every slice, up to sizes at which a frame of theirs takes `TOO_LONG` ms.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtWidgets import QWidget

from benchmarks.crowd import Crowd, Stores
from benchmarks.rivals import Slices, bars, curve, loop
from benchmarks.table import Row, median, percentile
from engine.trace import EventColumns, Trace
from gui import theme
from gui.app import application
from gui.cursor import Cursor
from gui.selection import Selection
from gui.time_axis import TimeAxis
from gui.views.activity import ActivityView
from gui.views.value import ValueView

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
LANES = (8, 64)
FRAMES = 150
GOAL_MS = 16.7
TOO_LONG = 2_000.0  # ms a frame: a rival that takes longer is not asked at the next size
RATE = 200_000  # events a second
_SIZE = (1600, 900)
_NEAR = 0.02  # the share of the run that a window shows which is zoomed in
_RIVAL_FRAMES = 5

Frame = Callable[[int], None]  # shows frame number n


class Stage:
    """A pane with its axis. Attributes: view, axis, trace."""

    def __init__(self, view: QWidget, axis: TimeAxis, grows: Crowd | Stores) -> None:
        self.view, self.axis = view, axis
        self._grows = grows
        self._coming: deque[EventColumns] = deque()
        self._app = application()
        view.resize(*_SIZE)
        view.show()
        self._app.processEvents()

    @property
    def trace(self) -> Trace:
        """What is shown."""
        return self._grows.trace

    def show(self, t: float) -> None:
        """Show the cursor at *t* (ns)."""
        self.view.show_moment(self.trace, int(t))  # type: ignore[attr-defined]

    def costs(self, frame: Frame) -> tuple[list[float], list[float]]:
        """Return the ms of each of `FRAMES` frames until it is painted: passed, and on a core."""
        passed, on_core = [], []
        for number in range(-3, FRAMES):
            begin, used = time.perf_counter(), time.thread_time()
            frame(max(0, number))
            self._app.processEvents()
            if number >= 0:
                passed.append((time.perf_counter() - begin) * 1e3)
                on_core.append((time.thread_time() - used) * 1e3)
        return passed, on_core

    def idle(self, number: int) -> None:
        """Let the cursor move, and nothing else."""
        self.show(self.axis.start + self.axis.span * number / FRAMES)

    def zooming(self, number: int) -> None:
        """Zoom in from all to next to nothing, and back."""
        half = FRAMES // 2
        factor = 0.9 if number < half else 1 / 0.9
        self.axis.zoom(factor, 0.37 * self.trace.now)
        self.show(0.37 * self.trace.now)

    def panning(self, number: int) -> None:
        """Drag the window by 9 pixels, once there and once back."""
        self.axis.pan((9 if number < FRAMES // 2 else -9) / 1450)
        self.show(self.axis.start)

    def arriving_all(self, number: int) -> None:
        """Take in what a 60th of a second brings, and show the whole run."""
        self.trace.append(*self._coming.popleft())
        self.axis.fit(self.trace.now)
        self.show(self.trace.now)

    def arriving_near(self, number: int) -> None:
        """Take in what a 60th of a second brings, and glide with it."""
        self.trace.append(*self._coming.popleft())
        now, span = self.trace.now, self.axis.span
        self.axis.put(now - 0.9 * span, now + 0.1 * span)
        self.show(now)

    def rows(self, what: str) -> list[Row]:
        """Measure every way to look, nothing arriving and events arriving."""
        found = []
        ways: tuple[tuple[str, Frame, Callable[[], None]], ...] = (
            ("all in view", self.idle, self._all),
            ("zoomed in", self.idle, self._near),
            ("panning", self.panning, self._near),
            ("zooming", self.zooming, self._all),
            ("all in view, events arrive", self.arriving_all, self._all),
            ("zoomed in, events arrive", self.arriving_near, self._near),
        )
        for name, frame, begin in ways:
            begin()
            if "arrive" in name:
                self._coming.extend(self._grows.batch(RATE // 60) for _ in range(FRAMES + 3))
            passed, on_core = self.costs(frame)
            half, most = percentile(passed, 0.5), percentile(passed, 0.99)
            core = percentile(on_core, 0.5), percentile(on_core, 0.99)
            note = f"p99; p50 {half:.1f}; on a core p50 {core[0]:.1f}, p99 {core[1]:.1f}"
            found.append(Row(f"{what}: {name}", most, None, "ms", GOAL_MS, note))
        return found

    def _all(self) -> None:
        self.axis.fit(self.trace.now)

    def _near(self) -> None:
        start, span = 0.4 * self.trace.now, _NEAR * self.trace.now
        self.axis.put(start, start + span)


def measure() -> list[Row]:
    """Measure lanes of every size, then the curve."""
    theme.apply(application(), theme.DARK)
    rows = []
    for lanes in LANES:
        rows += _lanes(lanes)
    return rows + _curve()


@contextmanager
def _activity(grows: Crowd) -> Iterator[Stage]:
    cursor, axis = Cursor(), TimeAxis()
    view = ActivityView(theme.DARK, cursor, axis, Selection())
    try:
        yield Stage(view, axis, grows)
    finally:
        view.close()
        view.deleteLater()


def _lanes(lanes: int) -> list[Row]:
    rows = []
    asked = {"BarGraphItem": bars, "plain loop": loop}
    crowd = Crowd(lanes)
    for size in SIZES:
        crowd.grow(max(0, size - len(crowd.trace)))
        what = f"{size:.0e}".replace("e+0", "e") + f" slices, {lanes} lanes"
        for name in list(asked):
            row = _rival(what, name, crowd.trace, asked[name])
            rows.append(row)
            if row.ours > TOO_LONG:
                del asked[name]
        with _activity(crowd) as stage:
            rows += stage.rows(what)
    return rows


def _rival(
    what: str,
    name: str,
    trace: Trace,
    make: Callable[[Slices], tuple[QWidget, Callable[[float, float], None]]],
) -> Row:
    widget, put = make(Slices(trace))
    costs = _frames_of(widget, put, trace.now)
    note = "median; not asked at greater sizes" if median(costs) > TOO_LONG else "median"
    return Row(f"{what}: {name}, all in view", median(costs), None, "ms", note=note)


def _frames_of(widget: QWidget, put: Callable[[float, float], None], total: float) -> list[float]:
    """Return ms a frame of a *widget* whose window moves by a pixel or so."""
    app = application()
    widget.resize(*_SIZE)
    widget.show()
    costs: list[float] = []
    for number in range(_RIVAL_FRAMES + 1):
        begin = time.perf_counter()
        put(0.001 * number * total, total)
        app.processEvents()
        costs.append((time.perf_counter() - begin) * 1e3)
        if costs[-1] > 2 * TOO_LONG:
            break
    widget.close()
    widget.deleteLater()
    app.processEvents()
    return costs[1:] or costs


def _curve() -> list[Row]:
    rows = []
    stores = Stores()
    for size in SIZES:
        stores.grow(max(0, size - len(stores.trace)))
        what = f"{size:.0e}".replace("e+0", "e") + " stores"
        series = next(iter(stores.trace.values.series.values()))
        plot, put = curve(series.times[:], series.values[:].astype(np.float64))
        costs = _frames_of(plot, put, stores.trace.now)
        rows.append(
            Row(f"{what}: PlotDataItem, all in view", median(costs), None, "ms", note="median")
        )
        view = ValueView(theme.DARK, Cursor(), axis := TimeAxis())
        view.prepare()
        rows += Stage(view, axis, stores).rows(what)
        view.close()
        view.deleteLater()
    return rows
