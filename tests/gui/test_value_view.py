"""The value view: curves, figures, marks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.events import Kind, ObjectKind
from engine.trace import Trace
from gui.cursor import Cursor
from gui.painting.steps import Collector, step_points
from gui.theme import DARK, LIGHT, numbers_font
from gui.time_axis import LABEL_WIDTH, Scale, TimeAxis
from gui.views.value import MOST_DOTS, ValueView
from tests.gui.traces import TraceBuilder, deadlock_trace, lock_trace, pool_trace, race_trace

S = 1_000_000_000


def _view(qtbot: QtBot, trace: Trace, t: float) -> ValueView:
    cursor, axis = Cursor(), TimeAxis()
    cursor.advance(0, trace.now)
    axis.fit(trace.now)
    view = ValueView(DARK, cursor, axis)
    qtbot.addWidget(view)
    qtbot.addWidget(view.header())
    view.resize(1_000, 200)
    view.prepare()
    view.show_moment(trace, int(t * S))
    return view


def _image(view: ValueView) -> QImage:
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    image.fill(DARK.pane)
    view.render(image)
    return image


def _has(image: QImage, color: QColor, x: int, y: int, reach: int = 6) -> bool:
    return any(
        image.pixelColor(x + dx, y + dy).rgb() == color.rgb()
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
    )


def test_figures_say_value_expectation_and_losses(qtbot: QtBot) -> None:
    assert _view(qtbot, lock_trace(), 0.7).figures() == [
        ("now", "3"),
        ("expected", "5"),
        ("lost updates", "0"),
    ]
    race = dict(_view(qtbot, race_trace(4, 5), 0.75).figures())
    assert race == {"now": "5", "expected": "20", "lost updates": "15", "stale writes": "15"}


def test_losses_that_nobody_can_know_are_not_known(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main, first, other = build.thread("MainThread"), *(build.store_point("x") for _ in range(2))
    build.trace.objects[other].extra["initial"] = False
    build.at(0, main, Kind.STORE, first, 0).at(0.1, main, Kind.STORE, other, 7)
    assert ("lost updates", "not known") in _view(qtbot, build.build(1.0), 0.5).figures()


def test_each_write_has_a_dot_in_its_writers_colour(qtbot: QtBot) -> None:
    trace = lock_trace()
    view = _view(qtbot, trace, 1.19)
    image = _image(view)
    series = trace.values.series[0, "shared_resource"]
    for time, value, thread in zip(
        series.times.view.tolist(), series.values.view.tolist(), series.threads.view.tolist(),
        strict=True,
    ):  # fmt: skip
        x, y = int(view.scale.x(time)), int(view.y_of(value))
        assert _has(image, DARK.thread_color(thread), x, y, 2)


def test_the_curve_is_quiet_beyond_the_cursor(qtbot: QtBot) -> None:
    view = _view(qtbot, lock_trace(), 0.5)
    image = _image(view)
    assert _has(image, DARK.accent, int(view.scale.x(0.3 * S)), int(view.y_of(1)), 2)
    assert not _has(image, DARK.accent, int(view.scale.x(1.1 * S)), int(view.y_of(5)), 2)


def test_a_lost_update_is_marked_and_told(qtbot: QtBot) -> None:
    view = _view(qtbot, race_trace(), 0.74)
    image = _image(view)
    x, y = view.scale.x(0.12 * S), view.y_of(1)
    assert _has(image, DARK.bad, int(x), int(y) + 9, 4)
    text = view.tooltip_at(x, y)
    assert "Thread-2" in text
    assert "1 lost" in text
    assert "lost" not in view.tooltip_at(view.scale.x(0.11 * S), y)


def test_without_values_it_says_why(qtbot: QtBot) -> None:
    view = _view(qtbot, deadlock_trace(), 0.5)
    assert view.empty_note().startswith("No value is watched")
    _image(view)


def test_a_pool_shows_its_waiting_tasks(qtbot: QtBot) -> None:
    view = _view(qtbot, pool_trace(), 1.0)
    assert dict(view.figures())["now"] == "2"
    assert _view(qtbot, pool_trace(), 2.6).figures()[0] == ("now", "0")
    _image(view)


def test_several_series_are_told_apart_by_name_and_process(qtbot: QtBot) -> None:
    build = TraceBuilder()
    child = build.process("child")
    main, other = build.thread("MainThread"), build.thread("MainThread", child)
    build.at(0, main, Kind.STORE, build.store_point("x"), 1)
    build.at(0.1, other, Kind.STORE, build.store_point("x", None, child), 2)
    queue = build.object(ObjectKind.QUEUE, "jobs")
    build.at(0.2, main, Kind.QUEUE_PUT, queue, 1)
    view = _view(qtbot, build.build(1.0), 0.5)
    said = [(row.label, view.value_words(row)) for row in view.rows.rows]
    assert said == [("x · main", "1"), ("x · child", "2"), ("jobs · main", "1")]
    assert view.accessibleDescription() == "x · main 1, x · child 2, jobs · main 1"
    _image(view)


def test_texts_are_steps_with_their_words(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main, point = build.thread("MainThread"), build.store_point("word")
    build.at(0, main, Kind.STORE, point, "red").at(0.5, main, Kind.STORE, point, "green")
    view = _view(qtbot, build.build(1.0), 0.6)
    assert view.figures() == [("now", "green")]
    _image(view)
    assert "becomes green" in view.tooltip_at(view.scale.x(0.5 * S), 180)


def test_a_thinned_curve_keeps_every_outlier() -> None:
    build = TraceBuilder()
    main, point = build.thread("MainThread"), build.store_point("x", 1)
    for number in range(20_000):
        build.at(number * 1e-4, main, Kind.STORE, point, 999 if number == 7_777 else number % 7)
    trace = build.build(2.0)
    scale = Scale(0, 2 * S, 0, 1_000)
    x, y = step_points(Collector().collect(trace)[0], scale, 0, 2 * S)
    assert len(x) <= 4 * 1_000 + 2
    assert y.max() == 999
    assert np.all(np.diff(x) >= 0)


@given(
    seed=st.integers(0, 1 << 30),
    count=st.integers(300, 6_000),
    begin=st.floats(-0.3, 0.9),
    span=st.floats(0.05, 1.2),
)
def test_a_thinned_curve_shows_the_extremes_of_each_pixel(
    seed: int, count: int, begin: float, span: float
) -> None:
    made = np.random.default_rng(seed)
    build = TraceBuilder()
    main, point = build.thread("MainThread"), build.store_point("x", 1)
    times = np.sort(made.integers(0, S, count))
    stored = made.integers(-1_000, 1_000, count)
    for time, value in zip(times.tolist(), stored.tolist(), strict=True):
        build.at(time / S, main, Kind.STORE, point, value)
    curve = Collector().collect(build.build(1.0))[0]
    times = curve.times[:]
    width = 25
    scale = Scale(begin * S, (begin + span) * S, 0, width)
    x, y = step_points(curve, scale, scale.start, 1.0 * S)
    if not len(x):
        assert scale.end <= times[0] or scale.start >= scale.end
        return
    assert (np.diff(x) >= 0).all()
    left = max(scale.start, 0.0)
    for pixel in range(width):
        first = scale.start + pixel * scale.per_pixel
        last = first + scale.per_pixel
        first, last = max(first, left), min(last, scale.end, 1.0 * S)
        nearly = 0.26 * scale.per_pixel  # as far as edges of a dense curve may be moved
        stores = stored[(times > first + nearly) & (times <= last - nearly)]
        if not len(stores):
            continue
        drawn = y[(x >= first - nearly) & (x <= last + nearly)]
        assert drawn.min() <= stores.min()
        assert drawn.max() >= stores.max()
    assert np.nanmax(y) >= stored[(times > left) & (times <= scale.end)].max(initial=-1_000)
    assert np.isin(y, stored).all()  # nothing is drawn that was not stored


def test_many_writes_get_no_dots_but_a_note(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main, point = build.thread("MainThread"), build.store_point("x", 1)
    for number in range(MOST_DOTS + 10):
        build.at(number * 1e-4, main, Kind.STORE, point, number)
    view = _view(qtbot, build.build(1.0), 0.3)
    _image(view)
    assert view._dots_hidden


def test_pyqtgraph_comes_after_the_first_paint(qtbot: QtBot) -> None:
    view = ValueView(LIGHT, Cursor(), TimeAxis())
    qtbot.addWidget(view)
    qtbot.addWidget(view.header())
    view.show_moment(lock_trace(), S)
    assert view._pg is None
    with qtbot.waitSignal(view._late.timeout):
        view.show()
    assert view._pg is not None


def test_its_axis_is_that_of_the_lanes(qtbot: QtBot) -> None:
    view = _view(qtbot, lock_trace(), 0.5)
    assert view.scale == view._axis.scale(view.width())
    span = view._axis.span
    QTest.keyClick(view, Qt.Key.Key_W)
    assert view._axis.span < span


@pytest.mark.parametrize("trace", [lock_trace(), race_trace(), pool_trace(), Trace()])
def test_changing_the_theme_repaints(qtbot: QtBot, trace: Trace) -> None:
    view = _view(qtbot, trace, 0.3)
    dark = _image(view)
    view.set_theme(LIGHT)
    assert _image(view) != dark
    assert view.header().accessibleName() == ", ".join(f"{a} {b}" for a, b in view.figures())


@pytest.mark.parametrize("highest", [5, 400_000, -1_234_567])
def test_the_words_beside_a_curve_leave_room_for_its_numbers(qtbot: QtBot, highest: int) -> None:
    build = TraceBuilder()
    main, point = build.thread("MainThread"), build.store_point("counter")
    build.at(0.1, main, Kind.STORE, obj=point, value=0)
    build.at(0.2, main, Kind.STORE, obj=point, value=highest)
    view = _view(qtbot, build.build(1.0), 0.5)
    numbers = QFontMetricsF(numbers_font(11)).horizontalAdvance(f"{highest:.6g}")
    assert view.words_room().right() < LABEL_WIDTH - 6 - numbers
