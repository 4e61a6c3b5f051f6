"""Pools of processes, of both libraries: one task a call, in its worker's lane, in every way."""

from __future__ import annotations

from engine.events import Kind, ObjectKind
from engine.pool import Task
from tests.engine.traces import Ran, each_way, line_of

POOLS = """
import multiprocessing, os, sys, threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.pool import ThreadPool

def square(x):
    return x * x

def add(a, b=1):
    return a + b

def fail(x):
    raise ValueError(x)

def die():
    os.kill(os.getpid(), 9)

def keep(event):
    global kept
    kept = event

def pass_gate():
    return kept.wait()

def fail_once_let(x):
    kept.wait()
    fail(x)

def prepare(word, event=None):
    global prepared
    prepared = word
    keep(event)

def told(value):
    print("told", value)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2, prepare, ("w",)) as pool:
        print(pool.apply(square, (3,)))
        print(pool.map(square, range(6), chunksize=2))
        print(list(pool.imap(square, range(3))), sorted(pool.imap_unordered(square, range(3))))
        print(pool.starmap(add, [(1, 2), (3, 4)], chunksize=1))
        waiting = pool.apply_async(add, (1,), {"b": 5}, callback=told)
        waiting.wait()
        print(waiting.get(10))
        try:
            pool.apply_async(fail, (1,), error_callback=told).get()
        except ValueError as error:
            print("ValueError", error)
        pool.close()
        pool.join()
    with context.Pool(1, maxtasksperchild=2) as turns:
        print(turns.map(square, range(3), chunksize=1))
    with ThreadPool(2) as threads:
        print(threads.map(square, range(4), chunksize=1))
    listened = context.Event()
    with ProcessPoolExecutor(2, context, prepare, ("x", listened)) as workers:
        futures = [workers.submit(square, number) for number in range(4)]
        print(sorted(future.result() for future in as_completed(futures)))
        print(list(workers.map(square, range(4), chunksize=2)))
        failing = workers.submit(fail_once_let, 7)
        over = threading.Event()
        failing.add_done_callback(lambda future: (told("future"), over.set()))
        listened.set()
        over.wait()
        print(repr(failing.exception()))
    gate = context.Event()
    with ProcessPoolExecutor(1, context, keep, (gate,)) as few:
        held = [few.submit(pass_gate) for _ in range(8)]
        print(held[7].cancel(), held[7].cancelled())
        gate.set()
        print([future.result() for future in held[:7]])
    if sys.argv[1] == "spawn":
        with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as once:
            print(list(once.map(square, range(2))))
    else:
        print([0, 1])
    with ProcessPoolExecutor(1, mp_context=context) as broken:
        try:
            broken.submit(die).result()
        except BrokenProcessPool:
            print("broken")
"""
PRINTED = """9
[0, 1, 4, 9, 16, 25]
[0, 1, 4] [0, 1, 4]
[3, 7]
told 6
6
told 1
ValueError 1
[0, 1, 4]
[0, 1, 4, 9]
[0, 1, 4, 9]
[0, 1, 4, 9]
told future
ValueError(7)
True True
[True, True, True, True, True, True, True]
[0, 1]
broken
"""


ran = each_way(POOLS, 2)


def tasks_of(ran: Ran, pool: str) -> list[Task]:
    number = ran.only(pool).number
    return [task for task in ran.trace.tasks.tasks.values() if task.pool == number]


def test_it_prints_what_it_prints_alone(ran: Ran) -> None:
    # Plain Python warns so too, where its collector happens to run inside its resource tracker.
    reentrant = ("ResourceTracker called reentrantly", "warnings.warn(")
    errors = [line for line in ran.text(2).splitlines() if not any(r in line for r in reentrant)]
    assert (ran.text(), errors) == (PRINTED, [])
    assert ran.outcome.ending == "finished"


def test_a_task_is_one_object_from_its_submission_to_its_end(ran: Ran) -> None:
    for pool, count in (("pool", 1 + 3 + 3 + 3 + 2 + 2), ("turns", 3), ("threads", 4)):
        assert len(tasks_of(ran, pool)) == count, pool
    assert len(tasks_of(ran, "workers")) == 4 + 2 + 1
    for pool in ("pool", "turns", "threads", "workers"):
        assert ran.only(pool).kind is ObjectKind.POOL
        for task in tasks_of(ran, pool):
            assert task.taken is not None
            assert task.ended is not None
            assert task.submitted <= task.taken <= task.ended, task
            assert task.label


def test_a_task_that_is_cancelled_never_runs(ran: Ran) -> None:
    cancelled = [task for task in tasks_of(ran, "few") if task.cancelled]
    assert [(task.label, task.taken) for task in cancelled] == [("task 7", None)]
    if ran.named("once"):
        workers = {task.worker for task in tasks_of(ran, "once")}
        assert len(workers) == 2


def test_tasks_run_in_the_lanes_of_their_workers(ran: Ran) -> None:
    for pool, workers in (("pool", 2), ("turns", 2), ("threads", 2), ("workers", 2)):
        lanes = {task.worker for task in tasks_of(ran, pool) if task.worker is not None}
        assert 1 <= len(lanes) <= workers
        for lane in lanes:
            assert (ran.trace.threads[lane].process == 0) is (pool == "threads")
            idle = {
                ran.trace.event(event).obj
                for event in ran.trace.lanes[lane].events.view.tolist()
                if ran.trace.event(event).kind is Kind.IDLE_BEGIN
            }
            assert idle == {ran.only(pool).number}


def test_a_task_that_raises_says_so(ran: Ran) -> None:
    for pool in ("pool", "workers"):
        (failed,) = (task for task in tasks_of(ran, pool) if task.raised)
        assert failed.result.startswith("ValueError")
    (killed,) = tasks_of(ran, "broken")
    assert killed.raised
    assert killed.result.startswith("BrokenProcessPool")


def test_waits_for_results_are_named(ran: Ran) -> None:
    waits = ran.events(Kind.RESULT_WAIT, process="main")
    lines = {ran.line(wait) for wait in waits}
    parts = ("print(pool.apply(", "print(pool.map(", "waiting.wait()", "broken.submit(")
    assert lines & {line_of(POOLS, part) for part in parts}
    for wait in ran.events(Kind.WAIT_BEGIN, name="pool", process="main"):
        assert ran.line(wait) == line_of(POOLS, "print(list(pool.imap(")


def test_a_helper_is_a_lane_once_it_calls_back(ran: Ran) -> None:
    printers = {
        ran.trace.threads[output.thread].name
        for output in ran.trace.outputs
        if output.text.startswith("told")
    }
    assert len(printers) == 2
    assert "MainThread" not in printers
    helpers = [thread for thread in ran.trace.threads if thread.name in printers]
    assert [thread.process for thread in helpers] == [0, 0]
