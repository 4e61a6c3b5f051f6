"""The buttons of the critical path: show it over the lanes, whose it is, copy it as text.

Guarantees: they show what the finder has, whoever changed it; words are elided by nobody.
"""

from __future__ import annotations

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from engine.path_words import lines
from gui.path_finder import PathFinder
from gui.theme import body_font


class PathButtons(QWidget):
    """The row of buttons.

    Attributes: on_lanes, of_chosen, copy (the buttons), action (the first one, for a menu).
    """

    def __init__(self, finder: PathFinder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._finder = finder
        self.on_lanes = self._button(
            "On the lanes", "Draw the critical path over the threads' lanes in Activity"
        )
        self.of_chosen = self._button(
            "Chosen thread",
            "The path to the end of the thread that is chosen, instead of the end of the run",
        )
        self.copy = self._button("Copy", "Copy the critical path as text, step by step")
        self.copy.setCheckable(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (self.on_lanes, self.of_chosen, self.copy):
            row.addWidget(button)
        self.action = QAction("Critical path on the lanes", self)
        self.action.setCheckable(True)
        self.action.toggled.connect(finder.set_on_lanes)
        self.on_lanes.toggled.connect(finder.set_on_lanes)
        self.of_chosen.toggled.connect(finder.set_of_chosen)
        self.copy.clicked.connect(self.copy_text)
        finder.changed.connect(self._update)
        self._update()

    def copy_text(self) -> None:
        """Put the path on the clipboard."""
        text = "\n".join(lines(self._finder.trace, self._finder.path))
        QGuiApplication.clipboard().setText(text)

    def _button(self, words: str, hint: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "switch")
        button.setFont(body_font(12))
        button.setText(words)
        button.setToolTip(hint)
        button.setAccessibleName(f"{words}: {hint}")
        button.setCheckable(True)
        return button

    def _update(self) -> None:
        self.on_lanes.setChecked(self._finder.on_lanes)
        self.action.setChecked(self._finder.on_lanes)
        self.of_chosen.setChecked(self._finder.of_chosen)
        self.copy.setEnabled(bool(self._finder.path.segments))
