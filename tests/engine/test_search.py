"""What is found in a trace, against a plain look at everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine import query, search
from engine.events import Kind, ObjectKind
from engine.search import Found, Search
from engine.trace import Object, Trace
from tests.gui.traces import TraceBuilder, crowded_trace, lock_trace

SCRIPT = """\
import threading
total = 0
def add_points(n):
    global total
    with lock:
        total += n
def other(): pass
"""


def all_of(found: Search | None, seconds: float = 1.0) -> Search:
    assert found is not None
    while not found.step(seconds):
        pass
    return found


def told(found: Search, kind: Found) -> list[tuple[int, int, str]]:
    hits = [found.hit(n) for n in range(len(found.hits().time))]
    return [(hit.time, hit.thread, hit.words) for hit in hits if hit.kind is kind]


@pytest.fixture
def trace() -> Trace:
    """A run with one of everything that can be found."""
    build = TraceBuilder()
    main, one = build.thread("MainThread"), build.thread("Thread-1 (add_points)")
    lock = build.object(ObjectKind.LOCK, "bank lock")
    build.object(ObjectKind.QUEUE, "jobs")
    total, state = build.store_point("total"), build.store_point("state")
    site, far = build.site(6), build.site(2)
    build.trace.sources["script.py"] = SCRIPT
    build.at(0, main, Kind.THREAD_BEGIN, site=far).at(0.1, one, Kind.THREAD_BEGIN)
    build.at(0.15, main, Kind.STORE, total, 0).at(0.2, one, Kind.LOCK_ACQUIRED, lock)
    build.at(0.25, one, Kind.STORE, total, 5, site=site)
    build.at(0.3, one, Kind.STORE, total, 2.5).at(0.35, one, Kind.STORE, state, "Done: all")
    build.at(0.4, one, Kind.LOCK_RELEASED, lock).at(0.5, one, Kind.THREAD_END)
    build.output(0.45, one, "first line\nThe total = 5 points\n")
    return build.build(1.0)


def test_a_thread_is_found_by_its_name(trace: Trace) -> None:
    found = all_of(search.find(trace, "thread-1"))
    assert told(found, Found.THREAD) == [(100_000_000, 1, "Thread-1 (add_points) begins")]


def test_an_object_is_found_with_every_event_about_it(trace: Trace) -> None:
    found = all_of(search.find(trace, "Bank"))
    assert told(found, Found.OBJECT) == [
        (200_000_000, 1, "takes bank lock"),
        (400_000_000, 1, "releases bank lock"),
    ]


def test_what_was_printed_is_found_with_its_line(trace: Trace) -> None:
    found = all_of(search.find(trace, "the TOTAL"))
    assert told(found, Found.PRINTED) == [(450_000_000, 1, "prints “The total = 5 points”")]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("total", ["0", "5", "2.5"]),
        ("total = 5", ["5"]),
        ("total==5.0", ["5"]),
        ("total != 5", ["0", "2.5"]),
        ("tot >= 2.5", ["5", "2.5"]),
        ("total < 1", ["0"]),
        ("= 5", ["5"]),
        ("5", ["5"]),
        ("nothing = 5", []),
        ("total = five", []),
        ("state = 'done: all'", ["Done: all"]),
        ("state != done: all", []),
        ("done", ["Done: all"]),
    ],
)
def test_values_are_found_by_name_and_by_comparison(
    trace: Trace, typed: str, stored: list[str]
) -> None:
    found = told(all_of(search.find(trace, typed)), Found.VALUE)
    assert [words.partition(" = ")[2] for _, _, words in found] == stored


def test_lines_and_functions_are_found_where_threads_came_to_them(trace: Trace) -> None:
    by_line = told(all_of(search.find(trace, "total += n")), Found.LINE)
    assert by_line == [(250_000_000, 1, "line 6: total += n")]
    assert told(all_of(search.find(trace, "add_points")), Found.LINE) == by_line
    assert not told(all_of(search.find(trace, "other")), Found.LINE)


def test_a_script_that_cannot_be_parsed_is_searched_line_by_line(trace: Trace) -> None:
    trace.sources["script.py"] = SCRIPT.replace("import", "imp ort")
    assert told(all_of(search.find(trace, "total +=")), Found.LINE)


def test_nothing_typed_is_no_search(trace: Trace) -> None:
    assert search.find(trace, " \t") is None


def test_nothing_found_is_nothing(trace: Trace) -> None:
    found = all_of(search.find(trace, "no such thing"))
    assert found.counts() == {}
    assert len(found.hits().time) == 0
    with pytest.raises(IndexError):
        found.hit(0)


@given(st.text())
@example("= =")
@example("<=")
@example("x = \x00")
def test_any_text_is_a_query(typed: str) -> None:
    made = query.read(typed)
    assert (made is None) == (not typed.split())
    if made is not None:
        all_of(Search(lock_trace(2), made))


WORDS = st.text("aAb =", min_size=1, max_size=3)


@given(
    st.lists(st.tuples(st.sampled_from("pvo"), st.integers(0, 1), WORDS), max_size=40),
    st.sampled_from(["a", "ab", "b", "a = b", "aa"]),
    st.integers(1, 40),
)
def test_what_is_found_is_what_is_there_and_going_on_finds_the_rest(
    entries: list[tuple[str, int, str]], typed: str, cut: int
) -> None:
    build = TraceBuilder()
    lanes = [build.thread(f"T{n}") for n in range(2)]
    locks = [build.object(ObjectKind.LOCK, name) for name in ("ab", "c")]
    values = [build.store_point(name) for name in ("v", "abv")]
    found = Search(build.trace, query.read(typed))  # type: ignore[arg-type]
    wanted = typed
    expected: dict[Found, int] = dict.fromkeys(Found, 0)
    for number, (what, which, text) in enumerate(entries):
        if what == "p":
            build.output(number, lanes[which], text)
            expected[Found.PRINTED] += wanted in " ".join(text.split()).casefold()
        elif what == "o":
            build.at(number, lanes[which], Kind.LOCK_ACQUIRED, locks[which])
            expected[Found.OBJECT] += wanted in ("ab", "c")[which]
        else:
            build.at(number, lanes[which], Kind.STORE, values[which], text)
            name, sign, value = wanted.partition(" = ")
            folded = text.casefold()
            if sign:
                is_hit = name in ("v", "abv")[which] and folded == value
            else:
                is_hit = wanted in ("v", "abv")[which] or wanted in folded
            expected[Found.VALUE] += is_hit
        if number % cut == 0:
            build.build()
            all_of(found)
    build.build()
    all_of(found)
    counts = {kind: count for kind, (count, _) in found.counts().items()}
    assert counts == {kind: count for kind, count in expected.items() if count}
    times = found.hits().time
    assert (np.diff(times) >= 0).all()
    assert len(times) == sum(counts.values())


def test_a_search_is_done_in_portions_that_are_short() -> None:
    trace = crowded_trace(8, 400_000)
    trace.objects.append(Object(len(trace.objects), ObjectKind.QUEUE, 0, "rare", "script.py", 1))
    found = search.find(trace, "rare")
    assert found is not None
    steps = next(n for n in itertools.count() if found.step(0.0))
    assert steps > 2, "one look at everything would stop the window"


def test_more_hits_than_anybody_reads_are_not_kept_but_said() -> None:
    trace = crowded_trace(8, 60_000)
    found = all_of(search.find(trace, "lock"))
    assert found.counts()[Found.OBJECT] == (search.MOST, True)
    assert len(found.hits().time) == search.MOST


def test_a_run_that_goes_on_is_searched_on() -> None:
    build = TraceBuilder()
    thread = build.thread("T")
    lock = build.object(ObjectKind.LOCK, "lock")
    found = search.find(build.build(), "lock")
    for number in range(5):
        build.at(number, thread, Kind.LOCK_ACQUIRED, lock)
        build.build()
        version = all_of(found).version
        assert found is not None
        assert found.counts()[Found.OBJECT][0] == number + 1
        assert version == number + 1
