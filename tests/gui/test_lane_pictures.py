"""Pictures of crowded lanes: what each pixel shows, and how little is done for a frame."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from engine.events import Kind, State
from engine.lanes import Lane
from engine.trace import Trace
from gui.painting import sheets
from gui.painting.lane_painter import HATCH, looks
from gui.painting.lane_scene import LaneScene, Moment, bar_box
from gui.painting.level_of_detail import Pixels, pixel_states
from gui.painting.rows import Row
from gui.theme import DARK
from gui.time_axis import Scale
from tests.gui.traces import TraceBuilder, crowded_trace

S = 1_000_000_000
WIDTH, HEIGHT = 400, 40


class Canvas:
    """A scene that paints some lanes of a trace, one row each, *density* pixels to one of ours."""

    def __init__(self, trace: Trace, lanes: list[int], density: int = 1) -> None:
        self.trace, self.density = trace, density
        self.scene = LaneScene(DARK)
        self.rows = [
            Row(HEIGHT * place, HEIGHT, lane, is_heading=False) for place, lane in enumerate(lanes)
        ]
        self.scale = Scale(0.0, float(trace.now), 0.0, float(WIDTH))

    def frame(self) -> QImage:
        """Return one frame."""
        size = WIDTH * self.density, HEIGHT * len(self.rows) * self.density
        image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(self.density)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.unfinished = self.scene.paint(
            painter, Moment(self.trace, self.trace.now, self.scale), self.rows
        )
        painter.end()
        return image

    def finished(self) -> QImage:
        """Return the frame at which there is nothing left to do."""
        image = self.frame()
        for _ in range(200):
            if not self.unfinished:
                return image
            image = self.frame()
        raise AssertionError("it is never finished")

    def look(self, start: float, end: float) -> None:
        """Show [start, end] (ns)."""
        self.scale = Scale(start, end, 0.0, float(WIDTH))


class Looked:
    """What was looked up. Attributes: pixels (how many), lanes (whose)."""

    def __init__(self) -> None:
        self.pixels = 0
        self.lanes: set[int] = set()

    def __call__(
        self, lane: Lane, edges: npt.NDArray[np.int64], until: int, *, exact: bool
    ) -> Pixels:
        self.pixels += len(edges) - 1
        self.lanes.add(id(lane))
        return pixel_states(lane, edges, until, exact=exact)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Looked:
    counter = Looked()
    monkeypatch.setattr(sheets, "pixel_states", counter)
    return counter


def _plain_states(lane: Lane, edges: npt.NDArray[np.int64], until: int) -> list[set[int]]:
    """Return, of each pixel, the states of which none lasts longer in it."""
    starts, states = lane.starts[:], lane.states[:]
    found = []
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        left, right = max(begin, int(starts[0])), min(end, until)
        spent = np.zeros(len(State), np.int64)
        if left < right:
            bounds = np.clip(np.append(starts, max(right, int(starts[-1]))), left, right)
            spent = np.bincount(states, np.diff(bounds), len(State)).astype(np.int64)
        spent[State.NONE] = (end - begin) - int(spent[1:].sum())
        found.append(set(np.flatnonzero(spent == spent.max()).tolist()))
    return found


def _state_of(image: QImage, x: int, y: int) -> State:
    colors = looks(DARK.name, 1.0).picture_colors()
    pixel = image.pixel(x, y)
    if not pixel:
        return State.NONE
    return next(s for s in State if s and pixel in colors[2 * s : 2 * s + 2])


@pytest.mark.parametrize("density", [1, 2], ids=["100 %", "200 %"])
@pytest.mark.parametrize("stretch", [(0.0, 1.0), (0.31, 0.36), (0.9, 1.2), (-0.3, 0.1)])
def test_each_pixel_of_the_device_shows_what_filled_most_of_it(
    qapp: object, stretch: tuple[float, float], density: int
) -> None:
    trace = crowded_trace(3, 60_000)
    canvas = Canvas(trace, [0, 1, 2], density)
    canvas.look(stretch[0] * trace.now, stretch[1] * trace.now)
    image = canvas.finished()
    length = canvas.scale.per_pixel / density
    first = math.floor(canvas.scale.start / length)
    moved = round(canvas.scale.x(first * length) * density)
    numbers = np.arange(first - moved, first - moved + WIDTH * density + 1)
    edges = np.rint(numbers * length).astype(np.int64)
    for row in canvas.rows:
        y = round(bar_box(row).center().y() * density)
        plain = _plain_states(trace.lanes[row.number], edges, trace.now)
        shown = [_state_of(image, x, y) for x in range(WIDTH * density)]
        assert all(state in states for state, states in zip(shown, plain, strict=True))
        assert len(set(shown)) >= 3


def test_at_200_percent_a_picture_is_as_sharp_as_the_screen(qapp: object) -> None:
    canvas = Canvas(crowded_trace(1, 1_000), [0], 2)
    image = canvas.finished()
    y = HEIGHT
    pairs = [(image.pixel(x, y), image.pixel(x + 1, y)) for x in range(0, 2 * WIDTH, 2)]
    assert sum(left != right for left, right in pairs) > WIDTH // 4


def test_a_hatch_is_told_from_a_plain_state_where_it_is_wide(qapp: object) -> None:
    """In a crowded lane a long wait is a hatch as everywhere: it has ink and ground."""
    build = TraceBuilder()
    lane = build.thread("MainThread")
    build.at(0.0, lane, Kind.THREAD_BEGIN)
    for turn in range(2_000):
        build.at(0.1 + turn * 1e-4, lane, Kind.SLEEP_BEGIN if turn % 2 else Kind.SLEEP_END)
    lock = 1
    build.at(0.5, lane, Kind.LOCK_WAIT, lock)
    canvas = Canvas(build.build(1.0), [lane])
    image = canvas.finished()
    colors = looks(DARK.name, 1.0).picture_colors()
    ground, ink = colors[2 * State.WAITS_LOCK : 2 * State.WAITS_LOCK + 2]
    left = int(canvas.scale.x(0.6 * S))
    for y in range(HEIGHT // 2 - 4, HEIGHT // 2 + 4):
        across = [image.pixel(x, y) for x in range(left, left + HATCH)]
        assert set(across) == {ground, ink}
        assert across != [image.pixel(x, y + 1) for x in range(left, left + HATCH)]


def test_nothing_is_painted_after_a_thread_has_ended(qapp: object) -> None:
    whole = crowded_trace(2, 40_000)
    end = whole.now // 2
    columns = whole.columns()
    count = int(np.searchsorted(columns.time, end))
    trace = Trace()
    trace.objects.extend(whole.objects[1:])
    for thread in whole.threads:
        trace.add_thread(thread)
        thread.begin = thread.end = None
    trace.append(*columns.part(0, count))
    last = columns.part(count, count + 1)._replace(
        kind=np.array([Kind.THREAD_END], np.uint8), thread=np.array([1], np.uint32)
    )
    trace.append(*last)
    trace.advance(whole.now)
    canvas = Canvas(trace, [1])
    image = canvas.finished()
    stop = math.ceil(canvas.scale.x(int(last.time[0]))) + 5  # the small cap at its end
    ys = range(HEIGHT)
    assert all(image.pixel(x, y) == 0 for x in range(stop, WIDTH) for y in ys)
    assert any(image.pixel(stop - 8, y) for y in ys)


def test_no_lock_is_shown_where_none_was_held(qapp: object) -> None:
    trace = crowded_trace(2, 2_400)
    canvas = Canvas(trace, [0, 1])
    image = canvas.finished()
    foot = DARK.lock_color(0).rgba()
    length = canvas.scale.per_pixel
    seen = 0
    for row in canvas.rows:
        lane = trace.lanes[row.number]
        ends = np.append(lane.starts[1:], trace.now)
        y = math.floor(bar_box(row).bottom()) - 1
        for x in range(WIDTH):
            if image.pixel(x, y) != foot:
                continue
            seen += 1
            lengths = np.minimum(ends, (x + 1) * length) - np.maximum(lane.starts[:], x * length)
            held = np.maximum(lengths, 0)[lane.helds[:] != 0].sum()
            assert 2 * held > length - 2
    assert seen


def test_only_rows_in_view_are_looked_at(qapp: object, looked: Looked) -> None:
    trace = crowded_trace(40, 200_000)
    Canvas(trace, [7, 8, 9]).finished()
    assert looked.lanes == {id(trace.lanes[number]) for number in (7, 8, 9)}


def test_only_what_changed_is_looked_up(qapp: object, looked: Looked) -> None:
    trace = crowded_trace(2, 100_000)
    canvas = Canvas(trace, [0, 1])
    canvas.look(0.2 * trace.now, 0.6 * trace.now)
    before = canvas.finished()
    looked.pixels = 0
    assert canvas.finished() == before  # the cursor moved, or nothing did
    assert looked.pixels == 0
    span, moved = canvas.scale.end - canvas.scale.start, 0.0
    for _ in range(5):  # a pan of 50 pixels, and back
        moved += 10 / WIDTH * span
        canvas.look(0.2 * trace.now + moved, 0.6 * trace.now + moved)
        canvas.finished()
    assert looked.pixels <= 2 * (50 + 2 * 64)
    looked.pixels = 0
    canvas.look(0.2 * trace.now, 0.6 * trace.now)
    assert canvas.finished() == before
    assert looked.pixels == 0


def test_where_a_lane_grows_only_its_end_is_looked_up(qapp: object, looked: Looked) -> None:
    whole = crowded_trace(1, 50_000)
    trace = Trace()
    trace.objects.extend(whole.objects[1:])
    trace.add_thread(whole.threads[0])
    canvas = Canvas(trace, [0])
    grown = QImage()
    for begin in range(0, 50_000, 5_000):
        trace.append(*whole.columns(begin, begin + 5_000))
        canvas.look(0.0, 1.05 * whole.now)
        grown = canvas.finished()
    assert looked.pixels < WIDTH + 10 * 66
    fresh = Canvas(trace, [0])
    fresh.look(0.0, 1.05 * whole.now)
    assert fresh.finished() == grown


def test_after_zooming_lanes_are_as_sharp_as_those_that_were_never_shown(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "BUDGET_MS", 0)  # one lane a frame: all others lag behind
    trace = crowded_trace(6, 120_000)
    canvas = Canvas(trace, list(range(6)))
    canvas.finished()
    for step in range(1, 15):
        canvas.look(0.4 * trace.now * step / 15, trace.now * (1 - 0.5 * step / 15))
        canvas.frame()
    assert canvas.unfinished
    # Meanwhile no lane is empty: it shows what it showed before, where that belongs.
    image = canvas.frame()
    for row in canvas.rows:
        shown = {image.pixel(WIDTH // 2 + x, row.top + HEIGHT // 2) for x in range(40)}
        assert shown != {0}
    fresh = Canvas(trace, list(range(6)))
    fresh.scale = canvas.scale
    assert canvas.finished() == fresh.finished()
