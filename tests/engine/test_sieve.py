"""Rows of a trace in order of time, and those that a person wants: against a plain sort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import sieve as sieves
from engine.events import Kind, ObjectKind
from engine.merged import Merged
from engine.sieve import Criteria, Sieve, state_code
from engine.trace import Object, Process, Site, Thread, Trace

KINDS = (
    Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.SLEEP_BEGIN, Kind.SLEEP_END,
    Kind.STORE, Kind.THREAD_END,
)  # fmt: skip
NAMES = ("lock", "other lock", "total")

#: Batches of one process each: (thread, [(step in time, kind, object, value, site)]).
EVENT = st.tuples(
    st.integers(0, 3), st.integers(0, 6), st.integers(1, 3), st.integers(-2, 3), st.integers(0, 2)
)
BATCHES = st.lists(
    st.tuples(st.integers(0, 3), st.lists(EVENT, min_size=1, max_size=12)), max_size=12
)


def empty_trace() -> Trace:
    trace = Trace()
    for number in range(2):
        trace.processes.append(Process(number, 10 + number, 1, f"process {number}", 0))
    for number, name in enumerate(NAMES, 1):
        kind = ObjectKind.STORE_POINT if name == "total" else ObjectKind.LOCK
        trace.objects.append(Object(number, kind, 0, name, "script.py", number, {"variable": name}))
    trace.sites += [Site("script.py", 3), Site("other.py", 13)]
    for number in range(4):
        trace.add_thread(Thread(number, number % 2, f"Thread-{number}", number, number, False))
    return trace


def append(trace: Trace, rows: Sequence[tuple[int, ...]]) -> None:
    kinds = (np.int64, np.int64, np.uint8, np.uint8, np.uint32, np.uint32, np.uint32)
    columns = zip(*rows, strict=True)
    trace.append(*(np.array(c).astype(k) for c, k in zip(columns, kinds, strict=True)))


class Clock:
    """The time of each thread: it never goes back, but threads know nothing of each other."""

    def __init__(self) -> None:
        self.times = [0] * 4

    def add(self, trace: Trace, batch: tuple[int, list[tuple[int, int, int, int, int]]]) -> None:
        thread, events = batch
        rows = []
        for step, kind, obj, value, site in events:
            self.times[thread] += step
            rows.append((self.times[thread], value, KINDS[kind], 0, obj, site, thread))
        append(trace, rows)


def plain_rows(trace: Trace, criteria: Criteria) -> list[int]:
    """Return the rows that are wanted, one by one."""
    found = []
    for number, lane in enumerate(trace.lanes):
        if criteria.thread not in (None, number):
            continue
        places = range(len(lane.starts) if criteria.slices else len(lane.times))
        for place in places:
            event = int((lane.firsts if criteria.slices else lane.events)[place])
            if plainly_wanted(trace, criteria, number, place, event):
                found.append((trace.event(event).time, event))
    return [event for _, event in sorted(found)]


def plainly_wanted(trace: Trace, wanted: Criteria, thread: int, place: int, number: int) -> bool:
    event, lane = trace.event(number), trace.lanes[thread]
    about = {event.obj}
    if wanted.slices:
        about = {int(lane.objs[place]), int(lane.helds[place])} - {0}
        code = state_code(lane.states[place], holds=bool(lane.helds[place]))
        if wanted.states is not None and code not in wanted.states:
            return False
    elif wanted.kinds is not None and event.kind not in wanted.kinds:
        return False
    if wanted.objects is not None and not about & wanted.objects:
        return False
    return all(stands_in(trace, wanted.slices, number, about, w) for w in wanted.words.split())


def stands_in(trace: Trace, slices: bool, number: int, about: set[int], word: str) -> bool:
    event, word = trace.event(number), word.casefold()
    site = trace.sites[event.site]
    if any(word in NAMES[obj - 1] for obj in about) or word in f"thread-{event.thread}":
        return True
    is_number = word.lstrip("-").isdecimal()
    if is_number and not slices and event.kind is Kind.STORE and event.value == int(word):
        return True
    if word.isdecimal():
        return site.line == int(word)
    return word in f"{site.file}:{site.line}"


CRITERIA = st.builds(
    Criteria,
    slices=st.booleans(),
    thread=st.none() | st.integers(0, 3),
    kinds=st.none() | st.frozensets(st.sampled_from(KINDS)),
    states=st.none() | st.frozensets(st.integers(0, 9)),
    objects=st.none() | st.frozensets(st.integers(1, 3)),
    # Words that stand in no kind: what a kind is called is another test's matter.
    words=st.sampled_from(("", "other", "TOTAL", "thread-2", "3", "13", "py:13", "total 3", "-1")),
)


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES, criteria=CRITERIA, at_once=st.integers(1, 30))
def test_a_sieve_finds_what_a_plain_look_finds_in_order_also_when_it_grows(
    batches: list[tuple[int, list[tuple[int, int, int, int, int]]]],
    criteria: Criteria,
    at_once: int,
) -> None:
    before, sieves.AT_ONCE = sieves.AT_ONCE, at_once
    try:
        trace, clock = empty_trace(), Clock()
        found = Sieve(trace, criteria)
        for number, batch in enumerate(batches):
            clock.add(trace, batch)
            found.grow()
            if number % 3:  # some batches come while others are not yet looked at
                found.step()
        while not found.is_done:
            found.step()
    finally:
        sieves.AT_ONCE = before
    wanted = plain_rows(trace, criteria)
    assert found.events(0, len(found)).tolist() == wanted
    assert found.looked == len(found.merged)
    times = [trace.event(row).time for row in wanted]
    for t in {-1, 0, *times}:
        assert found.row_at(t) == sum(time <= t for time in times)
    for place, (row, time) in enumerate(zip(wanted, times, strict=True)):
        assert found.row_at(time, row) == place


@settings(max_examples=50, deadline=None)
@given(batches=BATCHES, slices=st.booleans(), row=st.integers(0, 200), count=st.integers(1, 40))
def test_rows_of_lanes_stand_in_order_of_time(
    batches: list[tuple[int, list[tuple[int, int, int, int, int]]]],
    slices: bool,
    row: int,
    count: int,
) -> None:
    trace, clock = empty_trace(), Clock()
    for batch in batches:
        clock.add(trace, batch)
    merged = Merged(trace.lanes, slices=slices)
    wanted = plain_rows(trace, Criteria(slices=slices))
    assert len(merged) == len(wanted)
    page = merged.page(row, count)
    assert page.events.tolist() == wanted[page.first : page.first + len(page.events)]
    for number in range(row, min(row + count, len(wanted))):
        assert number in page
    for number, event in enumerate(wanted):
        assert merged.row_of(trace.event(event).time, event) == number


def test_a_page_of_many_rows_holds_few_of_them() -> None:
    trace = empty_trace()
    count = 40_000
    time = np.cumsum(np.random.default_rng(5).integers(0, 3, count)) ** 2
    zeros = np.zeros(count, np.int64)
    trace.append(
        time, zeros, np.full(count, Kind.STORE, np.uint8), zeros.astype(np.uint8),
        np.full(count, 3, np.uint32), zeros.astype(np.uint32),
        (np.arange(count) % 4).astype(np.uint32),
    )  # fmt: skip
    merged = Merged(trace.lanes)
    for row in (0, 1, 17_000, count - 30, count - 1):
        page = merged.page(row, 30)
        assert all(number in page for number in range(row, min(count, row + 30)))
        assert len(page.events) < 3000


def test_a_word_finds_kinds_states_texts_and_numbers() -> None:
    trace = empty_trace()
    trace.texts.append("Hello World")
    rows: list[tuple[int, ...]] = [
        (1, 0, Kind.THREAD_BEGIN, 0, 0, 0), (2, 5, Kind.SLEEP_BEGIN, 0, 0, 0),
        (3, 1, Kind.RAISED, 1, 0, 0), (4, 7, Kind.STORE, 0, 3, 1),
        (5, int(np.float64(7.5).view(np.int64)), Kind.STORE, 2, 3, 2),
        (6, -1, Kind.LOCK_WAIT, 0, 2, 0),
    ]  # fmt: skip
    append(trace, [(*row, 0) for row in rows])

    def rows_with(words: str, *, slices: bool = False) -> list[int]:
        found = Sieve(trace, Criteria(slices, words=words))
        found.step()
        return list(found.events(0, len(found)).tolist())

    assert rows_with("hello") == rows_with("WORLD stops") == [2]
    assert rows_with("7") == [3]
    assert rows_with("7.5") == rows_with("13") == [4]
    assert rows_with("sleeps") == [1]
    assert rows_with("lock wait other") == [5]
    assert rows_with("sleeping", slices=True) == [1]
    assert rows_with("waits", slices=True) == [5]
    assert rows_with("nowhere") == []
