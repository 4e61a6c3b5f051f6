"""What the window of two runs says in words: a card for each, and the table of numbers.

Guarantees: what differs is told by a sign and by weight, not by colour alone; each number is told
to a screen reader with its row and its column.
"""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from engine.comparison import NOT_RECORDED, Comparison, Side
from gui.pane import ElidedLabel
from gui.theme import Theme, body_font, numbers_font, title_font

COLUMNS = ("", "A", "B", "Difference", "B against A")
_BADGES = {"free": "FREE RUN", "directed": "DIRECTED RUN", "bare": "BARE RUN"}


class RunCard(QFrame):
    """The heading of one run.

    Attributes: letter ("A" or "B").
    """

    def __init__(self, letter: str, theme: Theme) -> None:
        super().__init__()
        self.letter = letter
        self._theme = theme
        self._said: tuple[Side, Comparison] | None = None
        self.setProperty("role", "pane")
        self._sign = QLabel(letter)
        self._sign.setFont(title_font())
        self._title = ElidedLabel("", font=title_font())
        self._python = ElidedLabel("", font=body_font(13), role="quiet")
        self._badge = QLabel()
        self._badge.setProperty("role", "badge")
        self._badge.setFont(body_font(12))
        self._badge.setFixedHeight(26)
        self._values = QLabel()
        self._values.setTextFormat(Qt.TextFormat.RichText)
        self._values.setWordWrap(True)
        self._values.setFont(numbers_font(13))
        self._outcome = ElidedLabel("", font=body_font(13))
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._sign)
        head.addWidget(self._title)
        head.addWidget(self._python, 1)
        head.addWidget(self._badge)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._values)
        column.addWidget(self._outcome)

    def show_side(self, side: Side, comparison: Comparison) -> None:
        """Show the heading of *side*, which is one of the two of *comparison*."""
        self._said = (side, comparison)
        self._title.setText(f"{side.title} · {side.script}")
        self._python.setText(side.python or f"Python {NOT_RECORDED}")
        self._badge.setText(_BADGES.get(side.observed, f"{side.observed.upper()} RUN"))
        place = 1 if side is comparison.a else 2
        elapsed = comparison.figures[0]
        took = elapsed.shown(elapsed.a if place == 1 else elapsed.b)
        self._outcome.setText(f"{side.outcome} · {took}")
        self._values.setText(self._parameters(place))
        self._values.setVisible(bool(comparison.parameters))
        said = [f"{row[0]} {row[place]}" for row in comparison.parameters]
        parts = (side.title, side.python, self._badge.text().lower(), *said, side.outcome, took)
        self.setAccessibleName(f"Run {self.letter}: " + ", ".join(filter(None, parts)))

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        if self._said is not None:
            self.show_side(*self._said)

    def _parameters(self, place: int) -> str:
        quiet, accent = self._theme.quiet.name(), self._theme.accent.name()
        parts = []
        for row in self._said[1].parameters if self._said else ():
            name, value = html.escape(row[0]), html.escape(str(row[place]))
            if row[3]:
                parts.append(f'<b style="color:{accent}">≠ {name}&nbsp;{value}</b>')
            else:
                parts.append(f'<span style="color:{quiet}">{name}&nbsp;</span>{value}')
        return " &nbsp; ".join(parts)


class NumbersTable(QTableWidget):
    """The numbers of both runs, and how they differ."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(0, len(COLUMNS))
        self._theme = theme
        self.setAccessibleName("Numbers of both runs")
        self.setHorizontalHeaderLabels(list(COLUMNS))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(25)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setFont(body_font(13))
        self.setStyleSheet("QTableWidget::item { padding: 0 6px; }")
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setFont(body_font(12))
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)

    def show_comparison(self, comparison: Comparison) -> None:
        """Show the numbers of *comparison*."""
        rows = comparison.rows()
        self.clearSpans()
        self.setRowCount(len(rows))
        for place, row in enumerate(rows):
            is_heading = not any(row[1:])
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setData(
                    Qt.ItemDataRole.AccessibleTextRole,
                    f"{row[0]}, {COLUMNS[column]}: {text}" if column and text else text,
                )
                if is_heading:
                    item.setFont(title_font())
                elif 1 <= column <= 3:
                    item.setFont(numbers_font(13))
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                elif column == 4 and text not in ("the same", "cannot be compared", ""):
                    item.setFont(body_font(13, QFont.Weight.Medium))
                if text in (NOT_RECORDED, "not there", "the same", "cannot be compared", "0"):
                    item.setForeground(self._theme.quiet)
                self.setItem(place, column, item)
            if is_heading:
                self.setSpan(place, 0, 1, len(COLUMNS))

    def set_theme(self, theme: Theme, comparison: Comparison | None) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        if comparison is not None:
            self.show_comparison(comparison)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the table."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the chosen rows, or all of them, into the clipboard, as tab-separated text."""
        chosen = sorted({index.row() for index in self.selectedIndexes()})
        lines = ["\t".join(("figure", "a", "b", "difference", "words"))]
        for row in chosen or range(self.rowCount()):
            cells = [self.item(row, column) for column in range(len(COLUMNS))]
            lines.append("\t".join(cell.text() if cell else "" for cell in cells))
        QApplication.clipboard().setText("\n".join(lines))
