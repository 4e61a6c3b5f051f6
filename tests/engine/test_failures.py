"""Every way in which a script can go wrong, each with a real script and a real child.

The time limits are nets for a broken build, never the thing that is tested.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine import headless, scenario, tree
from engine.connections import Connections
from engine.launch import object_namer, request
from engine.outcome import Outcome
from engine.probe.source import SourceError
from engine.report import printed
from engine.session import Request, Session, StartError
from tests.engine.driving import pump_to_end, pump_until

NET = 60.0

Run = Callable[..., tuple[Session, Outcome]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run_text(text: str, limit: float = NET) -> tuple[Session, Outcome]:
        script = tmp_path / "script.py"
        script.write_text(text, "utf-8")
        return headless.drive(request(scenario.from_script(script)), limit=limit)

    return run_text


def running(tmp_path: Path, text: str) -> Session:
    script = tmp_path / "script.py"
    script.write_text(text, "utf-8")
    session = Session(sys.executable, object_namer())
    session.start(Request(script))
    return session


def assert_gone(session: Session) -> None:
    session.close()
    assert tree.members(session.pid) == []
    assert not psutil.pid_exists(session.pid)


OPPOSITE_LOCKS = """
import threading
salt, pepper = threading.{kind}(), threading.{kind}()
met = threading.Barrier(2)
def eat(first, second):
    with first:
        met.wait()
        with second:
            pass
for pair in ((salt, pepper), (pepper, salt)):
    threading.Thread(target=eat, args=pair).start()
"""


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_two_locks_in_opposite_order_are_a_deadlock_with_its_cycle(run: Run, kind: str) -> None:
    session, outcome = run(OPPOSITE_LOCKS.format(kind=kind))
    assert outcome.ending == "deadlocked"
    assert outcome.status == 3
    assert session.deadlock is not None
    assert session.deadlock.certain
    names = {session.trace.objects[wait.obj].name for wait in session.deadlock.cycle}
    assert names == {"salt", "pepper"}
    assert_gone(session)


def test_a_lock_that_its_own_thread_takes_twice_is_a_deadlock(run: Run) -> None:
    session, outcome = run(
        "import threading\ngate = threading.Lock()\ngate.acquire()\ngate.acquire()"
    )
    assert outcome.ending == "deadlocked"
    assert session.deadlock is not None
    assert len(session.deadlock.cycle) == 1


def test_a_lock_whose_holder_ended_is_a_deadlock_without_a_cycle(run: Run) -> None:
    session, outcome = run(
        "import threading\ngate = threading.Lock()\n"
        "t = threading.Thread(target=gate.acquire)\nt.start()\nt.join()\ngate.acquire()"
    )
    assert outcome.ending == "deadlocked"
    assert session.deadlock is not None
    assert session.deadlock.cycle == ()
    assert "gate" in session.deadlock.sentence(session.trace)


def test_a_wait_with_a_timeout_is_no_deadlock(run: Run) -> None:
    _, outcome = run(
        "import threading\ngate = threading.Lock()\ngate.acquire()\n"
        "print(gate.acquire(timeout=1.5))"
    )
    assert outcome.ending == "finished"


def test_an_endless_loop_is_stopped_and_leaves_no_process(tmp_path: Path) -> None:
    session = running(tmp_path, "print('begun')\nwhile True:\n    pass")
    pump_until(session, lambda: printed(session.trace, 1) == "begun\n")
    session.stop()
    assert pump_to_end(session).ending == "stopped"
    assert printed(session.trace, 1) == "begun\n"
    assert_gone(session)


def test_an_endless_print_pushes_back_and_is_stopped(tmp_path: Path) -> None:
    session = running(tmp_path, "while True:\n    print('x' * 1000)")
    pump_until(session, lambda: len(session.trace.outputs) > 2000)
    session.stop()
    assert pump_to_end(session).ending == "stopped"
    assert_gone(session)


def test_a_thousand_threads_are_a_thousand_lanes(run: Run) -> None:
    session, outcome = run(
        "import threading\ngo = threading.Event()\n"
        "threads = [threading.Thread(target=go.wait) for _ in range(1000)]\n"
        "for t in threads: t.start()\n"
        "go.set()\n"
        "for t in threads: t.join()\n"
    )
    assert outcome.ending == "finished", outcome
    assert len(session.trace.threads) == 1001
    assert all(thread.end is not None for thread in session.trace.threads)


def test_an_exception_in_a_thread_is_told_and_the_script_goes_on(run: Run) -> None:
    session, outcome = run(
        "import threading\n"
        "def work():\n    raise KeyError('apples')\n"
        "t = threading.Thread(target=work)\nt.start()\nt.join()\nprint('still here')"
    )
    assert (outcome.ending, outcome.exit) == ("finished", 0)
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.line) == ("KeyError", 3)
    assert printed(session.trace, 1) == "still here\n"
    assert "KeyError: 'apples'" in printed(session.trace, 2)


def test_an_exception_in_main_is_told_with_its_line(run: Run) -> None:
    session, outcome = run("x = 1\nraise ValueError('no such luck')")
    assert (outcome.ending, outcome.exit, outcome.status) == ("raised", 1, 1)
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.message, outcome.error.line) == (
        "ValueError",
        "no such luck",
        2,
    )
    assert printed(session.trace, 2).startswith("Traceback (most recent call last):\n")


def test_an_exception_in_a_task_is_kept_with_its_task(run: Run) -> None:
    session, outcome = run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def work():\n    raise OSError('disk')\n"
        "with ThreadPoolExecutor(1) as pool:\n    f = pool.submit(work)\n"
        "print(type(f.exception()).__name__)"
    )
    assert outcome.ending == "finished"
    (task,) = session.trace.tasks.tasks.values()
    assert task.raised
    assert "disk" in task.result


@pytest.mark.parametrize(("code", "exit_code"), [("0", 0), ("7", 7), ("'bye'", 1), ("None", 0)])
def test_sys_exit_ends_with_its_status(run: Run, code: str, exit_code: int) -> None:
    _, outcome = run(f"import sys\nsys.exit({code})")
    assert outcome.exit == exit_code
    assert outcome.status == (1 if exit_code else 0)


def test_os_exit_ends_at_once_and_keeps_what_was_recorded(run: Run) -> None:
    session, outcome = run("import os\nprint('last words')\nos._exit(5)")
    assert (outcome.ending, outcome.exit) == ("exited", 5)
    assert printed(session.trace, 1) == "last words\n"


def test_what_was_printed_is_kept_though_its_connection_is_read_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load, whoever accepts connections came to the second one after the process's end."""
    start, over, accepted = Connections.thread, threading.Event(), itertools.count(1)

    def late(self: Connections, name: str, run: Callable[..., None], *arguments: object) -> None:
        if name == "connection" and next(accepted) == 2:
            over.wait()
        start(self, name, run, *arguments)

    monkeypatch.setattr(Connections, "thread", late)
    session = running(tmp_path, "import os\nprint('last words')\nos._exit(5)")
    try:
        readers = ("connection", "stream 1", "stream 2")
        while any(thread.name in readers for thread in threading.enumerate()):
            session.pump()
        while psutil.pid_exists(session.pid):
            session.pump()
        session.pump()  # nothing is read any more, and the process is gone
        assert session.outcome is None
        over.set()
        assert pump_to_end(session).exit == 5
        assert printed(session.trace, 1) == "last words\n"
    finally:
        over.set()
        session.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_script_that_kills_itself_is_told_by_the_signals_name(run: Run) -> None:
    session, outcome = run("import os\nprint('so long')\nos.kill(os.getpid(), 9)")
    assert (outcome.ending, outcome.signal_name, outcome.cut) == ("killed", "SIGKILL", True)
    assert printed(session.trace, 1) == "so long\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_segmentation_fault_does_not_touch_us(run: Run) -> None:
    _, outcome = run("import ctypes\nctypes.string_at(0)")
    assert (outcome.ending, outcome.signal_name) == ("killed", "SIGSEGV")


def test_a_syntax_error_names_its_line_and_nothing_runs(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("print('a')\ndef broken(:\n    pass\n")
    with pytest.raises(SourceError) as caught:
        scenario.from_script(script)
    assert caught.value.line == 2


def test_a_file_that_is_refused_inside_the_child_is_told_too(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("print('a')\ndef broken(:\n    pass\n")
    _, outcome = headless.drive(Request(script), limit=NET)
    assert outcome.ending == "refused"
    assert outcome.error is not None
    assert outcome.error.line == 2


@pytest.mark.parametrize("content", [b"\x7fELF\x00\x00\x01", b"\xff\xfe\xfa print"])
def test_a_binary_file_is_refused(tmp_path: Path, content: bytes) -> None:
    script = tmp_path / "script.py"
    script.write_bytes(content)
    with pytest.raises(SourceError):
        scenario.from_script(script)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        scenario.from_script(tmp_path / "nowhere.py")


def test_an_interpreter_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError):
        Session(str(tmp_path / "no-python"))


def test_pause_stops_the_clock_and_marks_the_gap(tmp_path: Path) -> None:
    session = running(
        tmp_path,
        "import threading\nn = 0\nprint('begun')\n"
        "go = threading.Event()\nwhile not go.wait(0.001):\n    n += 1\n",
    )
    pump_until(session, lambda: bool(session.trace.outputs))
    session.pause()
    pump_until(
        session, lambda: all(p.status() == psutil.STATUS_STOPPED for p in tree.members(session.pid))
    )
    while session.pump():
        pass
    assert session.state == "paused"
    session.resume()
    pump_until(session, lambda: bool(session.trace.gaps))
    before = len(session.trace)
    pump_until(session, lambda: len(session.trace) > before)
    session.stop()
    pump_to_end(session)
    for lane in session.trace.lanes:
        times = lane.times.view
        assert (times[1:] >= times[:-1]).all()
    assert_gone(session)


def test_stop_ends_the_children_of_the_script_too(tmp_path: Path) -> None:
    session = running(
        tmp_path,
        "import multiprocessing, time\n"
        "def work():\n    print('child', flush=True)\n    time.sleep(1000)\n"
        "if __name__ == '__main__':\n"
        "    p = multiprocessing.Process(target=work)\n    p.start()\n    p.join()\n",
    )
    pump_until(session, lambda: bool(session.trace.outputs))
    assert len(tree.members(session.pid)) >= 2
    session.stop()
    assert pump_to_end(session).ending == "stopped"
    assert_gone(session)
