"""The statistics of a stretch as tables: a row a thread, a row a lock.

Why: numbers are compared in a table that sorts, and are taken elsewhere by copying it. Guarantees:
a table shows the `Measured` that it was given and keeps nothing else; rows with equal entries stay
in the order of threads and locks; what is copied has a header and plain numbers (seconds).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import nlargest
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
MOST_LOCKS = 1_000  # rows; a script can make locks without end
Use = ThreadUse | LockUse
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
class Column:
    """A column: its words, those for the clipboard, what it means, and its entry for one use."""

    text: str
    copied: str
    hint: str
    of: Callable[[Any], Cell]


def key_of(use: Use) -> tuple[str, int]:
    """Return which thread or lock a row is of."""
    return ("thread", use.thread) if isinstance(use, ThreadUse) else ("lock", use.lock)


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


def thread_rows(trace: Trace, measured: Measured) -> tuple[list[Column], list[Use]]:
    """Return the columns and the rows of the table of threads.

    A cause has a column only where somebody's time went to it.
    """
    uses = measured.threads
    there = {cause for use in uses for cause in use.by_cause}
    causes = [cause for cause in WAITS if cause is Cause.LOCK or cause in there]
    return [
        Column("Thread", "Thread", "The thread", lambda use: _name(trace, use.thread)),
        *_part("Running", "Neither waiting nor asleep", lambda use: use.of(Cause.RUNNING)),
        Column("On core", "On core (s)", "Really computing, by the system's own count", _core),
        *_part("Waiting", "For anything but sleep", lambda use: use.waited),
        *(_cause(cause) for cause in causes),
        *_part("Sleeping", "In sleep()", lambda use: use.of(Cause.SLEEPING)),
        Column("Longest wait", "Longest wait (s)", _GOES_THERE, lambda use: _stay(use.longest)),
    ], list(uses)


_GOES_THERE = "Enter, or a double click, goes there"


def _part(name: str, hint: str, of: Callable[[ThreadUse], int]) -> list[Column]:
    """Return two columns: a time, and its share of the time in which the thread was there."""
    share = f"{name}, of the time in which it was there"
    return [
        Column(name, f"{name} (s)", hint, lambda use: _time(of(use))),
        Column("%", f"{name} (%)", share, lambda use: _share(of(use), use.lived)),
    ]


def _cause(cause: Cause) -> Column:
    words = CAUSE_WORDS[cause]
    hint = f"Waiting: {words.lower()}"
    return Column(words, f"{words} (s)", hint, lambda use: _time(use.of(cause)))


def lock_rows(trace: Trace, measured: Measured) -> tuple[list[Column], list[Use]]:
    """Return the columns and the rows of the table of locks: `MOST_LOCKS`, the costliest."""

    def named(use: LockUse) -> Cell:
        name = object_name(trace, use.lock)
        return Cell(name, name.casefold(), _plain(name), lock=use.lock)

    def by(stay: Stay | None) -> Cell:
        return _name(trace, stay.thread if stay else None)

    columns = [
        Column("Lock", "Lock", "The lock", named),
        Column(
            "Taken",
            "Taken",
            "How often; its owner's taking it again is not counted",
            lambda use: _count(use.acquisitions),
        ),
        Column(
            "Contended",
            "Contended",
            "How often it was got after a wait",
            lambda use: _count(use.contended),
        ),
        Column(
            "%",
            "Contended (%)",
            "Got after a wait, of all",
            lambda use: _share(use.contended, use.acquisitions),
        ),
        Column("Held", "Held (s)", "How long in all", lambda use: _time(use.held)),
        Column(
            "Longest hold",
            "Longest hold (s)",
            "The longest hold",
            lambda use: _stay(use.longest_hold),
        ),
        Column("by", "Longest hold by", "Who held it longest", lambda use: by(use.longest_hold)),
        Column(
            "Waited",
            "Waited (s)",
            "How long in all, by all threads",
            lambda use: _time(use.waited),
        ),
        Column(
            "Longest wait",
            "Longest wait (s)",
            _GOES_THERE,
            lambda use: _stay(use.longest_wait),
        ),
        Column("by", "Longest wait by", "Who waited longest", lambda use: by(use.longest_wait)),
    ]
    uses: Sequence[LockUse] = measured.locks
    if len(uses) > MOST_LOCKS:
        uses = nlargest(
            MOST_LOCKS, uses, lambda use: (use.waited, use.contended, use.held, use.acquisitions)
        )
        uses = sorted(uses, key=lambda use: use.lock)
    return columns, list(uses)


class StatisticsModel(QAbstractTableModel):
    """One table. An entry is made when it is seen, as a run may have a thousand threads.

    Attributes: rows (as they stand now), heads (the columns).
    """

    def __init__(
        self,
        theme: Theme,
        make: Callable[[Trace, Measured], tuple[list[Column], list[Use]]],
    ) -> None:
        super().__init__()
        self._theme = theme
        self._make = make
        self._ranks: dict[int, int] = {}
        self._given: list[Use] = []
        self._by, self._descending = -1, False
        self.heads: list[Column] = []
        self.rows: list[Use] = []

    def show_measured(self, trace: Trace, measured: Measured) -> None:
        """Show *measured*, sorted as before."""
        heads, rows = self._make(trace, measured)
        same = self.names() == [head.copied for head in heads]
        self._ranks = lock_ranks(trace)
        if same and [key_of(row) for row in rows] == [key_of(row) for row in self._given]:
            self.heads = heads
            self._stand(rows)
            return
        self.beginResetModel()
        self._by = self._by if self._by < len(heads) else -1
        self.heads, self._given = heads, rows
        self.rows = self._sorted()
        self.endResetModel()

    def names(self) -> list[str]:
        """Return what the columns are called on the clipboard, where no two have one name."""
        return [head.copied for head in self.heads]

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
        cell = self.cell(index.row(), index.column())
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

    def cell(self, row: int, column: int) -> Cell:
        """Return one entry."""
        return self.heads[column].of(self.rows[row])

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
            is_name = section == 0 or head.text == "by"
            side = Qt.AlignmentFlag.AlignLeft if is_name else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by *column*; -1: as the threads and locks came."""
        self._by, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self._stand(self._given)

    def _stand(self, given: list[Use]) -> None:
        """Have the rows *given*, of the same threads or locks as before, stand in their order.

        What was chosen stays chosen, wherever it stands now.
        """
        self.layoutAboutToBeChanged.emit()
        before = [(index, key_of(self.rows[index.row()])) for index in self.persistentIndexList()]
        self._given = given
        self.rows = self._sorted()
        places = {key_of(row): place for place, row in enumerate(self.rows)}
        for index, key in before:
            self.changePersistentIndex(index, self.index(places[key], index.column()))
        self.layoutChanged.emit()

    def _sorted(self) -> list[Use]:
        if self._by < 0:
            return list(self._given)
        of = self.heads[self._by].of
        return sorted(self._given, key=lambda use: of(use).order, reverse=self._descending)

    def text(self, rows: Sequence[int] | None = None) -> str:
        """Return rows (numbers as they stand; None: all) with a header, between tabs."""
        chosen = range(len(self.rows)) if rows is None else rows
        lines = ["\t".join(self.names())]
        across = range(len(self.heads))
        lines += ["\t".join(self.cell(row, column).copied for column in across) for row in chosen]
        return "\n".join(lines) + "\n"
