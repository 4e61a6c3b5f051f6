"""Every process of a run is seen whole: many at once, killed in full flow, started in every way."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from array import array
from pathlib import Path

import pytest

from engine.events import COLUMNS, Kind, Message, pack_batch
from engine.intake import Intake
from engine.report import printed
from engine.session import Request, Session
from engine.story import story_at
from engine.trace import Trace
from tests.engine import (
    test_process_pools,
    test_process_waits,
    test_shared_locks,
    test_shared_queues,
)
from tests.engine.driving import pump_to_end, pump_until
from tests.engine.runs import assert_same_trace
from tests.engine.traces import NET, run, ways
from tests.pythons import found_pythons

EIGHT = """
import multiprocessing, sys, threading

TURNS: int = 500

def work(number, go):
    global turn
    lock = threading.Lock()
    go.wait()
    for turn in range(TURNS):
        with lock:
            pass

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    go = context.Event()
    workers = [
        context.Process(target=work, args=(number, go), name=f"worker {number}")
        for number in range(8)
    ]
    for worker in workers:
        worker.start()
    go.set()
    for worker in workers:
        worker.join()
    print(TURNS, [worker.exitcode for worker in workers])
"""

ENDLESS = """
import multiprocessing, itertools

def count():
    global counted
    for counted in itertools.count(1):
        pass

if __name__ == "__main__":
    worker = multiprocessing.Process(target=count, name="endless")
    worker.start()
    worker.join()
    print(worker.exitcode)
"""

PRELOADED = """
import multiprocessing, sys

ANSWER: int = 1

def work(said):
    global told
    told = ANSWER
    said.put((told, "beside" in sys.modules, multiprocessing.get_start_method()))

if __name__ == "__main__":
    multiprocessing.set_forkserver_preload(["beside"])
    multiprocessing.set_start_method("forkserver")
    said = multiprocessing.SimpleQueue()
    worker = multiprocessing.Process(target=work, args=(said,))
    worker.start()
    print(*said.get())
    worker.join()
"""

SCRIPTS = {
    "locks": (test_shared_locks.LOCKS, test_shared_locks.PRINTED),
    "queues": (test_shared_queues.QUEUES, test_shared_queues.PRINTED),
    "pools": (test_process_pools.POOLS, test_process_pools.PRINTED),
    "programs": (test_process_waits.PROGRAMS, test_process_waits.PRINTED),
}


@pytest.mark.parametrize(("python", "method"), ways(5)[:4])
def test_eight_processes_at_once_lose_nothing(tmp_path: Path, python: str, method: str) -> None:
    values = {"TURNS": 300}  # in spawned processes too, or these would do 500
    ran = run(tmp_path, EIGHT, method, python=found_pythons()[python], values=values)
    assert ran.text() == f"300 {[0] * 8}\n"
    assert ran.text(2) == ""
    assert len(ran.trace.processes) == 9
    if sys.platform == "linux":  # by which the CPU time of a lane is read
        mains = [thread for thread in ran.trace.threads if thread.name == "MainThread"]
        assert [t.native_id for t in mains] == [process.pid for process in ran.trace.processes]
    seen: dict[str, list[tuple[int, Kind, object]]] = {}
    for event in ran.trace.events():
        if event.kind is not Kind.SAMPLE:  # from our own thread, which goes on a little longer
            entry = (event.time, event.kind, event.value)
            seen.setdefault(ran.process_of(event), []).append(entry)
    for number in range(8):
        events = sorted(seen[f"worker {number}"])
        kinds = [kind for _, kind, _ in events]
        for kind in (Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.STORE):
            assert kinds.count(kind) == 300, (kind, number)
        assert [v for _, kind, v in events if kind is Kind.STORE] == list(range(300))
        assert (kinds[0], kinds[-1]) == (Kind.THREAD_BEGIN, Kind.THREAD_END)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("python", list(found_pythons())[-2:])
def test_a_process_killed_in_full_flow_keeps_what_it_sent(tmp_path: Path, python: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(ENDLESS, "utf-8")
    session = Session(found_pythons()[python])
    try:
        session.start(Request(script, (), tmp_path))
        pump_until(session, lambda: len(session.trace) >= 8_000)
        victim = session.trace.processes[1].pid
        os.kill(victim, signal.SIGKILL)
        outcome = pump_to_end(session)
    finally:
        session.close()
    trace = session.trace
    assert outcome.ending == "finished"
    assert printed(trace, 1) == "-9\n"
    stored = [event.value for event in trace.events() if event.kind is Kind.STORE]
    assert len(stored) > 5_000
    assert stored == list(range(1, len(stored) + 1))
    assert session.intake.errors == []
    (lane,) = (thread for thread in trace.threads if thread.process == 1)
    assert lane.end == trace.processes[1].end
    said = [s.text(trace) for m in story_at(trace, trace.now) for s in m.sentences]
    how = "process endless was killed by SIGKILL; the record ends at its last flush."
    assert f"MainThread ends as {how}" in said


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork server")
@pytest.mark.parametrize("python", list(found_pythons())[::2])
def test_a_script_preloads_what_it_likes_in_its_fork_server(tmp_path: Path, python: str) -> None:
    (tmp_path / "beside.py").write_text("answer = 42\n", "utf-8")
    values = {"ANSWER": 5}
    ran = run(tmp_path, PRELOADED, python=found_pythons()[python], values=values)
    assert (ran.text(), ran.text(2)) == ("5 True forkserver\n", "")
    (told,) = ran.events(Kind.STORE, name="told")
    assert told.value == 5


@pytest.mark.parametrize("python", found_pythons())
@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_of_these_tests_do_the_same_alone(
    tmp_path: Path, name: str, python: str
) -> None:
    text, expected = SCRIPTS[name]
    (tmp_path / "script.py").write_text(text, "utf-8")
    bare = subprocess.run(
        [found_pythons()[python], "script.py", "fork"],
        capture_output=True,
        timeout=NET,
        cwd=tmp_path,
        check=True,
        text=True,
    )
    assert sorted(bare.stdout.splitlines()) == sorted(expected.splitlines())


def test_a_forked_process_takes_no_number_away_that_its_parent_has_told() -> None:
    # It knows of itself what its parent knew before the fork: no number yet. Told late, that came
    # behind the number (seen on a loaded machine: how the process had ended was unknown then).
    def said(pid: int) -> bytes:
        entry = {"number": 1, "kind": 11, "name": "hit", "shared": "a:1", "pid": pid}
        return bytes([Message.NAMES]) + json.dumps({"objects": [entry]}).encode()

    intake = Intake(Trace(), lambda *_: "")
    for number in (7, 8):
        intake.hello({"pid": number, "name": "main", "started": 0})
    intake.feed(7, said(0))
    intake.feed(7, said(8))
    intake.feed(8, said(0))
    assert [made.extra.get("pid") for made in intake.trace.objects[1:]] == [8]


def test_batches_that_are_gathered_mean_what_each_alone_means() -> None:
    def fed(*, together: bool) -> Trace:
        trace = Trace()
        intake = Intake(trace, lambda file, line, ordinal: "")
        for pid in (7, 8):
            intake.hello({"pid": pid, "name": "main", "started": 0})
        with intake.gathering() if together else contextlib.nullcontext():
            for turn in range(6):
                intake.feed(7 + turn % 2, a_batch(turn))
                assert len(trace) == (0 if together else (turn + 1) * 2)
            assert bool(intake.seconds_due) is together
            intake.ended(8, 10_000)  # it ends behind what it sent
        return trace

    one_by_one, gathered = fed(together=False), fed(together=True)
    assert_same_trace(gathered, one_by_one)
    assert [thread.end for thread in gathered.threads] == [t.end for t in one_by_one.threads]


def a_batch(turn: int) -> bytes:
    columns = {name: array(code, [0, 0]) for name, code, _ in COLUMNS}
    columns["time"] = array(columns["time"].typecode, [turn * 10, turn * 10 + 5])
    kinds = [int(Kind.SLEEP_BEGIN), int(Kind.SLEEP_END)]
    columns["what"] = array(columns["what"].typecode, kinds)
    return pack_batch(columns, turn * 10 + 6)
