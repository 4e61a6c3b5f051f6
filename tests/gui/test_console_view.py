"""The console view: lines, whose they are, and endless printing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from engine.trace import Output, Trace
from gui.console_ink import thread_ink
from gui.console_lines import LINE_LENGTH, Piece, last_lines, line_count
from gui.cursor import Cursor
from gui.selection import Selection
from gui.theme import DARK, LIGHT, contrast
from gui.views.console import LIMIT, ConsoleView
from tests.gui.traces import TraceBuilder

S = 1_000_000_000


def make(qtbot: QtBot) -> ConsoleView:
    view = ConsoleView(DARK, Cursor(), Selection())
    qtbot.addWidget(view)
    qtbot.addWidget(view.counter)
    view.resize(500, 300)
    view.show()
    return view


def printing(*pieces: tuple[float, int, str]) -> Trace:
    build = TraceBuilder()
    for n in range(4):
        build.thread("MainThread" if n == 0 else f"Thread-{n}")
    for when, thread, text in pieces:
        build.output(when, thread, text)
    return build.build(1.0)


def test_lines_are_those_printed_by_then(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = printing((0.1, 0, "one\n"), (0.2, 1, "two\n"), (0.3, 2, "three\n"))
    view.show_moment(trace, int(0.25 * S))
    assert view.text.toPlainText() == "one\ntwo"
    assert view.counter.text() == "2 lines"
    view.show_moment(trace, S)
    assert view.text.toPlainText() == "one\ntwo\nthree"
    view.show_moment(trace, int(0.15 * S))
    assert view.text.toPlainText() == "one"
    assert view.counter.text() == "1 line"


def test_a_line_has_its_threads_colour_and_its_chip(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.show_moment(printing((0.1, 2, "mine\n"), (0.2, -1, "whose?\n")), S)
    cursor = QTextCursor(view.text.document().firstBlock())
    cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
    assert cursor.charFormat().foreground().color() == thread_ink(DARK, 2)
    cursor = QTextCursor(view.text.document().lastBlock())
    cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
    assert cursor.charFormat().foreground().color() == DARK.quiet
    gutter = view.text._gutter.grab().toImage()
    colors = {
        gutter.pixelColor(x, y).rgb() for x in range(gutter.width()) for y in range(gutter.height())
    }
    assert DARK.thread_color(2).rgb() in colors


def test_standard_error_is_marked(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = TraceBuilder()
    trace.thread("MainThread")
    trace.output(0.1, 0, "fine\n").output(0.2, 0, "Traceback\n", 2)
    view.show_moment(trace.build(1.0), S)
    cursor = QTextCursor(view.text.document().lastBlock())
    cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
    assert cursor.charFormat().underlineColor() == DARK.bad


def test_endless_printing_is_folded_with_a_count(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = printing(*((n / 10_000, n % 4, f"line {n}\n") for n in range(LIMIT + 234)))
    view.show_moment(trace, S)
    assert view.text.document().blockCount() == LIMIT
    assert view._folded.text() == "234 earlier lines are folded"
    assert view._strip.isVisible()
    assert view.counter.text() == f"{LIMIT + 234:,} lines"
    assert view.text.toPlainText().splitlines()[-1] == f"line {LIMIT + 233}"
    view.show_moment(trace, 5_000_000)
    assert not view._strip.isVisible()


def test_walking_and_jumping_show_the_same(qtbot: QtBot) -> None:
    trace = printing(*((n / 2_000, n % 4, f"{n}\n") for n in range(LIMIT * 3)))
    walked, jumped = make(qtbot), make(qtbot)
    for t in (*range(0, 800, 37), 400, 390, 10):
        walked.show_moment(trace, t * 1_000_000)
        jumped.show_moment(Trace(), 0)
        jumped.show_moment(trace, t * 1_000_000)
        assert walked.text.toPlainText() == jumped.text.toPlainText()


def test_pieces_of_several_threads_share_a_line_as_in_a_terminal() -> None:
    trace = printing((0.1, 1, "half "), (0.2, 2, "and half\n"), (0.3, 1, "\n"))
    assert last_lines(trace, 3, 10) == [(Piece(1, 1, "half "), Piece(2, 1, "and half")), ()]


def test_progress_bars_colours_and_bells_do_not_litter() -> None:
    trace = printing((0.1, 0, "10 %\r20 %\r"), (0.2, 0, "30 %\n\x1b[31mred\x1b[0m\a\r\n"))
    assert [[piece.text for piece in line] for line in last_lines(trace, 2, 10)] == [
        ["30 %"],
        ["red"],
    ]


def test_a_huge_line_is_cut_and_says_so(qtbot: QtBot) -> None:
    trace = printing((0.1, 0, "x" * 5_000_000))
    (line,) = last_lines(trace, 1, 10)
    assert len(line[0].text) == LINE_LENGTH + 1
    assert line[0].text.endswith("…")
    make(qtbot).show_moment(trace, S)


def test_the_counter_follows_pieces_that_come_late() -> None:
    trace = printing((0.1, 0, "a\n"), (0.3, 0, "c\nc\n"))
    assert line_count(trace, 2) == 3
    trace.add_output(Output(int(0.2 * S), 1, 1, "b\nb\nb\n"))
    assert line_count(trace, 3) == 6
    assert line_count(trace, 2) == 4
    assert line_count(trace, 0) == 0
    assert line_count(printing((0.1, 0, "a\nb")), 1) == 2


def test_text_can_be_selected_and_copied_without_chips(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.show_moment(printing((0.1, 1, "one\n"), (0.2, 2, "two\n")), S)
    view.text.selectAll()
    assert view.text.createMimeDataFromSelection().text() == "one\ntwo"


def test_an_empty_console_says_why(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.show_moment(Trace(), 0)
    assert view._note.accessibleName() == "Nothing was printed yet."
    view.show_moment(printing((0.5, 0, "later\n")), 0)
    assert view._note.accessibleName() == "Nothing was printed yet at this moment."
    assert view._note.isVisible()


def test_every_threads_ink_can_be_read() -> None:
    for theme in (DARK, LIGHT):
        for thread in range(12):
            assert contrast(thread_ink(theme, thread), theme.pane) >= 4.5


def test_the_theme_can_change(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.show_moment(printing((0.1, 1, "one\n")), S)
    view.set_theme(LIGHT)
    assert view.text.toPlainText() == "one"


def shown_lines(view: ConsoleView) -> tuple[str, str]:
    lines = view.text.toPlainText().split("\n")
    return lines[0], lines[-1]


def test_every_line_that_was_ever_printed_is_reached_by_scrolling(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = printing(*((0.1, 0, f"{n}\n") for n in range(1_000)))
    view.show_moment(trace, S)
    assert shown_lines(view) == ("840", "999")
    assert not view._later.isEnabled()
    view.text.verticalScrollBar().setValue(0)
    qtbot.keyClick(view.text, Qt.Key.Key_PageUp)
    assert shown_lines(view) == ("740", "899")
    assert view._folded.text() == "740 earlier lines are folded, 100 later lines are folded"
    trace.add_output(Output(S, 0, 1, "new\n"))
    view.show_moment(trace, S)
    assert shown_lines(view) == ("740", "899")  # what is read does not run away
    for _ in range(8):
        qtbot.mouseClick(view._earlier, Qt.MouseButton.LeftButton)
    assert shown_lines(view) == ("0", "159")
    assert not view._earlier.isEnabled()
    qtbot.mouseClick(view._later, Qt.MouseButton.LeftButton)
    assert shown_lines(view) == ("100", "259")
    qtbot.keyClick(view.text, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert shown_lines(view) == ("841", "new")
    view.show_earlier()
    view.show_moment(trace, int(0.05 * S))
    assert view.text.toPlainText() == ""


def test_lines_of_large_pieces_are_told_apart(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = printing(*((0.1, 0, "".join(f"{n}.{i}\n" for i in range(170))) for n in range(5)))
    view.show_moment(trace, S)
    assert shown_lines(view) == ("4.10", "4.169")
    view.show_earlier()
    assert shown_lines(view) == ("3.80", "4.69")
