"""Back and forward through what was looked at: the window of time, the cursor, the choice.

Why: a zoom, a jump to a bookmark or to a hit loses the place where one was.

Guarantees: one gesture is one step, however many changes it makes; what moves by itself (a run
that is followed, a replay) is none; going back and forward again ends where one was; nothing of
an earlier run comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from gui.cursor import Cursor
from gui.selection import Selection
from gui.time_axis import TimeAxis

MOST = 200
SETTLED_MS = 400  # changes that follow each other within this are one step


@dataclass(frozen=True, slots=True)
class Look:
    """What was looked at. *time* is None where the live end was followed."""

    start: float
    end: float
    time: int | None
    lane: int | None
    lock: int | None
    chosen_at: int | None
    stretch: tuple[int, int] | None


class ViewHistory(QObject):
    """The steps of one window.

    Attributes: can_go_back, can_go_forward. Signals: changed (either of them may have).
    """

    changed = Signal()

    def __init__(
        self, cursor: Cursor, axis: TimeAxis, selection: Selection, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._cursor, self._axis, self._selection = cursor, axis, selection
        self._back: list[Look] = []
        self._forward: list[Look] = []
        self._now = self._look()
        self._open = False  # a step has begun: what changes now belongs to it
        self._restoring = False
        self._settle = QTimer(self)
        self._settle.setObjectName("end of a step of the view")
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLED_MS)
        self._settle.timeout.connect(self.settle)
        axis.changed.connect(self._changed)
        cursor.moved.connect(self._changed)
        cursor.mode_changed.connect(self._changed)
        selection.changed.connect(self._changed)

    @property
    def can_go_back(self) -> bool:
        """Whether there was something before."""
        return bool(self._back)

    @property
    def can_go_forward(self) -> bool:
        """Whether one has gone back."""
        return bool(self._forward)

    def reset(self) -> None:
        """Forget all: another run."""
        self._settle.stop()
        self._open = False
        self._back.clear()
        self._forward.clear()
        self._now = self._look()
        self.changed.emit()

    def back(self) -> None:
        """Look at what was looked at before."""
        self._step(self._back, self._forward)

    def forward(self) -> None:
        """Undo a step back."""
        self._step(self._forward, self._back)

    def settle(self) -> None:
        """End the step that is going on, unless a button is still down."""
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton or self._axis.is_travelling:
            self._settle.start()
            return
        self._settle.stop()
        self._open = False
        self._now = self._look()

    def _look(self) -> Look:
        start, end = self._axis.aim
        chosen = self._selection
        time = None if self._cursor.following else self._cursor.time
        return Look(start, end, time, chosen.lane, chosen.lock, chosen.time, chosen.stretch)

    def _changed(self, _what: object = None) -> None:
        if self._restoring:
            return
        if self._axis.by_itself or self._cursor.by_itself:
            if not self._open:
                self._now = self._look()
            return
        if not self._open:
            if self._look() == self._now:
                return
            self._open = True
            self._back.append(self._now)
            del self._back[:-MOST]
            self._forward.clear()
            self.changed.emit()
        self._settle.start()

    def _step(self, source: list[Look], target: list[Look]) -> None:
        self._settle.stop()
        self._open = False
        if not source:
            return
        target.append(self._look())
        self._show(source.pop())
        self.changed.emit()

    def _show(self, look: Look) -> None:
        self._restoring = True
        try:
            if look.time is None:
                self._cursor.follow()
            else:
                self._cursor.seek(look.time)
            self._selection.choose(look.lane, look.chosen_at, look.lock)
            if look.stretch is None:
                self._selection.measure_nothing()
            else:
                self._selection.measure(*look.stretch)
            self._axis.show_range(look.start, look.end)
        finally:
            self._restoring = False
        self._now = self._look()
