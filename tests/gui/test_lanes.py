"""Which lanes are shown, and where: pinned, folded, hidden, filtered, sorted, scrolled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QImage,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from engine.digest import ROWS
from engine.events import Kind, ObjectKind, State
from engine.trace import Trace
from gui.cursor import Cursor
from gui.lane_board import LaneBoard
from gui.lane_choice import UNKNOWN, LaneChoice, LaneFilter
from gui.lane_filter import LaneFinder
from gui.painting.heads import pin_box
from gui.painting.rows import HIGHEST, LOWEST, Group, Plan, Row, Rows
from gui.painting.ruler import RULER
from gui.painting.summaries import Summaries
from gui.panels.lane_filter_strip import LaneFilterStrip
from gui.selection import Selection
from gui.settings import Settings
from gui.theme import DARK
from gui.time_axis import LABEL_WIDTH, TimeAxis
from gui.views.activity import ActivityView
from tests.gui.traces import TraceBuilder, cpu_trace, crowded_trace, lock_trace
from tests.gui.windows import whole_window

S = 1_000_000_000
DOWN = Qt.Key.Key_Down
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Stage:
    """A pane of lanes with its strip."""

    def __init__(self, qtbot: QtBot, trace: Trace, t: float = 0.5, height: int = 340) -> None:
        self.trace, self.t = trace, int(t * S)
        self.cursor, self.axis, self.selection = Cursor(), TimeAxis(), Selection()
        self.cursor.advance(0, trace.now)
        self.axis.fit(trace.now)
        self.view = ActivityView(DARK, self.cursor, self.axis, self.selection)
        self.board, self.choice = self.view.board, self.view.board.choice
        self.strip = LaneFilterStrip(self.board)
        qtbot.addWidget(self.view)
        qtbot.addWidget(self.strip)
        self.view.resize(1_000, height)
        self.show()

    def show(self) -> None:
        """Show a frame, and let a pass through the lanes come to its end."""
        self.view.show_moment(self.trace, self.t)
        while self.board._finder.is_looking:
            self.board._look()
        self.view.grab()

    def order(self) -> list[int]:
        """Show a frame; return the lanes that have a row, from top to bottom."""
        self.show()
        return self.board.rows.order

    def chosen(self) -> int | None:
        return self.selection.lane

    def heading(self) -> int | None:
        return self.view._actions.heading

    def key(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def click(self, at: QPointF, button: Qt.MouseButton = LEFT) -> None:
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            self.mouse(kind, at, button)

    def mouse(self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
        event = QMouseEvent(kind, at, at, button, button, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.view, event)

    def at_heading(self, process: int) -> QPointF:
        row = self.board.rows.heading_of(process)
        assert row is not None
        return QPointF(60, RULER + row.top + self.board.offset + 8)


def many(threads: int, processes: int = 1) -> Trace:
    build = TraceBuilder()
    for number in range(1, processes):
        build.process(f"worker-{number}")
    for number in range(threads):
        lane = build.thread(f"Thread-{number}", number % processes)
        build.at(0.001 * number, lane, Kind.THREAD_BEGIN)
    return build.build(2.0)


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


# ---- filtered


def test_a_name_filters_and_the_strip_says_so(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(64))
    assert stage.strip.field.isHidden()
    stage.strip.open()
    stage.strip.field.setText("thread-1")
    assert stage.board.rows.order == [1, *range(10, 20)]
    assert stage.strip.count.text() == "11 of 64"
    assert not stage.strip.clear_button.isHidden()
    stage.strip.clear_button.click()
    assert len(stage.board.rows.order) == 64
    assert stage.strip.field.isHidden()
    assert stage.strip.field.text() == ""


def test_escape_clears_and_then_closes_the_strip(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(8))
    stage.strip.open()
    stage.strip.field.setText("7")
    QTest.keyClick(stage.strip.field, Qt.Key.Key_Escape)
    assert not stage.choice.is_filtering
    assert not stage.strip.field.isHidden()
    QTest.keyClick(stage.strip.field, Qt.Key.Key_Escape)
    assert stage.strip.field.isHidden()


def test_while_anything_is_hidden_the_strip_is_open(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(8))
    stage.selection.choose(3)
    stage.key(Qt.Key.Key_H)
    assert 3 not in stage.board.rows.order
    assert not stage.strip.count.isHidden()
    assert stage.strip.count.text() == "7 of 8"
    stage.strip.opener.click()
    assert 3 in stage.board.rows.order


def test_nothing_found_explains_itself_and_offers_all(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(8))
    nothing = stage.view._nothing
    assert nothing.isHidden()
    stage.choice.find("nobody")
    stage.choice.choose_states([State.WAITS_LOCK, State.SLEEPING])
    stage.show()
    assert not nothing.isHidden()
    said = nothing._note.accessibleName()
    assert "has “nobody” in its name, and waits for a lock or sleeps in view" in said
    nothing.button.click()
    assert nothing.isHidden()
    assert len(stage.board.rows.order) == 8


def test_a_state_is_looked_for_in_view(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(5))
    stage.choice.choose_states([State.SLEEPING])
    stage.show()
    assert stage.board.rows.order == [1, 2, 3, 4, 5]
    stage.axis.show_range(0.6 * S, 1.0 * S)
    qtbot.waitUntil(lambda: stage.order() == [])
    stage.choice.choose_states([State.WAITS_LOCK])
    stage.show()
    waiting = plainly(stage.trace, stage.choice.filter, int(0.6 * S), S)
    assert set(stage.order()) == waiting != set()


def test_a_lock_is_looked_for_by_those_who_wait_and_those_who_hold(qtbot: QtBot) -> None:
    build = TraceBuilder()
    one, two = build.object(ObjectKind.LOCK, "one"), build.object(ObjectKind.LOCK, "two")
    lanes = [build.thread(f"Thread-{n}") for n in range(4)]
    for lane in lanes:
        build.at(0, lane, Kind.THREAD_BEGIN)
    build.at(0.1, lanes[0], Kind.LOCK_ACQUIRED, one).at(0.2, lanes[0], Kind.LOCK_ACQUIRED, two)
    build.at(0.3, lanes[1], Kind.LOCK_WAIT, one, -1)
    build.at(0.4, lanes[2], Kind.LOCK_WAIT, two, -1)
    stage = Stage(qtbot, build.build(1.0))
    stage.choice.choose_lock(one, "one")
    stage.show()
    assert stage.board.rows.order == [0, 1]
    # The lock that is held below another one is held all the same.
    stage.axis.show_range(0.6 * S, 0.9 * S)
    qtbot.waitUntil(lambda: not stage.board._later.isActive())
    assert stage.order() == [0, 1]
    stage.choice.choose_lock(two, "two")
    stage.show()
    assert stage.board.rows.order == [0, 2]
    assert stage.strip.lock_button.text().startswith("two")
    stage.strip._fill_locks()
    texts = [action.text() for action in stage.strip.lock_button.menu().actions()]
    assert texts[:2] == ["one", "two"]


def plainly(trace: Trace, wanted: LaneFilter, start: int, end: int) -> frozenset[int]:
    """Look through every slice and every ownership, one after the other."""
    found = set()
    end = min(end, trace.now)
    for number, lane in enumerate(trace.lanes):
        starts, states = lane.starts.tolist(), lane.states.tolist()
        over = trace.threads[number].end
        upto = end if over is None else min(end, over)
        in_state, touches = not wanted.states, wanted.lock is None
        for begin, stop, state, obj in zip(
            starts, [*starts[1:], upto], states, lane.objs.tolist(), strict=True
        ):
            if min(stop, upto) > max(begin, start):
                in_state |= state in wanted.states
                touches |= state == State.WAITS_LOCK and obj == wanted.lock
        history = trace.locks.histories.get(wanted.lock or 0)
        holds = zip(history.starts.tolist(), history.ends.tolist(), history.threads.tolist(),
                    strict=True) if history else ()  # fmt: skip
        for begin, stop, thread in holds:
            later = stop < 0 or stop > start
            touches |= thread == number and begin < end and (later or begin > start)
        if in_state and touches:
            found.add(number)
    return frozenset(found)


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.sampled_from([State.RUNNING, State.WAITS_LOCK, State.SLEEPING, State.WAITS_OTHER])),
    st.sampled_from([None, 1, 99]),
    st.integers(0, 10 * S),
    st.integers(1, 2 * S),
)
def test_lanes_are_found_as_by_looking_at_every_slice(
    states: set[State], lock: int | None, start: int, length: int
) -> None:
    wanted = LaneFilter(states=frozenset(states), lock=lock, lock_name="lock")
    if not wanted.looks_at_time:
        return
    finder = LaneFinder(CROWD)
    finder.begin(range(len(CROWD.lanes)), wanted, start, start + length, waits=False)
    while not finder.step(1):
        pass
    assert finder.found == plainly(CROWD, wanted, start, start + length)


CROWD = crowded_trace(5, 400)
LONG = crowded_trace(3, 60_000)


@pytest.mark.parametrize("span", [(0, 10 * S), (3 * S, 3 * S + 1_000_000), (2 * S, 7 * S)])
def test_blocks_that_were_added_up_find_the_same(span: tuple[int, int]) -> None:
    finder = LaneFinder(LONG)
    for states in (frozenset({State.WAITS_LOCK}), frozenset({State.WAITS_OTHER})):
        for lock in (None, 1):
            wanted = LaneFilter(states=states, lock=lock)
            finder.begin(range(3), wanted, *span, waits=True)
            while not finder.step(1):
                pass
            assert finder.found == plainly(LONG, wanted, *span)
    for lane in range(3):
        whole = LONG.lanes[lane].time_in(State.WAITS_LOCK, LONG.now)
        assert finder.waited[lane] == whole


def test_a_frame_is_not_held_up_by_a_long_record(qtbot: QtBot) -> None:
    finder = LaneFinder(LONG)
    finder.begin(range(3), LaneFilter(states=frozenset({State.RUNNING})), 0, 10 * S, waits=True)
    steps = sum(1 for _ in finder._pass or ())
    assert steps >= 3 * (20_000 // ROWS)


# ---- sorted


def test_lanes_are_ordered_by_their_waits(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(5), height=600)
    stage.choice.sort_by_waiting(True)
    stage.show()
    waits = [
        stage.trace.seconds_waiting_for_locks(n, stage.trace.now) for n in stage.board.rows.order
    ]
    assert waits == sorted(waits, reverse=True)
    assert stage.board.rows.order != list(range(6))
    stage.choice.sort_by_waiting(False)
    assert stage.board.rows.order == list(range(6))


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


# ---- menus


def entry(menu: QMenu, words: str) -> Callable[[], None]:
    for action in menu.actions():
        if action.text().startswith(words):
            assert action.isEnabled(), words
            return action.trigger
    raise AssertionError([action.text() for action in menu.actions()])


def test_the_menu_of_a_lane_does_what_the_keys_do(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(5), 0.3)
    actions, board = stage.view._actions, stage.board
    menu = actions.menu(stage.view, board.row_of(2), int(0.3 * S))
    entry(menu, "Copy name")()
    assert QGuiApplication.clipboard().text() == "Thread-2"
    entry(menu, "Only lanes that touch lock")()
    stage.show()
    assert stage.choice.filter.lock_name == "lock"
    assert board.rows.order == [1, 2, 3, 4, 5]
    entry(actions.menu(stage.view, None, 0), "Show all lanes")()
    entry(menu, "Pin to the top")()
    assert stage.choice.pinned == [2]
    entry(actions.menu(stage.view, None, 0), "Unpin all")()
    assert stage.choice.pinned == []
    entry(menu, "Hide this lane")()
    assert 2 not in board.rows.order
    general = actions.menu(stage.view, None, 0)
    assert not next(a for a in general.actions() if a.text().startswith("Expand")).isEnabled()


def test_the_right_button_asks_for_the_menu_and_a_drag_does_not(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(qtbot, many(6))
    asked: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, at: asked.append(menu))
    stage.mouse(QEvent.Type.MouseButtonPress, QPointF(500, 100), RIGHT)
    stage.mouse(QEvent.Type.MouseMove, QPointF(430, 100), RIGHT)
    stage.mouse(QEvent.Type.MouseButtonRelease, QPointF(430, 100), RIGHT)
    assert asked == []
    stage.click(QPointF(60, 100), RIGHT)
    stage.selection.choose(2)
    reason = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(stage.view, QContextMenuEvent(reason, QPoint(), QPoint()))
    assert [menu.actions()[0].text() for menu in asked] == ["Pin to the top\tP"] * 2


def test_processes_are_folded_together_and_back(qtbot: QtBot) -> None:
    stage = Stage(qtbot, cpu_trace(2, 3))
    entry(stage.view._actions.menu(stage.view, None, 0), "Collapse all")()
    assert stage.board.rows.order == []
    assert stage.choice.folded == {0, 1, 2}
    assert stage.view._nothing.isHidden()
    entry(stage.view._actions.menu(stage.view, None, 0), "Expand all")()
    assert len(stage.board.rows.order) == 6


# ---- live, and from run to run


def test_new_threads_do_not_move_what_is_pointed_at(qtbot: QtBot) -> None:
    build = TraceBuilder()
    build.process("worker")
    for number in range(4):
        build.at(0, build.thread(f"Thread-{number}", number % 2), Kind.THREAD_BEGIN)
    stage = Stage(qtbot, build.build(0.1))
    row = stage.board.row_of(3)
    assert row is not None
    stage.mouse(QEvent.Type.MouseMove, QPointF(300, RULER + row.top + 5), Qt.MouseButton.NoButton)
    for number in range(4, 40):
        build.at(0.2, build.thread(f"Thread-{number}", number % 2), Kind.THREAD_BEGIN)
        build.build(0.3)
        stage.show()
        now = stage.board.row_of(3)
        assert now is not None
        assert (now.top, now.height) == (row.top, row.height)
    stage.view.leaveEvent(QEvent(QEvent.Type.Leave))
    stage.show()
    assert stage.board.rows.lane_height == LOWEST


def test_the_same_script_run_again_is_shown_the_same_way(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(8, 2))
    stage.choice.fold([1], folded=True)
    stage.choice.pin(4)
    stage.choice.find("Thread")
    stage.trace = many(6, 2)
    stage.show()
    assert stage.choice.folded == {1}
    assert stage.choice.pinned == [4]
    assert stage.choice.filter.text == "Thread"
    kept = stage.choice.state()
    stage.choice.restore({})
    stage.trace = many(8, 2)
    stage.show()
    assert (stage.choice.pinned, stage.choice.folded) == ([], set())
    assert not stage.choice.is_filtering
    stage.choice.restore(kept)
    stage.trace = many(8, 2)
    stage.show()
    assert (stage.choice.pinned, stage.choice.folded) == ([4], {1})


def test_the_choice_is_kept_in_the_settings(tmp_path: Path) -> None:
    kept = Settings(tmp_path / "settings.ini")
    kept.set_lanes("lock", {"pinned": ["main/Thread-1#1"], "folded": []})
    assert kept.lanes("lock") == {"pinned": ["main/Thread-1#1"], "folded": []}
    kept.set_lanes("lock", {})
    assert kept.lanes("lock") == {}


def test_a_lock_with_another_number_is_the_same_by_its_name() -> None:
    choice = LaneChoice()
    first = lock_trace(2)
    lock = next(iter(first.locks.histories))
    choice.meet(first)
    choice.choose_lock(lock, "lock")
    other = TraceBuilder()
    lane = other.thread("MainThread")
    spare, again = other.object(ObjectKind.LOCK, "spare"), other.object(ObjectKind.LOCK, "lock")
    other.at(0, lane, Kind.THREAD_BEGIN)
    later = other.build(0.05)
    choice.meet(later)
    assert choice.filter.lock == UNKNOWN  # it has not been taken yet, and nobody touches it
    other.at(0.1, lane, Kind.LOCK_ACQUIRED, again).build(1.0)
    choice.meet(later)
    assert choice.filter.lock == again != spare


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


def test_in_the_window_keys_reach_the_lanes_and_are_remembered(
    qtbot: QtBot, tmp_path: Path
) -> None:
    settings = tmp_path / "settings" / "settings.ini"
    with whole_window(qtbot, settings) as window:
        view = window.panes.activity
        window.bridge.trace = many(12, 2)
        view.show_moment(window.bridge.trace, S)
        view.setFocus()
        for key in (DOWN, Qt.Key.Key_P, DOWN, DOWN, Qt.Key.Key_H):
            QTest.keyClick(view, key)
        assert window.panes.lanes.pinned == [0]
        assert len(window.panes.lanes.hidden) == 1
        assert not window.panes.lane_strip.count.isHidden()
        window.panes.lanes.fold([1], folded=True)
        window.panes.lane_strip.action.trigger()
        assert window.focusWidget() is window.panes.lane_strip.field
    with whole_window(qtbot, settings) as window:
        window.bridge.trace = many(12, 2)
        window.panes.activity.show_moment(window.bridge.trace, S)
        assert window.panes.lanes.pinned == [0]
        assert window.panes.lanes.folded == {1}
        assert not window.panes.lanes.is_filtering


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


def test_a_thread_that_takes_another_name_is_found_by_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.lane_board.AGAIN_MS", 0)
    stage = Stage(qtbot, many(6))
    stage.choice.find("worker")
    assert stage.order() == []
    stage.trace.threads[2].name = "worker of the day"
    assert stage.order() == [2]
    assert stage.strip.count.text() == "1 of 6"


def test_a_heading_tells_how_many_of_its_threads_are_shown(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(12, 2))
    stage.choice.hide(3)
    assert stage.view._frame.words(1, stage.t).startswith("5 of 6 threads")


def test_the_pin_says_what_it_does(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(6))
    row = stage.board.row_of(4)
    assert row is not None
    assert stage.view.tooltip_at(pin_box(row).center() + QPointF(0, RULER)) == "Pin to the top (P)"
