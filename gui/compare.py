"""Two texts of one script side by side: as a rule what is on disk, and what is in the editor.

Guarantees: both are only shown; lines that differ are tinted on both sides, and those that only
one side has as well; both sides scroll together.
"""

from __future__ import annotations

import difflib

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QWidget

from gui import theme
from gui.code_text import CodeText, Marks


class Compare(QDialog):
    """The window of the two. Attributes: left, right."""

    def __init__(
        self,
        name: str,
        on_disk: str,
        mine: str,
        parent: QWidget,
        words: tuple[str, str] = ("On disk", "Here, with your changes"),
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{name}: {words[0].lower()} and {words[1].lower().split(',')[0]}")
        self.resize(1200, 700)
        look = theme.current()
        self.left, self.right = CodeText(look), CodeText(look)
        self.left.setAccessibleName(words[0])
        self.right.setAccessibleName(words[1])
        left, right = on_disk.split("\n"), mine.split("\n")
        grid = QGridLayout(self)
        grid.setSpacing(8)
        for column, (heading, view, text) in enumerate(
            ((words[0], self.left, on_disk), (words[1], self.right, mine))
        ):
            view.chips = 0
            title = QLabel(heading)
            title.setFont(theme.title_font())
            grid.addWidget(title, 0, column)
            grid.addWidget(view, 1, column)
            view.set_code(text)
        here, there = differing(left, right)
        # A line that differs is tinted as one where a thread stands, but without a chip.
        self.left.set_marks(Marks(dict.fromkeys(here, ())))
        self.right.set_marks(Marks(dict.fromkeys(there, ())))
        self.left.bring(min(here, default=1))
        self.right.bring(min(there, default=1))
        one, two = self.left.verticalScrollBar(), self.right.verticalScrollBar()
        one.valueChanged.connect(two.setValue)
        two.valueChanged.connect(one.setValue)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        grid.addWidget(buttons, 2, 0, 1, 2)


def differing(left: list[str], right: list[str]) -> tuple[list[int], list[int]]:
    """Return the lines (from 1) of each side that the other does not have at that place."""
    here: list[int] = []
    there: list[int] = []
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=len(left) > 5_000)
    for what, i, j, k, m in matcher.get_opcodes():
        if what != "equal":
            here.extend(range(i + 1, j + 1))
            there.extend(range(k + 1, m + 1))
    return here, there
