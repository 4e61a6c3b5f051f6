"""How long the window takes to its first paint, and Run to the first event on the screen.

The first stands beside an empty pyqtgraph window; the second is with the warm child.
Every cold start is a process of its own, the two in turn, on the offscreen platform.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from benchmarks.table import Row, median

COLD_STARTS = 7
RUNS = 15

_EMPTY = """
import sys, time
began = float(sys.argv[1])
import pyqtgraph
from PySide6.QtCore import QTimer
app = pyqtgraph.mkQApp()
class Window(pyqtgraph.PlotWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time() - began, flush=True)
        QTimer.singleShot(0, app.quit)
window = Window()
window.show()
app.exec()
"""

_OURS = """
import sys, tempfile, time
from pathlib import Path
began = float(sys.argv[1])
from PySide6.QtCore import QTimer
from gui import theme
from gui.app import application, first_scenario
from gui.main_window import MainWindow
from gui.settings import Settings
app = application()
settings = Settings(Path(tempfile.mkdtemp()) / "s.ini")
theme.apply(app, theme.DARK)
class Window(MainWindow):
    painted = False
    def paintEvent(self, event):
        super().paintEvent(event)
        if not self.painted:
            self.painted = True
            QTimer.singleShot(0, self.first)
    def first(self):
        print(time.time() - began, flush=True)
        self.close()
        app.quit()
window = Window(settings, sys.executable)
window.show_scenario(first_scenario(settings))
window.show()
app.exec()
"""


def _cold(program: str) -> float:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(time.time())],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return float(done.stdout.split()[0]) * 1000


def _first_events() -> list[float]:
    from benchmarks.window import opened

    found = []
    with opened("lock") as window:
        for _ in range(RUNS):
            window.warm()
            began = time.perf_counter()
            window.main.conductor.run()
            window.until(lambda: len(window.main.bridge.trace) > 0 and window.drawn)
            found.append((time.perf_counter() - began) * 1000)
            window.main.bridge.stop()
            window.until(lambda: window.main.bridge.state == "ended")
    return found


def measure() -> list[Row]:
    """Return the rows."""
    ours, empty = [], []
    for number in range(COLD_STARTS + 1):
        pair = (_cold(_OURS), _cold(_EMPTY))
        if number:  # the first pair fills the disk's cache
            ours.append(pair[0])
            empty.append(pair[1])
    first = _first_events()
    return [
        Row(
            "cold start to first paint, beside an empty pyqtgraph window",
            median(ours),
            median(empty),
            "ms",
            1.5,
            f"median of {COLD_STARTS}",
        ),
        Row(
            "Run to first event on the screen, warm child",
            median(first),
            None,
            "ms",
            100,
            f"median of {RUNS}, most {max(first):.0f}",
        ),
    ]
