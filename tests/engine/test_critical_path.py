"""The critical path: on runs written by hand, on random ones, and on real ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.critical_path import CriticalPath, critical_path
from engine.events import STATE_AFTER, Deed, Kind, Notice, ObjectKind
from engine.path_words import doing, lines, shares, summary, who
from engine.trace import Trace
from tests.engine.test_contention import OBJECTS, rows_of
from tests.engine.test_trace import a_trace, fill
from tests.engine.whole_runs import preset
from tests.gui.traces import TraceBuilder, deadlock_trace, lock_trace, pool_trace

S = 1_000_000_000


def named(trace: Trace, name: str) -> int:
    return next(thing.number for thing in trace.objects if thing.name == name)


def told(trace: Trace, path: CriticalPath) -> list[tuple[str, str, float, float]]:
    """Return (thread, what it did, from, to) of each segment, times in s."""
    return [
        (trace.threads[s.lane].name, doing(trace, s), s.start / S, s.end / S) for s in path.segments
    ]


def threads(trace: Trace, path: CriticalPath) -> list[str]:
    """Return the threads that the path goes through, each as often as it comes to them."""
    names = [trace.threads[segment.lane].name for segment in path.segments]
    return [name for n, name in enumerate(names) if n == 0 or names[n - 1] != name]


def assert_is_a_chain(trace: Trace, path: CriticalPath) -> None:
    """Fail unless segments follow each other, within the path, each in its thread's time."""
    places = [edge for segment in path.segments for edge in (segment.start, segment.end)]
    assert places == sorted(places)
    assert places[1:-1:2] == places[2::2], "no gap and no overlap"
    for segment in path.segments:
        assert segment.start < segment.end
        assert path.start <= segment.start
        if segment.why in ("runs", "sleeps"):
            piece = trace.state_at(segment.lane, segment.start)
            assert piece is not None
            assert piece.held == segment.held


def test_a_convoy_goes_from_holder_to_holder() -> None:
    trace = lock_trace(5)
    path = critical_path(trace, lane=trace.locks.histories[named(trace, "lock")].threads[4])
    assert_is_a_chain(trace, path)
    assert path.missing == ""
    held = [segment.lane for segment in path.segments if segment.held]
    holders = trace.locks.histories[named(trace, "lock")].threads.tolist()
    assert list(dict.fromkeys(held)) == holders
    top = shares(trace, path)[0]
    assert top.doing == "holding lock"
    assert len(top.lanes) == 5
    assert top.ns == pytest.approx(5 * 0.155 * S, rel=0.01)


def join_tree() -> Trace:
    """Main starts Left and Right and joins both; Right starts Leaf, which takes the longest."""
    build = TraceBuilder()
    main, left, right, leaf = (build.thread(n) for n in ("MainThread", "Left", "Right", "Leaf"))
    obj = [thread.object for thread in build.trace.threads]
    build.at(0, main, Kind.THREAD_BEGIN)
    build.at(0.1, main, Kind.THREAD_START, obj[left]).at(0.11, left, Kind.THREAD_BEGIN)
    build.at(0.2, main, Kind.THREAD_START, obj[right]).at(0.21, right, Kind.THREAD_BEGIN)
    build.at(0.22, main, Kind.JOIN_WAIT, obj[left], -1)
    build.at(0.3, right, Kind.THREAD_START, obj[leaf]).at(0.32, leaf, Kind.THREAD_BEGIN)
    build.at(0.35, right, Kind.JOIN_WAIT, obj[leaf], -1)
    build.at(0.6, left, Kind.THREAD_END).at(0.61, main, Kind.JOIN_END, obj[left])
    build.at(0.62, main, Kind.JOIN_WAIT, obj[right], -1)
    build.at(1.2, leaf, Kind.THREAD_END).at(1.25, right, Kind.JOIN_END, obj[leaf])
    build.at(1.4, right, Kind.THREAD_END).at(1.41, main, Kind.JOIN_END, obj[right])
    build.at(1.5, main, Kind.THREAD_END)
    return build.build(1.5)


def test_a_tree_of_joins_goes_down_to_the_slowest_leaf() -> None:
    trace = join_tree()
    path = critical_path(trace)
    assert path.missing == ""
    assert_is_a_chain(trace, path)
    assert told(trace, path) == [
        ("MainThread", "running", 0.0, 0.2),
        ("Right", "starting", 0.2, 0.21),
        ("Right", "running", 0.21, 0.3),
        ("Leaf", "starting", 0.3, 0.32),
        ("Leaf", "running", 0.32, 1.2),
        ("Right", "waking up", 1.2, 1.25),
        ("Right", "running", 1.25, 1.4),
        ("MainThread", "waking up", 1.4, 1.41),
        ("MainThread", "running", 1.41, 1.5),
    ]
    assert summary(trace, path).startswith("59 % in Leaf running, 19 % in MainThread running")


def pipeline() -> Trace:
    """One makes an item in 0.1 s, the other uses it up in 0.02 s: it waits for each of them."""
    build = TraceBuilder()
    maker, user = build.thread("Maker"), build.thread("User")
    line = build.object(ObjectKind.QUEUE, "line")
    build.at(0, maker, Kind.THREAD_BEGIN)
    build.at(0.001, maker, Kind.THREAD_START, build.trace.threads[user].object)
    build.at(0.002, user, Kind.THREAD_BEGIN)
    for n in range(5):
        build.at(0.005 + 0.1 * n + (0.025 if n else 0), user, Kind.GET_WAIT, line, -1)
        put = 0.1 * (n + 1)
        build.at(put, maker, Kind.QUEUE_PUT, line, 1)
        notice = Notice(Deed.PUT, 1, n + 1).packed()
        build.at(put + 0.0001, maker, Kind.NOTIFY, line, notice)
        build.at(put + 0.001, user, Kind.WAIT_END, line, n + 1)
    build.at(0.51, maker, Kind.THREAD_END).at(0.53, user, Kind.THREAD_END)
    return build.build(0.53)


def test_a_pipeline_is_as_slow_as_its_maker() -> None:
    trace = pipeline()
    path = critical_path(trace)
    assert_is_a_chain(trace, path)
    assert threads(trace, path) == ["Maker", "User"]
    top = shares(trace, path)[0]
    assert (top.doing, top.lanes[0]) == ("running", 0)
    wake = next(segment for segment in path.segments if segment.why == "wakes")
    assert (wake.waker, wake.words) == (0, "put an item into line")


def test_a_pool_goes_through_the_worker_that_was_done_last() -> None:
    trace = pool_trace(2, 3, 1.0)
    path = critical_path(trace, end=int(2.2 * S), lane=0)
    assert_is_a_chain(trace, path)
    worker = next(name for name in reversed(threads(trace, path)) if name != "MainThread")
    last = max(trace.tasks.tasks.values(), key=lambda task: task.ended or 0)
    assert worker == trace.threads[last.worker or 0].name
    assert shares(trace, path)[0].doing == "sleeping"


def test_where_nobody_was_seen_nobody_is_named() -> None:
    build = TraceBuilder()
    main, other = build.thread("MainThread"), build.thread("Thread-1")
    event = build.object(ObjectKind.EVENT, "ready")
    build.at(0, main, Kind.THREAD_BEGIN).at(0.1, other, Kind.THREAD_BEGIN)
    build.at(0.2, main, Kind.WAIT_BEGIN, event, -1).at(0.7, main, Kind.WAIT_END, event, 0)
    build.at(0.8, main, Kind.THREAD_END).at(0.6, other, Kind.THREAD_END)
    trace = build.build(0.8)
    path = critical_path(trace)
    assert threads(trace, path) == ["MainThread"]
    wait = path.segments[1]
    assert (wait.why, wait.start, wait.end) == ("nobody seen", 2 * S // 10, 7 * S // 10)
    assert "who ended it was not seen" in summary(trace, path)
    alone = critical_path(trace, lane=other)
    assert alone.missing == "who started Thread-1 was not seen"
    assert alone.begin == S // 10
    assert "Not known before 0.1" in lines(trace, alone)[1]


def test_a_wait_that_goes_on_leads_to_who_is_waited_for_and_a_circle_ends_there() -> None:
    trace = deadlock_trace()
    path = critical_path(trace)
    assert_is_a_chain(trace, path)
    last = path.segments[-1]
    assert last.why == "waits"
    assert last.end == trace.now
    assert trace.threads[last.lane].name.startswith("Thread-")


def test_only_a_stretch_is_walked() -> None:
    trace = join_tree()
    path = critical_path(trace, start=int(0.5 * S), end=int(1.3 * S))
    assert (path.begin, path.segments[-1].end) == (int(0.5 * S), int(1.3 * S))
    assert threads(trace, path) == ["Leaf", "Right"]
    assert path.missing == ""


def test_a_path_of_too_many_steps_is_cut_and_says_so() -> None:
    trace = lock_trace(5)
    path = critical_path(trace, lane=5, most=10)
    assert "was not computed" in path.missing
    assert path.begin > 0
    assert_is_a_chain(trace, path)


def test_nothing_has_no_path() -> None:
    assert critical_path(Trace()).segments == ()
    assert summary(Trace(), critical_path(Trace())) == "No critical path: no thread had begun."


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from([*sorted(STATE_AFTER), Kind.THREAD_START]),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=60,
)


@given(STEPS, st.integers(0, 60), st.integers(0, 120))
def test_any_record_has_a_path_without_a_gap(
    steps: list[tuple[int, int, Kind, int]], start: int, end: int
) -> None:
    trace = a_trace(4, OBJECTS)
    for lane, thread in enumerate(trace.threads):
        thread.object = lane + 1
    fill(trace, rows_of(steps))
    path = critical_path(trace, start, end)
    assert_is_a_chain(trace, path)
    if path.segments and not path.missing:
        began = trace.lanes[0].starts[0] if len(trace.lanes[0].starts) else None
        assert path.begin == start or (path.segments[0].lane == 0 and path.begin == began)
    assert (
        sum(share.ns for share in shares(trace, path)) == (path.end - path.begin)
        or (path.segments and path.segments[-1].end < path.end)
        or not path.segments
    )
    assert lines(trace, path)


def test_the_lock_preset_is_as_long_as_its_holders_in_turn() -> None:
    trace = preset("lock")
    path = critical_path(trace)
    assert path.missing == ""
    assert_is_a_chain(trace, path)
    top = shares(trace, path)[0]
    assert top.doing == "holding total_lock"
    assert len(top.lanes) == 5
    assert top.ns > 0.8 * (path.end - path.begin)
    wakes = [segment for segment in path.segments if segment.words == "released total_lock"]
    assert len(wakes) == 4


def test_the_producer_consumer_preset_is_explained_to_its_beginning() -> None:
    trace = preset("producer_consumer")
    path = critical_path(trace)
    assert path.missing == ""
    assert_is_a_chain(trace, path)
    assert not [segment for segment in path.segments if segment.why == "nobody seen"]
    assert threads(trace, path)[0] == threads(trace, path)[-1] == "MainThread"
    assert len(threads(trace, path)) >= 3


def test_a_main_thread_of_another_process_bears_its_name() -> None:
    build = TraceBuilder()
    build.thread("MainThread")
    lane = build.thread("MainThread", build.process("Process-1"))
    assert who(build.trace, 0) == "MainThread"
    assert who(build.trace, lane) == "MainThread of Process-1"
