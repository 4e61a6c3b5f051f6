"""The contention pane: what a frame pays for lanes of locks, a walk for the critical path.

Locks are handed on from thread to thread, each of which waited for it: the pane's worst case.
Seconds are those on a core: other programs do not count.
"""

from __future__ import annotations

import numpy as np

from benchmarks.table import Row, ms_on_core, percentile, until_done
from engine.contention import Contention
from engine.critical_path import MOST_STEPS, path_steps
from engine.events import Kind, ObjectKind
from engine.trace import Object, Thread, Trace
from engine.wait_for import waits_at

THREADS, SECONDS = 64, 10.0
FRAME_MS = 16.7
SIZE = (1600, 900)
_ENDED = object()
_BATCH = 50_000
_FRAMES = 60


def convoys(locks: int, events: int) -> Trace:
    """Return *locks* locks that are handed on *events* / 3 times in all, at random lengths."""
    trace = Trace()
    for number in range(1, locks + 1):
        trace.objects.append(Object(number, ObjectKind.LOCK, 0, f"lock_{number}", "a.py", 1))
    for index in range(THREADS):
        trace.add_thread(Thread(index, 0, f"T{index}", index, index, daemon=False))
    rng = np.random.default_rng(1)
    each = events // (3 * locks)
    parts = []
    for lock in range(locks):
        gaps = rng.exponential(1.0, each)
        start = (np.cumsum(gaps) / gaps.sum() * 0.99 * SECONDS * 1e9).astype(np.int64) + 1000
        end = np.append(start[1:], start[-1] + 1000) - 1
        begin = np.maximum(0, start - rng.integers(1, 300_000, each))
        mine = np.arange(lock, THREADS, locks)
        lane = mine[rng.integers(0, len(mine), each)]
        kinds = (Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED)
        for at, what in zip((begin, start, end), kinds, strict=True):
            parts.append((at, np.full(each, what), np.full(each, lock + 1), lane))
    time, kind, obj, lane = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(time, kind="stable")
    for first in range(0, len(order), _BATCH):
        part = order[first : first + _BATCH]
        zeros = np.zeros(len(part), np.int64)
        trace.append(
            time[part],
            zeros,
            kind[part].astype(np.uint8),
            zeros.astype(np.uint8),
            obj[part].astype(np.uint32),
            zeros.astype(np.uint32),
            lane[part].astype(np.uint32),
        )
    trace.advance(int(SECONDS * 1e9))
    return trace


def measure() -> list[Row]:
    """Measure few locks and many, up to ten million events."""
    rows = []
    for locks, events in ((1, 1_000_000), (20, 1_000_000), (20, 10_000_000)):
        trace = convoys(locks, events)
        name = f"{locks} lock{'s' * (locks > 1)}, {events:,} events"
        rows += [*_queues(trace, name), *_frames(trace, name)]
        if events == 1_000_000:
            rows += [_path(trace, name), _waits(trace, name)]
    return rows


def _queues(trace: Trace, name: str) -> list[Row]:
    before = trace.memory.used
    queues = Contention(trace)
    costs = until_done(queues.update)
    note = f"{len(costs)} pieces, {sum(costs):.0f} ms in all"
    added = (trace.memory.used - before) / len(trace)
    return [
        Row(f"{name}: who waited, the longest piece", max(costs), None, "ms", FRAME_MS / 2, note),
        Row(f"{name}: memory that this adds", added, None, "bytes an event", 4.0),
    ]


def _frames(trace: Trace, name: str) -> list[Row]:
    from PySide6.QtGui import QPixmap

    from gui import theme
    from gui.app import application
    from gui.cursor import Cursor
    from gui.selection import Selection
    from gui.time_axis import TimeAxis
    from gui.views.contention import ContentionView

    theme.apply(application(), theme.DARK)
    axis = TimeAxis()
    view = ContentionView(theme.DARK, Cursor(), axis, Selection())
    view.resize(*SIZE)
    axis.fit(trace.now)
    view.show_moment(trace, trace.now)
    picture = QPixmap(view.size())
    first = until_done(lambda: _paints(view, picture) and view.queues.is_complete)
    rows = []
    for words, share in (("all in view", 1.0), ("30 % in view", 0.3), ("0.1 % in view", 0.001)):
        costs = []
        for frame in range(_FRAMES):
            start = (0.3 + 1e-4 * frame) * (1 - share) * trace.now
            axis.show_range(start, start + share * trace.now)
            costs.append(ms_on_core(lambda: _paints(view, picture)))
        note = f"half of them {percentile(costs, 0.5):.1f}"
        what = f"{name}, {words}: a frame of a pan, p99"
        rows.append(Row(what, percentile(costs, 0.99), None, "ms", FRAME_MS, note))
    note = f"{len(first)} frames"
    longest = Row(
        f"{name}: the longest frame until all is there", max(first), None, "ms", None, note
    )
    view.deleteLater()
    return [longest, *rows]


def _paints(view: object, picture: object) -> bool:
    view.render(picture)  # type: ignore[attr-defined]
    return True


def _path(trace: Trace, name: str) -> Row:
    steps = path_steps(trace)
    costs = until_done(lambda: next(steps, _ENDED) is _ENDED)
    note = f"{MOST_STEPS:,} steps at most, {sum(costs):.0f} ms in all"
    return Row(f"{name}: critical path, the longest piece", max(costs), None, "ms", FRAME_MS, note)


def _waits(trace: Trace, name: str) -> Row:
    rng = np.random.default_rng(3)
    moments = rng.integers(0, trace.now, 100).tolist()
    costs = [ms_on_core(lambda t=t: waits_at(trace, t)) for t in moments]  # type: ignore[misc]
    return Row(f"{name}: who waits for whom, p99", percentile(costs, 0.99), None, "ms", FRAME_MS)
