"""Queues before locks, and what fills a pixel of a lock's lane, against plain re-computation."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import pyramids, table
from engine.contention import Contention, WaiterSeries
from engine.events import STATE_AFTER, Kind, ObjectKind
from engine.locks import LockHistory
from engine.memory import Memory
from engine.pyramids import Holders
from engine.trace import Trace
from tests.engine.test_trace import Row, a_trace, fill
from tests.engine.whole_runs import preset
from tests.gui.traces import TraceBuilder

OBJECTS = [ObjectKind.LOCK, ObjectKind.RLOCK, ObjectKind.SEMAPHORE, ObjectKind.CONDITION]
USED = [Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.WAIT_BEGIN, Kind.WAIT_END]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.integers(0, 3),
        st.one_of(st.sampled_from(sorted(STATE_AFTER)), st.sampled_from(USED)),
        st.integers(1, 4),
    ),
    max_size=90,
)


def rows_of(steps: list[tuple[int, int, Kind, int]]) -> list[Row]:
    time, rows = 0, []
    for gap, thread, kind, obj in steps:
        time += gap
        rows.append((time, thread, kind, obj, -1))
    return rows


def plain_waits(rows: list[Row], now: int) -> list[tuple[int, int, int]]:
    """Return (lock, begin, end) of each wait for a lock or a semaphore."""
    found = []
    for lane in range(4):
        since, lock = 0, 0
        for time, _, kind, obj, _ in [r for r in rows if r[1] == lane and r[2] in STATE_AFTER]:
            if lock:
                found.append((lock, since, time))
            semaphore = kind is Kind.WAIT_BEGIN and OBJECTS[obj - 1] is ObjectKind.SEMAPHORE
            since, lock = time, obj if semaphore or kind is Kind.LOCK_WAIT else 0
        if lock:
            found.append((lock, since, now))
    return found


def trace_of(rows: list[Row], batch: int) -> Trace:
    trace = a_trace(4, OBJECTS)
    for first in range(0, len(rows), batch):
        fill(trace, rows[first : first + batch])
    return trace


@given(STEPS, st.integers(1, 9), st.integers(1, 9))
def test_as_many_wait_as_a_plain_walk_counts(
    steps: list[tuple[int, int, Kind, int]], batch: int, piece: int
) -> None:
    rows = rows_of(steps)
    trace = trace_of(rows, batch)
    queues = Contention(trace)
    while not queues.update(piece):
        pass
    waits = plain_waits(rows, trace.now)
    for lock in range(1, 5):
        mine = [(begin, end) for which, begin, end in waits if which == lock]
        open_ones = [end for _, end in mine if end == trace.now]
        assert queues.waits(lock) == len(mine)
        assert queues.waited(lock) == sum(end - begin for begin, end in mine)
        series = queues.series.get(lock)
        assert (series is not None) == bool(mine)
        for t in range(trace.now if open_ones else trace.now + 1):
            count = sum(begin <= t < end for begin, end in mine)
            assert (series.at(t) if series else 0) == count
    ranked = queues.ranked()
    assert sorted(ranked) == sorted({lock for lock, _, _ in waits})
    costs = [queues.waited(lock) for lock in ranked]
    assert costs == sorted(costs, reverse=True)


def test_what_a_process_tells_late_is_put_where_its_time_belongs() -> None:
    trace = a_trace(4, [ObjectKind.LOCK])
    queues = Contention(trace)
    fill(trace, [(10, 0, Kind.LOCK_WAIT, 1, -1), (50, 0, Kind.LOCK_ACQUIRED, 1, 0)])
    assert queues.update()
    fill(trace, [(20, 1, Kind.LOCK_WAIT, 1, -1), (40, 1, Kind.LOCK_WAIT_FAILED, 1, 0)])
    fill(trace, [(60, 2, Kind.LOCK_WAIT, 1, -1)])
    assert queues.update()
    series = queues.series[1]
    assert [series.at(t) for t in (9, 10, 20, 39, 40, 50, 60)] == [0, 1, 2, 2, 1, 0, 1]
    assert series.times[:].tolist() == sorted(series.times[:].tolist())


def test_a_wait_of_no_length_is_no_step() -> None:
    trace = a_trace(2, [ObjectKind.LOCK])
    fill(trace, [(10, 0, Kind.LOCK_WAIT, 1, -1), (10, 0, Kind.LOCK_ACQUIRED, 1, 0)])
    queues = Contention(trace)
    queues.update()
    assert len(queues.series[1].times) == 0
    assert queues.waits(1) == 1


def test_locks_that_nobody_waited_for_are_found_by_when_they_were_used() -> None:
    build = TraceBuilder()
    lane = build.thread("MainThread")
    locks = [build.object(ObjectKind.LOCK, "lock") for _ in range(1000)]
    for n, lock in enumerate(locks):
        build.at(n, lane, Kind.LOCK_ACQUIRED, lock)
        if n < 999:
            build.at(n + 0.5, lane, Kind.LOCK_RELEASED, lock)
    queues = Contention(build.build(2000))
    queues.update()
    assert queues.known == 1000
    assert queues.ranked() == []
    assert queues.used(10e9, 11.2e9) == locks[10:12]
    assert queues.used(1500e9, 1600e9) == locks[999:]  # still held
    assert queues.used(-5e9, -1e9) == []


@pytest.fixture(autouse=True)
def small_pyramids() -> object:
    """Give a run of a few hundred rows several levels."""
    with (
        mock.patch.object(pyramids, "_WIDE", 8),
        mock.patch.object(pyramids, "_ROWS_AT_ONCE", 64),
        mock.patch.object(table, "SMALLEST_PART", 512),
    ):
        yield


WINDOW = st.tuples(st.integers(-50, 3000), st.integers(1, 4000), st.integers(1, 60))
SEED = st.integers(0, 2**32 - 1)


@settings(max_examples=60)
@given(SEED, st.integers(0, 1500), WINDOW)
def test_the_most_waiters_of_each_pixel_are_exact(
    seed: int, size: int, window: tuple[int, int, int]
) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.integers(1, 4, size) * rng.choice([1, 1, 1, 90], size))
    deltas = rng.choice([1, -1], size)
    counts = np.maximum(0, np.cumsum(deltas))
    series = WaiterSeries(Memory())
    changes = np.diff(counts, prepend=0)
    for begin in range(0, size, 100):
        series.add(times[begin : begin + 100], changes[begin : begin + 100])
    assert series.most.update(10**9)
    until = int(times[-1]) + 7 if size else 0
    start, length, width = window
    found = series.most.in_pixels(start, length / width, width, until)
    ends = np.append(times[1:], until)[:size]
    for pixel in range(width):
        left, right = start + pixel * length / width, start + (pixel + 1) * length / width
        near = 1e-6  # a boundary that a float cannot tell from an event
        there = counts[(times < right) & (ends > left)]
        surely = counts[(times < right - near) & (ends > left + near)]
        assert surely.max(initial=0) <= found[pixel] <= there.max(initial=0)


@settings(max_examples=60)
@given(SEED, st.integers(0, 1500), WINDOW, st.booleans())
def test_the_time_held_in_each_pixel_is_exact_and_its_holder_is_one_of_them(
    seed: int, size: int, window: tuple[int, int, int], is_open: bool
) -> None:
    rng = np.random.default_rng(seed)
    gaps = rng.integers(1, 4, (size, 2)) * rng.choice([1, 1, 1, 90], (size, 2))
    edges = np.cumsum(gaps.ravel())
    threads = rng.integers(0, 5, size)
    history = LockHistory(Memory())
    for n, thread in enumerate(threads.tolist()):
        history.acquired(int(edges[2 * n]), thread)
        if n < size - 1 or not is_open:
            history.released(int(edges[2 * n + 1]), thread)
    holders = Holders(history)
    assert holders.update(10**9)
    until = int(edges[-1]) if size else 0
    start, length, width = window
    per_pixel = length / width
    found = holders.in_pixels(start, per_pixel, width, until)
    for pixel in range(width):
        left, right = start + pixel * per_pixel, start + (pixel + 1) * per_pixel
        lengths = np.maximum(0, np.minimum(edges[1::2], right) - np.maximum(edges[::2], left))
        sums = np.bincount(threads, lengths, 5)
        assert found.shares[pixel] == pytest.approx(sums.sum() / per_pixel, abs=1e-6)
        holder = int(found.threads[pixel])
        if sums.sum() > 1e-6:
            assert sums[holder] > 0
            if sums.max() > 0.97 * sums.sum():
                assert holder == int(np.argmax(sums))
        elif sums.sum() == 0:
            assert holder == -1


def test_what_was_added_up_is_forgotten_where_rows_come_late() -> None:
    series = WaiterSeries(Memory())
    times = np.arange(1, 2001) * 10
    series.add(times, np.tile([1, -1], 1000))
    assert series.most.update(10**9)
    series.add(np.array([5015, 5016]), np.array([7, -7]))
    assert series.most.update(10**9)
    found = series.most.in_pixels(0, 1000, 20, 20_000)
    assert found.tolist() == [1] * 5 + [8] + [1] * 14


@pytest.mark.parametrize("name", ["lock", "deadlock"])
def test_a_real_run_counts_those_whose_lanes_wait(name: str) -> None:
    trace = preset(name)
    queues = Contention(trace)
    assert queues.update()
    assert queues.series
    moments = np.linspace(0, trace.now - 1, 200).astype(np.int64).tolist()
    for lock, series in queues.series.items():
        assert [series.at(t) for t in moments] == [len(trace.waiters_at(lock, t)) for t in moments]
        assert series.highest == max(series.counts[:].tolist())
