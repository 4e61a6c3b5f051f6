"""Whether the window stays smooth while eight threads compute.

Beside it, the same load put inside the window's own process, which shows why scripts run in a
process of their own.

The frame interval is the time between ticks of a 60 Hz timer in the window's event loop: idle,
loaded from a child, and loaded from threads of our own, in turn, several rounds.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from benchmarks.table import Row, median, percentile

THREADS = 8
SECONDS = 3.0
ROUNDS = 3

_LOAD = f"""
import threading
def work():
    n = 0
    while True:
        n += 1
for _ in range({THREADS}):
    threading.Thread(target=work, daemon=True).start()
work()
"""


class _OwnLoad:
    """Eight threads that compute inside this process, until stopped."""

    def __init__(self) -> None:
        self._on = True
        self._threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        n = 0
        while self._on:
            n += 1

    def stop(self) -> None:
        self._on = False
        for thread in self._threads:
            thread.join()


def measure() -> list[Row]:
    """Return the rows: medians over the rounds of each round's median and p99."""
    from benchmarks.window import opened

    idle: list[list[float]] = []
    child: list[list[float]] = []
    own: list[list[float]] = []
    with tempfile.TemporaryDirectory() as folder, opened("lock") as window:
        script = Path(folder) / "load.py"
        script.write_text(_LOAD)
        window.main.open_script(script)
        window.intervals(1.0)
        for _ in range(ROUNDS):
            idle.append(window.intervals(SECONDS))
            window.main.conductor.run()
            window.until(lambda: len(window.main.bridge.trace.threads) > THREADS)
            child.append(window.intervals(SECONDS))
            window.main.bridge.stop()
            window.until(lambda: window.main.bridge.state == "ended")
            load = _OwnLoad()
            own.append(window.intervals(SECONDS))
            load.stop()
    base, base_99 = _middle(idle)
    ours, ours_99 = _middle(child)
    theirs, theirs_99 = _middle(own)
    note = f"{ROUNDS} rounds of {SECONDS:g} s"
    return [
        Row("frame interval, median: script computes / idle", ours, base, "ms", 1.1, note),
        Row("frame interval, p99: script computes / idle", ours_99, base_99, "ms", 2.0, note),
        Row("median: load inside the window's process / idle", theirs, base, "ms", None, "why"),
        Row("p99: load inside the window's process / idle", theirs_99, base_99, "ms", None, "why"),
    ]


def _middle(rounds: list[list[float]]) -> tuple[float, float]:
    return (
        median([median(each) for each in rounds]),
        median([percentile(each, 0.99) for each in rounds]),
    )
