"""The notes view: predict, run, see."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine import scenario
from engine.lesson import Lesson
from engine.trace import Trace
from gui.cursor import Cursor
from gui.selection import Selection
from gui.theme import DARK, LIGHT
from gui.views.notes import NotesView
from tests.gui.traces import deadlock_trace


def make(qtbot: QtBot, name: str = "deadlock") -> NotesView:
    view = NotesView(DARK, Cursor(), Selection())
    qtbot.addWidget(view)
    view.resize(480, 600)
    view.set_lesson(scenario.find(name).lesson)
    view.show()
    return view


def visible_words(view: NotesView) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def test_before_the_run_there_is_the_question_and_no_answer(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.show_moment(Trace(), 0)
    lesson = scenario.find("deadlock").lesson
    words = visible_words(view)
    assert lesson.question in words
    assert all(option.text in words for option in lesson.options)
    assert lesson.teaching.solves not in words
    assert "Choose an answer, then run it." in words
    assert not any(row.verdict.isVisible() for row in view.options)


def test_a_run_brings_what_to_notice_and_to_say(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = deadlock_trace()
    view.show_moment(trace, trace.now)
    lesson = scenario.find("deadlock").lesson
    words = visible_words(view)
    assert all(caption in words for caption in lesson.notice.values())
    assert lesson.teaching.tidbit in words


def test_a_wrong_prediction_meets_its_misconception_after_the_run(qtbot: QtBot) -> None:
    view = make(qtbot)
    with qtbot.waitSignal(view.answered) as heard:
        qtbot.mouseClick(view.options[1], Qt.MouseButton.LeftButton, pos=QPoint(200, 10))
    assert heard.args == [1]
    assert view.chosen == 1
    assert not view.options[1].verdict.isVisible()
    view.set_ended(True)
    assert view.options[1].verdict.text().startswith("✗ Nobody can give way")
    assert view.options[1].verdict.isVisible()
    assert view.options[0].verdict.text() == "✓ This is what happens."
    assert not view.options[2].verdict.isVisible()
    view.set_ended(False)
    assert not view.options[1].verdict.isVisible()
    assert view.chosen == 1


def test_a_right_prediction_is_praised(qtbot: QtBot) -> None:
    view = make(qtbot)
    qtbot.keyClick(view.options[0].button, Qt.Key.Key_Space)
    view.set_ended(True)
    assert view.options[0].verdict.text() == "✓ Right."


def test_another_lesson_forgets_the_prediction(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.options[0].button.click()
    view.set_lesson(scenario.find("lock").lesson)
    assert view.chosen is None
    assert scenario.find("lock").lesson.question in visible_words(view)


def test_a_script_without_a_lesson_says_so(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.set_lesson(Lesson())
    view.show_moment(Trace(), 0)
    assert "This script has no lesson." in visible_words(view)


def test_every_shipped_lesson_can_be_shown(qtbot: QtBot) -> None:
    view = make(qtbot)
    for entry in scenario.catalogue():
        view.set_lesson(entry.lesson)
        assert len(view.options) == len(entry.lesson.options)
    view.set_theme(LIGHT)
