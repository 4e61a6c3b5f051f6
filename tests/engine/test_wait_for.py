"""Who waits for whom at a moment: certain, possible, and not known."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.events import STATE_AFTER, Deed, Kind, Notice, ObjectKind, State
from engine.trace import Trace
from engine.wait_for import Target, Wait, thing_words, waits_at
from tests.engine.test_contention import OBJECTS, rows_of
from tests.engine.test_critical_path import join_tree, pipeline
from tests.engine.test_trace import a_trace, fill
from tests.gui.traces import TraceBuilder, deadlock_trace, lock_trace, pool_trace

S = 1_000_000_000


def only(trace: Trace, seconds: float, name: str) -> Wait:
    """Return what the thread called *name* waits for."""
    (found,) = [
        wait
        for wait in waits_at(trace, int(seconds * S))
        if name in [trace.threads[lane].name for lane in wait.lanes]
    ]
    return found


def test_those_that_wait_for_a_lock_wait_for_its_holder() -> None:
    trace = lock_trace(5)
    hold = trace.locks.histories[next(iter(trace.locks.histories))]
    at = hold.starts[1] + 1000
    wait = next(w for w in waits_at(trace, at) if w.kind is Kind.LOCK_WAIT)
    assert wait.targets == (Target(hold.threads[1], True, "holds it"),)
    assert list(wait.lanes) == trace.waiters_at(wait.obj, at)
    assert thing_words(trace, wait) == "lock"


def test_a_join_waits_for_the_thread() -> None:
    trace = join_tree()
    wait = only(trace, 0.7, "MainThread")
    assert wait.targets == (Target(2, True, "has to end"),)
    assert thing_words(trace, wait) == "the end of Right"
    assert only(trace, 0.7, "Right").targets[0].lane == 3


def test_a_get_waits_for_whoever_put_later() -> None:
    trace = pipeline()
    wait = only(trace, 0.05, "User")
    (target,) = wait.targets
    assert (target.lane, target.certain, target.words) == (0, True, "put an item into line")
    assert target.at == S // 10 + 100_000
    assert thing_words(trace, wait) == "line, which is empty"


def test_a_get_that_goes_on_waits_possibly_for_those_who_put_before() -> None:
    build = TraceBuilder()
    names = ("MainThread", "Maker", "Reader", "User")
    main, maker, reader, user = (build.thread(name) for name in names)
    line = build.object(ObjectKind.QUEUE, "line")
    for lane in (main, maker, reader, user):
        build.at(0, lane, Kind.THREAD_BEGIN)
    build.at(0.1, maker, Kind.QUEUE_PUT, line, 1).at(0.15, reader, Kind.QUEUE_GET, line, 0)
    build.at(0.2, user, Kind.GET_WAIT, line, -1)
    build.at(0.4, main, Kind.QUEUE_PUT, line, 1)
    trace = build.build(0.5)
    assert only(trace, 0.3, "User").targets == (Target(maker, False, "put into it before"),)
    lanes = [target.lane for target in only(trace, 0.45, "User").targets]
    assert lanes == [main, maker]


def test_an_event_that_nobody_ever_set_has_no_target() -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    ready = build.object(ObjectKind.EVENT, "ready")
    build.at(0, main, Kind.THREAD_BEGIN).at(0.1, main, Kind.WAIT_BEGIN, ready, -1)
    assert only(build.build(1), 0.5, "MainThread").targets == ()


def test_an_event_waits_for_who_set_it_later() -> None:
    build = TraceBuilder()
    main, other = build.thread("MainThread"), build.thread("Thread-1")
    ready = build.object(ObjectKind.EVENT, "ready")
    build.at(0, main, Kind.THREAD_BEGIN).at(0, other, Kind.THREAD_BEGIN)
    build.at(0.1, main, Kind.WAIT_BEGIN, ready, -1)
    build.at(0.7, other, Kind.NOTIFY, ready, Notice(Deed.SET, 1, 1).packed())
    build.at(0.71, main, Kind.WAIT_END, ready, 1)
    (target,) = only(build.build(1), 0.5, "MainThread").targets
    assert (target.lane, target.certain, target.words) == (other, True, "set ready")


def test_a_result_waits_for_the_worker() -> None:
    trace = pool_trace(2, 3, 1.0)
    wait = only(trace, 0.5, "MainThread")
    (target,) = wait.targets
    assert target.words == "works on it"
    task = trace.tasks.tasks[wait.obj]
    assert target.lane == task.worker


def test_a_deadlock_is_a_circle_of_certain_waits() -> None:
    trace = deadlock_trace()
    found = {lane: wait.targets for wait in waits_at(trace, trace.now) for lane in wait.lanes}
    assert found[1] == (Target(2, True, "holds it"),)
    assert found[2] == (Target(1, True, "holds it"),)
    assert found[0] == (Target(1, True, "has to end"),)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(0, 3),
        st.sampled_from([*sorted(STATE_AFTER), Kind.QUEUE_PUT, Kind.NOTIFY]),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=50,
)


@given(STEPS, st.integers(0, 200))
def test_every_thread_that_waits_stands_in_one_wait_and_no_other(
    steps: list[tuple[int, int, Kind, int]], t: int
) -> None:
    trace = a_trace(4, OBJECTS)
    fill(trace, rows_of(steps))
    found = waits_at(trace, t)
    lanes = [lane for wait in found for lane in wait.lanes]
    waiting = []
    for thread in trace.threads:
        piece = trace.state_at(thread.index, t)
        over = thread.end is not None and thread.end <= t
        if piece and not over and piece.state in (State.WAITS_LOCK, State.WAITS_OTHER):
            waiting.append(thread.index)
    assert sorted(lanes) == waiting
    for wait in found:
        for target in wait.targets:
            assert target.lane not in wait.lanes or len(wait.lanes) > 1
            if target.words == "holds it":
                hold = trace.locks.hold_at(wait.obj, t)
                assert hold is not None
                assert hold.thread == target.lane
        assert thing_words(trace, wait)
    assert np.all(np.diff([len(wait.lanes) for wait in found]) <= 0)
