"""A table of rows that are made when they are seen: the look and the keys of Qt's view.

Guarantees: it chooses whole rows; nothing that a person does goes through every row. A cell is
drawn by a few calls: Qt's own delegate asks a model seven times for each, which took 10 ms a frame
for a dozen rows where this takes 2.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui.chips import chip_pixmap
from gui.table_model import LINE, SINCE, THREAD, TIME, VALUE, RowsModel
from gui.theme import Theme, body_font, mix, numbers_font

_ROW = 24  # px
_CHIP = 16
_PAD = 6
_NUMBERS = frozenset({TIME, SINCE, LINE, VALUE})
_RIGHT = frozenset({TIME, SINCE, VALUE})


class _Cells(QStyledItemDelegate):
    """Draws a cell: its words, elided, and before a thread's name its chip."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.set_theme(theme)
        self._words, self._figures = body_font(13), numbers_font(13)

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self._chips: dict[tuple[int, float], QPixmap] = {}

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one cell."""
        model, column = index.model(), index.column()
        assert isinstance(model, RowsModel)
        box: QRect = option.rect
        look, state = self._theme, option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, look.selection)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, mix(look.hover, look.pane, 0.5))
        inside = box.adjusted(_PAD, 0, -_PAD, 0)
        if column == THREAD:
            chip = self._chip(model.row(index.row()).thread, painter)
            painter.drawPixmap(inside.left(), inside.center().y() - _CHIP // 2 + 1, chip)
            inside.setLeft(inside.left() + _CHIP + _PAD)
        painter.setFont(self._figures if column in _NUMBERS else self._words)
        painter.setPen(look.quiet if column in (SINCE, LINE) else look.text)
        side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
        words = model.text(index.row(), column)
        metrics = painter.fontMetrics()
        if metrics.horizontalAdvance(words) > inside.width():
            # Of a line, the number behind the file's name matters most.
            mode = Qt.TextElideMode.ElideLeft if column == LINE else Qt.TextElideMode.ElideRight
            words = metrics.elidedText(words, mode, inside.width())
        painter.drawText(inside, int(side | Qt.AlignmentFlag.AlignVCenter), words)

    def _chip(self, thread: int, painter: QPainter) -> QPixmap:
        scale = painter.device().devicePixelRatioF()
        known = self._chips.get((thread, scale))
        if known is None:
            known = self._chips[thread, scale] = chip_pixmap(self._theme, thread, _CHIP, scale)
        return known


class RowsTable(QTableView):
    """The rows."""

    def __init__(self, model: RowsModel, theme: Theme) -> None:
        super().__init__()
        self.setModel(model)
        self._cells = _Cells(theme, self)
        self.setItemDelegate(self._cells)
        self.setAccessibleName("Events and slices")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setFont(body_font(13))
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(_ROW)
        columns.setHighlightSections(False)
        columns.setSectionsClickable(False)
        columns.setMinimumSectionSize(48)
        columns.setFont(body_font(12))

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._cells.set_theme(theme)
        self.viewport().update()

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: Qt would go through every row."""

    def is_near(self, row: int) -> bool:
        """Whether *row* is seen, or would be with a little scrolling."""
        top, height = self.verticalScrollBar().value(), self.verticalScrollBar().pageStep()
        return top - height // 2 <= row <= top + height + height // 2

    def chosen_rows(self, most: int) -> list[int]:
        """Return the numbers of the chosen rows, ascending, *most* of them at most."""
        selection = self.selectionModel().selection()
        spans = [selection.at(place) for place in range(selection.count())]
        found: list[int] = []
        for top, bottom in sorted((span.top(), span.bottom()) for span in spans):
            found.extend(range(top, min(bottom + 1, top + most - len(found))))
        return found
