"""The whole run in a thousand columns, against a plain re-computation."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import Kind, State
from engine.overview import COLUMNS, FIRST_LENGTH, Overview
from engine.trace import Trace
from tests.gui.traces import TraceBuilder, crowded_trace

KINDS = (
    Kind.LOCK_WAIT,
    Kind.LOCK_ACQUIRED,
    Kind.LOCK_RELEASED,
    Kind.SLEEP_BEGIN,
    Kind.SLEEP_END,
    Kind.JOIN_WAIT,
    Kind.JOIN_END,
)
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(KINDS), st.integers(0, 400_000_000)), max_size=60
)


def a_trace(steps: list[tuple[int, Kind, int]], *, ended: bool) -> Trace:
    build = TraceBuilder()
    for number in range(4):
        build.thread(f"T{number}")
    now = [0] * 4
    for thread, kind, gap in steps:
        now[thread] += gap
        build.at(now[thread] / 1e9, thread, kind, 1)
    if ended:
        for thread in range(4):
            build.at((now[thread] + 5) / 1e9, thread, Kind.THREAD_END)
    return build.build(max(now) / 1e9 + 0.2)


def plainly(trace: Trace, length: int, count: int) -> np.ndarray:
    """Add up the parts of every slice, one by one."""
    sums = np.zeros((count, len(State)))
    for number, lane in enumerate(trace.lanes):
        starts = lane.starts.tolist()
        over = trace.threads[number].end
        stop = trace.now if over is None else over
        for begin, end, state in zip(
            starts, [*starts[1:], stop], lane.states.tolist(), strict=False
        ):
            for column in range(begin // length, min(count, end // length + 1)):
                low, high = max(begin, column * length), min(end, (column + 1) * length)
                if state != State.NONE:
                    sums[column, state] += max(0, high - low)
    return sums


def whole(overview: Overview, trace: Trace, most: int = 100_000) -> int:
    """Update until all is in; return in how many calls."""
    return next(n for n in itertools.count(1) if overview.update(trace, most))


@settings(max_examples=60)
@given(STEPS, st.booleans(), st.integers(1, 50))
def test_it_is_what_adding_up_every_slice_gives(
    steps: list[tuple[int, Kind, int]], ended: bool, most: int
) -> None:
    trace = a_trace(steps, ended=ended)
    overview = Overview()
    whole(overview, trace, most)
    found = overview.states(trace)
    assert len(found) == overview.columns(trace.now) <= COLUMNS
    assert trace.now < overview.length * COLUMNS
    np.testing.assert_allclose(found, plainly(trace, overview.length, len(found)), atol=1)


@settings(max_examples=40)
@given(STEPS, STEPS)
def test_a_run_that_grows_is_added_as_if_it_had_been_there_at_once(
    early: list[tuple[int, Kind, int]], later: list[tuple[int, Kind, int]]
) -> None:
    build = TraceBuilder()
    for number in range(4):
        build.thread(f"T{number}")
    overview, now, trace = Overview(), [0] * 4, build.trace
    for part in (early, later):
        for thread, kind, gap in part:
            now[thread] += 7 * gap
            build.at(now[thread] / 1e9, thread, kind, 1)
        trace = build.build(max(now) / 1e9)
        whole(overview, trace)
        overview.states(trace)
    at_once = Overview()
    whole(at_once, trace)
    assert overview.length == at_once.length
    np.testing.assert_allclose(overview.states(trace), at_once.states(trace), atol=1)


def test_a_long_run_is_taken_in_portions() -> None:
    trace = crowded_trace(8, 40_000)
    overview = Overview()
    assert not overview.update(trace, 1_000)
    assert whole(overview, trace, 1_000) >= 38
    assert overview.states(trace).sum() > 0


def test_columns_grow_with_the_run() -> None:
    build = TraceBuilder()
    thread = build.thread("T")
    build.at(0, thread, Kind.THREAD_BEGIN)
    trace = build.build(3600)
    overview = Overview()
    overview.update(trace)
    assert overview.length > FIRST_LENGTH
    assert overview.states(trace)[:, State.RUNNING].sum() == trace.now


def test_nothing_recorded_is_nothing() -> None:
    overview = Overview()
    assert overview.update(Trace())
    assert overview.states(Trace()).sum() == 0
