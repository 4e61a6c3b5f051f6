"""Runs in files: time to save and to open, bytes an event, beside plain ways to do the same.

The file alone (pack, compress, read, check) and the trace that is made of it are told apart:
what a trace derives while it is appended is its own cost, in a file or live.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import unittest.mock
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import viztracer
from benchmarks.ingest import filled
from benchmarks.streams import MIXES
from benchmarks.table import Row, median
from engine import headless
from engine.events import Kind, ObjectKind
from engine.formats import chrome
from engine.formats.opening import open_run
from engine.formats.record import Record
from engine.formats.saving import save
from engine.session import Request
from engine.trace import EventColumns, Object, Process, Site, Thread, Trace

EVENTS = (100_000, 1_000_000, 10_000_000)
RUNS = 3
THREADS = 8
CHUNK = 1 << 16
SECOND = 1000.0

_SCRIPT = """\
import threading
total = 0
lock = threading.Lock()
def add():
    global total
    for _ in range(20_000):
        with lock:
            total += 1
threads = [threading.Thread(target=add) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
#: Runs the script under VizTracer and prints: seconds to save, bytes, entries.
_VIZTRACER = """\
import json, os, runpy, sys, time
import viztracer
tracer = viztracer.VizTracer(tracer_entries=5_000_000, verbose=0)
tracer.start()
runpy.run_path(sys.argv[1])
tracer.stop()
entries = tracer.parse()
began = time.perf_counter()
tracer.save(sys.argv[2])
print(json.dumps([time.perf_counter() - began, os.path.getsize(sys.argv[2]), entries]))
"""


class _Columns(Trace):
    """A trace that keeps columns only, so that the file's own cost is seen."""

    def append_large(self, events: EventColumns, beside: Executor) -> None:
        """Take *events* as they are."""
        self.append(*events)

    def append(self, *columns: npt.NDArray[Any]) -> None:
        """Take *columns* as they are."""
        self._events.extend(*columns)
        self.now = max(self.now, int(columns[0].max()))


def a_run(events: int, kind: type[Trace]) -> Record:
    """Return a run of *events*: eight threads wait for a lock, take it, add 1, release it."""
    trace = kind()
    trace.processes.append(Process(0, 4000, 1, "main", 0))
    trace.objects.append(Object(1, ObjectKind.LOCK, 0, "lock", "script.py", 3))
    extra: dict[str, object] = {"variable": "total", "change": 1, "initial": False}
    trace.objects.append(Object(2, ObjectKind.STORE_POINT, 0, "total", "script.py", 8, extra))
    trace.sites += [Site("script.py", line) for line in (7, 8, 9)]
    for index in range(THREADS):
        trace.add_thread(Thread(index, 0, f"Thread-{index}", 100 + index, 200 + index, False))
    rng = np.random.default_rng(1)
    rounds = events // 4
    thread = np.repeat(rng.integers(0, THREADS, rounds), 4)
    when = np.cumsum(rng.integers(80, 3_000, rounds * 4))
    steps = (Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED, Kind.STORE, Kind.LOCK_RELEASED)
    happened = np.tile(np.array(steps, np.uint8), rounds)
    stored = np.repeat(np.arange(1, rounds + 1), 4)
    is_store = happened == Kind.STORE
    columns = (
        when.astype(np.int64),
        np.where(is_store, stored, np.where(happened == Kind.LOCK_WAIT, -1, 0)).astype(np.int64),
        happened,
        np.zeros(rounds * 4, np.uint8),
        np.where(is_store, 2, 1).astype(np.uint32),
        np.tile(np.array([1, 1, 2, 3], np.uint32), rounds),
        thread.astype(np.uint32),
    )
    for begin in range(0, rounds * 4, CHUNK):
        part: list[npt.NDArray[Any]] = [column[begin : begin + CHUNK] for column in columns]
        trace.append(*part)
    return Record(trace, Request(Path("script.py")), None)


def _timed(work: Callable[[], object]) -> float:
    found = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return median(found)


def measure() -> list[Row]:
    """Return the rows."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rows = []
        for events in EVENTS:
            rows += _sizes(events, place)
        rows += [_open(mix, threads, place) for mix in MIXES for threads in (8, 64)]
        return rows + _beside_viztracer(place)


def _sizes(events: int, folder: Path) -> list[Row]:
    record, path, plain = a_run(events, _Columns), folder / "run.threadlab", folder / "run.npz"
    what = f"{events:.0e} events".replace("e+0", "e")
    columns = record.trace.columns()._asdict()
    saved = _timed(lambda: save(record, path))
    npz = _timed(lambda: np.savez_compressed(plain, **columns)) if events < EVENTS[-1] else None
    size, other = path.stat().st_size, plain.stat().st_size if npz else None
    note = "beside numpy.savez_compressed"
    rows = [
        Row(f"save {what}", saved, npz, "ms", None, note if npz else ""),
        Row(f"size of {what}", size / events, other and other / events, "bytes/event"),
    ]
    with unittest.mock.patch("engine.formats.opening.Trace", _Columns):
        alone = _timed(lambda: open_run(path))
    rows.append(Row(f"read and check {what}", alone, None, "ms", None, "without deriving"))
    return rows


def _open(mix: str, threads: int, folder: Path) -> Row:
    """Open a run of the most events, with everything derived.

    What counts is what a person waits; where other programs take their share of the machine, the
    time on all cores together tells more.
    """
    path = folder / "run.threadlab"
    trace = filled(mix, EVENTS[-1], threads)
    trace.processes.append(Process(0, 4000, 1, "main", 0))
    save(Record(trace, Request(Path("script.py")), None), path)
    del trace
    on_core, waited = [], []
    for _ in range(RUNS):
        began, begin = time.perf_counter(), time.process_time()
        open_run(path)
        on_core.append(time.process_time() - begin)
        waited.append((time.perf_counter() - began) * 1000)
    note = f"all derived; {median(on_core):.1f} s on all cores together"
    return Row(f"open 1e7: {mix}, {threads} threads", median(waited), None, "ms", 2 * SECOND, note)


def _beside_viztracer(folder: Path) -> list[Row]:
    script, path = folder / "script.py", folder / "script.threadlab"
    script.write_text(_SCRIPT)
    session, outcome = headless.drive(Request(script, watch=("total",)))
    record = Record(session.trace, Request(script), outcome)
    events = len(session.trace)
    saved = _timed(lambda: save(record, path))
    exported = folder / "script.json"
    written = _timed(lambda: chrome.export(record, exported))
    size, json_size = path.stat().st_size / 1e6, exported.stat().st_size / 1e6
    theirs = _viztracer(script, folder / "viztracer.json")
    if theirs is None:
        note = f"{events:,} events; VizTracer could not be had, so nothing stands beside it"
        viz_ms = viz_mb = goal = None
    else:
        viz_ms, viz_mb, goal = theirs[0] * 1000, theirs[1] / 1e6, 1.0
        note = f"{events:,} events beside VizTracer's {theirs[2]:,} entries (calls, no waits)"
    return [
        Row("save 4 threads x 20,000 locked additions", saved, viz_ms, "ms", goal, note),
        Row("size of it", size, viz_mb, "MB", goal, "one .threadlab, one JSON"),
        Row("export it as Chrome trace JSON", written, viz_ms, "ms"),
        Row("size of that", json_size, viz_mb, "MB"),
    ]


def _viztracer(script: Path, target: Path) -> tuple[float, int, int] | None:
    label = ".".join(map(str, sys.version_info[:2]))
    tracer = viztracer.python_with(sys.executable, label)
    if tracer is None:
        return None
    found = []
    for _ in range(RUNS):
        done = subprocess.run(
            [tracer, "-c", _VIZTRACER, str(script), str(target)],
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout.splitlines()[-1]))
    seconds, size, entries = (median([row[place] for row in found]) for place in range(3))
    return seconds, int(size), int(entries)
