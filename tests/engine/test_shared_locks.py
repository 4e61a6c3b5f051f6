"""The locks of `multiprocessing`: one object in all processes, with who holds it and who waits."""

from __future__ import annotations

import numpy as np

from engine.events import Kind, ObjectKind
from engine.locks import SharedHistory
from engine.memory import Memory
from tests.engine.traces import Ran, each_way, line_of

LOCKS = """
import multiprocessing, sys

def work(lock, rlock, counter, table, places, ready, bell, gate, meeting, never, empty, turns):
    never.wait(0.001)
    empty.acquire(timeout=0.001)
    with places:
        ready.release()
        bell.wait()
    for _ in range(turns):
        with lock:
            counter.value += 1
    with rlock:
        rlock.acquire()
        rlock.release()
    with table:
        table[0] += 1
    meeting.wait()
    with gate:
        gate.notify()

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    lock = context.Lock()
    rlock = context.RLock()
    counter = context.Value("i", 0)
    table = context.Array("i", 3)
    places = context.BoundedSemaphore(2)
    ready = context.Semaphore(0)
    bell = context.Event()
    gate = context.Condition()
    meeting = context.Barrier(2)
    never = context.Event()
    empty = context.Semaphore(0)
    shared = (lock, rlock, counter, table, places, ready, bell, gate, meeting, never, empty, 20)
    with gate:
        workers = [context.Process(target=work, args=shared, name=f"w{i}") for i in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            ready.acquire()
        lock.acquire()
        bell.set()
        print(lock.acquire(False), lock.acquire(timeout=0.01), lock.acquire(True, 0))
        lock.release()
        gate.wait()
    for worker in workers:
        worker.join()
    print(counter.value, table[:], [worker.exitcode for worker in workers], places.get_value())
    try:
        lock.release()
    except ValueError as error:
        print(error)
    try:
        rlock.release()
    except AssertionError as error:
        print(error)
"""
PRINTED = """False False False
40 [2, 0, 0] [0, 0] 2
semaphore or lock released too many times
attempt to release recursive lock not owned by thread
"""


ran = each_way(LOCKS, 0)


def test_it_prints_what_it_prints_alone(ran: Ran) -> None:
    assert (ran.text(), ran.text(2)) == (PRINTED, "")
    assert ran.outcome.ending == "finished"


def test_a_lock_is_one_object_in_all_processes(ran: Ran) -> None:
    kinds = {
        "lock": ObjectKind.LOCK,
        "rlock": ObjectKind.RLOCK,
        "counter": ObjectKind.RLOCK,
        "table": ObjectKind.RLOCK,
        "places": ObjectKind.SEMAPHORE,
        "ready": ObjectKind.SEMAPHORE,
        "bell": ObjectKind.EVENT,
        "gate": ObjectKind.CONDITION,
        "meeting": ObjectKind.BARRIER,
    }
    for name, kind in kinds.items():
        assert ran.only(name).kind is kind


def test_every_acquisition_and_release_is_there(ran: Ran) -> None:
    for name, count in (("lock", 20), ("counter", 40), ("table", 3), ("rlock", 2)):
        for process in ("w0", "w1"):
            taken = ran.events(Kind.LOCK_ACQUIRED, name=name, process=process)
            given = ran.events(Kind.LOCK_RELEASED, name=name, process=process)
            assert (len(taken), len(given)) == (count, count), (name, process)


def test_only_one_process_at_a_time_holds_it(ran: Ran) -> None:
    for name in ("lock", "counter"):
        history = ran.trace.locks.histories[ran.only(name).number]
        starts, ends = history.starts[:], history.ends[:]
        assert isinstance(history, SharedHistory)
        assert (ends >= starts).all()
        assert (starts[1:] >= ends[:-1]).all()
    holders = ran.trace.locks.histories[ran.only("lock").number].threads.view
    assert {ran.trace.threads[lane].process for lane in holders.tolist()} == {0, 1, 2}


def test_waits_are_named_and_know_their_line(ran: Ran) -> None:
    for name, process, part in (
        ("never", "w0", "never.wait("),
        ("never", "w1", "never.wait("),
        ("empty", "w0", "empty.acquire("),
        ("gate", "main", "gate.wait()"),
    ):
        (wait,) = ran.events(Kind.WAIT_BEGIN, name=name, process=process)
        (end,) = ran.events(Kind.WAIT_END, name=name, process=process)
        assert ran.line(wait) == line_of(LOCKS, part), name
        assert wait.value == (-1 if name == "gate" else 1_000_000)
        assert end.time >= wait.time
    for name, part in (("bell", "bell.wait()"), ("ready", "ready.acquire()")):
        waits = ran.events(Kind.WAIT_BEGIN, name=name)  # some came when it was set already
        assert {ran.line(wait) for wait in waits} <= {line_of(LOCKS, part)}
    assert len(ran.events(Kind.WAIT_BEGIN, name="meeting")) == 1  # the last to arrive does not wait
    assert len(ran.events(Kind.NOTIFY, name="bell", process="main")) == 1
    assert ran.events(Kind.WAIT_BEGIN, name="places") == []


def test_what_is_tried_in_vain_is_no_acquisition(ran: Ran) -> None:
    tried = ran.events(Kind.LOCK_TRY_FAILED, name="lock", process="main")
    timed = ran.events(Kind.LOCK_WAIT_FAILED, name="lock", process="main")
    assert (len(tried), len(timed)) == (2, 1)  # a time-out of nothing is a try
    assert len(ran.events(Kind.LOCK_ACQUIRED, name="lock", process="main")) == 1


def test_acquisitions_know_their_line(ran: Ran) -> None:
    for name, process, parts in (
        ("lock", "w0", ("with lock:",)),
        ("counter", "w0", ("counter.value",)),
        ("table", "w0", ("with table:", "table[0] += 1")),
        ("lock", "main", ("lock.acquire()",)),
        ("rlock", "w0", ("with rlock:", "rlock.acquire()")),
    ):
        taken = ran.events(Kind.LOCK_ACQUIRED, name=name, process=process)
        assert {ran.line(event) for event in taken} == {line_of(LOCKS, part) for part in parts}


def test_a_late_batch_is_put_where_its_time_belongs() -> None:
    history = SharedHistory(Memory())
    history.add([(10, True, 1), (20, False, 1), (50, True, 1), (60, False, 1), (90, True, 1)])
    history.add([(30, True, 2), (40, False, 2), (70, True, 2), (80, False, 2)])
    assert history.starts.view.tolist() == [10, 30, 50, 70, 90]
    assert history.ends.view.tolist() == [20, 40, 60, 80, -1]
    assert history.threads.view.tolist() == [1, 2, 1, 2, 1]


def test_batches_of_two_processes_may_come_as_one() -> None:
    history = SharedHistory(Memory())
    times = np.array([10, 20, 50, 60, 30, 40, 70, 80], np.int64)
    taken = np.tile([True, False], 4)
    history.extend(times, taken, np.repeat([1, 2], 4).astype(np.uint32))
    assert history.starts.view.tolist() == [10, 30, 50, 70]
    assert history.ends.view.tolist() == [20, 40, 60, 80]
    assert history.threads.view.tolist() == [1, 2, 1, 2]
