"""Where lanes stand: processes folded to one lane, pinned, scrolled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QImage,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.events import Kind, ObjectKind
from engine.trace import Trace
from gui.lane_board import LaneBoard
from gui.painting.heads import pin_box
from gui.painting.rows import HIGHEST, LOWEST, Group, Plan, Row, Rows
from gui.painting.ruler import RULER
from gui.painting.summaries import Summaries
from gui.theme import DARK
from gui.time_axis import LABEL_WIDTH, TimeAxis
from tests.gui.lane_stage import LEFT, S, Stage, many
from tests.gui.traces import TraceBuilder, crowded_trace

# ---- where rows stand


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=5),
    st.sets(st.integers(0, 4)),
    st.lists(st.integers(100, 104), unique=True, max_size=4),
    st.integers(0, 900),
)
def test_rows_touch_and_are_found_where_they_stand(
    sizes: list[int], folded: set[int], pinned: list[int], height: int
) -> None:
    numbers = iter(range(100))
    groups = [
        Group(process, [next(numbers) for _ in range(size)], process in folded)
        for process, size in enumerate(sizes)
    ]
    rows = Rows(Trace(), height, Plan(groups, pinned, headings=len(groups) > 1))
    assert LOWEST <= rows.lane_height <= HIGHEST
    tops = [row.top for row in rows.rows]
    assert tops == [sum(row.height for row in rows.rows[:n]) for n in range(len(tops))]
    assert rows.total == sum(row.height for row in rows.rows)
    assert rows.head <= max(rows.lane_height, height // 2) + 3
    for row in rows.rows:
        for y in (row.top, row.top + row.height - 1):
            assert rows.row_at(y) == row
            assert rows.lane_at(y) == (row.number if row.is_lane else None)
    assert rows.row_at(rows.total) is None
    for top in (0, rows.total // 3):
        seen = [r for r in rows.rows if r.top < top + 200 and r.top + r.height > top]
        assert rows.visible(top, top + 200) == seen
    open_lanes = [n for g in groups if not (g.is_folded and len(groups) > 1) for n in g.lanes]
    assert sorted(rows.order) == sorted([*open_lanes, *pinned])
    assert all(rows.row_of(lane) is not None for lane in rows.order)


def test_a_lane_is_between_its_highest_and_its_lowest() -> None:
    assert Rows(many(3), 900).lane_height == HIGHEST
    assert Rows(many(20), 600).lane_height == 30
    assert Rows(many(64), 600).lane_height == LOWEST


# ---- processes


def test_a_process_is_folded_and_unfolded_by_its_heading(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(12, 3))
    assert len(stage.board.stops()) == 15
    stage.click(stage.at_heading(1))
    assert stage.choice.folded == {1}
    assert stage.board.rows.summary_of(1) is not None
    assert [r.number for r in stage.board.rows.rows if r.is_lane and r.number % 3 == 1] == []
    stage.key(Qt.Key.Key_Right)
    assert stage.choice.folded == set()
    stage.key(Qt.Key.Key_Left)
    stage.key(Qt.Key.Key_Return)
    stage.key(Qt.Key.Key_Enter)
    assert stage.choice.folded == {1}
    stage.key(Qt.Key.Key_Escape)
    assert stage.heading() is None


def test_the_keys_walk_lanes_and_headings(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(4, 2))
    stage.key(Qt.Key.Key_Down)
    assert stage.chosen() == 0
    stage.key(Qt.Key.Key_Up)
    assert (stage.heading(), stage.chosen()) == (0, None)
    for _ in range(3):
        stage.key(Qt.Key.Key_Down)
    assert stage.heading() == 1
    stage.key(Qt.Key.Key_Left)
    stage.key(Qt.Key.Key_Down)
    assert stage.heading() == 1
    stage.key(Qt.Key.Key_Up)
    assert stage.chosen() == 2


def test_a_heading_says_what_its_threads_do(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(12, 2))
    words = stage.view._frame.words(1, stage.t)
    assert words == "6 threads, 6 running"
    tip = stage.view.tooltip_at(stage.at_heading(1))
    assert "worker-1" in tip
    assert "Click to collapse" in tip
    stage.click(stage.at_heading(1))
    stage.view._say()
    assert "worker-1 · process 4001, collapsed: 6 threads" in stage.view.accessibleDescription()


def test_heading_counts_waits_for_locks(qtbot: QtBot) -> None:
    build = TraceBuilder()
    build.process("other")
    lock = build.object(ObjectKind.LOCK, "lock")
    for number in range(4):
        lane = build.thread(f"Thread-{number}", number // 2)
        build.at(0, lane, Kind.THREAD_BEGIN)
        if number:
            build.at(0.1 * number, lane, Kind.LOCK_WAIT, lock, -1)
    stage = Stage(qtbot, build.build(1.0))
    assert stage.view._frame.words(1, S // 2) == "2 threads, 2 waiting for locks"
    assert stage.view._frame.words(1, S // 4) == "2 threads, 1 running, 1 waiting for locks"


def test_a_folded_process_shows_how_many_do_what(qtbot: QtBot) -> None:
    build = TraceBuilder()
    build.process("worker")
    lock = build.object(ObjectKind.LOCK, "lock")
    build.at(0, build.thread("MainThread"), Kind.THREAD_BEGIN)
    for number in range(2):
        lane = build.thread(f"Thread-{number}", 1)
        build.at(0, lane, Kind.THREAD_BEGIN)
        if number:
            build.at(1.0, lane, Kind.LOCK_WAIT, lock, -1)
    stage = Stage(qtbot, build.build(2.0))
    stage.choice.fold([1], folded=True)
    qtbot.waitUntil(lambda: _has_summary(stage))
    row = stage.board.rows.summary_of(1)
    assert row is not None
    image = stage.view.grab().toImage()
    scale = stage.axis.scale(stage.view.width())

    def colors(seconds: float, y: int) -> set[str]:
        x = int(scale.x(seconds * S))
        return {image.pixelColor(x + dx, RULER + row.top + y).name() for dx in range(8)}

    assert colors(0.8, 6) == colors(0.8, row.height - 6) == {DARK.running.name()}
    assert DARK.running.name() not in colors(1.5, 6)
    assert DARK.lock_wait.name() in colors(1.5, 6)
    assert colors(1.5, row.height - 6) == {DARK.running.name()}
    drawn = stage.view._frame._summaries
    before = drawn._summaries[1].image
    stage.show()
    assert drawn._summaries[1].image is before  # nothing changed: nothing is made anew


def _has_summary(stage: Stage) -> bool:
    stage.show()
    known = stage.view._frame._summaries._summaries.get(1)
    return known is not None and known.shown is not None


def test_a_summary_of_many_threads_is_made_over_several_frames(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = crowded_trace(64, 64_000)
    summaries, painted = Summaries(), QImage(1_000, 40, QImage.Format.Format_RGB32)
    axis = TimeAxis()
    axis.fit(trace.now)
    row = Row(0, 34, 0, is_heading=True, is_summary=True)
    painter = QPainter(painted)
    monkeypatch.setattr("gui.painting.summaries.BUDGET_MS", 0)
    frames, due = 0, True
    while due:
        summaries.begin_frame(trace)
        due = summaries.paint(painter, DARK, row, range(64), axis.scale(1_000))
        frames += 1
    painter.end()
    assert frames == 64 + 1
    assert summaries._summaries[0].peak == 64


# ---- pinned


def test_a_pinned_lane_stays_while_the_others_scroll(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(100))
    stage.selection.choose(50)
    stage.key(Qt.Key.Key_P)
    assert stage.choice.pinned == [50]
    before = stage.board.row_of(50)
    stage.board.scroll.setValue(stage.board.scroll.maximum())
    assert stage.board.row_of(50) == before
    assert before is not None
    assert before.top == 0
    assert stage.board.row_at(RULER + 3) == before
    last = stage.board.row_of(99)
    assert last is not None
    assert last.top + last.height <= stage.board.room
    stage.key(Qt.Key.Key_P)
    assert stage.choice.pinned == []
    row = stage.board.row_of(50)
    assert row is not None
    assert 0 <= row.top < stage.board.room


def test_the_pin_at_the_head_is_clicked(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(6))
    row = stage.board.row_of(4)
    assert row is not None
    at = pin_box(row).center() + QPointF(0, RULER)
    plain = stage.view.grab().toImage()
    stage.mouse(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton)
    assert stage.view.grab().toImage() != plain
    stage.click(at)
    assert stage.choice.pinned == [4]
    stage.click(pin_box(row.moved(-row.top)).center() + QPointF(0, RULER))
    assert stage.choice.pinned == []


def test_more_pinned_lanes_than_half_the_pane_scroll_with_the_others(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(60))
    for lane in range(40):
        stage.choice.pin(lane)
    assert 0 < stage.board.rows.head <= stage.board.room // 2 + 3
    assert sorted(stage.board.rows.order) == list(range(60))


# ---- scrolled


def test_pages_and_wheel_scroll_and_the_chosen_lane_stays_in_view(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(200))
    stage.key(Qt.Key.Key_PageDown)
    assert stage.board.scroll.value() > 200
    stage.key(Qt.Key.Key_PageUp)
    assert stage.board.scroll.value() == 0
    stage.key(Qt.Key.Key_Down)
    for _ in range(5):
        stage.key(Qt.Key.Key_PageDown)
        chosen = stage.chosen()
        row = stage.board.row_of(chosen) if chosen is not None else None
        assert row is not None
        assert row.top >= 0
        assert row.top + row.height <= stage.board.room
    assert (stage.chosen() or 0) > 50
    value = stage.board.scroll.value()
    at = QPointF(400, 100)
    wheel = QWheelEvent(
        at, at, QPoint(0, -37), QPoint(0, -240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(stage.view, wheel)
    assert stage.board.scroll.value() == value + 37


def test_a_thousand_lanes_are_laid_out_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(qtbot, many(1_000))
    laid: list[LaneBoard] = []
    monkeypatch.setattr(LaneBoard, "lay_out", lambda board: laid.append(board))  # noqa: PLW0108
    for t in range(0, 2 * S, S // 10):
        stage.view.show_moment(stage.trace, t)
    assert laid == []
    assert len(stage.board.scrolled()) < 30


def test_the_plot_below_a_pinned_lane_is_pressed_where_it_is_shown(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(100))
    stage.choice.pin(90)
    stage.board.scroll.setValue(300)
    row = stage.board.scrolled()[3]
    stage.click(QPointF(LABEL_WIDTH + 200, RULER + row.top + 2))
    assert stage.chosen() == row.number


def test_a_lane_that_begins_after_the_window_is_painted_empty(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(300))
    stage.axis.show_range(0, 0.001 * S)
    with qtbot.captureExceptions() as raised:
        stage.order()
    assert raised == []


def test_a_lane_chosen_elsewhere_comes_into_view(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(200))
    stage.selection.choose(150)
    row = stage.board.row_of(150)
    assert row is not None
    assert 0 <= row.top <= stage.board.room - row.height
    stage.choice.find("Thread-1")
    row = stage.board.row_of(150)
    assert row is not None
    assert 0 <= row.top <= stage.board.room - row.height


def test_a_heading_tells_how_many_of_its_threads_are_shown(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(12, 2))
    stage.choice.hide(3)
    assert stage.view._frame.words(1, stage.t).startswith("5 of 6 threads")


def test_the_pin_says_what_it_does(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(6))
    row = stage.board.row_of(4)
    assert row is not None
    assert stage.view.tooltip_at(pin_box(row).center() + QPointF(0, RULER)) == "Pin to the top (P)"


def test_two_quick_clicks_on_a_heading_are_two_clicks(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(12, 3))
    before = (stage.axis.start, stage.axis.end)
    at = stage.at_heading(1)
    stage.mouse(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton)
    height = stage.board.rows.lane_height
    stage.click(at)
    assert stage.board.rows.lane_height == height  # the heading stays under the pointer
    stage.mouse(QEvent.Type.MouseButtonDblClick, at, LEFT)
    assert stage.choice.folded == set()
    stage.click(at)
    stage.view.leaveEvent(QEvent(QEvent.Type.Leave))
    assert stage.board.rows.lane_height > height
    assert (stage.axis.start, stage.axis.end) == before


def test_a_summary_tells_what_its_threads_did_where_the_pointer_rests(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(12, 2))
    stage.choice.fold([1], folded=True)
    row = stage.board.rows.summary_of(1)
    assert row is not None
    x = stage.axis.scale(stage.view.width()).x(S)
    tip = stage.view.tooltip_at(QPointF(x, RULER + row.top + 8))
    assert tip == "worker-1 · process 4001\nAt 1.00 s: 6 threads, 6 running"
