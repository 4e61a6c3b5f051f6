"""A script that waits in every way that `threading`, `queue` and the thread pools offer.

It runs in a child of the tests, alone as well as under the probes. Each wait is sure to happen:
whoever ends it looks first whether the other thread is there.
"""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait

LONG = 60.0
SHORT = 0.01


def until(holds: Callable[[], object]) -> None:
    """Go on when *holds* does. It looks into private fields: they tell who waits."""
    for _ in range(20_000):
        if holds():
            return
        time.sleep(0.001)
    raise AssertionError("nobody came to wait")


def is_blocked(thread: threading.Thread) -> bool:
    """Tell whether *thread* waits, in three looks between which it could have run."""
    if sys.platform != "linux":
        time.sleep(10 * SHORT)
        return True
    for _ in range(3):
        time.sleep(0.002)
        with open(f"/proc/self/task/{thread.native_id}/stat", encoding="ascii") as file:
            if file.read().rpartition(")")[2].split()[0] != "S":
                return False
    return True


def pair(name: str, waiting: Callable[[], object], holds: Callable[[], object]) -> threading.Thread:
    """Start thread *name*, and return when it waits."""
    thread = threading.Thread(target=waiting, name=name)
    thread.start()
    until(holds)
    return thread


def locks() -> None:
    plain = threading.Lock()
    plain.acquire()
    waiter = threading.Thread(target=plain.acquire, name="plain-waiter")
    waiter.start()
    until(lambda: is_blocked(waiter))
    plain.release()
    waiter.join()
    print(plain.acquire(timeout=SHORT))


def conditions() -> None:
    changed = threading.Condition()
    box: list[int] = []

    def waits() -> None:
        with changed:
            changed.wait()

    def waits_for() -> None:
        with changed:
            changed.wait_for(lambda: box)

    first = pair("condition-waiter", waits, lambda: len(changed._waiters) == 1)
    second = pair("wait-for-waiter", waits_for, lambda: len(changed._waiters) == 2)
    with changed:
        changed.notify()
    first.join()
    with changed:
        box.append(1)
        changed.notify_all()
    second.join()
    with changed:
        print(changed.wait(SHORT), changed.wait_for(lambda: False, SHORT))


def events() -> None:
    ready = threading.Event()
    waiter = pair("event-waiter", ready.wait, lambda: ready._cond._waiters)
    ready.set()
    waiter.join()
    ready.clear()
    print(ready.wait(SHORT))


def semaphores() -> None:
    places = threading.Semaphore(0)
    bounded = threading.BoundedSemaphore(1)
    waiter = pair("semaphore-waiter", places.acquire, lambda: places._cond._waiters)
    places.release()
    waiter.join()
    bounded.acquire()
    waiter = pair("bounded-waiter", bounded.acquire, lambda: bounded._cond._waiters)
    bounded.release()
    waiter.join()
    print(places.acquire(timeout=SHORT))


def barriers() -> None:
    gate = threading.Barrier(2)
    waiter = pair("barrier-waiter", gate.wait, lambda: gate._cond._waiters)
    gate.wait()
    waiter.join()

    def broken() -> None:
        try:
            gate.wait()
        except threading.BrokenBarrierError:
            print("broken")

    waiter = pair("abort-waiter", broken, lambda: gate._cond._waiters)
    gate.abort()
    waiter.join()
    gate.reset()
    waiter = pair("reset-waiter", broken, lambda: gate._cond._waiters)
    gate.reset()
    waiter.join()


def queues() -> None:
    items: queue.Queue[int] = queue.Queue(1)
    waiter = pair("get-waiter", items.get, lambda: items.not_empty._waiters)
    items.put(1)
    waiter.join()
    items.put(2)
    waiter = pair("put-waiter", lambda: items.put(3), lambda: items.not_full._waiters)
    items.get()
    waiter.join()
    items.get()
    waiter = pair("join-waiter", items.join, lambda: items.all_tasks_done._waiters)
    for _ in range(3):
        items.task_done()
    waiter.join()
    try:
        items.get(timeout=SHORT)
    except queue.Empty:
        print("empty")
    ranked: queue.PriorityQueue[int] = queue.PriorityQueue()
    waiter = pair("ranked-waiter", ranked.get, lambda: ranked.not_empty._waiters)
    ranked.put(1)
    waiter.join()
    if sys.version_info >= (3, 13):

        def refused() -> None:
            with contextlib.suppress(queue.ShutDown):
                items.get()

        waiter = pair("shut-waiter", refused, lambda: items.not_empty._waiters)
        items.shutdown()
        waiter.join()


def simple_queues() -> None:
    simple: queue.SimpleQueue[str] = queue.SimpleQueue()
    got: list[str] = []
    waiter = threading.Thread(target=lambda: got.append(simple.get()), name="simple-waiter")
    waiter.start()
    until(lambda: is_blocked(waiter))
    simple.put("item")
    waiter.join()
    print(got, simple.qsize(), simple.empty())
    try:
        simple.get(timeout=SHORT)
    except queue.Empty:
        print("empty")


def timers() -> None:
    fires = threading.Timer(SHORT, lambda: None)
    fires.start()
    fires.join()
    never = threading.Timer(LONG, lambda: None)
    never.start()
    until(lambda: never.finished._cond._waiters)
    never.cancel()
    never.join()


def joins() -> None:
    go_on = threading.Event()
    slow = threading.Thread(target=go_on.wait, name="slow")
    slow.start()
    slow.join(SHORT)
    print(slow.is_alive())
    joiner = threading.Thread(target=slow.join, name="join-of-slow")
    joiner.start()
    until(lambda: is_blocked(joiner))
    go_on.set()
    joiner.join()


def pools() -> None:
    go_on = [threading.Event() for _ in range(5)]
    with ThreadPoolExecutor(1, "worker") as pool:
        tasks = [pool.submit(event.wait) for event in go_on]
        try:
            tasks[0].result(SHORT)
        except TimeoutError:
            print("no result yet")
        opener = threading.Thread(target=open_slowly, args=(go_on,), name="opener")
        opener.start()
        print(tasks[0].result(), tasks[1].exception())
        wait([tasks[2]], return_when=FIRST_COMPLETED)
        print([task.result() for task in as_completed(tasks[3:])])
        opener.join()
        until(lambda: pool._idle_semaphore._value)
        until(lambda: all(map(is_blocked, pool._threads)))
        print(list(pool.map(slow_square, [2, 3])))
        tasks[4].add_done_callback(called_back)
    own: Future[int] = Future()
    waiter = pair("future-waiter", own.result, lambda: own._condition._waiters)
    own.set_result(1)
    waiter.join()


def open_slowly(events: list[threading.Event]) -> None:
    for event in events:
        until(lambda: is_blocked(threading.main_thread()))
        event.set()


def slow_square(number: int) -> int:
    until(lambda: is_blocked(threading.main_thread()))
    return number * number


def called_back(future: Future[bool]) -> None:
    print("called back", future.result())


main = threading.main_thread()
for part in (
    locks,
    conditions,
    events,
    semaphores,
    barriers,
    queues,
    simple_queues,
    timers,
    joins,
    pools,
):
    part()
last = threading.Thread(target=until, args=[lambda: is_blocked(main)], name="last")
last.start()
