"""Deadlocks across processes: certain where nobody is left who could end them, and only there."""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing.connection import Listener
from pathlib import Path

import pytest

from engine import tree
from engine.events import Kind
from engine.session import DEADLOCK_STANDS_NS, Request, Session
from tests.engine.driving import pump_to_end
from tests.engine.traces import METHODS, run

CROSSED = """
import multiprocessing, sys

def second(left, right, barrier):
    with right:
        barrier.wait()
        left.acquire()

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    left, right, barrier = context.Lock(), context.Lock(), context.Barrier(2)
    other = context.Process(target=second, args=(left, right, barrier), name="other")
    other.start()
    with left:
        barrier.wait()
        right.acquire()
"""
JOINED = """
import multiprocessing, sys

def wants(lock):
    lock.acquire()

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    lock = context.RLock()
    with lock:
        worker = context.Process(target=wants, args=(lock,), name="worker")
        worker.start()
        worker.join()
"""
UNREAD = """
import multiprocessing, sys

def fills(queue):
    queue.put("x" * 1_000_000)

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    queue = context.Queue()
    worker = context.Process(target=fills, args=(queue,), name="worker")
    worker.start()
    worker.join()
    print(len(queue.get()))
"""
BOTH_SEND = """
import multiprocessing

def talk(end):
    end.send("x" * 1_000_000)
    end.recv()

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    worker = context.Process(target=talk, args=(there,), name="worker")
    worker.start()
    talk(here)
    worker.join()
"""
SLOW_START = """
import multiprocessing

if __name__ == "__main__":
    multiprocessing.set_forkserver_preload(["slow"])
    with multiprocessing.get_context("forkserver").Manager() as manager:
        print(manager.list([1]))
"""
LIKE_A_SERVER = """
import os, sys
"from multiprocessing.forkserver import main"
pid = os.fork()
if pid:
    print(pid, flush=True)
sys.stdin.read()
"""
OUTSIDE = """
import sys
from multiprocessing.connection import Client

connection = Client(sys.argv[1], "AF_UNIX")
print(connection.recv())
"""


@pytest.mark.parametrize("method", METHODS)
def test_locks_taken_crosswise_by_two_processes(tmp_path: Path, method: str) -> None:
    ran = run(tmp_path, CROSSED, method, python=sys.executable)
    assert ran.outcome.ending == "deadlocked"
    found = ran.session.deadlock
    assert found is not None
    assert len(found.cycle) == 2
    names = {ran.trace.objects[wait.obj].name for wait in found.cycle}
    assert names == {"left", "right"}


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_that_wants_what_its_joiner_holds(tmp_path: Path, method: str) -> None:
    ran = run(tmp_path, JOINED, method, python=sys.executable)
    assert ran.outcome.ending == "deadlocked"
    found = ran.session.deadlock
    assert found is not None
    kinds = [ran.trace.state_at(wait.thread, ran.trace.now) for wait in found.cycle]
    assert {piece.kind for piece in kinds if piece} == {Kind.PROCESS_WAIT, Kind.LOCK_WAIT}


@pytest.mark.parametrize("method", ["spawn"])
def test_a_process_is_joined_before_its_queue_is_read(tmp_path: Path, method: str) -> None:
    ran = run(tmp_path, UNREAD, method, python=sys.executable)
    assert ran.outcome.ending == "deadlocked"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell how much fits")
def test_both_ends_of_a_pipe_send_before_they_read(tmp_path: Path) -> None:
    ran = run(tmp_path, BOTH_SEND, python=sys.executable)
    assert ran.outcome.ending == "deadlocked"
    waits = ran.events(Kind.PUT_WAIT)
    assert {(ran.process_of(wait), ran.trace.objects[wait.obj].name) for wait in waits} == {
        ("main", "here"),
        ("worker", "there"),
    }


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork server")
def test_a_server_that_is_slow_to_begin_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(2)\n", "utf-8")
    ran = run(tmp_path, SLOW_START, python=sys.executable)
    assert (ran.outcome.ending, ran.text()) == ("finished", "[1]\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork server")
def test_a_fork_of_the_fork_server_is_no_helper() -> None:
    """Until its first word it looks like the fork server itself, but will act on its own."""
    command = [sys.executable, "-c", LIKE_A_SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        fork = int(server.stdout.readline())
        found = {process.pid for process in tree.strangers(os.getpid(), {os.getpid()})}
        assert fork in found
        assert server.pid not in found
        server.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="a socket of POSIX")
def test_what_somebody_outside_may_end_is_no_deadlock(tmp_path: Path) -> None:
    script, address = tmp_path / "script.py", str(tmp_path / "socket")
    script.write_text(OUTSIDE, "utf-8")
    with Listener(address, "AF_UNIX") as listener:
        session = Session(sys.executable)
        try:
            session.start(Request(script, (address,), tmp_path))
            with listener.accept() as connection:
                waits = 0
                while waits < 3 * DEADLOCK_STANDS_NS:  # of the run's own clock
                    session.wait_for_more(0.02)
                    session.pump()
                    if session.trace.lanes:  # else its hello has not been taken in yet
                        waits = session.trace.now - session.trace.lanes[0].times.last()
                assert session.deadlock is None
                connection.send("at last")
            outcome = pump_to_end(session)
        finally:
            session.close()
    assert outcome.ending == "finished"
    assert session.trace.outputs[0].text.startswith("at last")
