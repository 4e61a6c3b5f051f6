"""The trace and what is derived from it, against plain re-computation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.deadlock import find
from engine.events import STATE_AFTER, Kind, ObjectKind, State
from engine.trace import Object, Output, Thread, Trace

Row = tuple[int, int, Kind, int, int]  # time, thread, kind, object, value


def fill(trace: Trace, rows: Iterable[Row]) -> None:
    listed = list(rows)
    if not listed:
        return
    trace.append(
        np.array([r[0] for r in listed], np.int64),
        np.array([r[4] for r in listed], np.int64),
        np.array([r[2] for r in listed], np.uint8),
        np.zeros(len(listed), np.uint8),
        np.array([r[3] for r in listed], np.uint32),
        np.zeros(len(listed), np.uint32),
        np.array([r[1] for r in listed], np.uint32),
    )


def a_trace(threads: int = 3, objects: Iterable[ObjectKind] = ()) -> Trace:
    trace = Trace()
    for index in range(threads):
        trace.add_thread(Thread(index, 0, f"T{index}", index, index, False))
    for number, kind in enumerate(objects, start=1):
        trace.objects.append(Object(number, kind, 0, f"lock{number}", "", 0))
    return trace


KINDS = sorted(set(STATE_AFTER) | {Kind.SAMPLE})
ROWS = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.integers(0, 2),
        st.sampled_from(KINDS),
        st.integers(1, 3),
        st.just(-1),
    ),
    max_size=80,
)


@given(ROWS, st.integers(1, 9))
def test_lanes_say_what_a_plain_walk_says(steps: list[Row], batch: int) -> None:
    time = 0
    rows: list[Row] = []
    for gap, thread, kind, obj, value in steps:
        time += gap
        rows.append((time, thread, kind, obj, value))
    trace = a_trace(3, [ObjectKind.LOCK] * 3)
    for first in range(0, len(rows), batch):
        fill(trace, rows[first : first + batch])
    for moment in {0, *(row[0] for row in rows)}:
        for lane in range(3):
            state, held = State.NONE, []
            for when, thread, kind, obj, _ in rows:
                if when > moment or thread != lane:
                    continue
                state = STATE_AFTER.get(kind, state)
                if kind is Kind.LOCK_ACQUIRED:
                    held.append(obj)
                elif kind is Kind.LOCK_RELEASED and obj in held:
                    del held[len(held) - 1 - held[::-1].index(obj)]
            found = trace.state_at(lane, moment)
            assert (found.state if found else State.NONE) is state
            assert (found.held if found else 0) == (held[-1] if held else 0)


@given(ROWS)
def test_an_ownership_begins_and_ends_at_its_events(steps: list[Row]) -> None:
    trace = a_trace(3, [ObjectKind.LOCK] * 3)
    owner: dict[int, tuple[int, int] | None] = {}
    time = 0
    for gap, thread, kind, obj, value in steps:
        time += gap + 1
        fill(trace, [(time, thread, kind, obj, value)])
        if kind is Kind.LOCK_ACQUIRED:
            now = owner.get(obj)
            owner[obj] = (thread, now[1] + 1) if now and now[0] == thread else (thread, 1)
        elif kind is Kind.LOCK_RELEASED and (now := owner.get(obj)):
            owner[obj] = (now[0], now[1] - 1) if now[1] > 1 else None
        for lock in (1, 2, 3):
            hold = trace.locks.hold_at(lock, time)
            expected = owner.get(lock)
            assert (hold.thread if hold else None) == (expected[0] if expected else None)


def test_updates_are_lost_by_the_amount_and_stale_writes_are_counted_apart() -> None:
    trace = a_trace(2)
    for number, (change, initial) in enumerate([(None, True), (1, False)], start=1):
        extra: dict[str, object] = {"variable": "n", "change": change, "initial": initial}
        trace.objects.append(Object(number, ObjectKind.STORE_POINT, 0, "", "", 0, extra))
    store = Kind.STORE
    # Both read 0; thread 0 writes 1, 2, 3; thread 1 then writes its stale 1.
    fill(trace, [(1, 0, store, 1, 0), (2, 0, store, 2, 1), (3, 0, store, 2, 2)])
    fill(trace, [(4, 0, store, 2, 3), (5, 1, store, 2, 1)])
    series = trace.values.series[0, "n"]
    assert series.last == 1
    assert series.lost_at(5) == 3
    assert series.stale_at(5) == 1
    assert series.lost_at(4) == 0


def test_a_store_of_unknown_change_makes_the_losses_unknown() -> None:
    trace = a_trace(1)
    extra: dict[str, object] = {"variable": "n", "change": None, "initial": False}
    trace.objects.append(Object(1, ObjectKind.STORE_POINT, 0, "", "", 0, extra))
    fill(trace, [(1, 0, Kind.STORE, 1, 0)])
    assert trace.values.series[0, "n"].lost_at(1) is None


def test_output_is_kept_in_the_order_of_time() -> None:
    trace = a_trace(1)
    for time in (3, 1, 2):
        trace.add_output(Output(time, 0, 1, str(time)))
    assert [output.text for output in trace.outputs] == ["1", "2", "3"]
    assert trace.outputs_at(2) == 2


def test_a_cycle_of_locks_is_only_suspected_while_another_thread_runs() -> None:
    rows: list[Row] = [
        (1, 0, Kind.LOCK_ACQUIRED, 1, 0),
        (1, 1, Kind.LOCK_ACQUIRED, 2, 0),
        (2, 0, Kind.LOCK_WAIT, 2, -1),
        (2, 1, Kind.LOCK_WAIT, 1, -1),
        (3, 2, Kind.THREAD_BEGIN, 0, 0),
    ]
    trace = a_trace(3, [ObjectKind.LOCK, ObjectKind.LOCK])
    fill(trace, rows)
    found = find(trace, complete=True)
    assert found is not None
    assert not found.certain
    fill(trace, [(4, 2, Kind.THREAD_END, 0, 0)])
    found = find(trace, complete=True)
    assert found is not None
    assert found.certain
    assert {wait.thread for wait in found.cycle} == {0, 1}


def test_a_cycle_of_rlocks_is_certain_at_once() -> None:
    trace = a_trace(3, [ObjectKind.RLOCK, ObjectKind.RLOCK])
    fill(trace, [(0, 2, Kind.THREAD_BEGIN, 0, 0)])
    fill(trace, [(1, 0, Kind.LOCK_ACQUIRED, 1, 0), (1, 1, Kind.LOCK_ACQUIRED, 2, 0)])
    fill(trace, [(2, 0, Kind.LOCK_WAIT, 2, -1), (2, 1, Kind.LOCK_WAIT, 1, -1)])
    found = find(trace, complete=False)
    assert found is not None
    assert found.certain


def test_a_timed_wait_is_no_part_of_a_cycle() -> None:
    trace = a_trace(2, [ObjectKind.RLOCK, ObjectKind.RLOCK])
    fill(trace, [(1, 0, Kind.LOCK_ACQUIRED, 1, 0), (1, 1, Kind.LOCK_ACQUIRED, 2, 0)])
    fill(trace, [(2, 0, Kind.LOCK_WAIT, 2, 5_000), (2, 1, Kind.LOCK_WAIT, 1, -1)])
    assert find(trace, complete=True) is None
