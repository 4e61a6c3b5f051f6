"""What stands in the header of the code pane: the switch to edit, and how the text stands.

Guarantees: "modified" and "as it was run" are said in words, never by colour alone.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from gui.theme import body_font


class CodeHeader(QWidget):
    """The header.

    Attributes: edit_action (checked while the code can be changed), edit_button.
    Signals: edit_toggled.
    """

    edit_toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._note = QLabel()
        self._note.setFont(body_font(13))
        self._note.setProperty("role", "note")
        self.edit_action = QAction("&Edit the code", self)
        self.edit_action.setIconText("Edit")
        self.edit_action.setCheckable(True)
        self.edit_action.setShortcut("Ctrl+E")
        self.edit_action.setToolTip("Change the code and run it; the file is kept (Ctrl+E)")
        self.edit_action.toggled.connect(self.edit_toggled)
        self.edit_button = QToolButton()
        self.edit_button.setDefaultAction(self.edit_action)
        self.edit_button.setFont(body_font(13))
        self.edit_button.setProperty("role", "switch")
        self.edit_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.edit_button.setAccessibleName("Edit the code")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._note)
        row.addWidget(self.edit_button)

    def say(self, *, modified: bool, as_run: bool) -> None:
        """Say how the text that is shown stands."""
        words = ("as it was run" if as_run else "● modified") if as_run or modified else ""
        tip = (
            "This is the text of the run that is shown; the code has been changed since."
            if as_run
            else "The text differs from the file, which is kept as it was."
        )
        self._note.setText(words)
        self._note.setToolTip(tip if words else "")
        self._note.setAccessibleName(f"{words}. {tip}" if words else "")
        self._note.setVisible(bool(words))

    def note(self) -> str:
        """Return what `say` shows."""
        return self._note.text()
