"""What a batch means does not depend on where batches are cut; and values mean what they say."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.streams import an_empty_trace, stream
from engine.columns import changes, distinct, grouped
from engine.events import Flag, Kind, ObjectKind, State
from engine.trace import EventColumns, Object, Thread, Trace
from tests.engine.runs import assert_same_trace

LOCKS = (1, 2, 3)
STORES = (4, 5, 6, 7, 8)
QUEUE = 9
Row = tuple[int, int, Kind, int, int, int, int]  # time, value, kind, flags, object, site, thread


def a_trace() -> Trace:
    trace = Trace()
    for index in range(4):
        trace.add_thread(Thread(index, 0, f"T{index}", index, index, False))
    trace.texts += ["one", "two", "one", "not there"]
    for number in LOCKS:
        trace.objects.append(Object(number, ObjectKind.RLOCK, 0, f"lock{number}", "", 0))
    points: tuple[dict[str, object], ...] = (
        {"variable": "n", "change": None, "initial": True},
        {"variable": "n", "change": 1},
        {"variable": "n", "change": -2.5},
        {"variable": "m.x", "change": None, "exact": False},
        {"variable": "m.x", "change": 3, "exact": True},
    )
    for number, extra in zip(STORES, points, strict=True):
        trace.objects.append(Object(number, ObjectKind.STORE_POINT, 0, "", "", 0, extra))
    trace.objects.append(Object(QUEUE, ObjectKind.QUEUE, 0, "q", "", 0))
    return trace


def bits(number: float) -> int:
    return int(np.array([number]).view(np.int64)[0])


VALUES = st.one_of(
    st.tuples(st.integers(-4, 4), st.just(0)),
    st.tuples(st.sampled_from((2**53 + 1, -(2**63), 2**63 - 1)), st.just(0)),
    st.tuples(st.integers(1, 4), st.just(int(Flag.TEXT))),
    st.tuples(st.floats(allow_nan=False).map(bits), st.just(int(Flag.FLOAT))),
)
#: A thread that takes locks and gives them back, mostly in the opposite order.
HOLDING = st.tuples(
    st.sampled_from((Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.LOCK_WAIT)),
    st.sampled_from(LOCKS),
    st.just((-1, 0)),
)
STORING = st.tuples(
    st.sampled_from((Kind.STORE, Kind.STORE, Kind.STORE, Kind.DELETE, Kind.CHANGE)),
    st.sampled_from(STORES),
    VALUES,
)
QUEUEING = st.tuples(
    st.sampled_from((Kind.QUEUE_PUT, Kind.QUEUE_GET, Kind.GET_WAIT)),
    st.just(QUEUE),
    st.tuples(st.integers(-1, 5), st.just(0)),
)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(0, 2),
        st.one_of(HOLDING, HOLDING, STORING, QUEUEING),
    ),
    min_size=1,
    max_size=150,
)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Draw events; some threads behave, so that the quick ways are met as well as the walks."""
    behaves = draw(st.booleans())
    free = dict.fromkeys(LOCKS, True)
    held: dict[int, list[int]] = {thread: [] for thread in range(4)}
    time = 0
    found: list[Row] = []
    for gap, thread, site, (kind, about, value) in draw(STEPS):
        time += gap
        obj = about
        if behaves and kind is Kind.LOCK_ACQUIRED:
            if not free[obj]:
                continue
            free[obj] = False
            held[thread].append(obj)
        elif behaves and kind is Kind.LOCK_RELEASED:
            if not held[thread]:
                continue
            obj = held[thread].pop()
            free[obj] = True
        raw, flags = (0, 0) if kind is Kind.DELETE else value
        found.append((time, raw, kind, flags, obj, site, thread))
    return found


def fill(trace: Trace, listed: list[Row]) -> None:
    if listed:
        types = ("i8", "i8", "u1", "u1", "u4", "u4", "u4")
        columns = zip(zip(*listed, strict=True), types, strict=True)
        trace.append(*(np.array(column, kind) for column, kind in columns))


@settings(max_examples=150)
@given(rows(), st.integers(2, 150))
def test_a_batch_means_what_its_events_mean_one_by_one(listed: list[Row], size: int) -> None:
    whole, single = a_trace(), a_trace()
    for begin in range(0, len(listed), size):
        fill(whole, listed[begin : begin + size])
    for row in listed:
        fill(single, [row])
    assert_same_trace(whole, single)
    for key, series in single.values.series.items():
        other = whole.values.series[key]
        for name in ("last", "low", "high", "change_known", "counts_losses"):
            mine, its = getattr(other, name), getattr(series, name)
            assert type(mine) is type(its), name
            assert mine == its or (math.isnan(mine) and math.isnan(its)), name
        for name in ("times", "values", "threads", "events", "stale"):
            its = getattr(series, name).view
            assert np.array_equal(getattr(other, name).view, its, equal_nan=name == "values"), name


def test_a_large_batch_on_two_cores_means_what_small_ones_mean() -> None:
    parts = list(stream("mix", 50_000, 5))
    small, large = an_empty_trace(5), an_empty_trace(5)
    for part in parts:
        small.append(*part)
    with ThreadPoolExecutor(1) as beside:
        for begin in range(0, len(parts), 10):
            some = zip(*parts[begin : begin + 10], strict=True)
            large.append_large(EventColumns(*map(np.concatenate, some)), beside)
    assert_same_trace(large, small)


def test_the_time_in_a_state_is_the_sum_of_its_slices() -> None:
    trace = an_empty_trace(2)
    for part in stream("mix", 9_000, 2):
        trace.append(*part)
    for lane in trace.lanes:
        starts, states = lane.starts.tolist(), lane.states.tolist()
        for until in (
            0,
            starts[0],
            starts[0] + 1,
            starts[50],
            starts[51] - 1,
            trace.now,
            2 * trace.now,
        ):
            ends = [*starts[1:], until]
            spent = [
                min(end, until) - min(start, until) for start, end in zip(starts, ends, strict=True)
            ]
            for state in list(State)[1:]:
                plain = sum(t for t, s in zip(spent, states, strict=True) if s == state)
                assert lane.spent(until)[state] == plain


@given(st.lists(st.sampled_from((0, 1, 2, 7, 300, 70_000, 2**32 - 1))))
def test_distinct_numbers_are_those_of_a_sort(listed: list[int]) -> None:
    numbers = np.array(listed, np.uint32)
    found, firsts, places = np.unique(numbers, return_index=True, return_inverse=True)
    expected = [found.tolist(), firsts.tolist(), places.tolist()]
    assert [mine.tolist() for mine in distinct(numbers)] == expected
    if listed:
        assert grouped(numbers).tolist() == np.argsort(numbers, kind="stable").tolist()
        assert changes(numbers).tolist() == [True, *(numbers[1:] != numbers[:-1]).tolist()]


@settings(max_examples=100)
@given(rows(), st.integers(1, 150))
def test_a_value_is_what_was_stored_last(listed: list[Row], size: int) -> None:
    trace = a_trace()
    for begin in range(0, len(listed), size):
        fill(trace, listed[begin : begin + size])
    stored = [row for row in listed if row[2] in (Kind.STORE, Kind.DELETE) and row[4] in STORES[:3]]
    for moment in {row[0] for row in stored}:
        index = max(n for n, row in enumerate(listed) if row in stored and row[0] <= moment)
        expected = trace.shown(index)
        assert trace.values.series[0, "n"].text_at(moment) == expected
    lengths = [row for row in listed if row[2] in (Kind.QUEUE_PUT, Kind.QUEUE_GET) and row[1] >= 0]
    for moment in {row[0] for row in lengths}:
        (*_, last) = (row for row in lengths if row[0] <= moment)
        assert trace.values.series[0, "q"].text_at(moment) == str(last[1])
