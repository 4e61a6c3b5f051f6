"""The lanes: what is painted, what is said, what a person can do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.events import Deed, Kind, Notice, ObjectKind
from engine.trace import Trace
from gui.cursor import Cursor
from gui.labels import duration, moment_words, slice_label, state_words
from gui.links import next_event, previous_event, who_ended
from gui.painting.heads import short_name
from gui.painting.rows import HIGHEST, LOWEST, Rows
from gui.painting.ruler import RULER
from gui.selection import Selection
from gui.theme import DARK, LIGHT, body_font
from gui.time_axis import LABEL_WIDTH, TimeAxis
from gui.views.activity import ActivityView
from tests.gui.traces import (
    TraceBuilder,
    cpu_trace,
    crowded_trace,
    deadlock_trace,
    lock_trace,
    pool_trace,
)

S = 1_000_000_000


class Stage:
    """A view with what it needs."""

    def __init__(self, qtbot: QtBot, trace: Trace, t: float = 0.0) -> None:
        self.trace = trace
        self.cursor, self.axis, self.selection = Cursor(), TimeAxis(), Selection()
        self.cursor.advance(0, trace.now)
        self.axis.fit(trace.now)
        self.view = ActivityView(DARK, self.cursor, self.axis, self.selection)
        qtbot.addWidget(self.view)
        self.view.resize(1_000, 340)
        self.view.show_moment(trace, int(t * S))

    def image(self) -> QImage:
        image = QImage(self.view.size(), QImage.Format.Format_RGB32)
        image.fill(DARK.pane)
        self.view.render(image)
        return image

    def is_following(self) -> bool:
        return self.cursor.following

    def chosen(self) -> int | None:
        return self.selection.lane

    def spot(self, lane: int, seconds: float) -> QPointF:
        row = self.view.rows.row_of(lane)
        assert row is not None
        x = self.axis.scale(self.view.width()).x(seconds * S)
        return QPointF(x, RULER + row.top + row.height / 2)

    def colors(self, lane: int, seconds: float, dy: int = 0) -> QColor:
        spot = self.spot(lane, seconds)
        return self.image().pixelColor(int(spot.x()), int(spot.y()) + dy)


def _near(one: QColor, other: QColor, reach: int = 12) -> bool:
    return all(
        abs(a - b) <= reach
        for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)  # type: ignore[index]
    )


def _mouse(view: ActivityView, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
    pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    event = QMouseEvent(kind, at, at, button, pressed, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)


def _wheel(view: ActivityView, at: QPointF, turn: int, keys: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        at, at, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def test_running_is_solid_and_the_lock_is_at_its_foot(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(), 1.1)
    assert _near(stage.colors(0, 0.05), DARK.running)
    assert _near(stage.colors(1, 0.34), DARK.running_label)
    row = stage.view.rows.row_of(1)
    assert row is not None
    foot = [stage.colors(1, 0.34, dy) for dy in range(row.height // 2)]
    assert any(_near(color, DARK.lock_color(0)) for color in foot)


def test_a_lock_wait_is_hatched_and_a_sleep_is_a_thin_bar(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(), 1.1)
    spot = stage.spot(5, 0.7)
    image = stage.image()
    hatch = {image.pixel(int(spot.x()) + dx, int(spot.y())) for dx in range(8)}
    assert len(hatch) > 2
    assert _near(stage.colors(5, 0.2), DARK.sleeping, 40)
    assert _near(stage.colors(5, 0.2, 9), DARK.window) or _near(
        stage.colors(5, 0.2, 9), stage.colors(5, 1.15, 9)
    )


def test_after_its_end_a_lane_is_empty(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    assert _near(stage.colors(1, 1.1), stage.colors(2, 1.1))


def test_a_thread_without_a_core_is_hatched_upright(qtbot: QtBot) -> None:
    stage = Stage(qtbot, cpu_trace(4, 1), 0.0)
    image, spot = stage.image(), stage.spot(1, 1.0)
    across = {image.pixel(int(spot.x()) + dx, int(spot.y())) for dx in range(8)}
    down = {image.pixel(int(spot.x()), int(spot.y()) + dy) for dy in range(8)}
    assert len(across) > 1
    assert len(down) == 1


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(
    "trace", [lock_trace(), pool_trace(), deadlock_trace(), cpu_trace(2, 2), Trace()]
)
def test_every_kind_of_trace_can_be_painted(qtbot: QtBot, trace: Trace, theme: object) -> None:
    stage = Stage(qtbot, trace, 0.5)
    trace.gaps.append((S // 2, 3 * S))
    stage.view.set_theme(theme)  # type: ignore[arg-type]
    stage.image()
    legend = stage.view.legend()
    qtbot.addWidget(legend)
    legend.resize(300, 24)
    legend.grab()
    assert "holds a lock" in legend.accessibleDescription()


def test_processes_get_headings(qtbot: QtBot) -> None:
    rows = Stage(qtbot, cpu_trace(2, 2)).view.rows
    assert [row.is_heading for row in rows.rows] == [True, False, False, True, False, False]
    assert rows.lane_at(5) is None
    assert rows.lane_at(rows.rows[1].top + 1) == 0


def test_lanes_shrink_and_then_scroll(qtbot: QtBot) -> None:
    build = TraceBuilder()
    for number in range(1_000):
        build.at(0.001 * number, build.thread(f"Thread-{number}"), Kind.THREAD_BEGIN)
    stage = Stage(qtbot, build.build(2.0))
    assert stage.view.rows.lane_height == LOWEST
    assert len(stage.view.rows.visible(7_000, 7_300)) <= 23
    stage.image()
    assert Rows(lock_trace(1), 900).lane_height == HIGHEST
    for _ in range(999):
        QTest.keyClick(stage.view, Qt.Key.Key_Down)
    row = stage.view.rows.row_of(998)
    assert stage.chosen() == 998
    assert row is not None
    assert stage.view.board.scroll.value() > row.top - stage.view.height()


def test_scrubbing_moves_the_cursor_and_stops_following(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    at = stage.spot(2, 0.3)
    _mouse(stage.view, QEvent.Type.MouseButtonPress, at, Qt.MouseButton.LeftButton)
    assert stage.cursor.time == pytest.approx(0.3 * S, abs=0.01 * S)
    assert not stage.is_following()
    assert stage.chosen() == 2
    _mouse(stage.view, QEvent.Type.MouseMove, stage.spot(2, 0.6), Qt.MouseButton.LeftButton)
    _mouse(stage.view, QEvent.Type.MouseButtonRelease, at, Qt.MouseButton.LeftButton)
    _mouse(stage.view, QEvent.Type.MouseMove, stage.spot(2, 0.9), Qt.MouseButton.NoButton)
    assert stage.cursor.time == pytest.approx(0.6 * S, abs=0.01 * S)


def test_dragging_with_the_right_button_pans(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    before = stage.axis.start
    for kind, x in (
        (QEvent.Type.MouseButtonPress, 500),
        (QEvent.Type.MouseMove, 400),
        (QEvent.Type.MouseButtonRelease, 400),
    ):
        _mouse(stage.view, kind, QPointF(x, 100), Qt.MouseButton.RightButton)
    assert stage.axis.start > before
    assert not stage.is_following()


def test_wheel_zooms_pans_and_scrolls(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(40))
    at = stage.spot(1, 0.5)
    span = stage.axis.span
    _wheel(stage.view, at, 120, Qt.KeyboardModifier.ControlModifier)
    assert stage.axis.span < span
    assert stage.is_following()
    assert stage.axis.scale(1_000).x(0.5 * S) == pytest.approx(at.x(), abs=1)
    start = stage.axis.start
    _wheel(stage.view, at, -120, Qt.KeyboardModifier.ShiftModifier)
    assert stage.axis.start > start
    assert not stage.is_following()
    _wheel(stage.view, at, -240, Qt.KeyboardModifier.NoModifier)
    assert stage.view.board.scroll.value() > 0


def test_keys_do_what_the_mouse_can(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(), 0.5)
    stage.cursor.seek(S // 2)
    view, span, start = stage.view, stage.axis.span, stage.axis.start
    QTest.keyClick(view, Qt.Key.Key_W)
    assert stage.axis.span < span
    QTest.keyClick(view, Qt.Key.Key_S)
    assert stage.axis.span == pytest.approx(span)
    QTest.keyClick(view, Qt.Key.Key_D)
    assert stage.axis.start > start
    QTest.keyClick(view, Qt.Key.Key_A)
    QTest.keyClick(view, Qt.Key.Key_F)
    assert stage.axis.start == pytest.approx(start)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert stage.cursor.time == next_event(stage.trace, S // 2)
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert stage.cursor.time == 0
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert stage.chosen() == 0
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert stage.chosen() is None
    QTest.keyClick(view, Qt.Key.Key_End)
    assert stage.cursor.time == stage.trace.now


def test_tooltip_tells_state_length_and_who_ended_it(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(), 0.5)
    text = stage.view.tooltip_at(stage.spot(2, 0.3))
    assert "Thread-2: waiting for lock" in text
    assert "ended when Thread-1 released lock" in text
    assert stage.view.tooltip_at(QPointF(20, stage.spot(1, 0).y())).startswith("Thread-1")
    assert stage.view.tooltip_at(QPointF(500, 5)) == ""


def test_the_chosen_wait_gets_an_arrow(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.selection.choose(2)
    before = stage.image()
    stage.selection.choose(2, int(0.3 * S))
    assert stage.image() != before


def test_text_twin_follows_the_cursor(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(), 0.5)
    stage.selection.choose(3)
    with qtbot.waitSignal(stage.view._describe.timeout):
        stage.view.show_moment(stage.trace, S // 2)
    text = stage.view.accessibleDescription()
    assert "Thread-3: waiting for lock" in text
    assert "waiting for a lock" in text


def test_a_crowded_lane_ends_where_nothing_is_known(qtbot: QtBot) -> None:
    stage = Stage(qtbot, crowded_trace(2, 40_000))
    stage.axis.fit(20 * S)
    assert _near(stage.colors(1, 15.0), stage.colors(0, 15.0))
    assert not _near(stage.colors(1, 5.0), stage.colors(1, 15.0))


def test_words_for_waits() -> None:
    trace = pool_trace()
    assert state_words(trace, 0, 1 * S) == "result() of task 0"
    assert state_words(trace, 3, int(2.5 * S)) == "idle: the queue is empty"
    assert state_words(trace, 1, S, trace.tasks.of_worker(1, S)) == "sleeping 2.00 s, task 0"
    dead = deadlock_trace()
    piece = dead.state_at(1, S)
    assert piece is not None
    assert slice_label(dead, 1, piece) == "waiting for bob, held by Thread-2 (pay)"
    assert "2 waiting for a lock" in moment_words(dead, S, None)
    assert state_words(lock_trace(), 1, int(1.1 * S)) == "has ended"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ObjectKind.CONDITION, "wait() for ready to be notified"),
        (ObjectKind.EVENT, "wait() for ready to be set"),
        (ObjectKind.BARRIER, "wait() at ready for the others"),
        (ObjectKind.SEMAPHORE, "acquire(): waiting for a place in ready"),
    ],
)
def test_words_for_each_kind_of_wait(kind: ObjectKind, words: str) -> None:
    build = TraceBuilder()
    lane, thing = build.thread("MainThread"), build.object(kind, "ready")
    build.at(0, lane, Kind.THREAD_BEGIN).at(0.1, lane, Kind.WAIT_BEGIN, thing, -1)
    assert state_words(build.build(1.0), lane, S) == words


def test_links_name_who_notified_and_who_ended() -> None:
    build = TraceBuilder()
    one, two = build.thread("MainThread"), build.thread("Thread-1")
    event = build.object(ObjectKind.EVENT, "go")
    build.at(0, one, Kind.THREAD_BEGIN).at(0, two, Kind.THREAD_BEGIN)
    build.at(0.1, two, Kind.WAIT_BEGIN, event, -1)
    notice = Notice(Deed.SET, 1, 7)
    build.at(0.5, one, Kind.NOTIFY, event, notice.packed())
    build.at(0.51, two, Kind.WAIT_END, event, notice.ticket)
    build.at(0.6, one, Kind.JOIN_WAIT, build.trace.threads[two].object, -1)
    build.at(0.7, two, Kind.THREAD_END).at(0.71, one, Kind.JOIN_END)
    trace = build.build(1.0)
    waited, joined = trace.state_at(two, int(0.3 * S)), trace.state_at(one, int(0.65 * S))
    assert waited is not None
    assert joined is not None
    notified, ended = who_ended(trace, two, waited), who_ended(trace, one, joined)
    assert notified is not None
    assert (notified.source, notified.words) == (one, "set go")
    assert ended is not None
    assert (ended.source, ended.words) == (two, "ended")
    running = trace.state_at(one, int(0.2 * S))
    assert running is not None
    assert who_ended(trace, one, running) is None
    assert previous_event(trace, 1) == 0
    assert previous_event(trace, 0) is None
    assert next_event(trace, S) is None


def test_durations_are_readable() -> None:
    texts = [duration(ns) for ns in (12, 12_000, 3_100_000, 200_000_000, 12_300_000_000)]
    assert texts == ["12 ns", "12 µs", "3.1 ms", "0.20 s", "12.3 s"]


def test_a_killed_thread_ends_where_its_record_ends(qtbot: QtBot) -> None:
    build = TraceBuilder()
    lane = build.thread("MainThread")
    build.at(0, lane, Kind.THREAD_BEGIN)
    trace = build.build(2.0)
    trace.threads[lane].end = S
    stage = Stage(qtbot, trace)
    assert _near(stage.colors(lane, 0.5), DARK.running)
    assert not _near(stage.colors(lane, 1.5), DARK.running)

    assert stage.view.tooltip_at(QPointF(LABEL_WIDTH - 40, RULER + 20)).endswith("at the cursor")


def test_a_long_name_keeps_its_number(qapp: object) -> None:
    metrics = QFontMetrics(body_font(13))
    assert short_name("Thread-7 (add_points)", metrics, 90) == "Thread-7"
    assert short_name("ThreadPoolExecutor-0_12", metrics, 90).endswith("_12")
    assert short_name("MainThread", metrics, 200) == "MainThread"
