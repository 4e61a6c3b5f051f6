"""A table of statistics on the screen: sorted by a click or a key, copied, followed.

Guarantees: everything that the mouse can do the keyboard can do: the arrows walk the entries, S
sorts by the column of the entry that has the keyboard (again: the other way round), Enter follows
the row, Ctrl+C copies the chosen rows and `copy_all` the whole table, both with a header.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.statistics import Measured
from engine.trace import Trace
from gui.statistics_tables import Column, StatisticsModel, Use
from gui.theme import Theme, body_font

_ROW = 28  # px
_LOOKED_AT = 40  # rows that the width of a column is measured by
_WIDEST = 200  # px


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which column a table is sorted ('': by none), and whether the largest comes first."""

    column: str
    descending: bool


class StatisticsTable(QTableView):
    """One table.

    Attributes:
        rows: its model.
        sorting: by what it is sorted; its column may be missing just now.

    Signals:
        followed(object): a person follows the row of this `ThreadUse` or `LockUse`.
    """

    followed = Signal(object)

    def __init__(
        self,
        name: str,
        theme: Theme,
        make: Callable[[Trace, Measured], tuple[list[Column], list[Use]]],
        sorted_by: Sorting,
    ) -> None:
        super().__init__()
        self.rows = StatisticsModel(theme, make)
        self.setModel(self.rows)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerWidget(QWidget())  # else the style draws a grip between the scroll bars
        self.setFont(body_font(13))
        self._style(theme)
        self.setIconSize(QSize(14, 14))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        head = self.horizontalHeader()
        head.setFont(body_font(12))
        head.setResizeContentsPrecision(_LOOKED_AT)
        head.setHighlightSections(False)
        head.setSectionsMovable(True)
        head.setSortIndicatorClearable(True)
        self.sorting = Sorting("", False)
        self._turn_to(sorted_by)
        self.setSortingEnabled(True)
        head.sortIndicatorChanged.connect(self._turned)
        self.activated.connect(self._follow)
        self._fitted: list[str] = []

    def show_measured(self, trace: Trace, measured: Measured) -> None:
        """Show *measured*."""
        sorting = self.sorting
        self.rows.show_measured(trace, measured)
        self._turn_to(sorting)
        if self.rows.rows and self.rows.names() != self._fitted:
            self._fitted = self.rows.names()
            self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._style(theme)
        self.rows.set_theme(theme)

    def _style(self, theme: Theme) -> None:
        """Show which entry has the keyboard, and by what the rows are sorted above the words."""
        self.setStyleSheet(
            "QTableView::item { padding: 0 6px; }"
            f"QTableView::item:focus {{ border: 1px solid {theme.accent.name()};"
            " border-radius: 4px; padding: 0 5px; }"
            "QHeaderView::up-arrow, QHeaderView::down-arrow {"
            " subcontrol-position: top center; width: 7px; height: 7px; }"
        )

    def sort_by(self, column: int) -> None:
        """Sort by *column*, the largest first; again: the other way round."""
        head = self.horizontalHeader()
        down = Qt.SortOrder.DescendingOrder
        first = head.sortIndicatorSection() != column or head.sortIndicatorOrder() != down
        head.setSortIndicator(column, down if first else Qt.SortOrder.AscendingOrder)

    def sort_as(self, sorting: Sorting) -> None:
        """Sort as *sorting* says, as soon as there is such a column."""
        self._turn_to(sorting)

    def _turn_to(self, sorting: Sorting) -> None:
        names = self.rows.names()
        column = names.index(sorting.column) if sorting.column in names else -1
        down, up = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
        order = down if sorting.descending else up
        head = self.horizontalHeader()
        if (head.sortIndicatorSection(), head.sortIndicatorOrder()) != (column, order):
            head.setSortIndicator(column, order)
        self.sorting = sorting

    def _turned(self, column: int, order: Qt.SortOrder) -> None:
        known = 0 <= column < len(self.rows.heads)
        name = self.rows.heads[column].copied if known else ""
        self.sorting = Sorting(name, order == Qt.SortOrder.DescendingOrder)

    def copy_all(self) -> None:
        """Copy the whole table."""
        QGuiApplication.clipboard().setText(self.rows.text())

    def copy_chosen(self) -> None:
        """Copy the chosen rows, as they stand; all of them where none is chosen."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        QGuiApplication.clipboard().setText(self.rows.text(chosen or None))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, sort, follow; the rest is walking."""
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_chosen()
        elif event.key() == Qt.Key.Key_S and not event.modifiers() and index.isValid():
            self.sort_by(index.column())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._follow(index)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Ask for half a dozen rows."""
        return QSize(480, 7 * _ROW)

    def _follow(self, index: QModelIndex) -> None:
        self.followed.emit(self.rows.rows[index.row()])

    def _fit(self) -> None:
        """Make each column as wide as what stands in it; a person may drag it then."""
        self.resizeColumnsToContents()
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column in range(self.rows.columnCount()):
            self.setColumnWidth(column, min(_WIDEST, self.columnWidth(column) + 8))
