"""`input()` answered in the console, as a person would: real keys, a real child."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.report import printed
from gui.answering import waiting_for_input
from gui.input_line import AnswerEdit
from gui.main_window import MainWindow

NET = 60_000


def start(qtbot: QtBot, window: MainWindow, folder: Path, text: str) -> None:
    script = folder / "asks.py"
    script.write_text(text, "utf-8")
    assert window.open_script(script)
    window.conductor.run()
    qtbot.waitUntil(lambda: bool(waiting_for_input(window.bridge.trace)), timeout=NET)


def test_a_question_takes_the_focus_and_is_answered_by_typing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.activateWindow()
    start(qtbot, window, tmp_path, "a = input('First? ')\nb = input('Second? ')\nprint(a + b)\n")
    edit = window.panes.console.input.edit
    qtbot.waitUntil(lambda: window.focusWidget() is edit, timeout=NET)
    assert "MainThread waits for input" in edit.placeholderText()
    qtbot.keyClicks(edit, "one ")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Second" in printed(window.bridge.trace, 1), timeout=NET)
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert edit.text() == "one "
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    assert printed(window.bridge.trace, 1) == "First? Second? one one \n"
    qtbot.waitUntil(lambda: not edit.isEnabled(), timeout=NET)
    shown = window.panes.console.text.toPlainText()
    assert shown == "First? one \nSecond? one \none one "


def test_what_was_typed_is_there_again_in_replay(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    start(qtbot, window, tmp_path, "input('? ')\n")
    window.workspace.raise_pane("console")
    window.answering._send("typed")
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    typed = next(output for output in window.bridge.trace.outputs if output.stream == 0)
    window.cursor_.seek(typed.time - 1)
    qtbot.waitUntil(lambda: window.panes.console.text.toPlainText() == "? ", timeout=NET)
    window.cursor_.seek(typed.time)
    qtbot.waitUntil(lambda: window.panes.console.text.toPlainText() == "? typed", timeout=NET)


def test_the_end_of_input_is_an_eof_error(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    start(qtbot, window, tmp_path, "try: input()\nexcept EOFError: print('end')\nwhile True: pass")
    edit = window.panes.console.input.edit
    qtbot.keyClick(edit, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: printed(window.bridge.trace, 1) == "end\n", timeout=NET)
    assert not edit.isEnabled()
    assert edit.placeholderText() == "The input was ended."
    window.bridge.stop()
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)


def test_whoever_writes_elsewhere_is_not_interrupted(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    field = window.parameters.field("THREADS")
    start(qtbot, window, tmp_path, "THREADS: int = 5  # 1..9\ninput()\n")
    window.answering._waited = False
    field = window.parameters.field("THREADS")
    field.setFocus()
    focused = QApplication.focusWidget()
    window.answering.update()
    assert QApplication.focusWidget() is focused


def test_a_script_without_questions_has_no_line(qtbot: QtBot, window: MainWindow) -> None:
    window.parameters.field("TASK_SECONDS").set_value(0.01)
    window.conductor.run()
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    assert not window.panes.console.input.isVisible()


def test_pasted_lines_are_sent_as_lines_and_what_was_begun_survives_the_history(
    qtbot: QtBot,
) -> None:
    edit = AnswerEdit()
    qtbot.addWidget(edit)
    sent: list[str] = []
    edit.sent.connect(sent.append)
    QApplication.clipboard().setText("one\ntwo\nthr")
    qtbot.keyClick(edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert (sent, edit.text()) == (["one", "two"], "thr")
    for key, text in ((Qt.Key.Key_Up, "two"), (Qt.Key.Key_Up, "one"), (Qt.Key.Key_Up, "one")):
        qtbot.keyClick(edit, key)
        assert edit.text() == text
    for text in ("two", "thr", "thr"):
        qtbot.keyClick(edit, Qt.Key.Key_Down)
        assert edit.text() == text
