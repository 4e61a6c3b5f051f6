"""The story view: text with chips, findings with actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.sentences import Part
from engine.trace import Trace
from gui.cursor import Cursor
from gui.flow_text import FlowText, Run
from gui.selection import Selection
from gui.theme import DARK, LIGHT
from gui.views.story import Finding, StoryView
from tests.gui.traces import deadlock_trace, lock_trace, race_trace

S = 1_000_000_000


def make(qtbot: QtBot) -> StoryView:
    view = StoryView(DARK, Cursor(), Selection())
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    return view


def text_of(view: StoryView) -> FlowText:
    found = view.findChild(FlowText)
    assert isinstance(found, FlowText)
    return found


def test_it_tells_what_happened_by_then(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = deadlock_trace()
    view.show_moment(trace, int(0.4 * S))
    assert view.plain_text().splitlines()[-2:] == [
        "0.39 s",
        "Thread-1  wants bob; Thread-2  has it.",
    ]
    view.show_moment(trace, int(0.095 * S))
    assert view.plain_text().splitlines() == [
        "0.09 s",
        "Thread-1  takes alice, then sleeps 0.3 s.",
    ]


def test_any_way_to_a_moment_shows_the_same_text(qtbot: QtBot) -> None:
    trace = lock_trace()
    walked, jumped = make(qtbot), make(qtbot)
    for t in [*range(0, 120, 3), 40, 90, 10, 60]:
        walked.show_moment(trace, t * S // 100)
        jumped.show_moment(Trace(), 0)
        jumped.show_moment(trace, t * S // 100)
        shown = text_of(walked).document()
        assert shown.toPlainText() == text_of(jumped).document().toPlainText()
        assert shown.blockCount() == max(1, len(walked.plain_text().splitlines()))


def test_the_newest_stands_at_the_bottom_until_a_person_scrolls_up(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = lock_trace()
    view.show_moment(trace, int(0.6 * S))
    bar = text_of(view).verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum()
    bar.setValue(0)
    view.show_moment(trace, trace.now)
    assert bar.value() < bar.maximum()


def test_copied_text_holds_names_where_chips_stand(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = deadlock_trace()
    view.show_moment(trace, int(0.4 * S))
    text = text_of(view)
    cursor = QTextCursor(text.document().lastBlock())
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)
    copied = text.createMimeDataFromSelection().text()
    assert copied == "Thread-1  wants bob; Thread-2  has it."


def test_an_empty_story_says_why(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.show_moment(Trace(), 0)
    assert "Nothing has happened yet." in view._note.accessibleName()
    assert view._note.isVisible()
    view.show_moment(lock_trace(), -1)
    assert "at this moment" in view._note.accessibleName()


def test_a_finding_is_a_banner_whose_buttons_act(qtbot: QtBot) -> None:
    view = make(qtbot)
    finding = Finding(
        "bad",
        (Part("Deadlock: "), Part("<alice>", True), Part(" & bob.")),
        (("Show the cycle", "cycle"), ("Open the fixed version", "fixed")),
    )
    view.set_findings([finding])
    buttons = view.findChildren(QPushButton)
    assert [button.text() for button in buttons] == ["Show the cycle", "Open the fixed version"]
    with qtbot.waitSignal(view.action) as heard:
        qtbot.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert heard.args == ["fixed"]
    (banner,) = view._banners
    assert banner.accessibleName() == "Deadlock: <alice> & bob."
    assert "<b>&lt;alice&gt;</b>" in banner._words.text()
    view.set_findings([finding])
    assert view._banners == [banner]
    view.set_findings([])
    assert view._banners == []


def test_a_lost_update_is_told_in_the_colour_of_a_fault(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = race_trace(threads=2, rounds=1)
    view.show_moment(trace, int(0.12 * S))
    block = text_of(view).document().lastBlock()
    assert block.text().endswith("1 update is lost.")
    cursor = QTextCursor(block)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
    assert cursor.charFormat().foreground().color() == DARK.bad


def test_the_theme_can_change(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = lock_trace()
    view.set_findings([Finding("good", (Part("5 = 5"),))])
    view.show_moment(trace, S)
    before = view.plain_text()
    view.set_theme(LIGHT)
    assert view.plain_text() == before
    cursor = QTextCursor(text_of(view).document().lastBlock())
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
    assert cursor.charFormat().foreground().color() == LIGHT.text


def test_only_what_differs_is_written_again(qtbot: QtBot) -> None:
    text = FlowText(DARK)
    qtbot.addWidget(text)
    lines = [(Run(f"line {n}"),) for n in range(30)]
    text.show_paragraphs(lines[:20])
    changed: list[tuple[int, int]] = []
    text.document().contentsChange.connect(lambda _, gone, new: changed.append((gone, new)))
    text.show_paragraphs(lines[1:21])
    assert text.document().toPlainText() == "\n".join(f"line {n}" for n in range(1, 21))
    text.show_paragraphs(lines[1:21])
    assert len(changed) <= 2


def test_a_finding_s_words_are_never_cut(qtbot: QtBot) -> None:
    pane = QWidget()  # as a splitter does, it gives the story the room there is, and no more
    qtbot.addWidget(pane)
    view = StoryView(DARK, Cursor(), Selection(), pane)
    pane.resize(500, 190)
    pane.show()
    view.show_moment(lock_trace(), S)
    long = "Bare runs: speed-up 1.76 times, updates lost 296,367. " * 3
    view.set_findings([Finding("note", (Part(long),), (("Show", "show"),))])

    def are_whole() -> bool:
        label = next(label for label in view.findChildren(QLabel) if label.text() == long)
        return label.isVisible() and label.height() >= label.heightForWidth(label.width())

    for width in (400, 300, 500):
        view.setGeometry(0, 0, width, 190)
        qtbot.waitUntil(are_whole, timeout=2000)
