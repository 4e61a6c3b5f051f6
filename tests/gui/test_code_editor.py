"""The editor: keys as a person types them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from gui import theme
from gui.code_editor import CodeEditor
from gui.find_bar import FindBar
from gui.highlight import role_colors

Key = Qt.Key


@pytest.fixture
def editor(qtbot: QtBot) -> CodeEditor:
    made = CodeEditor(theme.DARK)
    made.resize(500, 400)
    qtbot.addWidget(made)
    made.show()
    return made


def at_end(editor: CodeEditor, text: str) -> None:
    editor.set_code(text)
    editor.moveCursor(QTextCursor.MoveOperation.End)


def test_enter_begins_the_line_where_it_belongs(qtbot: QtBot, editor: CodeEditor) -> None:
    at_end(editor, "")
    for line in ("def f(x):  # why: so", "if x:", "return 1", "pass"):
        qtbot.keyClicks(editor, line)
        qtbot.keyClick(editor, Key.Key_Return)
    qtbot.keyClicks(editor, "f(1)")
    assert editor.toPlainText() == (
        "def f(x):  # why: so\n    if x:\n        return 1\n    pass\nf(1)"
    )


def test_tab_is_four_spaces_and_backspace_takes_them_back(qtbot: QtBot, editor: CodeEditor) -> None:
    at_end(editor, "")
    qtbot.keyClick(editor, Key.Key_Tab)
    qtbot.keyClicks(editor, "ab")
    qtbot.keyClick(editor, Key.Key_Tab)
    assert editor.toPlainText() == "    ab  "
    qtbot.keyClick(editor, Key.Key_Backspace)
    assert editor.toPlainText() == "    ab "
    at_end(editor, "      ")
    qtbot.keyClick(editor, Key.Key_Backspace)
    assert editor.toPlainText() == "    "
    editor.selectAll()
    at_end(editor, "a\nb")
    editor.selectAll()
    qtbot.keyClick(editor, Key.Key_Tab)
    assert editor.toPlainText() == "    a\n    b"
    qtbot.keyClick(editor, Key.Key_Backtab)
    assert editor.toPlainText() == "a\nb"
    editor.undo()
    assert editor.toPlainText() == "    a\n    b"


def test_lines_are_commented_out_and_in(editor: CodeEditor) -> None:
    editor.set_code("if x:\n    a()\n\n    b()\nc()\n")
    cursor = editor.textCursor()
    cursor.setPosition(6)
    cursor.setPosition(editor.toPlainText().index("c()"), QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    editor.toggle_comment()
    assert editor.toPlainText() == "if x:\n    # a()\n\n    # b()\nc()\n"
    editor.toggle_comment()
    assert editor.toPlainText() == "if x:\n    a()\n\n    b()\nc()\n"
    editor.undo()
    editor.undo()
    assert not editor.document().isModified()


def test_colours_follow_when_the_keys_rest(qtbot: QtBot, editor: CodeEditor) -> None:
    at_end(editor, "x = 1\n")
    with qtbot.waitSignal(editor.paused):
        qtbot.keyClicks(editor, "return 'word'")
    block = editor.document().findBlockByNumber(1)
    colors = [form.format.foreground().color() for form in block.layout().formats()]
    roles = role_colors(theme.DARK)
    assert colors == [roles["keyword"], roles["string"]]


def test_find_goes_round_in_both_directions(qtbot: QtBot, editor: CodeEditor) -> None:
    editor.set_code("one\ntwo one\nthree\n")
    bar = FindBar(editor)
    qtbot.addWidget(bar)
    bar.open()
    qtbot.keyClicks(bar.edit, "one")
    assert editor.line() == 1
    qtbot.keyClick(bar.edit, Key.Key_Return)
    assert editor.line() == 2
    qtbot.keyClick(bar.edit, Key.Key_Return)
    assert editor.line() == 1
    qtbot.keyClick(bar.edit, Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert editor.line() == 2
    qtbot.keyClicks(bar.edit, "x")
    assert bar._note.text() == "not in this script"
    qtbot.keyClick(bar.edit, Key.Key_Escape)
    assert not bar.isVisible()
