"""The details of ten million slices: what a frame pays for facts, and what a stretch costs.

Seconds are those on a core: other programs do not count. The other figure is a plain pass over the
columns of the stretch, for the times of the threads alone.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from benchmarks.crowd import Crowd
from benchmarks.table import Row, median, ms_on_core, percentile
from engine.causes import CAUSES, causes_of
from engine.statistics import Statistics
from engine.trace import Trace

SLICES, LANES = 10_000_000, 64
FRAME_MS = 16.7
_MOMENTS = 200


def measure() -> list[Row]:
    """Measure `SLICES` slices in `LANES` lanes."""
    crowd = Crowd(LANES)
    crowd.grow(SLICES)
    return [*_stretches(crowd.trace), *_frames(crowd.trace)]


def _pieces(steps: Generator[None, None, Any]) -> list[float]:
    """Return the ms of each piece of work between two rests."""
    costs, done = [], False

    def once() -> None:
        nonlocal done
        done = next(steps, True) is True

    while not done:
        costs.append(ms_on_core(once))
    return costs


def _stretches(trace: Trace) -> list[Row]:
    known = Statistics(trace)
    rows = []
    for what, start, end in (
        ("whole run, the first time", 0, trace.now),
        ("whole run, again", 0, trace.now),
        ("a third of the run", trace.now // 3, 2 * trace.now // 3),
        ("a millisecond", trace.now // 2, trace.now // 2 + 1_000_000),
    ):
        costs = _pieces(known.of(start, end))
        longest = f"the longest of {len(costs)} pieces {max(costs):.1f} ms"
        plain = ms_on_core(lambda start=start, end=end: _plainly(trace, start, end))  # type: ignore[misc]
        rows.append(Row(f"{what}: all threads and locks", sum(costs), plain, "ms", None, longest))
        if what.endswith("time"):
            rows.append(
                Row("a piece of it, p99", percentile(costs, 0.99), None, "ms", FRAME_MS / 2)
            )
    return rows


def _plainly(trace: Trace, start: int, end: int) -> None:
    kinds = np.array([int(thing.kind) for thing in trace.objects], np.uint8)
    for lane in trace.lanes:
        part = lane.span(start, end)
        edges = np.clip(np.append(lane.starts[part], end), start, end)
        causes = causes_of(lane.states[part], lane.kinds[part], lane.objs[part], kinds)
        np.bincount(causes, weights=np.diff(edges), minlength=CAUSES)


def _frames(trace: Trace) -> list[Row]:
    from gui import theme
    from gui.app import application
    from gui.cursor import Cursor
    from gui.selection import Selection
    from gui.time_axis import TimeAxis
    from gui.views.details import THREADS, DetailsView

    theme.apply(application(), theme.DARK)
    cursor, selection = Cursor(), Selection()
    cursor.advance(0, trace.now)
    view = DetailsView(theme.DARK, cursor, TimeAxis(), selection)
    view.resize(480, 280)
    view.show()
    made = np.random.default_rng(6)
    moments = [int(t) for t in made.integers(0, trace.now, _MOMENTS)]

    def shown(what: str) -> Row:
        costs = []
        for t in moments:
            view.rest_is_over()
            costs.append(ms_on_core(lambda t=t: view.show_moment(trace, t)))  # type: ignore[misc]
        note = f"p99 {percentile(costs, 0.99):.2f} ms"
        return Row(f"show a moment: {what}", median(costs), None, "ms", 2.0, note)

    rows = []
    for what, choice in (("a slice", {"lane": 5, "time": moments[0]}), ("a thread", {"lane": 5})):
        selection.choose(**choice)
        rows.append(shown(what))
    selection.choose(lock=3)
    view.measuring.finish()
    rows.append(shown("a lock"))
    view.show_page(THREADS)
    view.measuring.finish()
    rows.append(shown("the tables"))
    view.close()
    view.deleteLater()
    return rows
