"""The rows of the table as Qt's views read them: made when they are looked at.

Why: ten million rows must cost what is seen of them. Without a filter, or with one for a thread,
rows are counted in the lanes (`engine.merged`); with another filter they are looked for a stretch
at a time (`engine.sieve`).

Guarantees: no row is built before it is asked for; rows that are found or arrive later are
inserted, so a view keeps its place.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from engine.columns import Ints
from engine.merged import Merged, Page
from engine.sentences import called
from engine.sieve import Criteria, Sieve
from engine.trace import Trace
from gui.labels import duration
from gui.table_rows import Row, RowWords, moment, sentence

TIME, SINCE, THREAD, WHAT, OBJECT, LINE, VALUE = range(7)
TITLES = ("Time", "Since", "Thread", "What", "Object", "Line", "Value")
TSV_TITLES = ("time_s", "since_previous_s", "thread", "what", "object", "line", "value")
#: A view's length in pixels is a number of 32 bits.
MOST_ROWS = 80_000_000
_AT_ONCE = 48  # rows that are worded together
_AROUND = 256  # rows that are looked up on either side, as those are wanted next
_KEPT = 4096
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """Events or slices of a trace, by `Criteria`.

    Attributes: trace, criteria, total (how many rows there are without a filter, of all threads).
    """

    def __init__(self) -> None:
        super().__init__()
        self.trace = Trace()
        self.criteria = Criteria()
        self._sieve: Sieve | None = None
        self._reset()

    # ---- what is shown

    def show_rows(self, trace: Trace, criteria: Criteria) -> None:
        """Show the rows of *trace* that *criteria* want; looking for them may go on in `look`."""
        self.beginResetModel()
        self.trace, self.criteria = trace, criteria
        self._reset()
        self.endResetModel()

    def _reset(self) -> None:
        self._sieve = None if self.criteria.is_open else Sieve(self.trace, self.criteria)
        self._all = self._of_all()
        self._words = RowWords(self.trace, slices=self.criteria.slices)
        self._rows: dict[int, Row] = {}
        self._page = Page(0, self._all.page(0, 0).events[:0])
        self._known = (-1, -1, -1)
        self._merged = self._among()
        self._count = self._size()

    def _of_all(self) -> Merged:
        trace, slices = self.trace, self.criteria.slices

        def arrival(row: int) -> int:
            return int(trace.column("time", row, row + 1)[0])

        return Merged(trace.lanes, slices=slices, arrival=None if slices else arrival)

    def _among(self) -> Merged:
        """Return the rows without a filter, of the thread that is wanted or of all."""
        wanted, lanes = self.criteria.thread, self.trace.lanes
        if wanted is None:
            return self._all
        return Merged(lanes[wanted : wanted + 1], slices=self.criteria.slices)

    def _size(self) -> int:
        return min(MOST_ROWS, len(self._merged) if self._sieve is None else len(self._sieve))

    @property
    def total(self) -> int:
        """The rows of all threads, without a filter."""
        return len(self._all)

    @property
    def looked(self) -> float:
        """The share of the rows that was looked at for the filter: 0..1."""
        if self._sieve is None or not len(self._sieve.merged):
            return 1.0
        return self._sieve.looked / len(self._sieve.merged)

    @property
    def is_complete(self) -> bool:
        """Whether all rows that are wanted were found."""
        return self._sieve is None or self._sieve.is_done

    def look(self, seconds: float) -> None:
        """Look for rows, for about *seconds*."""
        until = time.perf_counter() + seconds
        while self._sieve is not None and not self._sieve.is_done:
            self._sieve.step()
            if time.perf_counter() > until:
                break
        self._insert()

    def grow(self) -> bool:
        """Take in what the trace got since; it is inserted where nothing is to be looked for.

        Returns whether there was anything.
        """
        lanes = len(self.trace.lanes)
        now = self.trace.now if self.criteria.slices else 0  # the last slices go on
        known = (len(self.trace), lanes, now)
        if known == self._known:
            return False
        if lanes != len(self._all.times):
            self._all = self._of_all()
            self._merged = self._among()
        new = self.trace.column("time", max(0, self._known[0]), known[0])
        self._known = known
        if self._sieve is not None:
            self._sieve.grow()
        self._forget(int(new.min()) if len(new) else self.trace.now)
        self._insert()
        return True

    def _forget(self, since: int) -> None:
        """Make rows from *since* (ns) on anew, which may stand elsewhere now, or know more."""
        self._rows = {
            number: row
            for number, row in self._rows.items()
            if row.time < since and (row.end is not None or not self.criteria.slices)
        }
        events = self._page.events
        if len(events) and self.trace.event(int(events[-1])).time >= since:
            self._page = Page(0, events[:0])

    def _insert(self) -> None:
        size = self._size()
        if size > self._count:
            if self._sieve is not None:  # those found last may stand before others
                self._rows.clear()
            self.beginInsertRows(QModelIndex(), self._count, size - 1)
            self._count = size
            self.endInsertRows()

    # ---- rows

    def row(self, number: int) -> Row:
        """Return row *number*, 0 or more and less than `rowCount`."""
        row = self._rows.get(number)
        if row is None:
            if len(self._rows) > _KEPT:
                self._rows.clear()
            begin = max(0, number - _AT_ONCE // 4)
            events = self.events(begin, min(self._count, begin + _AT_ONCE))
            made = self._words.rows(events)
            self._rows.update(zip(range(begin, begin + len(made)), made, strict=True))
            row = self._rows[number]
        return row

    def event_at(self, number: int) -> int:
        """Return the number of the event that row *number* stands for; -1 where there is none."""
        if not 0 <= number < self._count:
            return -1
        found = self.events(number, number + 1)
        return int(found[0]) if len(found) else -1

    def events(self, begin: int, end: int) -> Ints:
        """Return the events that the rows [begin, end) stand for."""
        if self._sieve is not None:
            return self._sieve.events(begin, end)
        if begin not in self._page or end - 1 not in self._page:
            around = max(0, begin - _AROUND)
            self._page = self._merged.page(around, end - around + _AROUND)
        return self._page.events[begin - self._page.first : end - self._page.first]

    def row_at(self, t: int) -> int:
        """Return the last row that is not later than *t* (ns); -1 where all are."""
        rank = self._merged.rank(t) if self._sieve is None else self._sieve.row_at(t)
        return min(rank, self._count) - 1

    def row_of(self, t: int, event: int) -> int:
        """Return the row of *event*, which is at *t* (ns); -1 where it is not shown."""
        if self._sieve is None:
            found = self._merged.row_of(t, event)
        else:
            found = self._sieve.row_at(t, event)
        return found if self.event_at(found) == event else -1

    def tsv(self, rows: Sequence[int]) -> str:
        """Return *rows* as tab-separated text with a line of titles; times in seconds."""
        lines = ["\t".join(TSV_TITLES)]
        for number in rows:
            row = self.row(number)
            since = moment(row.time - self.row(number - 1).time) if number else ""
            cells = (
                moment(row.time), since, called(self.trace, row.thread), row.what, row.object,
                row.line, row.value,
            )  # fmt: skip
            lines.append("\t".join(" ".join(cell.split()) for cell in cells))
        return "\n".join(lines)

    # ---- what Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Return how many rows there are."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a column's title, or the number of a row from 1."""
        if orientation == Qt.Orientation.Vertical:
            return f"{section + 1:,}" if role == Qt.ItemDataRole.DisplayRole else None
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return "Since the row before" if section == SINCE else None
        if role == Qt.ItemDataRole.DisplayRole:
            return "Length" if section == VALUE and self.criteria.slices else TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in (TIME, SINCE, VALUE) else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what one cell shows."""
        column = index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(index.row(), column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in (TIME, SINCE, VALUE) else _LEFT
            case Qt.ItemDataRole.ToolTipRole if column == TIME:
                return f"{moment(self.row(index.row()).time)} s"
            case Qt.ItemDataRole.ToolTipRole:
                return self.text(index.row(), column) or None
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(index.row(), column)
        return None

    def text(self, number: int, column: int) -> str:
        """Return the words of a cell."""
        row = self.row(number)
        match column:
            case 0:
                return f"{row.time / 1e9:.6f}"
            case 1:
                return f"+{duration(row.time - self.row(number - 1).time)}" if number else ""
            case 2:
                return called(self.trace, row.thread)
        return {WHAT: row.what, OBJECT: row.object, LINE: row.line}.get(column, row.value)

    def _spoken(self, number: int, column: int) -> str:
        """Return the whole row where a screen reader comes to it, and a cell's words elsewhere."""
        if column == TIME:
            return sentence(self.trace, self.row(number))
        return self.text(number, column) or "empty"
