"""Ten million events as a table: what a frame pays for its rows, and what a filter costs.

Beside the plain way: an order of all rows by time, kept in memory. Seconds are those on a core.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np

from benchmarks.ingest import filled
from benchmarks.streams import BATCH, stream
from benchmarks.table import Row, median, ms_on_core, percentile
from engine.events import Kind, State
from engine.merged import Merged
from engine.sieve import Criteria, Sieve, state_code
from engine.trace import Trace

EVENTS, THREADS = 10_000_000, 64
FRAME_MS = 16.7
_JUMPS = 100
_SEEN = 48  # rows


def measure() -> list[Row]:
    """Measure rows, filters and the view of them at `EVENTS`."""
    trace = filled("mix", EVENTS, THREADS)
    return [*_rows(trace), *_filters(trace), *_view(trace)]


def _rows(trace: Trace) -> list[Row]:
    merged = Merged(trace.lanes)
    rows = np.random.default_rng(3).integers(EVENTS, size=_JUMPS).tolist()
    tracemalloc.start()
    ours = percentile([ms_on_core(lambda row=row: merged.page(row, _SEEN)) for row in rows], 0.99)  # type: ignore[misc]
    kept = tracemalloc.get_traced_memory()[0] / 2**20
    orders: list[object] = []
    times = trace.column("time", 0, len(trace))
    other = ms_on_core(lambda: orders.append(np.argsort(times, kind="stable").astype(np.uint32)))
    size = tracemalloc.get_traced_memory()[0] / 2**20 - kept - times.nbytes / 2**20
    tracemalloc.stop()
    note = f"{kept:.1f} MB kept / {size:.0f} MB"
    return [Row(f"any {_SEEN} rows, p99 / an order of all", ours, other, "ms", 1.0, note)]


def _filters(trace: Trace) -> list[Row]:
    wanted = (
        ("by kind", Criteria(kinds=frozenset({Kind.LOCK_WAIT}))),
        ("by kind, of one thread", Criteria(thread=3, kinds=frozenset({Kind.LOCK_WAIT}))),
        ("by two words", Criteria(words="t3 lock")),
        (
            "of slices, by state",
            Criteria(slices=True, states=frozenset({state_code(State.WAITS_LOCK, holds=False)})),
        ),
    )
    rows = []
    for name, criteria in wanted:
        sieve = Sieve(trace, criteria)
        costs = []
        while not sieve.is_done:
            costs.append(ms_on_core(sieve.step))
        note = f"{len(sieve):,} of {len(sieve.merged):,}, {sum(costs) / 1e3:.2f} s in all"
        rows.append(Row(f"filter {name}: a step, p99", percentile(costs, 0.99), None, "ms",
                        FRAME_MS, note))  # fmt: skip
    return rows


def _view(trace: Trace) -> list[Row]:
    from gui import theme
    from gui.app import application
    from gui.cursor import Cursor
    from gui.selection import Selection
    from gui.time_axis import TimeAxis
    from gui.views.table import TableView

    made = application()
    theme.apply(made, theme.DARK)
    cursor, axis, selection = Cursor(), TimeAxis(), Selection()
    view = TableView(theme.DARK, cursor, axis, selection)
    view.resize(640, 400)
    view.show()

    def frame(t: int) -> Callable[[], None]:
        def draw() -> None:
            view.show_moment(trace, t)
            view.rows.viewport().repaint()
            made.processEvents()

        return draw

    cursor.hold()
    for warm in range(10):  # fonts are loaded, and the processor is warm
        frame(warm * trace.now // 10)()
    jumps = np.random.default_rng(4).integers(trace.now, size=4 * _JUMPS).tolist()
    jumped = percentile([ms_on_core(frame(t)) for t in jumps], 0.99)
    played = percentile([ms_on_core(frame(t * 16_000)) for t in range(_JUMPS)], 0.99)
    cursor.follow()
    grown: list[float] = []
    held: list[float] = []
    for number, batch in enumerate(stream("mix", 2 * _JUMPS * BATCH, THREADS)):
        shift = trace.now - int(batch.time[0]) + 1
        trace.append(batch.time + shift, *batch[1:])
        if number == _JUMPS:
            cursor.hold()
        cursor.advance(16e6, trace.now)
        (grown if number < _JUMPS else held).append(ms_on_core(frame(cursor.time)))
    view.close()
    note = f"{BATCH:,} events a frame"
    return [
        Row("a frame: the cursor jumps, p99", jumped, None, "ms", FRAME_MS),
        Row("a frame: the cursor plays, p99", played, None, "ms", FRAME_MS),
        Row("a frame: live, followed, p99", percentile(grown, 0.99), None, "ms", FRAME_MS, note),
        Row("a frame: live, held, median", median(held), None, "ms", FRAME_MS, note),
    ]
