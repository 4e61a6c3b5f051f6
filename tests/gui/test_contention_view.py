"""The contention view: which locks have a lane, what is drawn, what the pointer and keys do."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.critical_path import CriticalPath, Segment
from engine.events import Kind, ObjectKind
from engine.path_words import summary
from engine.trace import Trace
from gui.cursor import Cursor
from gui.lock_list import FEW, MOST_QUIET
from gui.main_window import MainWindow
from gui.painting.lock_lanes import boxes
from gui.painting.path_lane import MOST_SHAPES, PATH_ROW, PathPicture
from gui.painting.rows import Row
from gui.painting.ruler import RULER
from gui.path_finder import PathFinder
from gui.selection import Selection
from gui.theme import DARK, LIGHT, Theme
from gui.time_axis import LABEL_WIDTH, TimeAxis
from gui.views.activity import ActivityView
from gui.views.contention import ContentionView
from tests.engine.test_critical_path import join_tree
from tests.gui.traces import TraceBuilder, crowded_trace, deadlock_trace, lock_trace
from tests.gui.windows import whole_window

S = 1_000_000_000
TOP = RULER + PATH_ROW


class Shown:
    """A view of a trace, with all of it in the window."""

    def __init__(
        self, qtbot: QtBot, trace: Trace, size: tuple[int, int] = (900, 300), theme: Theme = DARK
    ) -> None:
        self.trace = trace
        self.cursor, self.axis, self.selection = Cursor(), TimeAxis(), Selection()
        self.cursor.end = trace.now
        self.axis.fit(max(1, trace.now))
        self.view = ContentionView(theme, self.cursor, self.axis, self.selection)
        qtbot.addWidget(self.view)
        self.view.resize(*size)
        self.view.show()
        self.at(trace.now)

    def at(self, t: int) -> None:
        self.view.show_moment(self.trace, t)
        self.view.grab()

    def picture(self) -> QImage:
        return self.view.grab().toImage()

    def x(self, seconds: float) -> int:
        return round(self.axis.scale(self.view.width()).x(seconds * S))

    def row(self, lock: int) -> Row:
        high = self.view.row_height
        return Row(self.view.shown.locks.index(lock) * high, high, lock, is_heading=False)

    def bar(self, lock: int, seconds: float) -> QPoint:
        """Return the middle of the holder's bar of *lock* at that time."""
        return QPoint(self.x(seconds), TOP + round(boxes(self.row(lock))[1].center().y()))


def named(trace: Trace, name: str) -> int:
    return next(thing.number for thing in trace.objects if thing.name == name)


def many_locks(quiet: int, contended: int = 2) -> Trace:
    """Each quiet lock is held in its own second; the contended ones are waited for, ever longer."""
    build = TraceBuilder()
    main, other = build.thread("MainThread"), build.thread("Thread-1")
    for n in range(quiet):
        lock = build.object(ObjectKind.LOCK, f"quiet_{n}")
        build.at(n, main, Kind.LOCK_ACQUIRED, lock).at(n + 0.5, main, Kind.LOCK_RELEASED, lock)
    for n in range(contended):
        lock = build.object(ObjectKind.LOCK, f"wanted_{n}")
        at = quiet + n
        build.at(at, main, Kind.LOCK_ACQUIRED, lock)
        build.at(at + 0.1, other, Kind.LOCK_WAIT, lock, -1)
        build.at(at + 0.2 + 0.1 * n, main, Kind.LOCK_RELEASED, lock)
        build.at(at + 0.2 + 0.1 * n, other, Kind.LOCK_ACQUIRED, lock)
        build.at(at + 0.9, other, Kind.LOCK_RELEASED, lock)
    return build.build(quiet + contended)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_each_holder_is_drawn_in_its_colour_when_it_held(qtbot: QtBot, theme: Theme) -> None:
    trace = lock_trace()
    shown = Shown(qtbot, trace, theme=theme)
    lock = named(trace, "lock")
    picture = shown.picture()
    for start, end, thread in zip(
        trace.locks.histories[lock].starts,
        trace.locks.histories[lock].ends,
        trace.locks.histories[lock].threads,
        strict=True,
    ):
        place = shown.bar(lock, (start + end) / 2 / S)
        found = picture.pixelColor(place.x(), place.y() + 9)
        assert found == theme.thread_color(thread)


def test_the_one_that_cost_the_most_is_first(qtbot: QtBot) -> None:
    trace = many_locks(3)
    shown = Shown(qtbot, trace)
    names = [trace.objects[lock].name for lock in shown.view.shown.locks]
    assert names == ["wanted_1", "wanted_0", "quiet_0", "quiet_1", "quiet_2"]
    assert shown.view.shown.more_words() == ""


def test_of_many_locks_those_without_a_lane_are_counted(qtbot: QtBot) -> None:
    trace = many_locks(10 * FEW)
    shown = Shown(qtbot, trace)
    shown.axis.show_range(4.9 * S, 6.2 * S)
    shown.at(trace.now)
    names = [trace.objects[lock].name for lock in shown.view.shown.locks]
    assert names == ["wanted_1", "wanted_0", "quiet_5", "quiet_6"]
    assert shown.view.shown.hidden == 10 * FEW - 2
    assert shown.view.shown.more_words().startswith(f"{10 * FEW - 2} more locks")


def test_a_frame_costs_what_is_seen(qtbot: QtBot) -> None:
    """A lock taken a hundred thousand times is drawn by few rectangles, held by who held it."""
    trace = crowded_trace(8, 400_000)
    shown = Shown(qtbot, trace)
    while not shown.view.queues.is_complete:
        shown.at(trace.now)
    for _ in range(10):  # a frame adds some up, and makes one picture at least
        shown.at(trace.now)
    with mock.patch("gui.painting.lock_lanes.paint_holder") as painted:
        picture = shown.picture()
    assert not painted.called
    place = shown.bar(named(trace, "lock"), 5)
    colors = {picture.pixelColor(place.x() + dx, place.y() + 14).name() for dx in range(60)}
    assert colors & {DARK.thread_color(n).name() for n in range(8)}


def test_a_click_chooses_the_lock_and_who_held_it(qtbot: QtBot) -> None:
    trace = lock_trace()
    shown = Shown(qtbot, trace)
    lock = named(trace, "lock")
    hold = trace.locks.histories[lock]
    start, end, thread = hold.starts[1], hold.ends[1], hold.threads[1]
    QTest.mouseClick(
        shown.view, Qt.MouseButton.LeftButton, pos=shown.bar(lock, (start + end) / 2 / S)
    )
    assert (shown.selection.lock, shown.selection.lane) == (lock, thread)
    assert start <= shown.cursor.time <= end
    shown.at(shown.cursor.time)
    picture = shown.picture()
    row = shown.row(lock)
    assert picture.pixelColor(4, TOP + row.top + row.height // 2) == DARK.selection


def test_the_pointer_is_told_who_held_it_since_when_and_who_waited(qtbot: QtBot) -> None:
    trace = lock_trace()
    shown = Shown(qtbot, trace)
    lock = named(trace, "lock")
    hold = trace.locks.histories[lock]
    said = shown.view.tooltip_at(QPointF(shown.bar(lock, (hold.starts[0] + 100_000_000) / S)))
    assert "held by Thread-" in said
    assert "for 0.15 s" in said or "for 0.16 s" in said
    assert "waiting then: Thread-" in said
    head = shown.view.tooltip_at(QPointF(20, TOP + 10))
    assert "taken 5 times" in head
    assert "threads had to wait 4 times" in head
    assert shown.view.tooltip_at(QPointF(400, 10)) == ""


def test_the_height_of_the_queue_is_how_many_wait(qtbot: QtBot) -> None:
    trace = lock_trace()
    shown = Shown(qtbot, trace)
    lock = named(trace, "lock")
    series = shown.view.queues.series[lock]
    assert series.highest == 4
    picture = shown.picture()
    queue, _ = boxes(shown.row(lock))

    def filled(seconds: float) -> int:
        x = shown.x(seconds)
        column = range(TOP + int(queue.top()), TOP + int(queue.bottom()))
        ground = picture.pixelColor(shown.x(-0.01), TOP + 3)
        return sum(picture.pixelColor(x, y) != ground for y in column)

    heights = [filled(int(t) / S + 0.03) for t in trace.locks.histories[lock].starts]
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] == 0
    assert heights[0] >= 0.9 * queue.height()


def test_keys_choose_a_lock_and_walk_through_its_ownerships(qtbot: QtBot) -> None:
    trace = lock_trace()
    shown = Shown(qtbot, trace)
    lock = named(trace, "lock")
    shown.cursor.seek(0)
    shown.at(0)
    QTest.keyClick(shown.view, Qt.Key.Key_Down)
    assert shown.selection.lock == lock
    times = []
    hold = trace.locks.histories[lock]
    for _ in range(10):
        QTest.keyClick(shown.view, Qt.Key.Key_Right)
        shown.at(shown.cursor.time)
        times.append(shown.cursor.time)
    assert times == sorted([*hold.starts.tolist(), *hold.ends.tolist()])
    QTest.keyClick(shown.view, Qt.Key.Key_Left)
    assert shown.cursor.time == times[-2]
    shown.selection.choose(lock=lock)
    shown.at(shown.cursor.time)
    QTest.keyClick(shown.view, Qt.Key.Key_Return)
    holder = trace.locks.hold_at(lock, shown.cursor.time)
    assert shown.selection.lane == (holder.thread if holder else None)
    QTest.keyClick(shown.view, Qt.Key.Key_P)
    assert shown.view.finder.on_lanes
    QTest.keyClick(shown.view, Qt.Key.Key_Escape)
    assert shown.selection.lock is None


def test_an_empty_pane_says_why(qtbot: QtBot) -> None:
    shown = Shown(qtbot, Trace())
    assert shown.view.accessibleDescription() == "No lock has been used yet"
    build = TraceBuilder()
    build.at(0, build.thread("MainThread"), Kind.THREAD_BEGIN)
    shown = Shown(qtbot, build.build(1))
    assert shown.view.shown.locks == []


def test_words_for_a_screen_reader_say_who_holds_and_who_waits(qtbot: QtBot) -> None:
    trace = deadlock_trace()
    shown = Shown(qtbot, trace)
    qtbot.waitUntil(lambda: "alice held by" in shown.view.accessibleDescription())
    said = shown.view.accessibleDescription()
    assert "alice held by Thread-1 since 90.0 ms" in said
    assert "1 waiting: Thread-2" in said
    qtbot.waitUntil(lambda: found(shown))
    qtbot.waitUntil(lambda: "Critical path: " in shown.view.accessibleDescription())


def test_another_run_has_none_of_the_locks_of_the_last_one(qtbot: QtBot) -> None:
    # What is said, and where the pointer rests, may be asked before anything is painted.
    stage = Shown(qtbot, lock_trace())
    assert stage.view.shown.locks
    stage.view.show_moment(Trace(), 0)
    stage.view._say()
    assert stage.view.accessibleDescription() == "No lock has been used yet"
    assert stage.view.tooltip_at(QPointF(300, TOP + 10)) == ""


def test_a_semaphore_has_a_queue_and_no_holder(qtbot: QtBot) -> None:
    build = TraceBuilder()
    lane = build.thread("MainThread")
    gate = build.object(ObjectKind.SEMAPHORE, "gate")
    build.at(0, lane, Kind.THREAD_BEGIN).at(0.1, lane, Kind.WAIT_BEGIN, gate, -1)
    build.at(0.4, lane, Kind.WAIT_END, gate)
    trace = build.build(0.5)
    shown = Shown(qtbot, trace)
    assert shown.view.shown.locks == [gate]
    said = shown.view.tooltip_at(QPointF(shown.bar(gate, 0.2)))
    assert "who came through is not recorded" in said
    assert "waiting then: MainThread" in said


@pytest.mark.parametrize("size", [(320, 150), (520, 300), (1600, 800)])
def test_lanes_fit_and_scroll_at_any_size(qtbot: QtBot, size: tuple[int, int]) -> None:
    trace = many_locks(12)
    shown = Shown(qtbot, trace, size)
    for _ in range(14):
        QTest.keyClick(shown.view, Qt.Key.Key_Down)
    lock = shown.view.shown.locks[-1]
    assert shown.selection.lock == lock
    place = shown.bar(lock, 1).y() - shown.view.scrolled
    assert TOP < place < size[1]
    chosen = shown.picture().pixelColor(4, place)
    assert chosen == DARK.selection


def test_names_have_their_own_column(qtbot: QtBot) -> None:
    shown = Shown(qtbot, lock_trace())
    QTest.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=QPoint(LABEL_WIDTH // 2, TOP + 20))
    assert shown.selection.lock == named(shown.trace, "lock")


# ---- the critical path


def found(shown: Shown) -> bool:
    shown.at(shown.cursor.time)
    return shown.view.finder.is_complete and bool(shown.view.finder.path.segments)


def path_of(qtbot: QtBot, trace: Trace, **more: object) -> Shown:
    shown = Shown(qtbot, trace, **more)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: found(shown))
    return shown


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_path_is_the_first_lane_in_the_colours_of_its_threads(
    qtbot: QtBot, theme: Theme
) -> None:
    shown = path_of(qtbot, join_tree(), theme=theme)
    picture = shown.picture()
    for seconds, name in ((0.1, "MainThread"), (0.27, "Right"), (0.9, "Leaf"), (1.33, "Right")):
        lane = next(t.index for t in shown.trace.threads if t.name == name)
        color = picture.pixelColor(shown.x(seconds), RULER + 8)
        assert color == theme.thread_color(lane), name


def test_a_click_on_the_path_chooses_its_thread_and_the_pointer_is_told_the_step(
    qtbot: QtBot,
) -> None:
    shown = path_of(qtbot, join_tree())
    place = QPoint(shown.x(1.23), RULER + 12)
    QTest.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=place)
    assert shown.selection.lane == 2
    said = shown.view.tooltip_at(QPointF(place))
    assert said.startswith("Right waking up, after Leaf ended")
    whole = shown.view.tooltip_at(QPointF(20, RULER + 12))
    assert "59 % in Leaf running" in whole


def test_the_path_of_a_stretch_and_of_a_thread(qtbot: QtBot) -> None:
    shown = path_of(qtbot, join_tree())
    finder, buttons = shown.view.finder, shown.view.header()
    shown.selection.measure(S // 2, S)
    qtbot.waitUntil(lambda: found(shown))
    assert (finder.path.begin, finder.path.end) == (S // 2, S)
    shown.selection.clear()
    shown.selection.choose(1)
    buttons.of_chosen.click()
    qtbot.waitUntil(lambda: found(shown))
    assert {segment.lane for segment in finder.path.segments} == {0, 1}
    assert finder.path.segments[-1].end == 6 * S // 10
    buttons.of_chosen.click()
    qtbot.waitUntil(lambda: found(shown))
    assert finder.path.segments[-1].end == shown.trace.now


def test_the_path_is_copied_as_text(qtbot: QtBot) -> None:
    shown = path_of(qtbot, join_tree())
    QGuiApplication.clipboard().setText("")
    shown.view.setFocus()
    QTest.keyClick(shown.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("59 % in Leaf running")
    assert "1.200000 s to 1.250000 s\t50.000 ms\tRight waking up, after Leaf ended" in text
    QGuiApplication.clipboard().setText("")
    shown.view.header().copy.click()
    assert QGuiApplication.clipboard().text() == text


def test_the_path_goes_over_the_lanes_of_threads(qtbot: QtBot) -> None:
    trace = join_tree()
    cursor, axis, selection = Cursor(), TimeAxis(), Selection()
    axis.fit(trace.now)
    lanes = ActivityView(DARK, cursor, axis, selection)
    qtbot.addWidget(lanes)
    lanes.resize(900, 300)
    lanes.show()
    lanes.path = finder = PathFinder(selection)
    lanes.show_moment(trace, 0)
    before = lanes.grab().toImage()
    finder.set_on_lanes(True)
    finder.look(trace)
    qtbot.waitUntil(lambda: finder.is_complete)
    after = lanes.grab().toImage()
    scale = axis.scale(lanes.width())
    on_path = []
    for seconds, lane in ((0.1, 0), (0.27, 2), (0.9, 3), (1.33, 2), (1.45, 0)):
        row = lanes.board.row_of(lane)
        assert row is not None
        place = (round(scale.x(seconds * S)), RULER + row.top + 1)
        on_path.append(place)
        assert before.pixelColor(*place) != DARK.text
        assert after.pixelColor(*place) == DARK.text
    place = on_path[-1]
    left = lanes.board.row_of(1)
    assert left is not None
    off = (round(scale.x(0.4 * S)), RULER + left.top + 1)
    assert after.pixelColor(*off) == before.pixelColor(*off)
    finder.set_on_lanes(False)
    assert lanes.grab().toImage().pixelColor(*place) == before.pixelColor(*place)


def test_a_path_of_many_steps_is_drawn_by_its_pixels(qtbot: QtBot) -> None:
    count = 50 * MOST_SHAPES
    steps = tuple(Segment(n % 3, 10 * n, 10 * n + 10, "runs") for n in range(count))
    picture = PathPicture(CriticalPath(0, 10 * count, steps))
    axis = TimeAxis()
    axis.show_range(0, 10 * count)
    scale = axis.scale(900)
    turns = picture.turns(scale)
    assert len(turns) <= scale.right - scale.left + 1
    for lane, left, right, _ in turns[:50]:
        middle = picture.at(int(scale.t((left + right) / 2)))
        assert middle is not None
        if right - left < 1.5:
            assert middle.lane == lane
    few = PathPicture(CriticalPath(0, 100, steps[:10])).turns(axis.scale(900))
    assert [turn.lane for turn in few] == [n % 3 for n in range(10)]


def test_whether_the_path_is_shown_is_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    with whole_window(qtbot, file, begin=lambda window: None) as window:
        assert not window.panes.contention.finder.on_lanes
        window.panes.contention.header().action.trigger()
        assert window.panes.contention.header().on_lanes.isChecked()
        window.settings.save()
    with whole_window(qtbot, file, begin=lambda window: None) as window:
        assert window.panes.contention.finder.on_lanes


def test_where_too_many_were_held_the_line_says_to_zoom_in(qtbot: QtBot) -> None:
    trace = many_locks(10 * FEW)
    shown = Shown(qtbot, trace)
    assert len(shown.view.shown.locks) == 2 + MOST_QUIET
    assert shown.view.shown.hidden == 10 * FEW - MOST_QUIET
    assert shown.view.shown.more_words().endswith("zoom in to see those held then")
    shown.axis.show_range(4.9 * S, 6.2 * S)
    shown.at(trace.now)
    assert shown.view.shown.more_words().endswith("none of them was held in this window")


def test_a_lock_chosen_elsewhere_comes_into_view(qtbot: QtBot) -> None:
    shown = Shown(qtbot, many_locks(30), (900, 250))
    last = shown.view.shown.locks[-1]
    assert shown.view.scrolled == 0
    shown.selection.choose(lock=last)
    place = shown.bar(last, 1).y() - shown.view.scrolled
    assert TOP < place < 250


def test_a_run_in_the_window_is_explained_by_its_path(window: MainWindow, qtbot: QtBot) -> None:
    window.workspace.raise_pane("contention")
    window.conductor.run()
    qtbot.waitUntil(lambda: window.bridge.outcome is not None, timeout=60_000)
    view = window.panes.contention
    trace = window.bridge.trace
    qtbot.waitUntil(
        lambda: view.finder.is_complete and view.finder.path.end == trace.now, timeout=10_000
    )
    assert "5 threads holding total_lock" in summary(trace, view.finder.path)
    assert [trace.objects[lock].name for lock in view.shown.locks] == ["total_lock"]
    assert window.panes.wait_for.described().endswith("nobody waits")
    window.cursor_.seek(trace.now // 2)
    qtbot.waitUntil(lambda: "wait for total_lock" in window.panes.wait_for.described())
