"""The line that finds a word in the code that is edited.

Guarantees: Enter finds the next, Shift+Enter the one before, Escape goes back to the code; what is
not there is said, and the cursor stays.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from gui import icons, theme
from gui.code_editor import CodeEditor


class FindBar(QWidget):
    """The bar. Attributes: edit (the word)."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__()
        self._editor = editor
        self.edit = QLineEdit()
        self.edit.setPlaceholderText("Find in the code")
        self.edit.setAccessibleName("Find in the code")
        self.edit.textEdited.connect(self._restart)
        self.edit.installEventFilter(self)
        self._note = QLabel()
        self._note.setProperty("role", "bad")
        self._note.setFont(theme.body_font(12))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 8, 4)
        row.setSpacing(4)
        row.addWidget(self.edit, 1)
        row.addWidget(self._note)
        self._buttons: list[tuple[QToolButton, str]] = []
        for icon, name, act in (
            ("up", "Find the one before (Shift+Enter)", self._find_back),
            ("down", "Find the next (Enter)", self._find),
            ("close", "Close (Escape)", self.shut),
        ):
            button = QToolButton()
            button.setProperty("role", "quiet")
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(act)
            row.addWidget(button)
            self._buttons.append((button, icon))
        theme.notifier().changed.connect(self._dress)
        self._dress()
        self.hide()

    def open(self) -> None:
        """Show the bar, with what is selected in the code as the word."""
        chosen = self._editor.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:
            self.edit.setText(chosen)
        self._note.clear()
        self.show()
        self.edit.setFocus()
        self.edit.selectAll()

    def shut(self) -> None:
        """Hide the bar; the code has the keys again."""
        self.hide()
        self._editor.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go to the next or the one before, or back to the code."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.shut()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._find(backwards=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                return True
        return super().eventFilter(watched, event)

    def _restart(self) -> None:
        """Find while the word grows: what is selected may grow with it."""
        cursor = self._editor.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self._editor.setTextCursor(cursor)
        self._find()

    def _find_back(self) -> None:
        self._find(backwards=True)

    def _find(self, *, backwards: bool = False) -> None:
        found = self._editor.find_text(self.edit.text(), backwards=backwards)
        self._note.setText("" if found or not self.edit.text() else "not in this script")

    def _dress(self) -> None:
        for button, icon in self._buttons:
            button.setIcon(icons.icon(icon, theme.current().quiet))
            button.setIconSize(QSize(12, 12))
