"""Each kind of wait has its name, its object and who ended it: real children, every Python."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.events import NOTIFIED_KINDS, Kind, Notice, State
from engine.trace import Trace
from engine.waits import graph_at, thread_node
from engine.wakers import ending
from gui.labels import slice_label
from tests.engine.whole_runs import DATA, FORM_NAMES, FORMS, whole_run

MAIN = "MainThread"

#: (thread, what its lane says) to (how it ended, by whom, what that one did).
EXPECTED = {
    ("plain-waiter", "waiting for plain"): ("woken", MAIN, "released plain"),
    (MAIN, "waiting for plain"): ("timed out", "", ""),
    ("condition-waiter", "wait() for changed to be notified"): ("woken", MAIN, "notified changed"),
    ("wait-for-waiter", "wait_for() on changed: its condition does not hold"): (
        "woken",
        MAIN,
        "notified changed",
    ),
    (MAIN, "wait() for changed to be notified"): ("timed out", "", ""),
    (MAIN, "wait_for() on changed: its condition does not hold"): ("timed out", "", ""),
    ("event-waiter", "wait() for ready to be set"): ("woken", MAIN, "set ready"),
    (MAIN, "wait() for ready to be set"): ("timed out", "", ""),
    ("semaphore-waiter", "acquire(): waiting for a place in places"): (
        "woken",
        MAIN,
        "released places",
    ),
    ("bounded-waiter", "acquire(): waiting for a place in bounded"): (
        "woken",
        MAIN,
        "released bounded",
    ),
    (MAIN, "acquire(): waiting for a place in places"): ("timed out", "", ""),
    ("barrier-waiter", "wait() at gate for the others"): ("woken", MAIN, "arrived last at gate"),
    ("abort-waiter", "wait() at gate for the others"): ("woken", MAIN, "aborted gate"),
    ("reset-waiter", "wait() at gate for the others"): ("woken", MAIN, "reset gate"),
    ("get-waiter", "get(): items is empty"): ("woken", MAIN, "put an item into items"),
    ("put-waiter", "put(): items is full"): ("woken", MAIN, "took an item from items"),
    ("join-waiter", "join(): items has unfinished tasks"): (
        "woken",
        MAIN,
        "called task_done() for the last item of items",
    ),
    (MAIN, "get(): items is empty"): ("timed out", "", ""),
    ("ranked-waiter", "get(): ranked is empty"): ("woken", MAIN, "put an item into ranked"),
    ("simple-waiter", "get(): simple is empty"): ("woken", MAIN, "put an item into simple"),
    (MAIN, "get(): simple is empty"): ("timed out", "", ""),
    ("Thread-1", "timer: waits for its time"): ("timed out", "", ""),
    ("Thread-2", "timer: waits for its time"): ("woken", MAIN, "cancelled Thread-2"),
    (MAIN, "join() Thread-2"): ("woken", "Thread-2", "ended"),
    (MAIN, "join() slow"): ("timed out", "", ""),
    ("join-of-slow", "join() slow"): ("woken", "slow", "ended"),
    (MAIN, "result() of task 1"): ("woken", "worker_0", "finished task 1"),
    (MAIN, "wait() for tasks of pool"): ("woken", "worker_0", "finished task 2"),
    (MAIN, "as_completed(): waits for the next task of pool"): (
        "woken",
        "worker_0",
        "finished task 4",
    ),
    (MAIN, "map(): waits for the result of task 6"): ("woken", "worker_0", "finished task 6"),
    (MAIN, "shutdown(): waits for worker_0 to end"): ("woken", "worker_0", "ended"),
    ("worker_0", "idle: the queue is empty"): ("woken", MAIN, "submitted task 5"),
    (MAIN, "end of the script: waits for the other threads"): ("woken", "last", "ended last"),
}
SHUT = ("shut-waiter", "get(): items is empty"), ("woken", MAIN, "shut items down")


@dataclass(frozen=True)
class Ran:
    """A run of the program: what each wait came to, and how the run ended."""

    trace: Trace
    ended: str
    printed: list[str]
    waits: dict[tuple[str, str], list[tuple[str, str, str]]]


@pytest.fixture(scope="module", params=FORMS, ids=FORM_NAMES)
def ran(request: pytest.FixtureRequest) -> Ran:
    trace, outcome = whole_run(DATA / "waits.py", request.param)
    printed = "".join(output.text for output in trace.outputs).splitlines()
    return Ran(trace, outcome.sentence(), printed, waits_of(trace))


def waits_of(trace: Trace) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for thread, lane in zip(trace.threads, trace.lanes, strict=True):
        for number in range(len(lane.starts)):
            piece = lane.slice(number)
            assert piece is not None
            if piece.state not in (State.WAITS_LOCK, State.WAITS_OTHER):
                continue
            end = ending(trace, thread.index, piece)
            who = "" if end.thread is None else trace.threads[end.thread].name
            label = slice_label(trace, thread.index, piece)
            found.setdefault((thread.name, label), []).append((end.how, who, end.words))
    return found


def test_the_program_runs_as_it_does_alone(ran: Ran) -> None:
    assert ran.ended == "finished"
    assert ran.printed == [
        *["False", "False False", "False", "False", "broken", "broken", "empty"],
        *["['item'] 0 True", "empty", "True", "no result yet", "True None", "[True, True]"],
        *["[4, 9]", "called back True"],
    ]


@pytest.mark.parametrize("wait", EXPECTED, ids=": ".join)
def test_a_wait_has_its_name_and_who_ended_it(ran: Ran, wait: tuple[str, str]) -> None:
    assert EXPECTED[wait] in ran.waits.get(wait, []), sorted(ran.waits)


def test_a_queue_that_is_shut_down_ends_a_get(ran: Ran) -> None:
    wait, expected = SHUT
    if wait in ran.waits or not any(thread.name == wait[0] for thread in ran.trace.threads):
        assert ran.waits.get(wait, [expected]) == [expected]


def test_no_wait_is_without_an_end(ran: Ran) -> None:
    ways = {how for ends in ran.waits.values() for how, _, _ in ends}
    assert "goes on" not in ways


@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
def test_in_a_crowd_each_wait_is_ended_by_one_thread(form: tuple[str, bool]) -> None:
    trace, outcome = whole_run(DATA / "crowds.py", form)
    assert outcome.sentence() == "finished"
    ended_by: Counter[int] = Counter()
    for thread, lane in zip(trace.threads, trace.lanes, strict=True):
        for number in range(len(lane.starts)):
            piece = lane.slice(number)
            if piece is None or piece.kind not in NOTIFIED_KINDS:
                continue
            if piece.state is not State.WAITS_OTHER:
                continue
            end = ending(trace, thread.index, piece)
            if end.how == "unknown":  # a put that saw nobody wait yet; no other wait allows it
                assert trace.objects[piece.obj].name in ("simple", "answers")
                continue
            assert (end.how, end.thread == thread.index) == ("woken", False)
            assert end.event is not None
            assert end.time is not None
            assert piece.end is not None
            assert end.time <= piece.end
            ended_by[end.event] += 1
    assert ended_by
    for index, count in ended_by.items():
        notice = trace.event(index)
        assert notice.kind is Kind.NOTIFY
        assert isinstance(notice.value, int)
        assert count <= Notice.of(notice.value).waited


def test_a_verdict_tells_who_waits_for_what(tmp_path: Path) -> None:
    script = tmp_path / "stuck.py"
    script.write_text(
        "import queue, threading\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "full, empty = queue.Queue(1), queue.Queue()\n"
        "full.put(1)\n"
        "ready = threading.Event()\n"
        "for wait in (ready.wait, empty.get, lambda: full.put(2), full.join):\n"
        "    threading.Thread(target=wait).start()\n"
        "pool = ThreadPoolExecutor(1, 'worker')\n"
        "def ask():\n"
        "    return pool.submit(int).result()\n"
        "pool.submit(ask).result()\n"
    )
    trace, outcome = whole_run(script, FORMS[0])
    assert outcome.ending == "deadlocked"
    assert sorted(outcome.sentence().removeprefix("deadlock: ").split("; ")) == [
        "MainThread waits for the result of task 0",
        "Thread-1 (wait) waits until ready is set",
        "Thread-2 (get) waits because empty is empty",
        "Thread-3 (<lambda>) waits because full is full",
        "Thread-4 (join) waits until every item of full is done",
        "worker_0 waits for the result of task 1",
    ]
    graph = graph_at(trace, (trace.threads[0].end or trace.now) - 1)
    main = graph.from_node(thread_node(0))
    assert main is not None
    assert trace.threads[main.target.number].name == "worker_0"
