"""The statistics of a stretch as tables: a row a thread, a row a lock.

Why: numbers are compared in a table that sorts, and are taken elsewhere by copying it. Guarantees:
a table shows the `Measured` that it was given and keeps nothing else; rows with equal entries stay
in the order of threads and locks; what is copied has a header and plain numbers (seconds).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor, QPixmap

from engine.causes import CAUSE_WORDS, WAITS, Cause
from engine.sentences import called
from engine.statistics import LockUse, Measured, Stay, ThreadUse
from engine.trace import Trace
from gui.chips import chip_pixmap
from gui.facts import core_words
from gui.labels import duration, lock_ranks, object_name
from gui.theme import Theme, numbers_font

_CHIP = 16  # px
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry: what is shown, what it is sorted by, what is copied, whose chip stands there."""

    shown: str
    order: float | str
    copied: str
    thread: int | None = None
    lock: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its entries, and what it is a link to (a thread or a lock, its longest wait)."""

    cells: tuple[Cell, ...]
    thread: int | None
    lock: int | None
    longest: Stay | None

    @property
    def key(self) -> tuple[int | None, int | None]:
        """Which thread or lock it is of."""
        return self.thread, self.lock


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its words, those for the clipboard, and what it means."""

    text: str
    copied: str
    hint: str


def _time(ns: int) -> Cell:
    return Cell(duration(ns) if ns else "–", ns, f"{ns / 1e9:.9f}")


def _share(part: int, whole: int) -> Cell:
    percent = 100 * part / whole if whole else 0.0
    return Cell(f"{percent:.0f} %" if part else "–", percent, f"{percent:.3f}")


def _count(number: int) -> Cell:
    return Cell(f"{number:,}" if number else "–", number, str(number))


def _stay(stay: Stay | None) -> Cell:
    return _time(stay.length if stay else 0)


def _name(trace: Trace, thread: int | None) -> Cell:
    if thread is None:
        return Cell("–", "", "")
    name = called(trace, thread)
    return Cell(name, name.casefold(), _plain(name), thread)


def _plain(text: str) -> str:
    """Return *text* as one entry of a line with tabs."""
    return " ".join(text.split())


def _core(use: ThreadUse) -> Cell:
    core = use.on_core
    if core is None:
        return Cell("not measured", -1.0, "")
    copied = f"{core.least / 1e9:.9f}"
    if core.most != core.least:
        copied += f" to {core.most / 1e9:.9f}"
    return Cell(core_words(core, use.lived), (core.least + core.most) / 2, copied)


def thread_rows(trace: Trace, measured: Measured) -> tuple[list[Head], list[Row]]:
    """Return the columns and the rows of the table of threads.

    A cause has a column only where somebody's time went to it.
    """
    uses = measured.threads
    causes = [c for c in WAITS if c is Cause.LOCK or any(c in use.by_cause for use in uses)]
    heads = [
        Head("Thread", "Thread", "The thread"),
        Head("Running", "Running (s)", "Neither waiting nor asleep"),
        Head("%", "Running (%)", "Running, of the time in which it was there"),
        Head("On core", "On core (s)", "Really computing, by the system's own count"),
        Head("Waiting", "Waiting (s)", "For anything but sleep"),
        Head("%", "Waiting (%)", "Waiting, of the time in which it was there"),
        *(Head(CAUSE_WORDS[c], f"{CAUSE_WORDS[c]} (s)", _hint(c)) for c in causes),
        Head("Sleeping", "Sleeping (s)", "In sleep()"),
        Head("%", "Sleeping (%)", "Asleep, of the time in which it was there"),
        Head("Longest wait", "Longest wait (s)", "Enter, or a double click, goes there"),
    ]
    rows = []
    for use in uses:
        running, sleeping = (use.by_cause.get(c, 0) for c in (Cause.RUNNING, Cause.SLEEPING))
        cells = (
            _name(trace, use.thread),
            _time(running),
            _share(running, use.lived),
            _core(use),
            _time(use.waited),
            _share(use.waited, use.lived),
            *(_time(use.by_cause.get(cause, 0)) for cause in causes),
            _time(sleeping),
            _share(sleeping, use.lived),
            _stay(use.longest),
        )
        rows.append(Row(cells, use.thread, None, use.longest))
    return heads, rows


def _hint(cause: Cause) -> str:
    return f"Waiting: {CAUSE_WORDS[cause].lower()}"


def lock_rows(trace: Trace, measured: Measured) -> tuple[list[Head], list[Row]]:
    """Return the columns and the rows of the table of locks."""
    heads = [
        Head("Lock", "Lock", "The lock"),
        Head("Taken", "Taken", "How often; its owner's taking it again is not counted"),
        Head("Contended", "Contended", "How often it was got after a wait"),
        Head("%", "Contended (%)", "Got after a wait, of all"),
        Head("Held", "Held (s)", "How long in all"),
        Head("Longest hold", "Longest hold (s)", "The longest hold"),
        Head("by", "Longest hold by", "Who held it longest"),
        Head("Waited", "Waited (s)", "How long in all, by all threads"),
        Head("Longest wait", "Longest wait (s)", "Enter, or a double click, goes there"),
        Head("by", "Longest wait by", "Who waited longest"),
    ]
    return heads, [_lock_row(trace, use) for use in measured.locks]


def _lock_row(trace: Trace, use: LockUse) -> Row:
    name = object_name(trace, use.lock)
    hold, wait = use.longest_hold, use.longest_wait
    cells = (
        Cell(name, name.casefold(), _plain(name), lock=use.lock),
        _count(use.acquisitions),
        _count(use.contended),
        _share(use.contended, use.acquisitions),
        _time(use.held),
        _stay(hold),
        _name(trace, hold.thread if hold else None),
        _time(use.waited),
        _stay(wait),
        _name(trace, wait.thread if wait else None),
    )
    return Row(cells, None, use.lock, wait)


class StatisticsModel(QAbstractTableModel):
    """One table.

    Attributes: rows (as they stand now), heads (the columns).
    """

    def __init__(
        self,
        theme: Theme,
        make: Callable[[Trace, Measured], tuple[list[Head], list[Row]]],
    ) -> None:
        super().__init__()
        self._theme = theme
        self._make = make
        self._ranks: dict[int, int] = {}
        self._given: list[Row] = []
        self._by, self._descending = -1, False
        self.heads: list[Head] = []
        self.rows: list[Row] = []

    def show_measured(self, trace: Trace, measured: Measured) -> None:
        """Show *measured*, sorted as before."""
        heads, rows = self._make(trace, measured)
        if heads == self.heads and rows == self._given:
            return
        self._ranks = lock_ranks(trace)
        if heads == self.heads and [row.key for row in rows] == [row.key for row in self._given]:
            self._stand(rows)
            return
        self.beginResetModel()
        self._by = self._by if self._by < len(heads) else -1
        self.heads, self._given = heads, rows
        self.rows = self._sorted()
        self.endResetModel()

    def set_theme(self, theme: Theme) -> None:
        """Draw chips in *theme* from now on."""
        self._theme = theme
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.heads) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.heads)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what is shown, drawn and said of one entry."""
        cell = self.rows[index.row()].cells[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.shown
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._said(index.column())}: {cell.shown}"
        if role == Qt.ItemDataRole.TextAlignmentRole and not isinstance(cell.order, str):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and not isinstance(cell.order, str):
            return numbers_font(13)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(cell)
        if role == Qt.ItemDataRole.ForegroundRole and cell.shown in ("–", "not measured"):
            return self._theme.quiet
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self._said(index.column())}: {cell.shown}"
        return None

    def _said(self, column: int) -> str:
        return self.heads[column].copied.replace(" (s)", "")

    def _picture(self, cell: Cell) -> QPixmap | QColor | None:
        if cell.thread is not None:
            return chip_pixmap(self._theme, cell.thread, _CHIP, 2.0)
        if cell.lock is not None:
            return self._theme.lock_color(self._ranks.get(cell.lock, 0))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the words of a column, or what they mean."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self.heads):
            return None
        head = self.heads[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return head.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return head.hint
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return head.copied
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_name = head.text in ("Thread", "Lock", "by")
            side = Qt.AlignmentFlag.AlignLeft if is_name else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by *column*; -1: as the threads and locks came."""
        self._by, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self._stand(self._given)

    def _stand(self, given: list[Row]) -> None:
        """Have the rows *given*, of the same threads or locks as before, stand in their order.

        What was chosen stays chosen, wherever it stands now.
        """
        self.layoutAboutToBeChanged.emit()
        before = [(index, self.rows[index.row()].key) for index in self.persistentIndexList()]
        self._given = given
        self.rows = self._sorted()
        places = {row.key: place for place, row in enumerate(self.rows)}
        for index, key in before:
            self.changePersistentIndex(index, self.index(places[key], index.column()))
        self.layoutChanged.emit()

    def _sorted(self) -> list[Row]:
        if self._by < 0:
            return list(self._given)
        by = self._by
        return sorted(self._given, key=lambda row: row.cells[by].order, reverse=self._descending)

    def text(self, rows: Sequence[int] | None = None) -> str:
        """Return rows (numbers as they stand; None: all) with a header, between tabs."""
        chosen = self.rows if rows is None else [self.rows[row] for row in rows]
        lines = ["\t".join(head.copied for head in self.heads)]
        lines += ["\t".join(cell.copied for cell in row.cells) for row in chosen]
        return "\n".join(lines) + "\n"
