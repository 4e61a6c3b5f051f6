"""The waits at the cursor: rows, words, arrows, and what a click and the keys choose."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.events import Kind, ObjectKind
from engine.trace import Trace
from gui.selection import Selection
from gui.theme import DARK, LIGHT, Theme
from gui.views.wait_for import WaitForView
from tests.engine.test_critical_path import join_tree, pipeline
from tests.gui.traces import TraceBuilder, deadlock_trace, lock_trace

S = 1_000_000_000


def make(
    qtbot: QtBot, trace: Trace, seconds: float, theme: Theme = DARK
) -> tuple[WaitForView, Selection]:
    selection = Selection()
    view = WaitForView(theme, selection)
    qtbot.addWidget(view)
    view.resize(520, 120)
    view.show()
    view.show_moment(trace, int(seconds * S))
    view.grab()
    return view, selection


def test_each_thing_that_is_waited_for_is_a_row(qtbot: QtBot) -> None:
    view, _ = make(qtbot, join_tree(), 0.7)
    assert [wait.lanes for wait in view.waits] == [(2,), (0,)]
    assert view.accessibleDescription() == (
        "At 0.70 s 2 threads wait. Right waits for the end of Leaf: Leaf has to end. "
        "MainThread waits for the end of Right: Right has to end"
    )


def test_who_ended_it_later_is_told_with_when(qtbot: QtBot) -> None:
    view, _ = make(qtbot, pipeline(), 0.05)
    assert "Maker put an item into line 50.1 ms later" in view.accessibleDescription()
    view.show_moment(view._trace, int(0.115 * S))
    assert "nobody waits" in view.accessibleDescription()


def test_what_is_not_known_says_so_and_what_is_possible_says_perhaps(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main, other = build.thread("MainThread"), build.thread("Thread-1")
    line, ready = build.object(ObjectKind.QUEUE, "line"), build.object(ObjectKind.EVENT, "ready")
    build.at(0, main, Kind.THREAD_BEGIN).at(0, other, Kind.THREAD_BEGIN)
    build.at(0.1, other, Kind.QUEUE_PUT, line, 1).at(0.2, main, Kind.GET_WAIT, line, -1)
    build.at(0.3, other, Kind.WAIT_BEGIN, ready, -1)
    view, _ = make(qtbot, build.build(1), 0.5)
    said = view.accessibleDescription()
    assert "MainThread waits for line, which is empty: Thread-1 perhaps: put into it before" in said
    assert "Thread-1 waits for ready: who ends it is not known" in said


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_a_circle_stands_first_and_in_the_colour_of_a_finding(qtbot: QtBot, theme: Theme) -> None:
    view, _ = make(qtbot, deadlock_trace(), 1.1, theme)
    assert [wait.lanes for wait in view.waits] == [(1,), (2,), (0,)]
    picture = view.grab().toImage()

    def has_bad(row: int) -> bool:
        ys = range(26 + 28 * row + 4, 26 + 28 * row + 24)
        return any(picture.pixelColor(x, y) == theme.bad for x in range(0, 520, 2) for y in ys)

    assert [has_bad(0), has_bad(1), has_bad(2)] == [True, True, False]


def test_a_click_and_the_keys_choose_threads(qtbot: QtBot) -> None:
    trace = deadlock_trace()
    view, selection = make(qtbot, trace, 1.1)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 26 + 14))
    assert (selection.lane, selection.time) == (1, int(1.1 * S))
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert selection.lane == 2
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert selection.lane == 1
    assert "Thread-2 holds it" in view.tooltip_at(30)
    assert view.tooltip_at(5) == ""


def test_many_waiters_of_one_lock_are_one_row(qtbot: QtBot) -> None:
    trace = lock_trace(30)
    hold = trace.locks.histories[next(iter(trace.locks.histories))]
    view, _ = make(qtbot, trace, hold.starts[3] / S + 0.01)
    rows = [wait for wait in view.waits if wait.kind is Kind.LOCK_WAIT]
    assert len(rows) == 1
    assert len(rows[0].lanes) > 8
    assert "and" in view.accessibleDescription()


def test_nothing_has_run(qtbot: QtBot) -> None:
    view, _ = make(qtbot, Trace(), 0)
    assert view.described() == "Nothing has run yet"
