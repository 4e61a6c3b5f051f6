"""The wait-for graph, over traces written by hand."""

from __future__ import annotations

from engine.events import Kind, ObjectKind
from engine.waits import Edge, cycle, graph_at, lock_node, thread_node
from tests.gui.traces import TraceBuilder, deadlock_trace, lock_trace

MS = 1_000_000


def names(edges: tuple[Edge, ...]) -> list[tuple[str, int, str, str, int]]:
    return [(e.source.kind, e.source.number, e.word, e.target.kind, e.target.number) for e in edges]


def test_an_empty_trace_has_an_empty_graph() -> None:
    graph = graph_at(TraceBuilder().build(), 0)
    assert (graph.nodes, graph.edges, graph.living) == ((), (), ())
    assert cycle(graph) == ()


def test_the_holder_and_its_waiters() -> None:
    trace = lock_trace(3)
    graph = graph_at(trace, 300 * MS)
    lock = next(iter(trace.locks.histories))
    held = graph.from_node(lock_node(lock))
    assert held is not None
    assert (held.word, held.target) == ("held by", thread_node(1))
    waiting = [edge.source.number for edge in graph.into(lock_node(lock))]
    assert waiting == [2, 3]
    assert all(not edge.timed for edge in graph.into(lock_node(lock)))
    assert cycle(graph) == ()


def test_nothing_is_held_before_and_after() -> None:
    trace = lock_trace(2)
    assert [e.word for e in graph_at(trace, 1 * MS).edges] == []
    assert graph_at(trace, 1_200 * MS).living == ()


def test_a_deadlock_is_a_cycle_in_walking_order() -> None:
    trace = deadlock_trace()
    alice, bob = trace.locks.histories
    graph = graph_at(trace, trace.now)
    assert names(cycle(graph)) == [
        ("thread", 1, "waits for", "lock", bob),
        ("lock", bob, "held by", "thread", 2),
        ("thread", 2, "waits for", "lock", alice),
        ("lock", alice, "held by", "thread", 1),
    ]
    assert cycle(graph_at(trace, 350 * MS)) == ()


def test_main_that_joins_hangs_on_the_cycle_without_being_in_it() -> None:
    graph = graph_at(deadlock_trace(), 1_000 * MS)
    edge = graph.from_node(thread_node(0))
    assert edge is not None
    assert edge.target == thread_node(1)
    assert thread_node(0) not in {e.source for e in cycle(graph)}


def test_two_threads_that_join_each_other() -> None:
    build = TraceBuilder()
    one, two = build.thread("one"), build.thread("two")
    for me, other in ((one, two), (two, one)):
        build.at(0.0, me, Kind.THREAD_BEGIN)
        build.at(0.1, me, Kind.JOIN_WAIT, build.trace.threads[other].object, -1)
    graph = graph_at(build.build(1.0), 500 * MS)
    assert [e.source.number for e in cycle(graph)] == [one, two]


def test_a_lock_that_its_own_holder_wants_again() -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    lock = build.object(ObjectKind.LOCK, "lock")
    build.at(0.0, main, Kind.LOCK_ACQUIRED, lock).at(0.1, main, Kind.LOCK_WAIT, lock, -1)
    found = cycle(graph_at(build.build(1.0), 500 * MS))
    assert [e.word for e in found] == ["waits for", "held by"]


def test_a_wait_with_a_time_out_is_no_untimed_cycle() -> None:
    build = TraceBuilder()
    one, two = build.thread("one"), build.thread("two")
    a, b = build.object(ObjectKind.LOCK, "a"), build.object(ObjectKind.LOCK, "b")
    build.at(0.0, one, Kind.LOCK_ACQUIRED, a).at(0.0, two, Kind.LOCK_ACQUIRED, b)
    build.at(0.1, one, Kind.LOCK_WAIT, b, 2_000_000_000).at(0.1, two, Kind.LOCK_WAIT, a, -1)
    graph = graph_at(build.build(1.0), 500 * MS)
    assert len(cycle(graph)) == 4
    assert cycle(graph, untimed=True) == ()


def test_an_ended_thread_neither_holds_nor_waits() -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    lock = build.object(ObjectKind.LOCK, "lock")
    build.at(0.0, main, Kind.LOCK_ACQUIRED, lock).at(0.1, main, Kind.THREAD_END)
    graph = graph_at(build.build(1.0), 500 * MS)
    assert graph.edges == ()


def test_many_locks_are_asked_for_through_their_threads() -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    lock = 0
    for number in range(600):
        lock = build.object(ObjectKind.LOCK, f"lock{number}")
        build.at(0.001 * number, main, Kind.LOCK_ACQUIRED, lock)
        if number != 3 and number != 599:
            build.at(0.001 * number + 0.0005, main, Kind.LOCK_RELEASED, lock)
    trace = build.build(1.0)
    assert [e.source.number for e in graph_at(trace, trace.now).edges] == [lock]
