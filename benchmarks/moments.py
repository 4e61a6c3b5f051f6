"""The state of every pane at random times of a run of ten million events.

What is measured is `show_moment`: all that a pane asks of the trace, and what it makes of it.
Painting is the timeline's benchmark.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from PySide6.QtWidgets import QWidget

from benchmarks.streams import an_empty_trace, stream
from benchmarks.table import Row, percentile
from engine.events import Kind, ObjectKind
from engine.trace import EventColumns, Object, Output, Process, Thread, Trace
from gui import theme
from gui.app import application
from gui.cursor import Cursor
from gui.panes import Panes
from gui.selection import Selection
from gui.time_axis import TimeAxis

GOAL_MS = 2.0
THREADS, WORKERS = 64, 4
TASKS = 100_000
PRINTED = 200_000
CPU_READINGS = 200
_MOMENTS = 60
_SIZE = (800, 450)
_SCRIPT = "\n".join(f"counter = counter + {line}" for line in range(1, 401)) + "\n"


def a_run_of_everything(events: int) -> Trace:
    """Return a run of *events*: locks, values and queues of 64 threads; a pool; printed text."""
    trace = an_empty_trace(THREADS)
    trace.processes.append(Process(0, 4000, 1, "main", 0))
    pool = len(trace.objects)
    trace.objects.append(Object(pool, ObjectKind.POOL, 0, "pool", "script.py", 9))
    of_tasks = min(TASKS, events // 100)
    for number in range(of_tasks):
        extra: dict[str, object] = {"pool": pool, "label": f"task {number}"}
        trace.objects.append(
            Object(pool + 1 + number, ObjectKind.TASK, 0, "", "script.py", 9, extra)
        )
    for number in range(1 + WORKERS):
        index = len(trace.threads)
        trace.add_thread(Thread(index, 0, f"pool {number}", index, index, False))
    for batch in stream("mix", events - 5 * of_tasks, THREADS):
        trace.append(*batch)
    length = trace.now
    _add_tasks(trace, pool, of_tasks, length)
    for number in range(PRINTED):
        when = length * number // PRINTED
        trace.add_output(Output(when, number % THREADS, 1, f"thread says line {number}\n"))
    for number in range(CPU_READINGS):
        for lane in range(THREADS):
            when = length * number // CPU_READINGS
            trace.cpu.add(lane, when, when // (2 + lane % 5))
    trace.sources["script.py"] = _SCRIPT
    return trace


def _add_tasks(trace: Trace, pool: int, count: int, length: int) -> None:
    """Add *count* tasks, one after the other a worker, spread over *length* (ns)."""
    every = np.arange(count)
    pace = length // (count + 1)
    kinds = (Kind.TASK_SUBMIT, Kind.IDLE_END, Kind.TASK_BEGIN, Kind.TASK_END, Kind.IDLE_BEGIN)
    later = np.array((0, 1, 2, pace * 3, pace * 3 + 1))
    kind = np.tile(np.array(kinds, np.uint8), count)
    worker = THREADS + 1 + every % WORKERS
    thread = np.repeat(worker, 5)
    thread[::5] = THREADS
    obj = np.repeat(pool + 1 + every, 5)
    obj[1::5] = obj[4::5] = pool
    when = np.repeat(every * pace, 5) + np.tile(later, count)
    order = np.argsort(when, kind="stable")
    columns = EventColumns(
        when,
        np.repeat(every, 5),
        kind,
        np.zeros(5 * count, np.uint8),
        obj.astype(np.uint32),
        np.ones(5 * count, np.uint32),
        thread.astype(np.uint32),
    )
    part: list[np.ndarray[tuple[int], np.dtype[Any]]] = [column[order] for column in columns]
    trace.append(*part)


def measure(events: int = 10_000_000) -> list[Row]:
    """Return a row a pane."""
    trace = a_run_of_everything(events)
    app = application()
    theme.apply(app, theme.DARK)
    axis = TimeAxis()
    axis.fit(trace.now)
    panes = Panes(Cursor(), axis, Selection())
    rows = []
    for name, frame in panes.frames.items():
        frame.resize(*_SIZE)
        frame.show()
        app.processEvents()
        rows.append(_pane(name, getattr(panes, name), trace))
        frame.close()
    return rows


def _pane(name: str, view: QWidget, trace: Trace) -> Row:
    random = np.random.default_rng(3)
    moments = random.integers(trace.now // 20, trace.now, _MOMENTS).tolist()
    costs, painted = [], []
    for number, moment in enumerate([moments[-1], *moments]):
        begin = time.thread_time()
        view.show_moment(trace, moment)  # type: ignore[attr-defined]
        told = time.thread_time()
        view.repaint()
        if number:
            costs.append((told - begin) * 1e3)
            painted.append((time.thread_time() - told) * 1e3)
    half, most = percentile(costs, 0.5), percentile(costs, 0.99)
    note = f"p50; p99 {most:.1f}; and painted in {percentile(painted, 0.5):.1f}"
    return Row(f"state at t: {name}", half, None, "ms", GOAL_MS, note)
