"""The line in which a person answers `input()`: typed, sent by Enter, remembered.

Guarantees: what is typed is sent only by Enter; several pasted lines are sent as lines, the last
stays to be edited; the history is this window's, up and down walk it and never lose what was begun.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from gui.theme import body_font, code_font

LONGEST_HISTORY = 200


def _is_control_d(event: QKeyEvent) -> bool:
    control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
    return control and event.key() == Qt.Key.Key_D


class AnswerEdit(QLineEdit):
    """The field. Signals: sent (a line, without its end), ended (the input is to end)."""

    sent = Signal(str)
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._history: list[str] = []
        self._place = 0  # in the history; its length: what is being typed
        self._begun = ""
        self.setFont(code_font())
        self.setAccessibleName("Input for the script")
        self.setAccessibleDescription("Enter sends the line; Ctrl+D ends the input")
        self.returnPressed.connect(lambda: self._send(self.text()))

    def event(self, event: QEvent) -> bool:
        """Keep Ctrl+D, which is a command of the window elsewhere: here it ends the input."""
        is_asked = event.type() is QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and _is_control_d(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the history, end the input, send pasted lines; else edit."""
        if event.key() == Qt.Key.Key_Up:
            self._walk(-1)
        elif event.key() == Qt.Key.Key_Down:
            self._walk(1)
        elif _is_control_d(event) and not self.text():
            self.ended.emit()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self._paste(QApplication.clipboard().text())
        else:
            super().keyPressEvent(event)

    def _paste(self, text: str) -> None:
        *lines, rest = text.replace("\r\n", "\n").split("\n")
        for line in lines:
            self.insert(line)
            self._send(self.text())
        self.insert(rest)

    def _send(self, line: str) -> None:
        if line and line not in self._history[-1:]:
            self._history = [*self._history, line][-LONGEST_HISTORY:]
        self._place, self._begun = len(self._history), ""
        self.clear()
        self.sent.emit(line)

    def _walk(self, step: int) -> None:
        place = self._place + step
        if not 0 <= place <= len(self._history):
            return
        if self._place == len(self._history):
            self._begun = self.text()
        self._place = place
        self.setText([*self._history, self._begun][place])


class InputLine(QWidget):
    """The field with a sign in front and the end of the input behind.

    Attributes: edit, end_button.
    Signals: sent, ended (as the field's).
    """

    sent = Signal(str)
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.edit = AnswerEdit()
        self.edit.sent.connect(self.sent)
        self.edit.ended.connect(self.ended)
        sign = QLabel("›")
        sign.setFont(code_font())
        sign.setProperty("role", "quiet")
        self.end_button = QToolButton()
        self.end_button.setText("End of input")
        self.end_button.setFont(body_font(13))
        self.end_button.setProperty("role", "quiet")
        self.end_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.end_button.setToolTip("The script reads the end of its input (Ctrl+D)")
        self.end_button.setAccessibleName("End of input")
        self.end_button.clicked.connect(self.ended)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 10, 2)
        row.setSpacing(8)
        row.addWidget(sign)
        row.addWidget(self.edit, 1)
        row.addWidget(self.end_button)
        self.hide()

    def set_open(self, is_open: bool, hint: str) -> None:
        """Let a line be typed, or not; *hint* says who waits for it, or why not."""
        self.edit.setEnabled(is_open)
        self.end_button.setEnabled(is_open)
        self.edit.setPlaceholderText(hint)
