"""The list of bookmarks: go to one, write its note, take it away, take that back.

Why: the flags on the axis say where; a note says why, and is read in a list.

Guarantees: everything by keyboard (Enter goes, F2 writes, Delete takes away, Ctrl+Z takes back,
Escape closes); a note is shown as the text that it is.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.bookmarks import LONGEST_NOTE, Bookmark
from gui import theme
from gui.icon_button import IconButton
from gui.kept_bookmarks import KeptBookmarks
from gui.marks import Marks
from gui.overlay import Overlay
from gui.painting.marks import exact

_NONE = "No bookmark yet. M marks the cursor, Shift+M marks it and writes a note."
_TIME, _NOTE = 0, 1
_ROW = 30  # px
_MOST_ROWS = 9  # at once


class BookmarkButton(IconButton):
    """Says how many bookmarks there are; hidden while there is none."""

    def __init__(self, marks: Marks, parent: QWidget | None = None) -> None:
        super().__init__("flag", "Bookmarks (Ctrl+B)", parent)
        self._marks = marks
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        marks.changed.connect(self._update)
        self._update()

    def _update(self) -> None:
        count = len(self._marks.bookmarks)
        self.setVisible(count > 0)
        self.setText(str(count))
        self.setAccessibleName("1 bookmark" if count == 1 else f"{count} bookmarks")


class BookmarkList(Overlay):
    """The list, which opens over the panes.

    Attributes: table (a row a bookmark: its time, its note), undo_button.
    Signals: chosen (object: the `Bookmark` to go to).
    """

    chosen = Signal(object)

    def __init__(self, marks: Marks, parent: QWidget) -> None:
        super().__init__(parent, "Bookmarks")
        self._marks = marks
        self._filling = False
        self._refill = QTimer(self)  # once the editor of a note is gone
        self._refill.setObjectName("list of bookmarks")
        self._refill.setSingleShot(True)
        self._refill.setInterval(0)
        self._refill.timeout.connect(self._fill)
        self.setFixedWidth(420)
        self.table = self._made_table()
        self._empty = QLabel(_NONE)
        self._empty.setProperty("role", "quiet")
        self._empty.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        self._buttons = [
            self._button("Go there", "Enter", self._go),
            self._button("Write note", "F2", self._write),
            self._button("Delete", "Delete", self._delete),
        ]
        self.undo_button = self._button("Undo", "Ctrl+Z", marks.undo)
        self._kept: KeptBookmarks | None = None
        self.save_button = self._button("Save in its file", "into the file of the run", self._save)
        for button in (*self._buttons, self.undo_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self._empty)
        column.addWidget(self.table)
        column.addLayout(buttons)
        marks.changed.connect(self._fill)
        self._fill()

    def keep_with(self, kept: KeptBookmarks) -> None:
        """Offer to save the bookmarks of a run that came from a person's own file."""
        self._kept = kept
        kept.changed.connect(self._show_keeping)
        self._show_keeping()

    def _show_keeping(self) -> None:
        kept = self._kept
        self.save_button.setVisible(kept is not None and kept.own is not None)
        self.save_button.setEnabled(kept is not None and kept.can_save)
        if kept is not None and kept.own is not None:
            self.save_button.setToolTip(f"Write the bookmarks into {kept.own.name}")

    def _save(self) -> None:
        if self._kept is not None:
            self._kept.save()

    def open_at(self, corner: QPoint) -> None:
        """Open with the right upper corner at *corner* of the parent."""
        self._fill()
        self.open_over(corner, self.table if self._marks.bookmarks else self.undo_button)

    def edit(self, mark: Bookmark) -> None:
        """Let a person write the note of *mark*; the list must be open."""
        row = self._marks.bookmarks.index(mark)
        self.table.setCurrentCell(row, _NOTE)
        self._write()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the list's keys, but those that the editor of a note passes on."""
        if self.table.state() == QAbstractItemView.State.EditingState:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._go()
            elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self._delete()
            elif event.matches(QKeySequence.StandardKey.Undo):
                self._marks.undo()
            else:
                return super().eventFilter(watched, event)
            return True
        return super().eventFilter(watched, event)

    def _made_table(self) -> QTableWidget:
        table = QTableWidget(0, 2)
        table.setAccessibleName("Bookmarks: time and note")
        table.setHorizontalHeaderLabels(["Time", "Note"])
        table.verticalHeader().hide()
        table.horizontalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(_TIME, QHeaderView.ResizeMode.Fixed)
        table.horizontalHeader().setStretchLastSection(True)
        table.setColumnWidth(_TIME, 112)
        table.verticalHeader().setDefaultSectionSize(_ROW)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        table.itemChanged.connect(self._written)
        table.itemDelegate().closeEditor.connect(lambda *_: self._refill.start())
        table.cellDoubleClicked.connect(lambda _row, _column: self._go())
        table.installEventFilter(self)
        return table

    def _button(self, words: str, key: str, does: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setProperty("role", "quiet")
        button.setFont(theme.body_font(12))
        button.setToolTip(f"{words} ({key})")
        button.clicked.connect(lambda _checked=False: does())
        return button

    def _fill(self) -> None:
        if self.table.state() == QAbstractItemView.State.EditingState:
            return
        self._filling = True
        marks, row = self._marks.bookmarks, max(0, self.table.currentRow())
        self.table.setRowCount(len(marks))
        for number, mark in enumerate(marks):
            time = QTableWidgetItem(exact(mark.time))
            time.setFont(theme.numbers_font(12))
            time.setFlags(time.flags() & ~Qt.ItemFlag.ItemIsEditable)
            self.table.setItem(number, _TIME, time)
            self.table.setItem(number, _NOTE, QTableWidgetItem(mark.note))
        self.table.setFixedHeight(_ROW * min(max(1, len(marks)), _MOST_ROWS) + 4)
        if marks:
            self.table.setCurrentCell(min(row, len(marks) - 1), _NOTE)
        self._filling = False
        self.table.setVisible(bool(marks))
        self._empty.setVisible(not marks)
        for button in self._buttons:
            button.setEnabled(bool(marks))
        self.undo_button.setEnabled(self._marks.can_undo)
        self._show_keeping()
        if self.isVisible():
            self.resize(self.width(), self.sizeHint().height())

    def _current(self) -> Bookmark | None:
        row, marks = self.table.currentRow(), self._marks.bookmarks
        return marks[row] if 0 <= row < len(marks) else None

    def _go(self) -> None:
        mark = self._current()
        if mark is not None:
            self.shut()
            self.chosen.emit(mark)

    def _write(self) -> None:
        item = self.table.item(self.table.currentRow(), _NOTE)
        if item is not None:
            self.table.setCurrentItem(item)
            self.table.editItem(item)
            for field in self.table.findChildren(QLineEdit):
                field.setMaxLength(LONGEST_NOTE)

    def _written(self, item: QTableWidgetItem) -> None:
        if self._filling or item.column() != _NOTE:
            return
        marks = self._marks.bookmarks
        if item.row() < len(marks):
            self._marks.rename(marks[item.row()], item.text())

    def _delete(self) -> None:
        mark = self._current()
        if mark is not None:
            self._marks.remove(mark)
