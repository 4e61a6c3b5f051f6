"""Finding the way in ten million events: what a frame pays for the map, a search, a key.

Seconds are those on a core: other programs do not count.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.ingest import filled
from benchmarks.table import Row, median, ms_on_core, percentile, until_done
from engine import search
from engine.bookmarks import Bookmark
from engine.events import ObjectKind
from engine.formats.amending import amend
from engine.formats.record import Record
from engine.formats.saving import save
from engine.overview import Overview
from engine.session import Request
from engine.trace import Object, Trace

EVENTS, THREADS = 10_000_000, 64
KEPT_EVENTS = 1_000_000
FRAME_MS = 16.7
_FRAMES = 600


def measure() -> list[Row]:
    """Measure the map and the search at `EVENTS`, a file at `KEPT_EVENTS`, and the glide."""
    trace = filled("mix", EVENTS, THREADS)
    return [*_map(trace), *_searches(trace), *_arrows(trace), _bookmarks(), _glide()]


def _map(trace: Trace) -> list[Row]:
    overview = Overview()
    costs = until_done(lambda: overview.update(trace))
    slices = sum(len(lane.starts) for lane in trace.lanes)
    note = f"{slices:,} slices in {len(costs)} frames, {sum(costs):.0f} ms in all"
    shown = median([ms_on_core(lambda: overview.states(trace)) for _ in range(50)])
    return [
        Row("map: add up slices, the longest frame", max(costs), None, "ms", FRAME_MS / 2, note),
        Row("map: all columns at the cursor", shown, None, "ms", 2.0),
    ]


def _searches(trace: Trace) -> list[Row]:
    trace.objects.append(Object(len(trace.objects), ObjectKind.QUEUE, 0, "rare", "a.py", 1))
    rows = []
    for typed in ("rare", "lock", "= 7", "thread"):
        found = search.find(trace, typed)
        assert found is not None
        costs = until_done(found.step)
        counted = sum(count for count, _ in found.counts().values())
        note = f"{counted:,} hits kept, {len(costs)} frames, {sum(costs):.0f} ms in all"
        what = f"search “{typed}”: the longest frame"
        rows.append(Row(what, max(costs), None, "ms", FRAME_MS, note))
    return rows


def _arrows(trace: Trace) -> list[Row]:
    from gui.links import other_end

    rng = np.random.default_rng(2)
    moments = [(int(rng.integers(THREADS)), int(rng.integers(trace.now))) for _ in range(100)]
    costs = [ms_on_core(lambda lane=lane, t=t: other_end(trace, lane, t)) for lane, t in moments]  # type: ignore[misc]
    return [Row("a key: to who ended the wait, p99", percentile(costs, 0.99), None, "ms", FRAME_MS)]


def _bookmarks() -> Row:
    trace = filled("mix", KEPT_EVENTS, 8)
    record = Record(trace, Request(Path("a.py")), None)
    marks = [Bookmark(n * 1_000, f"note {n}") for n in range(100)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.threadlab"
        save(record, path)
        ours = median([ms_on_core(lambda: amend(path, marks)) for _ in range(3)])
        other = ms_on_core(lambda: save(replace(record, bookmarks=tuple(marks)), path))
    return Row(
        f"bookmarks into a file of {KEPT_EVENTS:,} events / saving it", ours, other, "ms", 0.5
    )


def _glide() -> Row:
    """Compare how far the window moves in a frame, where the present comes in jerks."""
    from gui.time_axis import TimeAxis

    rng = np.random.default_rng(5)
    told = np.cumsum(rng.exponential(60e6, _FRAMES))  # a batch every 60 ms or so
    worst = []
    for smooth in (True, False):
        axis = TimeAxis()
        axis.motion = smooth
        axis.follow(60e9)
        steps = []
        for frame in range(1, _FRAMES):
            clock = frame * 16e6
            before = axis.start
            known = told[: int(np.searchsorted(told, clock, side="right"))]
            axis.glide(60e9 + float(known[-1] if len(known) else 0), 16e6)
            steps.append(axis.start - before)
        worst.append(percentile(steps, 0.99) / 16e6)
    ours, other = worst
    return Row("a frame's step of the window, p99 / at once", ours, other, "frames")
