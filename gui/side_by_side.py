"""Measures both builds after a run whose lesson asks for it, off the window's thread.

Guarantees: nothing is measured while the run shown goes on, nor once another begins: the cores
belong to it; whatever is going on ends with `stop`, a new run, another script and the window; the
figures are those of `engine.side_by_side`, and none are kept for another run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from engine import side_by_side
from engine.aside import Cancelled
from engine.interpreters import Python
from engine.lesson import Beside
from engine.session import Session
from engine.side_by_side import Comparison
from gui.background import Background
from gui.bridge import Bridge


class SideBySide(QObject):
    """The comparison that belongs to the run shown.

    Attributes: comparison (None where there is none), find (finds the machine's Pythons; called
    off the window's thread).

    Signals: changed.
    """

    changed = Signal()

    def __init__(
        self, bridge: Bridge, find: Callable[[], Sequence[Python]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.comparison: Comparison | None = None
        self.find = find
        self._bridge = bridge
        self._beside: Beside | None = None
        self._measured: Session | None = None
        self._turn = 0
        self._background = Background(self)
        bridge.state_changed.connect(self._follow)

    @property
    def going_on(self) -> bool:
        """Whether something is being measured."""
        return self.comparison is not None and not self.comparison.over

    def set_beside(self, beside: Beside | None) -> None:
        """Take what the lesson of the script shown asks for."""
        self._beside = beside
        self._forget()

    def stop(self) -> None:
        """Measure no more; what was measured stays."""
        self._turn += 1
        if self.comparison is not None:
            self._show(side_by_side.stopped(self.comparison))

    def close(self) -> None:
        """End what is going on and wait for it."""
        self._turn += 1
        self._background.close()

    def _follow(self) -> None:
        bridge = self._bridge
        if bridge.state != "ended":
            self._forget()
        elif bridge.session is not self._measured and self._beside is not None:
            self._measured = bridge.session
            outcome = bridge.outcome
            if outcome is not None and outcome.ending == "finished" and not outcome.status:
                self._begin(self._beside)

    def _forget(self) -> None:
        self._turn += 1
        self._measured = None
        if self.comparison is not None:
            self._show(None)

    def _begin(self, beside: Beside) -> None:
        session, request = self._bridge.session, self._bridge.request
        if session is None or request is None or session.interpreter is None:
            return
        self._turn += 1
        turn, made, path = self._turn, session.interpreter, session.python

        def given_up() -> bool:
            return self._background.closing or turn != self._turn

        def news(step: Comparison) -> None:
            self._background.tell(lambda: self._take(turn, step))

        def work() -> Comparison:
            planned = side_by_side.plan(beside, path, made, self.find())
            news(planned)
            return side_by_side.compare(
                planned,
                request.script,
                request.values,
                directory=request.directory,
                cancelled=given_up,
                news=news,
            )

        self._show(side_by_side.plan(beside, path, made, None))
        self._background.run("side by side", work, lambda _: None, self._failed)

    def _take(self, turn: int, step: Comparison) -> None:
        if turn == self._turn:
            self._show(step)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.stop()
            raise error

    def _show(self, comparison: Comparison | None) -> None:
        self.comparison = comparison
        self.changed.emit()
