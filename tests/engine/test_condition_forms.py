"""Conditions in C and in Python record the same, and change nothing, on every Python found."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.events import Kind, Notice
from tests.engine import child
from tests.pythons import found_pythons

#: Whatever a condition is asked for, in an order that no scheduler changes: a thread that is to
#: be woken is first looked for among the waiters.
PROGRAM = """
import gc, queue, threading, weakref
from threading import Barrier, BrokenBarrierError, Condition, Event, Lock, RLock, Semaphore, Timer

def told(call, *arguments, **named):
    try:
        print(call(*arguments, **named))
    except BaseException as error:
        print(type(error).__name__, error)

def waits(condition, number=1):
    while len(condition._waiters) < number:
        pass

def woken(condition, waiting, wake, number=1):
    started = [threading.Thread(target=waiting) for _ in range(number)]
    for at, thread in enumerate(started):
        thread.start()
        waits(condition, at + 1)
    wake()
    for thread in started:
        thread.join()

class Own(Condition):
    def notify(self, n=1):
        return super().notify(n)

class Careful(Condition):
    def _release_save(self):
        return super()._release_save()
    def _is_owned(self):
        return super()._is_owned()

for condition in (Condition(), Condition(Lock()), Condition(RLock()), Own(), Own(Lock()),
                  Careful(Lock())):
    told(condition.wait)
    told(condition.notify)
    told(condition.notify_all)
    with condition:
        for timeout in (0, -1, 0.001, -0.0, float("nan"), float("-inf"), -(2**80), True - 1):
            told(condition.wait, timeout)
        told(condition.wait, "soon")
        told(condition.wait_for, lambda: False, 0.001)
        told(condition.wait_for, lambda: True)
        for number in (0, -1, 2, True, 2**80):
            told(condition.notify, number)
        told(condition.notify, "all")
        told(condition.notify_all)
        told(condition._is_owned)
    def wait():
        with condition:
            condition.wait(30)
    def wake(number=1):
        with condition:
            condition.notify(number)
    woken(condition, wait, wake)
    woken(condition, wait, lambda: wake(3), 3)
    woken(condition, wait, lambda: (wake(1), wake(5)), 3)
    if hasattr(condition._lock, "_release_save"):
        with condition, condition:
            condition.wait(0.001)

event, places, gate = Event(), Semaphore(0), Barrier(2)
told(event.wait, 0.001)
woken(event._cond, event.wait, event.set)
told(event.set)
woken(places._cond, places.acquire, places.release)
woken(places._cond, places.acquire, lambda: places.release(2), 2)
woken(gate._cond, gate.wait, lambda: gate.wait(9))
woken(gate._cond, lambda: told(gate.wait), gate.abort)
gate.reset()
woken(gate._cond, lambda: told(gate.wait), gate.reset)

for made in (queue.Queue(1), queue.LifoQueue(1), queue.PriorityQueue(1)):
    woken(made.not_empty, made.get, lambda: made.put(1))
    made.put(2)
    woken(made.not_full, lambda: made.put(3), made.get)
    woken(made.all_tasks_done, made.join, lambda: [made.task_done() for _ in range(3)])
    told(made.task_done)
    told(made.get)
    told(made.get_nowait)
told(made.get, timeout=0.2)

gc.disable()
for make in (Condition, lambda: Condition(Lock()), Event, lambda: queue.Queue(1).not_full):
    made = make()
    gone = weakref.ref(made)
    del made
    print("gone at once:", gone() is None)
gone = weakref.ref(Careful(Lock()))
gc.collect()
print("gone with the garbage:", gone() is None)
"""


def facts(run: child.Run) -> dict[str, list[tuple[object, ...]]]:
    """Return what each thread did, as (kind, object, value, line).

    Left out: what the looking for waiters leaves to chance, a join's wait, and how much of its
    time-out a `get` has left.
    """
    chance = (Kind.JOIN_WAIT, Kind.JOIN_END, Kind.SAMPLE, Kind.LOCK_WAIT)
    found: dict[str, list[tuple[object, ...]]] = {}
    for event in run.root.events():
        if event.kind not in chance:
            value = event.value
            if event.kind is Kind.GET_WAIT:
                value = int(value) > 0
            found.setdefault(event.thread, []).append(
                (event.kind.name, event.object, value, event.line)
            )
    return found


@pytest.mark.parametrize("python", found_pythons())
def test_both_forms_do_and_record_the_same(tmp_path: Path, python: str) -> None:
    interpreter = found_pythons()[python]
    native = child.run(PROGRAM, tmp_path, interpreter)
    composed = child.run(PROGRAM, tmp_path, interpreter, accelerated=False)
    assert any(hello.get("accelerated") for hello in native.root.hellos)
    bare = subprocess.run(
        [interpreter, tmp_path / "script.py"], capture_output=True, text=True, check=True
    )
    assert native.root.text() == composed.root.text() == bare.stdout
    assert native.root.text(2) == composed.root.text(2) == ""
    assert facts(native) == facts(composed)


CROWD = """
import queue, threading
THREADS, ITEMS = 6, 600
items = queue.Queue(2)
changed = threading.Condition(threading.Lock())
turn = 0

def put():
    for number in range(ITEMS):
        items.put(number)

def take():
    for _ in range(ITEMS):
        items.get()
        items.task_done()

def in_turn(me):
    global turn
    for _ in range(ITEMS // 6):
        with changed:
            changed.wait_for(lambda: turn % THREADS == me)
            turn += 1
            changed.notify_all()

threads = [threading.Thread(target=work) for work in (put, take) for _ in range(3)]
threads += [threading.Thread(target=in_turn, args=[me]) for me in range(THREADS)]
for t in threads: t.start()
for t in threads: t.join()
items.join()
print(turn, items.qsize())
"""


@pytest.mark.parametrize("accelerated", [True, False], ids=["C", "Python"])
@pytest.mark.parametrize("python", found_pythons())
def test_in_a_crowd_each_wait_has_its_ticket(
    tmp_path: Path, python: str, accelerated: bool
) -> None:
    run = child.run(CROWD, tmp_path, found_pythons()[python], accelerated=accelerated)
    assert run.root.text() == "600 0\n"
    assert run.root.text(2) == ""
    waits = (Kind.GET_WAIT, Kind.PUT_WAIT, Kind.WAIT_BEGIN, Kind.QUEUE_JOIN_WAIT)
    begun = Counter(event.thread for event in run.root.events(*waits))
    ended = run.root.events(Kind.WAIT_END)
    assert Counter(event.thread for event in ended) == begun
    notices = [(e.object, Notice.of(int(e.value))) for e in run.root.events(Kind.NOTIFY)]
    left = {notice.ticket: name for name, notice in notices if notice.ticket}
    assert len(left) == sum(bool(notice.ticket) for _, notice in notices)  # each once
    for event in ended:
        assert left[int(event.value)] == event.object
    kinds = (Kind.QUEUE_PUT, Kind.QUEUE_GET, Kind.QUEUE_DONE)
    assert [len(run.root.events(kind)) for kind in kinds] == [1800] * 3


FORK = """
import os, threading, time
condition, event = threading.Condition(), threading.Event()

def wait():
    with condition:
        condition.wait(30)

thread = threading.Thread(target=wait)
thread.start()
while not condition._waiters:
    pass
# Not only before, but in its wait: a fork amidst a record leaves its child with a list that is
# locked for ever where there is no GIL, as a fork amidst any thread's `list.append` does.
looks = 0
while looks < 3:
    with open(f"/proc/self/task/{thread.native_id}/stat") as file:
        looks = looks + 1 if file.read().rpartition(")")[2].split()[0] == "S" else 0
    time.sleep(0.002)
pid = os.fork()
if not pid:
    with condition:
        condition.notify()
    event.set()
    os._exit(0)
os.waitpid(pid, 0)
with condition:
    condition.notify()
thread.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for who sleeps")
@pytest.mark.parametrize("accelerated", [True, False], ids=["C", "Python"])
@pytest.mark.parametrize("python", found_pythons())
def test_a_fork_s_child_leaves_no_ticket_with_the_parent_s_waits(
    tmp_path: Path, python: str, accelerated: bool
) -> None:
    run = child.run(FORK, tmp_path, found_pythons()[python], accelerated=accelerated)
    tickets = [
        [Notice.of(int(event.value)).ticket for event in process.events(Kind.NOTIFY)]
        for process in run.processes
    ]
    assert sorted(found for found in tickets if found) == [[0, 0], [1]]
