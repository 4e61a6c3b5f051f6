"""Watches: what a recorded store costs in the child, and what many rows cost in the window."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import numpy as np
from PySide6.QtGui import QPixmap

from benchmarks.table import Row, median
from engine.events import Flag, Kind, ObjectKind
from engine.headless import drive
from engine.session import Request
from engine.trace import Object, Process, Thread, Trace
from gui import theme
from gui.app import application
from gui.cursor import Cursor
from gui.time_axis import TimeAxis
from gui.views.value import ValueView
from gui.watch_list import WatchList

WATCHES = 20
STORES = 100_000
_FRAMES = 40
_LOOP = 100_000

#: The statement that is repeated, and what is watched of it.
STATEMENTS = {
    "a name": ("total += 1", "total"),
    "an attribute": ("box.n += 1", "box.n"),
    "an entry": ("stats['n'] += 1", "stats['n']"),
    "a length": ("items.append(1); items.pop()", "len(items)"),
    "a list's text": ("items[0] = 1", "items"),
    "a sum": ("box.n += 1", "box.n + total"),
    "every instance": ("box.n += 1", "Box.n"),
}
_SCRIPT = """
import time
class Box:
    def __init__(self): self.n = 0
box, stats, items, total = Box(), {{"n": 0}}, [0, 1, 2], 0
def work(box, stats, items):
    global total
    begin = time.perf_counter_ns()
    for _ in range({loop}):
        {statement}
    print((time.perf_counter_ns() - begin) / {loop})
work(box, stats, items)
"""


def measure() -> list[Row]:
    """Return ns a statement (ours: watched, other: bare), and ms a frame of the value view."""
    return [*_costs(), *_frames()]


def _costs() -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "store.py"
        for what, (statement, watch) in STATEMENTS.items():
            script.write_text(textwrap.dedent(_SCRIPT).format(loop=_LOOP, statement=statement))
            bare = [_bare(script) for _ in range(3)]
            watched = [_watched(script, watch) for _ in range(3)]
            rows.append(
                Row(f"{what}: {statement}", median(watched), median(bare), "ns", note=watch)
            )
    return rows


def _bare(script: Path) -> float:
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _watched(script: Path, watch: str) -> float:
    session, _ = drive(Request(script, watch=(watch,)))
    return float("".join(output.text for output in session.trace.outputs))


def trace_of(watches: int, stores: int) -> Trace:
    """Return a trace of *stores* stores, dealt out to as many values; a quarter are texts."""
    trace = Trace()
    trace.processes.append(Process(0, 1, 0, "main", 0))
    trace.texts += [f"turn {n}" for n in range(50)]
    for lane in range(4):
        trace.add_thread(Thread(lane, 0, f"Thread-{lane}", lane, lane, daemon=False))
    for number in range(watches):
        extra: dict[str, object] = {"variable": f"value_{number}", "change": 1}
        name = f"value_{number}"
        trace.objects.append(Object(number + 1, ObjectKind.STORE_POINT, 0, name, "s.py", 1, extra))
    index = np.arange(stores)
    which = index % watches
    is_text = which % 4 == 3
    trace.append(
        index * 50_000,
        np.where(is_text, index % 50 + 1, index // watches),
        np.full(stores, Kind.STORE, np.uint8),
        np.where(is_text, int(Flag.TEXT), 0).astype(np.uint8),
        (which + 1).astype(np.uint32),
        np.zeros(stores, np.uint32),
        (index % 4).astype(np.uint32),
    )
    return trace


def _frames() -> list[Row]:
    app = application()
    theme.apply(app, theme.DARK)
    trace = trace_of(WATCHES, STORES)
    rows = []
    for height in (200, 1_200):
        cursor, axis = Cursor(), TimeAxis()
        cursor.advance(0, trace.now)
        axis.fit(trace.now)
        view = ValueView(theme.DARK, cursor, axis, WatchList())
        view.resize(1_100, height)
        view.prepare()
        for name, moving in (("the cursor moves", False), ("the axis moves", True)):
            times = []
            for frame in range(_FRAMES):
                if moving:
                    axis.pan(0.002)
                begin = time.thread_time()  # of the processor: the machine may have more to do
                view.show_moment(trace, trace.now * frame // _FRAMES)
                pixmap = QPixmap(view.size())
                view.render(pixmap)
                times.append((time.thread_time() - begin) * 1_000)
            rows.append(
                Row(
                    f"{WATCHES} rows, {STORES:,} stores, {height} px high: {name}",
                    median(times),
                    None,
                    "ms",
                    16.0,
                )
            )
        view.deleteLater()
    app.processEvents()
    return rows
