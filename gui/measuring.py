"""Sums that take longer than a frame, a few milliseconds at a time.

Why: the statistics of ten million events take a second, and the window must paint meanwhile; the
trace grows in the window's thread, so they are added up there too, between the frames.

Guarantees: no more than `SLICE` of work before the window has its turn; a new wish takes the place
of the one that is worked at; `done` is told only of the last wish. Small traces are ready at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.statistics import Statistics
from engine.trace import Trace

SLICE = 0.003  # s of work between two turns of the window
AT_ONCE = 0.001  # s of work when something is asked for of a small trace
SMALL = 50_000  # events of a trace that is added up in the frame in which that is asked for
Job = Callable[[Statistics], Generator[None, None, Any]]


class Measuring(QObject):
    """Works at one wish at a time.

    Attributes: busy (a wish is being worked at).

    Signals:
        done(object): what the last wish has come to.
    """

    done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._statistics = Statistics(Trace())
        self._steps: Generator[None, None, Any] | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("statistics")
        self._timer.setInterval(12)
        self._timer.timeout.connect(lambda: self._work(SLICE))

    @property
    def busy(self) -> bool:
        """Whether a wish is being worked at."""
        return self._steps is not None

    def ask(self, trace: Trace, job: Job) -> None:
        """Begin with *job* on the sums of *trace*; `done` may be told before this returns."""
        if trace is not self._statistics.trace:
            self._statistics = Statistics(trace)
        self._steps = job(self._statistics)
        self._timer.start()
        if len(trace) <= SMALL:
            self._work(AT_ONCE)

    def stop(self) -> None:
        """Let the wish go."""
        self._steps = None
        self._timer.stop()

    def finish(self) -> None:
        """Work at the wish to its end, however long it takes; for pictures and tests."""
        while self._steps is not None:
            self._work(SLICE)

    def _work(self, seconds: float) -> None:
        until = time.perf_counter() + seconds
        while self._steps is not None:
            try:
                next(self._steps)
            except StopIteration as over:
                self.stop()
                self.done.emit(over.value)
                return
            if time.perf_counter() >= until:
                return
