"""Finds the critical path of what is shown, a little at a time, for whoever draws it.

Why: the contention pane has a lane for it, and the lanes of threads can show it too; it is walked
once for both, and never while a frame waits for it.

Guarantees: a function of the trace and the selection; a walk rests every few milliseconds; while a
run goes on it is made anew once a second at most, and for a tenth of the time at most; nothing is
walked unless somebody looks.
"""

from __future__ import annotations

import time
from collections.abc import Generator

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from engine.critical_path import NO_PATH, CriticalPath, path_steps
from engine.trace import Trace
from gui.painting.path_lane import PathPicture
from gui.selection import Selection

_SLICE = 0.004  # s of walking between two events of the window
_AGAIN_MS = 1000
_SHARE = 10  # while a run goes on, a walk is made again after so many times what it took

Key = tuple[int, int, int, int, int | None]


class PathFinder(QObject):
    """The critical path.

    Attributes: trace (which it is of), path (as found last), picture (the same, to be drawn),
    is_complete (nothing newer is being looked for), on_lanes (whether the lanes of threads show
    it), of_chosen (whether it ends in the chosen thread).

    Signals:
        changed(): any of them has changed.
    """

    changed = Signal()

    def __init__(self, selection: Selection) -> None:
        # Without a parent: a view that is collected in the midst of a walk would take it along.
        super().__init__()
        self.trace = Trace()
        self.path: CriticalPath = NO_PATH
        self.picture = PathPicture(NO_PATH)
        self.on_lanes = False
        self.of_chosen = False
        self._selection = selection
        self._walk: Generator[None, None, CriticalPath] | None = None
        self._found: Key | None = None  # what the path is of
        self._wanted: Key | None = None  # what is being walked
        self._age = QElapsedTimer()
        self._took = 0.0  # s of the last walk
        self._timer = QTimer(self)
        self._timer.setObjectName("critical path")
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)
        selection.changed.connect(self._chosen)

    @property
    def is_complete(self) -> bool:
        """Whether the path is that of all that is known now."""
        return self._walk is None and self._found == self._key()

    def look(self, trace: Trace) -> None:
        """Say that somebody looks at the path of *trace*."""
        if trace is not self.trace:
            self.trace, self._walk, self._found = trace, None, None
            self._put(NO_PATH)
        if self._walk is not None:
            return
        if self._found != self._key() and not self._timer.isActive():
            rest = max(_AGAIN_MS, round(_SHARE * 1000 * self._took))
            passed = self._age.elapsed() if self._age.isValid() and self._found else rest
            self._timer.start(max(0, rest - int(passed)))

    def set_on_lanes(self, shown: bool) -> None:
        """Show the path over the lanes of threads, or show it there no longer."""
        if shown != self.on_lanes:
            self.on_lanes = shown
            self.changed.emit()

    def set_of_chosen(self, chosen: bool) -> None:
        """Have the path end in the chosen thread, or in the one that was the last to end."""
        if chosen != self.of_chosen:
            self.of_chosen = chosen
            self._chosen()
            self.changed.emit()

    def _chosen(self) -> None:
        if self._found is not None and self._key() != self._found:
            self._walk = None
            self._timer.start(0)

    def _key(self) -> Key:
        start, end = self._selection.stretch or (0, self.trace.now)
        lane = self._selection.lane if self.of_chosen else None
        if lane is not None and lane >= len(self.trace.threads):
            lane = None
        return id(self.trace), len(self.trace), start, min(end, self.trace.now), lane

    def _go_on(self) -> None:
        if self._walk is None:
            self._wanted = self._key()
            _, _, start, end, lane = self._wanted
            self._walk = path_steps(self.trace, start, end, lane)
            self._took = 0.0
        begin = time.monotonic()
        until = begin + _SLICE
        try:
            while time.monotonic() < until:
                next(self._walk)
        except StopIteration as done:
            self._walk, self._found = None, self._wanted
            self._took += time.monotonic() - begin
            self._age.start()
            self._put(done.value)
            return
        self._took += time.monotonic() - begin
        self._timer.start(0)

    def _put(self, path: CriticalPath) -> None:
        self.path = path
        self.picture = PathPicture(path)
        self.changed.emit()
