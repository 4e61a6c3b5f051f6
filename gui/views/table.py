"""The table: every event, or every slice, as a row: the picture in words.

Why: a picture cannot be read aloud, searched by line or copied into a report. The row of the
cursor's moment is the current row; choosing a row moves the cursor and chooses its thread.

Guarantees: a function of `(trace, t)`, the choice and the filter; no row is built before it is
seen; looking for rows takes a few milliseconds of a frame; what arrives does not move what a
person reads, unless the cursor follows.
"""

from __future__ import annotations

import json

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.trace import Trace
from gui.cursor import Cursor
from gui.icon_button import IconButton
from gui.pane import ElidedLabel, EmptyNote
from gui.row_filter import RowFilter
from gui.rows_table import RowsTable
from gui.selection import Selection
from gui.table_model import TIME, VALUE, WHAT, RowsModel
from gui.theme import Theme, body_font, numbers_font
from gui.time_axis import TimeAxis

TITLE = "Table"
SUBTITLE = ""
LOOK_SECONDS = 0.006  # of a frame
MOST_COPIED = 100_000  # rows
_WIDTHS = (92, 76, 112, 240, 84, 100, 84)  # px, one a column
_LEAST_WHAT = 160
_EMPTY = ("Nothing has happened yet.", "Press Run.")
_NONE_FOUND = ("No row is like that.", "Choose all threads, kinds and objects, or clear the words.")


class TableView(QWidget):
    """The table with its filter.

    Attributes: rows (the table), model, filter (the fields), events_button, slices_button,
    copy_button, counter (how many rows are shown, of how many).
    """

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        axis: TimeAxis,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._cursor, self._axis, self._selection = cursor, axis, selection
        self._trace, self._t = Trace(), 0
        self._bringing = False
        self._current = -1  # the event that the current row stands for
        self._fitted = True  # nobody gave the columns other widths
        self.model = RowsModel()
        self.filter = RowFilter()
        self.rows = RowsTable(self.model, theme)
        self._looking = QTimer(self)
        self._looking.setObjectName("table looks for rows")
        self._looking.setInterval(0)
        self._looking.timeout.connect(self._look)
        self._note = EmptyNote(*_EMPTY)
        self._build()
        for column, width in enumerate(_WIDTHS):
            self.rows.setColumnWidth(column, width)
        self.filter.changed.connect(self._show_rows)
        self.rows.selectionModel().currentRowChanged.connect(self._chosen)
        self.rows.verticalScrollBar().actionTriggered.connect(self._scrolled)
        self.rows.horizontalHeader().sectionResized.connect(self._resized)
        selection.changed.connect(self._selection_changed)
        self.setAccessibleName(TITLE)
        self._count()

    def _build(self) -> None:
        self.counter = ElidedLabel("", font=numbers_font(12), role="quiet")
        self.counter.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.events_button = _segment("Events", "first", "Show a row for each event")
        self.slices_button = _segment("Slices", "last", "Show a row for each stretch of a lane")
        self.events_button.setChecked(True)
        self._kinds = QButtonGroup(self)
        self._kinds.addButton(self.events_button, 0)
        self._kinds.addButton(self.slices_button, 1)
        self._kinds.idToggled.connect(lambda _kind, _on: self._switch())
        self.copy_button = IconButton("copy", "Copy the chosen rows, for a spreadsheet (Ctrl+C)")
        self.copy_button.clicked.connect(self.copy)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        head.addWidget(self.counter, 1)
        head.addSpacing(10)
        head.addWidget(self.copy_button)
        head.addSpacing(4)
        head.addWidget(self.events_button)
        head.addWidget(self.slices_button)
        holder = QWidget()
        self._pages = QStackedLayout(holder)
        self._pages.addWidget(self._note)
        self._pages.addWidget(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter)
        column.addWidget(holder, 1)
        QWidget.setTabOrder(self.filter.words, self.rows)

    def header(self) -> QWidget:
        """Return the switch, the button and the counter, for the pane's header."""
        return self._head

    # ---- what is shown

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the row of *t* (ns) as the current one."""
        moved = t != self._t or trace is not self._trace
        self._t = t
        if trace is not self._trace:
            self._trace = trace
            self._current = -1
            self.filter.show_trace(trace)
            self._show_rows()
        else:
            self.filter.show_trace(trace)
        if self.model.grow():
            self.rows.viewport().update()
        if not self.model.is_complete:
            self._looking.start()
        if moved:
            self._bring()
        else:
            self._hold()
        self._count()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self.rows.set_theme(theme)

    def _show_rows(self) -> None:
        self._bringing = True
        self.model.show_rows(self._trace, self.filter.criteria)
        self._bringing = False
        self._looking.stop()
        if not self.model.is_complete:
            self._look()
            if not self.model.is_complete:
                self._looking.start()
        self._bring()
        self._count()

    def _look(self) -> None:
        """Look for some more rows."""
        self.model.look(LOOK_SECONDS)
        if self.model.is_complete:
            self._looking.stop()
            self._bring()
        self._count()

    def _switch(self) -> None:
        self.filter.show_slices(self.slices_button.isChecked())

    def _count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        what = "slices" if self.filter.criteria.slices else "events"
        is_all = self.model.criteria.is_open and self.model.criteria.thread is None
        words = f"{total:,} {what}" if is_all else f"{shown:,} of {total:,} {what}"
        if not self.model.is_complete:
            words += f", {self.model.looked:.0%} looked at"
        if words != self.counter.full_text():
            self.counter.setText(words)
            self.rows.setAccessibleDescription(words)
        self._pages.setCurrentIndex(1 if shown else 0)
        if total or not self._trace.threads:
            self._note.say(*(_NONE_FOUND if total and self.model.is_complete else _EMPTY))

    # ---- the current row

    def _bring(self) -> None:
        """Make the row of the cursor's moment the current one, and show it."""
        if not self.model.rowCount():
            return
        row = self._row_now()
        self._set_current(row)
        if row >= 0:
            index = self.model.index(row, self._column())
            hint = QAbstractItemView.ScrollHint
            is_near = self._cursor.following or self.rows.is_near(row)
            self.rows.scrollTo(index, hint.EnsureVisible if is_near else hint.PositionAtCenter)

    def _row_now(self) -> int:
        current = self.rows.currentIndex().row()
        if current >= 0 and self._current == self.model.event_at(current):
            row = self.model.row(current)
            if row.time == self._t and self._selection.lane in (None, row.thread):
                return current
        chosen = self._row_of_chosen()
        return self.model.row_at(self._t) if chosen is None else chosen

    def _row_of_chosen(self) -> int | None:
        """Return the row of the chosen thread: its slice at the cursor, or an event just then."""
        number = self._selection.lane
        if number is None or number >= len(self._trace.lanes):
            return None
        lane = self._trace.lanes[number]
        slices = self.model.criteria.slices
        times, events = (lane.starts, lane.firsts) if slices else (lane.times, lane.events)
        place = times.index_at(self._t) - 1
        if place < 0 or (not slices and times[place] != self._t):
            return None
        found = self.model.row_of(int(times[place]), int(events[place]))
        return found if found >= 0 else None

    def _hold(self) -> None:
        """Stay with the row that is current where late rows came before it."""
        row = self.rows.currentIndex().row()
        if row < 0 or self._current < 0 or self.model.event_at(row) == self._current:
            return
        found = self.model.row_of(self._trace.event(self._current).time, self._current)
        if found >= 0:
            bar = self.rows.verticalScrollBar()
            place = bar.value() + found - row
            self._set_current(found)
            bar.setValue(place)

    def _set_current(self, row: int) -> None:
        self._current = self.model.event_at(row)
        if row == self.rows.currentIndex().row():
            return
        self._bringing = True
        index = self.model.index(row, self._column()) if row >= 0 else QModelIndex()
        flags = QItemSelectionModel.SelectionFlag
        self.rows.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self._bringing = False

    def _column(self) -> int:
        return max(TIME, self.rows.currentIndex().column())

    def _chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        """Move the cursor to the row that a person chose."""
        if self._bringing or not index.isValid():
            return
        row = self.model.row(index.row())
        self._current, self._t = row.event, row.time
        if self._cursor.playing:
            self._cursor.stop()
        self._cursor.seek(row.time)
        self._axis.keep_visible(row.time)
        self._selection.choose(row.thread, row.time)

    def _selection_changed(self) -> None:
        chosen = self._selection.time
        if self.isVisible() and chosen is not None and self._row_of_chosen() is not None:
            self._bring()

    def _scrolled(self) -> None:
        """Let a person look elsewhere: the cursor follows no more."""
        if self._cursor.following:
            self._cursor.hold()
        elif self._cursor.playing:
            self._cursor.stop()

    # ---- keys, copies, widths

    def event(self, event: QEvent) -> bool:
        """Keep Escape while there are words to clear: else it would stop the run."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self.filter.words.text()
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the chosen rows; zoom on the current slice; go to the words."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.rows.hasFocus():
            self._zoom()
        elif event.key() == Qt.Key.Key_Escape and self.filter.words.text():
            self.filter.words.clear()
        else:
            super().keyPressEvent(event)

    def _zoom(self) -> None:
        index = self.rows.currentIndex()
        if index.isValid() and self.model.criteria.slices:
            row = self.model.row(index.row())
            end = self._trace.now if row.end is None else row.end
            if end > row.time:
                self._axis.show(row.time, end)

    def copy(self) -> None:
        """Put the chosen rows into the clipboard, as tab-separated text."""
        rows = self.rows.chosen_rows(MOST_COPIED + 1)
        QApplication.clipboard().setText(self.model.tsv(rows[:MOST_COPIED]))
        if len(rows) > MOST_COPIED:
            self.counter.setText(f"The first {MOST_COPIED:,} of the chosen rows were copied")

    def _resized(self, _column: int, _before: int, _now: int) -> None:
        if self.rows.horizontalHeader().underMouse():
            self._fitted = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the words what the other columns leave."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._fitted:
            others = sum(self.rows.columnWidth(column) for column in range(VALUE + 1)) - (
                self.rows.columnWidth(WHAT)
            )
            room = self.width() - others - 18
            self.rows.setColumnWidth(WHAT, max(_LEAST_WHAT, room))

    def showEvent(self, event: QShowEvent) -> None:
        """Go on looking."""
        super().showEvent(event)
        self._fit()
        if not self.model.is_complete:
            self._looking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look for nothing while nobody sees it."""
        super().hideEvent(event)
        self._looking.stop()

    def save_state(self) -> str:
        """Return what is remembered: which rows, and how wide the columns are."""
        widths = [] if self._fitted else [self.rows.columnWidth(c) for c in range(VALUE + 1)]
        return json.dumps({"slices": self.slices_button.isChecked(), "widths": widths})

    def restore_state(self, packed: str) -> None:
        """Take what `save_state` gave; anything else changes nothing."""
        try:
            state = json.loads(packed)
        except ValueError:
            return
        if not isinstance(state, dict):
            return
        if state.get("slices") is True:
            self.slices_button.setChecked(True)
        widths = state.get("widths")
        if not isinstance(widths, list) or len(widths) != VALUE + 1:
            return
        if all(type(width) is int and 30 <= width <= 2000 for width in widths):
            self._fitted = False
            for column, width in enumerate(widths):
                self.rows.setColumnWidth(column, width)

    def sizeHint(self) -> QSize:
        """Ask for ten rows."""
        return QSize(520, 300)

    def minimumSizeHint(self) -> QSize:
        """Be content with the filter and two rows."""
        return QSize(300, 120)


def _segment(text: str, segment: str, hint: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setProperty("role", "choice")
    button.setProperty("segment", segment)
    button.setFont(body_font(13))
    button.setToolTip(hint)
    button.setAccessibleName(hint)
    return button
