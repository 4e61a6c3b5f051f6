"""What stands on the axis of time beside its ticks: a ruler, bookmarks, and what a search found.

Why: a moment that was marked in one pane is read in every other one, so all time panes draw the
same marks, and a person sets them in whichever pane has the keyboard.

Guarantees: bookmarks ascend in time, at most one a moment and `MOST` in all; what a person took
away or wrote over comes back by `undo`, in order; nothing here draws.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from engine.bookmarks import MOST, Bookmark, note_of
from gui.selection import Selection

_REMEMBERED = 100


class Marks(QObject):
    """The marks of one axis.

    Attributes:
        selection: it holds the stretch that is measured.
        bookmarks: in order of time.
        hits: the times (ns, ascending) of what a search found.

    Signals:
        changed(): something must be drawn anew.
        bookmarks_changed(): a person has changed the bookmarks.
        note_asked(object): a person wants to write the note of this `Bookmark`.
        jumping(): a person is about to be taken elsewhere: a step of its own.
        hit_asked(int): a person wants to go to the next hit (1), or to the one before (-1).
    """

    changed = Signal()
    bookmarks_changed = Signal()
    note_asked = Signal(object)
    jumping = Signal()
    hit_asked = Signal(int)

    def __init__(self, selection: Selection | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selection = Selection(self) if selection is None else selection
        self.bookmarks: tuple[Bookmark, ...] = ()
        self.hits: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._before: list[tuple[Bookmark, ...]] = []
        self._stretch = self.selection.stretch
        self.selection.changed.connect(self._chosen)

    def _chosen(self) -> None:
        if self.selection.stretch != self._stretch:
            self._stretch = self.selection.stretch
            self.changed.emit()

    # ---- the ruler

    def extend(self, start: int, end: int) -> None:
        """Lay the ruler on to *end*; it begins at *start* where that is no end of it already."""
        laid = self.selection.stretch
        if laid is not None and start in laid:
            start = laid[0] if start == laid[1] else laid[1]
        if start == end:
            self.selection.measure_nothing()
        else:
            self.selection.measure(start, end)

    # ---- bookmarks

    def show_bookmarks(self, bookmarks: Iterable[Bookmark]) -> None:
        """Show those of another run; there is nothing to undo."""
        self._before.clear()
        self._set(tuple(sorted(bookmarks))[:MOST])

    def add(self, time: int, note: str = "") -> Bookmark | None:
        """Mark *time*; return the bookmark that stands there, or None when there are `MOST`."""
        there = self.at(time)
        if there is not None or len(self.bookmarks) >= MOST:
            return there
        made = Bookmark(time, note_of(note))
        self._change((*self.bookmarks, made))
        return made

    def rename(self, bookmark: Bookmark, note: str) -> None:
        """Write *note* to a bookmark."""
        renamed = Bookmark(bookmark.time, note_of(note))
        if renamed != bookmark and bookmark in self.bookmarks:
            self._change((*(b for b in self.bookmarks if b != bookmark), renamed))

    def remove(self, bookmark: Bookmark) -> None:
        """Take a bookmark away."""
        if bookmark in self.bookmarks:
            self._change(tuple(b for b in self.bookmarks if b != bookmark))

    @property
    def can_undo(self) -> bool:
        """Whether a change of the bookmarks can be taken back."""
        return bool(self._before)

    def undo(self) -> None:
        """Take the last change of the bookmarks back."""
        if self._before:
            self._set(self._before.pop())
            self.bookmarks_changed.emit()

    def at(self, time: int) -> Bookmark | None:
        """Return the bookmark at exactly *time*."""
        place = bisect_left(self.bookmarks, time, key=lambda b: b.time)
        found = self.bookmarks[place : place + 1]
        return found[0] if found and found[0].time == time else None

    def near(self, time: float, reach: float) -> Bookmark | None:
        """Return the bookmark nearest to *time* within *reach* (ns)."""
        within = [b for b in self.bookmarks if abs(b.time - time) <= reach]
        return min(within, key=lambda b: abs(b.time - time), default=None)

    def after(self, time: int) -> Bookmark | None:
        """Return the first bookmark after *time*."""
        place = bisect_right(self.bookmarks, time, key=lambda b: b.time)
        return self.bookmarks[place] if place < len(self.bookmarks) else None

    def before(self, time: int) -> Bookmark | None:
        """Return the last bookmark before *time*."""
        place = bisect_left(self.bookmarks, time, key=lambda b: b.time)
        return self.bookmarks[place - 1] if place else None

    def _change(self, bookmarks: tuple[Bookmark, ...]) -> None:
        self._before.append(self.bookmarks)
        del self._before[:-_REMEMBERED]
        self._set(bookmarks)
        self.bookmarks_changed.emit()

    def _set(self, bookmarks: tuple[Bookmark, ...]) -> None:
        self.bookmarks = tuple(sorted(bookmarks))
        self.changed.emit()

    # ---- what a search found

    def show_hits(self, times: npt.NDArray[np.int64]) -> None:
        """Mark *times* (ns, ascending)."""
        self.hits = times
        self.changed.emit()
