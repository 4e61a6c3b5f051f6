"""Statistics of a stretch, against a plain walk over the events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import digest
from engine.causes import WAITS, Cause, cause_of
from engine.cpu import CpuSeries, OnCore
from engine.events import STATE_AFTER, Kind, ObjectKind, State
from engine.statistics import LockUse, Measured, Statistics, Stay, statistics
from engine.trace import Thread, Trace
from tests.engine.test_trace import Row, a_trace, fill
from tests.engine.traces import run_once
from tests.gui.traces import TraceBuilder

OBJECTS = [ObjectKind.LOCK, ObjectKind.RLOCK, ObjectKind.QUEUE, ObjectKind.CONDITION]
KINDS = sorted(set(STATE_AFTER) | {Kind.SAMPLE})
STEPS = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.integers(0, 2),
        st.one_of(
            st.sampled_from(KINDS),
            st.sampled_from([Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED]),
        ),
        st.integers(1, 4),
    ),
    max_size=90,
)
ENDS = st.tuples(st.integers(-5, 400), st.integers(-5, 400)).map(sorted)


def rows_of(steps: list[tuple[int, int, Kind, int]]) -> list[Row]:
    time, rows = 0, []
    for gap, thread, kind, obj in steps:
        time += gap
        rows.append((time, thread, kind, obj, -1))
    return rows


def plain_threads(rows: list[Row], start: int, end: int) -> dict[int, dict[Cause, int]]:
    found: dict[int, dict[Cause, int]] = defaultdict(lambda: defaultdict(int))
    for lane in range(3):
        at, cause = 0, Cause.NONE
        last = (end, lane, Kind.THREAD_END, 0, 0)
        for time, _, kind, obj, _ in [*(r for r in rows if r[1] == lane and r[0] <= end), last]:
            if kind in STATE_AFTER:
                if cause:
                    found[lane][cause] += max(0, time - max(at, start))
                at, cause = time, cause_of(STATE_AFTER[kind], kind, OBJECTS[obj - 1])
    return {lane: {cause: ns for cause, ns in sums.items() if ns} for lane, sums in found.items()}


def plain_waits(rows: list[Row]) -> list[tuple[int, int, int, int | None, bool]]:
    """Return each wait for a lock: lock, thread, start, end, whether the lock was got."""
    found = []
    for lane in range(3):
        mine = [row for row in rows if row[1] == lane and row[2] in STATE_AFTER]
        for number, (time, _, kind, obj, _) in enumerate(mine):
            if kind is Kind.LOCK_WAIT:
                after = mine[number + 1] if number + 1 < len(mine) else None
                got = after is not None and after[2] is Kind.LOCK_ACQUIRED
                found.append((obj, lane, time, after[0] if after else None, got))
    return found


def plain_holds(rows: list[Row]) -> list[tuple[int, int, int, int | None]]:
    """Return each ownership: lock, thread, start, end."""
    found: list[tuple[int, int, int, int | None]] = []
    for lock in range(1, 5):
        depth, owner, since = 0, -1, 0
        for time, thread, kind, obj, _ in rows:
            if obj != lock:
                continue
            if kind is Kind.LOCK_ACQUIRED:
                if depth and owner == thread:
                    depth += 1
                    continue
                if depth:
                    found.append((lock, owner, since, time))
                depth, owner, since = 1, thread, time
            elif kind is Kind.LOCK_RELEASED and depth:
                depth -= 1
                if not depth:
                    found.append((lock, owner, since, time))
        if depth:
            found.append((lock, owner, since, None))
    return found


def clipped(since: int, until: int | None, start: int, end: int) -> int:
    return max(0, min(end if until is None else until, end) - max(since, start))


def check_lock(use: LockUse, rows: list[Row], start: int, end: int) -> None:
    holds = [h for h in plain_holds(rows) if h[0] == use.lock and h[2] <= end]
    waits = [w for w in plain_waits(rows) if w[0] == use.lock and w[2] <= end]
    assert use.acquisitions == sum(start <= h[2] for h in holds)
    assert use.contended == sum(w[4] and w[3] is not None and start <= w[3] <= end for w in waits)
    held = [clipped(h[2], h[3], start, end) for h in holds]
    waited = [clipped(w[2], w[3], start, end) for w in waits]
    assert (use.held, use.waited) == (sum(held), sum(waited))
    check_longest(use.longest_hold, held, [(h[1], max(start, h[2])) for h in holds])
    check_longest(use.longest_wait, waited, [(w[1], max(start, w[2])) for w in waits])


def check_longest(found: Stay | None, lengths: list[int], by: list[tuple[int, int]]) -> None:
    if not any(lengths):
        assert found is None
        return
    assert found is not None
    assert found.length == max(lengths)
    same = [who for who, length in zip(by, lengths, strict=True) if length == max(lengths)]
    assert (found.thread, found.start) in same


def check(measured: Measured, rows: list[Row], start: int, end: int) -> None:
    found = {use.thread: dict(use.by_cause) for use in measured.threads}
    wanted = {lane: sums for lane, sums in plain_threads(rows, start, end).items() if sums}
    assert found == wanted
    for thread in measured.threads:
        assert thread.lived == sum(wanted[thread.thread].values())
        assert (thread.longest is not None) == (thread.waited > 0)
    named = {use.lock for use in measured.locks}
    for use in measured.locks:
        check_lock(use, rows, start, end)
    for lock in {1, 2, 3, 4} - named:
        check_lock(LockUse(lock, 0, 0, 0, None, 0, None), rows, start, end)


def result(steps: object) -> Measured:
    while True:
        try:
            next(steps)  # type: ignore[call-overload]
        except StopIteration as done:
            found: Measured = done.value
            return found


@given(STEPS, st.integers(1, 30), st.lists(ENDS, min_size=1, max_size=4), st.integers(1, 5))
@settings(deadline=None)
def test_any_stretch_says_what_a_plain_walk_says(
    steps: list[tuple[int, int, Kind, int]],
    batch: int,
    stretches: list[list[int]],
    block: int,
) -> None:
    rows = rows_of(steps)
    trace = a_trace(3, OBJECTS)
    known = Statistics(trace)
    with mock.patch.object(digest, "ROWS", block):
        for first in range(0, len(rows), batch):
            fill(trace, rows[first : first + batch])
            for start, end in stretches:
                upto = min(end, trace.now)
                if start > upto:
                    continue
                check(result(known.of(start, end)), rows[: first + batch], start, upto)
        check(result(known.of(0, trace.now)), rows, 0, trace.now)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 2), st.booleans()), max_size=60), ENDS)
@settings(deadline=None)
def test_what_another_process_tells_late_is_counted(
    steps: list[tuple[int, int, bool]], ends: list[int]
) -> None:
    trace = a_trace(3, [ObjectKind.LOCK])
    trace.objects[1].extra["shared"] = True
    known = Statistics(trace)
    kinds = {True: Kind.LOCK_ACQUIRED, False: Kind.LOCK_RELEASED}
    for turn in range(4):  # each of them tells of the same stretch of time
        rows: list[Row] = sorted(
            (time, thread, kinds[taken], 1, -1)
            for place, (time, thread, taken) in enumerate(steps)
            if thread == turn % 3 and place % 2 == turn // 3
        )
        fill(trace, [row for row in rows if row[0] >= trace.lanes[turn % 3].times.last()])
        with mock.patch.object(digest, "ROWS", 2):
            kept = result(known.of(*ends))
        assert kept == statistics(trace, *ends)


RIVALS = """
    import threading
    import time

    lock = threading.Lock()

    def work():
        for _ in range(5):
            with lock:
                time.sleep(0.001)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_in_a_real_run_all_of_a_threads_time_is_accounted_for() -> None:
    trace = run_once(RIVALS, "3.11").trace
    whole = statistics(trace)
    assert len(whole.threads) == 4
    for use in whole.threads:
        thread = trace.threads[use.thread]
        assert thread.begin is not None
        assert use.lived == (trace.now if thread.end is None else thread.end) - thread.begin
        assert use.on_core is None or use.on_core.least <= use.lived
    (lock,) = whole.locks
    assert lock.acquisitions == 15
    assert lock.contended < 15
    assert lock.waited == sum(use.of(Cause.LOCK) for use in whole.threads)
    middle = trace.now // 2
    parts = [statistics(trace, 0, middle), statistics(trace, middle, trace.now)]
    assert lock.held == sum(use.held for part in parts for use in part.locks)
    assert lock.waited == sum(use.waited for part in parts for use in part.locks)


def test_every_kind_of_wait_has_a_cause() -> None:
    named = {
        cause_of(state, kind, thing) for kind, state in STATE_AFTER.items() for thing in ObjectKind
    }
    assert named == set(Cause)
    for kind, state in STATE_AFTER.items():
        cause = cause_of(state, kind, ObjectKind.LOCK)
        is_wait = state in (State.WAITS_LOCK, State.WAITS_OTHER)
        assert (cause in WAITS) == is_wait
        if is_wait and kind is not Kind.WAIT_BEGIN:
            assert cause is not Cause.OTHER


def test_one_lock_alone_is_what_the_whole_says_of_it() -> None:
    build = TraceBuilder()
    one, two = build.thread("one"), build.thread("two")
    lock, other = (build.object(ObjectKind.LOCK, name) for name in ("lock", "other"))
    build.at(0, one, Kind.THREAD_BEGIN).at(0, two, Kind.THREAD_BEGIN)
    build.at(1, one, Kind.LOCK_ACQUIRED, lock).at(2, two, Kind.LOCK_WAIT, lock, -1)
    build.at(5, one, Kind.LOCK_RELEASED, lock).at(5, two, Kind.LOCK_ACQUIRED, lock)
    trace = build.build(9)
    second = 1_000_000_000
    whole = {use.lock: use for use in statistics(trace).locks}
    assert whole.keys() == {lock}
    use = whole[lock]
    assert (use.acquisitions, use.contended) == (2, 1)
    assert (use.held, use.waited) == (8 * second, 3 * second)
    assert use.longest_hold == Stay(one, second, 4 * second)
    assert use.longest_wait == Stay(two, 2 * second, 3 * second)
    assert _alone(trace, lock, 9 * second) == use
    assert _alone(trace, lock, 4 * second).contended == 0
    assert _alone(trace, other, 9 * second) == LockUse(other, 0, 0, 0, None, 0, None)


def _alone(trace: Trace, lock: int, end: int) -> LockUse:
    steps = Statistics(trace).of_lock(lock, 0, end)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: LockUse = done.value
            return found


def test_no_piece_of_work_is_longer_than_a_block() -> None:
    """However long the trace, a window may paint after each few thousand rows."""
    trace = Trace()
    trace.add_thread(Thread(0, 0, "T", 0, 0, False))
    count = 50 * digest.ROWS
    time = np.arange(count, dtype=np.int64)
    kinds = np.resize([Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED], count).astype(np.uint8)
    trace.append(
        time, np.full(count, -1), kinds,
        np.zeros(count, np.uint8), np.ones(count, np.uint32), np.zeros(count, np.uint32),
        np.zeros(count, np.uint32),
    )  # fmt: skip
    known = Statistics(trace)
    read: list[int] = []
    plain = digest.LaneDigest._add_up

    def counted(self: digest.LaneDigest, begin: int, stop: int, *rest: object) -> digest.LaneSums:
        read.append(stop - begin)
        adding: Callable[..., digest.LaneSums] = plain
        return adding(self, begin, stop, *rest)

    with mock.patch.object(digest.LaneDigest, "_add_up", counted):
        rests = sum(1 for _ in known.of(0, count))
        assert max(read) <= 2 * digest.ROWS
        assert rests >= 48
        read.clear()
        result(known.of(7, count - 7))
        assert sum(read) <= 4 * digest.ROWS  # the two ends alone: the blocks are known


SHARES = st.lists(st.tuples(st.integers(1, 20), st.floats(0, 1)), min_size=1, max_size=30)


@given(SHARES, st.sets(st.integers(0, 200)), ENDS)
def test_time_on_a_core_lies_between_the_least_and_the_most(
    shares: list[tuple[int, float]], readings: set[int], ends: list[int]
) -> None:
    """The truth is a thread that is on a core for a part of each span; it is read now and then."""
    ran = np.concatenate([np.arange(span) < share * span for span, share in shares])
    used = np.concatenate(([0], np.cumsum(ran)))
    finish = len(ran)
    series = CpuSeries()
    for time in sorted(t for t in readings if t <= finish):
        series.times.append(time)
        series.used.append(int(used[time]))
    found = series.between(ends[0], ends[1], 0, finish)
    start, end = (max(0, min(finish, t)) for t in ends)
    if not len(series.times):
        assert found is None
        return
    assert found is not None
    assert 0 <= found.least <= int(used[end] - used[start]) <= found.most <= end - start
    if {start, end} <= readings:
        assert found.least == found.most


def test_a_thread_that_is_not_there_uses_no_core() -> None:
    series = CpuSeries()
    series.times.append(5)
    series.used.append(1)
    assert series.between(10, 20, 0, 8) == OnCore(0, 0)


@pytest.mark.parametrize("stretch", [(0, 10), (2, 3)])
def test_a_trace_of_nothing_has_no_statistics(stretch: tuple[int, int]) -> None:
    assert statistics(Trace(), *stretch) == Measured(stretch[0], 0, (), ())
