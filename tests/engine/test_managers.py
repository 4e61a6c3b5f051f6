"""Managers: proxies as what they stand for, and their server as a process of the run."""

from __future__ import annotations

from engine.events import Kind, ObjectKind
from tests.engine.traces import Ran, each_way, line_of

MANAGED = """
import multiprocessing, sys
from multiprocessing import shared_memory
from multiprocessing.managers import BaseManager

class Sums:
    def add(self, a, b):
        print("adds", flush=True)
        return a + b

class Own(BaseManager):
    pass

Own.register("Sums", Sums)

def work(table, items, lock, queue, ready, space, block):
    with lock:
        table["n"] = table.get("n", 0) + 1
    items.append(1)
    space.x = 5
    queue.put("hello")
    ready.set()
    memory = shared_memory.SharedMemory(name=block)
    memory.buf[0] = 9
    memory.close()

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Manager() as manager:
        table, items = manager.dict(), manager.list([0])
        lock = manager.Lock()
        queue = manager.Queue()
        ready = manager.Event()
        space = manager.Namespace()
        memory = shared_memory.SharedMemory(create=True, size=16)
        shared = (table, items, lock, queue, ready, space, memory.name)
        worker = context.Process(target=work, args=shared, name="worker")
        worker.start()
        ready.wait()
        print(queue.get())
        worker.join()
        print(dict(table), list(items), space.x, memory.buf[0])
        print(lock.acquire(False), lock.acquire(True, 0.001))
        lock.release()
        memory.close()
        memory.unlink()
    own = Own(ctx=context)
    own.start()
    sums = own.Sums()
    print(sums.add(1, 2), flush=True)
    own.shutdown()
"""
PRINTED = ["hello", "{'n': 1} [0, 1] 5 9", "True False", "3", "adds"]


ran = each_way(MANAGED, 4)


def test_it_prints_what_it_prints_alone_and_leaves_nothing_behind(ran: Ran) -> None:
    assert sorted(ran.text().splitlines()) == sorted(PRINTED)
    leaked = "resource_tracker"  # plain Python warns too: a child's tracker knows of the memory
    assert [line for line in ran.text(2).splitlines() if leaked not in line] == []
    assert ran.outcome.ending == "finished"


def test_a_proxy_is_one_object_in_all_processes(ran: Ran) -> None:
    kinds = {
        "table": ObjectKind.PROXY,
        "items": ObjectKind.PROXY,
        "space": ObjectKind.PROXY,
        "lock": ObjectKind.LOCK,
        "queue": ObjectKind.QUEUE,
        "ready": ObjectKind.EVENT,
        "sums": ObjectKind.PROXY,
    }
    for name, kind in kinds.items():
        assert ran.only(name).kind is kind


def test_what_is_asked_of_a_proxy_is_a_wait_at_the_users_line(ran: Ran) -> None:
    for name, process, part in (
        ("items", "worker", "items.append(1)"),
        ("space", "worker", "space.x = 5"),
        ("ready", "main", "ready.wait()"),
        ("queue", "main", "print(queue.get())"),
        ("sums", "main", "print(sums.add("),
    ):
        waits = ran.events(Kind.WAIT_BEGIN, name=name, process=process)
        assert {ran.line(wait) for wait in waits} == {line_of(MANAGED, part)}, name
        assert len(ran.events(Kind.WAIT_END, name=name, process=process)) == len(waits)
    moved = ran.events(Kind.QUEUE_PUT, Kind.QUEUE_GET, name="queue")
    assert {(ran.process_of(e), e.kind) for e in moved} == {
        ("worker", Kind.QUEUE_PUT),
        ("main", Kind.QUEUE_GET),
    }
    (told,) = ran.events(Kind.NOTIFY, name="ready")
    assert ran.process_of(told) == "worker"


def test_a_lock_of_a_manager_knows_its_holder(ran: Ran) -> None:
    history = ran.trace.locks.histories[ran.only("lock").number]
    holders = [ran.trace.threads[lane].process for lane in history.threads.view.tolist()]
    names = [ran.trace.processes[number].name for number in holders]
    assert names == ["worker", "main"]
    assert (history.ends[:] >= history.starts[:]).all()
    assert len(ran.events(Kind.LOCK_WAIT_FAILED, name="lock", process="main")) == 1


def test_the_server_is_a_process_whose_threads_serve(ran: Ran) -> None:
    servers = [process for process in ran.trace.processes if "Manager" in process.name]
    (server,) = servers
    lanes = [thread.index for thread in ran.trace.threads if thread.process == server.number]
    assert len(lanes) >= 2
    waits = ran.events(Kind.WAIT_BEGIN, name="its clients", process=server.name)
    assert {wait.thread for wait in waits} == set(lanes)
    (printed,) = (output for output in ran.trace.outputs if output.text.startswith("adds"))
    owner = ran.trace.threads[printed.thread].process
    assert ran.trace.processes[owner].name.startswith("Own-")
