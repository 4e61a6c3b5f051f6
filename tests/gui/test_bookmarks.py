"""Bookmarks: on the axis, and in their list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from engine.bookmarks import MOST, Bookmark
from gui.bookmarks import BookmarkButton, BookmarkList
from gui.main_window import MainWindow
from gui.marks import Marks
from gui.painting.marks import bookmark_words, exact, length
from tests.gui.traces import lock_trace

HOSTILE = "<img src='file:///etc/passwd'><b>bold</b>"


@pytest.fixture
def marks(qapp: object) -> Marks:
    """Three bookmarks."""
    made = Marks()
    made.show_bookmarks([Bookmark(30, "c"), Bookmark(10, "a"), Bookmark(20, HOSTILE)])
    return made


@pytest.fixture
def shown(qtbot: QtBot, marks: Marks) -> Iterator[BookmarkList]:
    """Their list, open."""
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.resize(600, 400)
    ground.show()
    qtbot.waitExposed(ground)
    made = BookmarkList(marks, ground)
    made.open_at(QPoint(500, 20))
    yield made
    ground.close()


def times(marks: Marks) -> list[int]:
    return [mark.time for mark in marks.bookmarks]


def test_they_stand_in_order_one_a_moment(marks: Marks) -> None:
    assert times(marks) == [10, 20, 30]
    marks.add(15)
    assert marks.add(20) == Bookmark(20, HOSTILE)
    assert times(marks) == [10, 15, 20, 30]
    assert (marks.before(15), marks.after(15)) == (Bookmark(10, "a"), Bookmark(20, HOSTILE))
    assert (marks.before(10), marks.after(30)) == (None, None)


def test_there_is_an_end_to_them(marks: Marks) -> None:
    marks.show_bookmarks(Bookmark(n) for n in range(MOST))
    assert marks.add(MOST) is None
    assert len(marks.bookmarks) == MOST


@given(st.lists(st.tuples(st.sampled_from("arn"), st.integers(0, 9)), max_size=30))
def test_every_change_can_be_taken_back(changes: list[tuple[str, int]]) -> None:
    marks = Marks()
    states = [marks.bookmarks]
    for what, time in changes:
        there = marks.at(time)
        if what == "a":
            marks.add(time)
        elif there is not None and what == "r":
            marks.remove(there)
        elif there is not None:
            marks.rename(there, f"{there.note}x")
        if marks.bookmarks != states[-1]:
            states.append(marks.bookmarks)
        assert times(marks) == sorted(set(times(marks)))
    for state in reversed(states[:-1]):
        marks.undo()
        assert marks.bookmarks == state
    assert not marks.can_undo


def test_the_list_shows_times_and_notes_as_text(shown: BookmarkList) -> None:
    cells = [shown.table.item(1, column) for column in (0, 1)]
    assert [cell.text() for cell in cells if cell] == [exact(20), HOSTILE]
    assert "<b>" not in bookmark_words(Bookmark(20, HOSTILE))
    assert "&lt;b&gt;bold" in bookmark_words(Bookmark(20, HOSTILE))


def test_a_note_is_written_by_keys(shown: BookmarkList, marks: Marks) -> None:
    shown.table.setCurrentCell(2, 1)
    QTest.keyClick(shown.table, Qt.Key.Key_F2)
    field = shown.table.findChildren(QLineEdit)[0]
    QTest.keyClicks(field, "found it")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()  # a line's end is told by an event
    assert marks.bookmarks[2] == Bookmark(30, "found it")


def test_one_is_taken_away_and_comes_back(shown: BookmarkList, marks: Marks) -> None:
    shown.table.setCurrentCell(1, 1)
    QTest.keyClick(shown.table, Qt.Key.Key_Delete)
    assert times(marks) == [10, 30]
    assert shown.table.rowCount() == 2
    QTest.keyClick(shown.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert marks.bookmarks[1] == Bookmark(20, HOSTILE)


def test_enter_goes_there(qtbot: QtBot, shown: BookmarkList) -> None:
    shown.table.setCurrentCell(1, 1)
    with qtbot.waitSignal(shown.chosen) as told:
        QTest.keyClick(shown.table, Qt.Key.Key_Return)
    assert told.args == [Bookmark(20, HOSTILE)]
    assert not shown.isVisible()


def test_an_empty_list_says_how_to_fill_it(shown: BookmarkList, marks: Marks) -> None:
    marks.show_bookmarks(())
    assert not shown.table.isVisible()
    assert not shown.undo_button.isEnabled()


def test_the_button_counts_them(qtbot: QtBot, marks: Marks) -> None:
    button = BookmarkButton(marks)
    qtbot.addWidget(button)
    assert (button.text(), button.accessibleName()) == ("3", "3 bookmarks")
    marks.show_bookmarks(())
    assert button.isHidden()


def test_in_the_window_shift_m_marks_and_asks_for_the_note(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.bridge.trace = lock_trace()
    window.bridge.tick()
    window.cursor_.seek(400_000_000)
    view = window.panes.activity
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    listed = window.navigator.bookmarks
    field = listed.table.findChildren(QLineEdit)[0]
    QTest.keyClicks(field, "why?")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()
    QTest.keyClick(listed.table, Qt.Key.Key_Escape)
    assert not listed.isVisible()
    assert view.hasFocus()
    assert window.axis.marks.bookmarks == (Bookmark(400_000_000, "why?"),)
    window.cursor_.seek(0)
    window.navigator.bookmarks_action.trigger()
    assert listed.isVisible()
    QTest.keyClick(listed.table, Qt.Key.Key_Return)
    assert window.cursor_.time == 400_000_000
    QApplication.processEvents()
    window.navigator.back_action.trigger()
    assert window.cursor_.time == 0
    assert window.navigator.forward_action.isEnabled()


@pytest.mark.parametrize(
    ("ns", "words"),
    [
        (12_400_000, "12.4 ms"),
        (212_345_000, "212 ms"),
        (1_204_000_000, "1.204 s"),
        (1_500, "1.50 µs"),
        (999, "999 ns"),
        (9_996_000, "10.0 ms"),
    ],
)
def test_a_length_is_told_to_three_digits(ns: int, words: str) -> None:
    assert length(ns) == words
