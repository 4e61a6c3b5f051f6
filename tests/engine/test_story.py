"""The story, sentence by sentence, over traces written by hand."""

from __future__ import annotations

import pytest

from engine.events import Deed, Flag, Kind, Notice, ObjectKind
from engine.sentences import seconds, shortened
from engine.story import MOMENT_LIMIT, story_at
from engine.trace import Trace
from tests.gui.traces import (
    TraceBuilder,
    crowded_trace,
    deadlock_trace,
    lock_trace,
    pool_trace,
    race_trace,
)

S = 1_000_000_000


def told(trace: Trace, t: float | None = None, limit: int = 60) -> dict[str, list[str]]:
    moments = story_at(trace, trace.now if t is None else int(t * S), limit)
    return {m.label: [sentence.text(trace) for sentence in m.sentences] for m in moments}


def said(trace: Trace) -> list[str]:
    return [sentence for sentences in told(trace).values() for sentence in sentences]


def build() -> tuple[TraceBuilder, int, int]:
    builder = TraceBuilder()
    return builder, builder.thread("MainThread"), builder.thread("Thread-1")


def test_nothing_happened() -> None:
    assert story_at(Trace(), 0) == []
    assert told(lock_trace(), -1.0) == {}


def test_a_lock_is_wanted_released_and_handed_over() -> None:
    story = told(lock_trace(3), 0.45)
    assert story["0.22 s"] == ["Thread-1 takes lock.", "Thread-2 wants lock; Thread-1 has it."]
    assert story["0.23 s"] == ["Thread-3 wants lock; Thread-1 has it."]
    assert story["0.28 s"] == ["Thread-1 writes shared_resource: 0 becomes 1."]
    assert story["0.37 s"] == [
        "Thread-1 releases lock; Thread-2 gets it.",
        "Thread-3 is still waiting: only one thread may hold a Lock.",
        "Thread-1 ends.",
    ]


def test_before_the_next_owner_has_it_a_release_is_only_a_release() -> None:
    trace = lock_trace(2)
    history = next(iter(trace.locks.histories.values()))
    released = int(history.ends.view[0])
    between = story_at(trace, released)[-1]
    assert [s.text(trace) for s in between.sentences] == ["Thread-1 releases lock."]
    after = story_at(trace, int(history.starts.view[1]))[-1]
    assert after.sentences[0].text(trace) == "Thread-1 releases lock; Thread-2 gets it."


def test_a_thread_that_did_not_wait_gets_no_handover() -> None:
    builder, main, one = build()
    lock = builder.object(ObjectKind.LOCK, "lock")
    builder.at(0.10, main, Kind.LOCK_ACQUIRED, lock).at(0.101, main, Kind.LOCK_RELEASED, lock)
    builder.at(0.102, one, Kind.LOCK_ACQUIRED, lock)
    assert said(builder.build()) == [
        "MainThread takes lock.",
        "MainThread releases lock.",
        "Thread-1 takes lock.",
    ]


def test_the_deadlock_of_the_mock() -> None:
    assert told(deadlock_trace()) == {
        "0.09 s": ["Thread-1 takes alice, then sleeps 0.3 s."],
        "0.10 s": ["MainThread waits for Thread-1 to end."],
        "0.11 s": ["Thread-2 takes bob, then sleeps 0.3 s."],
        "0.39 s": ["Thread-1 wants bob; Thread-2 has it."],
        "0.41 s": ["Thread-2 wants alice; Thread-1 has it."],
    }


def test_chips_stand_for_threads() -> None:
    trace = deadlock_trace()
    sentence = story_at(trace, trace.now)[-1].sentences[0]
    assert sentence.threads == (2,)
    assert [(p.text, p.bold, p.thread) for p in sentence.parts] == [
        ("wants", False, None),
        (" ", False, None),
        ("alice", True, None),
        ("; ", False, None),
        ("", False, 1),
        (" has it", False, None),
        (".", False, None),
    ]


def test_a_lock_wanted_by_its_own_holder() -> None:
    builder, main, _ = build()
    lock = builder.object(ObjectKind.LOCK, "lock")
    builder.at(0.1, main, Kind.LOCK_ACQUIRED, lock).at(0.2, main, Kind.LOCK_WAIT, lock, -1)
    assert said(builder.build())[-1] == "MainThread wants lock, which it holds itself."


def test_an_rlock_taken_twice() -> None:
    builder, main, _ = build()
    lock = builder.object(ObjectKind.RLOCK, "rlock")
    for when, kind in (
        (0.1, Kind.LOCK_ACQUIRED),
        (0.2, Kind.LOCK_ACQUIRED),
        (0.3, Kind.LOCK_RELEASED),
        (0.4, Kind.LOCK_RELEASED),
    ):
        builder.at(when, main, kind, lock)
    assert said(builder.build()) == [
        "MainThread takes rlock.",
        "MainThread takes rlock once more.",
        "MainThread releases rlock once, and still holds it.",
        "MainThread releases rlock.",
    ]


def test_waits_that_fail() -> None:
    builder, main, one = build()
    lock = builder.object(ObjectKind.LOCK, "lock")
    builder.at(0.1, main, Kind.LOCK_ACQUIRED, lock)
    builder.at(0.2, one, Kind.LOCK_WAIT, lock, 100).at(0.3, one, Kind.LOCK_WAIT_FAILED, lock)
    builder.at(0.4, one, Kind.LOCK_TRY_FAILED, lock)
    assert said(builder.build())[1:] == [
        "Thread-1 wants lock; MainThread has it.",
        "Thread-1 gives up waiting for lock.",
        "Thread-1 tries lock, finds it taken and goes on.",
    ]


def test_lost_updates_are_told_and_marked() -> None:
    trace = race_trace(threads=3, rounds=1)
    story = told(trace)
    assert story["0.00 s"] == ["MainThread sets count to 0."]
    assert story["0.12 s"] == ["Thread-2 writes count: 1 becomes 1: 1 update is lost."]
    assert story["0.30 s"] == ["Thread-1, Thread-2 and Thread-3 end."]
    marked = [s.text(trace) for m in story_at(trace, trace.now) for s in m.sentences if s.bad]
    assert len(marked) == 2


def test_a_write_that_takes_the_value_back() -> None:
    builder, main, one = build()
    zero, plus = builder.store_point("counter"), builder.store_point("counter", 1)
    builder.at(0.1, main, Kind.STORE, zero, 0)
    for n in range(1, 4):
        builder.at(0.1 + 0.01 * n, one, Kind.STORE, plus, n)
    builder.at(0.2, main, Kind.STORE, plus, 2)
    assert said(builder.build())[-1] == (
        "MainThread writes counter: 3 becomes 2: 2 updates are lost."
    )


def test_writes_of_one_thread_fold_only_while_nobody_else_writes() -> None:
    builder, main, one = build()
    zero, plus = builder.store_point("total"), builder.store_point("total", 1)
    builder.at(0.1, main, Kind.STORE, zero, 0)
    for n in range(1, 6):
        builder.at(0.2 + n / 10_000, one, Kind.STORE, plus, n)
    builder.at(0.206, main, Kind.STORE, plus, 6)
    builder.at(0.207, one, Kind.STORE, plus, 7)
    assert told(builder.build())["0.20 s"] == [
        "Thread-1 writes total 5 times: 0 becomes 5.",
        "MainThread writes total: 5 becomes 6.",
        "Thread-1 writes total: 6 becomes 7.",
    ]


def test_values_that_are_no_numbers_and_deletions() -> None:
    builder, main, _ = build()
    point = builder.store_point("name")
    builder.at(0.1, main, Kind.STORE, point, "'ada'").at(0.2, main, Kind.STORE, point, "'x' * 2")
    builder.at(0.3, main, Kind.DELETE, point)
    assert said(builder.build()) == [
        "MainThread sets name to 'ada'.",
        "MainThread writes name: 'ada' becomes 'x' * 2.",
        "MainThread deletes name.",
    ]


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (1, "MainThread starts Thread-1."),
        (2, "MainThread starts Thread-1 and Thread-2."),
        (5, "MainThread starts 5 threads."),
    ],
)
def test_starts_fold(count: int, sentence: str) -> None:
    builder = TraceBuilder()
    main = builder.thread("MainThread")
    for n in range(1, count + 1):
        lane = builder.thread(f"Thread-{n}")
        builder.at(0.1 + n / 1000, main, Kind.THREAD_START, builder.trace.threads[lane].object)
        builder.at(0.1 + n / 1000, lane, Kind.THREAD_BEGIN)
    assert said(builder.build()) == [sentence]


def test_alike_neighbours_share_a_sentence() -> None:
    builder, main, one = build()
    two = builder.thread("Thread-2")
    for lane in (one, two):
        builder.at(0.1, lane, Kind.SLEEP_BEGIN, 0, S // 2)
    builder.at(0.7, main, Kind.SLEEP_BEGIN, 0, 15_000_000)
    assert said(builder.build()) == [
        "Thread-1 and Thread-2 sleep 0.5 s.",
        "MainThread sleeps 15 ms.",
    ]


def test_joins_that_end_and_one_that_times_out() -> None:
    builder, main, one = build()
    obj = builder.trace.threads[one].object
    builder.at(0.0, one, Kind.THREAD_BEGIN)
    builder.at(0.1, main, Kind.JOIN_WAIT, obj, 100).at(0.2, main, Kind.JOIN_END, obj)
    builder.at(0.3, main, Kind.JOIN_WAIT, obj, -1)
    builder.at(0.4, one, Kind.THREAD_END).at(0.401, main, Kind.JOIN_END, obj)
    assert said(builder.build()) == [
        "MainThread waits for Thread-1 to end.",
        "MainThread stops waiting for Thread-1, which goes on.",
        "MainThread waits for Thread-1 to end.",
        "Thread-1 ends.",
    ]


def test_five_tasks_for_three_workers() -> None:
    builder = TraceBuilder()
    main = builder.thread("MainThread")
    pool = builder.object(ObjectKind.POOL, "pool")
    workers = [builder.thread(f"pool_{n}") for n in range(3)]
    for n in range(5):
        task = builder.object(ObjectKind.TASK, f"task {n}", pool=pool)
        builder.at(0.001 * n, main, Kind.TASK_SUBMIT, task, n)
        if n < 3:
            builder.at(0.001 * n + 0.0005, workers[n], Kind.TASK_BEGIN, task)
    trace = builder.build(0.5)
    assert told(trace) == {
        "0.00 s": ["MainThread submits 5 tasks; 3 start at once, 2 wait in the queue."]
    }
    assert told(trace, 0.0012) == {
        "0.00 s": ["MainThread submits 2 tasks; 1 starts at once, 1 waits in the queue."]
    }


def test_workers_of_a_pool() -> None:
    story = told(pool_trace())
    assert story["0.05 s"] == ["pool_0 takes task 0 from the queue, then sleeps 2 s."]
    assert (
        "pool_1 takes task 4 from the queue: it is empty now, then sleeps 2 s." in story["2.11 s"]
    )
    assert "pool_2 finds nothing to do." in story["2.16 s"]
    assert (
        "MainThread has the result of task 0 and waits for the result of task 1." in story["2.06 s"]
    )


def test_a_task_that_raises_one_that_is_cancelled_and_results_that_fold() -> None:
    builder, main, one = build()
    pool = builder.object(ObjectKind.POOL, "pool")
    tasks = [builder.object(ObjectKind.TASK, f"task {n}", pool=pool) for n in range(3)]
    for n, task in enumerate(tasks):
        builder.at(0.1 + 0.1 * n, main, Kind.TASK_SUBMIT, task)
    builder.at(0.4, one, Kind.TASK_BEGIN, tasks[0])
    builder.at(0.5, one, Kind.TASK_END, tasks[0], "ValueError: no", flags=Flag.RAISED)
    builder.at(0.6, main, Kind.TASK_CANCELLED, tasks[1])
    builder.at(0.61, one, Kind.TASK_BEGIN, tasks[2]).at(0.62, one, Kind.TASK_END, tasks[2], "1")
    builder.at(0.7, main, Kind.RESULT_END, tasks[0]).at(0.701, main, Kind.RESULT_END, tasks[2])
    story = told(builder.build())
    assert story["0.50 s"] == ["Thread-1 raises in task 0: ValueError: no."]
    assert story["0.60 s"] == ["MainThread cancels task 1."]
    assert story["0.70 s"] == ["MainThread has the results of task 0 and task 2."]


def test_queues_with_their_length() -> None:
    builder, main, one = build()
    queue = builder.object(ObjectKind.QUEUE, "orders")
    builder.at(0.05, one, Kind.GET_WAIT, queue, -1)
    for n in range(3):
        builder.at(0.1 + n / 1000, main, Kind.QUEUE_PUT, queue, n + 1)
    builder.at(0.2, main, Kind.PUT_WAIT, queue, -1)
    for n in range(3):
        builder.at(0.3 + n / 10, one, Kind.QUEUE_GET, queue, 2 - n)
    assert said(builder.build()) == [
        "Thread-1 waits because orders is empty.",
        "MainThread puts 3 items into orders; 3 are in it now.",
        "MainThread waits because orders is full.",
        "Thread-1 takes an item from orders; 2 are left.",
        "Thread-1 takes an item from orders; 1 is left.",
        "Thread-1 takes an item from orders; it is empty now.",
    ]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (ObjectKind.CONDITION, "MainThread waits until it is notified."),
        (ObjectKind.EVENT, "MainThread waits until it is set."),
        (ObjectKind.SEMAPHORE, "MainThread waits for a place in it."),
        (ObjectKind.BARRIER, "MainThread waits at it for the others."),
    ],
)
def test_other_waits(kind: ObjectKind, sentence: str) -> None:
    builder, main, _ = build()
    builder.at(0.1, main, Kind.WAIT_BEGIN, builder.object(kind, "it"), -1)
    assert said(builder.build()) == [sentence]


def test_notifications_processes_and_the_end() -> None:
    builder, main, one = build()
    event = builder.object(ObjectKind.EVENT, "ready")
    condition = builder.object(ObjectKind.CONDITION, "changed")
    process = builder.object(ObjectKind.PROCESS, "Process-1")
    builder.at(0.1, main, Kind.NOTIFY, event, Notice(Deed.SET, 2, 0).packed()).at(
        0.2, main, Kind.NOTIFY, condition, 0
    )
    builder.at(0.3, main, Kind.PROCESS_START, process).at(0.4, main, Kind.PROCESS_WAIT, process, -1)
    builder.at(0.5, one, Kind.RAISED, 0, "ZeroDivisionError: division by zero")
    builder.at(0.6, main, Kind.EXIT_WAIT, 0, -1)
    assert said(builder.build()) == [
        "MainThread sets ready; 2 waited.",
        "MainThread notifies changed.",
        "MainThread starts process Process-1.",
        "MainThread waits for process Process-1 to end.",
        "Thread-1 stops with ZeroDivisionError: division by zero.",
        "MainThread reaches the end of the script and waits for the other threads.",
    ]


def test_what_is_printed() -> None:
    builder, main, _ = build()
    builder.output(0.1, main, "hello\n").output(0.2, main, "a\nb\n").output(0.201, main, "c\n")
    builder.output(0.3, -1, "from C\n").output(0.4, main, "oops\n", 2).output(0.5, main, "\n")
    assert said(builder.build()) == [
        "MainThread prints “hello”.",
        "MainThread prints 3 lines.",
        "Output without a thread: “from C”.",
        "MainThread prints to standard error: “oops”.",
    ]


def test_a_busy_moment_is_folded_and_says_so() -> None:
    builder, main, _ = build()
    for n in range(40):
        lock = builder.object(ObjectKind.LOCK, f"lock{n}")
        builder.at(0.1 + n / 10_000, main, Kind.LOCK_ACQUIRED, lock)
    (moment,) = story_at(builder.build(), S)
    assert len(moment.sentences) == MOMENT_LIMIT
    assert moment.folded == 40 - MOMENT_LIMIT
    assert moment.sentences[-1].text(builder.trace) == "MainThread takes lock39."


def test_the_limit_keeps_the_newest() -> None:
    trace = lock_trace()
    whole, part = story_at(trace, trace.now), story_at(trace, trace.now, 4)
    assert sum(len(moment.sentences) for moment in part) == 4
    assert part[-1] == whole[-1]


def test_the_story_is_a_function_of_trace_and_time() -> None:
    trace = lock_trace()
    for t in range(0, int(1.2 * S), S // 50):
        assert story_at(trace, t) == story_at(trace, t)
    assert all(moment.time <= S // 2 for moment in story_at(trace, S // 2))


def test_a_long_trace_costs_no_more_events_than_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trace = crowded_trace(lanes=8, slices=100_000)
    asked: list[int] = []
    decode = trace.event

    def counted(index: int) -> object:
        asked.append(index)
        return decode(index)

    monkeypatch.setattr(trace, "event", counted)
    assert story_at(trace, trace.now, 20)
    assert len(asked) <= 20 * 4


@pytest.mark.parametrize(
    ("ns", "text"), [(0, "0 ns"), (1_500, "1.5 µs"), (20_000_000, "20 ms"), (2 * S, "2 s")]
)
def test_lengths_of_time(ns: int, text: str) -> None:
    assert seconds(ns) == text


def test_long_texts_are_cut() -> None:
    assert shortened("a\nb") == "a b"
    assert len(shortened("x" * 10**6)) == 60


def test_recent_events_are_the_last_ones_of_all_threads() -> None:
    trace = crowded_trace(lanes=50, slices=20_000)
    everything = sorted((event.time, event.index) for event in trace.events())
    for t in (trace.now, trace.now // 3, trace.now // 200):
        for count in (1, 40, 700):
            expected = [index for time, index in everything if time <= t][-count:]
            assert [event.index for event in trace.recent(t, count)] == expected


def test_recent_events_when_one_thread_did_them_all() -> None:
    builder = TraceBuilder()
    for n in range(60):
        builder.at(0.0, builder.thread(f"T{n}"), Kind.THREAD_BEGIN)
    for n in range(500):
        builder.at(1 + n / 1000, 7, Kind.SLEEP_BEGIN)
    trace = builder.build(2.0)
    assert [event.thread for event in trace.recent(trace.now, 300)] == [7] * 300
    assert len(trace.recent(trace.now, 10_000)) == 560
    assert Trace().recent(5, 10) == []


def test_a_pool_that_starts_its_threads_between_the_tasks() -> None:
    builder = TraceBuilder()
    main = builder.thread("MainThread")
    pool = builder.object(ObjectKind.POOL, "pool")
    for n in range(4):
        task = builder.object(ObjectKind.TASK, f"task {n}", pool=pool)
        builder.at(0.1 + 0.002 * n, main, Kind.TASK_SUBMIT, task)
        if n < 3:
            worker = builder.thread(f"pool_{n}")
            obj = builder.trace.threads[worker].object
            builder.at(0.1001 + 0.002 * n, main, Kind.THREAD_START, obj)
            builder.at(0.1002 + 0.002 * n, worker, Kind.TASK_BEGIN, task)
    assert said(builder.build(0.5)) == [
        "MainThread submits 4 tasks; 3 start at once, 1 waits in the queue.",
        "MainThread starts 3 threads.",
    ]


def test_one_task_that_starts_at_once() -> None:
    builder, main, one = build()
    task = builder.object(ObjectKind.TASK, "task 0", pool=0)
    builder.at(0.1, main, Kind.TASK_SUBMIT, task).at(0.101, one, Kind.TASK_BEGIN, task)
    assert said(builder.build(0.5)) == ["MainThread submits task 0; it starts at once."]
    assert told(builder.trace, 0.1005) == {"0.10 s": ["MainThread submits task 0."]}


def test_who_goes_on_and_why() -> None:
    builder, main, one = build()
    event = builder.object(ObjectKind.EVENT, "ready")
    notice = Notice(Deed.SET, 1, 1)
    builder.at(0.1, one, Kind.WAIT_BEGIN, event, -1)
    builder.at(0.2, main, Kind.NOTIFY, event, notice.packed())
    builder.at(0.201, one, Kind.WAIT_END, event, notice.ticket)
    builder.at(0.3, one, Kind.WAIT_BEGIN, event, 5_000_000)
    builder.at(0.305, one, Kind.WAIT_END, event, 0, flags=Flag.TIMED_OUT)
    builder.at(0.4, one, Kind.WAIT_BEGIN, event, -1).at(0.5, one, Kind.WAIT_END, event, 0)
    assert said(builder.build()) == [
        "Thread-1 waits until ready is set.",
        "MainThread sets ready; 1 waited.",
        "Thread-1 goes on: MainThread set ready.",
        "Thread-1 waits until ready is set.",
        "Thread-1 gives up waiting for ready: its time is up.",
        "Thread-1 waits until ready is set.",
        "Thread-1 goes on.",
    ]
