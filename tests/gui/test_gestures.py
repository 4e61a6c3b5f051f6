"""Mouse, fingers and keys on the axis of time: every pane does the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QAccessible,
    QImage,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.trace import Trace
from gui import gestures
from gui.announce import announce
from gui.cursor import Cursor
from gui.marks import Marks
from gui.painting.marks import hit_pixels
from gui.selection import Selection
from gui.theme import DARK, LIGHT
from gui.time_axis import Scale, TimeAxis
from gui.views.activity import ActivityView
from gui.views.cpu import CpuView
from gui.views.value import ValueView
from tests.gui.traces import cpu_trace, lock_trace

S = 1_000_000_000
NO, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
NOWHERE = QPoint()
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Stage:
    """A time pane with what it shares."""

    def __init__(self, qtbot: QtBot, kind: str = "activity") -> None:
        self.cursor, self.selection = Cursor(), Selection()
        self.axis = TimeAxis(None, Marks(self.selection))
        trace: Trace = cpu_trace(seconds=1.2) if kind == "cpu" else lock_trace()
        self.view: ActivityView | ValueView | CpuView
        if kind == "activity":
            self.view = ActivityView(DARK, self.cursor, self.axis, self.selection)
        elif kind == "cpu":
            self.view = CpuView(DARK, self.cursor, self.axis)
        else:
            self.view = ValueView(DARK, self.cursor, self.axis)
        self.trace = trace
        self.cursor.advance(0, trace.now)
        self.axis.fit(trace.now)
        qtbot.addWidget(self.view)
        if not isinstance(self.view, ActivityView):
            qtbot.addWidget(self.view.header())
        self.view.resize(1_000, 340)
        self.view.show_moment(trace, trace.now)

    def place(self, seconds: float, y: float = 200) -> QPointF:
        return QPointF(self.axis.scale(self.view.width(), self.left).x(seconds * S), y)

    @property
    def left(self) -> int:
        return 60 if isinstance(self.view, CpuView) else 136

    def mouse(
        self,
        kind: QEvent.Type,
        at: QPointF,
        button: Qt.MouseButton = LEFT,
        keys: Qt.KeyboardModifier = NO,
    ) -> None:
        event = QMouseEvent(kind, at, self.view.mapToGlobal(at), button, button, keys)
        QApplication.sendEvent(self.view, event)

    def drag(
        self,
        start: QPointF,
        end: QPointF,
        button: Qt.MouseButton = LEFT,
        keys: Qt.KeyboardModifier = NO,
    ) -> None:
        self.mouse(QEvent.Type.MouseButtonPress, start, button, keys)
        self.mouse(QEvent.Type.MouseMove, (start + end) / 2, button, keys)
        self.mouse(QEvent.Type.MouseMove, end, button, keys)
        self.mouse(QEvent.Type.MouseButtonRelease, end, button, keys)

    def wheel(
        self, at: QPointF, angle: QPoint, pixels: QPoint = NOWHERE, keys: Qt.KeyboardModifier = NO
    ) -> None:
        event = QWheelEvent(
            at,
            self.view.mapToGlobal(at),
            pixels,
            angle,
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view, event)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NO) -> None:
        self.view.show_moment(self.trace, self.cursor.time)
        QTest.keyClick(self.view, key, keys)

    @property
    def stretch(self) -> tuple[int, int] | None:
        return self.selection.stretch

    def image(self) -> QImage:
        return self.view.grab().toImage()


@pytest.fixture(params=["activity", "value", "cpu"])
def stage(request: pytest.FixtureRequest, qtbot: QtBot) -> Stage:
    """Every pane that has an axis of time, in turn."""
    return Stage(qtbot, request.param)


@pytest.fixture
def lanes(qtbot: QtBot) -> Stage:
    """The lanes."""
    return Stage(qtbot)


# ---- zoom and pan


@pytest.mark.parametrize(("key", "grows"), [(Qt.Key.Key_W, False), (Qt.Key.Key_S, True)])
def test_w_and_s_zoom_around_the_cursor(stage: Stage, key: Qt.Key, grows: bool) -> None:
    stage.cursor.seek(0.5 * S)
    before, x = stage.axis.span, stage.place(0.5).x()
    stage.key(key)
    assert (stage.axis.span > before) is grows
    assert stage.place(0.5).x() == pytest.approx(x)


@pytest.mark.parametrize(("key", "later"), [(Qt.Key.Key_A, False), (Qt.Key.Key_D, True)])
def test_a_and_d_pan_and_stop_following(stage: Stage, key: Qt.Key, later: bool) -> None:
    before, span = stage.axis.start, stage.axis.span
    stage.key(key)
    assert (stage.axis.start > before) is later
    assert stage.axis.span == pytest.approx(span)
    assert not stage.cursor.following


def test_f_shows_the_whole_run(stage: Stage) -> None:
    stage.axis.zoom(0.01, 0.3 * S)
    stage.key(Qt.Key.Key_F)
    assert stage.axis.start <= 0
    assert stage.axis.end >= stage.trace.now


def test_ctrl_and_wheel_zoom_at_the_pointer(stage: Stage) -> None:
    at, before = stage.place(0.3), stage.axis.span
    stage.wheel(at, QPoint(0, 120), keys=CTRL)
    assert stage.axis.span < before
    assert stage.place(0.3).x() == pytest.approx(at.x())


def test_two_fingers_move_the_window_with_them(stage: Stage) -> None:
    before = stage.place(0.4).x()
    stage.wheel(stage.place(0.4), QPoint(-80, 4), QPoint(-37, 2))
    assert stage.place(0.4).x() == pytest.approx(before - 37, abs=0.01)
    assert not stage.cursor.following


def test_two_fingers_up_or_down_do_not_pan(stage: Stage) -> None:
    before = stage.axis.start
    stage.wheel(stage.place(0.4), QPoint(4, -80), QPoint(2, -37))
    assert stage.axis.start == before


def touch(stage: Stage, *moves: tuple[QPoint, ...]) -> None:
    """Put fingers down where the first of *moves* says, move them along, and lift them."""
    device = QTest.createTouchDevice()
    for number, places in enumerate(moves):
        event = QTest.touchEvent(stage.view, device, autoCommit=False)
        for finger, place in enumerate(places):
            (event.move if number else event.press)(finger, place, stage.view)
        event.commit()
    event = QTest.touchEvent(stage.view, device, autoCommit=False)
    for finger, place in enumerate(moves[-1]):
        event.release(finger, place, stage.view)
    event.commit()


@pytest.fixture
def touched(qtbot: QtBot, stage: Stage) -> Stage:
    """Every pane, seen: a touch comes to a window."""
    stage.view.show()
    qtbot.waitExposed(stage.view)
    return stage


def test_two_fingers_on_a_screen_keep_under_them_what_they_hold(touched: Stage) -> None:
    stage = touched
    left, right = stage.place(0.5).toPoint(), stage.place(0.7).toPoint()
    scale = stage.axis.scale(stage.view.width(), stage.left)
    held = [scale.t(left.x()), scale.t(right.x())]
    ends = (left + QPoint(-80, 5), right + QPoint(60, -5))
    touch(stage, (left, right), (left + QPoint(-30, 0), right + QPoint(20, 0)), ends)
    scale = stage.axis.scale(stage.view.width(), stage.left)
    found = [scale.x(t) for t in held]
    assert found == pytest.approx([ends[0].x(), ends[1].x()], abs=1.5)
    assert not stage.cursor.following


def test_one_finger_scrubs_and_a_tap_is_a_click(touched: Stage) -> None:
    stage = touched
    touch(stage, (stage.place(0.2).toPoint(),), (stage.place(0.5).toPoint(),))
    assert stage.cursor.time == pytest.approx(0.5 * S, abs=0.003 * S)
    touch(stage, (stage.place(0.3).toPoint(),))
    assert stage.cursor.time == pytest.approx(0.3 * S, abs=0.003 * S)


@pytest.mark.parametrize(("amount", "closer"), [(0.2, True), (-0.2, False)])
def test_a_pinch_zooms_at_the_fingers(stage: Stage, amount: float, closer: bool) -> None:
    at, before = stage.place(0.7), stage.axis.span
    device = QPointingDevice.primaryPointingDevice()
    where = stage.view.mapToGlobal(at)
    kind = Qt.NativeGestureType.ZoomNativeGesture
    event = QNativeGestureEvent(kind, device, 2, at, at, where, amount, QPointF())
    QApplication.sendEvent(stage.view, event)
    assert (stage.axis.span < before) is closer
    assert stage.place(0.7).x() == pytest.approx(at.x(), abs=0.01)


def test_a_drag_with_the_right_button_pans(stage: Stage) -> None:
    before = stage.place(0.4).x()
    stage.drag(QPointF(400, 200), QPointF(350, 210), RIGHT)
    assert stage.place(0.4).x() == pytest.approx(before - 50, abs=0.01)


def test_a_drag_scrubs(stage: Stage) -> None:
    stage.drag(stage.place(0.2), stage.place(0.6))
    assert stage.cursor.time == pytest.approx(0.6 * S, rel=1e-3)


def test_a_double_click_looks_at_the_slice_under_it(lanes: Stage) -> None:
    assert isinstance(lanes.view, ActivityView)
    row = lanes.view.rows.row_of(2)
    assert row is not None
    piece = lanes.trace.state_at(2, int(0.3 * S))
    assert piece is not None
    assert piece.end is not None
    at = QPointF(lanes.place(0.3).x(), 28 + row.top + row.height / 2)
    lanes.mouse(QEvent.Type.MouseButtonDblClick, at)
    assert lanes.axis.start < piece.start < piece.end < lanes.axis.end
    assert lanes.axis.span < 1.5 * (piece.end - piece.start)


def test_a_double_click_in_the_values_looks_at_how_long_a_value_stood(qtbot: QtBot) -> None:
    stage = Stage(qtbot, "value")
    times = stage.trace.values.series[0, "shared_resource"].times[:]
    middle = (int(times[1]) + int(times[2])) / 2
    stage.mouse(QEvent.Type.MouseButtonDblClick, stage.place(middle / S, 100))
    assert stage.axis.start < times[1] < times[2] < stage.axis.end
    assert stage.axis.span < 1.5 * (times[2] - times[1])


def test_a_double_click_on_nothing_comes_closer(qtbot: QtBot) -> None:
    stage = Stage(qtbot, "cpu")
    before, at = stage.axis.span, stage.place(0.5)
    stage.mouse(QEvent.Type.MouseButtonDblClick, at)
    assert stage.axis.span == pytest.approx(before / 4)
    assert stage.place(0.5).x() == pytest.approx(at.x())


# ---- the ruler


def test_a_drag_with_shift_measures(stage: Stage) -> None:
    lane = stage.selection.lane
    stage.drag(stage.place(0.63), stage.place(0.2), keys=SHIFT)
    assert stage.stretch is not None
    assert stage.stretch == pytest.approx((0.2 * S, 0.63 * S), rel=1e-3)
    assert stage.cursor.following, "measuring does not stop the live end"
    assert stage.selection.lane == lane, "measuring chooses nothing"


def test_a_ruler_laid_near_the_ends_of_a_slice_measures_it_exactly(lanes: Stage) -> None:
    piece = lanes.trace.state_at(2, int(0.3 * S))
    assert isinstance(lanes.view, ActivityView)
    row = lanes.view.rows.row_of(2)
    assert piece is not None
    assert piece.end is not None
    assert row is not None
    y = 28 + row.top + row.height / 2
    start, end = lanes.place(piece.start / S, y), lanes.place(piece.end / S, y)
    lanes.drag(start + QPointF(3, 0), end + QPointF(-4, 0), keys=SHIFT)
    assert lanes.stretch == (piece.start, piece.end)
    lanes.drag(start + QPointF(9, 0), end + QPointF(-9, 0), keys=SHIFT)
    assert lanes.stretch is not None
    assert piece.start < lanes.stretch[0] < lanes.stretch[1] < piece.end


def test_a_ruler_ends_where_the_run_does(stage: Stage) -> None:
    stage.drag(stage.place(0.5), stage.place(1.3), keys=SHIFT)
    assert stage.stretch is not None
    assert stage.stretch[1] == stage.trace.now


def test_an_end_of_the_ruler_can_be_dragged(stage: Stage) -> None:
    stage.selection.measure(int(0.2 * S), int(0.6 * S))
    stage.drag(stage.place(0.6, 20), stage.place(0.8, 20))
    assert stage.stretch is not None
    assert stage.stretch == pytest.approx((0.2 * S, 0.8 * S), rel=1e-3)
    stage.drag(stage.place(0.2, 20), stage.place(0.9, 20))
    assert stage.stretch == pytest.approx((0.8 * S, 0.9 * S), rel=1e-3)


def test_an_end_says_that_it_can_be_dragged(stage: Stage) -> None:
    stage.selection.measure(int(0.2 * S), int(0.6 * S))
    stage.mouse(QEvent.Type.MouseMove, stage.place(0.6, 20), Qt.MouseButton.NoButton)
    assert stage.view.cursor().shape() == Qt.CursorShape.SplitHCursor
    stage.mouse(QEvent.Type.MouseMove, stage.place(0.7, 20), Qt.MouseButton.NoButton)
    assert stage.view.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_the_ruler_can_be_laid_by_keys_alone(stage: Stage) -> None:
    stage.cursor.seek(0.5 * S)
    for _ in range(3):
        stage.key(Qt.Key.Key_Right, SHIFT)
    assert stage.stretch is not None
    assert stage.stretch[0] == int(0.5 * S)
    assert stage.stretch[1] == stage.cursor.time > int(0.5 * S)
    for _ in range(5):
        stage.key(Qt.Key.Key_Left, SHIFT)
    assert stage.stretch is not None
    assert stage.stretch[0] == stage.cursor.time < int(0.5 * S)
    stage.key(Qt.Key.Key_Escape)
    assert stage.stretch is None


def test_in_the_lanes_the_keys_measure_from_event_to_event(lanes: Stage) -> None:
    lanes.selection.choose(1)
    lanes.cursor.seek(0)
    for _ in range(2):
        lanes.key(Qt.Key.Key_Right, SHIFT)
    events = lanes.trace.lanes[1].times[:2]
    assert lanes.stretch == (0, events[1])


def test_escape_takes_the_ruler_away_first(lanes: Stage) -> None:
    lanes.selection.choose(2, int(0.3 * S))
    lanes.selection.measure(0, S)
    lanes.key(Qt.Key.Key_Escape)
    assert (lanes.stretch, lanes.selection.lane) == (None, 2)
    lanes.key(Qt.Key.Key_Escape)
    assert lanes.selection.lane is None


def test_shift_f_fits_what_is_measured_or_else_what_is_chosen(lanes: Stage) -> None:
    piece = lanes.trace.state_at(2, int(0.3 * S))
    assert piece is not None
    assert piece.end is not None
    lanes.selection.choose(2, int(0.3 * S))
    lanes.key(Qt.Key.Key_F, SHIFT)
    assert lanes.axis.start < piece.start < piece.end < lanes.axis.end
    lanes.selection.measure(int(0.5 * S), int(0.7 * S))
    lanes.key(Qt.Key.Key_F, SHIFT)
    assert lanes.axis.start < 0.5 * S < 0.7 * S < lanes.axis.end
    assert lanes.axis.span == pytest.approx(0.2 * S * 1.24)


def test_the_ruler_is_drawn_with_its_length_in_every_pane(stage: Stage) -> None:
    before = stage.image()
    stage.selection.measure(int(0.4 * S), int(0.8 * S))
    after = stage.image()
    inside, outside = stage.place(0.6, 150).toPoint(), stage.place(0.2, 320).toPoint()
    edge = stage.place(0.4, 18).toPoint()
    assert after.pixelColor(edge) == DARK.accent
    assert after.pixelColor(inside) != before.pixelColor(inside)
    assert after.pixelColor(outside) == before.pixelColor(outside)


# ---- bookmarks


def test_m_marks_the_cursor_and_brackets_walk(stage: Stage) -> None:
    for seconds in (0.6, 0.2, 0.4):
        stage.cursor.seek(seconds * S)
        stage.key(Qt.Key.Key_M)
    times = [mark.time / S for mark in stage.axis.marks.bookmarks]
    assert times == [0.2, 0.4, 0.6]
    stage.key(Qt.Key.Key_BracketLeft)
    assert stage.cursor.time == int(0.2 * S)
    stage.key(Qt.Key.Key_BracketLeft)
    assert stage.cursor.time == int(0.2 * S), "there is none before"
    for _ in range(2):
        stage.key(Qt.Key.Key_BracketRight)
    assert stage.cursor.time == int(0.6 * S)


def test_a_click_on_a_flag_goes_exactly_there(stage: Stage) -> None:
    stage.axis.marks.add(int(0.4 * S) + 7)
    at = stage.place(0.4, 6) + QPointF(3, 0)
    stage.drag(at, at)
    assert stage.cursor.time == pytest.approx(0.4 * S, abs=0.01 * S)
    stage.mouse(QEvent.Type.MouseButtonPress, at)
    assert stage.cursor.time == int(0.4 * S) + 7


def test_flags_are_drawn_in_every_pane(stage: Stage) -> None:
    stage.view.set_theme(LIGHT)
    before = stage.image()
    stage.axis.marks.add(int(0.5 * S))
    spot = (stage.place(0.5, 5) + QPointF(3, 0)).toPoint()
    assert stage.image().pixelColor(spot) == LIGHT.text != before.pixelColor(spot)


# ---- hits of a search


@given(
    st.lists(st.integers(0, 10**6), max_size=60),
    st.floats(-1e5, 1e6),
    st.floats(1e3, 2e6),
    st.integers(1, 400),
)
def test_each_pixel_with_a_hit_is_marked_however_many_there_are(
    times: list[int], start: float, span: float, width: int
) -> None:
    scale = Scale(start, start + span, 136, 136 + width)
    few, many = Marks(), Marks()
    few.show_hits(np.array(sorted(times), np.int64))
    # The same moments so often that another way is taken to find the pixels.
    many.show_hits(np.repeat(few.hits, 5_000))
    expected = {136 + math.floor((t - start) / scale.per_pixel) for t in times if t >= start}
    wanted = {x for x in expected if x < 136 + width}
    for found in (hit_pixels(scale, few), hit_pixels(scale, many)):
        assert found == sorted(set(found))
        # A hit on the very border of two pixels may stand in either.
        assert wanted.symmetric_difference(found) <= _borders(times, scale)


def _borders(times: list[int], scale: Scale) -> set[int]:
    near = set()
    for t in times:
        place = (t - scale.start) / scale.per_pixel
        if abs(place - round(place)) < 1e-6:
            near |= {136 + round(place) - 1, 136 + round(place)}
    return near


def test_n_walks_only_where_something_was_found(stage: Stage) -> None:
    asked: list[int] = []
    stage.axis.marks.hit_asked.connect(asked.append)
    stage.key(Qt.Key.Key_N)
    stage.axis.marks.show_hits(np.array([5]))
    stage.key(Qt.Key.Key_N)
    stage.key(Qt.Key.Key_N, SHIFT)
    assert asked == [1, -1]


def test_what_a_key_did_is_told_to_a_screen_reader(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(gestures, "announce", lambda _widget, words: told.append(words))
    stage.cursor.seek(0.5 * S)
    stage.key(Qt.Key.Key_M)
    stage.cursor.seek(0.7 * S)
    stage.key(Qt.Key.Key_BracketLeft)
    assert told == ["Bookmark at 0.500 000 s", "Bookmark at 0.500 000 s"]


def test_an_announcement_reaches_qt(stage: Stage) -> None:
    QAccessible.setActive(True)
    try:
        announce(stage.view, "212 ms measured")
    finally:
        QAccessible.setActive(False)
