"""What a person has chosen: a thread and a moment of it, or a stretch of time.

Why: views never talk to each other; a choice in one is seen by all through here.
Guarantees: `changed` is emitted only when the choice differs.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """The choice.

    Attributes:
        lane: the number of a thread, or None.
        lock: the object number of a lock, or None.
        time: a moment within the chosen slice of the thread (ns), or None.
        stretch: the stretch of time that is measured, (start, end) in ns, or None. It outlives a
            choice of something else, as a ruler that was laid down does.

    Signals:
        changed(): any of them has changed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lane: int | None = None
        self.lock: int | None = None
        self.time: int | None = None
        self.stretch: tuple[int, int] | None = None

    def choose(
        self, lane: int | None = None, time: int | None = None, lock: int | None = None
    ) -> None:
        """Choose; what is not named is chosen no longer."""
        if (lane, time, lock) != (self.lane, self.time, self.lock):
            self.lane, self.time, self.lock = lane, time, lock
            self.changed.emit()

    def measure(self, start: int, end: int) -> None:
        """Lay the ruler from *start* to *end* (ns, in either order)."""
        self._lay((min(start, end), max(start, end)))

    def measure_nothing(self) -> None:
        """Take the ruler away."""
        self._lay(None)

    def clear(self) -> None:
        """Choose nothing, and take the ruler away."""
        self.choose()
        self.measure_nothing()

    def _lay(self, stretch: tuple[int, int] | None) -> None:
        if stretch != self.stretch:
            self.stretch = stretch
            self.changed.emit()
