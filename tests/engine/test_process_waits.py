"""Waits for processes: programs, forks, and how each of them ended."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.events import Flag, Kind, State
from engine.processes import exit_code, main_lane, object_of
from engine.story import story_at
from tests.engine.traces import Ran, line_of, run_once, ways
from tests.pythons import found_pythons

WAYS = ways(3)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks and signals are POSIX")

PROGRAMS = """
import os, subprocess, sys, threading

def in_fork():
    thread = threading.Thread(target=print, args=("in the fork", threading.active_count()))
    thread.start()
    thread.join()
    sys.stdout.flush()

done = subprocess.run([sys.executable, "-c", "print('out')"], capture_output=True, text=True)
print(done.returncode, done.stdout, end="")
sleep = subprocess.Popen(["sleep", "1000"])
try:
    sleep.wait(timeout=0.001)
except subprocess.TimeoutExpired:
    print("timed out")
sleep.kill()
print(sleep.wait(), subprocess.run("exit 3", shell=True).returncode, os.system("true"))
print(subprocess.check_output(["echo", "hello"]), flush=True)
go = threading.Event()
other = threading.Thread(target=go.wait, name="other")
other.start()
pid = os.fork()
if pid == 0:
    in_fork()
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
pid = os.fork()
if pid == 0:
    os.execvp("true", ["true"])
print(os.wait() == (pid, 0))
go.set()
other.join()
"""
PRINTED = """0 out
timed out
-9 3 0
b'hello\\n'
in the fork 1
7
True
"""

ENDS = """
import multiprocessing, os, signal, sys

def leave(code):
    sys.exit(code)

def count(ready):
    global counted
    for counted in range(10):
        pass
    ready.set()
    ready.__class__.wait(never)

def begin(event):
    global never
    never = event

class Worker(multiprocessing.get_context(sys.argv[1]).Process):
    def __init__(self, ready, never, **named):
        super().__init__(**named)
        self.events = ready, never

    def run(self):
        begin(self.events[1])
        count(self.events[0])

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    left = context.Process(target=leave, args=(3,), name="left", daemon=True)
    left.start()
    left.join()
    codes = [left.exitcode]
    left.close()
    for name in ("terminated", "killed", "hit"):
        ready, never = context.Event(), context.Event()
        worker = Worker(ready, never, name=name)
        worker.start()
        ready.wait()
        print(worker.is_alive(), worker.join(0.001), worker.name, worker.daemon)
        if name == "hit":
            os.kill(worker.pid, signal.SIGSEGV)
        else:
            (worker.terminate if name == "terminated" else worker.kill)()
        worker.join()
        codes.append(worker.exitcode)
    print(codes)
"""


@pytest.mark.parametrize("python", found_pythons())
def test_programs_and_forks_print_what_they_print_alone(python: str) -> None:
    ran = run_once(PROGRAMS, python)
    assert ran.text() == PRINTED
    assert all("DeprecationWarning" in line or "os.fork()" in line for line in _lines(ran))
    assert ran.outcome.ending == "finished"


def _lines(ran: Ran) -> list[str]:
    return ran.text(2).splitlines()


@pytest.mark.parametrize("python", found_pythons())
def test_a_wait_for_a_program_names_it(python: str) -> None:
    ran = run_once(PROGRAMS, python)
    for name, part in (
        ("sleep", "sleep.wait(timeout"),
        ("exit", "print(sleep.wait()"),
        ("echo", "print(subprocess.check_output"),
        (Path(found_pythons()[python]).name, "done = subprocess.run"),
    ):
        waits = [
            event
            for event in ran.events(Kind.PROCESS_WAIT, process="main")
            if Path(ran.trace.objects[event.obj].name).stem.startswith(name.split(".")[0])
        ]
        lines = {ran.line(wait) for wait in waits}
        if name == "sleep":
            assert line_of(PROGRAMS, part) in lines
        else:
            assert lines <= {line_of(PROGRAMS, part)}  # it may have ended already
    timed, *_ = ran.events(Kind.PROCESS_WAIT, name="sleep")
    end, *_ = ran.events(Kind.PROCESS_END, name="sleep")
    assert (timed.value, end.flags) == (1_000_000, Flag.TIMED_OUT)
    assert ran.only("sleep").extra["exit"] == -9


@pytest.mark.parametrize("python", found_pythons())
def test_a_fork_is_a_process_of_its_own(python: str) -> None:
    ran = run_once(PROGRAMS, python)
    starts = ran.events(Kind.PROCESS_START, process="main")
    assert len(starts) == 2
    first, second = (ran.trace.objects[start.obj] for start in starts)
    assert first.extra["exit"] == 7
    lane = main_lane(ran.trace, first.number)
    assert lane is not None
    process = ran.trace.processes[ran.trace.threads[lane].process]
    assert process.name == first.name == f"child {first.extra['pid']}"
    names = [t.name for t in ran.trace.threads if t.process == process.number]
    assert len(names) == 2
    assert "other" not in names
    (became,) = ran.events(Kind.EXEC, process=second.name)
    assert became.value == "true"


@pytest.mark.parametrize(("python", "method"), WAYS)
def test_how_a_process_ended_is_known(python: str, method: str) -> None:
    ran = run_once(ENDS, python, method)
    told = [f"True None {name} False\n" for name in ("terminated", "killed", "hit")]
    assert ran.text() == "".join(told) + "[3, -15, -9, -11]\n"
    codes = {p.name: exit_code(ran.trace, p) for p in ran.trace.processes[1:]}
    assert codes == {"left": 3, "terminated": -15, "killed": -9, "hit": -11}
    kills = ran.events(Kind.PROCESS_KILL)
    assert [kill.value for kill in kills] == [15, 9]
    for process in ran.trace.processes[1:]:
        assert process.end is not None
        known = object_of(ran.trace, process)
        assert known is not None
        for thread in (t for t in ran.trace.threads if t.process == process.number):
            assert thread.end is not None
            last = ran.trace.state_at(thread.index, ran.trace.now)
            assert last is not None
            assert last.state is State.NONE
            assert (last.kind is Kind.CUT) is (process.name != "left")


@pytest.mark.parametrize(("python", "method"), WAYS)
def test_the_story_tells_who_killed_whom(python: str, method: str) -> None:
    ran = run_once(ENDS, python, method)
    trace = ran.trace
    said = [s.text(trace) for m in story_at(trace, trace.now, 500) for s in m.sentences]
    assert "MainThread ends process terminated by SIGTERM." in said
    assert "MainThread ends process killed by SIGKILL." in said
    for process, name in (("terminated", "SIGTERM"), ("killed", "SIGKILL"), ("hit", "SIGSEGV")):
        how = f"process {process} was killed by {name}; the record ends at its last flush."
        assert f"MainThread ends as {how}" in said
