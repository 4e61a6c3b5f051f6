"""The table of both builds, side by side, as a card among a lesson's notes.

Guarantees: what is not measured yet says so; each number is told to a screen reader with the row
and the build that it belongs to; the card says how the numbers were measured.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from engine.side_by_side import HOW, Comparison
from gui.theme import body_font, numbers_font

TITLE = "Side by side"


class ComparisonCard(QFrame):
    """Shows one comparison.

    Attributes: stop_button (there while something is measured).

    Signals: stop_requested.
    """

    stop_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(TITLE)
        self._shown: Comparison | None = None
        self._cells: dict[tuple[int, int], QLabel] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self._grid.setColumnStretch(2, 3)
        self._advice = _words("", role="quiet", wrap=True)
        self.stop_button = QPushButton("Stop")
        self.stop_button.setToolTip("Stop measuring")
        self.stop_button.setAccessibleName("Stop measuring side by side")
        self.stop_button.clicked.connect(self.stop_requested)
        head = QHBoxLayout()
        head.addWidget(_words(TITLE, bold=True))
        head.addStretch(1)
        head.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(_words(HOW, role="quiet", wrap=True))
        column.addLayout(self._grid)
        column.addWidget(self._advice)
        self.hide()

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show *comparison*; None hides the card."""
        self.setVisible(comparison is not None)
        if comparison is None or comparison == self._shown:
            return
        self._shown = comparison
        builds, pythons = comparison.heads
        self._row(0, builds, bold=True)
        self._row(1, pythons, quiet=True)
        for place, row in enumerate(comparison.rows, 2):
            self._row(place, row, says=builds[1:])
        self._advice.setText(comparison.advice)
        self._advice.setVisible(bool(comparison.advice))
        self.stop_button.setVisible(not comparison.over)

    def table(self) -> list[list[str]]:
        """Return what is shown, row by row."""
        rows = sorted({row for row, _ in self._cells})
        return [[self._cells[row, column].text() for column in range(3)] for row in rows]

    def _row(
        self,
        row: int,
        texts: tuple[str, ...],
        *,
        bold: bool = False,
        quiet: bool = False,
        says: tuple[str, ...] = (),
    ) -> None:
        for column, text in enumerate(texts):
            cell = self._cells.get((row, column))
            if cell is None:
                cell = _words("", bold=bold, role="quiet" if quiet else "", wrap=row < 2)
                if column:
                    cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
                    if row > 1:
                        cell.setFont(numbers_font(13))
                self._cells[row, column] = cell
                self._grid.addWidget(cell, row, column)
            cell.setText(text)
            if says and column:
                cell.setAccessibleName(f"{texts[0]}, {says[column - 1]}: {text}")


def _words(text: str, *, bold: bool = False, role: str = "", wrap: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(body_font(13, QFont.Weight.DemiBold if bold else QFont.Weight.Normal))
    label.setWordWrap(wrap)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
