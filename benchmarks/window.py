"""A real window for benchmarks: opened offscreen, driven by its own event loop."""

from __future__ import annotations

import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from engine import scenario
from gui import theme
from gui.app import application
from gui.main_window import MainWindow
from gui.settings import Settings


class Opened:
    """A shown window.

    Attributes: main, drawn (a frame was drawn since `warm`), frames (times), on_core (the ms of a
    core that each of the last `intervals` took the window's thread).
    """

    def __init__(self, main: MainWindow) -> None:
        self.main = main
        self.drawn = False
        self.frames: list[float] = []
        self.on_core: list[float] = []
        self._app = application()
        main.bridge.frame.connect(self._on_frame)

    def _on_frame(self) -> None:
        self.drawn = self.drawn or len(self.main.bridge.trace) > 0

    def until(self, condition: Callable[[], bool]) -> None:
        """Run the event loop until *condition*."""
        while not condition():
            self._app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def warm(self) -> None:
        """Wait until the next child is warm."""
        self.until(lambda: self.main.bridge.has_warm_child)
        self.drawn = False

    def intervals(self, seconds: float) -> list[float]:
        """Return the ms between ticks of a 60 Hz timer in the window's event loop.

        The stretch's own begin and end count as ticks: a window that stood still had one interval.
        """
        times = [time.perf_counter()]
        used = [time.thread_time()]

        def tick() -> None:
            times.append(time.perf_counter())
            used.append(time.thread_time())

        timer = QTimer()
        timer.setTimerType(self.main.bridge.timer_type)
        timer.timeout.connect(tick)
        timer.start(16)
        end = time.perf_counter() + seconds
        self.until(lambda: time.perf_counter() >= end)
        timer.stop()
        times.append(time.perf_counter())
        self.on_core = [(b - a) * 1000 for a, b in itertools.pairwise(used)]
        return [(b - a) * 1000 for a, b in itertools.pairwise(times)]


@contextlib.contextmanager
def opened(shown: str, size: tuple[int, int] = (1600, 900)) -> Iterator[Opened]:
    """Open the window with the scenario *shown*; close it afterwards."""
    app = application()
    theme.apply(app, theme.DARK)
    with tempfile.TemporaryDirectory() as folder:
        main = MainWindow(Settings(Path(folder) / "settings.ini"), sys.executable)
        main.resize(*size)
        main.show_scenario(scenario.find(shown))
        main.show()
        main.begin()
        try:
            yield Opened(main)
        finally:
            main.close()
            app.processEvents()
