"""The strip that searches a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.events import Kind, ObjectKind
from engine.trace import Trace
from gui.cursor import Cursor
from gui.main_window import MainWindow
from gui.marks import Marks
from gui.search_strip import SearchStrip
from gui.selection import Selection
from gui.time_axis import TimeAxis
from tests.gui.traces import TraceBuilder, crowded_trace, lock_trace

S = 1_000_000_000
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Stage:
    """A strip over a run, with what it shares."""

    def __init__(self, qtbot: QtBot, trace: Trace) -> None:
        self.qtbot, self.trace = qtbot, trace
        self.cursor, self.selection = Cursor(), Selection()
        self.axis = TimeAxis(None, Marks(self.selection))
        self.cursor.advance(0, trace.now)
        self.axis.fit(trace.now)
        self.strip = SearchStrip(self.cursor, self.axis, self.selection)
        qtbot.addWidget(self.strip)
        self.strip.resize(1_000, 40)
        self.strip.show_moment(trace, 0)
        self.strip.open()

    def look_for(self, text: str) -> None:
        self.strip.edit.clear()
        QTest.keyClicks(self.strip.edit, text)
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.strip.is_busy)

    def rows(self) -> list[str]:
        model = self.strip.model
        return [str(model.data(model.index(row))) for row in range(model.rowCount())]


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    """The lock preset, the cursor at its start."""
    made = Stage(qtbot, lock_trace())
    made.cursor.seek(0)
    yield made
    made.strip.shut()


def test_typing_finds_and_says_how_much_of_what(stage: Stage) -> None:
    stage.look_for("thread-2")
    assert stage.strip.words() == "1 thread · 1 printed text"
    assert stage.rows() == [
        "0.040 000 s   Thread-2   Thread-2 begins",
        stage.rows()[1],
    ]
    assert "prints “Thread-2: 2”" in stage.rows()[1]
    assert stage.axis.marks.hits.tolist() == stage.strip.model.times.tolist()


def test_enter_walks_the_cursor_the_window_and_the_lane(stage: Stage) -> None:
    stage.axis.put(0, 0.05 * S)
    stage.look_for("shared_resource = 3")
    assert stage.strip.words() == "1 value"
    assert stage.cursor.time == 0, "typing moves nothing"
    QTest.keyClick(stage.strip.edit, Qt.Key.Key_Return)
    assert stage.cursor.time == stage.strip.model.times[0]
    assert stage.axis.start <= stage.cursor.time <= stage.axis.end
    assert stage.selection.lane == 3


def test_walking_goes_round_and_back(stage: Stage) -> None:
    stage.look_for("shared_resource")
    times = stage.strip.model.times.tolist()
    assert len(times) == 6
    visited = []
    for _ in range(7):
        QTest.keyClick(stage.strip.edit, Qt.Key.Key_Return)
        visited.append(stage.cursor.time)
    assert visited == [*times, times[0]]
    QTest.keyClick(stage.strip.edit, Qt.Key.Key_Return, SHIFT)
    assert stage.cursor.time == times[-1]


def test_the_first_hit_is_the_one_next_to_the_cursor(stage: Stage) -> None:
    stage.cursor.seek(0.6 * S)
    stage.look_for("shared_resource")
    times = stage.strip.model.times
    stage.strip.walk(1)
    assert stage.cursor.time == times[times >= 0.6 * S][0]
    stage.strip.shut()
    stage.strip.open()
    stage.wait()
    stage.cursor.seek(0.6 * S)
    stage.strip.walk(-1)
    assert stage.cursor.time == times[times < 0.6 * S][-1]


def test_the_list_is_reached_and_used_by_keys(stage: Stage) -> None:
    stage.look_for("shared_resource")
    QTest.keyClick(stage.strip.edit, Qt.Key.Key_Down)
    assert stage.strip.hits.isVisible()
    QTest.keyClick(stage.strip.hits, Qt.Key.Key_Down)
    QTest.keyClick(stage.strip.hits, Qt.Key.Key_Down)
    QTest.keyClick(stage.strip.hits, Qt.Key.Key_Return)
    assert stage.cursor.time == stage.strip.model.times[2]


def test_what_is_not_there_is_said(stage: Stage) -> None:
    stage.look_for("no such thing")
    assert stage.strip.words() == "nothing found"
    QTest.keyClick(stage.strip.edit, Qt.Key.Key_Return)
    assert stage.cursor.time == 0


def test_closing_takes_the_marks_away(stage: Stage) -> None:
    stage.look_for("thread")
    assert len(stage.axis.marks.hits)
    QTest.keyClick(stage.strip.edit, Qt.Key.Key_Escape)
    assert not stage.strip.isVisible()
    assert not len(stage.axis.marks.hits)


def test_a_run_that_goes_on_is_searched_on_and_the_place_is_kept(qtbot: QtBot) -> None:
    build = TraceBuilder()
    thread = build.thread("T")
    lock = build.object(ObjectKind.LOCK, "gate")
    build.at(1, thread, Kind.LOCK_ACQUIRED, lock)
    stage = Stage(qtbot, build.build(2))
    stage.cursor.seek(0)
    stage.look_for("gate")
    stage.strip.walk(1)
    build.at(3, thread, Kind.LOCK_RELEASED, lock)
    stage.strip.show_moment(build.build(4), 0)
    stage.wait()
    assert stage.strip.words() == "2 events about objects"
    stage.cursor.advance(0, 4 * S)
    stage.strip.walk(1)
    assert stage.cursor.time == 3 * S
    stage.strip.shut()


def test_another_run_is_searched_for_the_same(stage: Stage) -> None:
    stage.look_for("thread-5")
    stage.strip.show_moment(lock_trace(2), 0)
    stage.wait()
    assert stage.strip.words() == "nothing found"


def test_too_many_hits_are_said_to_be_more(qtbot: QtBot) -> None:
    stage = Stage(qtbot, crowded_trace(8, 60_000))
    stage.look_for("lock")
    assert stage.strip.words() == "more than 10,000 events about objects"
    stage.strip.shut()


def test_slash_opens_it_and_n_walks_in_the_panes(qtbot: QtBot, window: MainWindow) -> None:
    window.bridge.trace = lock_trace()
    window.bridge.tick()
    window.cursor_.seek(0)
    view = window.panes.activity
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Slash)
    strip = window.navigator.strip
    assert strip.isVisible()
    assert strip.edit.hasFocus()
    QTest.keyClicks(strip.edit, "shared_resource / m [f")
    assert strip.edit.text() == "shared_resource / m [f", "keys of the panes are letters here"
    strip.edit.clear()
    QTest.keyClicks(strip.edit, "shared_resource")
    qtbot.waitUntil(lambda: not strip.is_busy and strip.model.rowCount() == 6)
    view.setFocus()
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_N)
    assert window.cursor_.time == strip.model.times[2]
    window.navigator.back_action.trigger()
    assert window.cursor_.time == strip.model.times[1], "each jump is a step back"
    QTest.keyClick(view, Qt.Key.Key_N, SHIFT)
    assert window.cursor_.time == strip.model.times[1]
